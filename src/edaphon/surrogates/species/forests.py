"""Forests that level presences and background: by drawing as many of both, or by weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.surrogates.models import Trees
from edaphon.surrogates.models.trees import _nodes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.surrogates.species.occurrence import Occurrence

DOWN_SAMPLED_TREES = 300
DOWN_WEIGHTED_TREES = 150
MOST_DRAWN = 1000
"""Presences that one tree sees at most, so that time stays bounded (judgement)."""
DEPTH = 2
"""Depth of down-weighted trees."""


def fit_down_sampled(data: Occurrence, seed: int, n_trees: int = DOWN_SAMPLED_TREES) -> Trees:
    """Grow full trees, each on a draw of as many presences as absences or background places.

    Parameters
    ----------
    data : Occurrence
    seed : int
    n_trees : int

    Returns
    -------
    Trees
        Their mean is the probability of presence, were both equally common.

    Notes
    -----
    Valavi et al. 2021, Ecography 44, doi 10.1111/ecog.05615, "down-sampled"; Chen, Liaw and
    Breiman 2004, Using random forest to learn imbalanced data (balanced random forest). Rows are
    drawn with replacement in proportion to their weights. Squared error on 0 and 1 splits as
    Gini's index does. 300 trees: on blocked folds of disdat's training data they rank better than
    100 (AUC .714 against .711 over 56 species), since each tree sees few presences.
    """
    rng = np.random.default_rng(seed)
    found, behind = np.flatnonzero(data.found), np.flatnonzero(data.background > 0)
    n_drawn = min(len(found), len(behind), MOST_DRAWN)
    upto = [np.cumsum(data.presence[found]), np.cumsum(data.background[behind])]
    values = np.ascontiguousarray(data.matrix, dtype=np.float32)
    response = np.r_[np.ones(n_drawn), np.zeros(n_drawn)]

    def draw() -> tuple[NDArray[np.float32], NDArray[np.float64], None]:
        rows = [
            own[np.searchsorted(sums[:-1], rng.random(n_drawn) * sums[-1], side="right")]
            for own, sums in zip((found, behind), upto, strict=True)
        ]
        return values[np.concatenate(rows)], response, None

    return _grow(draw, seed, n_trees, depth=None)


def fit_down_weighted(data: Occurrence, seed: int, n_trees: int = DOWN_WEIGHTED_TREES) -> Trees:
    """Grow shallow trees on all rows, presences and the rest weighing alike.

    Parameters
    ----------
    data : Occurrence
    seed : int
    n_trees : int

    Returns
    -------
    Trees
        As those of `fit_down_sampled`.

    Notes
    -----
    Valavi et al. 2021 (as above), weighted forests, and their finding that shallow trees rank
    better; depth 2 is their ranger setting. Each tree sees a bootstrap of the rows.
    """
    rng = np.random.default_rng(seed)
    found, behind = np.flatnonzero(data.found), np.flatnonzero(data.background > 0)
    rows = np.r_[found, behind]
    values = np.ascontiguousarray(data.matrix[rows], dtype=np.float32)
    response = np.r_[np.ones(len(found)), np.zeros(len(behind))]
    weight = np.r_[
        data.presence[found] / data.presence.sum(), data.background[behind] / data.background.sum()
    ]

    def draw() -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
        times = np.bincount(rng.integers(0, len(rows), len(rows)), minlength=len(rows)) * weight
        kept = times > 0
        return values[kept], response[kept], times[kept]

    return _grow(draw, seed, n_trees, depth=DEPTH)


def _grow(draw: Any, seed: int, n_trees: int, *, depth: int | None) -> Trees:
    """Grow a tree on each draw; the square root of the number of columns is tried at a split."""
    from sklearn import config_context
    from sklearn.tree import DecisionTreeRegressor
    from sklearn.utils import check_random_state

    grower = DecisionTreeRegressor(
        max_features="sqrt", max_depth=depth, random_state=check_random_state(seed)
    )
    grown = []
    with config_context(skip_parameter_validation=True):
        for _ in range(n_trees):
            values, response, weight = draw()
            grower.fit(values, response, sample_weight=weight, check_input=False)
            grown.append(grower.tree_)
    return _nodes(grown, 0.0, 1.0 / n_trees)
