"""Abundance with zeros: occurrence times the amount where the species is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.surrogates.paired import Skill, skill_over
from edaphon.surrogates.species.amounts import AMOUNT_CANDIDATES, fit_amounts
from edaphon.surrogates.species.ensemble import HeldOccurrence
from edaphon.surrogates.species.hurdle import N_RESIDUALS, Hurdle
from edaphon.surrogates.species.learner import (
    LEVELS,
    OccurrenceAnswer,
    OccurrenceFit,
    OccurrenceLearner,
    answer_occurrence,
    fit_occurrence,
    prevalence_alone,
)
from edaphon.surrogates.species.scores import auc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.surrogates.species.occurrence import Occurrence
    from edaphon.surrogates.stack import Stack

_PARTS = 20


@dataclass(frozen=True)
class AbundanceLearner:
    """A fitted abundance procedure.

    Attributes
    ----------
    occurrence : OccurrenceLearner
    stack : Stack
        Of the logarithm of amounts above 0.
    lowest, highest : float
        Range of these logarithms; predictions are clipped to it.
    residuals : float64 array, shape (200,)
    smearing : float
    chances : tuple of float
        Chances whose quantiles bound the interval (`Hurdle.interval`), from held-out ground.
    level : float
    """

    occurrence: OccurrenceLearner
    stack: Stack
    lowest: float
    highest: float
    residuals: NDArray[np.float64]
    smearing: float
    chances: tuple[float, float, float]
    level: float


def answer_abundance(learner: AbundanceLearner, matrix: NDArray[np.float64]) -> OccurrenceAnswer:
    """Predict amounts, with the spread and the interval of one new count.

    Parameters
    ----------
    learner : AbundanceLearner
    matrix : float64 array, shape (n, p)

    Returns
    -------
    OccurrenceAnswer
        In the unit of the amounts; lower bounds are 0 where none may well be found. Where the
        species is so rare that the upper quantile is 0 as well, the bound is the mean.
    """
    told = answer_occurrence(learner.occurrence, matrix).mean
    fitted = np.clip(learner.stack.predict(matrix), learner.lowest, learner.highest)
    hurdle = Hurdle(told, fitted, learner.residuals, learner.smearing)
    mean, sd = hurdle.moments()
    lower, upper = hurdle.interval(*learner.chances)
    return OccurrenceAnswer(mean, sd, np.minimum(lower, mean), np.maximum(upper, mean))


@dataclass(frozen=True)
class AbundanceScores:
    """Held-out scores of amounts, means over assignments.

    Attributes
    ----------
    rmse, rmse_mean, r2 : float
        Of log(1 + amount), by the hurdle and by the training mean.
    auc, cor : float
        Of finding the species, and of predicted with measured amounts.
    skill : Skill
        1 - squared error / that of the training mean, of log(1 + amount), over the blocks held out
        together.
    inside : dict of float to bool array, shape (n_assignments, n)
        Held-out amounts inside their interval, by level: of the hurdle, or of the mean amount
        where the gate refuses it.
    width : float64 array, shape (n_assignments, n)
        Of the intervals at the level asked for.
    told : float64 array, shape (n,)
        Held-out means, in the unit of the amounts.
    """

    rmse: float
    rmse_mean: float
    r2: float
    auc: float
    cor: float
    skill: Skill
    inside: dict[float, NDArray[np.bool_]]
    width: NDArray[np.float64]
    told: NDArray[np.float64]


@dataclass(frozen=True)
class AbundanceFit:
    """A fitted abundance procedure and what its folds said.

    Attributes
    ----------
    learner : AbundanceLearner
    occurrence : OccurrenceFit
    scores : AbundanceScores
    used : bool
        False where the gate refused it: the mean amount stands in everywhere.
    """

    learner: AbundanceLearner
    occurrence: OccurrenceFit
    scores: AbundanceScores
    used: bool


@dataclass(frozen=True)
class _Shape:
    """What turns held-out chances and logarithms into amounts: spread, smearing and bounds.

    Heights are the chances of at most what was counted; a 0, which takes up a whole range of them,
    is spread over that range.
    """

    residuals: NDArray[np.float64]
    smearing: float
    heights: NDArray[np.float64]

    def chances(self, level: float) -> tuple[float, float, float]:
        """Chances for `Hurdle.interval` that hold the wanted share of held-out amounts."""
        edge = (1 - level) / 2
        told = np.quantile(self.heights, [edge, 1 - edge, level])
        return float(told[0]), float(told[1]), float(told[2])


def _shape(
    probability: NDArray[np.float64],
    fitted: NDArray[np.float64],
    amount: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> _Shape:
    """Measure the shape on held-out rows, (n,) each."""
    some = amount > 0
    steps = (np.arange(N_RESIDUALS) + 0.5) / N_RESIDUALS
    residuals = np.quantile(np.log(amount[some]) - fitted[some], steps)
    naive = Hurdle(probability, fitted, residuals)
    smearing = float((weight @ amount) / (weight @ naive.moments()[0]))
    share = np.where(some[:, None], 1.0, (np.arange(_PARTS) + 0.5) / _PARTS)
    return _Shape(residuals, smearing, (naive.cumulative(amount)[:, None] * share).ravel())


def fit_abundance(
    data: Occurrence,
    amount: NDArray[np.float64],
    held: HeldOccurrence,
    fitted: NDArray[np.float64],
    *,
    seed: int,
    level: float = 0.9,
    combine: str = "mean",
) -> AbundanceFit:
    """Fit occurrence and amounts on all rows, and judge and bound them by held-out predictions.

    Parameters
    ----------
    data : Occurrence
        Presences and absences.
    amount : float64 array, shape (n,)
        In any unit, 0 where the species was looked for and not found.
    held : HeldOccurrence
    fitted : float64 array, shape (n_assignments, n)
        Held-out logarithms of amounts (`run_amount_fold`), on the same folds.
    seed : int
    level : float
    combine : {"mean", "rank"}

    Returns
    -------
    AbundanceFit

    Notes
    -----
    Hurdle of Cragg 1971, Econometrica 39:829-844, with the amounts' logarithm by the stack of
    state surrogates. Intervals are quantiles of the hurdle at chances that hold the wanted share
    of held-out amounts: distributional conformal prediction (Chernozhukov, Wuthrich and Zhu 2021,
    PNAS 118 e2107794118). The gate compares squared errors of log(1 + amount) with those of its
    training mean, as single large counts would decide it on the plain scale.
    """
    first = fit_occurrence(data, held, seed=seed, level=level, combine=combine)
    crossed = first.crossed.probability if first.used else first.crossed.plain
    scores = score_abundance(data, amount, held.folds, (crossed, fitted), level)
    used = scores.skill.clear
    if not used:
        crossed, fitted = _alone(data, amount, held.folds)
    learner = _learner(data, amount, first, crossed, fitted, used=used, seed=seed)
    return AbundanceFit(learner, first, scores, used)


def score_abundance(
    data: Occurrence,
    amount: NDArray[np.float64],
    assignments: NDArray[np.int64],
    held: tuple[NDArray[np.float64], NDArray[np.float64]],
    level: float,
) -> AbundanceScores:
    """Score held-out chances and logarithms of amounts.

    Parameters
    ----------
    data : Occurrence
    amount : float64 array, shape (n,)
    assignments : int64 array, shape (n_assignments, n)
        Folds.
    held : tuple of float64 arrays, shape (n_assignments, n)
        Chances of finding the species, and logarithms of amounts.
    level : float

    Returns
    -------
    AbundanceScores
    """
    levels = tuple(sorted({*LEVELS, level}))
    told = _crossed(data, amount, assignments, held, levels)
    weight, logs = data.weight / data.weight.mean(), np.log1p(amount)
    errors = weight * ((logs - told.logs) ** 2).mean(axis=0)
    plain = weight * ((logs - told.plain) ** 2).mean(axis=0)
    around = weight * (logs - np.average(logs, weights=weight)) ** 2
    agree = [np.corrcoef(one, amount)[0, 1] if np.ptp(one) > 0 else 0.0 for one in told.mean]
    skill = skill_over(errors, plain, data.together)
    bounded = told
    if not skill.clear:
        bounded = _crossed(data, amount, assignments, _alone(data, amount, assignments), levels)
    return AbundanceScores(
        rmse=float(np.sqrt(errors.mean())),
        rmse_mean=float(np.sqrt(plain.mean())),
        r2=1 - float(errors.mean() / around.mean()),
        auc=float(np.mean([auc(one, data.found) for one in held[0]])),
        cor=float(np.mean(agree)),
        skill=skill,
        inside=bounded.inside,
        width=bounded.width[level],
        told=told.mean.mean(axis=0),
    )


@dataclass(frozen=True)
class _Crossed:
    """Held-out means, and those of log(1 + amount) by hurdle and training mean, (rounds, n)."""

    mean: NDArray[np.float64]
    logs: NDArray[np.float64]
    plain: NDArray[np.float64]
    inside: dict[float, NDArray[np.bool_]]
    width: dict[float, NDArray[np.float64]]


def _alone(
    data: Occurrence, amount: NDArray[np.float64], assignments: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Prevalence and mean logarithm of the other folds, (n_assignments, n) each."""
    chance, logs = np.zeros(assignments.shape), np.zeros(assignments.shape)
    for k, folds in enumerate(assignments):
        for fold in np.unique(folds):
            own, rest = folds == fold, folds != fold
            some = rest & (amount > 0)
            chance[k, own] = np.average(data.found[rest], weights=data.weight[rest])
            logs[k, own] = np.average(np.log(amount[some]), weights=data.weight[some])
    return chance, logs


def _crossed(
    data: Occurrence,
    amount: NDArray[np.float64],
    assignments: NDArray[np.int64],
    held: tuple[NDArray[np.float64], NDArray[np.float64]],
    levels: tuple[float, ...],
) -> _Crossed:
    """Tell every fold by its held-out chances and logarithms, with the shape of the others."""
    probability, fitted = held
    mean, logs, plain = (np.zeros(assignments.shape) for _ in range(3))
    inside = {each: np.zeros(assignments.shape, dtype=bool) for each in levels}
    width = {each: np.zeros(assignments.shape) for each in levels}
    for k, folds in enumerate(assignments):
        for fold in np.unique(folds):
            own, rest = folds == fold, folds != fold
            shape = _shape(probability[k, rest], fitted[k, rest], amount[rest], data.weight[rest])
            hurdle = Hurdle(probability[k, own], fitted[k, own], shape.residuals, shape.smearing)
            mean[k, own], logs[k, own] = hurdle.moments()[0], hurdle.mean_log()
            plain[k, own] = np.average(np.log1p(amount[rest]), weights=data.weight[rest])
            for each in levels:
                low, high = hurdle.interval(*shape.chances(each))
                low, high = np.minimum(low, mean[k, own]), np.maximum(high, mean[k, own])
                inside[each][k, own] = (amount[own] >= low) & (amount[own] <= high)
                width[each][k, own] = high - low
    return _Crossed(mean, logs, plain, inside, width)


def _learner(
    data: Occurrence,
    amount: NDArray[np.float64],
    first: OccurrenceFit,
    probability: NDArray[np.float64],
    fitted: NDArray[np.float64],
    *,
    used: bool,
    seed: int,
) -> AbundanceLearner:
    """Fit on all rows; where refused, prevalence and mean logarithm stand in."""
    logs = np.log(amount[amount > 0])
    candidates = AMOUNT_CANDIDATES if used else ()
    rounds = len(fitted)
    shape = _shape(
        probability.ravel(), fitted.ravel(), np.tile(amount, rounds), np.tile(data.weight, rounds)
    )
    return AbundanceLearner(
        occurrence=first.learner if used else prevalence_alone(data, first),
        stack=fit_amounts(
            data.matrix, amount, data.together, seed, candidates, weights=data.weight
        ),
        lowest=float(logs.min()),
        highest=float(logs.max()),
        residuals=shape.residuals,
        smearing=shape.smearing,
        chances=shape.chances(first.learner.level),
        level=first.learner.level,
    )
