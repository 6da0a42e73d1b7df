"""Build a Problem from a config and the values of the earlier stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.indicators import better_of, indicator_of
from edaphon.errors import ConfigError, DataError, Finding, raise_errors
from edaphon.problem.evaluate import total_amount
from edaphon.problem.names import Where, check_amounts, check_constraints, check_objectives
from edaphon.problem.spoken import keep_targets, money_ledgers, objective_unit
from edaphon.problem.values import (
    AreaLimit,
    Budget,
    Constraint,
    Feature,
    Objective,
    Problem,
    Target,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from edaphon.config.quantity import Quantity
    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.effects.values import FactoredEffects
    from edaphon.practices.values import Catalogue, Options
    from edaphon.surrogates.state import State


def build_problem(  # noqa: PLR0917 - one value per stage
    config: Config,
    landscape: Landscape,
    catalogue: Catalogue,
    state: State,
    effects: FactoredEffects,
    options: Options,
) -> tuple[Problem, tuple[Finding, ...]]:
    """Put objectives and constraints beside effects and costs, all labels aligned.

    Returns
    -------
    problem : Problem
    findings : tuple of Finding
        Warnings and notes.

    Raises
    ------
    DataError
        If the parts do not have the same units, interventions or features.
    ConfigError
        With every name and figure of objectives and constraints that is wrong, at its place in
        the config.
    """
    _aligned(landscape, catalogue, state, effects, options)
    features, notes = _features(config, state)
    names = [feature.name for feature in features]
    ledgers = [ledger.name for ledger in options.ledgers]
    faults: list[Finding] = []
    objectives = _objectives(config, features, options)
    constraints = _constraints(config, landscape, features, faults)
    faults += check_objectives(objectives, names, ledgers, _place(config))
    faults += check_constraints(constraints, names, ledgers, catalogue.names, landscape.region)
    raise_errors(dict.fromkeys(faults), ConfigError)
    problem = Problem(
        unit_ids=landscape.ids,
        interventions=catalogue.names,
        features=features,
        effects=effects,
        cost=options.cost,
        ledgers=options.ledgers,
        allowed=options.allowed,
        reasons=options.reasons,
        objectives=objectives,
        constraints=constraints,
        area_ha=landscape.area_ha,
        region=landscape.region,
        neighbours=landscape.neighbours,
    )
    amounts = check_amounts(problem, total_amount(problem), _place(config))
    return problem, raise_errors(dict.fromkeys((*notes, *amounts)), ConfigError)


def _place(config: Config) -> Where:
    """Return the function that says where an objective stands in the config."""
    return lambda name: config.where(f"objectives.{name}")


def _aligned(
    landscape: Landscape,
    catalogue: Catalogue,
    state: State,
    effects: FactoredEffects,
    options: Options,
) -> None:
    """Raise if units, interventions or features of the parts differ."""
    shape = (landscape.n_units, len(catalogue.names), len(state.features))
    found = []
    if effects.shape != shape:
        what = f"effects have shape {effects.shape}, the other parts {shape}"
        found.append(Finding("effects", what))
    if options.cost.shape[:2] != shape[:2] or options.allowed.shape != shape[:2]:
        what = f"costs and permissions have shape {options.cost.shape[:2]}, not {shape[:2]}"
        found.append(Finding("options", what))
    if effects.sizes.interventions != catalogue.names or effects.sizes.features != state.features:
        what = "interventions or features stand in another order than in catalogue and state"
        found.append(Finding("effects", what))
    raise_errors(found, DataError)


def amount_unit(unit_per_ha: str, relative: bool) -> str:
    """Return the unit of an amount: "t" for "t/ha", "ha %" for a relative feature."""
    if relative:
        return "ha %"
    if "/ha" in unit_per_ha:
        return unit_per_ha.replace("/ha", "", 1)
    return f"{unit_per_ha} ha".strip()


def _features(config: Config, state: State) -> tuple[tuple[Feature, ...], list[Finding]]:
    made, notes = [], list[Finding]()
    for k, name in enumerate(state.features):
        relative = bool(state.relative[k])
        better, noted = _better(config, name)
        notes += noted
        made.append(Feature(name, amount_unit(state.units[k], relative), better, relative))
    return tuple(made), notes


def _better(config: Config, name: str) -> tuple[Literal["higher", "lower"], list[Finding]]:
    """Say whether more of a feature is better: by its section, else by the registry.

    A note comes with an indicator that has no one direction: then more counts as better.
    """
    section = config.features.get(name)
    if section is not None and section.better is not None:
        return section.better, []
    source = section.source if section is not None and section.source else name
    surrogate = config.surrogates.get(source)
    column = section.column if section is not None else ""
    outcome = section.response_of if section is not None else ""
    learned = (surrogate.indicator or surrogate.response, source) if surrogate is not None else ()
    groups = ((column,), learned, (name,), (outcome,))
    told = next((names for names in groups if indicator_of(*names) is not None), ())
    better = better_of(*told)
    if better or not told:
        return ("lower" if better == "lower" else "higher"), []
    where = config.where(f"features.{name}" if section is not None else f"surrogates.{name}")
    indicator = indicator_of(*told)
    title = indicator.title if indicator is not None else name
    what = f"of {title} neither more nor less is better by itself; here more counts as better"
    hint = f"Write features: {{{name}: {{better: lower}}}} or higher, or score it in soil_health."
    return "higher", [Finding(where, what, hint, "note")]


def _objectives(
    config: Config, features: Sequence[Feature], options: Options
) -> tuple[Objective, ...]:
    units = {feature.name: feature.unit for feature in features}
    units |= {ledger.name: ledger.unit for ledger in options.ledgers}
    made = []
    for name, section in config.objectives.items():
        chosen = section.maximize
        books = money_ledgers(section.minimize, options.ledgers) if section.minimize else ()
        weights = section.weights
        made.append(
            Objective(
                name=name,
                sense="minimize" if books else "maximize",
                features=chosen,
                weights=tuple(weights.get(f, 1.0) for f in chosen) if weights else (),
                ledgers=books,
                benefit=section.benefit,
                unit=objective_unit(chosen, books, section.benefit, units),
            )
        )
    return tuple(made)


def _constraints(
    config: Config,
    landscape: Landscape,
    features: Sequence[Feature],
    faults: list[Finding],
) -> tuple[Constraint, ...]:
    rules = config.constraints
    made: list[Constraint] = []
    for ledger, limit in rules.budgets:
        made.append(Budget(ledger, limit.value, config.where("constraints.budget")))
    units = {feature.name: feature.unit for feature in features}
    for name, target in rules.targets.items():
        where = config.where(f"constraints.targets.{name}")
        unit = units.get(name, "") if target.kind == "absolute" else ""
        amount = _number(target.quantity, unit, where, faults)
        made.append(Target(name, amount, target.kind, None, where))
    for name, keep in rules.keep.items():
        where = config.where(f"constraints.keep.{name}")
        share = keep.share.to("")
        made += keep_targets(
            name, share, keep.by or None, landscape.region, where=where, faults=faults
        )
    whole = float(landscape.area_ha.sum())
    for name, area in rules.area.items():
        where = config.where(f"constraints.area.{name}")
        low = 0.0 if area.min is None else _hectares(area.min, whole, where, faults)
        high = np.inf if area.max is None else _hectares(area.max, whole, where, faults)
        made.append(AreaLimit(name, low, high, where))
    return tuple(made)


def _number(quantity: Quantity, unit: str, where: str, faults: list[Finding]) -> float:
    """Read a quantity in a unit, or add a finding and return 0."""
    try:
        return quantity.to(unit)
    except ValueError as error:
        faults.append(Finding(where, str(error), f"Give it in {unit or '%'}."))
        return 0.0


def _hectares(quantity: Quantity, whole: float, where: str, faults: list[Finding]) -> float:
    """Read an area, or a share of the landscape's area, in ha."""
    try:
        return quantity.to("") * whole
    except ValueError:
        return _number(quantity, "ha", where, faults)
