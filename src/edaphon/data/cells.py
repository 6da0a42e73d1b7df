"""Planning units made of raster cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from edaphon.data.geometry import (
    WGS84,
    cell_areas_ha,
    cell_centers,
    cell_polygons,
    grid_neighbours,
    transform_geometry,
    transform_points,
)
from edaphon.data.landscape import Grid, Landscape
from edaphon.data.messages import name_some
from edaphon.errors import DataError, Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.messages import Where
    from edaphon.data.rasters import Raster


def landscape_from_cells(
    raster: Raster,
    *,
    classes: tuple[int, ...] = (),
    within: tuple[shapely.Geometry, ...] = (),
    where: Where | None = None,
) -> Landscape:
    """Build a landscape from the cells of some classes whose center lies in given areas.

    Parameters
    ----------
    raster : Raster
        Classes; its grid becomes the planning units, with ids ``r{row}c{column}`` counted from 0
        at the top left.
    classes : tuple of int
        Values that are planning units; empty = every cell with data.
    within : tuple of shapely geometries
        In the raster's CRS; the center has to lie in each of them.
    where : callable, optional
        Turns "classes" and "raster" into a place for findings.

    Returns
    -------
    Landscape
        With attribute ``class``, the cell's value.

    Raises
    ------
    DataError
        If a class does not occur or no cell is left.
    """
    place: Where = where or (lambda key: f"{raster.path.name}: {key}")
    chosen = np.isfinite(raster.values)
    if classes:
        _check_classes(raster, classes, place)
        chosen &= np.isin(raster.values, classes)
    row, column = (axis.astype(np.int32) for axis in np.nonzero(chosen))
    shape = (raster.values.shape[0], raster.values.shape[1])
    grid = Grid(row, column, shape, raster.transform)
    for area in within:
        grid = _inside(grid, area)
    if not len(grid.row):
        what = f"no cell of {raster.path.name} is left as a planning unit"
        hint = "Check classes, and that clip or hull_of lie on the raster."
        raise DataError(Finding(place("raster"), what, hint))
    return _assemble(grid, raster, place)


def _check_classes(raster: Raster, classes: tuple[int, ...], place: Where) -> None:
    present = np.unique(raster.values[np.isfinite(raster.values)])
    absent = [value for value in classes if value not in present]
    if absent:
        what = f"{raster.path.name} has no cell of class {name_some(absent)}"
        hint = f"It holds {name_some([f'{value:g}' for value in present], 20)}."
        raise DataError(Finding(place("classes"), what, hint))


def _inside(grid: Grid, area: shapely.Geometry) -> Grid:
    x, y = cell_centers(grid)
    shapely.prepare(area)
    kept = shapely.intersects_xy(area, x, y)
    return Grid(grid.row[kept], grid.column[kept], grid.shape, grid.transform)


def _assemble(grid: Grid, raster: Raster, place: Where) -> Landscape:
    longitude, latitude = transform_points(*cell_centers(grid), raster.crs, WGS84)
    area = cell_areas_ha(grid, raster.crs)
    ids = np.array([f"r{row}c{column}" for row, column in zip(grid.row, grid.column, strict=True)])
    values = as_codes(raster.values[grid.row, grid.column])
    what = (
        f"{len(ids):,} cells of {raster.path.name} are planning units, "
        f"{np.median(area):.3g} ha each, {area.sum():,.0f} ha together"
    )
    return Landscape(
        ids=ids,
        area_ha=area,
        attributes=pd.DataFrame({"class": values}),
        latitude=latitude,
        longitude=longitude,
        geometry=cell_polygons(grid, grid.row, grid.column),
        crs=raster.crs,
        neighbours=grid_neighbours(grid, raster.crs),
        grid=grid,
        findings=(*raster.findings, Finding(place("raster"), what, severity="note")),
        source=raster.path.name,
    )


def as_codes(values: NDArray[np.float64]) -> NDArray[np.float64] | NDArray[np.int64]:
    """Return codes as integers where all of them are whole numbers (none missing)."""
    whole = np.isfinite(values).all() and (values == np.round(values)).all()
    return values.astype(np.int64) if whole else values


def hull(x: NDArray[np.float64], y: NDArray[np.float64]) -> shapely.Geometry:
    """Convex hull of points, in their own coordinates."""
    return shapely.convex_hull(shapely.multipoints(np.column_stack([x, y])))


def union(geometry: NDArray[np.object_], source: str, target: str) -> shapely.Geometry:
    """Union of polygons, transformed from one CRS to another."""
    return shapely.union_all(transform_geometry(geometry, source, target))
