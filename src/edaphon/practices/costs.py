"""What interventions cost in a config's currency, and what is to say of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edaphon.errors import Finding
from edaphon.practices.shipped import exchange_rate, exchange_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edaphon.config.quantity import Quantity
    from edaphon.config.sections import Config
    from edaphon.practices.values import Intervention

OWN_COST = "given in the config"


def priced(config: Config, shipped: Intervention, findings: list[Finding]) -> Intervention:
    """Return an intervention with its costs in the config's currency, and its own filter.

    Parameters
    ----------
    config : Config
    shipped : Intervention
    findings : list of Finding
        Appended to: an error where no exchange rate is known, a warning for a cost that rests on
        judgement, a note for one from a study.

    Returns
    -------
    Intervention
    """
    own = _own_costs(config, shipped.name)
    rate = exchange_rate(shipped, config.currency)
    borrowed = [
        (cost, unit)
        for cost, given, unit in (
            (shipped.establishment_per_ha, own.establishment, "/ha"),
            (shipped.annual_per_ha, own.annual, "/ha/yr"),
        )
        if given is None
    ]
    if len(borrowed) == 2 or any(cost for cost, _ in borrowed):
        findings.extend(_cost_findings(config, shipped, borrowed, rate))
    factor = 1.0 if rate is None else rate
    establishment, annual = own.establishment, own.annual
    return replace(
        shipped,
        where=_own_filter(config, shipped.name) or shipped.where,
        establishment_per_ha=shipped.establishment_per_ha * factor
        if establishment is None
        else establishment,
        annual_per_ha=shipped.annual_per_ha * factor if annual is None else annual,
        currency=config.currency,
        cost_source=shipped.cost_source if borrowed else OWN_COST,
    )


def priced_bundle(config: Config, bundle: Intervention) -> Intervention:
    """Return a bundle with the config's own costs and filter where it gives them.

    Parameters
    ----------
    config : Config
    bundle : Intervention
        Of parts that are priced already.

    Returns
    -------
    Intervention
    """
    own = _own_costs(config, bundle.name)
    establishment, annual = own.establishment, own.annual
    given = establishment is not None or annual is not None
    return replace(
        bundle,
        where=_own_filter(config, bundle.name) or bundle.where,
        establishment_per_ha=bundle.establishment_per_ha
        if establishment is None
        else establishment,
        annual_per_ha=bundle.annual_per_ha if annual is None else annual,
        cost_source=OWN_COST if given else bundle.cost_source,
    )


@dataclass(frozen=True)
class _Costs:
    """Costs of an intervention that a config gives itself; None where it does not."""

    establishment: float | None
    annual: float | None


def _own_costs(config: Config, name: str) -> _Costs:
    """Return the config's own costs of an intervention."""
    option = config.interventions.options.get(name)
    currency = config.currency

    def number(quantity: Quantity | None, unit: str) -> float | None:
        return None if quantity is None else quantity.to(unit)

    if option is None:
        return _Costs(None, None)
    return _Costs(
        number(option.establishment, f"{currency}/ha"), number(option.annual, f"{currency}/ha/yr")
    )


def _own_filter(config: Config, name: str) -> str:
    """Return the row filter that the config gives for an intervention, "" if none."""
    option = config.interventions.options.get(name)
    return "" if option is None else option.where


def _cost_findings(
    config: Config,
    shipped: Intervention,
    borrowed: list[tuple[float, str]],
    rate: float | None,
) -> Iterator[Finding]:
    """Say where a shipped cost comes from: an error, a warning or a note."""
    where = _place(config, shipped.name)
    old = " and ".join(f"{cost:g} {shipped.currency}{u}" for cost, u in borrowed if cost) or "0"
    hint = f"Give your own cost under interventions.options.{shipped.name}."
    if rate is None and any(cost for cost, _ in borrowed):
        what = (
            f"the catalogue's cost of {shipped.name} is {old} of {shipped.currency_year}, and no "
            f"rate to {config.currency} is known"
        )
        yield Finding(where, what, hint)
        return
    converted = rate not in (None, 1.0)
    new = " and ".join(f"{cost * (rate or 1.0):.4g} {config.currency}{u}" for cost, u in borrowed)
    from_old = f", converted from {old} of {shipped.currency_year}" if converted else ""
    if shipped.cost_source.startswith("judgement"):
        what = f"the cost of {shipped.name} ({new}{from_old}) is a {shipped.cost_source}"
        yield Finding(where, what, hint, "warning")
    else:
        rates = f", {exchange_source()}" if converted else ""
        what = f"the cost of {shipped.name} is {new}{from_old} ({shipped.cost_source}{rates})"
        yield Finding(where, what, hint, "note")


def _place(config: Config, name: str) -> str:
    """Return where the config names an intervention."""
    section = config.interventions
    if name in section.use:
        return config.where("interventions.use", section.use.index(name))
    k = next(k for k, parts in enumerate(section.bundles) if name in parts)
    return config.where("interventions.bundles", k)
