"""What is true in a synthetic valley: today's state and the effect of every practice, per unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

FEATURES = ("earthworm_abundance", "microbial_biomass", "yield", "soc_stock")
FEATURE_UNITS = ("ind/m2", "mg/kg", "t/ha", "t/ha")
PRACTICES = (
    "cover_crop",
    "no_till",
    "agroforestry",
    "compost",
    "diversified_rotation",
    "organic",
)
BUNDLE = ("cover_crop", "no_till")
INTERVENTIONS = ("baseline", *PRACTICES, "+".join(BUNDLE))

MEAN_LNRR = {
    "cover_crop": (0.18, 0.19, 0.02, 0.10),
    "no_till": (0.75, 0.10, -0.05, 0.06),
    "agroforestry": (0.30, 0.15, -0.06, 0.17),
    "compost": (0.35, 0.30, 0.05, 0.20),
    "diversified_rotation": (0.12, 0.18, 0.10, 0.05),
    "organic": (0.40, 0.37, -0.20, 0.12),
}
"""Log response ratios of the world that studies see, in the order of FEATURES.

Round figures near published ones for temperate farmland. Earthworms under no-till: Briones &
Schmidt 2017, Global Change Biology 23, 4396. Microbial biomass: rotation McDaniel 2014, Ecological
Applications 24, 560; organic Lori 2017, PLoS ONE 12, e0180442; manure and compost Kallenbach &
Grandy 2011, Agriculture, Ecosystems & Environment 144, 241. Yields: no-till Pittelkow 2015, Field
Crops Research 183, 156; organic Ponisio 2015, Proceedings of the Royal Society B 282, 20141396;
rotation Beillouin 2021, Global Change Biology 27, 4697. Carbon: agroforestry De Stefano & Jacobson
2018, Agroforestry Systems 92, 285. The rest is judgement. They are assumptions of an invented
valley, never evidence.
"""

SHARED_SD = (0.12, 0.08, 0.04, 0.03)
"""How far this valley's mean may lie from that world's (lnRR), by feature."""

LOCAL_SD = (0.25, 0.14, 0.06, 0.05)
"""Spread of a practice's effect between units (lnRR), by feature."""

BUNDLE_FACTOR = (0.80, 0.90, 1.00, 0.60)
"""What remains of the sum of a bundle's parts, by feature: carbon gains overlap most."""


@dataclass(frozen=True)
class Truth:
    """The true state and effects, which no surrogate or catalogue knows.

    Attributes
    ----------
    interventions : tuple of str
        Position 0 is "baseline"; the bundle's name joins its parts with +.
    features, units : tuple of str
    soc_percent : float64 array, shape (n_units,)
        True mean of organic carbon, 0-30 cm, % by mass.
    state : float64 array, shape (n_units, n_features)
        Today's amount in `units` (soc_stock and yield per ha).
    lnrr : float64 array, shape (n_units, n_interventions, n_features)
        True log response ratio; 0 for the baseline.
    area_ha : float64 array, shape (n_units,)
        Planar area in the valley's CRS.
    """

    interventions: tuple[str, ...]
    features: tuple[str, ...]
    units: tuple[str, ...]
    soc_percent: NDArray[np.float64]
    state: NDArray[np.float64]
    lnrr: NDArray[np.float64]
    area_ha: NDArray[np.float64]

    def effects(
        self, relative: tuple[str, ...] = ("earthworm_abundance", "microbial_biomass")
    ) -> NDArray[np.float64]:
        """Return the true change against the baseline: state x area x (exp(lnRR) - 1).

        Parameters
        ----------
        relative : tuple of str
            Features counted in hectares x percent, as where nobody measured their state.

        Returns
        -------
        float64 array, shape (n_units, n_interventions, n_features)
            t for yield (per year) and soc_stock (at the end); ha x % for relative features.
        """
        state = self.state.copy()
        state[:, [self.features.index(name) for name in relative]] = 100.0
        amount = state * self.area_ha[:, None]
        return np.asarray(amount[:, None, :] * np.expm1(self.lnrr))

    def totals(self, allocation: ArrayLike) -> NDArray[np.float64]:
        """Return what an allocation really gains over the baseline.

        Parameters
        ----------
        allocation : integer array, shape (n_units,)
            Positions in `interventions`.

        Returns
        -------
        float64 array, shape (n_features,)
            Units as in `effects`.
        """
        chosen = np.asarray(allocation)
        return np.asarray(self.effects()[np.arange(len(chosen)), chosen].sum(axis=0))


def draw_lnrr(
    moderators: NDArray[np.float64], patchy: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw the true effects: valley-wide deviation, soil moderators, patches and noise.

    Of the local variance (`LOCAL_SD` squared) about half comes from the moderators, which a model
    could learn, a fifth from smooth patches, the rest is a unit's own.

    Parameters
    ----------
    moderators : float64 array, shape (n_units, n_features)
        Standardized soil property that changes the effects on each feature.
    patchy : float64 array, shape (n_units, n_practices)
        Standard normal smooth field of each practice.
    rng : numpy Generator

    Returns
    -------
    float64 array, shape (n_units, n_interventions, n_features)
        In the order of INTERVENTIONS and FEATURES.
    """
    n = len(moderators)
    mean = np.array([MEAN_LNRR[name] for name in PRACTICES])
    shared = rng.normal(0.0, 1.0, mean.shape) * np.array(SHARED_SD)
    share = rng.uniform(0.6, 0.8, mean.shape)
    own = rng.normal(0.0, 1.0, (n, *mean.shape))
    local = share * moderators[:, None, :] + 0.45 * patchy[:, :, None] + 0.5 * own
    parts = mean + shared + np.array(LOCAL_SD) * local
    together = sum(parts[:, PRACTICES.index(name)] for name in BUNDLE)
    noise = 0.3 * np.array(LOCAL_SD) * rng.normal(0.0, 1.0, (n, len(FEATURES)))
    bundle = np.array(BUNDLE_FACTOR) * together + noise
    return np.concatenate([np.zeros((n, 1, len(FEATURES))), parts, bundle[:, None]], axis=1)
