"""The coarse map of regions that an anonymous report shows instead of planning units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Landscape
    from edaphon.problem.values import Problem

_SIDE = 120


@dataclass(frozen=True)
class RegionMap:
    """Regions on a coarse grid of degrees.

    Attributes
    ----------
    names : tuple of str
    codes : int32 array, shape (rows, columns)
        Position of the region in each cell, -1 where there is none, the first row at the top.
    transform : tuple of float
        (step_x, 0, left, 0, -step_y, top) in degrees, WGS 84.
    aspect : float
        Ground height of a cell divided by its width.
    meters : float
        Ground width of the map in m.
    """

    names: tuple[str, ...]
    codes: NDArray[np.int32]
    transform: tuple[float, float, float, float, float, float]
    aspect: float
    meters: float


def region_map(landscape: Landscape) -> RegionMap | None:
    """Return regions on a grid of 120 cells a side; None where the landscape names no regions.

    A cell belongs to a region if its center lies in the hull of the region's units, and where
    hulls overlap to that of the nearest unit. So neither the outline nor the place of a planning
    unit can be read from it, only about where a region lies.
    """
    if landscape.region is None:
        return None
    names, codes = np.unique(landscape.region, return_inverse=True)
    x, y = landscape.longitude, landscape.latitude
    stretch = float(np.cos(np.radians(y.mean())))
    wide, high = max(np.ptp(x) * stretch, 1e-6), max(np.ptp(y), 1e-6)
    step = max(wide, high) / _SIDE
    step_x, left, top = step / stretch, x.min() - step / stretch, y.max() + step
    columns, rows = int(np.ceil(wide / step)) + 2, int(np.ceil(high / step)) + 2
    grid_x, grid_y = np.meshgrid(
        left + (np.arange(columns) + 0.5) * step_x, top - (np.arange(rows) + 0.5) * step
    )
    inside = np.zeros((len(names), rows, columns), dtype=bool)
    for r in range(len(names)):
        points = shapely.points(x[codes == r], y[codes == r])
        hull = shapely.convex_hull(shapely.multipoints(points)).buffer(step)
        inside[r] = shapely.contains_xy(hull, grid_x, grid_y)
    tree = cKDTree(np.column_stack([x * stretch, y]))
    _, nearest = tree.query(np.column_stack([grid_x.ravel() * stretch, grid_y.ravel()]))
    closest = codes[nearest].reshape(rows, columns)
    by_nearest = np.take_along_axis(inside, closest[None], axis=0)[0]
    found = np.where(by_nearest, closest, np.where(inside.any(axis=0), inside.argmax(axis=0), -1))
    return RegionMap(
        names=tuple(str(name) for name in names),
        codes=found.astype(np.int32),
        transform=(step_x, 0.0, left, 0.0, -step, top),
        aspect=1.0,
        meters=float(step * columns * 111_320.0),
    )


def share_treated(
    landscape: Landscape, problem: Problem, portfolios: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """Return the share of each region's area that is treated, shape (n_portfolios, n_regions)."""
    _, codes = np.unique(np.asarray(landscape.region), return_inverse=True)
    area = np.bincount(codes, weights=problem.area_ha)
    treated = [
        np.bincount(codes, weights=problem.area_ha * (allocation > 0), minlength=len(area))
        for allocation in portfolios
    ]
    return np.asarray(treated, dtype=np.float64).reshape(len(portfolios), len(area)) / area
