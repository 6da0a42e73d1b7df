"""Folds whose distances resemble those from the prediction area to the samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial import cKDTree
from scipy.stats import wasserstein_distance

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edaphon.data.landscape import Predictors, Samples
    from edaphon.data.observations import Observations

MATCHED_FOLDS = 10
"""With fewer, training sets are noticeably smaller than the whole, and errors larger."""

_ASKED = 2000
_NODES = 3000
_COUNTS = 12
_DRAWS = 3
_LARGEST = 0.5

_RADIUS = 6_371_007.0
_FLAT = 2_000_000.0


@dataclass(frozen=True)
class Matched:
    """Folds matched to a prediction area.

    Attributes
    ----------
    folds : int64 array, shape (n,)
    statistic : float
        Wasserstein distance between the nearest-sample distances of held-out samples and those of
        the area, in meters: the mean gap between their sorted distances.
    words : str
        For the card.
    """

    folds: NDArray[np.int64]
    statistic: float
    words: str


def folds_for_map(
    sampled: Samples | Observations, area: Predictors | None, seed: int
) -> Matched | None:
    """Match folds of samples or sites to the planning units.

    Parameters
    ----------
    sampled : Samples or Observations
    area : Predictors or None
        The planning units.
    seed : int

    Returns
    -------
    Matched or None
        None where samples or units have no coordinates in meters.

    Raises
    ------
    ValueError
        As `matched_folds`.
    """
    if area is None or area.x is None or area.y is None or sampled.x is None or sampled.y is None:
        return None
    return matched_folds(sampled.x, sampled.y, area.x, area.y, seed=seed, group=sampled.group)


def matched_folds(
    x: ArrayLike,
    y: ArrayLike,
    area_x: ArrayLike,
    area_y: ArrayLike,
    *,
    n_folds: int = MATCHED_FOLDS,
    seed: int = 0,
    group: ArrayLike | None = None,
) -> Matched:
    """Fold samples so that held-out ones are as far from the others as the area is from them all.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Samples, in meters of an azimuthal equal-area projection.
    area_x, area_y : array_like, shape (n_units,)
        The real prediction area in the same projection; 2,000 of them are drawn.
    n_folds : int
    seed : int
    group : array_like, shape (n,), optional
        Rows of one group never part.

    Returns
    -------
    Matched
        Fewer folds where there are fewer places or groups.

    Raises
    ------
    ValueError
        If the area is empty, or fewer than two places or groups are left to fold.

    Notes
    -----
    k-fold nearest-neighbor distance matching: Linnenbrink, Mila, Ludwig and Meyer 2024,
    Geoscientific Model Development 17:5897-5912. Samples are clustered, clusters are merged into
    folds of at most half of the samples, and the number of clusters with the least Wasserstein
    statistic is taken, every sample its own cluster (random folds) among them. Judgement of ours:
    Ward clusters of at most 3,000 places; 12 numbers of clusters in geometric steps, 3 mergers of
    each; one merger sends the largest clusters first, in jittered order, to the emptiest fold.
    """
    points, asked = _on_ground(x, y, area_x, area_y)
    if len(asked) == 0:
        raise ValueError("the prediction area is empty")
    rng = np.random.default_rng(seed)
    target = cKDTree(points).query(_drawn(asked, rng))[0]
    rows = np.sort(rng.permutation(len(points))[:_ASKED])
    finest, node, centers = _nodes(points, group)
    n_folds = min(n_folds, int(finest.max()) + 1)
    if n_folds < 2:
        raise ValueError("all samples are of one place or group, which makes no folds")
    tree = linkage(centers, "ward") if len(centers) > 1 else np.zeros((0, 4))
    best = np.inf
    for count in (0, *_cluster_counts(n_folds, len(centers))):
        labels = fcluster(tree, count, "maxclust")[node] if count else finest
        for _ in range(_DRAWS):
            tried = _merged(labels, n_folds, rng)
            sizes = np.bincount(tried, minlength=n_folds)
            if count and (sizes.max() > _LARGEST * len(points) or sizes.min() == 0):
                continue
            apart = distances_between(points, tried)[rows]
            statistic = float(wasserstein_distance(apart, target))
            if statistic < best:
                best, folds, reached, clustered = statistic, tried, apart, count > 0
    held = "clusters of " if clustered else ""
    held += "samples" if group is None else "groups"
    return Matched(folds, best, _words(held, n_folds, reached, target))


def distances_between(points: NDArray[np.float64], folds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Distance of each point to the nearest one of another fold.

    Parameters
    ----------
    points : float64 array, shape (n, d)
    folds : int64 array, shape (n,)
        At least two of them.

    Returns
    -------
    float64 array, shape (n,)
    """
    apart = np.zeros(len(points))
    for fold in np.unique(folds):
        held = folds == fold
        apart[held] = cKDTree(points[~held]).query(points[held])[0]
    return apart


def _on_ground(
    x: ArrayLike, y: ArrayLike, area_x: ArrayLike, area_y: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates whose straight distances are honest; wide ones are lifted onto the sphere.

    In the azimuthal equal-area projection the distance from the center is the chord of the sphere,
    2 R sin(c / 2) at angle c (Snyder 1987, USGS Professional Paper 1395, the projection's polar
    form; from memory, not verified), so points of any extent go back to three dimensions exactly,
    wherever the center lies. Within 2,000 km the plane is off by less than 2 %.
    """
    points = np.column_stack([np.asarray(x, np.float64), np.asarray(y, np.float64)])
    asked = np.column_stack([np.asarray(area_x, np.float64), np.asarray(area_y, np.float64)])
    if max(np.hypot(*xy.T).max(initial=0.0) for xy in (points, asked)) <= _FLAT:
        return points, asked
    if max(np.hypot(*(xy - points.mean(axis=0)).T).max(initial=0.0) for xy in (points, asked)) <= (
        _FLAT
    ):
        return points, asked  # a plane with a far origin
    return _lifted(points), _lifted(asked)


def _lifted(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of the projection on the sphere, (n, 2) to (n, 3), in meters."""
    half_sine = np.minimum(np.hypot(*xy.T) / (2 * _RADIUS), 1.0)
    half_cosine = np.sqrt(1 - half_sine**2)
    return np.column_stack([xy * half_cosine[:, None], _RADIUS * (1 - 2 * half_sine**2)])


def _drawn(points: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """At most 2,000 of the points."""
    return points[np.sort(rng.permutation(len(points))[:_ASKED])]


def _nodes(
    points: NDArray[np.float64], group: ArrayLike | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Which samples never part, which node each belongs to, and the nodes' centers.

    Places or groups never part. They are the nodes that are clustered; above 3,000 of them the
    cells of the finest square grid (of sides that halve) that has no more stand in.
    """
    if group is None:
        _, finest = np.unique(points, axis=0, return_inverse=True)
    else:
        _, finest = np.unique(np.asarray(group), return_inverse=True)
    finest = finest.ravel().astype(np.int64)
    centers = _centers(points, finest)
    node = finest
    if len(centers) > _NODES:
        side = float(np.ptp(centers, axis=0).max())
        cell = _cells(centers, side)
        while (finer := _cells(centers, side / 2)).max() < _NODES:
            cell, side = finer, side / 2
        node = cell[finest]
    return finest, node, _centers(points, node)


def _cells(points: NDArray[np.float64], side: float) -> NDArray[np.int64]:
    """Give each point the number of its grid cell, shape (n,)."""
    _, cell = np.unique(np.floor(points / side), axis=0, return_inverse=True)
    return cell.ravel().astype(np.int64)


def _centers(points: NDArray[np.float64], node: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean position of each node, (n_nodes, d)."""
    sums = [np.bincount(node, weights=axis) for axis in points.T]
    return np.column_stack(sums) / np.bincount(node)[:, None]


def _cluster_counts(n_folds: int, n_nodes: int) -> list[int]:
    """Numbers of clusters to try, few to many."""
    if n_nodes < 2 * n_folds:
        return []
    counts = np.geomspace(n_folds, n_nodes / 2, _COUNTS).astype(int)
    return [int(count) for count in np.unique(counts)]


def _merged(labels: NDArray[np.int64], n_folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Merge clusters into folds of about even size, large clusters first."""
    _, label = np.unique(labels, return_inverse=True)
    sizes = np.bincount(label)
    fold_of = np.zeros(len(sizes), dtype=np.int64)
    filled = np.zeros(n_folds)
    for cluster in np.argsort(-sizes * rng.uniform(0.5, 1.0, len(sizes)), kind="stable"):
        fold_of[cluster] = filled.argmin()
        filled[fold_of[cluster]] += sizes[cluster]
    return fold_of[label]


def _words(
    held: str, n_folds: int, reached: NDArray[np.float64], target: NDArray[np.float64]
) -> str:
    """Say what was matched, and how well, for the card."""
    here, there = float(np.median(reached)), float(np.median(target))
    words = (
        f"{held} in {n_folds} folds matched to the units: the nearest sample lies {_length(here)} "
        f"from a held-out one and {_length(there)} from a unit (medians)"
    )
    if there > 1.5 * here:
        words += "; no folds of these samples lie as far apart, so it is optimistic"
    elif here > 1.5 * there:
        words += "; no folds of these samples lie as close together, so it is pessimistic"
    return words


def _length(meters: float) -> str:
    return f"{meters:.0f} m" if meters < 1000 else f"{meters / 1000:.3g} km"
