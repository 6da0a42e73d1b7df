"""What all candidates share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = 4096
"""Rows that one block of predictions holds."""


class Model(Protocol):
    """A fitted candidate."""

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict the modeled response, (n, p) to (n,)."""
        ...


def evened(weights: NDArray[np.float64] | None, n: int) -> NDArray[np.float64]:
    """Return weights of n rows with mean 1; ones where there are none."""
    return np.ones(n) if weights is None else weights / weights.mean()


def leavable(folds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return folds of which at least two can be left out; single rows in turn where one is all."""
    return folds if len(folds) and np.ptp(folds) > 0 else np.arange(len(folds)) % 5


def column_spread(
    matrix: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return the standard deviation of each column, (p,); 0 where only rounding varies."""
    if weights is None:
        spread = matrix.std(axis=0)
    else:
        center = np.average(matrix, axis=0, weights=weights)
        spread = np.sqrt(np.average((matrix - center) ** 2, axis=0, weights=weights))
    rounding = 1e-9 * np.maximum(1.0, np.abs(matrix).max(axis=0, initial=0.0))
    return np.where(spread < rounding, 0.0, spread)
