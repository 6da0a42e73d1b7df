"""Where an intervention may go: row filters of the config and of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.filters import Filter, FilterError, parse_filter
from edaphon.errors import Finding
from edaphon.practices.own import default_filter

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.practices.values import Intervention

ALLOWED = "allowed"
MAX_REASONS = 250
OTHER_RULES = "forbidden by another rule"
"""What stands for more reasons than the codes have room for."""


@dataclass
class Permits:
    """Reason codes under construction: `allowed[i, a]` indexes `reasons`, 0 = allowed.

    Attributes
    ----------
    allowed : uint8 array, shape (n_units, n_interventions)
    reasons : list of str
    findings : list of Finding
    """

    allowed: NDArray[np.uint8]
    reasons: list[str] = field(default_factory=lambda: [ALLOWED])
    findings: list[Finding] = field(default_factory=list)

    def forbid(self, units: NDArray[np.generic], a: int, reason: str) -> None:
        """Forbid intervention `a` in some units (mask or positions) that allowed it so far."""
        column = self.allowed[:, a]
        chosen = np.zeros(len(column), dtype=bool)
        chosen[units] = True
        chosen &= column == 0
        if chosen.any():
            if reason not in self.reasons:
                reason = reason if len(self.reasons) < MAX_REASONS else OTHER_RULES
                self.reasons += [reason] * (reason not in self.reasons)
            column[chosen] = self.reasons.index(reason)


@dataclass(frozen=True)
class Rule:
    """One row filter: its text, where it stands, and whether the planner wrote it."""

    text: str
    where: str
    own: bool


def rules_of(config: Config, intervention: Intervention) -> tuple[Rule, ...]:
    """Return the row filters that a unit must pass.

    Parameters
    ----------
    config : Config
    intervention : Intervention

    Returns
    -------
    tuple of Rule
        The planner's filter in place of the catalogue's; a bundle without one of its own takes
        those of all its parts.
    """
    option = config.interventions.options.get(intervention.name)
    if option is not None and option.where:
        position = config.where(f"interventions.options.{intervention.name}.where")
        return (Rule(option.where, position, True),)
    rules = []
    for name in intervention.parts or (intervention.name,):
        part = config.interventions.options.get(name)
        if part is not None and part.where:
            rules.append(
                Rule(part.where, config.where(f"interventions.options.{name}.where"), True)
            )
        elif default_filter(config, name):
            written = name in config.interventions.own
            key = f"interventions.own.{name}.where" if written else "interventions.use"
            rules.append(Rule(default_filter(config, name), config.where(key), written))
    return tuple(dict.fromkeys(rules))


def apply_rules(
    permits: Permits,
    a: int,
    intervention: Intervention,
    rules: tuple[Rule, ...],
    landscape: Landscape,
) -> None:
    """Forbid an intervention where a unit fails one of its filters.

    Parameters
    ----------
    permits : Permits
        Changed in place. A planner's filter that does not fit the landscape's columns becomes an
        error. Of the catalogue's, units are taken to pass what a missing column would say, and one
        that does not fit otherwise is skipped, both with a warning.
    a : int
        Position of the intervention.
    intervention : Intervention
    rules : tuple of Rule
    landscape : Landscape
    """
    for rule in rules:
        try:
            rows = parse_filter(rule.text)
            assumed = () if rule.own else _absent(rows, landscape)
            passes = rows.evaluate(landscape.attributes, (*landscape.expected, *assumed))
        except FilterError as error:
            permits.findings.append(_misfit(rule, intervention, error))
            continue
        if assumed:
            permits.findings.append(_assumption(rule, intervention, assumed))
        permits.forbid(~passes, a, f"not eligible: {rule.text}")


def nowhere(
    intervention: Intervention, rules: tuple[Rule, ...], landscape: Landscape, where: str
) -> Finding:
    """Return the warning that no unit may use an intervention, with the values that are there.

    Parameters
    ----------
    intervention : Intervention
    rules : tuple of Rule
    landscape : Landscape
    where : str
        Where the config names the intervention.

    Returns
    -------
    Finding
    """
    texts = " and ".join(dict.fromkeys(rule.text for rule in rules)) or "locks"
    seen = _values_seen(rules, landscape.attributes)
    keys = ", ".join(f"{name}.where" for name in intervention.parts or (intervention.name,))
    return Finding(
        where=where,
        what=f"no unit may use {intervention.name} ({texts})",
        hint=f"Change interventions.options: {keys}, or the locks.{seen}",
        severity="warning",
    )


def _absent(rows: Filter, landscape: Landscape) -> tuple[str, ...]:
    """Return the columns that a filter reads and the landscape does not have."""
    known = {*map(str, landscape.attributes.columns), *landscape.expected}
    return tuple(column for column in rows.columns if column not in known)


def _assumption(rule: Rule, intervention: Intervention, absent: tuple[str, ...]) -> Finding:
    """Return the warning that units are taken to pass what a missing column would say."""
    columns = ", ".join(map(repr, absent))
    return Finding(
        where=rule.where,
        what=f"the catalogue places {intervention.name} only where {rule.text}; assumed allowed: "
        f"no column {columns}",
        hint=f"Say where it may go under interventions.options.{intervention.name}.where.",
        severity="warning",
    )


def _misfit(rule: Rule, intervention: Intervention, error: FilterError) -> Finding:
    """Return what to say of a filter that does not fit the landscape."""
    if rule.own:
        hint = "Mend the filter or the column, or leave the filter out."
        return Finding(rule.where, f"the filter {rule.text!r}: {error}", hint)
    return Finding(
        where=rule.where,
        what=f"the catalogue places {intervention.name} only where {rule.text}, but "
        f"{error.message}; that rule is skipped",
        hint=f"Say where it may go under interventions.options.{intervention.name}.where.",
        severity="warning",
    )


def _values_seen(rules: tuple[Rule, ...], table: pd.DataFrame) -> str:
    """Return the values of the columns that the filters read, for a hint."""
    texts = []
    for column in dict.fromkeys(c for rule in rules for c in parse_filter(rule.text).columns):
        values = table[column].dropna() if column in table.columns else table.index[:0]
        if not len(values):
            continue
        if table[column].dtype.kind in "iuf":
            texts.append(f" {column} runs from {values.min():g} to {values.max():g}.")
        else:
            texts.append(f" {column} holds {', '.join(map(str, values.unique()[:6]))}.")
    return "".join(texts)
