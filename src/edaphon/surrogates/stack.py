"""The stack: a non-negative sum of candidates, weighed on predictions for ground they never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import nnls

from edaphon.surrogates.candidates import CANDIDATES, FITTERS, Lesson
from edaphon.surrogates.models import Model, evened
from edaphon.surrogates.paired import LIKELY, errors_needed

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEGLIGIBLE = 0.03
"""Weight below which a candidate is left out: it would cost prediction time for nothing."""

_SMALLEST = 1e-300


@dataclass(frozen=True)
class Stack:
    """Training mean plus weighted departures of the kept candidates from it.

    Attributes
    ----------
    mean : float
        Training mean of the modeled response.
    names : tuple of str
    weights : tuple of float
        Not negative, their sum at most 1.
    models : tuple of Model
    columns : int64 array, shape (q,)
        The columns of the matrix that the models know, in order.
    """

    mean: float
    names: tuple[str, ...]
    weights: tuple[float, ...]
    models: tuple[Model, ...]
    columns: NDArray[np.int64]

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict the modeled response, (n, p) to (n,)."""
        total = np.full(len(matrix), self.mean)
        if self.models and len(self.columns) < matrix.shape[1]:
            matrix = matrix[:, self.columns]
        for weight, model in zip(self.weights, self.models, strict=True):
            total += weight * (model.predict(matrix) - self.mean)
        return total


def stack_weights(
    departures: NDArray[np.float64],
    response: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Weigh the candidates by non-negative least squares, their sum at most 1.

    Parameters
    ----------
    departures : float64 array, shape (n, n_candidates)
        Out-of-fold predictions minus the mean of the rows they were trained on.
    response : float64 array, shape (n,)
        Response minus the same mean.
    weights : float64 array, shape (n,), optional
        How much each row counts.

    Returns
    -------
    float64 array, shape (n_candidates,)

    Notes
    -----
    Stacked regressions: Breiman 1996, Machine Learning 24:49-64; non-negative least squares of
    Lawson and Hanson. Where the sum would exceed 1 it is held at 1 by a row that outweighs all
    others (Lawson and Hanson 1974, Solving Least Squares Problems, chapter 22).
    """
    n_candidates = departures.shape[1]
    root = np.sqrt(evened(weights, len(response)))
    seen, wanted = departures * root[:, None], response * root
    size = float(np.sqrt((seen**2).sum() / n_candidates))
    if size == 0.0:
        return np.zeros(n_candidates)
    found = np.asarray(nnls(seen, wanted)[0], dtype=np.float64)
    if found.sum() > 1:
        heavy = np.full((1, n_candidates), 1e5 * size)
        rows, values = np.vstack([seen, heavy]), np.append(wanted, heavy[0, 0])
        found = np.asarray(nnls(rows, values)[0], dtype=np.float64)
        found /= found.sum()
    return found


@dataclass(frozen=True)
class Training:
    """A stack with what its own folds said of it.

    Attributes
    ----------
    stack : Stack
    fitted : float64 array, shape (n,)
        Out-of-fold predictions; each fold's weights come from the other folds.
    trust : float
        Share of the departures from the mean that is kept, 0 to 1.
    """

    stack: Stack
    fitted: NDArray[np.float64]
    trust: float


def fit_stack(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    folds: NDArray[np.int64],
    seed: int,
    candidates: tuple[str, ...] = CANDIDATES,
    *,
    weights: NDArray[np.float64] | None = None,
    signs: NDArray[np.int64] | None = None,
    groups: NDArray[np.int64] | None = None,
    columns: NDArray[np.int64] | None = None,
) -> Training:
    """Fit all candidates within folds, weigh them, and fit those with weight on every row.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
        On the modeled scale.
    folds : int64 array, shape (n,)
        Whole blocks of ground (`assign_folds`).
    seed : int
    candidates : tuple of str
        Names from `CANDIDATES`; empty: the stack is the mean alone.
    weights : float64 array, shape (n,), optional
        How much each row counts, above 0.
    signs : int64 array, shape (p,), optional
        1 or -1 where predictions may only rise or fall with a column, 0 elsewhere.
    groups : int64 array, shape (n,), optional
        Labels 0, 1, ... of rows that belong together; the folds if not given.
    columns : int64 array, shape (q,), optional
        Columns to learn from; all if not given.

    Returns
    -------
    Training

    Notes
    -----
    How much of the departures from the mean is kept follows from how surely the stack, each fold
    predicted with the weights of the others, beats the mean.
    """
    columns = np.arange(matrix.shape[1]) if columns is None else columns
    mean = float(np.average(response, weights=weights))
    alone = Stack(mean, (), (), (), columns)
    weights = evened(weights, len(response))
    if len(columns) < matrix.shape[1]:
        matrix, signs = matrix[:, columns], None if signs is None else signs[columns]
    if signs is not None and not signs.any():
        signs = None
    lesson = Lesson(matrix, response, weights, folds, seed, signs)
    means, departures = np.zeros(len(response)), np.zeros((len(response), len(candidates)))
    for fold in np.unique(folds):
        held, others = folds == fold, lesson.without(fold)
        means[held] = np.average(others.response, weights=others.weights)
        for j, name in enumerate(candidates):
            departures[held, j] = FITTERS[name](others).predict(matrix[held]) - means[held]
    low, high = response.min() - means, response.max() - means
    departures = np.clip(departures, low[:, None], high[:, None])
    if not candidates:
        return Training(alone, means, 0.0)
    left = response - means
    shares, crossed = _weigh(departures, left, folds, weights)
    trust = _trust(left, crossed, weights, folds if groups is None else groups)
    kept = np.flatnonzero(shares)
    if len(kept) == 0 or trust == 0.0:
        return Training(alone, means, 0.0)
    models = tuple(FITTERS[candidates[j]](lesson) for j in kept)
    names = tuple(candidates[j] for j in kept)
    stack = Stack(mean, names, tuple(float(trust * shares[j]) for j in kept), models, columns)
    return Training(stack, means + trust * crossed, trust)


def _weigh(
    departures: NDArray[np.float64],
    left: NDArray[np.float64],
    folds: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights of the candidates, and departures of the stack, (n,), cross-fitted.

    Equal weights, which need no fitting, are kept unless fitted ones do better on folds that they
    were not fitted on: with few groups, what is fitted is mostly chance (Smith and Wallis 2009,
    Oxford Bulletin of Economics and Statistics 71:331-355, on why simple means of forecasts win).
    """
    crossed = np.zeros(len(left))
    for fold in np.unique(folds):
        rest = folds != fold
        crossed[~rest] = departures[~rest] @ stack_weights(
            departures[rest], left[rest], weights[rest]
        )
    even = departures.mean(axis=1)
    if weights @ (left - even) ** 2 <= weights @ (left - crossed) ** 2:
        return np.full(departures.shape[1], 1 / departures.shape[1]), even
    shares = stack_weights(departures, left, weights)
    heavy = np.where(shares >= NEGLIGIBLE, shares, 0.0)
    total = float(heavy.sum())
    return heavy * (shares.sum() / total if total > 0 else 0.0), crossed


def _trust(
    left: NDArray[np.float64],
    crossed: NDArray[np.float64],
    weights: NDArray[np.float64],
    groups: NDArray[np.int64],
) -> float:
    """Share of the departures from the mean that is kept, 0 to 1.

    None up to a gain that chance alone reaches one time in twenty, all from twice that gain on, in
    between in proportion: judgement, from made-up tables with and without anything to learn. The
    gain is a ratio of sums over groups, and its error that of a ratio (Cochran 1977, Sampling
    Techniques, chapter 6), so that groups of different sizes do not count as doubt.
    """
    _, labels = np.unique(groups, return_inverse=True)
    before = np.bincount(labels.ravel(), weights=weights * left**2)
    gain = before - np.bincount(labels.ravel(), weights=weights * (left - crossed) ** 2)
    if gain.sum() <= 0:
        return 0.0
    needed, skill = errors_needed(before, LIKELY), gain.sum() / before.sum()
    if not np.isfinite(needed):
        return 0.0
    n_groups, off = len(gain), gain - skill * before
    chance = needed * np.sqrt(off @ off * n_groups / max(1, n_groups - 1))
    return float(np.clip(gain.sum() / max(chance, _SMALLEST) - 1, 0.0, 1.0))
