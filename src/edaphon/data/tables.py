"""Samples and locks: the tables that a config names, checked against landscape and predictors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from edaphon.config.quantity import parse_depth
from edaphon.config.suggest import did_you_mean
from edaphon.data.columns import as_text, categorical
from edaphon.data.delimited import numeric_column, read_table
from edaphon.data.geometry import WGS84, crs_name, local_projection, same_crs, transform_points
from edaphon.data.indicators import (
    Indicator,
    check_indicator,
    check_units,
    impossible,
    indicator_of,
    unit_factor,
)
from edaphon.data.landscape import Samples
from edaphon.data.messages import counted, name_some, unknown_column
from edaphon.data.points import read_points
from edaphon.data.rasters import read_raster, values_at
from edaphon.errors import DataError, Finding, raise_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.sections import Config, SurrogateSection
    from edaphon.data.landscape import Landscape, Predictors
    from edaphon.data.points import SamplePoints

LOCKS = ("in", "out")


def read_samples(
    config: Config, name: str, landscape: Landscape, predictors: Predictors
) -> Samples:
    """Read what a surrogate learns from.

    Predictors that are rasters are read at the points; the others are the samples' own column of
    that name, else the value of the unit in which the sample lies. Rows without response, with an
    impossible one, or without a predictor that the surrogate uses are left out and counted.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.
    landscape : Landscape
    predictors : Predictors
        Of the units; they give the columns and their types.

    Returns
    -------
    Samples
        With the notes and warnings found.

    Raises
    ------
    DataError
        With every fault found: what `edaphon.data.points.read_points` refuses, unknown columns,
        text among numbers, a unit that does not fit the indicator, most values impossible, a unit
        trap (see `edaphon.data.indicators.check_units`), or no row left.
    """
    points = read_points(config, name)
    section = config.surrogates[name]
    response, kept, findings = _response(config, name, section, points)
    table, found = _predictors_at(config, landscape, predictors, points)
    used = [name for name in section.predictors or table.columns if name in table.columns]
    complete = table[used].notna().all(axis=1).to_numpy()
    found += _dropped(table[used], kept, complete, points)
    found += _place_findings(config, name, landscape, points)
    raise_errors([*findings, *found])
    rows = np.flatnonzero(kept & complete)
    x, y = transform_points(
        points.longitude[rows], points.latitude[rows], WGS84, local_projection(landscape)
    )
    group = as_text(points.table[section.group])[rows] if section.group else None
    return Samples(
        name=name,
        response=response[rows],
        unit=section.unit,
        predictors=table.iloc[rows].reset_index(drop=True),
        x=x,
        y=y,
        longitude=points.longitude[rows],
        latitude=points.latitude[rows],
        group=group,
        findings=(*points.findings, *findings, *found),
        source=points.source,
    )


def _response(
    config: Config, name: str, section: SurrogateSection, points: SamplePoints
) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[Finding]]:
    """Return the response, which rows have a possible one, and the findings."""
    key, table = f"surrogates.{name}", points.table
    findings = [
        unknown_column(config.where(f"{key}.{field}"), column, table.columns, points.source)
        for field, column in (("response", section.response), ("group", section.group))
        if column and column not in table.columns
    ]
    findings += check_indicator(section.indicator, config.where(f"{key}.indicator"))
    if section.response not in table.columns:
        return np.zeros(len(table)), np.zeros(len(table), dtype=bool), findings
    response, faults = numeric_column(table, section.response, points.source)
    findings += faults
    kept = np.isfinite(response)
    if not kept.all() and not faults:
        what = f"left out {counted((~kept).sum(), 'row')} without {section.response}"
        findings.append(Finding(f"{points.source}: {section.response}", what, severity="note"))
    if not kept.any() and not faults:
        hint = "Name another response column."
        what = f"column {section.response} holds no value"
        findings.append(Finding(f"{points.source}: {section.response}", what, hint))
    names = (section.indicator,) if section.indicator else (section.response, name)
    indicator = indicator_of(*names)
    if indicator is not None and kept.any():
        beyond, found = _check_values(config, name, points, response, indicator=indicator)
        return response, kept & ~beyond, [*findings, *found]
    return response, kept, findings


def _check_values(
    config: Config,
    name: str,
    points: SamplePoints,
    response: NDArray[np.float64],
    *,
    indicator: Indicator,
) -> tuple[NDArray[np.bool_], list[Finding]]:
    """Return which values are impossible, and what is found about values and unit."""
    section = config.surrogates[name]
    where, kept = config.where(f"surrogates.{name}.unit"), np.isfinite(response)
    if unit_factor(section.unit, indicator.unit) is None:
        what = f"{section.unit} is no unit of {indicator.title.lower()} ({section.response})"
        hint = f"Write one of {', '.join(indicator.units)}; or indicator: none."
        return np.zeros_like(kept), [Finding(where, what, hint)]
    beyond = kept & impossible(response, section.unit, indicator)
    findings = []
    if beyond.any():
        findings.append(_impossible_finding(section, points, response, beyond, indicator))
    findings += check_units(
        response[kept],
        section.unit,
        indicator,
        table=points.table[kept],
        latitude=points.latitude[kept],
        column=section.response,
        where=where,
        depth_cm=parse_depth(section.depth)[1] if section.depth else 30.0,
    )
    return beyond, findings


def _impossible_finding(
    section: SurrogateSection,
    points: SamplePoints,
    response: NDArray[np.float64],
    beyond: NDArray[np.bool_],
    indicator: Indicator,
) -> Finding:
    low, high = indicator.possible
    lines = points.table.index[beyond]
    some = name_some(
        f"line {line}: {value:g}" for line, value in zip(lines, response[beyond], strict=True)
    )
    what = (
        f"{beyond.sum()} of {len(response)} values are refused: outside the possible {low:g} to "
        f"{high:g} {indicator.unit} of {indicator.title.lower()} ({some})"
    )
    where = f"{points.source}: line {lines[0]}: {section.response}"
    if beyond.sum() * 2 > np.isfinite(response).sum():
        hint = f"Is the unit {section.unit}? It may be one of {', '.join(indicator.units)}."
        return Finding(where, what, hint)
    return Finding(where, what, "Check these rows; they were left out.", "warning")


def _place_findings(
    config: Config, name: str, landscape: Landscape, points: SamplePoints
) -> list[Finding]:
    """Return a note on reprojection; a warning if no sample lies within a degree of the units."""
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


def _dropped(
    used: pd.DataFrame,
    kept: NDArray[np.bool_],
    complete: NDArray[np.bool_],
    points: SamplePoints,
) -> list[Finding]:
    """Return the note on rows without a predictor; an error if no row is left."""
    lost = kept & ~complete
    if not lost.any():
        return []
    missing = used[lost].isna().sum()
    some = name_some(f"{column}: {count}" for column, count in missing[missing > 0].items())
    if not (kept & complete).any():
        what = f"no row has all predictors ({some} missing)"
        hint = "Check the CRS of the samples, and that they lie on the landscape and the rasters."
        return [Finding(points.source, what, hint)]
    what = f"left out {lost.sum()} of {counted(kept.sum(), 'row')} without a predictor ({some})"
    return [Finding(points.source, what, severity="note")]


def _predictors_at(
    config: Config,
    landscape: Landscape,
    predictors: Predictors,
    points: SamplePoints,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the predictors at the samples, typed as those of the units."""
    findings, columns = list[Finding](), {}
    unit = _unit_of(landscape, points)
    for column in map(str, predictors.table.columns):
        like = predictors.table[column]
        if column in config.predictors.rasters:
            key = f"predictors.rasters.{column}"
            raster = read_raster(
                config.resolve(config.predictors.rasters[column]), config.where(key)
            )
            values = pd.Series(values_at(raster, points.longitude, points.latitude, WGS84))
        elif column not in points.table.columns:
            values = like.reindex(unit).reset_index(drop=True)
        elif isinstance(like.dtype, pd.CategoricalDtype):
            values = points.table[column].reset_index(drop=True)
        else:
            numbers, faults = numeric_column(points.table, column, points.source)
            findings += faults
            values = pd.Series(numbers).where(np.isfinite(numbers))
        columns[column] = categorical(values, like.dtype)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(unit))), findings


def _unit_of(landscape: Landscape, points: SamplePoints) -> NDArray[np.intp]:
    """Return the position of the unit in which each sample lies, -1 where in none."""
    unit = np.full(len(points.longitude), -1, dtype=np.intp)
    if landscape.geometry is None or landscape.crs is None:
        return unit
    x, y = transform_points(points.longitude, points.latitude, WGS84, landscape.crs)
    tree = shapely.STRtree(landscape.geometry)
    sample, found = tree.query(shapely.points(x, y), predicate="intersects")
    order = np.lexsort((found, sample))[::-1]
    unit[sample[order]] = found[order]
    return unit


def read_locks(config: Config, landscape: Landscape) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Read which interventions units must or must not have.

    Parameters
    ----------
    config : Config
        ``locks`` names a CSV with the columns unit_id, intervention, lock (in or out).
    landscape : Landscape

    Returns
    -------
    locks : DataFrame
        Columns unit (position), intervention, lock ("in" or "out"); no rows without a file.
        Whether an intervention exists is for the practices stage to say.
    findings : tuple of Finding

    Raises
    ------
    DataError
        For unknown columns, units or locks, and locks that contradict each other.
    """
    empty = pd.DataFrame({"unit": np.zeros(0, np.int64), "intervention": [], "lock": []})
    if not config.locks:
        return empty, ()
    path = config.resolve(config.locks)
    table, notes = read_table(path, config.where("locks"))
    columns = {str(column).casefold(): str(column) for column in table.columns}
    absent = [name for name in ("unit_id", "intervention", "lock") if name not in columns]
    if absent:
        place = f"{path.name}: header"
        raise DataError(unknown_column(place, name, table.columns, path.name) for name in absent)
    ids, intervention, lock = (
        as_text(table[columns[name]]) for name in ("unit_id", "intervention", "lock")
    )
    unit = pd.Index(landscape.ids).get_indexer(pd.Index(ids))
    locks = pd.DataFrame(
        {"unit": unit, "intervention": intervention, "lock": np.char.lower(lock), "id": ids},
        index=table.index,
    )
    raise_errors(_lock_faults(locks, path.name, landscape))
    return locks.drop_duplicates().drop(columns="id").reset_index(drop=True), notes


def _lock_faults(locks: pd.DataFrame, source: str, landscape: Landscape) -> list[Finding]:
    findings = []
    unknown = locks[locks["unit"] < 0]
    if len(unknown):
        some = name_some(f"line {line}: {name}" for line, name in unknown["id"].items())
        what = f"no such unit in {landscape.source}, in {counted(len(unknown), 'lock')} ({some})"
        hint = did_you_mean(str(unknown["id"].iloc[0]), landscape.ids[:50_000].tolist())
        findings.append(Finding(f"{source}: line {unknown.index[0]}: unit_id", what, hint))
    wrong = locks[~locks["lock"].isin(LOCKS)]
    if len(wrong):
        some = name_some(f"line {line}: '{lock}'" for line, lock in wrong["lock"].items())
        what = f"neither in nor out in {counted(len(wrong), 'lock')} ({some})"
        hint = "Write in (must have it) or out (must not have it)."
        findings.append(Finding(f"{source}: line {wrong.index[0]}: lock", what, hint))
    nameless = locks[locks["intervention"] == ""]
    if len(nameless):
        some = name_some(nameless.index)
        what = f"no intervention in {counted(len(nameless), 'lock')} (lines {some})"
        hint = "Write the intervention, or baseline."
        where = f"{source}: line {nameless.index[0]}: intervention"
        findings.append(Finding(where, what, hint))
    return [*findings, *_contradictions(locks, source)]


def _contradictions(locks: pd.DataFrame, source: str) -> list[Finding]:
    findings = []
    sound = locks[(locks["unit"] >= 0) & locks["lock"].isin(LOCKS)].drop_duplicates()
    both = sound[sound.duplicated(["unit", "intervention"], keep=False)]
    if len(both):
        some = name_some(sorted({f"{row.id}: {row.intervention}" for row in both.itertuples()}))
        what = f"units are locked in and out of the same intervention ({some})"
        findings.append(Finding(f"{source}: lock", what, "Keep one of the two lines."))
    inside = sound[sound["lock"] == "in"].drop_duplicates(["unit", "intervention"])
    several = inside[inside.duplicated("unit", keep=False)]
    if len(several):
        some = name_some(
            f"{unit}: {' and '.join(rows['intervention'])}"
            for unit, rows in several.groupby("id", sort=True)
        )
        what = f"units are locked into more than one intervention ({some})"
        hint = "A unit takes one option: keep one line, or lock in a bundle."
        findings.append(Finding(f"{source}: lock", what, hint))
    return findings
