"""Calibrated intervals: conformal scores of held-out ground, scaled by where errors are larger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.surrogates.conformal import bounding, ordered
from edaphon.surrogates.models import ROWS, Trees
from edaphon.surrogates.scale import Calibration, Limits, choose_scale, shrunk
from edaphon.surrogates.space import Space

if TYPE_CHECKING:
    from numpy.typing import NDArray

AMOUNTS = (0.0, 0.5, 1.0)
"""Shares of the scale model tried; 0 is a constant width."""

CALIBRATIONS = ("pooled", "typical group")

_GRID = 50
_ENDLESS: Limits = (-np.inf, np.inf)


@dataclass(frozen=True)
class Spread:
    """The distribution of a prediction's error on the modeled scale.

    Attributes
    ----------
    level : float
        The level asked for; any other can be had.
    typical : float
        Mean absolute error on held-out ground.
    kind : str
        "constant", "novelty and level" (the scale follows the distance to the nearest sample and
        the fitted value) or "predictors" (it follows them all).
    amount : float
        0 = the same spread everywhere, 1 = the scale model in full.
    scale_model : Trees or None
        Predicts the absolute error; None where `amount` is 0.
    space : Space or None
        Where distances are measured, for "novelty and level".
    scores, shares : float64 arrays, shape (n_samples,)
        Error / scale in ascending order, and the weight of each over that of all and a new one.
    errors, error_shares : float64 arrays, shape (n_samples,)
        The same of the errors as they are: plain pooled residuals.
    grid : float64 array, shape (50,)
        Scores that stand for equal parts of the distribution.
    """

    level: float
    typical: float
    kind: str
    amount: float
    scale_model: Trees | None
    space: Space | None
    scores: NDArray[np.float64]
    shares: NDArray[np.float64]
    errors: NDArray[np.float64]
    error_shares: NDArray[np.float64]
    grid: NDArray[np.float64]

    def scale(
        self, matrix: NDArray[np.float64], fitted: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Scale of the error at each row, shape (n,), on the modeled scale."""
        if self.scale_model is None:
            return np.full(len(fitted), self.typical)
        first = matrix if self.space is None else self.space.nearest(matrix)
        size = self.scale_model.predict(np.column_stack([first, fitted]))
        return shrunk(size, self.typical, self.amount)

    def bounds(
        self, scale: NDArray[np.float64], fitted: NDArray[np.float64], level: float | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper bounds at any level, each shape (n,), on the modeled scale.

        They are not cut to the range of the response.
        """
        low, high = bounding(self.scores, self.shares, self.level if level is None else level)
        return fitted + low * scale, fitted + high * scale

    def plain_bounds(
        self, fitted: NDArray[np.float64], level: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the bounds that plain pooled residuals give, for comparison."""
        low, high = bounding(self.errors, self.error_shares, level)
        return fitted + low, fitted + high


def fit_spread(
    matrix: NDArray[np.float64],
    fitted: NDArray[np.float64],
    residual: NDArray[np.float64],
    folds: NDArray[np.int64],
    *,
    level: float,
    seed: int,
    amounts: tuple[float, ...] = AMOUNTS,
    owners: NDArray[np.int64] | None = None,
    weights: NDArray[np.float64] | None = None,
    groups: NDArray[np.int64] | None = None,
    calibration: str = "pooled",
    limits: Limits = _ENDLESS,
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
        The folds that gave `fitted`; scale models are fitted within the same ones.
    level : float
    seed : int
    amounts : tuple of float
        Shares of the scale tried; (0.0,) makes a constant width.
    owners : int64 array, shape (p,), optional
        Predictor of each column.
    weights : float64 array, shape (n,), optional
        How much each sample counts, above 0.
    groups : int64 array, shape (n,), optional
        Labels 0, 1, ... of rows held out together; every row its own if not given.
    calibration : {"pooled", "typical group"}
        Every sample counts alike, or every group: intervals for a typical new study.
    limits : tuple of float
        Range of the response on the modeled scale, to which intervals will be cut.

    Returns
    -------
    Spread

    Raises
    ------
    ValueError
        If `calibration` is none of the above.

    Notes
    -----
    Normalized conformal scores (Papadopoulos et al. 2008; Lei et al. 2018, JASA 113:1094-1111,
    section 5.2) on residuals of whole groups; the guarantee holds for ground like the sampled one
    only. The scale is constant unless a model of it gains in cross-fitted interval score
    (`edaphon.surrogates.scale.choose_scale`).
    """
    if calibration not in CALIBRATIONS:
        raise ValueError(f"calibration must be one of {CALIBRATIONS}, got {calibration!r}")
    counted = np.ones(len(residual)) if weights is None else weights
    sets = np.arange(len(residual)) if groups is None else groups
    _, sets = np.unique(sets, return_inverse=True)
    known = Calibration(fitted, residual, folds, sets.ravel(), counted, limits)
    chosen = choose_scale(known, matrix, owners, amounts, seed)
    scores = residual / chosen.values
    alike = counted
    if calibration == "typical group":
        alike = counted / np.bincount(known.groups, weights=counted)[known.groups]
    sorted_scores, shares = ordered(scores, alike)
    errors, error_shares = ordered(residual, counted)
    return Spread(
        level=level,
        typical=chosen.typical,
        kind=chosen.kind,
        amount=chosen.amount,
        scale_model=chosen.model,
        space=chosen.space,
        scores=sorted_scores,
        shares=shares,
        errors=errors,
        error_shares=error_shares,
        grid=_grid(*ordered(scores, counted)),
    )


def _grid(scores: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of the scores within equal parts of their distribution, which keep the whole's mean."""
    ends = np.cumsum(shares / shares.sum())
    edges = np.linspace(0, 1, _GRID + 1)
    summed = np.interp(edges, np.r_[0.0, ends], np.r_[0.0, np.cumsum(scores * shares)])
    return np.asarray(np.diff(summed) * _GRID / shares.sum())


def moments(
    spread: Spread,
    fitted: NDArray[np.float64],
    scale: NDArray[np.float64],
    inverse: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of a response whose errors were calibrated on another scale.

    Parameters
    ----------
    spread : Spread
    fitted, scale : float64 arrays, shape (n,)
        Predictions, and the scale of their errors, on the modeled scale.
    inverse : callable
        Brings arrays from the modeled scale to the response's own, element by element.

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
        values = inverse(fitted[rows, None] + scale[rows, None] * spread.grid)
        mean[rows], sd[rows] = values.mean(axis=1), values.std(axis=1)
    return mean, sd
