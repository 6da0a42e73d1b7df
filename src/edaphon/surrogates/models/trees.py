"""Trees that scikit-learn grows: extra trees and boosting, kept as the nodes of all trees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.surrogates.models.base import ROWS

if TYPE_CHECKING:
    from numpy.typing import NDArray


_RATE = 0.04
"""Share of each tree's prediction that boosting takes."""

SEEN = 5000
"""Rows at most that a tree of the boosting or of the plain forest sees: judgement, for time."""


@dataclass(frozen=True)
class Trees:
    """A constant plus a share of the sum of regression trees.

    Attributes
    ----------
    column : int32 array, shape (n_nodes,)
        Column that the node asks for; 0 at leaves.
    threshold : float64 array, shape (n_nodes,)
        Rows with value <= threshold go left; infinite at leaves.
    left, right : int32 arrays, shape (n_nodes,)
        Positions of the children; leaves point to themselves.
    value : float64 array, shape (n_nodes,)
    roots : int32 array, shape (n_trees,)
    start : float
        0 for the mean of trees.
    share : float
        1 / n_trees for the mean of trees, the learning rate for boosting.
    """

    column: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    roots: NDArray[np.int32]
    start: float
    share: float

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict, (n, p) to (n,); values are compared in float32, as the trees were grown."""
        total = np.empty(len(matrix))
        for start in range(0, len(matrix), ROWS):
            leaves = self.leaves(matrix[start : start + ROWS])
            total[start : start + ROWS] = self.value[leaves].sum(axis=0)
        return self.start + self.share * total

    def leaves(self, matrix: NDArray[np.float64]) -> NDArray[np.int64]:
        """Positions of the leaves that rows reach, (n, p) to (n_trees, n)."""
        values = np.ascontiguousarray(matrix, dtype=np.float32)
        if self._compiled is None:
            return self._walk(values)
        reached = np.empty((len(self.roots), len(values)), dtype=np.int64)
        for k, (root, tree) in enumerate(zip(self.roots, self._compiled, strict=True)):
            np.add(tree.apply(values), root, out=reached[k])
        return reached

    def _walk(self, values: NDArray[np.float32]) -> NDArray[np.int64]:
        """Walk all rows down all trees at once, leaving behind those that reached a leaf."""
        row = np.tile(np.arange(len(values)), len(self.roots))
        node = np.repeat(self.roots.astype(np.int64), len(values))
        moving = np.arange(len(node))
        while len(moving):
            here = node[moving]
            down = values[row[moving], self.column[here]] <= self.threshold[here]
            there = np.where(down, self.left[here], self.right[here])
            node[moving] = there
            moving = moving[self.left[there] != there]
        return node.reshape(len(self.roots), len(values))

    @cached_property
    def _compiled(self) -> list[Any] | None:
        """scikit-learn's compiled trees, a few times faster; None where it builds them otherwise.

        They are made of the arrays here by a part of scikit-learn that is not promised to stay, so
        anything unexpected falls back to the walk in numpy, which reaches the same leaves.
        """
        try:
            from sklearn.tree._tree import NODE_DTYPE, Tree
        except ImportError:
            return None
        ends = np.append(self.roots[1:], len(self.column))
        n_columns = int(self.column.max(initial=0)) + 1
        try:
            trees = []
            for root, end in zip(self.roots.tolist(), ends.tolist(), strict=True):
                trees.append(Tree(n_columns, np.array([1], dtype=np.intp), 1))
                trees[-1].__setstate__(self._state(root, end, NODE_DTYPE))
            return trees
        except (TypeError, ValueError, KeyError, AttributeError):
            return None

    def _state(self, root: int, end: int, dtype: Any) -> dict[str, Any]:
        """Nodes ``root`` to ``end`` as scikit-learn keeps those of one tree."""
        own = slice(root, end)
        leaf = self.left[own] == np.arange(root, end)
        nodes = np.zeros(end - root, dtype=dtype)
        nodes["left_child"] = np.where(leaf, -1, self.left[own] - root)
        nodes["right_child"] = np.where(leaf, -1, self.right[own] - root)
        nodes["feature"] = np.where(leaf, -2, self.column[own])
        nodes["threshold"] = np.where(leaf, -2.0, self.threshold[own])
        values = self.value[own].reshape(-1, 1, 1).copy()
        return {"max_depth": end - root, "node_count": end - root, "nodes": nodes, "values": values}


def fit_trees(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    seed: int,
    n_trees: int = 100,
    leaf: int = 3,
    *,
    weights: NDArray[np.float64] | None = None,
    signs: NDArray[np.int64] | None = None,
    columns: float = 0.5,
) -> Trees:
    """Grow extra trees (Geurts et al. 2006, Machine Learning 63:3-42).

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
    seed : int
    n_trees : int
    leaf : int
        Least rows of a leaf.
    weights : float64 array, shape (n,), optional
        How much each row counts, above 0.
    signs : int64 array, shape (p,), optional
        1 or -1 where predictions may only rise or fall with a column, 0 elsewhere.
    columns : float
        Share of the columns tried at each split, rounded up: one of three would be no choice.

    Returns
    -------
    Trees

    Notes
    -----
    Every tree sees all rows, so the ensemble is one tree grown again and again with a random state
    that moves on; scikit-learn's own ensemble does the same and spends most of its time on copies.
    """
    from sklearn import config_context
    from sklearn.tree import ExtraTreeRegressor
    from sklearn.utils import check_random_state

    grower = ExtraTreeRegressor(
        min_samples_leaf=leaf,
        max_features=int(np.ceil(columns * matrix.shape[1])),
        monotonic_cst=signs,
        random_state=check_random_state(seed),
    )
    values, weights = np.ascontiguousarray(matrix, dtype=np.float32), _unequal(weights)
    with config_context(skip_parameter_validation=True):
        grown = [
            grower.fit(values, response, sample_weight=weights, check_input=False).tree_
            for _ in range(n_trees)
        ]
    return _nodes(grown, 0.0, 1.0 / n_trees)


def fit_boosting(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    seed: int,
    n_trees: int = 120,
    *,
    weights: NDArray[np.float64] | None = None,
    signs: NDArray[np.int64] | None = None,
) -> Trees:
    """Grow trees one after the other, each on what the ones before left over.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
    seed : int
    n_trees : int
    weights : float64 array, shape (n,), optional
        How much each row counts, above 0.
    signs : int64 array, shape (p,), optional
        1 or -1 where predictions may only rise or fall with a column, 0 elsewhere.

    Returns
    -------
    Trees

    Notes
    -----
    Stochastic gradient boosting with squared error: Friedman 2002, Computational Statistics and
    Data Analysis 38:367-378. The settings are judgement, the same for every table: a twenty-fifth
    of each tree, which is slow, since on new groups what is learned late is mostly particular to
    the old ones; half of the rows a tree but `SEEN` at most, 0.4 of the columns a split, depth 4,
    or 5 from 1,000 rows.
    """
    trees, start = _boosted(
        matrix, response, seed, n_trees=n_trees, rate=_RATE, weights=weights, signs=signs
    )
    return _nodes(trees, start, _RATE)


def relevance(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    seed: int,
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Share of each column in what a small boosting explains, (p,), summing to 1.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
    seed : int
    weights : float64 array, shape (n,), optional

    Returns
    -------
    float64 array, shape (p,)
        All equal where nothing is explained.

    Notes
    -----
    Squared error that the splits on a column remove: Friedman 2001, Annals of Statistics
    29:1189-1232, section 8.1. Forty trees at a rate of 0.15: judgement.
    """
    trees, _ = _boosted(matrix, response, seed, n_trees=40, rate=0.15, weights=weights, signs=None)
    shares = sum(tree.compute_feature_importances(normalize=False) for tree in trees)
    total = float(np.sum(shares))
    return np.asarray(shares / total if total > 0 else np.full(matrix.shape[1], 1 / len(shares)))


def _boosted(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    seed: int,
    *,
    n_trees: int,
    rate: float,
    weights: NDArray[np.float64] | None,
    signs: NDArray[np.int64] | None,
) -> tuple[list[Any], float]:
    """scikit-learn's trees of a boosting, and the mean that it starts from."""
    from sklearn import config_context
    from sklearn.tree import DecisionTreeRegressor
    from sklearn.utils import check_random_state

    rng, n = np.random.default_rng(seed), len(response)
    share = min(max(n // 2, min(n, 10)), SEEN)
    grower = DecisionTreeRegressor(
        max_depth=4 if n < 1000 else 5,
        min_samples_leaf=max(3, min(20, n // 50)),
        max_features=0.4,
        monotonic_cst=signs,
        random_state=check_random_state(seed),
    )
    values, weights = np.ascontiguousarray(matrix, dtype=np.float32), _unequal(weights)
    start = float(np.average(response, weights=weights))
    left, grown = response - start, []
    with config_context(skip_parameter_validation=True):
        for _ in range(n_trees):
            seen = np.sort(rng.permutation(n)[:share])
            counts = None if weights is None else weights[seen]
            grower.fit(values[seen], left[seen], sample_weight=counts, check_input=False)
            tree = grower.tree_
            left = left - rate * tree.value[tree.apply(values), 0, 0]
            grown.append(tree)
    return grown, start


def _unequal(weights: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    """Return weights, or None where they are all equal, which is faster."""
    return None if weights is None or np.ptp(weights) == 0 else weights


def _nodes(grown: list[Any], start: float, share: float) -> Trees:
    """Lay the nodes of scikit-learn's trees one after the other."""
    sizes = [tree.node_count for tree in grown]
    roots = np.cumsum([0, *sizes[:-1]]).astype(np.int32)
    parts: dict[str, list[NDArray[Any]]] = {k: [] for k in ("c", "t", "l", "r", "v")}
    for root, tree in zip(roots, grown, strict=True):
        nodes = np.arange(tree.node_count, dtype=np.int32)
        leaf = tree.children_left < 0
        parts["c"].append(np.where(leaf, 0, tree.feature))
        parts["t"].append(np.where(leaf, np.inf, tree.threshold))
        parts["l"].append(root + np.where(leaf, nodes, tree.children_left))
        parts["r"].append(root + np.where(leaf, nodes, tree.children_right))
        parts["v"].append(tree.value[:, 0, 0])
    return Trees(
        np.concatenate(parts["c"]).astype(np.int32),
        np.concatenate(parts["t"]).astype(np.float64),
        np.concatenate(parts["l"]).astype(np.int32),
        np.concatenate(parts["r"]).astype(np.int32),
        np.concatenate(parts["v"]).astype(np.float64),
        roots,
        start,
        share,
    )


def plain_forest(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    asked: NDArray[np.float64],
    seed: int,
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Predict by an untuned random forest of 80 trees, the peer shown on every card.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
    asked : float64 array, shape (m, p)
    seed : int
    weights : float64 array, shape (n,), optional

    Returns
    -------
    float64 array, shape (m,)

    Notes
    -----
    Breiman 2001, Machine Learning 45:5-32; at least 3 rows a leaf, `SEEN` rows at most a tree, all
    else as scikit-learn has it.
    """
    from sklearn.ensemble import RandomForestRegressor

    drawn = SEEN if len(response) > SEEN else None
    forest = RandomForestRegressor(
        80, min_samples_leaf=3, max_samples=drawn, random_state=seed, n_jobs=1
    )
    forest.fit(matrix, response, sample_weight=weights)
    return np.asarray(forest.predict(asked), dtype=np.float64)
