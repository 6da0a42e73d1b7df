"""Portfolios for other programs: GeoParquet, GeoJSON in WGS 84, CSV, and any of them on request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas
import numpy as np
import pandas as pd

from edaphon.errors import DataError, Finding
from edaphon.portfolio.groups import group_table
from edaphon.report.geopackage import shortlist_frame, unit_columns, write_layer
from edaphon.report.run_files import write_aside, write_csv
from edaphon.report.units import CSV_UNITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Landscape
    from edaphon.problem.values import Front, Problem

GEOPARQUET, GEOJSON, CSV = "portfolios.geo.parquet", "portfolios.geojson", "portfolios.csv"
_WGS84 = "EPSG:4326"
_DECIMALS = 7
"""Of a degree in GeoJSON, 1 cm on the ground: a judgement; RFC 7946 (11.2) speaks of six."""


def write_exports(
    folder: Path,
    landscape: Landscape,
    problem: Problem,
    front: Front,
    shortlist: Sequence[int],
    *,
    anonymous: bool = False,
) -> tuple[Finding, ...]:
    """Write the shortlist as GeoParquet, GeoJSON and CSV, with the columns of the GeoPackage.

    GeoParquet keeps the CRS of the landscape; GeoJSON is in WGS 84 with longitude first, as RFC
    7946 asks for. Text files of more than 20,000 units are left out: GeoParquet holds all, and
    `export_portfolios` writes what is asked for.

    Parameters
    ----------
    folder : Path
        The run directory.
    landscape, problem, front
        Of the same units in the same order.
    shortlist : sequence of int
        Rows of `front`.
    anonymous : bool
        A row per region with the share of its area that is treated, in place of units.

    Returns
    -------
    tuple of Finding
        Notes on files that are not written.
    """
    few = anonymous or problem.n_units <= CSV_UNITS
    found = []
    if few:
        write_csv(folder / CSV, _table(landscape, problem, front, shortlist, anonymous))
    frame = shortlist_frame(landscape, problem, front, shortlist, anonymous=anonymous)
    if frame is None:
        return ()  # the GeoPackage says so
    write_geoparquet(folder / GEOPARQUET, frame)
    if not few:
        what = f"left out of a run of {problem.n_units:,} units"
        hint = f"{GEOPARQUET} holds all of them; edaphon export map writes the others."
        found.append(Finding(f"{GEOJSON}, {CSV}", what, hint, "note"))
    elif frame.crs is None:
        what = "the landscape has no CRS, so it was not written"
        found.append(Finding(GEOJSON, what, "Name it in landscape.crs.", "note"))
    else:
        write_geojson(folder / GEOJSON, frame)
    return tuple(found)


def write_geojson(path: Path, frame: geopandas.GeoDataFrame) -> None:
    """Write a frame as RFC 7946 asks for: WGS 84, outer rings counterclockwise, 7 decimals."""
    degrees = frame.to_crs(_WGS84)
    write_aside(
        path,
        lambda part: degrees.to_file(
            part, driver="GeoJSON", engine="pyogrio", RFC7946="YES", COORDINATE_PRECISION=_DECIMALS
        ),
    )


def export_portfolios(
    path: Path,
    problem: Problem,
    front: Front,
    rows: Sequence[int],
    *,
    shapes: tuple[NDArray[np.object_], str] | None,
    region: NDArray[np.str_] | None = None,
) -> None:
    """Write any portfolios of a run as the kind of file that the name asks for.

    Parameters
    ----------
    path : Path
        Ending in .gpkg (styled for QGIS), .geojson or .json (WGS 84), .parquet (GeoParquet) or
        .csv (without shapes).
    problem, front
    rows : sequence of int
        Rows of `front`.
    shapes : (object array of polygons, CRS) or None
        From `edaphon.report.geopackage.read_shapes`.
    region : str array, shape (n_units,), optional

    Raises
    ------
    DataError
        For another ending, and where the file needs shapes that are not there.
    """
    kind = path.suffix.casefold()
    columns = unit_columns(problem, front, rows, region)
    if kind == ".csv":
        write_csv(path, pd.DataFrame(columns))
        return
    if kind not in (".gpkg", ".geojson", ".json", ".parquet"):
        what = f"{path} does not say what kind of file it is to be"
        hint = "End it in .gpkg, .geojson, .parquet or .csv."
        if path.is_dir():
            what = f"{path} is a folder, and a file is written"
            hint = (
                f"Name it, as {path / 'portfolios.gpkg'}; it may end in .geojson, .parquet, .csv."
            )
        raise DataError(Finding("--out", what, hint))
    if shapes is None:
        what = "the run has no shapes of its units: its portfolios.gpkg is missing or anonymous"
        raise DataError(Finding("--out", what, "Write a .csv, or run the stage report again."))
    frame = geopandas.GeoDataFrame(columns, geometry=shapes[0], crs=shapes[1])
    if kind == ".gpkg":
        write_layer(path, frame, problem, front, rows)
    elif kind == ".parquet":
        write_geoparquet(path, frame)
    else:
        write_geojson(path, frame)


def write_geoparquet(path: Path, frame: geopandas.GeoDataFrame) -> None:
    """Write a frame as GeoParquet."""
    write_aside(path, lambda part: frame.to_parquet(part, index=False, compression="zstd"))


def _table(
    landscape: Landscape,
    problem: Problem,
    front: Front,
    shortlist: Sequence[int],
    anonymous: bool,
) -> pd.DataFrame:
    """Return a row per unit, or per region where nothing finer may be told."""
    if not anonymous:
        return pd.DataFrame(unit_columns(problem, front, shortlist, landscape.region))
    groups = [""] * problem.n_units if landscape.region is None else landscape.region
    tables = [group_table(problem, front.portfolios[row], groups) for row in shortlist]
    first = tables[0] if tables else group_table(problem, front.portfolios[0], groups)
    shares = {
        f"{front.names[row]}_treated_share": table["treated_ha"] / table["area_ha"]
        for row, table in zip(shortlist, tables, strict=True)
    }
    return pd.DataFrame({"region": first["group"], "area_ha": first["area_ha"], **shares})
