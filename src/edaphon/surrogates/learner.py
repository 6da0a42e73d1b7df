"""The whole procedure that is fitted, tested and stored: transform, stack and calibrated spread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import skew

from edaphon.surrogates.folds import assign_folds
from edaphon.surrogates.intervals import AMOUNTS, Spread, fit_spread, log_moments
from edaphon.surrogates.stack import CANDIDATES, Stack, fit_stack

if TYPE_CHECKING:
    from numpy.typing import NDArray

INNER_FOLDS = 5
"""Folds within the training data, by which candidates are weighed and intervals calibrated."""


@dataclass(frozen=True)
class Data:
    """What is learned from, encoded, and how.

    Attributes
    ----------
    matrix : float64 array, shape (n, p)
    owners : int64 array, shape (p,)
        Position of the predictor of each column.
    response : float64 array, shape (n,)
    together : int64 array, shape (n,)
        Rows held out together.
    transform : str
    level : float
    seed : int
    """

    matrix: NDArray[np.float64]
    owners: NDArray[np.int64]
    response: NDArray[np.float64]
    together: NDArray[np.int64]
    transform: str
    level: float
    seed: int

    def only(self, rows: NDArray[np.bool_]) -> Data:
        """Return some of the rows; their sets keep their labels."""
        return replace(
            self,
            matrix=self.matrix[rows],
            response=self.response[rows],
            together=self.together[rows],
        )


@dataclass(frozen=True)
class Learner:
    """A fitted procedure.

    Attributes
    ----------
    transform : str
        "log" or "none".
    stack : Stack
    spread : Spread
    lowest, highest : float
        Range of the training data on the modeled scale; predictions are clipped to it.
    smearing : float
        Factor that makes the mean of held-out predictions equal that of the measurements.
    positive : bool
        No measurement was below 0, so no bound may be.
    """

    transform: str
    stack: Stack
    spread: Spread
    lowest: float
    highest: float
    smearing: float
    positive: bool


@dataclass(frozen=True)
class Answer:
    """Predictions on both scales.

    Attributes
    ----------
    fitted : float64 array, shape (n,)
        On the modeled scale.
    width : float64 array, shape (n,)
        Of the interval, on the modeled scale.
    mean, sd, lower, upper : float64 arrays, shape (n,)
        In the unit of the response.
    """

    fitted: NDArray[np.float64]
    width: NDArray[np.float64]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


def choose_transform(response: NDArray[np.float64]) -> str:
    """Choose the scale on which a response is modeled.

    Parameters
    ----------
    response : float64 array, shape (n,)

    Returns
    -------
    str
        "log" where all values are above 0, skewed to the right by more than 0.5, and less skewed
        as logarithms; else "none".
    """
    if response.min() <= 0:
        return "none"
    raw = float(skew(response))
    return "log" if raw > 0.5 and abs(float(skew(np.log(response)))) < raw else "none"


def to_modeled(response: NDArray[np.float64], transform: str) -> NDArray[np.float64]:
    """Bring a response to the modeled scale, (n,) to (n,)."""
    return np.log(response) if transform == "log" else response


def learn(data: Data, seed: int, candidates: tuple[str, ...] = CANDIDATES) -> Learner:
    """Fit the whole procedure, with folds of whole blocks among its rows.

    Parameters
    ----------
    data : Data
    seed : int
        Of this fit; the one in `data` is the run's.
    candidates : tuple of str
        Empty: the mean alone, with a constant spread.

    Returns
    -------
    Learner
    """
    _, sets = np.unique(data.together, return_inverse=True)
    sets = sets.ravel()
    folds = assign_folds(sets, min(INNER_FOLDS, int(sets.max()) + 1), seed)
    modeled = to_modeled(data.response, data.transform)
    training = fit_stack(data.matrix, modeled, folds, seed, candidates)
    lowest, highest = float(modeled.min()), float(modeled.max())
    fitted = np.clip(training.fitted, lowest, highest)
    spread = fit_spread(
        data.matrix,
        fitted,
        modeled - fitted,
        folds,
        level=data.level,
        seed=seed,
        amounts=AMOUNTS if candidates else (0.0,),
    )
    smearing = 1.0
    if data.transform == "log":
        naive, _ = log_moments(fitted, spread.scale(data.matrix, fitted), spread.scores)
        smearing = float(data.response.sum() / naive.sum())
    positive = bool(data.response.min() >= 0)
    return Learner(data.transform, training.stack, spread, lowest, highest, smearing, positive)


def answer(learner: Learner, matrix: NDArray[np.float64]) -> Answer:
    """Predict with mean, spread and interval.

    Parameters
    ----------
    learner : Learner
    matrix : float64 array, shape (n, p)

    Returns
    -------
    Answer
        Means are unbiased on the response's own scale; interval bounds are those of the modeled
        scale brought back, which keeps their coverage.
    """
    spread = learner.spread
    fitted = np.clip(learner.stack.predict(matrix), learner.lowest, learner.highest)
    scale = spread.scale(matrix, fitted)
    lower, upper = fitted + spread.low * scale, fitted + spread.high * scale
    width = upper - lower
    if learner.transform == "log":
        mean, sd = log_moments(fitted, scale, spread.scores)
        mean, sd = mean * learner.smearing, sd * learner.smearing
        lower, upper = np.exp(lower), np.exp(upper)
    else:
        mean, sd = fitted + scale * spread.scores.mean(), scale * spread.scores.std()
        if learner.positive:
            mean, lower = np.maximum(mean, 0.0), np.maximum(lower, 0.0)
    return Answer(fitted, width, mean, sd, lower, upper)
