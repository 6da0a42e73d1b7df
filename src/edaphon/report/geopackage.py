"""portfolios.gpkg: the shortlist with geometry, which QGIS opens in the page's colors."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import geopandas
import numpy as np
import shapely
from rasterio.features import shapes as raster_shapes
from rasterio.transform import Affine

from edaphon.errors import Finding
from edaphon.portfolio.shortlist import names_of
from edaphon.portfolio.tables import selection_frequency
from edaphon.report.palette import intervention_colors
from edaphon.report.regions import region_map, share_treated
from edaphon.report.run_files import write_aside
from edaphon.report.text import capital, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Grid, Landscape
    from edaphon.problem.values import Front, Problem

LAYER = "portfolios"


def write_geopackage(
    path: Path,
    landscape: Landscape,
    problem: Problem,
    front: Front,
    shortlist: Sequence[int],
    *,
    anonymous: bool = False,
) -> tuple[Finding, ...]:
    """Write the shortlist as one layer with a style for every portfolio.

    The layer `portfolios` holds unit_id, area_ha, region, a column per shortlisted portfolio with
    the intervention's name, and selection_frequency. The table layer_styles holds a categorized
    style for each portfolio; QGIS opens the layer with the first one. An anonymous file holds
    regions on a coarse grid instead, with the share of their area that each portfolio treats.

    Parameters
    ----------
    path : Path
    landscape, problem, front
        Of the same units in the same order.
    shortlist : sequence of int
        Rows of `front`.
    anonymous : bool
        Leave out ids, farms and geometry finer than the region.

    Returns
    -------
    tuple of Finding
        A note where nothing can be written.
    """
    frame = shortlist_frame(landscape, problem, front, shortlist, anonymous=anonymous)
    if frame is None:
        missing = "regions" if anonymous else "geometry"
        what = f"the landscape has no {missing}, so it was not written"
        return (Finding(path.name, what, severity="note"),)
    write_layer(path, frame, problem, front, () if anonymous else shortlist)
    return ()


def write_layer(
    path: Path,
    frame: geopandas.GeoDataFrame,
    problem: Problem,
    front: Front,
    rows: Sequence[int],
) -> None:
    """Write a frame as the layer `portfolios`, with a style for each of some rows of the front.

    Parameters
    ----------
    path : Path
    frame : GeoDataFrame
        From `shortlist_frame`, or with the same columns.
    problem, front
    rows : sequence of int
        Portfolios that are columns of the frame; none for regions.
    """
    colors = intervention_colors(problem.interventions)
    categories = dict(zip(problem.interventions, colors, strict=True))

    def write(part: Path) -> None:
        # 1.2 is what every QGIS 3 reads without a warning
        frame.to_file(part, layer=LAYER, driver="GPKG", engine="pyogrio", VERSION="1.2")
        if rows:
            names = [front.names[row] for row in rows]
            what = dict(zip(names, names_of(problem, front, rows), strict=True))
            styles = {name: categorized_style(name, categories) for name in names}
            write_styles(part, styles, what)

    write_aside(path, write)


def shortlist_frame(
    landscape: Landscape,
    problem: Problem,
    front: Front,
    shortlist: Sequence[int],
    *,
    anonymous: bool = False,
) -> geopandas.GeoDataFrame | None:
    """Return the shortlist with geometry, None where the landscape has none.

    unit_id, area_ha, region, a column per portfolio with the intervention's name and
    selection_frequency; anonymous ones hold a row per region on a coarse grid, with the share of
    its area that each portfolio treats. Parameters as in `write_geopackage`.
    """
    make = _regions if anonymous else _units
    return make(landscape, problem, front, shortlist)


def _units(
    landscape: Landscape, problem: Problem, front: Front, shortlist: Sequence[int]
) -> geopandas.GeoDataFrame | None:
    geometry = landscape.geometry
    if geometry is None and landscape.grid is not None:
        geometry = cell_polygons(landscape.grid)
    if geometry is None:
        return None
    columns = unit_columns(problem, front, shortlist, landscape.region)
    return geopandas.GeoDataFrame(columns, geometry=geometry, crs=landscape.crs)


def unit_columns(
    problem: Problem, front: Front, rows: Sequence[int], region: NDArray[np.str_] | None
) -> dict[str, object]:
    """Return what is told of every unit, by column: id, area, region, portfolios, frequency."""
    columns: dict[str, object] = {"unit_id": problem.unit_ids, "area_ha": problem.area_ha}
    if region is not None:
        columns["region"] = region
    names = np.array(problem.interventions, dtype=object)
    for row in rows:
        columns[front.names[row]] = names[front.portfolios[row]]
    columns["selection_frequency"] = selection_frequency(front)
    return columns


def read_shapes(path: Path, unit_ids: np.ndarray) -> tuple[np.ndarray, str] | None:
    """Read the polygons of planning units, and their CRS, back from a run's portfolios.gpkg.

    Returns
    -------
    (object array of polygons in the order of `unit_ids`, WKT of the CRS), or None where the file
    is not there, is anonymous, or lacks one of the units.
    """
    if not path.exists():
        return None
    frame = geopandas.read_file(path, layer=LAYER)
    if "unit_id" not in frame or frame.crs is None:
        return None
    shapes = frame.set_index(frame["unit_id"].astype(str))["geometry"].reindex(unit_ids.astype(str))
    if shapes.isna().any():
        return None
    return np.asarray(shapes, dtype=object), frame.crs.to_wkt()


def cell_polygons(grid: Grid) -> np.ndarray:
    """Return the polygon of each unit's cell, in the grid's CRS (north up)."""
    a, _, c, _, e, f = grid.transform
    x, y = c + a * grid.column, f + e * grid.row
    return np.asarray(shapely.box(x, y + e, x + a, y), dtype=object)


def _regions(
    landscape: Landscape, problem: Problem, front: Front, shortlist: Sequence[int]
) -> geopandas.GeoDataFrame | None:
    regions = region_map(landscape)
    if regions is None:
        return None
    found = list(
        raster_shapes(regions.codes, mask=regions.codes >= 0, transform=Affine(*regions.transform))
    )
    codes = np.array([int(code) for _, code in found])
    parts = np.array([shapely.geometry.shape(outline) for outline, _ in found], dtype=object)
    shown = np.unique(codes)
    columns: dict[str, object] = {"region": [regions.names[r] for r in shown]}
    share = share_treated(landscape, problem, front.portfolios[list(shortlist)])
    for row, treated in zip(shortlist, share, strict=True):
        columns[f"{front.names[row]}_treated_share"] = treated[shown]
    geometry = [shapely.union_all(parts[codes == r]) for r in shown]
    return geopandas.GeoDataFrame(columns, geometry=geometry, crs="EPSG:4326")


def categorized_style(column: str, colors: Mapping[str, str]) -> str:
    """Return a QGIS style (QML) that fills polygons by the text in a column.

    Parameters
    ----------
    column : str
    colors : mapping of str to str
        Value to color as #rrggbb.
    """
    root = ElementTree.Element("qgis", version="3.22", styleCategories="Symbology")
    renderer = ElementTree.SubElement(
        root, "renderer-v2", type="categorizedSymbol", attr=column, enableorderby="0",
        forceraster="0", symbollevels="0",
    )  # fmt: skip
    categories = ElementTree.SubElement(renderer, "categories")
    symbols = ElementTree.SubElement(renderer, "symbols")
    for number, (value, color) in enumerate(colors.items()):
        ElementTree.SubElement(
            categories, "category", value=value, label=capital(words(value)), render="true",
            symbol=str(number), type="string",
        )  # fmt: skip
        _symbol(symbols, str(number), color)
    ElementTree.SubElement(root, "layerGeometryType").text = "2"
    text = ElementTree.tostring(root, encoding="unicode")
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{text}\n"


def _symbol(parent: ElementTree.Element, name: str, color: str) -> None:
    symbol = ElementTree.SubElement(
        parent, "symbol", type="fill", name=name, alpha="1", clip_to_extent="1", force_rhr="0"
    )
    layer = ElementTree.SubElement(
        symbol, "layer", {"class": "SimpleFill", "enabled": "1", "locked": "0", "pass": "0"}
    )
    options = ElementTree.SubElement(layer, "Option", type="Map")
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    for key, value in {
        "color": f"{red},{green},{blue},255",
        "style": "solid",
        "outline_color": "255,255,255,255",
        "outline_style": "solid",
        "outline_width": "0.1",
        "outline_width_unit": "MM",
    }.items():
        ElementTree.SubElement(options, "Option", type="QString", name=key, value=value)


def write_styles(path: Path, styles: Mapping[str, str], what: Mapping[str, str]) -> None:
    """Add QGIS's table layer_styles to a GeoPackage; the first style is the default.

    Columns as QGIS writes them when a style is saved to the database (QGIS user guide, "Save
    style in a datasource database"). The table counts as plain attributes, so other readers list
    it without geometry.

    Parameters
    ----------
    path : Path
        A GeoPackage with the layer `portfolios`.
    styles : mapping of str to str
        Name of the style to its QML.
    what : mapping of str to str
        What each portfolio is, in a few words, for the description.
    """
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
            "f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), "
            "f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, "
            "useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
            "update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"
        )
        (geometry,) = connection.execute(
            "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (LAYER,)
        ).fetchone()
        connection.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
            "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner) "
            "VALUES ('', '', ?, ?, ?, ?, '', ?, ?, '')",
            [
                (LAYER, geometry, name, style, number == 0, f"Portfolio {name}: {what[name]}")
                for number, (name, style) in enumerate(styles.items())
            ],
        )
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', "
            "strftime('%Y-%m-%dT%H:%M:%fZ','now'))"
        )
