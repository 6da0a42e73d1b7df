"""The landscape that a config or a file describes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from edaphon.config.sections import Config
from edaphon.data.cells import as_codes, hull, landscape_from_cells, union
from edaphon.data.delimited import read_commas
from edaphon.data.geometry import WGS84, crs_name, crs_text, same_crs, transform_points, unknown_crs
from edaphon.data.layers import date_for_units, place_of, read_dated
from edaphon.data.points import read_points
from edaphon.data.rasters import Raster, read_raster, unit_values
from edaphon.data.vector import landscape_from_frame
from edaphon.data.vector_file import read_vector
from edaphon.errors import DataError, Finding, raise_errors, wrong_kind

if TYPE_CHECKING:
    from edaphon.config.sections import CellsSection
    from edaphon.data.landscape import Landscape


def read_landscape(source: Config | str | Path, **keys: Any) -> Landscape:
    """Read the planning units that a config describes, or those of a file.

    Parameters
    ----------
    source : Config, str or Path
        A config, or a polygon file.
    **keys
        For a file only: `layer` and `crs` (see `edaphon.data.vector_file.read_vector`), and the
        columns and distance of `edaphon.data.vector.landscape_from_frame`.

    Returns
    -------
    Landscape
        From a config, rasters among the predictors become attributes too, so that row filters can
        name them.

    Raises
    ------
    DataError
        With everything found at once.
    TypeError
        If keys come with a config.

    Examples
    --------
    >>> from edaphon.data.landscape_reader import read_landscape
    >>> read_landscape("units.gpkg", id="unit_id", neighbour_distance_m=5)  # doctest: +SKIP
    """
    if isinstance(source, (str, Path)):
        path = Path(source)
        frame = read_vector(path, keys.pop("layer", ""), keys.pop("crs", ""))
        return _with_numbers(landscape_from_frame(frame, **{"source": path.name, **keys}))
    if not isinstance(source, Config):
        raise DataError(wrong_kind("source", source, "a config, or the path of a polygon file"))
    if keys:
        message = "a config says everything about its landscape; keyword arguments go with a file"
        raise TypeError(message)
    cells = source.landscape.cells
    try:
        landscape = _from_cells(source, cells) if cells else _from_file(source)
    except DataError as fault:
        if fault.partial is not None:
            partial = _with_numbers(fault.partial, source.predictors.categories)
            fault.partial = _with_rasters(source, partial)
        raise
    return _with_rasters(source, landscape)


def _from_file(config: Config) -> Landscape:
    section = config.landscape
    path = config.resolve(section.file)

    def where(key: str) -> str:
        return config.where(f"landscape.{key}")

    frame = read_vector(path, section.layer, section.crs, where)
    landscape = landscape_from_frame(
        frame,
        id=section.id or None,
        region=section.region or None,
        farm=section.farm or None,
        adviser=section.adviser or None,
        policy=section.policy or None,
        neighbour_distance_m=section.neighbour_distance.to("m"),
        source=path.name,
        where=where,
    )
    landscape = _with_numbers(landscape, config.predictors.categories)
    return replace(landscape, findings=(*landscape.findings, *_crs_conflict(config, landscape)))


def _with_numbers(landscape: Landscape, categories: tuple[str, ...] = ()) -> Landscape:
    """Read the numbers with decimal commas that the file holds as text, codes left out."""
    table = landscape.attributes
    names = [name for name in table.columns if name not in categories]
    columns, notes = read_commas(table, names, landscape.source)
    return replace(
        landscape, attributes=table.assign(**columns), findings=(*landscape.findings, *notes)
    )


def _crs_conflict(config: Config, landscape: Landscape) -> list[Finding]:
    """Warn where the config names another CRS than the file states: the file's own counts."""
    named, stated = config.landscape.crs, str(landscape.crs)
    where = config.where("landscape.crs")
    unknown = unknown_crs(where, named) if named else None
    if unknown is not None:
        return [replace(unknown, severity="warning")]
    if not named or same_crs(named, stated):
        return []
    what = f"{landscape.source} states {crs_name(stated)}, which counts, not {named}"
    hint = "Remove this key; if the file is wrong, correct it with ogr2ogr -a_srs."
    return [Finding(where, what, hint, "warning")]


def _from_cells(config: Config, cells: CellsSection) -> Landscape:
    def where(key: str) -> str:
        return config.where(f"landscape.cells.{key}")

    raster = read_raster(config.resolve(cells.raster), where("raster"))
    within, findings, notes = [], list[Finding](), list[Finding]()
    for read in (_clip, _hull):
        try:
            area, found = read(config, cells, raster)
        except DataError as fault:
            findings += fault.findings
            continue
        within += area
        notes += found
    raise_errors(findings)
    landscape = landscape_from_cells(
        raster, classes=cells.classes, within=tuple(within), where=where
    )
    return replace(landscape, findings=(*landscape.findings, *notes))


def _clip(
    config: Config, cells: CellsSection, raster: Raster
) -> tuple[list[shapely.Geometry], list[Finding]]:
    if not cells.clip:
        return [], []
    place = config.where("landscape.cells.clip")
    path = config.resolve(cells.clip)
    frame = read_vector(path, where=lambda _key: place)
    if not shapely.is_valid(frame.geometry.to_numpy()).all():
        hint = "Mend it with ogr2ogr -makevalid, or with 'Fix geometries' in QGIS."
        raise DataError(Finding(place, f"{path.name} holds invalid geometry", hint))
    crs, notes = crs_text(frame.crs), []
    if not same_crs(crs, raster.crs):
        what = f"{path.name} was reprojected to the CRS of {raster.path.name}"
        notes.append(Finding(place, what, severity="note"))
    return [union(frame.geometry.to_numpy(), crs, raster.crs)], notes


def _hull(
    config: Config, cells: CellsSection, raster: Raster
) -> tuple[list[shapely.Geometry], list[Finding]]:
    if not cells.hull_of:
        return [], []
    points = read_points(config, cells.hull_of)
    area = hull(*transform_points(points.longitude, points.latitude, WGS84, raster.crs))
    what = f"only cells in the convex hull of {len(points.table):,} rows of {points.source} count"
    return [area], [Finding(config.where("landscape.cells.hull_of"), what, severity="note")]


def _with_rasters(config: Config, landscape: Landscape) -> Landscape:
    """Add raster predictors as attributes; those that cannot be read are left to the predictors."""
    section, added, notes = config.predictors, {}, []
    for name in section.rasters:
        date = date_for_units(config, name)
        place = place_of(config, name, date)
        if name in landscape.attributes.columns:
            what = f"{landscape.source} has a column '{name}' too; row filters mean the column"
            notes.append(Finding(place, what, "Rename one of the two.", "warning"))
            continue
        category = name in section.categories
        try:
            raster = read_dated(config, name, date)
            values, _ = unit_values(landscape, raster, place, category=category)
        except DataError:
            continue
        added[name] = as_codes(values) if category else values
    table = pd.concat([landscape.attributes, pd.DataFrame(added)], axis=1)
    return replace(landscape, attributes=table, findings=(*landscape.findings, *notes))
