"""Columns that a landscape gains: soil quantities derived of others, and soil health."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.config.quantity import parse_depth
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.soil.contamination import SLUDGE_LIMITS_MG_KG
from edaphon.soil.derived import DERIVED, derive
from edaphon.surrogates.soil_health import health_columns, health_names
from edaphon.surrogates.soil_inputs import (
    SoilSource,
    check_soil_names,
    find_soil,
    missing_soil,
    soil_values,
)
from edaphon.surrogates.stock import StateInputs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.surrogates.state import Prediction


@dataclass(frozen=True)
class SoilColumns:
    """What a landscape gains.

    Attributes
    ----------
    columns : dict of str to array, shape (n_units,)
        Numbers (nan where unknown), or words (None where unknown).
    expected : tuple of str
        Columns that wait for a surrogate.
    findings : tuple of Finding
    """

    columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    expected: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def with_soil_columns(config: Config, landscape: Landscape) -> Landscape:
    """Return the landscape with the soil columns that its own columns give.

    Parameters
    ----------
    config : Config
        ``landscape.derive`` and ``soil_health`` say which.
    landscape : Landscape

    Returns
    -------
    Landscape
        Columns that need a surrogate's prediction are among its `expected` ones.

    Raises
    ------
    DataError
        With the landscape as `partial`, which expects all these columns, and every fault found:
        properties that nothing holds or several columns hold, units that
        do not fit, names that are taken, quantities that no unit allows to compute.
    """
    made = _computed(StateInputs(config, landscape, {}, {}, ()))
    wider = replace(
        landscape,
        attributes=landscape.attributes.assign(**made.columns),
        expected=(*landscape.expected, *made.expected),
        findings=(*landscape.findings, *made.findings),
    )
    if any(found.severity == "error" for found in made.findings):
        asked = (one for name in config.landscape.derive for one in _names_of(name, ()))
        lost = (one for one in (*asked, *health_names(config)) if one not in made.columns)
        names = tuple(dict.fromkeys((*wider.expected, *lost)))
        raise DataError(made.findings, partial=replace(wider, expected=names))
    return wider


def soil_columns(
    config: Config,
    landscape: Landscape,
    predictions: Mapping[str, Prediction],
    units: Mapping[str, str],
) -> SoilColumns:
    """Compute the soil columns that waited for surrogates.

    Parameters
    ----------
    config : Config
    landscape : Landscape
        As `with_soil_columns` returned it.
    predictions : mapping of str to Prediction
        What each surrogate says of the units.
    units : mapping of str to str
        Unit of each surrogate's response.

    Returns
    -------
    SoilColumns

    Raises
    ------
    DataError
        As `with_soil_columns`, without `partial`.
    """
    if not predictions or not landscape.expected:
        return SoilColumns()
    made = _computed(StateInputs(config, landscape, predictions, units, ()))
    raise_errors(made.findings)
    return made


def _computed(inputs: StateInputs) -> SoilColumns:
    """Compute what can be computed; everything else is among the expected columns or findings."""
    config = inputs.config
    made = SoilColumns()
    if not inputs.predictions:
        made = replace(made, findings=tuple(check_soil_names(config)))
    for position, name in enumerate(config.landscape.derive):
        where = config.where("landscape.derive", position)
        made = _joined(made, _quantity(inputs, name, where))
    if config.soil_health is not None:
        made = _joined(made, _health(inputs, made))
    findings = (*made.findings, *_learned_from(config, made.expected))
    return replace(made, findings=tuple(dict.fromkeys(findings)))


def _joined(one: SoilColumns, other: SoilColumns) -> SoilColumns:
    return SoilColumns(
        {**one.columns, **other.columns},
        (*one.expected, *other.expected),
        (*one.findings, *other.findings),
    )


def _quantity(inputs: StateInputs, name: str, where: str) -> SoilColumns:
    """Compute one quantity, or say what it waits for, or what is wrong."""
    try:
        sources = _sources(inputs, name, where)
    except DataError as error:
        return SoilColumns(findings=error.findings)
    names = _names_of(name, sources)
    if inputs.predictions and names[0] not in inputs.landscape.expected:
        return SoilColumns()
    columns: dict[str, NDArray[np.float64]] = {}
    findings = [] if inputs.predictions else _taken(inputs.landscape, names, where)
    for source in sources:
        values, doubts = soil_values(inputs, source)
        if values is None:
            return SoilColumns(expected=names, findings=tuple(findings))
        columns[source.name] = values.mean
        findings += doubts
    if any(found.severity == "error" for found in findings):
        return SoilColumns(findings=tuple(findings))
    top, bottom = parse_depth(inputs.config.soil.depth)
    try:
        found = derive(
            name,
            columns,
            depth_cm=bottom - top,
            limits=inputs.config.soil.limits,
            rows=inputs.landscape.ids,
            where=where,
        )
    except DataError as error:
        return SoilColumns(findings=(*findings, *error.findings))
    return SoilColumns(found.columns, (), (*findings, *found.findings))


def _sources(inputs: StateInputs, name: str, where: str) -> list[SoilSource]:
    """Find what a quantity needs and may use.

    Raises
    ------
    DataError
        Where something needed stands nowhere, or it is not clear where.
    """
    config, landscape = inputs.config, inputs.landscape
    recipe, found, findings = DERIVED[name], list[SoilSource](), list[Finding]()
    for key in (*recipe.needs, *recipe.may_use):
        try:
            source = find_soil(config, landscape, key, inputs.units)
        except DataError as error:
            findings += error.findings
            continue
        if source is not None:
            found.append(source)
        elif key in recipe.needs:
            findings.append(missing_soil(config, landscape, key, asker=name, where=where))
    metals = [one.name for one in found if one.name in SLUDGE_LIMITS_MG_KG]
    if name == "exceedance" and not metals and not findings:
        known = ", ".join(SLUDGE_LIMITS_MG_KG)
        what = f"{name} needs a column of metals ({known}), and {landscape.source} has none"
        hint = "Name it: soil: {columns: {zinc: COLUMN}}."
        findings.append(Finding(where, what, hint))
    raise_errors(findings)
    return found


def _names_of(name: str, sources: Iterable[SoilSource]) -> tuple[str, ...]:
    """Return the columns that a quantity gives."""
    if name != "exceedance":
        return (name,)
    metals = [f"exceedance_{one.name}" for one in sources if one.name in SLUDGE_LIMITS_MG_KG]
    return ("exceedance_ratio", "exceeded", "exceeded_metals", *metals)


def _taken(landscape: Landscape, names: Iterable[str], where: str) -> list[Finding]:
    """Say which names the landscape has already."""
    columns = {str(column) for column in landscape.attributes.columns}
    return [
        Finding(
            where,
            f"{landscape.source} has a column '{name}' already",
            "Rename that column, or do not derive it.",
        )
        for name in names
        if name in columns
    ]


def _learned_from(config: Config, expected: Iterable[str]) -> list[Finding]:
    """Say which predictors would have to be known before the surrogate that they are made of."""
    return [
        Finding(
            config.where("predictors.columns", config.predictors.columns.index(name)),
            f"{name} is made of what a surrogate predicts, so no surrogate can learn from it",
            "Name the columns that it is made of, or give its inputs as columns.",
        )
        for name in expected
        if name in config.predictors.columns
    ]


def _health(inputs: StateInputs, made: SoilColumns) -> SoilColumns:
    """Score soil health on the columns so far."""
    config, names = inputs.config, health_names(inputs.config)
    where = config.where("soil_health")
    if inputs.predictions and names[0] not in inputs.landscape.expected:
        return SoilColumns()
    taken = [] if inputs.predictions else _taken(inputs.landscape, names, where)
    if taken or any(found.severity == "error" for found in made.findings):
        return SoilColumns(findings=tuple(taken))
    table = inputs.landscape.attributes.assign(**made.columns)
    wider = replace(inputs, landscape=replace(inputs.landscape, attributes=table))
    try:
        columns, findings = health_columns(wider, made.expected)
    except DataError as error:
        return SoilColumns(findings=error.findings)
    return SoilColumns(columns, () if columns else names, findings)
