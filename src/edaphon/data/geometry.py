"""Areas, points, distances and neighbours of planning units on the WGS 84 ellipsoid."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from edaphon.data.landscape import Neighbours
from edaphon.errors import Finding

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edaphon.data.landscape import Grid, Landscape

WGS84 = "EPSG:4326"
M2_PER_HA = 10_000.0


@lru_cache(maxsize=32)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def crs_text(crs: object) -> str:
    """Return a CRS as ``EPSG:n`` where it has a code, else as WKT.

    Raises
    ------
    pyproj.exceptions.CRSError
        If `crs` names no coordinate reference system.
    """
    parsed = pyproj.CRS.from_user_input(crs)
    code = parsed.to_epsg()
    return f"EPSG:{code}" if code else str(parsed.to_wkt())


def crs_name(crs: str) -> str:
    """Return a CRS for people: its code, else its name."""
    return crs if crs.startswith("EPSG:") else str(pyproj.CRS.from_user_input(crs).name)


def unknown_crs(where: str, crs: str) -> Finding | None:
    """Return the finding for a text that names no CRS of places on a map, else None."""
    hint = "Write it as EPSG:n, as in crs: EPSG:3035"
    try:
        parsed = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        return Finding(where, f"'{crs}' is no known CRS", hint)
    if not (parsed.is_geographic or parsed.is_projected):
        return Finding(where, f"'{crs}' ({parsed.name}) has no longitude or easting", hint)
    return None


def same_crs(first: str, second: str) -> bool:
    """Whether two CRS are the same up to the order of their axes."""
    if first == second:
        return True
    one, two = pyproj.CRS.from_user_input(first), pyproj.CRS.from_user_input(second)
    return bool(one.equals(two, ignore_axis_order=True))


def transform_points(
    x: ArrayLike, y: ArrayLike, source: str, target: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Transform coordinates, x always being east or longitude.

    Parameters
    ----------
    x, y : float arrays, shape (n,)
        In the unit of `source`.
    source, target : str
        CRS as ``EPSG:n``, PROJ string or WKT.

    Returns
    -------
    x, y : float64 arrays, shape (n,)
        In the unit of `target`; inf where a point has no place there.
    """
    east, north = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if same_crs(source, target):
        return east, north
    moved = _transformer(source, target).transform(east, north)
    return np.asarray(moved[0], dtype=np.float64), np.asarray(moved[1], dtype=np.float64)


def transform_geometry(
    geometry: NDArray[np.object_], source: str, target: str
) -> NDArray[np.object_]:
    """Transform the vertices of shapely geometries from one CRS to another (always x, y)."""
    if same_crs(source, target):
        return geometry
    moved: NDArray[np.object_] = shapely.transform(
        geometry, _transformer(source, target).transform, interleaved=False
    )
    return moved


def geodesic_areas_ha(geometry: NDArray[np.object_], crs: str) -> NDArray[np.float64]:
    """Areas of polygons and multipolygons on the WGS 84 ellipsoid, holes taken out.

    Edges are taken as geodesics between the vertices (Karney 2013, Algorithms for geodesics,
    J. Geodesy 87, 43-55, through PROJ).

    Parameters
    ----------
    geometry : object array of shapely polygons, shape (n,)
    crs : str

    Returns
    -------
    float64 array, shape (n,), in ha
    """
    flat = transform_geometry(geometry, crs, WGS84)
    parts, owner = shapely.get_parts(flat, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    sign = np.where(np.diff(part, prepend=-1) > 0, 1.0, -1.0)
    signed = sign * _ring_areas_m2(rings)
    return np.bincount(owner[part], weights=signed, minlength=len(flat)) / M2_PER_HA


def _ring_areas_m2(rings: NDArray[np.object_]) -> NDArray[np.float64]:
    geod = pyproj.Geod(ellps="WGS84")
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    longitude, latitude = np.ascontiguousarray(coordinates.T)
    edges = np.searchsorted(ring, np.arange(len(rings) + 1))
    areas = [
        geod.polygon_area_perimeter(longitude[start:end], latitude[start:end])[0]
        for start, end in pairwise(edges)
    ]
    return np.abs(np.array(areas, dtype=np.float64))


def representative_points(
    geometry: NDArray[np.object_], crs: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude (degrees, WGS 84) of a point inside each polygon, shape (n,)."""
    points = shapely.point_on_surface(geometry)
    return transform_points(shapely.get_x(points), shapely.get_y(points), crs, WGS84)


def outside_crs(geometry: NDArray[np.object_], crs: str) -> NDArray[np.bool_]:
    """Which geometries have a corner that the CRS cannot hold, shape (n,).

    A corner of the bounding box counts as held if it is a place on the globe and comes back to
    itself (within a millionth of its coordinates). Missing and empty geometries are not judged.
    """
    bounds = shapely.bounds(geometry)
    drawn = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    held = np.ones(len(geometry), dtype=bool)
    for x, y in (bounds[:, :2].T, bounds[:, 2:].T):
        longitude, latitude = transform_points(x, y, crs, WGS84)
        back_x, back_y = transform_points(longitude, latitude, WGS84, crs)
        size = 1e-6 * np.maximum(1.0, np.maximum(np.abs(x), np.abs(y)))
        with np.errstate(invalid="ignore"):
            same = (np.abs(back_x - x) <= size) & (np.abs(back_y - y) <= size)
            held &= same & (np.abs(latitude) <= 90.0) & (np.abs(longitude) <= 360.0)
    return np.asarray(drawn & ~held, dtype=np.bool_)


def far_from_use(geometry: NDArray[np.object_], crs: str) -> bool:
    """Whether most geometries lie more than 10 degrees outside the area of use of a CRS.

    The area of use is that of the EPSG registry; without one nothing is far.
    """
    use = pyproj.CRS.from_user_input(crs).area_of_use
    if use is None:
        return False
    low_x, low_y, high_x, high_y = shapely.bounds(geometry).T
    longitude, latitude = transform_points((low_x + high_x) / 2, (low_y + high_y) / 2, crs, WGS84)
    margin = 10.0
    span = (use.east - use.west) % 360.0 or 360.0
    east = (longitude - use.west + margin) % 360.0
    inside = (east <= span + 2 * margin) & (
        np.abs(latitude - (use.north + use.south) / 2) <= (use.north - use.south) / 2 + margin
    )
    return bool(np.mean(inside) < 0.5)


def spans_the_globe(geometry: NDArray[np.object_], crs: str) -> NDArray[np.bool_]:
    """Which geometries have a part more than 180 degrees of longitude wide, shape (n,).

    Only a CRS in degrees is judged: there a polygon across the 180th meridian that was not cut
    runs the long way round.
    """
    around = np.zeros(len(geometry), dtype=bool)
    if not pyproj.CRS.from_user_input(crs).is_geographic:
        return around
    parts, owner = shapely.get_parts(geometry, return_index=True)
    west, _, east, _ = shapely.bounds(parts).T
    around[owner[east - west > 180.0]] = True
    return around


def centered_projection(longitude: ArrayLike, latitude: ArrayLike) -> str:
    """Lambert azimuthal equal-area projection centered on the mean of some points.

    The mean direction is that of the unit vectors, so places across the 180th meridian work. Areas
    are exact; lengths are true within 0.03 % up to 300 km from the center (Snyder 1987, Map
    Projections, USGS Professional Paper 1395, p. 182-190).

    Returns
    -------
    str
        PROJ string in meters on WGS 84, the center rounded to 0.01 degrees.
    """
    east, north = np.radians(np.asarray(longitude)), np.radians(np.asarray(latitude))
    x = float(np.mean(np.cos(north) * np.cos(east)))
    y = float(np.mean(np.cos(north) * np.sin(east)))
    z = float(np.mean(np.sin(north)))
    lon, lat = np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))
    return f"+proj=laea +lat_0={lat:.2f} +lon_0={lon:.2f} +datum=WGS84 +units=m +no_defs"


def local_projection(landscape: Landscape) -> str:
    """Equal-area projection (m) centered on the landscape, for blocks and distances."""
    return centered_projection(landscape.longitude, landscape.latitude)


def find_overlaps(
    geometry: NDArray[np.object_],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Pairs of valid polygons whose interiors overlap, in their own coordinates.

    Returns
    -------
    first, second : int arrays, shape (n_pairs,)
        Positions, ``first < second``, in ascending order.
    share : float64 array, shape (n_pairs,)
        Overlap as a share of the smaller polygon's area.
    """
    first, second = _pairs(shapely.STRtree(geometry).query(geometry, predicate="intersects"))
    area = shapely.area(shapely.intersection(geometry[first], geometry[second]))
    smaller = np.minimum(shapely.area(geometry[first]), shapely.area(geometry[second]))
    share = np.divide(area, smaller, out=np.zeros_like(area), where=smaller > 0)
    overlapping = share > 0
    return first[overlapping], second[overlapping], share[overlapping]


def _pairs(found: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    once = found[:, found[0] < found[1]]
    order = np.lexsort((once[1], once[0]))
    return once[0, order], once[1, order]


def find_neighbours(
    geometry: NDArray[np.object_], crs: str, distance_m: float, projection: str
) -> Neighbours:
    """Pairs of polygons within a distance of each other, with their boundary length.

    The boundary length of a pair is the mean of two lengths: that of the first unit's boundary
    within `distance_m` of the second unit, and the reverse. It counts both sides of a lane and the
    few meters around the ends of a shared edge, so a corner touch weighs about twice the distance.
    With distance 0 only exact shared edges count, and corner touches drop out.

    Parameters
    ----------
    geometry : object array of valid shapely polygons, shape (n,)
    crs : str
        CRS of `geometry`.
    distance_m : float
        In m, 0 or more.
    projection : str
        Metric projection for distances and lengths; see `centered_projection`.
    """
    flat = transform_geometry(geometry, crs, projection)
    if distance_m > 0:
        tree = shapely.STRtree(flat)
        first, second = _pairs(tree.query(flat, predicate="dwithin", distance=distance_m))
        edges, reach = shapely.boundary(flat), shapely.buffer(flat, distance_m)
        one = shapely.length(shapely.intersection(edges[first], reach[second]))
        two = shapely.length(shapely.intersection(edges[second], reach[first]))
    else:
        first, second = _pairs(shapely.STRtree(geometry).query(geometry, predicate="intersects"))
        edges = shapely.boundary(geometry)
        one = _length_m(shapely.intersection(edges[first], geometry[second]), crs, projection)
        two = _length_m(shapely.intersection(edges[second], geometry[first]), crs, projection)
    return _neighbours(first, second, (one + two) / 2, distance_m)


def _length_m(lines: NDArray[np.object_], crs: str, projection: str) -> NDArray[np.float64]:
    return np.asarray(shapely.length(transform_geometry(lines, crs, projection)), dtype=np.float64)


def _neighbours(
    first: NDArray[np.integer],
    second: NDArray[np.integer],
    length_m: NDArray[np.float64],
    distance_m: float,
) -> Neighbours:
    kept = length_m > 0
    return Neighbours(
        first[kept].astype(np.int32), second[kept].astype(np.int32), length_m[kept], distance_m
    )


def grid_corner(
    grid: Grid, row: NDArray[np.integer], column: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates of the upper left corners of cells, in the grid's CRS."""
    a, b, c, d, e, f = grid.transform
    return a * column + b * row + c, d * column + e * row + f


def grid_neighbours(grid: Grid, crs: str) -> Neighbours:
    """Cells that share an edge (4-neighbors), with the geodesic length of that edge in m.

    Parameters
    ----------
    grid : Grid
    crs : str
        CRS of the grid.

    Returns
    -------
    Neighbours
        With `distance_m` 0, since cells share exact edges.
    """
    position = np.full(grid.shape, -1, dtype=np.int32)
    position[grid.row, grid.column] = np.arange(len(grid.row), dtype=np.int32)
    beside = _grid_pairs(grid, position[:, :-1], position[:, 1:], crs, (0, 1))
    below = _grid_pairs(grid, position[:-1], position[1:], crs, (1, 0))
    first = np.concatenate([beside[0], below[0]])
    second = np.concatenate([beside[1], below[1]])
    length = np.concatenate([beside[2], below[2]])
    low, high = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((high, low))
    return _neighbours(low[order], high[order], length[order], 0.0)


def _grid_pairs(
    grid: Grid,
    one: NDArray[np.int32],
    two: NDArray[np.int32],
    crs: str,
    step: tuple[int, int],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    both = (one >= 0) & (two >= 0)
    first, second = one[both], two[both]
    row, column = grid.row[second], grid.column[second]
    start = transform_points(*grid_corner(grid, row, column), crs, WGS84)
    end = transform_points(*grid_corner(grid, row + step[1], column + step[0]), crs, WGS84)
    _, _, length = pyproj.Geod(ellps="WGS84").inv(*start, *end)
    return first, second, np.asarray(length, dtype=np.float64)


def cell_areas_ha(grid: Grid, crs: str) -> NDArray[np.float64]:
    """Areas of grid cells on the ellipsoid, shape (n_units,), in ha.

    On a geographic grid every cell of a row has the same geodesic area; on a projected grid the
    planar area is divided by the projection's areal scale at the cell's center (Snyder 1987,
    p. 20-28), which is exact up to the square of the cell's size over the Earth's radius.
    """
    parsed = pyproj.CRS.from_user_input(crs)
    if parsed.is_geographic:
        rows, inverse = np.unique(grid.row, return_inverse=True)
        first = np.zeros_like(rows)
        return geodesic_areas_ha(cell_polygons(grid, rows, first), crs)[inverse]
    a, b, _, d, e, _ = grid.transform
    to_m = float(parsed.axis_info[0].unit_conversion_factor)
    x, y = cell_centers(grid)
    longitude, latitude = transform_points(x, y, crs, WGS84)
    scale = pyproj.Proj(parsed).get_factors(longitude, latitude).areal_scale
    return abs(a * e - b * d) * to_m**2 / np.asarray(scale, dtype=np.float64) / M2_PER_HA


def cell_centers(grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates of the centers of the units' cells, in the grid's CRS."""
    a, b, c, d, e, f = grid.transform
    column, row = grid.column + 0.5, grid.row + 0.5
    return a * column + b * row + c, d * column + e * row + f


def cell_polygons(
    grid: Grid, row: NDArray[np.integer], column: NDArray[np.integer]
) -> NDArray[np.object_]:
    """Rectangles of some cells of an unrotated grid, in the grid's CRS."""
    x0, y0 = grid_corner(grid, row, column)
    x1, y1 = grid_corner(grid, row + 1, column + 1)
    low_x, high_x = np.minimum(x0, x1), np.maximum(x0, x1)
    low_y, high_y = np.minimum(y0, y1), np.maximum(y0, y1)
    return np.asarray(shapely.box(low_x, low_y, high_x, high_y), dtype=object)
