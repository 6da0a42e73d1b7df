"""The candidates of a surrogate: ridge, additive splines and extra trees, kept as plain arrays.

Each candidate is a frozen dataclass of arrays with ``predict(matrix) -> (n,)``; scikit-learn grows
the trees, and what is kept of them is their nodes, so a stored model executes nothing on load.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from scipy.interpolate import BSpline

if TYPE_CHECKING:
    from numpy.typing import NDArray

PENALTIES = 10.0 ** np.arange(-5.0, 2.1, 0.5)
"""Ridge penalties tried, per row of training data."""

ROWS = 4096
"""Rows that one block of predictions holds."""

_DEGREE = 3


class Model(Protocol):
    """A fitted candidate."""

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict the modeled response, (n, p) to (n,)."""
        ...


@dataclass(frozen=True)
class Ridge:
    """Linear model on standardized columns with a penalty on the squared coefficients.

    Attributes
    ----------
    center, scale, coefficients : float64 arrays, shape (p,)
    intercept : float64 array, shape (1,)
    """

    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    intercept: NDArray[np.float64]

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict, (n, p) to (n,)."""
        scaled = (matrix - self.center) / self.scale
        return np.asarray(scaled @ self.coefficients + self.intercept[0], dtype=np.float64)


@dataclass(frozen=True)
class AdditiveSplines:
    """Ridge on cubic B-splines of each column, constant beyond the training range.

    Attributes
    ----------
    knots : float64 array, shape (n_knots,)
        Full knot vectors of all columns, one after the other; a column without knots is linear.
    starts : int64 array, shape (p + 1,)
        Where each column's knots begin in `knots`.
    low, high : float64 arrays, shape (p,)
        Range to which columns are clipped.
    ridge : Ridge
        On the expanded columns.
    """

    knots: NDArray[np.float64]
    starts: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    ridge: Ridge

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict, (n, p) to (n,)."""
        return self.ridge.predict(_expand(matrix, self.knots, self.starts, self.low, self.high))


@dataclass(frozen=True)
class Trees:
    """The mean of regression trees, as the nodes of all trees one after the other.

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
    """

    column: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    roots: NDArray[np.int32]

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict, (n, p) to (n,); values are compared in float32, as the trees were grown."""
        values = np.asarray(matrix, dtype=np.float32)
        parts = [self._block(values[start : start + ROWS]) for start in range(0, len(values), ROWS)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _block(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """Walk all rows down all trees at once, leaving behind those that reached a leaf."""
        row = np.tile(np.arange(len(values)), len(self.roots))
        node = np.repeat(self.roots, len(values))
        moving = np.arange(len(node))
        while len(moving):
            here = node[moving]
            down = values[row[moving], self.column[here]] <= self.threshold[here]
            there = np.where(down, self.left[here], self.right[here])
            node[moving] = there
            moving = moving[self.left[there] != there]
        reached = self.value[node].reshape(len(self.roots), len(values))
        return np.asarray(reached.mean(axis=0), dtype=np.float64)


def column_spread(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviation of each column, (p,); 0 where only rounding varies."""
    spread = matrix.std(axis=0)
    rounding = 1e-9 * np.maximum(1.0, np.abs(matrix).max(axis=0, initial=0.0))
    return np.where(spread < rounding, 0.0, spread)


def fit_ridge(
    matrix: NDArray[np.float64], response: NDArray[np.float64], folds: NDArray[np.int64]
) -> Ridge:
    """Fit a ridge whose penalty is chosen on the given folds.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
    folds : int64 array, shape (n,)
        Folds on which the squared error chooses among `PENALTIES`.

    Returns
    -------
    Ridge

    Notes
    -----
    Hoerl and Kennard 1970, Technometrics 12:55-67. Solved by the eigenvalues of the centered
    cross-products, from which each fold's part is subtracted; columns that do not vary get 0.
    """
    center, spread = matrix.mean(axis=0), column_spread(matrix)
    scale = np.where(spread > 0, spread, 1.0)
    scaled = np.where(spread > 0, (matrix - center) / scale, 0.0)
    errors = np.zeros(len(PENALTIES))
    for fold in np.unique(folds):
        rest = folds != fold
        coefficients, intercepts = _ridge_path(scaled[rest], response[rest])
        predicted = scaled[~rest] @ coefficients + intercepts
        errors += ((response[~rest, None] - predicted) ** 2).sum(axis=0)
    best = int(errors.argmin())
    coefficients, intercepts = _ridge_path(scaled, response)
    return Ridge(center, scale, coefficients[:, best].copy(), intercepts[best : best + 1].copy())


def _ridge_path(
    scaled: NDArray[np.float64], response: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients (p, n_penalties) and intercepts (n_penalties,) of every penalty."""
    center, mean = scaled.mean(axis=0), response.mean()
    away = scaled - center
    values, vectors = np.linalg.eigh(away.T @ away)
    moments = vectors.T @ (away.T @ (response - mean))
    damped = np.maximum(values, 0.0)[:, None] + len(response) * PENALTIES
    coefficients = vectors @ (moments[:, None] / damped)
    return coefficients, mean - center @ coefficients


def fit_splines(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    folds: NDArray[np.int64],
    n_knots: int = 5,
) -> AdditiveSplines:
    """Fit additive cubic splines with a ridge penalty chosen on the given folds.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
    folds : int64 array, shape (n,)
    n_knots : int
        Knots at quantiles, the ends included; ties drop out. Columns with fewer than four
        different values stay linear.

    Returns
    -------
    AdditiveSplines

    Notes
    -----
    B-splines after de Boor 1978, A Practical Guide to Splines. Columns are clipped to their 0.5
    and 99.5 % quantiles, so the curves are flat beyond the training range.
    """
    low, high = np.quantile(matrix, [0.005, 0.995], axis=0)
    vectors = []
    for j in range(matrix.shape[1]):
        clipped = np.clip(matrix[:, j], low[j], high[j])
        if len(np.unique(clipped)) < 4:
            vectors.append(np.zeros(0))
            continue
        inner = np.unique(np.quantile(clipped, np.linspace(0, 1, n_knots)))
        vectors.append(np.r_[[inner[0]] * _DEGREE, inner, [inner[-1]] * _DEGREE])
    starts = np.cumsum([0, *map(len, vectors)])
    knots = np.concatenate(vectors)
    expanded = _expand(matrix, knots, starts, low, high)
    return AdditiveSplines(knots, starts, low, high, fit_ridge(expanded, response, folds))


def _expand(
    matrix: NDArray[np.float64],
    knots: NDArray[np.float64],
    starts: NDArray[np.int64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Columns of the spline basis of every column; the first of each basis is left out."""
    columns = []
    for j in range(matrix.shape[1]):
        vector = knots[starts[j] : starts[j + 1]]
        clipped = np.clip(matrix[:, j], low[j], high[j])
        if len(vector) == 0:
            columns.append(clipped[:, None])
        else:
            inside = np.clip(clipped, vector[0], vector[-1])
            columns.append(BSpline.design_matrix(inside, vector, _DEGREE).toarray()[:, 1:])
    return np.hstack(columns)


def fit_trees(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    seed: int,
    n_trees: int = 100,
    leaf: int = 3,
) -> Trees:
    """Grow extra trees (Geurts et al. 2006, Machine Learning 63:3-42).

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
    seed : int
    n_trees : int
    leaf : int
        Least rows of a leaf. Half of the columns are tried at each split.

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
        min_samples_leaf=leaf, max_features=0.5, random_state=check_random_state(seed)
    )
    values = np.ascontiguousarray(matrix, dtype=np.float32)
    with config_context(skip_parameter_validation=True):
        return _nodes(
            [grower.fit(values, response, check_input=False).tree_ for _ in range(n_trees)]
        )


def _nodes(grown: list[Any]) -> Trees:
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
    )


def plain_forest(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    asked: NDArray[np.float64],
    seed: int,
) -> NDArray[np.float64]:
    """Predict by an untuned random forest of 80 trees, the peer shown on every card.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
    asked : float64 array, shape (m, p)
    seed : int

    Returns
    -------
    float64 array, shape (m,)

    Notes
    -----
    Breiman 2001, Machine Learning 45:5-32; at least 3 rows a leaf, all else as scikit-learn has it.
    """
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(80, min_samples_leaf=3, random_state=seed, n_jobs=1)
    return np.asarray(forest.fit(matrix, response).predict(asked), dtype=np.float64)
