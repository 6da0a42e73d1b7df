"""The predictors of every planning unit, from columns and rasters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.data.columns import categorical, code_type, unit_numbers
from edaphon.data.geometry import WGS84, local_projection, transform_points
from edaphon.data.landscape import Predictors
from edaphon.data.layers import (
    date_for_units,
    dates_of,
    layers_of,
    place_of,
    raster_columns,
    read_dated,
    sets_of,
)
from edaphon.data.messages import counted, name_some, unknown_column
from edaphon.data.rasters import unit_values
from edaphon.errors import DataError, Finding

if TYPE_CHECKING:
    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape


_TEXT_HINT = (
    "Write numbers only, with decimal points, or list the column under predictors: "
    "{categories: [...]}."
)


def read_predictors(config: Config, landscape: Landscape) -> Predictors:
    """Read the predictors of all units: columns of the landscape, rasters, what derives of them.

    Parameters
    ----------
    config : Config
    landscape : Landscape

    Returns
    -------
    Predictors
        Columns as float64, predictors listed in ``predictors.categories`` as categoricals (of all
        codes that the raster or the column holds); then the sets of `edaphon.data.layers`.

    Raises
    ------
    DataError
        With every fault found: unknown columns, text among numbers, rasters that
        cannot be read, and missing values where ``predictors.missing`` is refuse. Its `partial`
        holds the predictors that could be read, for further checks.
    """
    section, findings = config.predictors, _unknown_columns(config, landscape)
    columns: dict[str, pd.Series] = {}
    places = {}
    for k, name in enumerate(section.columns):
        if name in landscape.attributes.columns:
            places[name] = config.where("predictors.columns", k)
            given = landscape.attributes[name]
            if name in section.categories:
                columns[name] = categorical(given, code_type(given))
                continue
            numbers, faults = unit_numbers(landscape, name, _TEXT_HINT)
            findings += faults
            if not faults:
                columns[name] = pd.Series(numbers)
    for name in section.rasters:
        places[name] = place_of(config, name, date_for_units(config, name))
        try:
            read, notes = _raster_columns(config, name, landscape)
        except DataError as fault:
            findings += fault.findings
            continue
        columns |= read
        findings += notes
    order = [*section.columns, *(one.name for one in raster_columns(config))]
    ordered = {name: columns[name] for name in order if name in columns}
    table = pd.DataFrame(ordered, index=pd.RangeIndex(landscape.n_units))
    table, missing = _handle_missing(table, landscape, section.missing, places)
    findings += missing
    x, y = transform_points(
        landscape.longitude, landscape.latitude, WGS84, local_projection(landscape)
    )
    sets = {
        family: tuple(name for name in names if name in table.columns)
        for family, names in sets_of(config).items()
    }
    predictors = Predictors(table=table, x=x, y=y, findings=tuple(findings), sets=sets)
    if any(finding.severity == "error" for finding in findings):
        raise DataError(findings, partial=predictors)
    return predictors


def _raster_columns(
    config: Config, name: str, landscape: Landscape
) -> tuple[dict[str, pd.Series], list[Finding]]:
    """Read a raster, and what derives of it, at the units."""
    category = name in config.predictors.categories
    columns: dict[str, pd.Series] = {}
    findings: list[Finding] = []
    for layer in layers_of(config, name, date_for_units(config, name)):
        values, notes = unit_values(landscape, layer.raster, layer.where, category=category)
        columns[layer.column.name] = pd.Series(values)
        findings += notes if not layer.column.family else ()
    if category:
        codes = _codes(config, name)
        columns[name] = categorical(columns[name], code_type(codes))
    return columns, findings


def _codes(config: Config, name: str) -> pd.Series:
    """Every code that a raster of codes holds, at any of its dates."""
    held = [
        np.unique(raster.values[np.isfinite(raster.values)])
        for raster in (
            read_dated(config, name, date) for date in range(max(1, len(dates_of(config, name))))
        )
    ]
    return pd.Series(np.unique(np.concatenate(held)))


def _unknown_columns(config: Config, landscape: Landscape) -> list[Finding]:
    known = [str(name) for name in landscape.attributes.columns]
    return [
        unknown_column(config.where("predictors.columns", k), name, known, landscape.source)
        for k, name in enumerate(config.predictors.columns)
        if name not in known
    ]


def _handle_missing(
    table: pd.DataFrame, landscape: Landscape, policy: str, places: dict[str, str]
) -> tuple[pd.DataFrame, list[Finding]]:
    """Treat missing values as the config says; derived columns follow what they derive of."""
    findings, filled = [], {}
    for name in map(str, table.columns):
        missing = table[name].isna().to_numpy()
        if not missing.any():
            continue
        if name not in places:
            if policy == "impute":
                filled[name] = table[name].fillna(table[name].median())
            continue
        units = f"no finite value of {name} in {counted(missing.sum(), 'unit')}"
        some = f"({name_some(landscape.ids[missing])})"
        if policy == "impute" and not missing.all():
            known = table[name].dropna()
            text = isinstance(known.dtype, pd.CategoricalDtype)
            middle = known.mode().iloc[0] if text else known.median()
            filled[name] = table[name].fillna(middle)
            which = "most frequent code" if text else "median"
            what = f"{units}; imputed by the {which} {middle} {some}"
            findings.append(Finding(places[name], what, severity="note"))
        elif policy == "baseline" and not missing.all():
            what = f"{units}; they keep the baseline {some}"
            findings.append(Finding(places[name], what, severity="note"))
        else:
            hint = "Fill them in, or write predictors: {missing: impute} or {missing: baseline}."
            if missing.all():
                hint = "Fill it in, or take it out of the predictors."
            what = f"{units} {some}"
            findings.append(Finding(places[name], what, hint))
    return table.assign(**filled), findings
