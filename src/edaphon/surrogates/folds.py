"""Folds that keep whole blocks of ground, and whole groups, together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def held_together(
    x: ArrayLike, y: ArrayLike, side: float, group: ArrayLike | None = None
) -> NDArray[np.int64]:
    """Label the rows that must stay in one fold: square blocks of ground, joined by groups.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Coordinates, in degrees or in meters.
    side : float
        Side of the blocks in the same unit, above 0. Block edges lie at multiples of it.
    group : array_like, shape (n,), optional
        Study, provider or profile; two blocks that share a group count as one.

    Returns
    -------
    int64 array, shape (n,)
        Labels 0, 1, ..., one per set of rows held out together.

    Raises
    ------
    ValueError
        If `side` is not above 0.
    """
    if not side > 0:
        raise ValueError(f"the side of a block must be above 0, got {side}")
    cells = np.floor(np.column_stack([np.asarray(x, float), np.asarray(y, float)]) / side)
    _, block = np.unique(cells, axis=0, return_inverse=True)
    block = block.ravel().astype(np.int64)
    if group is None or len(block) == 0:
        return block
    _, member = np.unique(np.asarray(group), return_inverse=True)
    first_group = block.max() + 1
    n_nodes = first_group + member.max() + 1
    links = coo_array((np.ones(len(block)), (block, first_group + member)), (n_nodes, n_nodes))
    _, component = connected_components(links, directed=False)
    _, joined = np.unique(component[block], return_inverse=True)
    return joined.astype(np.int64)


def assign_folds(together: ArrayLike, n_folds: int, seed: int) -> NDArray[np.int64]:
    """Send whole sets of rows to folds at random, balanced in size.

    Sets are drawn in random order and each goes to the fold that holds the fewest rows so far.

    Parameters
    ----------
    together : array_like of int, shape (n,)
        Labels 0, 1, ... of the rows that stay in one fold (`held_together`, or
        ``np.arange(n)`` for random folds).
    n_folds : int
    seed : int

    Returns
    -------
    int64 array, shape (n,)
        Fold of each row, 0 to n_folds - 1.

    Raises
    ------
    ValueError
        If there are fewer sets than folds.
    """
    labels = np.asarray(together, dtype=np.int64)
    sizes = np.bincount(labels)
    if n_folds < 2 or len(sizes) < n_folds:
        raise ValueError(f"{len(sizes)} sets of rows cannot make {n_folds} folds")
    fold_of = np.zeros(len(sizes), dtype=np.int64)
    filled = np.zeros(n_folds)
    for label in np.random.default_rng(seed).permutation(len(sizes)):
        fold_of[label] = filled.argmin()
        filled[fold_of[label]] += sizes[label] + 1e-9
    return fold_of[labels]


def derived_seed(*numbers: int) -> int:
    """Derive a seed for scikit-learn from the run's seed and a task's numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0] >> 1)
