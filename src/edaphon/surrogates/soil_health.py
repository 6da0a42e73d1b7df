"""Soil health of the units, by the indicators and curves of the config."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.config.derivable import how_to_derive
from edaphon.config.suggest import did_you_mean
from edaphon.data.columns import as_text, unit_numbers
from edaphon.data.indicators import better_of, indicators
from edaphon.data.messages import unknown_column
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.soil.derived import DERIVED
from edaphon.soil.health import (
    Curve,
    LessIsBetter,
    MoreIsBetter,
    Optimum,
    Trapezoid,
    soil_health,
)
from edaphon.surrogates.soil_inputs import find_soil, missing_soil, soil_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.config.soil import CurveSection, HealthSection
    from edaphon.data.landscape import Landscape
    from edaphon.surrogates.stock import StateInputs

SCORE, LIMITING = "soil_health", "soil_health_limiting"


def health_names(config: Config) -> tuple[str, ...]:
    """Return the columns that a config's soil health gives: the score first."""
    if config.soil_health is None:
        return ()
    parts = (f"{SCORE}_{name}" for name in config.soil_health.indicators)
    return (SCORE, *parts, LIMITING)


def health_columns(
    inputs: StateInputs, expected: Collection[str]
) -> tuple[dict[str, NDArray[Any]], tuple[Finding, ...]]:
    """Score every unit.

    Parameters
    ----------
    inputs : StateInputs
        With the derived columns among the landscape's attributes.
    expected : collection of str
        Columns that wait for a surrogate, besides those that the landscape expects.

    Returns
    -------
    columns : dict of str to array, shape (n_units,)
        By the names of `health_names`; empty where the score waits for a surrogate.
    findings : tuple of Finding

    Raises
    ------
    DataError
        With every fault found.
    """
    config, landscape = inputs.config, inputs.landscape
    section = _section(config)
    waiting = {*expected, *landscape.expected} - set(map(str, landscape.attributes.columns))
    given: dict[str, NDArray[np.float64]] = {}
    curves: dict[str, Curve] = {}
    findings: list[Finding] = []
    late = section.stratum in waiting
    for name, curve in section.indicators.items():
        values, found = (None, ()) if name in waiting else _values(inputs, name)
        findings += found
        late |= values is None and not found
        shape = _curve(config, name, curve)
        if values is not None and not isinstance(shape, Finding):
            given[name], curves[name] = values, shape
        elif isinstance(shape, Finding) and not found:
            findings.append(shape)
    stratum, faults = _stratum(inputs, section, waiting)
    raise_errors([*findings, *faults])
    if late:
        return {}, ()
    try:
        score = soil_health(given, curves, stratum=stratum, combine=section.combine)
    except DataError as error:
        where = config.where("soil_health")
        raise DataError(tuple(replace(one, where=where) for one in error.findings)) from error
    words = score.limiting.astype(object)
    words[score.limiting == ""] = None
    parts = {f"{SCORE}_{name}": values for name, values in score.parts.items()}
    said = tuple(replace(one, where=config.where("soil_health")) for one in score.findings)
    return {SCORE: score.score, **parts, LIMITING: words}, (*findings, *said)


def health_record(section: HealthSection | None, landscape: Landscape) -> dict[str, Any]:
    """Return the score of a landscape and its parts, for run.json and the report.

    Parameters
    ----------
    section : HealthSection or None
    landscape : Landscape
        With the columns of `health_names`.

    Returns
    -------
    dict
        combine, stratum, and rows: the score first, then each part, with name, title (of the
        registry, or ""), n_known (units), the quartiles lower, median and upper, and the hectares
        in which the part is the lowest (limiting_ha). Empty without a score.
    """
    table = landscape.attributes
    if section is None or SCORE not in table.columns:
        return {}
    limiting = as_text(table[LIMITING])
    rows = []
    for name in ("", *section.indicators):
        values = table[f"{SCORE}_{name}" if name else SCORE].to_numpy(np.float64)
        known = values[np.isfinite(values)]
        low, middle, high = np.quantile(known, (0.25, 0.5, 0.75)) if len(known) else (np.nan,) * 3
        worst = landscape.area_ha[limiting == name].sum() if name else None
        rows.append(
            {
                "name": name or SCORE,
                "title": indicators()[name].title if name in indicators() else "",
                "n_known": len(known),
                "lower": float(low),
                "median": float(middle),
                "upper": float(high),
                "limiting_ha": None if worst is None else float(worst),
            }
        )
    return {"combine": section.combine, "stratum": section.stratum, "rows": rows}


def _section(config: Config) -> HealthSection:
    if config.soil_health is None:
        raise ValueError("the config asks for no soil health")
    return config.soil_health


def _curve(config: Config, name: str, given: CurveSection) -> Curve | Finding:
    """Return the curve of an indicator, or what is missing."""
    if given.best is not None and given.width is not None:
        return Optimum(given.best, given.width)
    corners = (given.low, given.good_from, given.good_to, given.high)
    known = [corner for corner in corners if corner is not None]
    if len(known) == len(corners):
        return Trapezoid(*known)
    better: str = given.better
    if better == "registry":
        better = DERIVED[name].better if name in DERIVED else better_of(name)
    if better in ("higher", "lower"):
        made = MoreIsBetter if better == "higher" else LessIsBetter
        return made(given.mean, given.sd)
    where = config.where(f"soil_health.indicators.{name}")
    what = f"of {name} neither more nor less is known to be better"
    return Finding(where, what, "Write better: higher or lower, or give best and width.")


def _values(
    inputs: StateInputs, name: str
) -> tuple[NDArray[np.float64] | None, tuple[Finding, ...]]:
    """Return one indicator of the units; None where it waits for a surrogate, or is faulty."""
    config, landscape = inputs.config, inputs.landscape
    where = config.where(f"soil_health.indicators.{name}")
    if name in landscape.attributes.columns and name not in config.soil.columns:
        return unit_numbers(landscape, name)
    if name not in indicators():
        known = [*map(str, landscape.attributes.columns), *indicators()]
        what = f"'{name}' is no column of {landscape.source} and no indicator that we know"
        return None, (Finding(where, what, did_you_mean(name, known)),)
    try:
        source = find_soil(config, landscape, name, inputs.units)
    except DataError as error:
        return None, error.findings
    if source is None:
        return None, (missing_soil(config, landscape, name, asker="soil health", where=where),)
    values, findings = soil_values(inputs, source)
    return (None if values is None else values.mean), findings


def _stratum(
    inputs: StateInputs, section: HealthSection, waiting: Collection[str]
) -> tuple[NDArray[np.str_] | None, list[Finding]]:
    """Return the class of each unit, None for one class."""
    landscape = inputs.landscape
    if not section.stratum or section.stratum in waiting:
        return None, []
    if section.stratum in landscape.attributes.columns:
        return as_text(landscape.attributes[section.stratum]), []
    where = inputs.config.where("soil_health.stratum")
    names = landscape.attributes.columns
    found = unknown_column(where, section.stratum, names, landscape.source)
    return None, [replace(found, hint=how_to_derive(section.stratum) or found.hint)]
