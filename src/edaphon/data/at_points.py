"""What is known at the rows of a samples' or observations' file besides what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from edaphon.data.columns import as_text, categorical
from edaphon.data.dates import date_column
from edaphon.data.delimited import numeric_column
from edaphon.data.geometry import WGS84, crs_name, same_crs, transform_points
from edaphon.data.layers import date_for_units, dates_of, layers_of, nearest, raster_columns
from edaphon.data.messages import counted, name_some, unknown_column
from edaphon.data.rasters import values_at
from edaphon.errors import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape, Predictors
    from edaphon.data.points import SamplePoints


@dataclass(frozen=True)
class RowFacts:
    """Group, weight and date of each row, as far as the config names their columns.

    Attributes
    ----------
    group : str array, shape (n,), or None
    weight, year : float64 arrays, shape (n,), or None
        Year decimal; nan where missing.
    complete : bool array, shape (n,)
        Weight and date are there where they are asked for.
    findings : tuple of Finding
    """

    group: NDArray[np.str_] | None
    weight: NDArray[np.float64] | None
    year: NDArray[np.float64] | None
    complete: NDArray[np.bool_]
    findings: tuple[Finding, ...]


def row_facts(config: Config, name: str, points: SamplePoints) -> RowFacts:
    """Read group, weight and date of the rows of a surrogate's file.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.
    points : SamplePoints
        n rows.

    Returns
    -------
    RowFacts
        Errors are among its findings: unknown columns, weights of 0 or below, text that is no
        number or date.
    """
    section, table = config.surrogates[name], points.table
    findings: list[Finding] = []

    def known(key: str) -> str:
        column = str(getattr(section, key))
        if column and column not in table.columns:
            place = config.where(f"surrogates.{name}.{key}")
            findings.append(unknown_column(place, column, table.columns, points.source))
            return ""
        return column

    group, weight, date = (known(key) for key in ("group", "weight", "date"))
    weights = years = None
    complete = np.ones(len(table), dtype=bool)
    if weight:
        weights, faults = numeric_column(table, weight, points.source)
        findings += faults or _weight_faults(weights, weight, points)
        complete &= np.isfinite(weights)
    if date:
        years, faults = date_column(table, date, points.source)
        findings += faults
        complete &= np.isfinite(years)
    for column, values in ((weight, weights), (date, years)):
        missing = 0 if values is None else int((~np.isfinite(values)).sum())
        if missing and not any(found.severity == "error" for found in findings):
            what = f"left out {counted(missing, 'row')} without {column}"
            findings.append(Finding(f"{points.source}: {column}", what, severity="note"))
    return RowFacts(
        group=as_text(table[group]) if group else None,
        weight=weights,
        year=years,
        complete=complete,
        findings=tuple(findings),
    )


def _weight_faults(
    weights: NDArray[np.float64], column: str, points: SamplePoints
) -> tuple[Finding, ...]:
    """Return an error if a weight is 0 or below."""
    bad = np.isfinite(weights) & (weights <= 0)
    if not bad.any():
        return ()
    lines = points.table.index[bad]
    what = f"weights must be above 0, and {bad.sum()} of {len(bad)} are not"
    hint = f"Take these rows out, or leave the weight empty (lines {name_some(lines)})."
    return (Finding(f"{points.source}: line {lines[0]}: {column}", what, hint),)


def predictors_at(
    config: Config,
    name: str,
    landscape: Landscape,
    predictors: Predictors,
    points: SamplePoints,
    *,
    year: NDArray[np.float64] | None = None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the predictors at points, typed as those of the units.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.
    landscape : Landscape
    predictors : Predictors
        Of the units.
    points : SamplePoints
        n rows.
    year : float64 array, shape (n,), optional
        Decimal years; rasters with dates are read at the nearest one, without a year at that of
        the units.

    Returns
    -------
    table : DataFrame, n rows
        nan where a predictor is missing.
    findings : list of Finding
    """
    findings = list[Finding]()
    unit = _unit_of(landscape, points)
    columns: dict[str, pd.Series] = {}
    for raster in config.predictors.rasters:
        if raster in predictors.table.columns:
            columns |= _raster_values(config, raster, points, year)
            findings += _undated(config, name, raster, year)
    derived = {one.name for one in raster_columns(config)}
    for column in map(str, predictors.table.columns):
        like = predictors.table[column]
        if column in derived:
            values = columns[column]
        elif column not in points.table.columns:
            values = like.reindex(unit).reset_index(drop=True)
        elif isinstance(like.dtype, pd.CategoricalDtype):
            values = points.table[column].reset_index(drop=True)
        else:
            numbers, faults = numeric_column(points.table, column, points.source)
            findings += faults
            values = pd.Series(numbers).where(np.isfinite(numbers))
        columns[column] = categorical(values, like.dtype)
    order = list(map(str, predictors.table.columns))
    return pd.DataFrame(columns, index=pd.RangeIndex(len(unit)))[order], findings


def _raster_values(
    config: Config, raster: str, points: SamplePoints, year: NDArray[np.float64] | None
) -> dict[str, pd.Series]:
    """Read a raster and what derives of it at points, each at its nearest date."""
    n = len(points.longitude)
    dates = np.full(n, date_for_units(config, raster))
    years = dates_of(config, raster)
    if years and year is not None:
        dated = np.isfinite(year)
        dates[dated] = nearest(years, year[dated])
    columns: dict[str, NDArray[np.float64]] = {}
    for date in np.unique(dates):
        rows = dates == date
        for layer in layers_of(config, raster, int(date)):
            values = columns.setdefault(layer.column.name, np.full(n, np.nan))
            x, y = points.longitude[rows], points.latitude[rows]
            values[rows] = values_at(layer.raster, x, y, WGS84)
    return {column: pd.Series(values) for column, values in columns.items()}


def _undated(
    config: Config, name: str, raster: str, year: NDArray[np.float64] | None
) -> list[Finding]:
    """Warn where a raster has dates and the rows have none."""
    if year is not None or len(dates_of(config, raster)) < 2:
        return []
    layer = list(config.predictors.rasters[raster])[date_for_units(config, raster)]
    what = f"{raster} has dates and these rows have none, so all of them are read at {layer}"
    hint = f"Name the column of dates: surrogates: {{{name}: {{date: COLUMN}}}}."
    return [Finding(config.where(f"surrogates.{name}"), what, hint, "warning")]


def _unit_of(landscape: Landscape, points: SamplePoints) -> NDArray[np.intp]:
    """Return the position of the unit in which each point lies, -1 where in none."""
    unit = np.full(len(points.longitude), -1, dtype=np.intp)
    if landscape.geometry is None or landscape.crs is None:
        return unit
    x, y = transform_points(points.longitude, points.latitude, WGS84, landscape.crs)
    tree = shapely.STRtree(landscape.geometry)
    sample, found = tree.query(shapely.points(x, y), predicate="intersects")
    order = np.lexsort((found, sample))[::-1]
    unit[sample[order]] = found[order]
    return unit


def complete_rows(
    config: Config,
    name: str,
    table: pd.DataFrame,
    kept: NDArray[np.bool_],
    points: SamplePoints,
) -> tuple[NDArray[np.bool_], list[Finding]]:
    """Return which rows have every predictor that the surrogate uses, and what is to say of it.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.
    table : DataFrame, n rows
        From `predictors_at`.
    kept : bool array, shape (n,)
        Rows that have everything else.
    points : SamplePoints

    Returns
    -------
    complete : bool array, shape (n,)
    findings : list of Finding
        A note on rows without a predictor; an error if no row is left.
    """
    use = config.surrogates[name].predictors
    from_rasters = {one.name: one.source for one in raster_columns(config)}
    used = table[
        [one for one in table.columns if not use or from_rasters.get(str(one), str(one)) in use]
    ]
    complete: NDArray[np.bool_] = used.notna().all(axis=1).to_numpy(dtype=bool)
    lost = kept & ~complete
    if not lost.any():
        return complete, []
    missing = used[lost].isna().sum()
    some = name_some(
        f"{column}: {count}"
        for column, count in missing[missing > 0].items()
        if from_rasters.get(str(column), column) == column
    )
    if not (kept & complete).any():
        what = f"no row has all predictors ({some} missing)"
        hint = "Check that the samples lie on the landscape and the rasters: is crs that of their "
        hint += "coordinates, or are x and y swapped?"
        return complete, [Finding(points.source, what, hint)]
    what = f"left out {lost.sum()} of {counted(kept.sum(), 'row')} without a predictor ({some})"
    return complete, [Finding(points.source, what, severity="note")]


def place_findings(
    config: Config, name: str, landscape: Landscape, points: SamplePoints
) -> list[Finding]:
    """Return a note on reprojection; a warning if no row lies within a degree of the units."""
    crs, findings = config.surrogates[name].crs, list[Finding]()
    if landscape.crs is not None and not same_crs(crs, landscape.crs):
        what = f"samples in {crs} were reprojected to the landscape's {crs_name(landscape.crs)}"
        findings.append(Finding(config.where(f"surrogates.{name}.crs"), what, severity="note"))
    near = np.ones(len(points.longitude), dtype=bool)
    for sample, unit in (
        (points.longitude, landscape.longitude),
        (points.latitude, landscape.latitude),
    ):
        near &= (sample > unit.min() - 1) & (sample < unit.max() + 1)
    if near.any():
        return findings
    what = (
        f"no sample lies near the landscape: the median one at longitude "
        f"{np.median(points.longitude):.4g}, latitude {np.median(points.latitude):.4g}, the median "
        f"unit at {np.median(landscape.longitude):.4g}, {np.median(landscape.latitude):.4g}"
    )
    hint = "Check crs, and that x is longitude or easting."
    return [*findings, Finding(points.source, what, hint, "warning")]
