"""The stack: a non-negative sum of candidates, weighed on predictions for ground they never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import nnls

from edaphon.surrogates.models import Model, fit_ridge, fit_splines, fit_trees

if TYPE_CHECKING:
    from numpy.typing import NDArray

CANDIDATES = ("ridge", "splines", "extra_trees")
"""Candidates beside the training mean, which takes the weight that the others leave."""


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
    """

    mean: float
    names: tuple[str, ...]
    weights: tuple[float, ...]
    models: tuple[Model, ...]

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict the modeled response, (n, p) to (n,)."""
        total = np.full(len(matrix), self.mean)
        for weight, model in zip(self.weights, self.models, strict=True):
            total += weight * (model.predict(matrix) - self.mean)
        return total


def fit_candidate(
    name: str,
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    folds: NDArray[np.int64],
    seed: int,
) -> Model:
    """Fit one candidate by name.

    Parameters
    ----------
    name : str
        One of `CANDIDATES`.
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
    folds : int64 array, shape (n,)
        Folds on which penalties are chosen.
    seed : int

    Returns
    -------
    Model
    """
    if name == "ridge":
        return fit_ridge(matrix, response, folds)
    if name == "splines":
        return fit_splines(matrix, response, folds)
    return fit_trees(matrix, response, seed)


def stack_weights(
    departures: NDArray[np.float64], response: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weigh the candidates by non-negative least squares, their sum at most 1.

    Parameters
    ----------
    departures : float64 array, shape (n, n_candidates)
        Out-of-fold predictions minus the mean of the rows they were trained on.
    response : float64 array, shape (n,)
        Response minus the same mean.

    Returns
    -------
    float64 array, shape (n_candidates,)

    Notes
    -----
    Stacked regressions: Breiman 1996, Machine Learning 24:49-64. Lawson and Hanson's
    non-negative least squares; weights that sum to more than 1 are divided by their sum.
    """
    weights = np.asarray(nnls(departures, response)[0], dtype=np.float64)
    return np.asarray(weights / max(1.0, float(weights.sum())), dtype=np.float64)


@dataclass(frozen=True)
class Training:
    """A stack with what its own folds said of it.

    Attributes
    ----------
    stack : Stack
    fitted : float64 array, shape (n,)
        Out-of-fold predictions; each fold's weights come from the other folds.
    """

    stack: Stack
    fitted: NDArray[np.float64]


def fit_stack(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    folds: NDArray[np.int64],
    seed: int,
    candidates: tuple[str, ...] = CANDIDATES,
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
        Empty: the stack is the mean alone.

    Returns
    -------
    Training
    """
    numbers = np.unique(folds)
    means = np.zeros(len(response))
    departures = np.zeros((len(response), len(candidates)))
    for fold in numbers:
        rest, held = folds != fold, folds == fold
        means[held] = response[rest].mean()
        for j, name in enumerate(candidates):
            model = fit_candidate(name, matrix[rest], response[rest], folds[rest], seed)
            departures[held, j] = model.predict(matrix[held]) - means[held]
    mean = float(response.mean())
    if not candidates:
        return Training(Stack(mean, (), (), ()), means)
    fitted = np.zeros(len(response))
    for fold in numbers:
        rest, held = folds != fold, folds == fold
        others = stack_weights(departures[rest], (response - means)[rest])
        fitted[held] = means[held] + departures[held] @ others
    weights = stack_weights(departures, response - means)
    kept = [j for j in range(len(candidates)) if weights[j] > 1e-3]
    return Training(
        Stack(
            mean,
            tuple(candidates[j] for j in kept),
            tuple(float(weights[j]) for j in kept),
            tuple(fit_candidate(candidates[j], matrix, response, folds, seed) for j in kept),
        ),
        fitted,
    )
