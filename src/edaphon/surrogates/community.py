"""Communities: how many species, how unlike the rest, and where the hotspots of an area lie."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.data.landscape import Predictors
from edaphon.data.observations import Observations
from edaphon.errors import DataError, Finding, expect
from edaphon.soil.diversity import hill_number
from edaphon.soil.turnover import beta_diversity, hellinger
from edaphon.surrogates.applicability import Applicability, fit_applicability
from edaphon.surrogates.community_layers import as_ranks, contributions, function_layer
from edaphon.surrogates.community_richness import (
    Member,
    RichnessSum,
    fit_members,
    sum_card,
    summed,
)
from edaphon.surrogates.crossed import (
    CrossedSpecies,
    as_found,
    common_folds,
    cross_number,
    cross_species,
)
from edaphon.surrogates.encode import Encoder, encode
from edaphon.surrogates.fit import Surrogate, fit, predict
from edaphon.surrogates.grading import within_folds
from edaphon.surrogates.matched import folds_for_map
from edaphon.surrogates.species.check import FEWEST_SITES, Checked, check_observations
from edaphon.surrogates.species.occurrence import N_FOLDS
from edaphon.surrogates.state import Card, Prediction
from edaphon.surrogates.store import register

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from edaphon.config.quantity import Quantity
    from edaphon.data.landscape import Samples

    Progress = Callable[[str, int, int], None]

RICHNESS, DISSIMILARITY, FUNCTION = "richness", "dissimilarity", "function"
"""The three layers of hotspots: Guerra et al. (2022), Nature 610, 693-698, map species richness,
community dissimilarity and ecosystem services of soils, and find that they peak in different
places. How they are scaled here is this project's choice."""


_NO_LAYER = "Survey more sites; filters on this layer have nothing to go by until then."


@register
@dataclass(frozen=True)
class CommunitySurrogate:
    """A fitted surrogate of a community.

    Attributes
    ----------
    card : Card
        Of richness, or of the Hill number asked for.
    direct : Surrogate or None
        The model of the number itself, where it told more than the sum of species.
    total : RichnessSum or None
        What turns the sum of species into a richness with an interval, where that told more.
    species : tuple of str
        Those that are modeled.
    members : tuple of Member
        One per species.
    encoder : Encoder
    applicability : Applicability
    dissimilarity : tuple of float
        Rank correlation of predicted with observed local contributions on held-out ground, and its
        standard error.
    refused : dict of str to str
        Layers that held-out ground does not support, with the reason.
    findings : tuple of Finding
    """

    card: Card
    direct: Surrogate | None
    total: RichnessSum | None
    species: tuple[str, ...]
    members: tuple[Member, ...]
    encoder: Encoder
    applicability: Applicability
    dissimilarity: tuple[float, float]
    refused: dict[str, str]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Community:
    """What a community surrogate says of n units.

    Attributes
    ----------
    richness : Prediction
        Species (or effective species) at a site like the surveyed ones.
    lcbd : float64 array, shape (n,)
        Local contribution to the beta diversity among these units; they sum to 1.
    layers : dict of str to float64 array, shape (n,)
        "richness", "dissimilarity" and, where functions are given, "function": ranks of the units
        from 0 to 1, so that 0.9 and above is the top tenth. Refused layers are left out.
    """

    richness: Prediction
    lcbd: NDArray[np.float64]
    layers: dict[str, NDArray[np.float64]]


def fit_community(
    observations: Observations,
    *,
    area: Predictors | None = None,
    order: float = 0.0,
    block: Quantity | float | str = 0.25,
    level: float = 0.9,
    use: Sequence[str] = (),
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> CommunitySurrogate:
    """Fit richness and dissimilarity, and test both on blocks of ground they never saw.

    Richness is told by the sum of the species' models or by a direct model of the number found,
    whichever has the smaller squared error on held-out ground.

    Parameters
    ----------
    observations : Observations
        Presences and absences, or abundances with zeros. Sites where a species was not looked for
        are left out: their number of species is not known.
    area : Predictors, optional
        The planning units, for the share of them inside the area of applicability and for folds
        whose distances resemble theirs.
    order : float
        Of the Hill number: 0 = richness. Others need abundances, and only a direct model tells
        them.
    block : Quantity, float or str
        Side of the blocks held out together, as "1 km"; a bare number is in degrees.
    level : float
        Level of the intervals.
    use : sequence of str
        Predictors to use; all if empty.
    seed : int
    workers : int
        Processes; every result is the same for any number of them.
    progress : callable, optional
        Called with stage, tasks done, tasks in all.

    Returns
    -------
    CommunitySurrogate

    Raises
    ------
    DataError
        If the records are presences alone, an order above 0 has no abundances, there are too few
        sites or places, or no species can be modeled.
    ValueError
        If `level` is not between 0.5 and 1.
    """
    expect(observations=(observations, Observations))
    complete = complete_sites(observations, order)
    checked = check_observations(as_found(complete), block=block, use=use, seed=seed)
    folds = common_folds(checked.ready.together, seed)
    crossed = cross_species(checked, folds, seed=seed, workers=workers, progress=progress)
    asked = _Asked(order, area, block, level, use, seed, workers, progress)
    number = complete.samples(hill_number(complete.table, order), "species")
    total, surrogate, card = _richness(number, checked, crossed, asked)
    rho, error = _dissimilarity(crossed)
    refused = _refused(card, rho, error)
    if DISSIMILARITY not in refused:
        note = (
            "On held-out ground predicted local contributions to dissimilarity follow the observed "
            f"ones with a rank correlation of {rho:.2f}, standard error {error:.2f}."
        )
        card = replace(card, notes=(*card.notes, note))
    card = replace(card, refused=card.refused | checked.not_modeled)
    where = f"surrogates: {observations.name}"
    matrix = checked.ready.matrix
    fitted = CommunitySurrogate(
        card=card,
        direct=surrogate,
        total=total,
        species=checked.species,
        members=fit_members(checked, crossed, seed=seed),
        encoder=checked.encoder,
        applicability=fit_applicability(
            matrix, np.zeros(matrix.shape[1]), folds, checked.encoder.owners
        ),
        dissimilarity=(rho, error),
        refused=refused,
        findings=(
            *checked.findings,
            *(surrogate.findings if surrogate is not None else ()),
            *(Finding(where, why, _NO_LAYER, "warning") for why in refused.values()),
        ),
    )
    return _with_area(fitted, area)


def predict_community(
    surrogate: CommunitySurrogate,
    predictors: Predictors | pd.DataFrame,
    functions: Mapping[str, ArrayLike] | None = None,
    *,
    lower_is_better: Collection[str] = (),
) -> Community:
    """Predict richness, local contributions and the layers of hotspots.

    Parameters
    ----------
    surrogate : CommunitySurrogate
    predictors : Predictors or DataFrame, n rows
    functions : mapping of str to array_like, shape (n,), optional
        Layers whose mean makes the hotspots of function (soil carbon, water, ...), in any unit:
        each is standardized to mean 0 and standard deviation 1 first.
    lower_is_better : collection of str
        Functions that count the other way round.

    Returns
    -------
    Community

    Raises
    ------
    DataError
        If a predictor is missing, or a function does not have one finite value per row.
    """
    expect(
        surrogate=(surrogate, CommunitySurrogate),
        predictors=(predictors, (Predictors, pd.DataFrame)),
    )
    table = predictors.table if isinstance(predictors, Predictors) else predictors
    matrix, complete = encode(surrogate.encoder, table)
    told = np.column_stack([member.probability(matrix) for member in surrogate.members])
    if surrogate.total is not None:
        inside = surrogate.applicability.inside(matrix) & complete
        richness = surrogate.total.predict(told, inside, surrogate.applicability.beyond(matrix))
    elif surrogate.direct is not None:
        richness = predict(surrogate.direct, predictors)
    lcbd = contributions(told)
    layers = {RICHNESS: as_ranks(richness.mean), DISSIMILARITY: as_ranks(lcbd)}
    layers = {name: layer for name, layer in layers.items() if name not in surrogate.refused}
    if functions:
        layers[FUNCTION] = function_layer(functions, len(table), lower_is_better)
    return Community(richness, lcbd, layers)


def complete_sites(observations: Observations, order: float) -> Observations:
    """Sites where every species was looked for, of data that can tell the number asked for."""
    where = f"{observations.source}: {observations.name}"
    if observations.kind == "presence_only":
        what = "presence-only records do not say how many species a site holds"
        hint = "Give sites where all species were looked for, or learn the species one by one."
        raise DataError(Finding(where, what, hint))
    if order > 0 and observations.kind != "abundance":
        what = f"a Hill number of order {order:g} needs abundances"
        raise DataError(Finding(where, what, "Ask for order 0, the number of species."))
    known = np.isfinite(observations.table).all(axis=1)
    if known.sum() < FEWEST_SITES:
        what = f"all species were looked for at only {int(known.sum())} sites"
        hint = f"{FEWEST_SITES} are the least; name the species that were looked for everywhere."
        raise DataError(Finding(where, what, hint))
    return observations.sites(np.flatnonzero(known))


@dataclass(frozen=True)
class _Asked:
    """What was asked for, as in `fit_community`."""

    order: float
    area: Predictors | None
    block: Quantity | float | str
    level: float
    use: Sequence[str]
    seed: int
    workers: int
    progress: Progress | None


def _richness(
    samples: Samples, checked: Checked, crossed: CrossedSpecies, asked: _Asked
) -> tuple[RichnessSum | None, Surrogate | None, Card]:
    """Tell the number by the sum of species where that tells more, else by a model of its own."""
    if asked.order == 0:
        total, card = _by_sum(samples, checked, crossed, asked)
        if card is not None:
            return total, None, card
    surrogate = fit(
        samples, area=asked.area, block=asked.block, level=asked.level, seed=asked.seed,
        workers=asked.workers, use=asked.use, progress=asked.progress,
    )  # fmt: skip
    return None, surrogate, _direct_card(surrogate.card, asked.order)


def _by_sum(
    samples: Samples, checked: Checked, crossed: CrossedSpecies, asked: _Asked
) -> tuple[RichnessSum | None, Card | None]:
    """Richness by the sum of species, where it beats the direct model and the mean."""
    number, seed = samples.response, asked.seed
    rare = number - crossed.found.sum(axis=1)
    told = summed(crossed.probability, rare, crossed.folds)
    alone = cross_number(samples, crossed.folds, block=asked.block, use=asked.use, seed=seed)
    direct = float(((number - alone) ** 2).mean())
    if not ((number - told) ** 2).mean() < direct:
        return None, None
    on_map = folds_for_map(checked.ready.observations, asked.area, seed)
    shuffled = np.random.default_rng(seed).permutation(np.arange(len(number)) % N_FOLDS)
    again = partial(cross_species, checked, seed=seed, workers=asked.workers)
    total, card = sum_card(
        checked, crossed, again(shuffled[None]), number=number, rare=rare, level=asked.level,
        others=direct**0.5,
        matched=None if on_map is None else (again(on_map.folds[None]), on_map.words),
    )  # fmt: skip
    return (total, card) if card.used else (None, None)


def _direct_card(card: Card, order: float) -> Card:
    """Card of the direct model, in the words of a community."""
    what = "richness" if order == 0 else f"Hill number of order {order:g}"
    note = "Counts found at a site of the surveyed size; larger units hold more."
    return replace(card, learns="community", response=what, notes=(*card.notes, note))


def _dissimilarity(crossed: CrossedSpecies) -> tuple[float, float]:
    """Rank correlation of predicted with observed contributions in held-out parts, and its error.

    The error is over parts of one assignment, averaged over assignments.
    """
    some = crossed.found.any(axis=1)
    means, errors = [], []
    for folds, told in zip(crossed.folds, crossed.probability, strict=True):
        values = []
        for fold in np.unique(folds):
            held = (folds == fold) & some
            found = crossed.found[held]
            varies = held.sum() > 2 and np.ptp(found, axis=0).any()
            if varies:
                seen = beta_diversity(hellinger(found)).sites
                part = np.zeros(len(seen), dtype=np.int64)
                values.append(within_folds(contributions(told[held]), seen, part))
        if len(values) > 1:
            means.append(float(np.mean(values)))
            errors.append(float(np.std(values, ddof=1) / np.sqrt(len(values))))
    return (float(np.mean(means)), float(np.mean(errors))) if means else (0.0, 0.0)


def _refused(card: Card, rho: float, error: float) -> dict[str, str]:
    """Layers that held-out ground does not support."""
    refused = {}
    if not card.used:
        refused[RICHNESS] = f"no layer of richness: {card.reason}"
    if not rho > error:
        refused[DISSIMILARITY] = (
            "no layer of dissimilarity: on held-out ground predicted contributions follow the "
            f"observed ones with a rank correlation of {rho:.2f}, standard error {error:.2f}"
        )
    return refused


def _with_area(surrogate: CommunitySurrogate, area: Predictors | None) -> CommunitySurrogate:
    """Add the shares of units to the card."""
    if area is None or surrogate.direct is not None:
        return surrogate
    matrix, complete = encode(surrogate.encoder, area.table)
    inside = surrogate.applicability.inside(matrix) & complete
    beyond = surrogate.applicability.beyond(matrix)
    card = replace(
        surrogate.card,
        share_applicable=float(inside.mean()),
        share_beyond=float(beyond.mean()),
    )
    return replace(surrogate, card=card)
