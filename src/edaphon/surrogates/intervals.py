"""Calibrated intervals: conformal scores of held-out ground, scaled by where errors are larger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.surrogates.models import ROWS, Trees, fit_trees

if TYPE_CHECKING:
    from numpy.typing import NDArray

AMOUNTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of the scale model tried; 0 is a constant width."""

_SCORES = 200
_SMALLEST = 1e-12


@dataclass(frozen=True)
class Spread:
    """The distribution of a prediction's error on the modeled scale.

    Attributes
    ----------
    level : float
    typical : float
        Mean absolute error on held-out ground.
    amount : float
        0 = the same spread everywhere, 1 = the scale model in full.
    scale_model : Trees or None
        Predicts the absolute error; None where `amount` is 0.
    scores : float64 array, shape (200,)
        Quantiles of error / scale, evenly spaced in probability.
    low, high : float
        The scores that bound `level`, in the manner of split conformal prediction.
    """

    level: float
    typical: float
    amount: float
    scale_model: Trees | None
    scores: NDArray[np.float64]
    low: float
    high: float

    def scale(
        self, matrix: NDArray[np.float64], fitted: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Scale of the error at each row, shape (n,), on the modeled scale."""
        if self.scale_model is None:
            return np.full(len(fitted), self.typical)
        size = self.scale_model.predict(np.column_stack([matrix, fitted]))
        return _shrunk(size, self.typical, self.amount)


def _shrunk(size: NDArray[np.float64], typical: float, amount: float) -> NDArray[np.float64]:
    """Geometric shrinkage of predicted error sizes toward the typical one."""
    return typical * (np.maximum(size, 1e-3 * typical) / typical) ** amount


def conformal_bounds(scores: NDArray[np.float64], level: float) -> tuple[float, float]:
    """Return the two scores between which a new one falls with probability of at least `level`.

    Parameters
    ----------
    scores : float64 array, shape (n,)
    level : float

    Returns
    -------
    tuple of float
        The floor((n + 1) a / 2)-th smallest and largest scores, a = 1 - level; the extreme ones
        where n is too small for the level.

    Notes
    -----
    Split conformal prediction with a tail of its own on each side: Romano, Patterson and Candes
    2019, Conformalized quantile regression, section 4.
    """
    ordered = np.sort(scores)
    rank = max(int(np.floor((len(ordered) + 1) * (1 - level) / 2 + 1e-9)), 1)
    return float(ordered[rank - 1]), float(ordered[-rank])


def interval_score(
    observed: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    level: float,
) -> float:
    """Mean interval score, smaller is better (Gneiting and Raftery 2007, JASA 102:359-378, eq. 43).

    Parameters
    ----------
    observed, lower, upper : float64 arrays, shape (n,)
    level : float

    Returns
    -------
    float
        Width plus 2 / (1 - level) times what is missed.
    """
    missed = np.maximum(lower - observed, 0) + np.maximum(observed - upper, 0)
    return float(np.mean(upper - lower + 2 / (1 - level) * missed))


def fit_spread(
    matrix: NDArray[np.float64],
    fitted: NDArray[np.float64],
    residual: NDArray[np.float64],
    folds: NDArray[np.int64],
    *,
    level: float,
    seed: int,
    amounts: tuple[float, ...] = AMOUNTS,
) -> Spread:
    """Calibrate intervals on out-of-fold residuals.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    fitted : float64 array, shape (n,)
        Out-of-fold predictions.
    residual : float64 array, shape (n,)
        Response minus `fitted`, on the modeled scale.
    folds : int64 array, shape (n,)
        The folds that gave `fitted`; the scale model is fitted within the same ones.
    level : float
    seed : int
    amounts : tuple of float
        The one with the best interval score, cross-fitted over the folds, is taken.

    Returns
    -------
    Spread

    Notes
    -----
    Normalized conformal scores (Papadopoulos et al. 2008; Lei et al. 2018, JASA 113:1094-1111,
    section 5.2). The guarantee holds for ground like the sampled one only.
    """
    size = np.abs(residual)
    typical = max(float(size.mean()), _SMALLEST)
    seen = np.column_stack([matrix, fitted])
    guessed = np.full(len(size), typical)
    if len(amounts) > 1:
        for fold in np.unique(folds):
            rest = folds != fold
            guessed[~rest] = _fit_scale(seen[rest], size[rest], seed).predict(seen[~rest])
    scales = [_shrunk(guessed, typical, share) for share in amounts]
    best = int(np.argmin([_crossed_score(residual, scale, folds, level) for scale in scales]))
    amount, scores = amounts[best], residual / scales[best]
    low, high = conformal_bounds(scores, level)
    return Spread(
        level,
        typical,
        amount,
        _fit_scale(seen, size, seed) if amount > 0 else None,
        np.quantile(scores, (np.arange(_SCORES) + 0.5) / _SCORES),
        low,
        high,
    )


def _fit_scale(seen: NDArray[np.float64], size: NDArray[np.float64], seed: int) -> Trees:
    return fit_trees(seen, size, seed, n_trees=50, leaf=15)


def _crossed_score(
    residual: NDArray[np.float64],
    scale: NDArray[np.float64],
    folds: NDArray[np.int64],
    level: float,
) -> float:
    """Interval score of one amount, each fold bounded by the scores of the others."""
    lower, upper = np.zeros(len(scale)), np.zeros(len(scale))
    for fold in np.unique(folds):
        rest = folds != fold
        low, high = conformal_bounds(residual[rest] / scale[rest], level)
        lower[~rest], upper[~rest] = low * scale[~rest], high * scale[~rest]
    return interval_score(residual, lower, upper, level)


def log_moments(
    fitted: NDArray[np.float64], scale: NDArray[np.float64], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of exp(fitted + scale x score) over the scores.

    Parameters
    ----------
    fitted, scale : float64 arrays, shape (n,)
        On the log scale.
    scores : float64 array, shape (n_scores,)

    Returns
    -------
    mean, sd : float64 arrays, shape (n,)

    Notes
    -----
    The smearing estimate of Duan 1983, JASA 78:605-610, with a spread that differs between rows.
    """
    mean, sd = np.zeros(len(fitted)), np.zeros(len(fitted))
    for start in range(0, len(fitted), ROWS):
        rows = slice(start, start + ROWS)
        factors = np.exp(scale[rows, None] * scores)
        base = np.exp(fitted[rows])
        mean[rows] = base * factors.mean(axis=1)
        sd[rows] = base * factors.std(axis=1)
    return mean, sd
