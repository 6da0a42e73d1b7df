"""The small map of a sheet: a few planning units as shapes of SVG, the treated ones colored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import CRS

from edaphon.data.landscape import Grid
from edaphon.report.map import RasterMap, VectorMap, grid_map, vector_map

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edaphon.data.landscape import Landscape

MOST_DRAWN = 2_000
"""Units that a sheet's map holds at most; judgement: a page of paper shows no more."""
_MOST_NUMBERED = 60
_SIDE = 1000


@dataclass(frozen=True)
class SheetMap:
    """Shapes in a box of `width` x `height`, y growing downward.

    Attributes
    ----------
    width, height : int
        The longer side is 1,000.
    meters : float
        Ground width in m.
    shapes : list of dict
        path (SVG), color.
    numbers : list of dict
        x, y, number: where the treated units' numbers stand; empty above 60 of them.
    size : int
        Height of these numbers.
    """

    width: int
    height: int
    meters: float
    shapes: list[dict[str, str]]
    numbers: list[dict[str, Any]]
    size: int


def sheet_map(
    landscape: Landscape,
    units: NDArray[np.intp],
    colors: Sequence[str],
    numbers: NDArray[np.intp],
) -> SheetMap | None:
    """Draw some planning units.

    Parameters
    ----------
    landscape : Landscape
    units : intp array, shape (n_drawn,)
        Positions in the landscape.
    colors : sequence of str, length n_drawn
    numbers : intp array, shape (n_drawn,)
        Number of each on the sheet, 0 = none.

    Returns
    -------
    SheetMap or None
        None where the landscape has no geometry.
    """
    geographic = landscape.crs is not None and CRS.from_user_input(landscape.crs).is_geographic
    if landscape.grid is not None:
        grid = landscape.grid
        part = Grid(grid.row[units], grid.column[units], grid.shape, grid.transform)
        rings, extent, meters = _cells(grid_map(part, geographic))
    elif landscape.geometry is not None:
        shapes = np.asarray(landscape.geometry[units], dtype=object)
        rings, extent, meters = _rings(vector_map(shapes, geographic))
    else:
        return None
    scale = _SIDE / max(extent)
    width, height = (max(int(np.ceil(side * scale)), 1) for side in extent)
    drawn = [[ring * scale for ring in one] for one in rings]
    size = max(round(_SIDE / 25), 1)
    few = int((numbers > 0).sum()) <= _MOST_NUMBERED
    return SheetMap(
        width=width,
        height=height,
        meters=meters,
        shapes=[
            {"path": "".join(map(_path, one)), "color": color}
            for one, color in zip(drawn, colors, strict=True)
        ],
        numbers=[
            {**_middle(one), "number": int(number)}
            for one, number in zip(drawn, numbers, strict=True)
            if few and number > 0 and one
        ],
        size=size,
    )


Rings = list[list["NDArray[np.float64]"]]


def _rings(drawn: VectorMap) -> tuple[Rings, tuple[float, float], float]:
    """Return the rings of each shape, the extent and the ground width of a map of polygons."""
    points = np.column_stack([drawn.x, drawn.y]).astype(np.float64)
    parts = np.split(points, np.cumsum(drawn.ring_sizes)[:-1])
    n_shapes = int(drawn.ring_units.max(initial=-1)) + 1
    found: Rings = [[] for _ in range(n_shapes)]
    for ring, unit in zip(parts, drawn.ring_units, strict=True):
        found[unit].append(ring)
    return found, (drawn.width, drawn.height), drawn.meters


def _cells(drawn: RasterMap) -> tuple[Rings, tuple[float, float], float]:
    """Return the cells of a grid as rings."""
    rows, columns = drawn.units.shape
    row, column = np.nonzero(drawn.units >= 0)
    order = np.argsort(drawn.units[row, column])
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], dtype=np.float64)
    corners *= [1.0, drawn.aspect]
    found = [[corners + np.array([column[k], row[k] * drawn.aspect])] for k in order]
    return found, (columns, rows * drawn.aspect), drawn.meters


def _path(ring: NDArray[np.float64]) -> str:
    points = " ".join(f"{x:.0f},{y:.0f}" for x, y in ring[:-1])
    return f"M{points}Z"


def _middle(rings: list[NDArray[np.float64]]) -> dict[str, int]:
    """Return a point inside the largest ring."""
    shapes = shapely.make_valid(shapely.polygons([shapely.linearrings(ring) for ring in rings]))
    point = shapely.point_on_surface(shapes[int(np.argmax(shapely.area(shapes)))])
    return {"x": round(float(point.x)), "y": round(float(point.y))}
