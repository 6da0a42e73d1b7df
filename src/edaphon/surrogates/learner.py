"""The whole procedure that is fitted, tested and stored: sets, stack, spread and the way back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from edaphon.surrogates.candidates import CANDIDATES
from edaphon.surrogates.feature_sets import Choice, choose_sets
from edaphon.surrogates.folds import assign_folds
from edaphon.surrogates.intervals import AMOUNTS, Spread, fit_spread, moments
from edaphon.surrogates.place_time import COORDINATES
from edaphon.surrogates.stack import Stack, fit_stack
from edaphon.surrogates.transforms import (
    choose_transform,
    modeled_limits,
    to_modeled,
    to_response,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "CANDIDATES", "INNER_FOLDS", "Answer", "Data", "Learner", "answer", "choose_transform", "learn",
    "settled", "to_modeled", "to_response",
]  # fmt: skip

INNER_FOLDS = 5
"""Folds within the training data, by which candidates are weighed and intervals calibrated."""

MANY_ROWS = 5000
"""Rows above which 3 inner folds do: each of them still learns from thousands."""


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
    weights : float64 array, shape (n,), or None
        How much each row counts, above 0.
    limits : tuple of float
        Least and largest possible response.
    signs : int64 array, shape (p,), or None
        1 or -1 where predictions may only rise or fall with a column, 0 elsewhere.
    offered : dict of str to tuple of int
        Columns of each optional set.
    candidates : tuple of str
    calibration : str
        "pooled" or "typical group" (`edaphon.surrogates.intervals.fit_spread`).
    names : tuple of str
        Of the predictors.
    """

    matrix: NDArray[np.float64]
    owners: NDArray[np.int64]
    response: NDArray[np.float64]
    together: NDArray[np.int64]
    transform: str
    level: float
    seed: int
    weights: NDArray[np.float64] | None = None
    limits: tuple[float, float] = (-np.inf, np.inf)
    signs: NDArray[np.int64] | None = None
    offered: dict[str, tuple[int, ...]] = field(default_factory=dict)
    candidates: tuple[str, ...] = CANDIDATES
    calibration: str = "pooled"
    names: tuple[str, ...] = ()

    @property
    def modeled(self) -> NDArray[np.float64]:
        """The response on the modeled scale, (n,)."""
        return to_modeled(self.response, self.transform)

    def only(self, rows: NDArray[np.bool_]) -> Data:
        """Return some of the rows; their sets keep their labels."""
        return replace(
            self,
            matrix=self.matrix[rows],
            response=self.response[rows],
            together=self.together[rows],
            weights=None if self.weights is None else self.weights[rows],
        )

    def columns(self, kept: NDArray[np.int64]) -> Data:
        """Return some of the columns, none of which is optional any more."""
        predictors, owners = np.unique(self.owners[kept], return_inverse=True)
        return replace(
            self,
            matrix=self.matrix[:, kept],
            owners=owners.ravel(),
            signs=None if self.signs is None else self.signs[kept],
            offered={},
            names=tuple(self.names[k] for k in predictors) if self.names else (),
        )


@dataclass(frozen=True)
class Learner:
    """A fitted procedure.

    Attributes
    ----------
    transform : str
    stack : Stack
    spread : Spread
    lowest, highest : float
        Range of the training data on the modeled scale; predictions are clipped to it.
    smearing : float
        Factor that makes the mean of held-out predictions equal that of the measurements.
    possible : tuple of float
        Least and largest possible response.
    monotone : bool
        Means are brought back with the same spread everywhere, which keeps their order.
    accepted, refused : dict of str to str
        Optional sets of predictors, with a sentence for each.
    """

    transform: str
    stack: Stack
    spread: Spread
    lowest: float
    highest: float
    smearing: float
    possible: tuple[float, float]
    monotone: bool = False
    accepted: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def limits(self) -> tuple[float, float]:
        """Range of the response on the modeled scale, to which intervals are cut."""
        return modeled_limits(self.possible, self.transform)


@dataclass(frozen=True)
class Answer:
    """Predictions on both scales.

    Attributes
    ----------
    fitted, scale : float64 arrays, shape (n,)
        Prediction and the scale of its error, on the modeled scale.
    width : float64 array, shape (n,)
        Of the interval, on the modeled scale.
    mean, sd, lower, upper : float64 arrays, shape (n,)
        In the unit of the response.
    """

    fitted: NDArray[np.float64]
    scale: NDArray[np.float64]
    width: NDArray[np.float64]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


def _folds(data: Data, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Inner folds, and the sets of rows held out together as labels 0, 1, ..., each (n,)."""
    _, sets = np.unique(data.together, return_inverse=True)
    sets = sets.ravel()
    wanted = INNER_FOLDS if len(sets) <= MANY_ROWS else 3
    return assign_folds(sets, min(wanted, int(sets.max()) + 1), seed), sets


def settled(data: Data, seed: int) -> tuple[Data, Choice]:
    """Choose among the optional sets of predictors.

    Parameters
    ----------
    data : Data
    seed : int
        The one that `learn` is called with.

    Returns
    -------
    data : Data
        With the columns in use, none of them optional.
    choice : Choice
    """
    if not data.offered:
        return data, Choice(np.arange(data.matrix.shape[1]), {}, {})
    folds, sets = _folds(data, seed)
    choice = choose_sets(
        data.matrix, data.modeled, folds, sets, data.offered, seed=seed, weights=data.weights,
        doubted=(COORDINATES,),
    )  # fmt: skip
    return data.columns(choice.columns), choice


def learn(data: Data, seed: int, candidates: tuple[str, ...] | None = None) -> Learner:
    """Fit the whole procedure, with folds of whole blocks among its rows.

    Parameters
    ----------
    data : Data
    seed : int
        Of this fit; the one in `data` is the run's.
    candidates : tuple of str, optional
        Those of the data if not given. Empty: the mean alone, with a constant spread.

    Returns
    -------
    Learner
    """
    with threadpool_limits(1):  # Sums over threads would differ between machines.
        return _learn(data, seed, data.candidates if candidates is None else candidates)


def _learn(data: Data, seed: int, candidates: tuple[str, ...]) -> Learner:
    """Fit the whole procedure on one thread."""
    used, choice = settled(data, seed) if candidates else (data, Choice(np.zeros(0, int), {}, {}))
    folds, sets = _folds(data, seed)
    modeled, limits = data.modeled, modeled_limits(data.limits, data.transform)
    training = fit_stack(
        used.matrix,
        modeled,
        folds,
        seed,
        candidates,
        weights=used.weights,
        signs=used.signs,
        groups=sets,
    )
    lowest, highest = float(modeled.min()), float(modeled.max())
    fitted = np.clip(training.fitted, lowest, highest)
    spread = fit_spread(
        used.matrix,
        fitted,
        modeled - fitted,
        folds,
        level=data.level,
        seed=seed,
        # What is not sure of the level of predictions is not sure of how errors follow it.
        amounts=AMOUNTS if training.trust == 1.0 else (0.0,),
        owners=used.owners,
        weights=data.weights,
        groups=sets,
        calibration=data.calibration,
        limits=limits,
    )
    learner = Learner(
        transform=data.transform,
        stack=replace(training.stack, columns=choice.columns),
        spread=spread,
        lowest=lowest,
        highest=highest,
        smearing=1.0,
        possible=data.limits,
        monotone=used.signs is not None and bool(used.signs.any()),
        accepted=choice.accepted,
        refused=choice.refused,
    )
    return replace(learner, smearing=_smearing(learner, data, fitted, used.matrix))


def _smearing(
    learner: Learner, data: Data, fitted: NDArray[np.float64], matrix: NDArray[np.float64]
) -> float:
    """Factor that makes the mean of held-out predictions equal that of the measurements."""
    naive, _ = _brought_back(learner, fitted, learner.spread.scale(matrix, fitted))
    measured, told = (np.average(mean, weights=data.weights) for mean in (data.response, naive))
    # A factor makes sense on a scale with a true zero only.
    return float(measured / told) if data.limits[0] == 0.0 and told > 0 else 1.0


def _brought_back(
    learner: Learner, fitted: NDArray[np.float64], scale: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation in the unit of the response, each (n,)."""
    if learner.monotone:
        scale = np.full(len(fitted), learner.spread.typical)

    def inverse(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip(to_response(values, learner.transform), *learner.possible)

    mean, sd = moments(learner.spread, fitted, scale, inverse)
    mean = np.clip(mean * learner.smearing, *learner.possible)
    return mean, sd * learner.smearing


def answer(learner: Learner, matrix: NDArray[np.float64]) -> Answer:
    """Predict with mean, spread and interval.

    Parameters
    ----------
    learner : Learner
    matrix : float64 array, shape (n, p)
        All columns of the data that was learned from, those of refused sets included.

    Returns
    -------
    Answer
        Means are unbiased on the response's own scale; interval bounds are those of the modeled
        scale brought back, which keeps their coverage.
    """
    stack, spread = learner.stack, learner.spread
    if stack.models and len(stack.columns) < matrix.shape[1]:
        matrix = matrix[:, stack.columns]
        stack = replace(stack, columns=np.arange(matrix.shape[1]))
    fitted = np.clip(stack.predict(matrix), learner.lowest, learner.highest)
    scale = spread.scale(matrix, fitted)
    lower, upper = np.clip(spread.bounds(scale, fitted), *learner.limits)
    mean, sd = _brought_back(learner, fitted, scale)
    return Answer(
        fitted,
        scale,
        upper - lower,
        mean,
        sd,
        to_response(lower, learner.transform),
        to_response(upper, learner.transform),
    )
