"""Build a Problem from a config and the values of the earlier stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from edaphon.data.indicators import better_of, indicator_of
from edaphon.effects.income import with_net_cost
from edaphon.errors import ConfigError, DataError, Finding, raise_errors
from edaphon.problem.apart import APART
from edaphon.problem.area_ledgers import AREA_UNITS, with_area_ledgers
from edaphon.problem.boundary import PATCH, Boundary, priced_boundary
from edaphon.problem.config_rules import apply_transitions, constraints_of
from edaphon.problem.evaluate import total_amount
from edaphon.problem.names import (
    Where,
    check_amounts,
    check_constraints,
    check_objectives,
    check_space,
    unknown_option,
)
from edaphon.problem.near import earlier_portfolio, with_price_of_change
from edaphon.problem.network import connectivity_objective
from edaphon.problem.spoken import money_ledgers, objective_unit
from edaphon.problem.values import Feature, Objective, Problem
from edaphon.problem.ways import network_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    import numpy as np
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.effects.values import Effects, FactoredEffects
    from edaphon.practices.values import Catalogue, Ledger, Options
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
    options = with_net_cost(config, options, state, effects)
    features, notes = _features(config, state)
    problem, found = pose_problem(
        config, landscape, catalogue.names, features=features, effects=effects, options=options
    )
    return problem, tuple(dict.fromkeys((*notes, *found)))


def pose_problem(
    config: Config,
    landscape: Landscape,
    interventions: tuple[str, ...],
    *,
    features: tuple[Feature, ...],
    effects: Effects,
    options: Options,
    count_forbidden: bool = False,
) -> tuple[Problem, tuple[Finding, ...]]:
    """Put the config's objectives and constraints beside given effects and costs.

    Parameters
    ----------
    count_forbidden : bool
        Whether forbidden pairs count in total_amount.

    Raises
    ------
    ConfigError
        As `build_problem`.
    """
    faults: list[Finding] = []
    earlier = earlier_portfolio(config, landscape, interventions, faults)
    cost, ledgers = with_price_of_change(config, landscape, options, earlier)
    allowed, reasons = apply_transitions(
        config, landscape, interventions, options.allowed, options.reasons, faults
    )
    problem = with_area_ledgers(
        Problem(
            unit_ids=landscape.ids,
            interventions=interventions,
            features=features,
            effects=effects,
            cost=cost,
            ledgers=ledgers,
            allowed=allowed,
            reasons=reasons,
            objectives=_objectives(config, features, ledgers),
            constraints=constraints_of(config, landscape, features, faults),
            area_ha=landscape.area_ha,
            region=landscape.region,
            neighbours=landscape.neighbours,
            total_counts_forbidden=count_forbidden,
            boundary=Boundary(config.space.between, landscape.outer_m, config.space.patch),
            earlier=earlier,
            farm=_farms(config, landscape, faults),
            apart=config.constraints.apart,
            network=network_of(config, landscape, faults),
        )
    )
    faults += _faults_of(config, problem)
    raise_errors(dict.fromkeys(faults), ConfigError)
    amounts = check_amounts(problem, total_amount(problem), _place(config))
    return problem, raise_errors(dict.fromkeys(amounts), ConfigError)


def _faults_of(config: Config, problem: Problem) -> list[Finding]:
    """Find the names and figures of a problem that are wrong, at their places in the config."""
    place = _place(config)
    names = [feature.name for feature in problem.features]
    books = [ledger.name for ledger in problem.ledgers]
    found = check_objectives(problem.objectives, names, books, place)
    found += check_constraints(
        problem.constraints,
        names,
        books,
        problem.interventions,
        problem.region,
        earlier=config.constraints.near is not None,  # a missing one has been told
    )
    return found + [
        replace(one, where=config.where(one.where)) if one.where in {APART, PATCH} else one
        for one in check_space(problem, place)
    ]


def unknown_options(config: Config, interventions: Sequence[str]) -> list[Finding]:
    """Find names in the config's rules that no option has or holds.

    Parameters
    ----------
    config : Config
    interventions : sequence of str
        "baseline" first.
    """
    rules = config.constraints
    named = [(f"area.{name}", name) for name in rules.area]
    named += [(f"units.{name}", name) for name in rules.units]
    named += [("apart", name) for pair in rules.apart for name in pair]
    found = []
    for key, name in dict.fromkeys(named):
        found += unknown_option(name, interventions, config.where(f"constraints.{key}"))
    return found


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
    if section is not None and section.model == "threats":
        return "lower", []
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


def _farms(config: Config, landscape: Landscape, faults: list[Finding]) -> NDArray[np.str_] | None:
    """Return the farms of the units where each farm takes one choice."""
    if not config.constraints.per_farm:
        return None
    where = config.where("constraints.per_farm")
    if landscape.farm is None:
        hint = "Name the column of farms in landscape.farm."
        faults.append(Finding(where, "there are no farms to choose as one", hint))
    return landscape.farm


def _shape(shape: float | Mapping[str, float] | None, features: Sequence[str]) -> tuple[float, ...]:
    """Shape of a benefit: none, one for all, or one per feature (a ramp to 100 % if left out)."""
    if shape is None:
        return ()
    if isinstance(shape, Mapping):
        return tuple(shape.get(feature, 1.0) for feature in features)
    return (shape,)


def _objectives(
    config: Config, features: Sequence[Feature], ledgers: Sequence[Ledger]
) -> tuple[Objective, ...]:
    units = {feature.name: feature.unit for feature in features}
    units |= AREA_UNITS | {ledger.name: ledger.unit for ledger in ledgers}
    made = []
    for name, section in config.objectives.items():
        chosen = section.maximize
        books = money_ledgers(section.minimize, ledgers) if section.minimize else ()
        weights = section.weights
        made.append(
            priced_boundary(
                Objective(
                    name=name,
                    sense="minimize" if books else "maximize",
                    features=chosen,
                    weights=tuple(weights.get(f, 1.0) for f in chosen) if weights else (),
                    ledgers=books,
                    benefit=section.benefit.kind,
                    unit=objective_unit(chosen, books, section.benefit.kind, units),
                    shape=_shape(section.benefit.shape, chosen),
                    interventions=section.interventions,
                ),
                section.boundary.to(f"{config.currency}/m") if section.boundary else 0.0,
            )
        )
    return tuple(connectivity_objective(one, tuple(units)) for one in made)
