"""Objectives and constraints, checked on the data's means before anything is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.filters import parse_filter
from edaphon.data.indicators import indicator_of
from edaphon.effects.build import build_effects
from edaphon.effects.need import check_need
from edaphon.errors import Faults, Finding, InfeasibleError, raise_errors
from edaphon.practices.catalogue import outcomes
from edaphon.practices.eligibility import rules_of
from edaphon.practices.grounds import LAND
from edaphon.practices.need import NEED
from edaphon.problem.check import check_problem
from edaphon.problem.from_config import build_problem, unknown_options
from edaphon.problem.from_tables import problem_from_tables
from edaphon.problem.values import Problem, Target
from edaphon.surrogates.asked import stand_in, unit_of
from edaphon.surrogates.features import build_state, unknown_features
from edaphon.surrogates.state import Prediction, State, certain, no_state

if TYPE_CHECKING:
    from edaphon.config.sections import Config
    from edaphon.data.climate import Climate
    from edaphon.data.landscape import Landscape, Samples
    from edaphon.data.observations import Observations
    from edaphon.practices.values import Catalogue, Options


def state_of(
    config: Config,
    landscape: Landscape,
    predictions: Mapping[str, Prediction],
    units: Mapping[str, str],
) -> State:
    """Return the state of the config's features from the surrogates' predictions and units."""
    if config.has_own_effects:
        return no_state(landscape.n_units)
    return build_state(config, landscape, predictions, units, outcomes())


def wrong_names(config: Config, catalogue: Catalogue | None) -> list[Finding]:
    """Find names in objectives and constraints that mean nothing, whatever the landscape is.

    Parameters
    ----------
    config : Config
        Features of `tables` have names of their own, which are not judged here.
    catalogue : Catalogue or None
        None where it cannot be read: then no intervention is judged.
    """
    found = [] if config.has_own_effects else unknown_features(config, outcomes())
    return found + (unknown_options(config, catalogue.names) if catalogue is not None else [])


@dataclass(frozen=True)
class Parts:
    """What the structure of the problem is checked with."""

    config: Config
    landscape: Landscape
    catalogue: Catalogue
    options: Options
    climate: Climate | None = None


def check_structure(
    faults: Faults, given: Parts, data: Mapping[str, Samples | Observations]
) -> tuple[Finding, ...]:
    """Check objectives and constraints on the data's means; return what was found on effects."""
    config, landscape = given.config, given.landscape
    if config.has_own_effects:
        posed = faults.call(problem_from_tables, config, landscape, given.catalogue, given.options)
        if posed is not None:
            faults.findings += posed[1]
            faults.findings += faults.call(_feasible, posed[0]) or ()
        return ()
    values = {name: stand_in(config, name, data[name]) if name in data else 1.0
              for name in config.surrogates}  # fmt: skip
    units = {name: unit_of(config, name, data[name]) if name in data else section.unit
             for name, section in config.surrogates.items()}  # fmt: skip
    predictions = {
        name: certain(np.full(landscape.n_units, value)) for name, value in values.items()
    }
    state = faults.call(state_of, config, _standing_in(config, landscape), predictions, units)
    if state is None:
        faults.findings += unknown_options(config, given.catalogue.names)
        return ()
    faults.call(check_need, config, landscape, state)
    effects = faults.call(build_effects, config, given.catalogue, landscape, state, given.climate)
    if effects is None:
        return ()
    told = effects.sizes.findings
    faults.findings += told
    built = faults.call(
        build_problem, config, landscape, given.catalogue, state, effects, given.options
    )
    if built is None:
        return told
    faults.findings += built[1]
    if not faults.kinds:
        problem = _without_unknown_amounts(built[0], given)
        faults.findings += faults.call(_feasible, problem) or ()
    return told


def _standing_in(config: Config, landscape: Landscape) -> Landscape:
    """Put plausible values into columns that surrogates will add and features are made of."""
    columns = {
        section.column
        for section in config.features.values()
        if section.column in landscape.expected
    }
    indicators = {column: indicator_of(column) for column in sorted(columns)}
    values = {
        column: 1.0 if one is None else float(np.sqrt(np.prod(one.plausible)))
        for column, one in indicators.items()
    }
    return replace(landscape, attributes=landscape.attributes.assign(**values))


def columns_read(config: Config, catalogue: Catalogue) -> set[str]:
    """Return the columns by which row filters and guards' own filters allow interventions."""
    texts = [rule.text for one in catalogue.interventions for rule in rules_of(config, one)]
    texts += [
        getattr(option, key)
        for option in config.interventions.options.values()
        for key in ("native_where", "legal_where")
    ]
    texts += [getattr(config.guards, kind) for kind in LAND]
    return {column for text in texts if text for column in parse_filter(text).columns}


def _without_unknown_amounts(problem: Problem, given: Parts) -> Problem:
    """Leave out targets whose amounts are not known before the surrogates are fitted.

    Where filters read columns that surrogates will add, what is allowed is not known either, and
    so no share of the largest gain.
    """
    config, landscape = given.config, given.landscape
    learned = {
        name
        for name, section in config.features.items()
        if section.source or section.model == "saxton_rawls" or section.column in landscape.expected
    }
    learned |= {name for name in config.surrogates if name not in config.features}
    read = columns_read(config, given.catalogue)
    read |= {NEED} if config.need is not None and config.need.least is not None else set()
    later = bool((read | {"exceeded"}) & set(landscape.expected))
    known = tuple(
        constraint
        for constraint in problem.constraints
        if not isinstance(constraint, Target)
        or (constraint.kind == "share" and not later)
        or (constraint.kind != "share" and constraint.feature not in learned)
    )
    return replace(problem, constraints=known)


def _feasible(problem: Problem) -> tuple[Finding, ...]:
    """Return the warnings of a problem; raise where nothing can be feasible."""
    return raise_errors(check_problem(problem), InfeasibleError)
