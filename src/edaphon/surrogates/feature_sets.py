"""Which optional sets of predictors a surrogate takes: all but those that harm on new ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.surrogates.models import evened, fit_trees
from edaphon.surrogates.paired import paired_gain

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
    doubted: tuple[str, ...] = (),
) -> Choice:
    """Take every set of columns but those that harm on left-out folds.

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
    doubted : tuple of str
        Sets that must help, if only by a little: those that name the place.

    Returns
    -------
    Choice

    Notes
    -----
    Backward elimination by extra trees. The set without which the squared error on left-out folds
    falls most is refused if the fall exceeds its standard error over groups, paired, and so on
    with the sets that remain. What neither clearly helps nor harms is taken: the penalties, the
    trees and the stack themselves pass over columns that say nothing, and a choice by differences
    within their error costs more than such columns (judgement, on the design part of one table).
    Coordinates name the place, and what they say of the sampled places need not hold elsewhere, so
    they are refused unless they help.
    """
    rows = np.sort(np.random.default_rng(seed).permutation(len(response))[:JUDGED_ON])
    weights = evened(weights, len(response))
    used = set(range(matrix.shape[1]))
    told: dict[str, tuple[float, float]] = {}
    refused: dict[str, str] = {}

    def errors(columns: set[int]) -> NDArray[np.float64]:
        kept = sorted(columns)
        told = _crossed(matrix[rows][:, kept], response[rows], folds[rows], weights[rows], seed)
        return weights[rows] * (response[rows] - told) ** 2

    before = errors(used)
    while waiting := [name for name in offered if name not in refused]:
        without = {name: errors(used - set(offered[name])) for name in waiting}
        total = float(before.sum())
        for name in waiting:
            gain, error = paired_gain(without[name] - before, groups[rows])
            told[name] = gain / total, error / total
        ahead = {name: told[name][0] if name in doubted else sum(told[name]) for name in waiting}
        worst = min(waiting, key=ahead.__getitem__)
        if ahead[worst] > 0:
            break
        refused[worst] = _words(*told[worst])
        used, before = used - set(offered[worst]), without[worst]
    accepted = {name: _words(*told[name]) for name in offered if name not in refused}
    return Choice(np.array(sorted(used), dtype=np.int64), accepted, refused)


def _words(gain: float, error: float) -> str:
    """Say what a set is worth, as shares of the squared error."""
    return (
        f"on held-out ground {abs(gain):.1%} {'less' if gain > 0 else 'more'} squared error with "
        f"it, with a standard error of {error:.1%}"
    )


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
        # Every column is tried at every split: were it a share, more columns would mean more tries.
        trees = fit_trees(
            matrix[rest], response[rest], seed, TREES, LEAF, weights=weights[rest], columns=1.0
        )
        told[~rest] = trees.predict(matrix[~rest])
    return told
