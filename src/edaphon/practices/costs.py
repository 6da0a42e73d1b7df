"""What interventions cost in a config's currency, and what is to say of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edaphon.config.quantity import parse_depth
from edaphon.config.units import UnitError
from edaphon.errors import Finding
from edaphon.practices.shipped import exchange_rate, exchange_source, volume_per_ha

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edaphon.config.quantity import Quantity
    from edaphon.config.sections import Config
    from edaphon.practices.values import Intervention

OWN_COST = "given in the config"
FEW = 3
"""More findings of one kind than this are told as one, so that others are seen (judgement)."""


def priced(config: Config, shipped: Intervention, findings: list[Finding]) -> Intervention:
    """Return an intervention with its costs in the config's currency, and its own filter.

    Parameters
    ----------
    config : Config
    shipped : Intervention
        As it ships, or from the config's `own`.
    findings : list of Finding
        Appended to: an error where no exchange rate is known or a cost per m3 has no depth, a
        warning for a cost that rests on judgement, a note for one from a study.

    Returns
    -------
    Intervention
        Costs per ha: what is paid by treated volume times the volume of a hectare; annual costs
        net of the payments that the config names.
    """
    shipped = _to_depth(config, shipped, findings)
    own = _own_costs(config, shipped, findings)
    rate = exchange_rate(shipped, config.currency)
    borrowed = [
        (cost, unit)
        for cost, given, unit in (
            (shipped.establishment_per_ha, own.establishment, "/ha"),
            (shipped.annual_per_ha, own.annual, "/ha/yr"),
        )
        if given is None
    ]
    if shipped.cost_source != OWN_COST and (
        len(borrowed) == 2 or any(cost for cost, _ in borrowed)
    ):
        findings.extend(_cost_findings(config, shipped, borrowed, rate))
    factor = 1.0 if rate is None else rate
    establishment, annual = own.establishment, own.annual
    per_m3 = shipped.establishment_per_m3
    return replace(
        shipped,
        where=_own_filter(config, shipped.name) or shipped.where,
        establishment_probability=_establishes(config, shipped),
        establishment_per_ha=shipped.establishment_per_ha * factor
        if establishment is None
        else establishment,
        establishment_per_m3=None
        if per_m3 is None or establishment is not None
        else per_m3 * factor,
        establishment_range=_scaled(shipped.establishment_range, factor, establishment),
        annual_per_ha=(shipped.annual_per_ha * factor if annual is None else annual) - own.payment,
        annual_range=_scaled(shipped.annual_range, factor, annual, own.payment),
        currency=config.currency,
        cost_source=shipped.cost_source if borrowed else OWN_COST,
    )


def priced_bundle(config: Config, bundle: Intervention, findings: list[Finding]) -> Intervention:
    """Return a bundle with the config's own costs and filter where it gives them.

    Parameters
    ----------
    config : Config
    bundle : Intervention
        Of parts that are priced already.
    findings : list of Finding
        Appended to: an error where a cost per m3 has no depth.

    Returns
    -------
    Intervention
        A payment for the bundle is taken off besides those for its parts.
    """
    bundle = _to_depth(config, bundle, findings)
    own = _own_costs(config, bundle, findings)
    establishment, annual = own.establishment, own.annual
    given = establishment is not None or annual is not None
    return replace(
        bundle,
        where=_own_filter(config, bundle.name) or bundle.where,
        establishment_per_ha=bundle.establishment_per_ha
        if establishment is None
        else establishment,
        annual_per_ha=(bundle.annual_per_ha if annual is None else annual) - own.payment,
        cost_source=OWN_COST if given else bundle.cost_source,
    )


def cost_per_ha(quantity: Quantity, currency: str, depth_m: float | None) -> float | None:
    """Return a cost of establishment per ha.

    Parameters
    ----------
    quantity : Quantity
        Per area or per volume.
    currency : str
    depth_m : float or None
        Treated depth.

    Returns
    -------
    float or None
        None for a cost per volume without a depth.
    """
    try:
        return quantity.to(f"{currency}/ha")
    except UnitError:
        per_m3 = quantity.to(f"{currency}/m3")
    return None if depth_m is None else per_m3 * volume_per_ha(depth_m)


def depth_in_m(text: str) -> float | None:
    """Return the thickness of a depth interval, m; None for no text."""
    if not text:
        return None
    top, bottom = parse_depth(text)
    return (bottom - top) / 100.0


def savings(config: Config) -> Iterator[Finding]:
    """Warn of annual costs and payments below 0: savings and fees, or a slip of the sign.

    Parameters
    ----------
    config : Config

    Yields
    ------
    Finding
        One warning for all annual costs below 0, and one for all payments.
    """
    section = config.interventions
    rows: list[tuple[str, str, object]] = [
        *((f"interventions.options.{name}", name, one) for name, one in section.options.items()),
        *((f"interventions.own.{name}", name, one) for name, one in section.own.items()),
    ]
    for field, called, meaning, other in (
        ("annual", "annual cost", "money saved each year: it makes room in the budget",
         "An amount that somebody pays for the practice is told as payment."),
        ("payment", "payment", "a fee added to the cost", "A cost of each year is told as annual."),
    ):  # fmt: skip
        given = [(key, name, getattr(one, field, None)) for key, name, one in rows]
        below = [(key, name, cost) for key, name, cost in given if cost and cost.value < 0]
        if below:
            figures = ", ".join(f"{name} ({cost})" for _, name, cost in below)
            yield Finding(
                where=config.where(f"{below[0][0]}.{field}"),
                what=f"the {called} of {figures} is below 0 and counts as {meaning}",
                hint=f"Leave it so if that is meant, else take the minus away. {other}",
                severity="warning",
            )


@dataclass(frozen=True)
class _Costs:
    """Costs of an intervention that a config gives itself; None where it does not.

    `payment` is what is paid for it each year.
    """

    establishment: float | None
    annual: float | None
    payment: float = 0.0


def _to_depth(config: Config, shipped: Intervention, findings: list[Finding]) -> Intervention:
    """Return an intervention with the treated depth that the config gives."""
    option = config.interventions.options.get(shipped.name)
    depth = None if option is None else depth_in_m(option.depth)
    if option is None or depth is None:
        return shipped
    if shipped.establishment_per_m3 is None:
        if option.establishment is None or _is_per_area(option.establishment, config.currency):
            what = f"{shipped.name} is not paid by treated volume, so its depth has no use"
            where = config.where(f"interventions.options.{shipped.name}.depth")
            findings.append(Finding(where, what, "Remove it, or give its cost per m3."))
        return replace(shipped, treated_depth_m=depth)
    cost = shipped.establishment_per_m3 * volume_per_ha(depth)
    return replace(shipped, treated_depth_m=depth, establishment_per_ha=cost)


def _is_per_area(quantity: Quantity, currency: str) -> bool:
    """Whether a cost of establishment is per area, not per volume."""
    return cost_per_ha(quantity, currency, None) is not None


def _own_costs(config: Config, shipped: Intervention, findings: list[Finding]) -> _Costs:
    """Return the config's own costs of an intervention."""
    option = config.interventions.options.get(shipped.name)
    currency = config.currency
    if option is None:
        return _Costs(None, None)
    establishment = None
    if option.establishment is not None:
        establishment = cost_per_ha(option.establishment, currency, shipped.treated_depth_m)
        if establishment is None:
            where = config.where(f"interventions.options.{shipped.name}.establishment")
            what = f"the cost of {shipped.name} is per m3, but its depth is not known"
            findings.append(Finding(where, what, "Give depth: 0-30 cm, or the cost per ha."))
            establishment = 0.0
    annual = None if option.annual is None else option.annual.to(f"{currency}/ha/yr")
    payment = 0.0 if option.payment is None else option.payment.to(f"{currency}/ha/yr")
    return _Costs(establishment, annual, payment)


def _own_filter(config: Config, name: str) -> str:
    """Return the row filter that the config gives for an intervention, "" if none."""
    option = config.interventions.options.get(name)
    return "" if option is None else option.where


def _establishes(config: Config, shipped: Intervention) -> tuple[float, float] | None:
    """Return the chance that what is released stays: the config's own, else as it ships."""
    option = config.interventions.options.get(shipped.name)
    if option is None or option.establishes is None:
        return shipped.establishment_probability
    chance = min(option.establishes.to("%") / 100.0, 1.0)
    return chance, chance


def _scaled(
    between: tuple[float, float] | None, factor: float, own: float | None, payment: float = 0.0
) -> tuple[float, float] | None:
    """Return a range in another currency, net; None where the config gives its own figure."""
    if between is None or own is not None:
        return None
    return between[0] * factor - payment, between[1] * factor - payment


def _cost_findings(
    config: Config,
    shipped: Intervention,
    borrowed: list[tuple[float, str]],
    rate: float | None,
) -> Iterator[Finding]:
    """Say where a shipped cost comes from: an error, a warning or a note."""
    where = place_of(config, shipped.name)
    old = " and ".join(f"{cost:g} {shipped.currency}{u}" for cost, u in borrowed if cost) or "0"
    hint = f"Give your own cost under interventions.options.{shipped.name}."
    if config.tables is not None and config.tables.costs:
        hint += " It counts where tables.costs lists none."
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


def place_of(config: Config, name: str) -> str:
    """Return where the config names an intervention, alone or in a bundle."""
    section = config.interventions
    if name in section.use:
        return config.where("interventions.use", section.use.index(name))
    k = next(k for k, parts in enumerate(section.bundles) if name in parts)
    return config.where("interventions.bundles", k)
