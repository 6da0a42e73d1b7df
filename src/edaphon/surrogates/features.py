"""What each feature that the config names is today: from a surrogate, a column, or relative."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.config.sections import FeatureSection
from edaphon.config.space import LINKED
from edaphon.config.suggest import did_you_mean
from edaphon.config.units import parse_unit
from edaphon.data.columns import unit_numbers
from edaphon.data.indicators import check_units, impossible, indicator_of, unit_factor
from edaphon.data.messages import counted, name_some, unknown_column
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.surrogates.state import Prediction, State, certain
from edaphon.surrogates.stock import StateInputs, stock_layer
from edaphon.surrogates.water import Water, available_water_state

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape

_SHARES = ("percent", "pH", "count")
_AREAS = ("/m2", "/m\N{SUPERSCRIPT TWO}", "/m^2", "/km2", " m-2")
_LANDS = ("ha", "m", "km", "cm", "dm", "acre")
RELATIVE_AMOUNT = 100.0
"""State per ha of a feature that nobody measured: its effects are hectares x percent."""


@dataclass(frozen=True)
class _Amount:
    """State of one feature per ha, with what has to be said of it."""

    unit: str
    prediction: Prediction
    source: str
    findings: tuple[Finding, ...] = ()
    water: Water | None = None


def feature_places(config: Config) -> dict[str, str]:
    """Return every feature that a config names, with the place where it is named first.

    Parameters
    ----------
    config : Config

    Returns
    -------
    dict of str to str
        Keys of ``features``, then what objectives maximize, then targets and safeguards.
    """
    places = {name: config.where(f"features.{name}") for name in config.features}
    for key, objective in config.objectives.items():
        for k, name in enumerate(objective.maximize):
            if name not in LINKED or name in config.surrogates:
                places.setdefault(name, config.where(f"objectives.{key}.maximize", k))
    for section in ("targets", "keep"):
        for name in getattr(config.constraints, section):
            places.setdefault(name, config.where(f"constraints.{section}.{name}"))
    return places


def build_state(
    config: Config,
    landscape: Landscape,
    predictions: Mapping[str, Prediction],
    units: Mapping[str, str],
    outcomes: Collection[str],
) -> State:
    """Give every feature its amount per hectare today.

    Parameters
    ----------
    config : Config
    landscape : Landscape
        n_units units.
    predictions : mapping of str to Prediction
        What each surrogate predicts of the units, shape (n_units,).
    units : mapping of str to str
        Unit of each surrogate's response.
    outcomes : collection of str
        Outcomes of the catalogue; as feature names they are relative.

    Returns
    -------
    State
        Arrays of shape (n_units, n_features), features in the order of `feature_places`. Masses
        per area are brought to t/ha; a concentration with a depth becomes a stock in t/ha
        (`edaphon.surrogates.stock`). Columns have no spread; relative features are 100 per ha.

    Raises
    ------
    DataError
        With every fault found: names that are neither feature, surrogate nor outcome, unknown
        columns, text or missing values in columns, units that do not fit.
    """
    inputs = StateInputs(config, landscape, predictions, units, outcomes)
    amounts: dict[str, _Amount] = {}
    findings: list[Finding] = []
    for name, place in feature_places(config).items():
        found = _amount(inputs, name, place)
        if isinstance(found, _Amount):
            amounts[name] = found
            findings += found.findings
        else:
            findings += found
    noted = raise_errors(findings)
    return _assemble(amounts, landscape.n_units, noted)


def _assemble(amounts: dict[str, _Amount], n_units: int, findings: tuple[Finding, ...]) -> State:
    """Lay the amounts side by side."""

    def stacked(field: str, kind: type) -> NDArray[Any]:
        columns = [getattr(amount.prediction, field) for amount in amounts.values()]
        return np.column_stack(columns).astype(kind) if columns else np.zeros((n_units, 0), kind)

    def levers(field: str) -> NDArray[np.float64] | None:
        waters = [amount.water for amount in amounts.values()]
        if not any(waters):
            return None
        nothing = np.full(n_units, np.nan)
        return np.column_stack([getattr(one, field) if one else nothing for one in waters])

    return State(
        features=tuple(amounts),
        units=tuple(amount.unit for amount in amounts.values()),
        mean=stacked("mean", float),
        sd=stacked("sd", float),
        lower=stacked("lower", float),
        upper=stacked("upper", float),
        applicable=stacked("applicable", bool),
        relative=np.array([amount.source == "relative" for amount in amounts.values()], bool),
        source=tuple(amount.source for amount in amounts.values()),
        findings=findings,
        lever=levers("lever"),
        lever_sd=levers("lever_sd"),
    )


def _amount(inputs: StateInputs, name: str, place: str) -> _Amount | list[Finding]:
    """State of one feature, or what is wrong with it."""
    section = inputs.config.features.get(name, FeatureSection())
    if section.model == "saxton_rawls":
        return _from_texture(inputs, name)
    if section.model == "threats":
        return _from_threats(inputs, name)
    if section.column:
        return _from_column(inputs, name, section)
    if section.source or name in inputs.predictions:
        return _from_surrogate(inputs, name, section, place)
    if name in inputs.outcomes or section.response_of in inputs.outcomes:
        flat = certain(np.full(inputs.landscape.n_units, RELATIVE_AMOUNT))
        return _Amount("%", flat, "relative")
    return [_unknown(inputs.config, inputs.predictions, inputs.outcomes, name, place)]


def unknown_features(config: Config, outcomes: Collection[str]) -> list[Finding]:
    """Find the names of features that nothing stands behind; parameters as `build_state`."""
    found = []
    for name, place in feature_places(config).items():
        section = config.features.get(name, FeatureSection())
        made = section.model in ("saxton_rawls", "threats") or section.column or section.source
        if not (made or name in config.surrogates or {name, section.response_of} & {*outcomes}):
            found.append(_unknown(config, config.surrogates, outcomes, name, place))
    return found


def _unknown(
    config: Config, surrogates: Iterable[str], outcomes: Iterable[str], name: str, place: str
) -> Finding:
    """Say that a name has no state, and which name was perhaps meant."""
    known = [*config.features, *surrogates, *outcomes, *LINKED]
    hint = did_you_mean(name, [choice for choice in known if choice != name])
    if name in config.features:
        what = f"the feature {name} has no column, no surrogate (from) and no known response_of"
        return Finding(place, what, f"Give it one of them, or mend its name ({hint}).")
    return Finding(place, f"'{name}' is no feature, no surrogate and no outcome", hint)


def _from_column(
    inputs: StateInputs, name: str, section: FeatureSection
) -> _Amount | list[Finding]:
    """Amount per ha from a landscape column."""
    landscape = inputs.landscape
    place = inputs.config.where(f"features.{name}.column")
    if section.column not in landscape.attributes.columns:
        names = landscape.attributes.columns
        return [unknown_column(place, section.column, names, landscape.source)]
    findings = []
    if not section.unit:
        where = inputs.config.where(f"features.{name}")
        what = f"the column {section.column} has no unit"
        findings.append(Finding(where, what, f"Write features.{name}.unit, as unit: t/ha."))
    elif not _per_land(section.unit):
        where = inputs.config.where(f"features.{name}.unit")
        what = f"{section.unit} is no amount per unit of land"
        findings.append(Finding(where, what, f"Write it per hectare, as {section.unit}/ha."))
    values, faults = unit_numbers(landscape, section.column)
    findings += faults
    missing = ~np.isfinite(values)
    if missing.any() and not faults:
        some = f"{counted(missing.sum(), 'unit')} ({name_some(landscape.ids[missing])})"
        what = f"no finite number in {some}"
        hint = "Fill in numbers (0 where there is none), or leave these units out."
        findings.append(Finding(f"{landscape.source}: {section.column}", what, hint))
    if section.unit:
        findings += _doubts(inputs, name, section, values)
    if any(finding.severity == "error" for finding in findings):
        return findings
    factor, unit = _per_hectare(section.unit)
    told = certain(values * factor)
    return _Amount(unit, told, f"column {section.column}", tuple(findings))


def _from_threats(inputs: StateInputs, name: str) -> _Amount | list[Finding]:
    """Take the combined threat from the column that the section `threats` adds."""
    table = inputs.landscape.attributes
    if inputs.config.threats is None or "threat" not in table.columns:
        where = inputs.config.where(f"features.{name}.model")
        hint = "Write threats: {layers: {erosion: COLUMN}}."
        return [Finding(where, f"{name} counts threats, and none are named", hint)]
    return _Amount("point", certain(table["threat"].to_numpy(dtype=float)), "threats")


def _from_texture(inputs: StateInputs, name: str) -> _Amount | list[Finding]:
    """Available water in m3/ha, from sand, clay and organic carbon."""
    try:
        water = available_water_state(inputs, name)
    except DataError as error:
        return list(error.findings)
    return _Amount("m3/ha", water.amount, "sand, clay and carbon", water.findings, water)


def _doubts(
    inputs: StateInputs, name: str, section: FeatureSection, values: NDArray[np.float64]
) -> list[Finding]:
    """Compare a column with the indicator that its name or the feature's stands for.

    Impossible values are an error, a median that another unit would make plausible a warning.
    """
    landscape, known = inputs.landscape, np.isfinite(values)
    indicator = indicator_of(section.column, name)
    if indicator is None or unit_factor(section.unit, indicator.unit) is None or not known.any():
        return []
    beyond = known & impossible(values, section.unit, indicator)
    if beyond.any():
        low, high = indicator.possible
        what = (
            f"outside the possible {low:g} to {high:g} {indicator.unit} of "
            f"{indicator.title.lower()} in {counted(beyond.sum(), 'unit')} "
            f"({name_some(landscape.ids[beyond])})"
        )
        hint = f"Mend these values, or the unit of the feature ({section.unit})."
        return [Finding(f"{landscape.source}: {section.column}", what, hint)]
    found = check_units(
        values[known],
        section.unit,
        indicator,
        table=landscape.attributes[known],
        latitude=landscape.latitude[known],
        column=section.column,
        where=inputs.config.where(f"features.{name}.unit"),
        skip="if they are right, nothing has to be done.",
    )
    return [replace(finding, severity="warning") for finding in found]


def _from_surrogate(
    inputs: StateInputs, name: str, section: FeatureSection, place: str
) -> _Amount | list[Finding]:
    """Amount per ha from a surrogate's prediction, as a stock where a depth is given."""
    source = section.source or name
    if source not in inputs.predictions:
        where = inputs.config.where(f"features.{name}.from")
        what = f"there is no surrogate '{source}'"
        return [Finding(where, what, did_you_mean(source, inputs.predictions))]
    told, unit = inputs.predictions[source], inputs.units[source]
    if not section.depth:
        stray = [key for key in ("bulk_density", "coarse") if getattr(section, key)]
        if stray:
            what = f"{' and '.join(stray)} of {name} need a depth to make a stock"
            return [Finding(place, what, "Write depth: 0-30 cm.")]
        factor, per_hectare = _per_hectare(unit)
        return _Amount(per_hectare, told.scaled(factor), f"surrogate {source}")
    layer = stock_layer(inputs, name, source)
    if not isinstance(layer.stock, Prediction):
        return list(layer.findings)
    return _Amount("t/ha", layer.stock, f"surrogate {source}", layer.findings)


def _per_land(unit: str) -> bool:
    """Return whether an amount in this unit times an area makes sense."""
    parts = parse_unit(unit)
    if unit_factor(unit, "m3/ha") is not None:  # mm of water are a volume per area
        return True
    if all(symbol in _SHARES for symbol, _ in parts) or unit_factor(unit, "%") is not None:
        return True
    return any(symbol in _LANDS and power < 0 for symbol, power in parts)


def _per_hectare(unit: str) -> tuple[float, str]:
    """Factor and unit that make an amount one per hectare; other units stay as they are."""
    if "/ha" in unit.replace(" ", ""):
        return 1.0, unit
    others = (unit.replace(area, "/ha") for area in _AREAS if area in unit)
    for wanted in ("t/ha", "m3/ha", *others):
        factor = unit_factor(unit, wanted)
        if factor is not None:
            return factor, wanted
    return 1.0, unit
