"""Richness as the sum of species' models: its interval, its test and its card."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.surrogates.card import coverage_by_region, coverage_by_width, on_tenths, percent, score
from edaphon.surrogates.conformal import bounding, ordered
from edaphon.surrogates.ground import regions_of
from edaphon.surrogates.models import ROWS
from edaphon.surrogates.paired import Skill, skill_over
from edaphon.surrogates.species.background import occurrence_of
from edaphon.surrogates.species.calibration import PlattLine, fit_calibration
from edaphon.surrogates.species.ensemble import CANDIDATES, OccurrenceEnsemble, fit_ensemble
from edaphon.surrogates.species.held_out import Trial
from edaphon.surrogates.species.learner import LEVELS
from edaphon.surrogates.state import Card, Prediction, Score
from edaphon.surrogates.store import register

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.surrogates.crossed import CrossedSpecies
    from edaphon.surrogates.species.check import Checked

_SHOWN = 1500
_LEAST = 1e-3
_NOTES = (
    "Counts found at a site of the surveyed size; larger units hold more.",
    "The interval is for the number found at one more site; outside the area of applicability it "
    "holds no guarantee.",
    "It describes what is there today. It says nothing of what a practice would change.",
)


@register
@dataclass(frozen=True)
class Member:
    """One species of a community.

    Attributes
    ----------
    ensemble : OccurrenceEnsemble
    calibration : PlattLine
    """

    ensemble: OccurrenceEnsemble
    calibration: PlattLine

    def probability(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict the probability that a place holds the species, (n, p) to (n,)."""
        parts = [
            self.ensemble.each(matrix[start : start + ROWS]).mean(axis=0)
            for start in range(0, max(len(matrix), 1), ROWS)
        ]
        told = self.calibration.probability(np.concatenate(parts))
        return np.asarray(told, dtype=np.float64)


@register
@dataclass(frozen=True)
class RichnessSum:
    """What turns predicted probabilities of all species into a richness with an interval.

    Attributes
    ----------
    rare : float
        Mean number of species at a site that are too rare to be modeled.
    spread : float
        Standard deviation of held-out errors, over the one that independent species would have.
    low, high : float
        Bounds of the interval on the same scale.
    most : float
        Number of species known.
    """

    rare: float
    spread: float
    low: float
    high: float
    most: float

    def predict(
        self,
        probability: NDArray[np.float64],
        inside: NDArray[np.bool_],
        beyond: NDArray[np.bool_],
    ) -> Prediction:
        """Predict richness of rows from their species' probabilities, (n, n_species)."""
        mean = np.minimum(probability.sum(axis=1) + self.rare, self.most)
        scale = independent_spread(probability)
        return Prediction(
            mean,
            self.spread * scale,
            np.clip(mean + self.low * scale, 0.0, self.most),
            np.clip(mean + self.high * scale, 0.0, self.most),
            inside,
            beyond,
        )


def independent_spread(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviation of the number of species if each came by its own chance.

    Parameters
    ----------
    probability : float64 array, shape (..., n_species)

    Returns
    -------
    float64 array, shape (...)
        The root of the sum of p (1 - p).
    """
    return np.asarray(np.sqrt(np.maximum((probability * (1 - probability)).sum(axis=-1), _LEAST)))


def summed(
    probability: NDArray[np.float64], rare: NDArray[np.float64], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return held-out richness by the sum of species.

    Parameters
    ----------
    probability : float64 array, shape (n_assignments, n_sites, n_species)
        Held-out.
    rare : float64 array, shape (n_sites,)
        Number of species found that are not modeled: told by its mean in the other folds.
    folds : int64 array, shape (n_assignments, n_sites)

    Returns
    -------
    float64 array, shape (n_assignments, n_sites)
    """
    found: NDArray[np.float64] = probability.sum(axis=2) + others_mean(rare, folds)
    return found


def others_mean(values: NDArray[np.float64], folds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Tell each value by the mean of the other folds', (n,) to (n_assignments, n)."""
    told = np.zeros(folds.shape)
    for k, one in enumerate(folds):
        for fold in np.unique(one):
            told[k, one == fold] = values[one != fold].mean()
    return told


def fit_members(checked: Checked, crossed: CrossedSpecies, *, seed: int) -> tuple[Member, ...]:
    """Fit every species on all sites, calibrated by its held-out predictions.

    Parameters
    ----------
    checked : Checked
    crossed : CrossedSpecies
        Of the same species.
    seed : int

    Returns
    -------
    tuple of Member
    """
    rounds, members = len(crossed.folds), []
    for j, name in enumerate(crossed.species):
        data = occurrence_of(checked.ready, name)[0]
        found, weight = np.tile(data.found, rounds), np.tile(data.weight, rounds) / rounds
        line = fit_calibration(crossed.leveled[:, :, j].ravel(), found, weight)
        ensemble = fit_ensemble(data, Trial(name, data, None).seed(seed), CANDIDATES)
        members.append(Member(ensemble, line))
    return tuple(members)


def sum_card(
    checked: Checked,
    crossed: CrossedSpecies,
    random: CrossedSpecies,
    *,
    number: NDArray[np.float64],
    rare: NDArray[np.float64],
    level: float,
    others: float,
    matched: tuple[CrossedSpecies, str] | None = None,
) -> tuple[RichnessSum, Card]:
    """Judge the sum of species on held-out ground, and put it on a card.

    Parameters
    ----------
    checked : Checked
    crossed, random : CrossedSpecies
        On blocks, and on random folds.
    number, rare : float64 arrays, shape (n_sites,)
        Species found at each site, and those of them that are not modeled.
    level : float
    others : float
        Root mean squared error of the direct model, which told less.
    matched : tuple of CrossedSpecies and str, optional
        On folds matched to the planning units, and these in words.

    Returns
    -------
    RichnessSum, Card
        Used where its squared error is less than that of the training mean by more than one
        standard error over blocks.
    """
    folds = crossed.folds
    told, plain = summed(crossed.probability, rare, folds), others_mean(number, folds)
    scale = independent_spread(crossed.probability)
    scaled = (number - told) / scale
    errors, means = (((number - one) ** 2).mean(axis=0) for one in (told, plain))
    skill = skill_over(errors, means, crossed.together)
    observations, middle = checked.ready.observations, told.mean(axis=0)
    words = f"{checked.ground.words}, {int(folds.max()) + 1} folds, mean of {len(told)} "
    rows = np.unique(np.linspace(0, len(number) - 1, min(_SHOWN, len(number))).round().astype(int))
    card = Card(
        name=observations.name,
        response="richness",
        unit="species",
        n_samples=len(number),
        predictors=tuple(str(name) for name in observations.predictors.columns),
        transform="none",
        model={"sum of species' models": 1.0},
        held_out=score(number, told, plain, f"{words}random assignments", "response"),
        random=replace(_score(random, number, rare, "5 random folds"), optimistic=True),
        matched=None if matched is None else _score(matched[0], number, rare, matched[1]),
        forest=None,
        skill=skill.share,
        skill_se=skill.error,
        level=level,
        share_applicable=float("nan"),
        used=skill.clear,
        reason=_reason(skill, len(crossed.species)),
        observed=tuple(number[rows].tolist()),
        predicted=tuple(middle[rows].tolist()),
        notes=(*_NOTES, *(on_tenths(len(number), level, "sites") if skill.clear else ())),
        learns="community",
        refused=_not_kept(float(np.sqrt(errors.mean())), others),
        **_interval_figures(scaled, scale, folds, level, regions_of(observations.samples(number))),
    )
    bounds = bounding(*ordered(scaled.ravel(), np.ones(scaled.size)), level)
    spread, most = float(np.sqrt((scaled**2).mean())), float(observations.n_species)
    return RichnessSum(float(rare.mean()), spread, *bounds, most), card


def _not_kept(ours: float, others: float) -> dict[str, str]:
    """Root mean squared errors of the sum and of the direct model, in words."""
    why = f"its error on held-out ground is larger, {others:.3g} species against {ours:.3g}"
    return {"direct model": why}


def _reason(skill: Skill, n_species: int) -> str:
    """One sentence on what the gate said."""
    return (
        f"{'Used' if skill.clear else 'Refused'}: the sum of {n_species} species' models has "
        f"{percent(abs(skill.share))} {'less' if skill.share >= 0 else 'more'} squared error than "
        f"the mean on held-out ground, with a standard error of {percent(skill.error)}."
    )


def _score(
    crossed: CrossedSpecies, number: NDArray[np.float64], rare: NDArray[np.float64], words: str
) -> Score:
    """Score the sum of species on some folds; arrays as in `sum_card`."""
    told = summed(crossed.probability, rare, crossed.folds)
    return score(number, told, others_mean(number, crossed.folds), words, "response")


def _interval_figures(
    scaled: NDArray[np.float64],
    scale: NDArray[np.float64],
    folds: NDArray[np.int64],
    level: float,
    regions: NDArray[np.str_] | None,
) -> dict[str, Any]:
    """Fields of the card that tell how intervals did on held-out ground.

    Held-out errors over `scale` are looked up in the bounds that the other folds set; these arrays
    and `folds` are (n_assignments, n_sites).
    """
    levels = tuple(sorted({*LEVELS, level}))
    inside = {each: np.zeros(folds.shape, dtype=bool) for each in levels}
    width = np.zeros(folds.shape)
    for k, one in enumerate(folds):
        for fold in np.unique(one):
            own, rest = one == fold, scaled[k, one != fold]
            for each in levels:
                low, high = bounding(*ordered(rest, np.ones(len(rest))), each)
                inside[each][k, own] = (scaled[k, own] >= low) & (scaled[k, own] <= high)
                if each == level:
                    width[k, own] = (high - low) * scale[k, own]
    return {
        "coverage": float(inside[level].mean()),
        "coverage_at": {str(each): float(inside[each].mean()) for each in LEVELS},
        "coverage_by_width": coverage_by_width(width, inside[level]),
        "coverage_by_region": coverage_by_region(inside[level], regions),
    }
