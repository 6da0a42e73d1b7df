"""The map of the page as small integers: rings of polygons, or a raster of unit positions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import CRS
from rasterio.features import rasterize
from rasterio.transform import from_origin

from edaphon.report.georeference import map_place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Grid, Landscape

VECTOR_LIMIT = 5000
_EXTENT = 16384
_RASTER_SIDE = 1400


@dataclass(frozen=True)
class VectorMap:
    """Polygons quantized relative to their bounding box, the first row at the top.

    Attributes
    ----------
    x, y : int32 arrays, shape (n_points,)
        Points of all rings, each ring closed, y growing downwards.
    ring_sizes : int32 array, shape (n_rings,)
        Points of each ring.
    ring_units : int32 array, shape (n_rings,)
        Position of the shape that the ring belongs to; holes too (filled by even-odd rule).
    ring_holes : uint8 array, shape (n_rings,)
        1 for a hole, which follows the outline that it lies in; 0 for an outline.
    width, height : int
        Extent of the map in its own units.
    meters : float
        Ground width of the map in m.
    place : dict or None
        See `edaphon.report.georeference.map_place`.
    """

    x: NDArray[np.int32]
    y: NDArray[np.int32]
    ring_sizes: NDArray[np.int32]
    ring_units: NDArray[np.int32]
    ring_holes: NDArray[np.uint8]
    width: int
    height: int
    meters: float
    place: dict[str, Any] | None = None


@dataclass(frozen=True)
class RasterMap:
    """A grid of unit positions.

    Attributes
    ----------
    units : int32 array, shape (rows, columns)
        Position of the unit in each cell, -1 where there is none.
    aspect : float
        Ground height of a cell divided by its width.
    meters : float
        Ground width of the map in m.
    cells : bool
        Whether every cell is a planning unit of its own.
    place : dict or None
        See `edaphon.report.georeference.map_place`.
    """

    units: NDArray[np.int32]
    aspect: float
    meters: float
    cells: bool = False
    place: dict[str, Any] | None = None


def landscape_map(landscape: Landscape) -> VectorMap | RasterMap | None:
    """Return the map of a landscape for display; None where it has no geometry.

    A landscape of raster cells keeps its grid. Up to 5,000 units are drawn as polygons, more as
    an id raster of at most 1,400 cells a side: above that size drawing polygons takes a browser
    longer than recoloring a raster.
    """
    if landscape.grid is not None:
        return _grid_on_the_globe(landscape.grid, landscape.crs)
    if landscape.geometry is None:
        return None
    return shapes_map(np.asarray(landscape.geometry, dtype=object), landscape.crs)


def shapes_map(shapes: NDArray[np.object_], crs: str | None) -> VectorMap | RasterMap:
    """Return the map of polygons: drawn as such up to 5,000, as an id raster above."""
    geographic = _is_geographic(crs)
    if len(shapes) <= VECTOR_LIMIT:
        return vector_map(shapes, geographic, crs)
    left, bottom, right, top = shapely.total_bounds(shapes)
    place = map_place(left, top, right - left, top - bottom, crs)
    return replace(raster_of_shapes(shapes, geographic), place=place)


def _grid_on_the_globe(grid: Grid, crs: str | None) -> RasterMap:
    drawn = grid_map(grid, _is_geographic(crs))
    rows, columns = drawn.units.shape
    a, _, c, _, e, f = grid.transform
    left, top = c + a * int(grid.column.min()), f + e * int(grid.row.min())
    return replace(drawn, place=map_place(left, top, a * columns, -e * rows, crs))


def _is_geographic(crs: str | None) -> bool:
    return crs is not None and bool(CRS.from_user_input(crs).is_geographic)


def _scale(latitude: float, geographic: bool) -> tuple[float, float]:
    """Meters per unit of x and y: an equirectangular fit at the middle latitude for degrees.

    111,320 m is a degree of longitude at the equator of WGS 84 (a = 6,378,137 m); 110,574 m a
    degree of latitude there. For display only.
    """
    if not geographic:
        return 1.0, 1.0
    return 111_320.0 * float(np.cos(np.radians(latitude))), 110_574.0


def vector_map(shapes: NDArray[np.object_], geographic: bool, crs: str | None = None) -> VectorMap:
    """Quantize polygons to integers.

    Points closer than half an integer step are dropped (shapely's simplify), which no screen
    shows: the longer side of the map has 16,384 steps.

    Parameters
    ----------
    shapes : array of shapely polygons or multipolygons, shape (n_shapes,)
    geographic : bool
        Whether coordinates are degrees; they are then stretched to an equirectangular fit.
    crs : str, optional
        For the map's place on the globe.
    """
    left, bottom, right, top = shapely.total_bounds(shapes)
    per_x, per_y = _scale((bottom + top) / 2, geographic)
    step = max((right - left) * per_x, (top - bottom) * per_y) / _EXTENT or 1.0
    tolerance = 0.5 * step / max(per_x, per_y)
    thin = shapely.simplify(shapes, tolerance, preserve_topology=True)
    parts, part_units = shapely.get_parts(thin, return_index=True)
    polygonal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts, part_units = parts[polygonal], part_units[polygonal]
    rings, ring_parts = shapely.get_rings(parts, return_index=True)
    points, point_rings = shapely.get_coordinates(rings, return_index=True)
    x = np.rint((points[:, 0] - left) * per_x / step).astype(np.int32)
    y = np.rint((top - points[:, 1]) * per_y / step).astype(np.int32)
    # the map ends at a whole number of steps, a little beyond the shapes
    width = int(np.ceil((right - left) * per_x / step)) or 1
    height = int(np.ceil((top - bottom) * per_y / step)) or 1
    return VectorMap(
        x=x,
        y=y,
        ring_sizes=np.bincount(point_rings, minlength=len(rings)).astype(np.int32),
        ring_units=part_units[ring_parts].astype(np.int32),
        ring_holes=(np.diff(ring_parts, prepend=-1) == 0).astype(np.uint8),
        width=width,
        height=height,
        meters=float((right - left) * per_x),
        place=map_place(left, top, width * step / per_x, height * step / per_y, crs),
    )


def grid_map(grid: Grid, geographic: bool) -> RasterMap:
    """Lay the units of a grid out on it, cropped to the rows and columns that hold units."""
    top, left = int(grid.row.min()), int(grid.column.min())
    units = np.full((int(grid.row.max()) - top + 1, int(grid.column.max()) - left + 1), -1, "i4")
    units[grid.row - top, grid.column - left] = np.arange(len(grid.row), dtype=np.int32)
    a, _, _, _, e, f = grid.transform
    middle = f + e * (top + units.shape[0] / 2)
    per_x, per_y = _scale(middle, geographic)
    cell_width, cell_height = abs(a) * per_x, abs(e) * per_y
    return RasterMap(units, cell_height / cell_width, cell_width * units.shape[1], cells=True)


def raster_of_shapes(shapes: NDArray[np.object_], geographic: bool) -> RasterMap:
    """Burn many polygons into an id raster; a cell belongs to the unit that holds its center."""
    left, bottom, right, top = shapely.total_bounds(shapes)
    per_x, per_y = _scale((bottom + top) / 2, geographic)
    wide, high = (right - left) * per_x, (top - bottom) * per_y
    cell = max(wide, high) / _RASTER_SIDE
    columns, rows = max(round(wide / cell), 1), max(round(high / cell), 1)
    x_step, y_step = (right - left) / columns, (top - bottom) / rows
    units = rasterize(
        zip(shapes, range(len(shapes)), strict=True),
        out_shape=(rows, columns),
        fill=-1,
        transform=from_origin(left, top, x_step, y_step),
        dtype="int32",
    )
    return RasterMap(np.asarray(units, dtype=np.int32), (y_step * per_y) / (x_step * per_x), wide)
