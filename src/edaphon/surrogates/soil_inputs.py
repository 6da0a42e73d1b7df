"""Where soil properties of the units stand: in columns of the landscape, or in surrogates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.data.columns import unit_numbers
from edaphon.data.indicators import (
    check_units,
    indicator_of,
    indicators,
    unit_factor,
    unit_in_name,
)
from edaphon.data.messages import name_some
from edaphon.errors import DataError, Finding
from edaphon.surrogates.state import Prediction, certain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.surrogates.stock import StateInputs


@dataclass(frozen=True)
class SoilSource:
    """Where one property stands.

    Attributes
    ----------
    name : str
        Of the registry.
    column, surrogate : str
        One of the two is "".
    unit : str
    where : str
        Place in the config, or file and column, for findings.
    """

    name: str
    column: str
    surrogate: str
    unit: str
    where: str


def check_soil_names(config: Config) -> list[Finding]:
    """Return a finding for each key of ``soil.columns`` and ``soil.units`` that is no indicator."""
    return [
        Finding(
            config.where(f"soil.{key}.{name}"),
            f"'{name}' is no indicator that we know",
            did_you_mean(name, indicators()),
        )
        for key in ("columns", "units")
        for name in getattr(config.soil, key)
        if name not in indicators()
    ]


def find_soil(
    config: Config, landscape: Landscape, name: str, units: Mapping[str, str]
) -> SoilSource | None:
    """Find where a property of the units stands.

    Parameters
    ----------
    config : Config
        ``soil.columns`` goes before names; columns go before surrogates.
    landscape : Landscape
    name : str
        Of the registry.
    units : mapping of str to str
        Unit of each surrogate's response, as far as it is known.

    Returns
    -------
    SoilSource or None
        None where nothing holds it.

    Raises
    ------
    DataError
        If the config names something that is not there, several columns or surrogates fit, or the
        unit is none of the property's.
    """
    columns = [str(column) for column in landscape.attributes.columns]
    learned = {key: one for key, one in config.surrogates.items() if one.learns == "state"}
    place = config.where(f"soil.columns.{name}")
    told = config.soil.columns.get(name, "")
    if told and told not in columns and told not in learned:
        what = f"'{told}' is no column of {landscape.source} and no state surrogate"
        raise DataError(Finding(place, what, did_you_mean(told, [*columns, *learned])))
    fitting = [told] if told in columns else []
    if not told:
        fitting = [one for one in columns if _stands_for(name, one)]
    if len(fitting) > 1:
        what = f"{name} stands in several columns of {landscape.source} ({name_some(fitting)})"
        hint = f"Say which: soil: {{columns: {{{name}: {fitting[0]}}}}}."
        raise DataError(Finding(place, what, hint))
    if fitting:
        where = place if told else f"{landscape.source}: {fitting[0]}"
        return _source(config, name, where, column=fitting[0])
    taught = [told] if told else []
    if not told:
        taught = [
            key
            for key, one in learned.items()
            if _stands_for(name, *((one.indicator,) if one.indicator else (one.response, key)))
        ]
    if len(taught) > 1:
        what = f"several surrogates learn {name} ({name_some(taught)})"
        hint = f"Say which: soil: {{columns: {{{name}: {taught[0]}}}}}."
        raise DataError(Finding(place, what, hint))
    if not taught:
        return None
    unit = units.get(taught[0], learned[taught[0]].unit)
    return _source(config, name, place, surrogate=taught[0], unit=unit)


def _stands_for(name: str, *words: str) -> bool:
    found = indicator_of(*words)
    return found is not None and found.name == name


def _source(
    config: Config, name: str, where: str, *, column: str = "", surrogate: str = "", unit: str = ""
) -> SoilSource:
    """Settle the unit of a source."""
    indicator = indicators()[name]
    stated = config.soil.units.get(name, "")
    unit = stated or unit or unit_in_name(column, indicator) or indicator.unit
    if unit_factor(unit, indicator.unit) is None:
        where = config.where(f"soil.units.{name}") if stated else where
        what = f"{unit} is no unit of {indicator.title.lower()}"
        raise DataError(Finding(where, what, f"Write one of {', '.join(indicator.units)}."))
    return SoilSource(name, column, surrogate, unit, where)


def missing_soil(
    config: Config, landscape: Landscape, name: str, *, asker: str, where: str
) -> Finding:
    """Return the finding that nothing holds a property that something needs.

    Parameters
    ----------
    config : Config
    landscape : Landscape
    name : str
        Of the registry.
    asker : str
        What needs it.
    where : str
        Its place in the config.
    """
    title = indicators()[name].title.lower()
    known = [*map(str, landscape.attributes.columns), *config.surrogates]
    return Finding(
        where,
        f"{asker} needs {name} ({title}), and no column of {landscape.source} and no surrogate "
        "is known to hold it",
        f"Name it under soil: {{columns: {{{name}: COLUMN}}}}; {did_you_mean(name, known)}",
    )


def soil_values(
    inputs: StateInputs, source: SoilSource
) -> tuple[Prediction | None, tuple[Finding, ...]]:
    """Return a property of the units in the unit of the registry.

    Parameters
    ----------
    inputs : StateInputs
    source : SoilSource

    Returns
    -------
    values : Prediction or None
        Columns without spread, nan where missing; None where the surrogate has not predicted yet.
    findings : tuple of Finding
        An error for text among the numbers; a warning where the values look as if they were in
        another unit.
    """
    indicator = indicators()[source.name]
    factor = unit_factor(source.unit, indicator.unit) or 1.0
    if source.surrogate:
        told = inputs.predictions.get(source.surrogate)
        return (None if told is None else told.scaled(factor)), ()
    landscape = inputs.landscape
    values, faults = unit_numbers(landscape, source.column)
    known = np.isfinite(values)
    if faults or not known.any():
        return certain(values * factor), faults
    doubts = check_units(
        values[known],
        source.unit,
        indicator,
        table=landscape.attributes[known],
        latitude=landscape.latitude[known],
        column=source.column,
        where=source.where,
    )
    if source.name in inputs.config.soil.units:  # whoever states the unit knows better
        doubts = ()
    hint = f"State their unit: soil: {{units: {{{source.name}: {indicator.units[-1]}}}}}, or "
    hint += f"{source.unit} if that is right."
    said = tuple(replace(one, hint=hint, severity="warning") for one in doubts)
    return certain(values * factor), said
