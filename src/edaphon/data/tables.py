"""Samples and locks: the tables that a config names, checked against landscape and predictors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.config.quantity import parse_depth
from edaphon.config.suggest import did_you_mean
from edaphon.data.at_points import complete_rows, place_findings, predictors_at, row_facts
from edaphon.data.columns import as_text
from edaphon.data.delimited import numeric_column, read_table
from edaphon.data.geometry import WGS84, local_projection, transform_points
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
from edaphon.data.methods import check_methods
from edaphon.data.points import read_points
from edaphon.errors import DataError, Finding, raise_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.learned import SurrogateSection
    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape, Predictors
    from edaphon.data.points import SamplePoints

LOCKS = ("in", "out")
METHOD = "method"
"""Column of how a sample was measured; letter case does not count."""


def read_samples(
    config: Config,
    name: str,
    landscape: Landscape,
    predictors: Predictors,
    points: SamplePoints | None = None,
) -> Samples:
    """Read what a state surrogate learns from.

    Predictors that are rasters are read at the points, at the date nearest to the sample's; the
    others are the samples' own column of that name, else the value of the unit in which the sample
    lies. Rows without response, with an impossible one, without date or weight where the config
    names them, or without a predictor that the surrogate uses are left out and counted.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.
    landscape : Landscape
    predictors : Predictors
        Of the units; they give the columns and their types.
    points : SamplePoints, optional
        The rows, where they are not those of the file: horizons brought to one depth.

    Returns
    -------
    Samples
        With the notes and warnings found, among them one where a column `method` says that the
        values were measured in different ways.

    Raises
    ------
    DataError
        With every fault found: what `edaphon.data.points.read_points` refuses, unknown columns,
        text among numbers, a unit that does not fit the indicator, most values impossible, a unit
        trap (see `edaphon.data.indicators.check_units`), dates and weights that cannot be read, or
        no row left.
    """
    points = read_points(config, name) if points is None else points
    section = config.surrogates[name]
    response, kept, findings = _response(config, name, section, points)
    told = row_facts(config, name, points)
    table, found = predictors_at(config, name, landscape, predictors, points, year=told.year)
    kept &= told.complete
    complete, dropped = complete_rows(config, name, table, kept, points)
    found += [*told.findings, *dropped, *place_findings(config, name, landscape, points)]
    raise_errors([*findings, *found])
    rows = np.flatnonzero(kept & complete)
    x, y = transform_points(
        points.longitude[rows], points.latitude[rows], WGS84, local_projection(landscape)
    )
    return Samples(
        name=name,
        response=response[rows],
        unit=section.unit,
        predictors=table.iloc[rows].reset_index(drop=True),
        x=x,
        y=y,
        longitude=points.longitude[rows],
        latitude=points.latitude[rows],
        group=told.group[rows] if told.group is not None else None,
        findings=(*points.findings, *findings, *found),
        source=points.source,
        weight=told.weight[rows] if told.weight is not None else None,
        year=told.year[rows] if told.year is not None else None,
        sets=predictors.sets,
        lines=points.table.index.to_numpy(dtype=np.int64)[rows],
    )


def _response(
    config: Config, name: str, section: SurrogateSection, points: SamplePoints
) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[Finding]]:
    """Return the response, which rows have a possible one, and the findings."""
    key, table = f"surrogates.{name}", points.table
    findings = []
    if section.response not in table.columns:
        place = config.where(f"{key}.response")
        findings.append(unknown_column(place, section.response, table.columns, points.source))
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
    for column in points.table.columns:
        if str(column).casefold() == METHOD:
            texts = as_text(points.table[column])[kept & ~beyond]
            findings += check_methods(texts, indicator, f"{points.source}: {column}")
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
