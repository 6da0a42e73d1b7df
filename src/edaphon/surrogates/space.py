"""The space of predictors, in which the distance to the nearest sample is measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from edaphon.surrogates.models import ROWS, column_spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEGLIGIBLE = 0.01
"""Weights below this share of the largest one leave their column out: judgement, for speed."""

_FEW_COLUMNS, _FEW_POINTS = 12, 20_000
"""Above so many columns a search tree looks at most samples anyway; measured on six shapes."""


@dataclass(frozen=True)
class Space:
    """Samples in standardized, weighted predictors.

    Attributes
    ----------
    columns : int64 array, shape (q,)
        The columns of the matrix that count.
    center, stretch : float64 arrays, shape (q,)
        A row is compared as (row - center) x stretch.
    points : float64 array, shape (n_samples, q)
        The samples, so stretched.
    """

    columns: NDArray[np.int64]
    center: NDArray[np.float64]
    stretch: NDArray[np.float64]
    points: NDArray[np.float64]

    def place(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Stretch rows, (n, p) to (n, q)."""
        return np.asarray((matrix[:, self.columns] - self.center) * self.stretch)

    def nearest(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distance of each row to the nearest sample, (n, p) to (n,)."""
        found = np.zeros(len(matrix))
        if len(self.columns) == 0:
            return found
        for start in range(0, len(matrix), ROWS):
            rows = slice(start, start + ROWS)
            asked = self.place(matrix[rows])
            if self._tree is not None:
                found[rows] = self._tree.query(asked)[0]
            else:
                found[rows] = _to_nearest(asked, self.points, *self._compact)
        return found

    def apart(self, folds: NDArray[np.int64]) -> NDArray[np.float64]:
        """Distance of each sample to the nearest one of another fold, (n_samples,)."""
        found = np.zeros(len(self.points))
        if len(self.columns) == 0:
            return found
        for fold in np.unique(folds):
            held = folds == fold
            found[held] = cKDTree(self.points[~held], leafsize=32).query(self.points[held])[0]
        return found

    def outside(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far rows lie beyond the smallest and largest sample, all columns, (n, p) to (n,)."""
        found = np.zeros(len(matrix))
        for start in range(0, len(matrix) if len(self.columns) else 0, ROWS):
            rows = slice(start, start + ROWS)
            found[rows] = _outside(self.place(matrix[rows]), *self._ends)
        return found

    def outside_others(self, folds: NDArray[np.int64]) -> NDArray[np.float64]:
        """How far each sample lies beyond the ends of the other folds, (n_samples,)."""
        found = np.zeros(len(self.points))
        for fold in np.unique(folds) if len(self.columns) else ():
            held = folds == fold
            others = self.points[~held]
            found[held] = _outside(self.points[held], others.min(axis=0), others.max(axis=0))
        return found

    @cached_property
    def _ends(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Smallest and largest value of each column of the samples, (q,) each."""
        return self.points.min(axis=0), self.points.max(axis=0)

    @cached_property
    def _tree(self) -> cKDTree | None:
        """A search tree; None where comparing all pairs is faster."""
        many = self.points.shape[1] > _FEW_COLUMNS and len(self.points) <= _FEW_POINTS
        return None if many else cKDTree(self.points, leafsize=32)

    @cached_property
    def _compact(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """-2 x the samples, (q, n_samples), and their squared lengths, in single precision."""
        points = self.points.astype(np.float32)
        return np.ascontiguousarray(-2 * points.T), (points**2).sum(axis=1)


def _to_nearest(
    asked: NDArray[np.float64],
    points: NDArray[np.float64],
    twice: NDArray[np.float32],
    squares: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Distance of rows to the nearest point, found in single precision, measured in double."""
    with np.errstate(over="ignore", invalid="ignore"):
        squared = asked.astype(np.float32) @ twice
        squared += squares
    chosen = points[squared.argmin(axis=1)]
    return np.asarray(np.sqrt(((asked - chosen) ** 2).sum(axis=1)))


def _outside(
    asked: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distance of points, (n, q), to the box between two corners, (n,)."""
    return np.asarray(np.sqrt(((asked - np.clip(asked, low, high)) ** 2).sum(axis=1)))


def fit_space(
    matrix: NDArray[np.float64],
    owners: NDArray[np.int64] | None = None,
    weights: NDArray[np.float64] | None = None,
) -> Space:
    """Standardize and weigh the predictors of the samples.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
        Encoded predictors.
    owners : int64 array, shape (p,), optional
        Predictor that each column comes from; every column its own if not given.
    weights : float64 array, shape (p,), optional
        Importance of each column's predictor, not negative; equal if not given or all 0.

    Returns
    -------
    Space
        Without columns that do not vary or hardly count.

    Notes
    -----
    Amounts are divided by their standard deviation (Meyer and Pebesma 2021, Methods in Ecology and
    Evolution 12:1620-1633). The codes of a category are divided by the root of their summed
    variances, so that two samples drawn at random are on average as far apart in a category as in
    an amount, however many codes it has and however rare one is (judgement).
    """
    n_columns = matrix.shape[1]
    owner = np.arange(n_columns) if owners is None else owners
    spread = column_spread(matrix)
    summed = np.sqrt(np.bincount(owner, weights=spread**2))[owner]
    weighed = np.ones(n_columns) if weights is None or weights.sum() <= 0 else weights
    kept = np.flatnonzero((spread > 0) & (weighed > _NEGLIGIBLE * weighed.max()))
    center, stretch = matrix[:, kept].mean(axis=0), weighed[kept] / summed[kept]
    return Space(kept, center, stretch, (matrix[:, kept] - center) * stretch)
