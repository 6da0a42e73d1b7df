"""Pairs of planning units within a distance of each other, for connectivity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree

from edaphon.data.geometry import cell_polygons, local_projection, transform_geometry
from edaphon.errors import DataError, Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Landscape

MOST = 3_000_000
"""Pairs above which connectivity would take too long to work out (judgement)."""
_ASKED = 256
"""Units whose neighbors are counted to foresee how many pairs there are."""


def find_links(
    landscape: Landscape, reach_m: float, where: str
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Pairs of units whose edges lie within a distance of each other, each pair once.

    Parameters
    ----------
    landscape : Landscape
    reach_m : float
        In m.
    where : str
        Place of the distance in the config.

    Returns
    -------
    first, second : intp arrays, shape (n_links,)
        ``first < second``, in ascending order.
    gap_m : float64 array, shape (n_links,)
        Distance between the edges, 0 where they touch.

    Raises
    ------
    DataError
        If the units have no geometry, or the distance reaches across too many of them.
    """
    geometry, grid = landscape.geometry, landscape.grid
    if geometry is None and grid is not None:
        geometry = cell_polygons(grid, grid.row, grid.column)
    if geometry is None or landscape.crs is None:
        what = "how far units lie apart is not known without geometry"
        raise DataError(Finding(where, what, "Give units with geometry."))
    flat = transform_geometry(geometry, landscape.crs, local_projection(landscape))
    expected = _expected(flat, reach_m)
    if expected > MOST:
        what = f"{reach_m:,.0f} m reach across some {expected:,.3g} pairs of units"
        hint = f"Give a shorter distance, for at most {MOST:,} pairs."
        raise DataError(Finding(where, what, hint))
    found = shapely.STRtree(flat).query(flat, predicate="dwithin", distance=reach_m)
    first, second = found[:, found[0] < found[1]]
    order = np.lexsort((second, first))
    first, second = first[order].astype(np.intp), second[order].astype(np.intp)
    return first, second, np.asarray(shapely.distance(flat[first], flat[second]), np.float64)


def _expected(flat: NDArray[np.object_], reach_m: float) -> float:
    """Foresee how many pairs of units lie within a distance, from what some of them reach.

    Centers stand for units, so the typical width of a unit is added to the distance.
    """
    points = shapely.get_coordinates(shapely.centroid(flat))
    width = 2.0 * np.sqrt(float(np.median(shapely.area(flat))) / np.pi)
    asked = points[:: 1 + len(points) // _ASKED]
    reached = cKDTree(points).query_ball_point(asked, reach_m + width, return_length=True)
    return 0.5 * len(points) * float(np.mean(reached - 1))
