"""What a set of portfolios is worth as a front: dominance, hypervolume, certificates, sandwich.

All values here are turned to maximize.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import moocore
import numpy as np
from scipy.spatial import ConvexHull, QhullError
from scipy.special import ndtri
from scipy.stats import qmc

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

DIRECTIONS = 8192
AT_ONCE = 64
"""Directions that are looked along together."""
FAR = 1e4
"""How far below the objectives the points lie that stand for the downward cone."""
_SAME = 1e-12


def nondominated(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Positions of the mutually non-dominated rows; of equal rows the first is kept.

    Parameters
    ----------
    values : float64 array, shape (n_portfolios, n_objectives)
    """
    if not len(values):
        return np.zeros(0, dtype=np.intp)
    keep = moocore.is_nondominated(values, maximise=True, keep_weakly=False)
    return np.flatnonzero(keep)


def ranges(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ideal and nadir: best and worst of every objective over the rows, each (n_objectives,)."""
    return values.max(axis=0), values.min(axis=0)


def certified_gaps(
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    bounds: NDArray[np.float64],
    span: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Share of the ranges by which all objectives of a portfolio could at most improve together.

    The least over the stored weights of (U - w . f) / (w . range); design, section 3. Weights
    without any range are left out.

    Parameters
    ----------
    values : float64 array, shape (n_portfolios, n_objectives)
    weights : float64 array, shape (n_cuts, n_objectives)
        On unscaled objectives.
    bounds : float64 array, shape (n_cuts,)
    span : float64 array, shape (n_objectives,)
        Ideal minus nadir of the front.

    Returns
    -------
    float64 array, shape (n_portfolios,)
        nan for one objective, or where no weight has a range.
    """
    reach: NDArray[np.float64] = weights @ span
    usable = (reach > 0) & np.isfinite(bounds)
    if values.shape[1] == 1 or not usable.any():
        return np.full(len(values), np.nan)
    loss = bounds[usable] - values @ weights[usable].T
    gaps: NDArray[np.float64] = np.maximum((loss / reach[usable]).min(axis=1), 0.0)
    return gaps


def optimality_gaps(
    value: NDArray[np.float64],
    bound: NDArray[np.float64],
    reach: NDArray[np.float64],
    rounding: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """(bound - value) / max(abs(bound), w . range) of each weighted sum; design, section 3.

    0 where bound and value are both 0, up to what the bound was rounded outward (`rounding`);
    nan where there is no bound.
    """
    base = np.maximum(np.abs(bound), reach)
    gap = np.maximum(bound - value, 0.0)
    nothing = np.maximum(base, np.abs(value)) <= np.asarray(rounding)
    made: NDArray[np.float64] = np.where(nothing, 0.0, gap / np.where(nothing, 1.0, base))
    return made


def normalized(
    values: NDArray[np.float64],
    reference: NDArray[np.float64],
    ideal: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values as shares of the box from reference point to ideal; objectives without range dropped.

    Returns
    -------
    shares : float64 array, shape (n_portfolios, n_kept)
    kept : bool array, shape (n_objectives,)
    """
    span = ideal - reference
    kept = span > _SAME * np.maximum(np.abs(ideal), np.abs(reference))
    shares = (values[:, kept] - reference[kept]) / span[kept]
    return shares, kept


def hypervolume(
    values: NDArray[np.float64],
    reference: NDArray[np.float64],
    ideal: NDArray[np.float64],
) -> float:
    """Dominated share of the box from reference point to ideal; nan where the box is flat."""
    shares, kept = normalized(values, reference, ideal)
    if not kept.any():
        return float("nan")
    return float(moocore.hypervolume(shares, ref=np.zeros(kept.sum()), maximise=True))


def positive_directions(dimension: int, count: int, seed: int) -> NDArray[np.float64]:
    """Directions uniform over the positive part of the sphere, (count, dimension), by Sobol points.

    `count` is a power of two.
    """
    points = qmc.Sobol(dimension, seed=seed).random(count)
    made = np.abs(ndtri(0.5 + 0.5 * np.clip(points, 1e-12, 1 - 1e-12)))
    made = np.maximum(made, 1e-12)
    unit: NDArray[np.float64] = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


def sandwich_ratio(
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    bounds: NDArray[np.float64],
    reference: NDArray[np.float64],
    ideal: NDArray[np.float64],
) -> float:
    """Volume under the convex hull of the front over the volume under the proven outer bound.

    Both volumes lie above the reference point and are measured radially along the same 8,192
    Sobol directions u: volume ~ mean of t(u)^m, t being how far one may go from the reference
    point. Inside, the downward-closed convex hull (points far below each objective stand for its
    downward cone); outside, all ``w . y <= U``. nan where nothing is proven or the front is flat.
    """
    shares, kept = normalized(values, reference, ideal)
    dimension = int(kept.sum())
    span = (ideal - reference)[kept]
    room = bounds - weights @ reference
    usable = np.isfinite(room)
    if dimension < 2 or not usable.any() or (shares.max(axis=0) <= 0).any():
        return float("nan")
    walls = weights[usable][:, kept] * span
    far = -FAR * np.eye(dimension)
    try:
        hull = ConvexHull(np.vstack([shares, far]))
    except QhullError:
        return float("nan")
    directions = positive_directions(dimension, DIRECTIONS, 0)
    outer, _ = reach(directions, walls, room[usable])
    inner, _ = reach(directions, hull.equations[:, :-1], -hull.equations[:, -1])
    inner = np.maximum(inner, 0.0)
    whole = float((outer**dimension).sum())
    if not whole > 0 or not np.isfinite(whole):
        return float("nan")
    return min(1.0, float((inner**dimension).sum()) / whole)


def reach(
    directions: NDArray[np.float64],
    normals: NDArray[np.float64],
    offsets: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """How far one may go from 0 in each direction within ``normals . y <= offsets``.

    Returns
    -------
    far : float64 array, shape (n_directions,)
    first : intp array, shape (n_directions,)
        The row that stops it; 0 where none does.
    """
    far = np.full(len(directions), np.inf)
    first = np.zeros(len(directions), dtype=np.intp)
    for start in range(0, len(directions) if len(normals) else 0, AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        slope = directions[rows] @ normals.T
        stop = np.full(slope.shape, np.inf)
        np.divide(offsets, slope, out=stop, where=slope > 0)
        first[rows] = stop.argmin(axis=1)
        far[rows] = stop[np.arange(len(stop)), first[rows]]
    return far, first
