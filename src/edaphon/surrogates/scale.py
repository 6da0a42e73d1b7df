"""Where errors are larger: scales of the error, compared by cross-fitted interval score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.surrogates.conformal import bounding, interval_scores, ordered
from edaphon.surrogates.models import Trees, fit_trees
from edaphon.surrogates.paired import paired_gain
from edaphon.surrogates.space import Space, fit_space

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS = (0.5, 0.8, 0.9)
"""Levels at which scales are compared, and coverage is shown."""

_EASY, _HARD = 1.0, 2.5
_LEAVES = (50, 15)
_SMALLEST = 1e-12

Limits = tuple[float, float]


@dataclass(frozen=True)
class Calibration:
    """What scales are compared on.

    Attributes
    ----------
    fitted, residual : float64 arrays, shape (n,)
        Out-of-fold predictions, and response minus these, on the modeled scale.
    folds : int64 array, shape (n,)
        The folds that gave them.
    groups : int64 array, shape (n,)
        Labels 0, 1, ... of rows held out together.
    weights : float64 array, shape (n,)
        How much each row counts, above 0.
    limits : tuple of float
        Range of the response on the modeled scale; intervals are cut to it.
    """

    fitted: NDArray[np.float64]
    residual: NDArray[np.float64]
    folds: NDArray[np.int64]
    groups: NDArray[np.int64]
    weights: NDArray[np.float64]
    limits: Limits

    def loss(self, scale: NDArray[np.float64]) -> NDArray[np.float64]:
        """Interval scores of a scale over `LEVELS`, each fold bounded by the others' scores.

        A level counts (1 - level) times its score, so that each is worth about as much.
        """
        observed, total = self.fitted + self.residual, np.zeros(len(scale))
        for fold in np.unique(self.folds):
            held = self.folds == fold
            sorted_scores = ordered((self.residual / scale)[~held], self.weights[~held])
            for level in LEVELS:
                low, high = (
                    np.clip(self.fitted[held] + side * scale[held], *self.limits)
                    for side in bounding(*sorted_scores, level)
                )
                total[held] += (1 - level) * interval_scores(observed[held], low, high, level)
        return total

    def gain(self, loss: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, float]:
        """How much smaller `other` is on average, and the standard error over groups."""
        gain, error = paired_gain(self.weights * (loss - other), self.groups)
        total = float(self.weights.sum())
        return gain / total, error / total


def shrunk(size: NDArray[np.float64], typical: float, amount: float) -> NDArray[np.float64]:
    """Shrink predicted sizes of the error, (n,) to (n,), toward the typical one.

    Geometrically: amount 0 gives the typical size everywhere, 1 the predicted ones.
    """
    return typical * (np.maximum(size, 1e-3 * typical) / typical) ** amount


@dataclass(frozen=True)
class Scale:
    """A scale chosen.

    Attributes
    ----------
    kind : str
        "constant", "novelty and level" or "predictors".
    amount : float
        Its strength, 0 to 1.
    typical : float
        Mean absolute error.
    values : float64 array, shape (n,)
        Out of fold, of the samples.
    model : Trees or None
        Predicts the absolute error elsewhere.
    space : Space or None
        Where the distance to the nearest sample is measured.
    """

    kind: str
    amount: float
    typical: float
    values: NDArray[np.float64]
    model: Trees | None
    space: Space | None


def choose_scale(
    known: Calibration,
    matrix: NDArray[np.float64],
    owners: NDArray[np.int64] | None,
    amounts: tuple[float, ...],
    seed: int,
) -> Scale:
    """Compare scales by their cross-fitted interval score.

    Parameters
    ----------
    known : Calibration
    matrix : float64 array, shape (n, p)
    owners : int64 array, shape (p,), optional
        Predictor of each column.
    amounts : tuple of float
        Strengths of the forest of two columns; (0.0,) asks for a constant.
    seed : int

    Returns
    -------
    Scale
        Constant, unless the forest of the distance to the nearest sample and the fitted value gains
        more than its standard error over groups; the strength that gains most. A forest of all
        predictors takes the place of them all if it gains more than 2.5 standard errors over each.

    Notes
    -----
    The margins are judgement: on the design parts of five tables a forest of all predictors mostly
    learned what is particular to the sampled places.
    """
    size, fitted = np.abs(known.residual), known.fitted
    typical = max(float(np.average(size, weights=known.weights)), _SMALLEST)
    constant = Scale("constant", 0.0, typical, np.full(len(size), typical), None, None)
    strengths = sorted((amount for amount in amounts if amount > 0), reverse=True)
    if not strengths or len(np.unique(known.folds)) < 2:
        return constant
    space = fit_space(matrix, owners)
    few = np.column_stack([space.apart(known.folds), fitted])
    every = np.column_stack([matrix, fitted])
    guess = _crossed(few, size, known, seed, _few_leaves(len(size)))
    options = [("constant", 0.0, constant.values)]
    options += [("novelty and level", amount, guess) for amount in strengths]
    options.append(("predictors", 1.0, _crossed(every, size, known, seed, _LEAVES)))
    scales = [shrunk(guessed, typical, amount) for _, amount, guessed in options]
    best = _best(known, [known.loss(scale) for scale in scales])
    kind, amount, _ = options[best]
    if best == 0:
        return constant
    seen, leaves = (every, _LEAVES) if kind == "predictors" else (few, _few_leaves(len(size)))
    model = _grown(seen, size, known.weights, seed, leaves)
    return Scale(
        kind, amount, typical, scales[best], model, None if kind == "predictors" else space
    )


def _best(known: Calibration, losses: list[NDArray[np.float64]]) -> int:
    """Position of the scale to take, of the constant one first and that of all predictors last."""
    best, most = 0, 0.0
    for k in range(1, len(losses) - 1):
        gain, error = known.gain(losses[0], losses[k])
        if gain > max(most, _EASY * error):
            best, most = k, gain
    over = (known.gain(loss, losses[-1]) for loss in losses[:-1])
    return len(losses) - 1 if all(gain > _HARD * error for gain, error in over) else best


def _few_leaves(n_samples: int) -> tuple[int, int]:
    """Trees and least rows of a leaf of the forest of two columns.

    A twentieth of the samples, at least 15 (judgement): on the design parts of five tables twice as
    many blurred the largest errors, for a worse interval score wherever widths differed.
    """
    return 30, max(15, n_samples // 20)


def _crossed(
    seen: NDArray[np.float64],
    size: NDArray[np.float64],
    known: Calibration,
    seed: int,
    leaves: tuple[int, int],
) -> NDArray[np.float64]:
    """Out-of-fold sizes of the error, (n,)."""
    guessed = np.zeros(len(size))
    for fold in np.unique(known.folds):
        rest = known.folds != fold
        model = _grown(seen[rest], size[rest], known.weights[rest], seed, leaves)
        guessed[~rest] = model.predict(seen[~rest])
    return guessed


def _grown(
    seen: NDArray[np.float64],
    size: NDArray[np.float64],
    weights: NDArray[np.float64],
    seed: int,
    leaves: tuple[int, int],
) -> Trees:
    """Grow the forest that predicts sizes of the error; of two columns both are always tried."""
    share = 1.0 if seen.shape[1] == 2 else 0.5
    return fit_trees(seen, size, seed, *leaves, weights=weights, columns=share)
