"""Practices of the planner's own: rows of `interventions.own`, beside those that ship."""

from __future__ import annotations

from math import log1p, nan
from typing import TYPE_CHECKING

from edaphon.config.suggest import did_you_mean
from edaphon.errors import Finding
from edaphon.practices.costs import OWN_COST, cost_per_ha, depth_in_m
from edaphon.practices.evidence import ALL, grade_of
from edaphon.practices.shipped import (
    catalogue_names,
    outcomes,
    shipped_filter,
    shipped_intervention,
)
from edaphon.practices.values import Evidence, Guards, Intervention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edaphon.config.own import OwnEffectSection
    from edaphon.config.quantity import Quantity
    from edaphon.config.safety import OwnGuardsSection
    from edaphon.config.sections import Config

INTERVAL_SDS = 3.29
"""Width of a 90 % interval in standard errors (normal distribution)."""


def known_names(config: Config) -> tuple[str, ...]:
    """Return the single interventions that a config may use: those that ship and its own."""
    return (*catalogue_names(), *config.interventions.own)


def default_filter(config: Config, name: str) -> str:
    """Return the row filter of an intervention without `options`, "" = anywhere."""
    own = config.interventions.own.get(name)
    return shipped_filter(name) if own is None else own.where


def intervention_of(config: Config, name: str) -> Intervention:
    """Return one intervention, of the config's own or as it ships.

    Parameters
    ----------
    config : Config
    name : str
        A name of `known_names`.

    Returns
    -------
    Intervention
        One of the planner's own has its costs in the config's currency and year 0.
    """
    own = config.interventions.own.get(name)
    if own is None:
        return shipped_intervention(name)
    currency, depth = config.currency, depth_in_m(own.depth)
    establishment = (
        None if own.establishment is None else cost_per_ha(own.establishment, currency, depth)
    )
    years = own.time_to_effect
    return Intervention(
        name=name,
        title=own.title,
        where=own.where,
        establishment_per_ha=establishment or 0.0,
        annual_per_ha=0.0 if own.annual is None else own.annual.to(f"{currency}/ha/yr"),
        currency=currency,
        currency_year=0,
        cost_source=OWN_COST,
        time_to_effect_yr={} if years is None else {"default": years.to("yr")},
        risks=own.risks,
        treated_depth_m=depth,
        ease=own.ease,
        labor_h_per_ha_yr=None if own.labor is None else own.labor.to("h/ha/yr"),
        water_m3_per_ha_yr=None if own.water is None else own.water.to("m3/ha/yr"),
        guards=_guards(own.guards),
    )


def _guards(given: OwnGuardsSection) -> Guards:
    """Return the guards of one of the planner's own practices."""
    live, native = given.live_release, given.native_only
    return Guards(
        live_release=live,
        needs_risk_assessment=live,
        native_only=live if native is None else native,
        water_distance_m=given.water_distance.to("m"),
        antibiotic_resistance=given.antibiotic_resistance,
        contaminated_only=given.contaminated_only,
        edible=given.edible and not given.contaminated_only,
        excluded_land_uses=tuple(given.excluded_land),
        converts_land=given.converts_land,
        once_per_horizon=given.once_per_horizon,
    )


def own_evidence(config: Config) -> tuple[Evidence, ...]:
    """Return the effect sizes of the planner's own practices.

    Parameters
    ----------
    config : Config

    Returns
    -------
    tuple of Evidence
        Basis "literature" where a source is given, else "judgement" and grade D. They speak for
        every climate, since the planner states them for this landscape. The standard error is the
        width of the 90 % interval over 3.29, on the lnRR scale; nan without one.
    """
    return tuple(
        _evidence(name, outcome, effect)
        for name, own in config.interventions.own.items()
        for outcome, effect in own.effects.items()
    )


def _evidence(name: str, outcome: str, effect: OwnEffectSection) -> Evidence:
    se = nan
    if effect.low is not None and effect.high is not None:
        se = (_lnrr(effect.high) - _lnrr(effect.low)) / INTERVAL_SDS
    return Evidence(
        intervention=name,
        outcome=outcome,
        climate=ALL,
        lnrr=_lnrr(effect.change),
        se=se,
        tau=nan,
        sigma=nan,
        studies=effect.studies,
        pairs=0,
        years="",
        grade=grade_of(effect.studies) if effect.source else "D",
        basis="literature" if effect.source else "judgement",
        source=effect.source or "judgement of the planner",
    )


def _lnrr(change: Quantity) -> float:
    return log1p(change.to("%") / 100.0)


def own_findings(config: Config) -> Iterator[Finding]:
    """Find what is wrong with the planner's own practices.

    Parameters
    ----------
    config : Config

    Yields
    ------
    Finding
        Errors: a name that the catalogue has, an outcome that it does not have, an interval that
        does not hold its mean or has one end, a cost per m3 without depth. A note for each that is
        used without a limit on its area.
    """
    section = config.interventions
    for name, own in section.own.items():
        key = f"interventions.own.{name}"
        if name in catalogue_names() or name == "baseline":
            what = f"the catalogue has an intervention {name!r} already"
            hint = f"Choose another name, or change it under interventions.options.{name}."
            yield Finding(config.where(key), what, hint)
        cost = own.establishment
        if cost is not None and cost_per_ha(cost, config.currency, depth_in_m(own.depth)) is None:
            what = f"the cost of {name} is per m3, but its depth is not known"
            hint = "Give depth: 0-30 cm, or the cost per ha."
            yield Finding(config.where(f"{key}.establishment"), what, hint)
        for outcome, effect in own.effects.items():
            yield from _effect_findings(config, f"{key}.effects.{outcome}", outcome, effect)
        bounded = name in config.constraints.area or config.has_own_effects
        if name in section.use and not bounded:
            what = f"{name} is a practice of your own, and nothing limits where it is tried"
            hint = f"For a pilot, write constraints.area: {{{name}: {{max: 5 %}}}}."
            yield Finding(config.where(key), what, hint, "note")


def _effect_findings(
    config: Config, key: str, outcome: str, effect: OwnEffectSection
) -> Iterator[Finding]:
    """Find faults of one effect."""
    if outcome not in outcomes():
        what = f"{outcome!r} is no outcome that practices are known to change"
        yield Finding(config.where(key), what, did_you_mean(outcome, outcomes()))
    ends = [end for end in (effect.low, effect.high) if end is not None]
    if len(ends) == 1:
        what = "an interval has a low and a high end, and one is missing"
        yield Finding(config.where(key), what, "Give both, or none.")
    if effect.low is not None and effect.high is not None:
        low, mean, high = (_lnrr(one) for one in (effect.low, effect.change, effect.high))
        if not low <= mean <= high or low == high:
            what = f"the interval from {effect.low} to {effect.high} does not hold {effect.change}"
            yield Finding(config.where(key), what, "Write low below change and high above it.")
