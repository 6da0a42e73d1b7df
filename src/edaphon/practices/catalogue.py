"""The catalogue of interventions: what ships, and what a config uses of it and of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edaphon.config.suggest import did_you_mean
from edaphon.errors import ConfigError, Finding, raise_errors
from edaphon.practices.costs import FEW, place_of, priced, priced_bundle, savings
from edaphon.practices.evidence import ANY, basis_of, read_evidence
from edaphon.practices.own import intervention_of, known_names, own_evidence, own_findings
from edaphon.practices.shipped import (
    catalogue_names,
    joined,
    outcomes,
    shipped_bundles,
    shipped_intervention,
)
from edaphon.practices.values import Catalogue, Evidence, Intervention

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edaphon.config.sections import Config

__all__ = [
    "catalogue_names",
    "outcomes",
    "read_catalogue",
    "whole_catalogue",
]


def whole_catalogue() -> Catalogue:
    """Return everything that ships: all interventions and measured bundles, all evidence.

    Costs stand in the currency and year of their source; a bundle costs the sum of its parts only
    where they share a currency, so its costs are left at nan here.
    """
    singles = {name: shipped_intervention(name) for name in catalogue_names()}
    bundles = (joined(parts, singles) for parts in shipped_bundles())
    return Catalogue((*singles.values(), *bundles), read_evidence(), outcomes())


def read_catalogue(config: Config) -> Catalogue:
    """Return the interventions, bundles and evidence that a config uses.

    Parameters
    ----------
    config : Config

    Returns
    -------
    Catalogue
        Costs in the config's currency: its own options where given, else the shipped figures,
        converted with the rate of their year (no inflation). Findings: a warning for each cost
        that rests on judgement, a note for each that was converted; a warning for each practice
        without a measured effect, and for annual costs below 0. More than three warnings of a
        kind are one.

    Raises
    ------
    ConfigError
        With all of: unknown interventions, faults of the planner's own practices, bundles of
        unknown parts or listed twice, options for what is not used, shipped costs in a currency
        without a rate to the config's, costs per volume without a depth.
    """
    section = config.interventions
    bundles = tuple(tuple(parts) for parts in section.bundles)
    findings = [*_name_findings(config), *own_findings(config)]
    raise_errors(findings, ConfigError)
    singles = dict.fromkeys((*section.use, *(part for parts in bundles for part in parts)))
    told: dict[str, list[Finding]] = {name: [] for name in singles}
    known = {name: priced(config, intervention_of(config, name), told[name]) for name in singles}
    findings += [*_cost_findings(config, told), *savings(config)]
    chosen = [known[name] for name in section.use]
    chosen += [priced_bundle(config, joined(parts, known), findings) for parts in bundles]
    raise_errors(findings, ConfigError)
    evidence = _evidence_of(config, chosen)
    findings += _judgement_findings(config, known.values(), evidence)
    parts = tuple(known[name] for name in dict.fromkeys(one for two in bundles for one in two))
    return Catalogue(tuple(chosen), evidence, outcomes(), tuple(findings), parts)


def _evidence_of(config: Config, chosen: list[Intervention]) -> tuple[Evidence, ...]:
    """Return the rows of the chosen interventions and their parts, and those of any practice."""
    names = {ANY, *(i.name for i in chosen), *(part for i in chosen for part in i.parts)}
    orders = {frozenset(i.parts): i.name for i in chosen if i.parts}
    rows = (
        replace(
            row, intervention=orders.get(frozenset(row.intervention.split("+")), row.intervention)
        )
        for row in (*read_evidence(), *own_evidence(config))
    )
    return tuple(row for row in rows if row.intervention in names)


def _cost_findings(config: Config, told: dict[str, list[Finding]]) -> Iterator[Finding]:
    """Pass on what was found on the costs of each practice, many judgements as one."""
    judged = [name for name, found in told.items() if any(f.severity == "warning" for f in found)]
    listed = config.tables is not None and config.tables.costs
    if len(judged) > FEW:
        yield Finding(
            where=config.where("interventions.use"),
            what=f"the costs of {len(judged)} practices are judgements: {', '.join(judged)}",
            hint="`edaphon catalogue NAME` shows each cost and why it is taken; give your own "
            "under interventions.options.NAME."
            + (" They count where tables.costs lists none." if listed else ""),
            severity="warning",
        )
    for finding in (one for found in told.values() for one in found):
        if finding.severity != "warning" or len(judged) <= FEW:
            yield finding


def _judgement_findings(
    config: Config, singles: Iterable[Intervention], evidence: tuple[Evidence, ...]
) -> Iterator[Finding]:
    """Warn of practices without a measured effect, where effects do not come from tables."""
    judged = [
        one.name
        for one in (() if config.has_own_effects else singles)
        if basis_of([row for row in evidence if row.intervention == one.name]) == "judgement"
    ]
    for name in judged if len(judged) <= FEW else ():
        yield Finding(
            where=place_of(config, name),
            what=f"{name} rests on judgement (grade D): no study has measured what it "
            "changes, so its mean effects are 0 and their spread is wide",
            hint="Use it for trials of your own, or leave it out.",
            severity="warning",
        )
    if len(judged) > FEW:
        yield Finding(
            where=config.where("interventions.use"),
            what=f"{len(judged)} practices rest on judgement (grade D): {', '.join(judged)}; no "
            "study has measured what they change, so their mean effects are 0 and their spread "
            "is wide",
            hint="Use them for trials of your own, or leave them out.",
            severity="warning",
        )


def _name_findings(config: Config) -> Iterator[Finding]:
    """Find names that the catalogue does not know, and repeated bundles."""
    section, known = config.interventions, known_names(config)
    for k, name in enumerate(section.use):
        where = config.where("interventions.use", k)
        if name not in known:
            yield Finding(where, f"unknown intervention {name!r}", did_you_mean(name, known))
    for k, parts in enumerate(section.bundles):
        where = config.where("interventions.bundles", k)
        for part in parts:
            if part not in known:
                what = f"unknown intervention {part!r} in a bundle"
                yield Finding(where, what, did_you_mean(part, known))
        if frozenset(parts) in {frozenset(other) for other in section.bundles[:k]}:
            yield Finding(
                where, f"the bundle {'+'.join(parts)!r} is listed twice", "Leave one out."
            )
    used = [*section.use, *("+".join(parts) for parts in section.bundles)]
    parts_only = [part for parts in section.bundles for part in parts]
    for name in section.options:
        if name not in (*used, *parts_only):
            where = config.where(f"interventions.options.{name}")
            yield Finding(where, f"{name!r} is not used by this config", did_you_mean(name, used))
