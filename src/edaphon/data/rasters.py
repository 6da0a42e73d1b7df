"""Rasters: reading, values at points, means over polygons, and grids that agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas
import numpy as np
import rasterio
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource

from edaphon.data.geometry import (
    cell_centers,
    crs_name,
    crs_text,
    same_crs,
    transform_geometry,
    transform_points,
)
from edaphon.data.messages import missing_file, unreadable_file
from edaphon.errors import DataError, Finding

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from edaphon.data.landscape import Grid, Landscape

ALIGNED_CELLS = 0.01
_SUSPECT_NODATA = (-9999.0, -99999.0, -32768.0, -3.4028234663852886e38)


@dataclass(frozen=True)
class Raster:
    """The first band of a raster file.

    Attributes
    ----------
    values : float64 array, shape (rows, columns)
        nan where there is no data.
    transform : tuple of float
        (a, b, c, d, e, f); see `edaphon.data.landscape.Grid`.
    crs : str
    path : Path
    findings : tuple of Finding
    """

    values: NDArray[np.float64]
    transform: tuple[float, float, float, float, float, float]
    crs: str
    path: Path
    findings: tuple[Finding, ...] = ()


def read_raster(path: Path, where: str) -> Raster:
    """Read the first band of a raster that GDAL can open.

    Parameters
    ----------
    path : Path
    where : str
        Place in the config, for findings.

    Raises
    ------
    DataError
        For a missing or unreadable file, complex numbers, a missing CRS, a rotated grid, or no
        data at all.
    """
    if not path.exists():
        raise DataError(missing_file(where, path))
    try:
        with rasterio.open(path) as file:
            band = file.read(1, masked=True)
            transform, crs, nodata, count = file.transform, file.crs, file.nodata, file.count
            kind = file.dtypes[0]
    except rasterio.errors.RasterioError as fault:
        if path.is_dir():
            denied = IsADirectoryError(str(path))
            raise DataError(unreadable_file(where, path, denied, "a raster")) from fault
        reason = str(fault).splitlines()[0].rstrip(".")
        hint = "Give a GeoTIFF, or another raster that gdalinfo can read; it may be cut off."
        what = f"{path.name} cannot be read as a raster ({reason})"
        raise DataError(Finding(where, what, hint)) from fault
    if kind.startswith("complex"):
        what = f"{path.name} holds complex numbers"
        raise DataError(Finding(where, what, "Give a raster of real numbers."))
    values = np.ma.filled(band.astype(np.float64), np.nan)
    values[~np.isfinite(values)] = np.nan
    six = (transform.a, transform.b, transform.c, transform.d, transform.e, transform.f)
    _refuse(where, path, crs, six, values)
    notes = _band_notes(where, path, values, nodata, count)
    return Raster(values, six, crs_text(crs.to_wkt()), path, notes)


def _refuse(
    where: str, path: Path, crs: object, transform: tuple[float, ...], values: NDArray[np.float64]
) -> None:
    faults = []
    if not crs:
        hint = "Store it with gdal_edit.py -a_srs EPSG:n, n being the raster's CRS."
        faults.append(Finding(where, f"{path.name} states no CRS", hint))
    if transform[1] or transform[3]:
        hint = "Turn it north-up with gdalwarp."
        faults.append(Finding(where, f"{path.name} has a rotated grid", hint))
    if not np.isfinite(values).any():
        hint = "Check the nodata value with gdalinfo."
        faults.append(Finding(where, f"{path.name} holds no data, every cell is nodata", hint))
    if faults:
        raise DataError(faults)


def _band_notes(
    where: str, path: Path, values: NDArray[np.float64], nodata: float | None, count: int
) -> tuple[Finding, ...]:
    notes = []
    if count > 1:
        what = f"{path.name} has {count} bands; band 1 is used"
        notes.append(Finding(where, what, severity="note"))
    lowest = float(np.nanmin(values))
    if nodata is None and lowest in _SUSPECT_NODATA:
        what = f"{path.name} holds the value {lowest:g} but declares no nodata value"
        hint = f"If {lowest:g} means missing, store it with gdal_edit.py -a_nodata {lowest:g}."
        notes.append(Finding(where, what, hint, "warning"))
    return tuple(notes)


def values_at(
    raster: Raster, x: NDArray[np.float64], y: NDArray[np.float64], crs: str
) -> NDArray[np.float64]:
    """Values of the cells in which points lie, shape (n,); nan outside and without data.

    Parameters
    ----------
    raster : Raster
    x, y : float64 arrays, shape (n,)
    crs : str
        CRS of x and y; they are transformed to the raster's.
    """
    east, north = transform_points(x, y, crs, raster.crs)
    a, _, c, _, e, f = raster.transform
    inside = np.isfinite(east) & np.isfinite(north)
    column = np.floor(np.divide(east - c, a, out=np.full_like(east, -1), where=inside))
    row = np.floor(np.divide(north - f, e, out=np.full_like(north, -1), where=inside))
    return _pick(raster.values, row.astype(np.int64), column.astype(np.int64))


def _pick(
    values: NDArray[np.float64], row: NDArray[np.integer], column: NDArray[np.integer]
) -> NDArray[np.float64]:
    rows, columns = values.shape
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    picked = np.full(len(row), np.nan)
    picked[inside] = values[row[inside], column[inside]]
    return picked


def grid_offset(raster: Raster, grid: Grid, crs: str) -> tuple[int, int] | None:
    """Rows and columns by which a raster's grid is shifted against another, if both agree.

    Grids agree when no cell corner is further than a hundredth of a cell from its place in the
    other grid, after a shift by whole cells.

    Returns
    -------
    (int, int) or None
        Row and column to add to positions in `grid`; None where the grids differ.
    """
    if not same_crs(raster.crs, crs):
        return None
    a, _, c, _, e, f = raster.transform
    ga, _, gc, _, ge, gf = grid.transform
    shifts = []
    for pitch, start, other, origin, n in (
        (e, f, ge, gf, grid.shape[0]),
        (a, c, ga, gc, grid.shape[1]),
    ):
        ends = (np.array([origin, origin + n * other]) - start) / pitch - np.array([0, n])
        shift = round(float(ends[0]))
        if np.abs(ends - shift).max() > ALIGNED_CELLS:
            return None
        shifts.append(shift)
    return shifts[0], shifts[1]


def unit_values(
    landscape: Landscape, raster: Raster, where: str, *, category: bool = False
) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    """Value of a raster for every planning unit.

    Cells take the raster's cell where the grids agree, else the value at their center; polygons
    take the mean of the cells weighted by the area that they cover (exactextract), or the code
    that covers most of the polygon.

    Parameters
    ----------
    landscape : Landscape
        With a grid, or with geometry and CRS.
    raster : Raster
    where : str
        Place in the config, for findings.
    category : bool
        The values are codes.

    Returns
    -------
    values : float64 array, shape (n_units,)
        nan where there is no data.
    findings : tuple of Finding
        Notes on reprojection and resampling, besides those of the raster.

    Raises
    ------
    DataError
        If the landscape has neither grid nor geometry.
    """
    crs = landscape.crs
    if crs is None or (landscape.grid is None and landscape.geometry is None):
        hint = "Give units with geometry and CRS, or the predictor as a column."
        what = f"{raster.path.name} cannot be read for units without geometry"
        raise DataError(Finding(where, what, hint))
    notes = list(raster.findings)
    if not same_crs(raster.crs, crs):
        what = f"{raster.path.name} is in {crs_name(raster.crs)}, the landscape in {crs_name(crs)}"
        notes.append(Finding(where, f"{what}; units were reprojected to it", severity="note"))
    if landscape.grid is None:
        return _polygon_values(landscape, raster, category), tuple(notes)
    offset = grid_offset(raster, landscape.grid, crs)
    if offset is not None:
        row, column = landscape.grid.row + offset[0], landscape.grid.column + offset[1]
        return _pick(raster.values, row, column), tuple(notes)
    what = f"{raster.path.name} has another grid than the units; read at the cells' centers"
    notes.append(Finding(where, what, severity="note"))
    return values_at(raster, *cell_centers(landscape.grid), crs), tuple(notes)


def _polygon_values(landscape: Landscape, raster: Raster, category: bool) -> NDArray[np.float64]:
    """Mean or most frequent value of every polygon, from the values that were read already."""
    moved = transform_geometry(np.asarray(landscape.geometry), str(landscape.crs), raster.crs)
    frame = geopandas.GeoDataFrame(geometry=moved, crs=raster.crs)
    a, _, c, _, e, f = raster.transform
    rows, columns = raster.values.shape
    west, east = sorted((c, c + columns * a))
    south, north = sorted((f, f + rows * e))
    values = raster.values[:: 1 if e < 0 else -1, :: 1 if a > 0 else -1]
    source = NumPyRasterSource(
        np.ascontiguousarray(values), west, south, east, north, nodata=np.nan, srs_wkt=raster.crs
    )
    operation = "majority" if category else "mean"
    table = exact_extract(source, frame, [operation], output="pandas")
    return np.asarray(table[operation], dtype=np.float64)
