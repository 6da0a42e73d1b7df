"""Planning units from GeoDataFrames, checked whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas
import numpy as np
import pandas as pd
import shapely

from edaphon.data.columns import as_text
from edaphon.data.geometry import (
    centered_projection,
    crs_name,
    crs_text,
    far_from_use,
    find_neighbours,
    find_overlaps,
    geodesic_areas_ha,
    outside_crs,
    representative_points,
    spans_the_globe,
)
from edaphon.data.landscape import Landscape
from edaphon.data.messages import counted, name_some, unknown_column
from edaphon.errors import DataError, Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.messages import Where

OVERLAP_LIMIT = 0.01
ROUNDING_M2 = 0.1
"""Overlaps up to this are taken as rounded coordinates and not mentioned."""
UNASSIGNED = "unassigned"
_POLYGONS = ("Polygon", "MultiPolygon")


def landscape_from_frame(
    frame: geopandas.GeoDataFrame,
    *,
    id: str | None = None,
    region: str | None = None,
    farm: str | None = None,
    adviser: str | None = None,
    policy: str | None = None,
    neighbour_distance_m: float = 10.0,
    source: str = "landscape",
    where: Where | None = None,
) -> Landscape:
    """Build a landscape from polygons, after checking all of them.

    Parameters
    ----------
    frame : GeoDataFrame
        One row per planning unit, with a CRS.
    id, region, farm, adviser, policy : str, optional
        Columns; without `id` the units are numbered from 1.
    neighbour_distance_m : float
        Units within this distance (m) are neighbours; 0 = exact shared edges.
    source : str
        Name for messages.
    where : callable, optional
        Turns a key ("id", "region", ...) into a place for findings about the config.

    Returns
    -------
    Landscape
        Its findings name overlaps of at most 1 % and units without region.

    Raises
    ------
    DataError
        With everything found at once: no units, no CRS, unknown columns, missing or duplicate ids,
        empty, invalid or non-polygon geometry, coordinates that the CRS cannot hold, overlaps
        above 1 % of the smaller unit. Its
        `partial` is the landscape as far as it can stand for further checks.
    """
    place: Where = where or (lambda key: f"{source}: {key}")
    if not isinstance(frame, geopandas.GeoDataFrame):
        hint = "Give a GeoDataFrame: polygons beside the columns."
        raise DataError(Finding(place("file"), f"{source} holds no geometry", hint))
    if not len(frame):
        hint = "Give a file with one polygon per planning unit."
        raise DataError(Finding(place("file"), f"{source} holds no planning units", hint))
    keys = {"id": id, "region": region, "farm": farm, "adviser": adviser, "policy": policy}
    ids, findings = _ids(frame, id, source)
    findings += _unknown_columns(frame, keys, source, place)
    findings += _doubled_columns(frame, source)
    if frame.crs is None:
        hint = "Set it first, as in frame.set_crs('EPSG:3035')."
        findings.append(Finding(f"{source}: geometry", "the units have no CRS", hint))
    geometry, faults = _checked_geometry(frame, ids, source)
    faults += _place_findings(frame, geometry, ids, source)
    overlaps = _overlap_findings(frame, geometry, ids, source)
    found = [*findings, *faults, *overlaps]
    wrong = any(finding.severity == "error" for finding in found)
    if wrong and not _assemblable(frame, geometry):
        raise DataError(found)
    texts, notes = _label_columns(frame, keys, source)
    landscape = _assemble(
        frame,
        shapely.make_valid(geometry) if wrong else geometry,
        _told_apart(ids) if wrong else ids,
        id_column=id if id in frame.columns else None,
        texts=texts,
        neighbour_distance_m=neighbour_distance_m,
        source=source,
        findings=(*faults, *notes, *overlaps),
    )
    if wrong:
        raise DataError([*found, *notes], partial=landscape)
    return landscape


def _told_apart(ids: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return ids of which the repeated ones carry their row, so that each stands for one unit."""
    repeated = pd.Series(ids).duplicated().to_numpy()
    rows = np.char.add(" (row ", np.char.add(np.arange(1, len(ids) + 1).astype(str), ")"))
    return np.where(repeated, np.char.add(ids, rows), ids)


def _assemblable(frame: geopandas.GeoDataFrame, geometry: NDArray[np.object_]) -> bool:
    """Return whether faulty units can still stand for the landscape in further checks."""
    if frame.crs is None or (shapely.is_missing(geometry) | shapely.is_empty(geometry)).any():
        return False
    return not outside_crs(geometry, crs_text(frame.crs)).any()


def _assemble(
    frame: geopandas.GeoDataFrame,
    geometry: NDArray[np.object_],
    ids: NDArray[np.str_],
    *,
    id_column: str | None,
    texts: dict[str, NDArray[np.str_]],
    neighbour_distance_m: float,
    source: str,
    findings: tuple[Finding, ...],
) -> Landscape:
    crs = crs_text(frame.crs)
    longitude, latitude = representative_points(geometry, crs)
    projection = centered_projection(longitude, latitude)
    dropped = [frame.geometry.name, *([id_column] if id_column else [])]
    return Landscape(
        ids=ids,
        area_ha=geodesic_areas_ha(geometry, crs),
        attributes=pd.DataFrame(frame.drop(columns=dropped)).reset_index(drop=True),
        latitude=latitude,
        longitude=longitude,
        geometry=geometry,
        crs=crs,
        neighbours=find_neighbours(geometry, crs, neighbour_distance_m, projection),
        findings=findings,
        source=source,
        region=texts.get("region"),
        farm=texts.get("farm"),
        adviser=texts.get("adviser"),
        policy=texts.get("policy"),
    )


def _unknown_columns(
    frame: pd.DataFrame, keys: dict[str, str | None], source: str, place: Where
) -> list[Finding]:
    columns = [name for name in frame.columns if name != frame.geometry.name]
    return [
        unknown_column(place(key), column, columns, source)
        for key, column in keys.items()
        if column and column not in columns
    ]


def _doubled_columns(frame: pd.DataFrame, source: str) -> list[Finding]:
    doubled = list(dict.fromkeys(frame.columns[frame.columns.duplicated()]))
    if not doubled:
        return []
    what = f"columns stand there more than once ({name_some(doubled)})"
    return [Finding(f"{source}: columns", what, "Rename or remove one of each.")]


def _ids(
    frame: pd.DataFrame, column: str | None, source: str
) -> tuple[NDArray[np.str_], list[Finding]]:
    if not column or column not in frame.columns:
        return np.arange(1, len(frame) + 1).astype(str), []
    ids = as_text(frame[column])
    findings = []
    absent = np.flatnonzero(ids == "")
    if len(absent):
        what = f"no id in {counted(len(absent), 'row')} ({name_some(absent + 1)})"
        findings.append(Finding(f"{source}: {column}", what, "Fill in the ids."))
    known, uses = np.unique(ids[ids != ""], return_counts=True)
    repeated = known[uses > 1]
    if len(repeated):
        what = f"{counted(len(repeated), 'id')} used more than once ({name_some(repeated)})"
        hint = "Give every unit an id of its own, or leave `id` out to number the rows."
        findings.append(Finding(f"{source}: {column}", what, hint))
    return ids, findings


def _checked_geometry(
    frame: geopandas.GeoDataFrame, ids: NDArray[np.str_], source: str
) -> tuple[NDArray[np.object_], list[Finding]]:
    geometry = shapely.force_2d(np.asarray(frame.geometry.to_numpy(), dtype=object))
    empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    kinds = np.asarray(frame.geometry.geom_type, dtype=object)
    other = ~empty & ~np.isin(kinds, _POLYGONS)
    invalid = ~empty & ~other & ~shapely.is_valid(geometry)
    where, findings = f"{source}: geometry", []
    if empty.any():
        what = f"no geometry in {counted(empty.sum(), 'unit')} ({name_some(ids[empty])})"
        findings.append(Finding(where, what, "Draw or remove these units."))
    if other.any():
        some = name_some(ids[other])
        found = ", ".join(sorted({str(kind) for kind in kinds[other]}))
        what = f"{found} instead of polygons in {counted(other.sum(), 'unit')} ({some})"
        findings.append(Finding(where, what, "Give polygons, one per planning unit."))
    if invalid.any():
        reasons = shapely.is_valid_reason(geometry[invalid])
        some = name_some(f"{unit}: {why}" for unit, why in zip(ids[invalid], reasons, strict=True))
        hint = "Mend it with ogr2ogr -makevalid, or with 'Fix geometries' in QGIS."
        what = f"invalid geometry in {counted(invalid.sum(), 'unit')} ({some})"
        findings.append(Finding(where, what, hint))
    return geometry, findings


def _place_findings(
    frame: geopandas.GeoDataFrame,
    geometry: NDArray[np.object_],
    ids: NDArray[np.str_],
    source: str,
) -> list[Finding]:
    """Say which units lie where their CRS has no coordinates, or all far from where it is used."""
    if frame.crs is None:
        return []
    crs = crs_text(frame.crs)
    outside = outside_crs(geometry, crs)
    where, hint = f"{source}: geometry", "Check the CRS: is it that of the coordinates?"
    if outside.any():
        units = counted(outside.sum(), "unit")
        some = name_some(ids[outside])
        what = f"coordinates that {crs_name(crs)} cannot hold in {units} ({some})"
        return [Finding(where, what, hint)]
    around = spans_the_globe(geometry, crs)
    if around.any():
        what = f"more than half the globe wide: {counted(around.sum(), 'unit')} "
        hint = "Does it cross the 180th meridian? Cut it there, with ogr2ogr -wrapdateline."
        return [Finding(where, f"{what}({name_some(ids[around])})", hint)]
    if not far_from_use(geometry, crs):
        return []
    what = f"the units lie far outside the area for which {crs_name(crs)} is made"
    return [Finding(where, what, hint, "warning")]


def _overlap_findings(
    frame: geopandas.GeoDataFrame,
    geometry: NDArray[np.object_],
    ids: NDArray[np.str_],
    source: str,
) -> list[Finding]:
    sound = np.flatnonzero(shapely.is_valid(geometry))
    sound = sound[shapely.area(geometry[sound]) > 0]
    first, second, share = find_overlaps(geometry[sound])
    if not len(share):
        return []
    first, second = sound[first], sound[second]
    large = share > OVERLAP_LIMIT
    where, findings = f"{source}: geometry", []
    if large.any():
        named = name_some(
            f"{ids[i]} and {ids[j]} by {part:.1%}"
            for i, j, part in zip(first[large], second[large], share[large], strict=True)
        )
        pairs = counted(large.sum(), "pair")
        what = f"units overlap by more than 1 % of the smaller in {pairs} ({named})"
        hint = "Mend it with 'Difference' or 'Check geometries' in QGIS: land counts only once."
        findings.append(Finding(where, what, hint))
    if large.all() or frame.crs is None:
        return findings
    area = _overlap_m2(geometry, crs_text(frame.crs), first[~large], second[~large])
    area = area[area > ROUNDING_M2]
    if len(area):
        what = (
            f"units overlap by slivers of at most 1 % of the smaller in "
            f"{counted(len(area), 'pair')}, {area.sum():.3g} m2 together "
            f"(the largest {area.max():.3g} m2)"
        )
        findings.append(Finding(where, what, severity="note"))
    return findings


def _overlap_m2(
    geometry: NDArray[np.object_], crs: str, first: NDArray[np.intp], second: NDArray[np.intp]
) -> NDArray[np.float64]:
    shared = shapely.intersection(geometry[first], geometry[second])
    smaller = np.where(
        shapely.area(geometry[first]) < shapely.area(geometry[second]), first, second
    )
    share = shapely.area(shared) / shapely.area(geometry[smaller])
    return np.asarray(share, dtype=np.float64) * geodesic_areas_ha(geometry[smaller], crs) * 10_000


def _label_columns(
    frame: pd.DataFrame, keys: dict[str, str | None], source: str
) -> tuple[dict[str, NDArray[np.str_]], list[Finding]]:
    texts, findings = {}, []
    for key in ("region", "farm", "adviser", "policy"):
        column = keys[key]
        if not column or column not in frame.columns:
            continue
        text = as_text(frame[column])
        if key == "region" and (text == "").any():
            empty = counted((text == "").sum(), "unit")
            what = f"no region in {empty}, taken as a region '{UNASSIGNED}'"
            hint = "Fill in the column."
            findings.append(Finding(f"{source}: {column}", what, hint, "warning"))
            text = np.where(text == "", UNASSIGNED, text)
        texts[key] = text
    return texts, findings
