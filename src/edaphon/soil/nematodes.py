"""Nematode indices: how mature, enriched and structured a soil's food web is.

Pure numpy. Taxa lie along the last axis; each has a colonizer-persister class from 1 (colonizer,
many small eggs, enriched ground) to 5 (persister, few large eggs, undisturbed ground) and a way of
feeding. Classes and ways of feeding by family: Bongers (1990), Oecologia 83, 14-19; Bongers &
Bongers (1998), Applied Soil Ecology 10, 239-251; Yeates et al. (1993), Journal of Nematology 25,
315-331.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.soil.ranges import inside

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

FEEDING = ("bacterivore", "fungivore", "herbivore", "omnivore", "predator")
"""Ways of feeding; herbivores feed on plants and are left out of the maturity index."""

WEIGHTS = {1: 3.2, 2: 0.8, 3: 1.8, 4: 3.2, 5: 5.0}
"""Weight of an individual by colonizer-persister class: Ferris, Bongers & de Goede (2001), Applied
Soil Ecology 18, 13-29. Class 1 counts for enrichment, 3 to 5 for structure; 2 for the basal part
(bacterivores, fungivores), for enrichment (fungivores) and for structure (predators)."""


@dataclass(frozen=True)
class FoodWeb:
    """Condition of a soil food web, each index from 0 to 100.

    Attributes
    ----------
    enrichment : float64 array, shape (...)
        Response to fresh resources: ``100 e / (e + b)``.
    structure : float64 array, shape (...)
        Links of higher order, which disturbance cuts: ``100 s / (s + b)``.
    basal : float64 array, shape (...)
        What is left where the web is poor: ``100 b / (b + e + s)``.
    channel : float64 array, shape (...)
        Decomposition through fungi rather than bacteria: ``100 Fu2 / (Fu2 + Ba1)``, weighted.

    Each is NaN where its denominator is 0: no nematode of the guilds that it compares.
    """

    enrichment: NDArray[np.float64]
    structure: NDArray[np.float64]
    basal: NDArray[np.float64]
    channel: NDArray[np.float64]


def maturity_index(
    abundance: ArrayLike,
    colonizer_persister: ArrayLike,
    feeding: Sequence[str],
    *,
    lowest_class: int = 1,
) -> NDArray[np.float64]:
    """Return the maturity index: the mean colonizer-persister class of free-living nematodes.

    Parameters
    ----------
    abundance : array_like, shape (..., n_taxa)
        Individuals, 0 or above.
    colonizer_persister : array_like of int, shape (n_taxa,)
        1 to 5.
    feeding : sequence of str, n_taxa
        Of `FEEDING`; herbivores are left out (`plant_parasite_index`).
    lowest_class : int
        2 leaves the colonizers of class 1 out (MI 2-5), so that enrichment does not look like
        disturbance.

    Returns
    -------
    float64 array, shape (...)
        1 to 5; NaN without a free-living nematode. Below 2 enriched or disturbed, 2.5 to 3 some
        maturity, above 3 structured.

    Raises
    ------
    ValueError
        If a value is outside its range, a way of feeding is unknown, or lengths differ.

    Notes
    -----
    ``sum v_i f_i`` over shares f_i of the free-living individuals: Bongers (1990), Oecologia 83,
    14-19. MI 2-5: Bongers & Korthals (1993), from memory, not verified.
    """
    counts, classes, ways = _taxa(abundance, colonizer_persister, feeding)
    chosen = (ways != "herbivore") & (classes >= lowest_class)
    return _mean_class(counts, classes, chosen)


def plant_parasite_index(
    abundance: ArrayLike, colonizer_persister: ArrayLike, feeding: Sequence[str]
) -> NDArray[np.float64]:
    """Return the plant parasite index: the mean colonizer-persister class of the herbivores.

    Parameters
    ----------
    abundance : array_like, shape (..., n_taxa)
    colonizer_persister : array_like of int, shape (n_taxa,)
    feeding : sequence of str, n_taxa

    Returns
    -------
    float64 array, shape (...)
        1 to 5 (in practice 2 to 5); NaN without a herbivore.

    Raises
    ------
    ValueError
        As `maturity_index`.

    Notes
    -----
    Bongers (1990), Oecologia 83, 14-19.
    """
    counts, classes, ways = _taxa(abundance, colonizer_persister, feeding)
    return _mean_class(counts, classes, ways == "herbivore")


def food_web_indices(
    abundance: ArrayLike, colonizer_persister: ArrayLike, feeding: Sequence[str]
) -> FoodWeb:
    """Return the enrichment, structure, basal and channel indices.

    With guilds written as way of feeding and class (Ba1 = bacterivores of class 1):
    ``b = 0.8 (Ba2 + Fu2)``, ``e = 3.2 Ba1 + 0.8 Fu2`` and
    ``s = 0.8 Ca2 + 1.8 X3 + 3.2 X4 + 5.0 X5``, X any way of feeding but on plants, Ca predators.
    The channel index is ``100 x 0.8 Fu2 / (3.2 Ba1 + 0.8 Fu2)``.

    Parameters
    ----------
    abundance : array_like, shape (..., n_taxa)
        Individuals, 0 or above.
    colonizer_persister : array_like of int, shape (n_taxa,)
        1 to 5.
    feeding : sequence of str, n_taxa
        Of `FEEDING`.

    Returns
    -------
    FoodWeb

    Raises
    ------
    ValueError
        As `maturity_index`.

    Notes
    -----
    Ferris, Bongers & de Goede (2001), Applied Soil Ecology 18, 13-29. Guilds outside these sums
    (fungivores of class 1, omnivores of class 2 and the like) hold few taxa and count nowhere.
    """
    counts, classes, ways = _taxa(abundance, colonizer_persister, feeding)

    def held(way: str, number: int) -> NDArray[np.float64]:
        chosen = (ways == way) & (classes == number)
        amount = WEIGHTS[number] * counts[..., chosen].sum(axis=-1)
        return np.asarray(amount, dtype=np.float64)

    bacterial, fungal = held("bacterivore", 1), held("fungivore", 2)
    b = held("bacterivore", 2) + fungal
    e = bacterial + fungal
    s = held("predator", 2)
    for number in (3, 4, 5):
        for way in ("bacterivore", "fungivore", "omnivore", "predator"):
            s = s + held(way, number)
    return FoodWeb(_percent(e, b), _percent(s, b), _percent(b, e + s), _percent(fungal, bacterial))


def _taxa(
    abundance: ArrayLike, colonizer_persister: ArrayLike, feeding: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.str_]]:
    """Check and align what is known of the taxa."""
    counts = inside("abundance", abundance, 0.0, np.finfo(float).max, "individuals")
    classes = inside("colonizer_persister", colonizer_persister, 1.0, 5.0, "")
    ways = np.asarray(feeding, dtype=str)
    if not (classes == np.round(classes)).all():
        raise ValueError("colonizer_persister: classes are whole numbers from 1 to 5")
    unknown = sorted(set(ways.tolist()) - set(FEEDING))
    if unknown:
        raise ValueError(f"feeding: '{unknown[0]}' is none of {', '.join(FEEDING)}")
    n_taxa = counts.shape[-1] if counts.ndim else 0
    if classes.shape != (n_taxa,) or ways.shape != (n_taxa,):
        raise ValueError(
            f"abundance holds {n_taxa} taxa, colonizer_persister {classes.size}, "
            f"feeding {ways.size}: give each taxon one of each"
        )
    return counts, classes, ways


def _mean_class(
    counts: NDArray[np.float64], classes: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Mean class of the chosen taxa's individuals; NaN without any."""
    total = counts[..., chosen].sum(axis=-1)
    weighted = (counts[..., chosen] * classes[chosen]).sum(axis=-1)
    mean = weighted / np.where(total > 0, total, 1.0)
    return np.asarray(np.where(total > 0, mean, np.nan), dtype=np.float64)


def _percent(part: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """100 part / (part + rest); NaN where both are 0."""
    whole = part + rest
    share = 100.0 * part / np.where(whole > 0, whole, 1.0)
    return np.asarray(np.where(whole > 0, share, np.nan), dtype=np.float64)
