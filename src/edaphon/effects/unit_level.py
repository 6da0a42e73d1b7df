"""What is known of single units beyond the pooled evidence, where it passes its test.

Moderators move the effects that a planner's trials tell of, learners give effects from samples of
places with and without a practice. Either counts only behind a gate on studies or ground that it
never saw; what is refused leaves the pooled evidence as it was, and a finding says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.effects.choose import choose_size, maturity
from edaphon.effects.establishment import uptake_of
from edaphon.effects.values import BASES, Modeled
from edaphon.surrogates.state import PROBABILITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edaphon.effects.learners import UnitEffects
    from edaphon.effects.values import EffectSizes
    from edaphon.errors import Finding
    from edaphon.practices.values import Catalogue
    from edaphon.surrogates.state import State

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shift:
    """How far the effects on one outcome differ from the pooled mean in each unit.

    Attributes
    ----------
    lnrr : float64 array, shape (n_units,)
        What is added to the mean lnRR; 0 where a unit lies outside what the trials tell of.
    practices : tuple of str
        Those that the trials were about.
    source : str
        Completes the source of the effect sizes.
    """

    lnrr: Floats
    practices: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class UnitEvidence:
    """What moderators and learners say of the units of one landscape.

    Attributes
    ----------
    shifts : dict of str to Shift
        By outcome.
    learned : dict of (str, str) to UnitEffects
        By intervention and feature.
    findings : tuple of Finding
        What was used and what was refused.
    """

    shifts: dict[str, Shift] = field(default_factory=dict)
    learned: dict[tuple[str, str], UnitEffects] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Ground:
    """What effects of single units are made from.

    Attributes
    ----------
    catalogue : Catalogue
    state : State
    area_ha : float64 array, shape (n_units,)
    stratum : int16 array, shape (n_units,)
    features : sequence of (str, str)
        Name and outcome of each feature.
    horizon_yr : float
    """

    catalogue: Catalogue
    state: State
    area_ha: Floats
    stratum: NDArray[np.int16]
    features: Sequence[tuple[str, str]]
    horizon_yr: float


def shifted(
    known: UnitEvidence, ground: Ground, sizes: EffectSizes
) -> tuple[Modeled | None, EffectSizes]:
    """Return what moderators add to the pooled effects, and the sizes with their source.

    Parameters
    ----------
    known : UnitEvidence
    ground : Ground
        Amounts only: a probability answers on the logit scale, which no shift reaches.
    sizes : EffectSizes

    Returns
    -------
    modeled : Modeled or None
        ``stock x exp(lnRR) x (exp(shift) - 1)`` times what horizon and establishment leave of it,
        for the practices of the trials and evidence of the unit's climate. One term for each
        feature and stratum. The spread stays that of the pooled evidence.
    sizes : EffectSizes
    """
    terms: list[tuple[Floats, Floats, Floats]] = []
    source = sizes.source.copy()
    for f, (_, outcome) in enumerate(ground.features):
        shift = known.shifts.get(outcome)
        if shift is None or ground.state.units[f] in PROBABILITIES:
            continue
        amount, spread = _amounts(ground, f)
        for s in range(len(sizes.strata)):
            moved = np.zeros(sizes.lnrr.shape[1:])
            for a in _moderated(sizes, shift, s, f):
                left = _left(ground, sizes.interventions[a], outcome)
                moved[a, f] = left + np.expm1(sizes.lnrr[s, a, f])
                source[s, a, f] = f"{source[s, a, f]}; {shift.source}"
            if moved.any():
                grown = np.where(ground.stratum == s, np.expm1(shift.lnrr), 0.0)
                terms.append((amount * grown, spread * np.abs(grown), moved))
    return _joined(terms, sizes), replace(sizes, source=source)


def learned_pairs(known: UnitEvidence) -> dict[tuple[str, str], str]:
    """Return the pairs of intervention and feature that learners speak for, with their source."""
    return {pair: one.reason for pair, one in known.learned.items()}


def learned_effects(
    known: UnitEvidence, ground: Ground, sizes: EffectSizes
) -> tuple[Modeled | None, EffectSizes]:
    """Return the effects that learners give, and the sizes without what is held there.

    Parameters
    ----------
    known : UnitEvidence
    ground : Ground
    sizes : EffectSizes
        With basis "model" for the pairs of `learned_pairs`.

    Returns
    -------
    modeled : Modeled or None
        ``stock x (treated / untreated - 1)``, one term for each pair; in units outside the area of
        applicability the pooled evidence. Its local spread is the learners', its shared one stays
        that of the evidence: that treated and untreated places differ in more than what the
        predictors say, no learner can know.
    sizes : EffectSizes
    """
    terms: list[tuple[Floats, Floats, Floats]] = []
    local = sizes.ratio_sd_local.copy()
    names = [name for name, _ in ground.features]
    for (practice, feature), told in known.learned.items():
        a, f = sizes.interventions.index(practice), names.index(feature)
        amount, spread = _amounts(ground, f)
        pooled, apart = _pooled(ground, sizes, a, f)
        ratio = np.where(told.applicable, told.ratio, pooled)
        own = np.where(told.applicable, told.ratio_sd, apart)
        moved = np.zeros(sizes.lnrr.shape[1:])
        moved[a, f] = 1.0
        terms.append((amount * ratio, np.hypot(amount * own, spread * ratio), moved))
        local[:, a, f] = 0.0
    return _joined(terms, sizes), replace(sizes, ratio_sd_local=local)


def _amounts(ground: Ground, f: int) -> tuple[Floats, Floats]:
    """Return today's amount of a feature in each unit, and its sd."""
    return ground.state.mean[:, f] * ground.area_ha, ground.state.sd[:, f] * ground.area_ha


def _moderated(sizes: EffectSizes, shift: Shift, s: int, f: int) -> list[int]:
    """Return the interventions of the trials whose effects the evidence of the climate gives."""
    model = BASES.index("model")
    return [
        a
        for a, name in enumerate(sizes.interventions)
        if name in shift.practices and sizes.applicable[s, a, f] and sizes.basis[s, a, f] != model
    ]


def _left(ground: Ground, name: str, outcome: str) -> float:
    """Return the share of an effect that the horizon and what fails to establish leave."""
    one = next(one for one in ground.catalogue.interventions if one.name == name)
    return maturity(one, outcome, ground.horizon_yr) * uptake_of(one).factor


def _pooled(ground: Ground, sizes: EffectSizes, a: int, f: int) -> tuple[Floats, Floats]:
    """Return the pooled relative change of a pair in each unit, and its local sd."""
    name, outcome = sizes.interventions[a], ground.features[f][1]
    lnrr = [
        choose_size(ground.catalogue, name, outcome, stratum, ground.horizon_yr).lnrr
        for stratum in sizes.strata
    ]
    return np.expm1(lnrr)[ground.stratum], sizes.ratio_sd_local[ground.stratum, a, f]


def _joined(terms: list[tuple[Floats, Floats, Floats]], sizes: EffectSizes) -> Modeled | None:
    """Return terms of response, its sd and what is brought as one model; None without any."""
    if not terms:
        return None
    response, spread, brought = zip(*terms, strict=True)
    n_options, n_deviations, n_features = sizes.ratio_loading.shape[1:]
    return Modeled(
        response=np.stack(response, axis=1),
        brought=np.stack(brought),
        loading=np.zeros((len(terms), n_options, n_deviations, n_features)),
        response_sd=np.stack(spread, axis=1),
    )
