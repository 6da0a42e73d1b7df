"""The whole occurrence procedure: candidates, their mean, calibration, spread and gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.surrogates.models import ROWS
from edaphon.surrogates.paired import Skill, errors_needed, skill_over
from edaphon.surrogates.species.blocks import HeldBlocks, hold_blocks
from edaphon.surrogates.species.calibration import (
    AS_TOLD,
    PlattLine,
    block_deviation,
    bounds,
    fit_calibration,
    log_odds,
    with_prevalence,
)
from edaphon.surrogates.species.ensemble import (
    HeldOccurrence,
    OccurrenceEnsemble,
    choose,
    combined,
    fit_ensemble,
)
from edaphon.surrogates.species.occurrence import N_FOLDS
from edaphon.surrogates.species.scores import auc, auc_error, cor, log_loss
from edaphon.surrogates.species.thresholds import thresholds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.surrogates.species.occurrence import Occurrence

LEVELS = (0.5, 0.8, 0.9)


@dataclass(frozen=True)
class OccurrenceLearner:
    """A fitted occurrence procedure.

    Attributes
    ----------
    ensemble : OccurrenceEnsemble
        Without candidates where the gate refused it.
    calibration : PlattLine
        From the mean of the candidates to what is told: a probability, or for presences alone
        without a known prevalence the leveled value itself, a relative suitability.
    deviation : float
        Spread between blocks of ground, in log odds (`block_deviation`).
    instability : float
        Spread between fits to different sites, in leveled log odds (`fit_instability`).
    level : float
    """

    ensemble: OccurrenceEnsemble
    calibration: PlattLine
    deviation: float
    instability: float
    level: float


@dataclass(frozen=True)
class OccurrenceAnswer:
    """What an occurrence learner says of rows.

    Attributes
    ----------
    mean, sd, lower, upper : float64 arrays, shape (n,)
        Probability or relative suitability, from 0 to 1.
    """

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


def answer_occurrence(learner: OccurrenceLearner, matrix: NDArray[np.float64]) -> OccurrenceAnswer:
    """Predict probability or relative suitability, with its spread.

    Parameters
    ----------
    learner : OccurrenceLearner
    matrix : float64 array, shape (n, p)

    Returns
    -------
    OccurrenceAnswer
        The spread is that of the probability, not of finding the species or not: between blocks
        of ground, between fits to different sites, and between the candidates, added as variances
        of log odds.
    """
    parts = []
    for start in range(0, max(len(matrix), 1), ROWS):
        each = learner.ensemble.each(matrix[start : start + ROWS])
        mean = learner.calibration.probability(each.mean(axis=0))
        apart = np.hypot(learner.instability, log_odds(each).std(axis=0))
        spread = np.hypot(learner.deviation, learner.calibration.slope * apart)
        sd, lower, upper = bounds(mean, spread, learner.level)
        parts.append((mean, sd, lower, upper))
    return OccurrenceAnswer(*(np.concatenate(column) for column in zip(*parts, strict=True)))


@dataclass(frozen=True)
class OccurrenceScores:
    """Held-out scores, means over assignments.

    Attributes
    ----------
    brier, brier_mean : float
        Of calibrated probabilities and of the training prevalence; for presences alone the
        probability is that a background place holds a record.
    variance : float
        Of presence among the rows, the Brier score of knowing their prevalence.
    auc, cor : float
    skill : Skill
        What the gate judges by (`judge_occurrence`).
    """

    brier: float
    brier_mean: float
    variance: float
    auc: float
    cor: float
    skill: Skill


@dataclass(frozen=True)
class Crossed:
    """Held-out predictions, each fold chosen and calibrated by the other folds.

    Attributes
    ----------
    leveled, probability, plain : float64 arrays, shape (n_assignments, n)
        Mean of candidates, its calibrated probability, and the prevalence of the other folds.
    """

    leveled: NDArray[np.float64]
    probability: NDArray[np.float64]
    plain: NDArray[np.float64]


def cross(data: Occurrence, held: HeldOccurrence) -> Crossed:
    """Choose and calibrate every fold by what the other folds say.

    Parameters
    ----------
    data : Occurrence
    held : HeldOccurrence

    Returns
    -------
    Crossed
    """
    weight, found = data.weight, data.found
    leveled, probability, plain = (np.zeros(held.folds.shape) for _ in range(3))
    for k, folds in enumerate(held.folds):
        for fold in np.unique(folds):
            own, others = folds == fold, folds != fold
            told = combined(held.told[k], choose(held.told[k : k + 1], data, others))
            line = fit_calibration(told[others], found[others], weight[others])
            leveled[k, own] = told[own]
            probability[k, own] = line.probability(told[own])
            plain[k, own] = np.average(found[others], weights=weight[others])
    return Crossed(leveled, probability, plain)


def judge_occurrence(data: Occurrence, crossed: Crossed) -> OccurrenceScores:
    """Score held-out predictions.

    Parameters
    ----------
    data : Occurrence
    crossed : Crossed

    Returns
    -------
    OccurrenceScores
        The skill of presences and absences is the share of the log loss of the training
        prevalence that is saved; of presences alone, whose probabilities mean little, it is
        2 AUC - 1 (ranks). Its standard error is over the blocks held out together. Ranks of chance
        are as often above one half as below, so of presences alone as many standard errors are
        asked for as make a gain clear (`errors_needed`, by the presences in each block).
    """
    found, weight = data.found, data.weight / data.weight.mean()
    truth = found.astype(float)
    if data.presence_only:
        middle = crossed.leveled.mean(axis=0)
        areas = [auc(told, found) for told in crossed.leveled]
        share = 2 * float(np.mean(areas)) - 1
        presences = np.unique(data.together[found], return_counts=True)[1].astype(np.float64)
        error = 2 * auc_error(middle, found, data.together)
        skill = Skill(share, error, errors_needed(presences))
    else:
        losses = [weight * log_loss(told, found) for told in crossed.probability]
        plain = np.mean([weight * log_loss(told, found) for told in crossed.plain], axis=0)
        skill = skill_over(np.mean(losses, axis=0), plain, data.together)
    told = crossed.leveled if data.presence_only else crossed.probability
    return OccurrenceScores(
        brier=float((weight * (crossed.probability - truth) ** 2).mean()),
        brier_mean=float((weight * (crossed.plain - truth) ** 2).mean()),
        variance=float((weight * (truth - np.average(truth, weights=weight)) ** 2).mean()),
        auc=float(np.mean([auc(one, found) for one in crossed.leveled])),
        cor=float(np.mean([cor(one, found) for one in told])),
        skill=skill,
    )


@dataclass(frozen=True)
class OccurrenceFit:
    """A fitted occurrence procedure and what its folds said.

    Attributes
    ----------
    learner : OccurrenceLearner
    scores : OccurrenceScores
    crossed : Crossed
    blocks : HeldBlocks
        Of what is told: the candidates' probabilities, or the prevalence that stands in.
    used : bool
        False where the gate refused the candidates: the prevalence stands in, or for presences
        alone 0.5 everywhere.
    chosen : str or None
        The candidate that alone beat the mean of all.
    cuts : dict of str to float
        `thresholds`, on the scale that is told; empty where refused.
    told : float64 array, shape (n,)
        Held-out predictions on the scale that is told, mean over assignments.
    """

    learner: OccurrenceLearner
    scores: OccurrenceScores
    crossed: Crossed
    blocks: HeldBlocks
    used: bool
    chosen: str | None
    cuts: dict[str, float]
    told: NDArray[np.float64]


def fit_occurrence(
    data: Occurrence,
    held: HeldOccurrence,
    *,
    seed: int,
    level: float = 0.9,
    combine: str = "mean",
    prevalence: float | None = None,
) -> OccurrenceFit:
    """Fit the candidates on all rows, and calibrate and judge them by held-out predictions.

    Parameters
    ----------
    data : Occurrence
    held : HeldOccurrence
        Of the same rows.
    seed : int
    level : float
    combine : {"mean", "rank"}
    prevalence : float, optional
        For presences alone: the known share of places that hold the species. Without it what is
        told is a relative suitability.

    Returns
    -------
    OccurrenceFit
    """
    crossed = cross(data, held)
    scores = judge_occurrence(data, crossed)
    used = scores.skill.clear
    position = choose(held.told, data) if used else None
    leveled = combined(held.told, position) if used else np.full(crossed.leveled.shape, 0.5)
    calibration = _calibrated(data, leveled, prevalence)
    probability = crossed.probability if used else crossed.plain
    names = () if not used else held.names if position is None else (held.names[position],)
    ensemble = fit_ensemble(data, seed, names, combine)
    told = np.mean([calibration.probability(one) for one in leveled], axis=0)
    if not data.presence_only:
        prevalence = float(np.average(data.found, weights=data.weight))
    return OccurrenceFit(
        OccurrenceLearner(
            ensemble, calibration, _deviation(data, probability), fit_instability(leveled), level
        ),
        scores,
        crossed,
        hold_blocks(data, held.folds, probability, tuple(sorted({*LEVELS, level}))),
        used,
        None if position is None else held.names[position],
        thresholds(told, data.found, data.weight, prevalence) if used else {},
        told,
    )


def _deviation(data: Occurrence, probability: NDArray[np.float64]) -> float:
    """Mean deviation between blocks over assignments."""
    return float(np.mean([block_deviation(p, data.found, data.together) for p in probability]))


def fit_instability(leveled: NDArray[np.float64]) -> float:
    """Measure how far predictions depend on which sites were learned from.

    Parameters
    ----------
    leveled : float64 array, shape (n_assignments, n)
        Held-out predictions; each row's come from fits to different sites.

    Returns
    -------
    float
        Standard deviation of log odds; 0 for a single assignment.

    Notes
    -----
    Delete-d jackknife (Shao and Wu 1989, Annals of Statistics 17:1176-1197; from memory, not
    verified): the variance between fits, times sites kept over sites left out.
    """
    if len(leveled) < 2:
        return 0.0
    between = float(log_odds(leveled).var(axis=0, ddof=1).mean())
    return float(np.sqrt((N_FOLDS - 1) * between))


def prevalence_alone(data: Occurrence, fitted: OccurrenceFit) -> OccurrenceLearner:
    """Return the learner that tells the training prevalence everywhere.

    Parameters
    ----------
    data : Occurrence
        Presences and absences.
    fitted : OccurrenceFit
        Of the same rows.

    Returns
    -------
    OccurrenceLearner
    """
    line = _calibrated(data, np.full(fitted.crossed.leveled.shape, 0.5), None)
    deviation = _deviation(data, fitted.crossed.plain)
    return OccurrenceLearner(OccurrenceEnsemble((), ()), line, deviation, 0.0, fitted.learner.level)


def _calibrated(
    data: Occurrence, leveled: NDArray[np.float64], prevalence: float | None
) -> PlattLine:
    """Line from leveled held-out predictions, (n_assignments, n), to what is told."""
    if data.presence_only and prevalence is None:
        return AS_TOLD
    rounds = len(leveled)
    line = fit_calibration(
        leveled.ravel(), np.tile(data.found, rounds), np.tile(data.weight, rounds) / rounds
    )
    if not data.presence_only or prevalence is None:
        return line
    behind = data.background > 0
    places = leveled[:, behind].ravel()
    return with_prevalence(line, places, np.tile(data.background[behind], rounds), prevalence)
