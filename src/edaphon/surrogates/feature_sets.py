"""Which optional sets of predictors a surrogate takes: those that help on ground it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.surrogates.models import evened, fit_trees

if TYPE_CHECKING:
    from numpy.typing import NDArray

TREES, LEAF = 40, 5
"""Size of the extra trees that judge."""

JUDGED_ON = 1500
"""Rows at most that the judge learns from."""


@dataclass(frozen=True)
class Choice:
    """The optional sets that were taken.

    Attributes
    ----------
    columns : int64 array, shape (q,)
        Columns of the matrix that are used, in order.
    accepted, refused : dict of str to str
        A sentence for each set.
    """

    columns: NDArray[np.int64]
    accepted: dict[str, str]
    refused: dict[str, str]


def choose_sets(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    folds: NDArray[np.int64],
    groups: NDArray[np.int64],
    offered: dict[str, tuple[int, ...]],
    *,
    seed: int,
    weights: NDArray[np.float64] | None = None,
) -> Choice:
    """Take sets of columns one after the other as long as they help on left-out folds.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
        On the modeled scale.
    folds : int64 array, shape (n,)
        Folds of whole groups.
    groups : int64 array, shape (n,)
        Labels 0, 1, ... of rows that belong together.
    offered : dict of str to tuple of int
        Columns of each set; all other columns are always used.
    seed : int
    weights : float64 array, shape (n,), optional

    Returns
    -------
    Choice

    Notes
    -----
    Forward selection by extra trees. The set with the largest gain in squared error on left-out
    folds is taken if the gain exceeds its standard error over groups, paired: a set that names the
    place or the study gains much between rows that lie close together, and nothing or less where
    whole groups are left out. A set that does not even gain alone is not tried again.
    """
    rows = np.sort(np.random.default_rng(seed).permutation(len(response))[:JUDGED_ON])
    weights = evened(weights, len(response))
    optional = {column for held in offered.values() for column in held}
    used = [column for column in range(matrix.shape[1]) if column not in optional]
    accepted: dict[str, str] = {}
    refused: dict[str, str] = {}

    def errors(columns: list[int]) -> NDArray[np.float64]:
        told = _crossed(matrix[rows][:, columns], response[rows], folds[rows], weights[rows], seed)
        return weights[rows] * (response[rows] - told) ** 2

    before = errors(used)
    waiting = list(offered)
    while waiting:
        found = {name: errors(sorted({*used, *offered[name]})) for name in waiting}
        gains = {name: _gain(before - found[name], groups[rows]) for name in waiting}
        total = float(before.sum())
        for name in [name for name in waiting if gains[name][0] <= gains[name][1]]:
            gain, error = (part / total for part in gains[name])
            refused[name] = (
                f"on held-out ground {abs(gain):.1%} {'less' if gain > 0 else 'more'} squared "
                f"error with it, with a standard error of {error:.1%}"
            )
            waiting.remove(name)
        if waiting:
            best = max(waiting, key=lambda name: gains[name][0])
            gain, error = (part / total for part in gains[best])
            accepted[best] = (
                f"on held-out ground {gain:.1%} less squared error with it, with a standard error "
                f"of {error:.1%}"
            )
            used, before = sorted({*used, *offered[best]}), found[best]
            waiting.remove(best)
    return Choice(np.array(used, dtype=np.int64), accepted, refused)


def _crossed(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    folds: NDArray[np.int64],
    weights: NDArray[np.float64],
    seed: int,
) -> NDArray[np.float64]:
    """Predictions of left-out folds, (n,); the mean of the others where there are no columns."""
    told = np.zeros(len(response))
    for fold in np.unique(folds):
        rest = folds != fold
        if matrix.shape[1] == 0:
            told[~rest] = np.average(response[rest], weights=weights[rest])
            continue
        trees = fit_trees(matrix[rest], response[rest], seed, TREES, LEAF, weights=weights[rest])
        told[~rest] = trees.predict(matrix[~rest])
    return told


def _gain(gained: NDArray[np.float64], groups: NDArray[np.int64]) -> tuple[float, float]:
    """Sum of a gain over rows, and its standard error over groups."""
    _, labels = np.unique(groups, return_inverse=True)
    by_group = np.bincount(labels.ravel(), weights=gained)
    n_groups = len(by_group)
    if n_groups < 2:
        return float(by_group.sum()), np.inf
    square = ((by_group - by_group.mean()) ** 2).sum() * n_groups / (n_groups - 1)
    return float(by_group.sum()), float(np.sqrt(square))
