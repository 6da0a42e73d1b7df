"""The catalogue of interventions: what a config uses of what ships, and tables of all."""

from __future__ import annotations

from dataclasses import replace
from math import expm1, isnan
from typing import TYPE_CHECKING

from edaphon.config.suggest import did_you_mean
from edaphon.errors import ConfigError, Finding, raise_errors
from edaphon.practices.costs import priced, priced_bundle
from edaphon.practices.evidence import ANY, read_evidence
from edaphon.practices.shipped import (
    catalogue_names,
    joined,
    outcomes,
    shipped_bundles,
    shipped_intervention,
)
from edaphon.practices.values import Catalogue, Evidence, Intervention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edaphon.config.sections import Config

__all__ = [
    "catalogue_names",
    "catalogue_table",
    "evidence_table",
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
        that rests on judgement, a note for each that was converted.

    Raises
    ------
    ConfigError
        With all of: unknown interventions, bundles of unknown parts or listed twice, options
        for what is not used, shipped costs in a currency without a rate to the config's.
    """
    section = config.interventions
    bundles = tuple(tuple(parts) for parts in section.bundles)
    findings = list(_name_findings(config))
    raise_errors(findings, ConfigError)
    singles = dict.fromkeys((*section.use, *(part for parts in bundles for part in parts)))
    known = {name: priced(config, shipped_intervention(name), findings) for name in singles}
    chosen = [known[name] for name in section.use]
    chosen += [priced_bundle(config, joined(parts, known)) for parts in bundles]
    raise_errors(findings, ConfigError)
    return Catalogue(tuple(chosen), _evidence_of(chosen), outcomes(), tuple(findings))


def catalogue_table() -> list[dict[str, str]]:
    """Return what ships as rows of text, one per intervention and measured bundle.

    Returns
    -------
    list of dict of str to str
        Keys intervention, title, where, establishment, annual, cost source, time to effect, risks.
    """
    return [_catalogue_row(intervention) for intervention in whole_catalogue().interventions]


def evidence_table() -> list[dict[str, str]]:
    """Return the evidence that ships as rows of text.

    Returns
    -------
    list of dict of str to str
        Keys intervention, outcome, climate, change, se, tau, studies, pairs, years, grade, basis,
        source. Empty where a source prints no figure. Intervention "any" is the spread of an
        outcome over all practices.
    """
    return [_evidence_row(row) for row in read_evidence()]


def _catalogue_row(intervention: Intervention) -> dict[str, str]:
    """Return one intervention as text."""
    unit = f"{intervention.currency} ({intervention.currency_year})"

    def money(cost: float, per: str) -> str:
        return "sum of its parts" if isnan(cost) else f"{cost:g} {unit} {per}"

    times = intervention.time_to_effect_yr.items()
    return {
        "intervention": intervention.name,
        "title": intervention.title,
        "where": intervention.where or "anywhere",
        "establishment": money(intervention.establishment_per_ha, "per ha"),
        "annual": money(intervention.annual_per_ha, "per ha and year"),
        "cost source": intervention.cost_source,
        "time to effect": ", ".join(f"{outcome} {years:g} yr" for outcome, years in sorted(times)),
        "risks": intervention.risks,
    }


def _evidence_row(row: Evidence) -> dict[str, str]:
    """Return one effect size as text."""
    return {
        "intervention": row.intervention,
        "outcome": row.outcome,
        "climate": row.climate,
        "change": f"{100.0 * expm1(row.lnrr):+.1f} %",
        "se": "" if isnan(row.se) else f"{row.se:.3f}",
        "tau": "" if isnan(row.tau) else f"{row.tau:.3f}",
        "studies": str(row.studies or ""),
        "pairs": str(row.pairs or ""),
        "years": row.years,
        "grade": row.grade,
        "basis": row.basis,
        "source": row.source,
    }


def _evidence_of(chosen: list[Intervention]) -> tuple[Evidence, ...]:
    """Return the rows of the chosen interventions and their parts, and those of any practice."""
    names = {ANY, *(i.name for i in chosen), *(part for i in chosen for part in i.parts)}
    orders = {frozenset(i.parts): i.name for i in chosen if i.parts}
    rows = (
        replace(
            row, intervention=orders.get(frozenset(row.intervention.split("+")), row.intervention)
        )
        for row in read_evidence()
    )
    return tuple(row for row in rows if row.intervention in names)


def _name_findings(config: Config) -> Iterator[Finding]:
    """Find names that the catalogue does not know, and repeated bundles."""
    section, known = config.interventions, catalogue_names()
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
