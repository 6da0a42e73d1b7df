"""Ledgers: what interventions take of money, labor and water, per ha."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.units import UnitError
from edaphon.errors import Finding
from edaphon.practices.own import intervention_of
from edaphon.practices.shipped import INTERVAL_SDS, volume_per_ha
from edaphon.practices.values import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from edaphon.config.quantity import Quantity
    from edaphon.config.sections import Config
    from edaphon.practices.values import Catalogue, Intervention

YEARLY_LEDGERS = ("first_year", "annual")
LABOR, WATER = "labor", "water"
PHYSICAL = {LABOR: "h", WATER: "m3"}
"""Ledgers that are not money, with their unit: summed over the horizon, without discount."""
NET_COST = "net_cost"
"""The cost less what the change of a feature with a `price` earns; see `edaphon.effects.income`."""


def present_value(
    establishment: float, annual: float, horizon_yr: float, discount_rate: float
) -> float:
    """Return the present value of an intervention's payments.

    Parameters
    ----------
    establishment : float
        Paid at the start of year 1, money per ha.
    annual : float
        Paid at the end of each year, money per ha and year.
    horizon_yr : float
        Years of payment.
    discount_rate : float
        Share per year, 0.03 for 3 %.

    Returns
    -------
    float
        ``E + A (1 - (1 + r)^-T) / r``, the present value of an annuity; ``E + A T`` for r = 0.
    """
    if discount_rate == 0.0:
        return establishment + annual * horizon_yr
    years = -np.expm1(-horizon_yr * np.log1p(discount_rate)) / discount_rate
    return float(establishment + annual * years)


def asked_ledgers(config: Config) -> frozenset[str]:
    """Return the names of the ledgers that budgets bound or objectives minimize."""
    bounded = (name for name, _ in config.constraints.budgets)
    minimized = (one.minimize for one in config.objectives.values() if one.minimize)
    return frozenset((*bounded, *minimized))


def ledgers_of(config: Config, catalogue: Catalogue | None = None) -> tuple[Ledger, ...]:
    """Return the ledger of costs, then those of a year, of labor and of water that are asked for.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue, optional
        Its ranges of costs are their spread (`cost_spread`); without it they have none.

    Returns
    -------
    tuple of Ledger
        "cost" first; only it is money.
    """
    asked = asked_ledgers(config)
    return (
        Ledger("cost", config.currency, spread=cost_spread(config, catalogue, "cost")),
        *(
            Ledger(
                name,
                f"{config.currency}/yr",
                money=False,
                spread=cost_spread(config, catalogue, name),
            )
            for name in YEARLY_LEDGERS
            if name in asked
        ),
        *(Ledger(name, unit, money=False) for name, unit in PHYSICAL.items() if name in asked),
    )


def rates_per_ha(
    config: Config, catalogue: Catalogue, ledgers: tuple[Ledger, ...], findings: list[Finding]
) -> NDArray[np.float64]:
    """Return what a hectare of each intervention takes of each ledger.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    ledgers : tuple of Ledger
        Of `ledgers_of`.
    findings : list of Finding
        Appended to: a warning for each ledger to which nothing is known of some interventions.

    Returns
    -------
    float64 array, shape (n_interventions, n_ledgers)
        0 for the baseline. Labor and water are the mean of a year times the horizon.
    """
    horizon, discount = config.horizon.to("yr"), config.discount_rate.to("%") / 100.0
    rates = np.zeros((len(catalogue.names), len(ledgers)))
    unknown: dict[str, list[str]] = {}
    for a, intervention in enumerate(catalogue.interventions, start=1):
        establishment, annual = intervention.establishment_per_ha, intervention.annual_per_ha
        money = {
            "cost": present_value(establishment, annual, horizon, discount),
            "first_year": establishment + annual,
            "annual": annual,
        }
        for k, ledger in enumerate(ledgers):
            if ledger.name in money:
                rates[a, k] = money[ledger.name]
                continue
            yearly = yearly_per_ha(config, intervention, ledger.name)
            rates[a, k] = 0.0 if yearly is None else yearly * horizon
            if yearly is None:
                unknown.setdefault(ledger.name, []).append(intervention.name)
    findings += _unknown(config, unknown)
    return rates


def cost_spread(
    config: Config, catalogue: Catalogue | None, ledger: str
) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """Return how sure the costs of a hectare are.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue or None
        None: no spread.
    ledger : str
        "cost", "first_year" or "annual".

    Returns
    -------
    tuple of (str, tuple of float)
        As `Ledger.spread`. The catalogue's range of a cost counts as its 90 % interval; ranges of
        establishment and of annual cost are independent of each other (both judgements). A cost
        that the config gives is certain, and so is a payment.
    """
    found: dict[str, list[float]] = {}
    if catalogue is None:
        return ()
    known = {one.name: one for one in (*catalogue.parts, *catalogue.interventions)}
    for a, one in enumerate(catalogue.interventions, start=1):
        option = config.interventions.options.get(one.name) if one.parts else None
        establishment = option is None or option.establishment is None
        annual = option is None or option.annual is None
        for name in one.parts or (one.name,):
            sds = _cost_sds(known[name])
            sd = _together(config, ledger, sds[0] * establishment, sds[1] * annual)
            if sd > 0:
                found.setdefault(name, [0.0] * len(catalogue.names))[a] = sd
    return tuple((name, tuple(sds)) for name, sds in found.items())


def _cost_sds(one: Intervention) -> tuple[float, float]:
    """Return the sd of establishment per ha and of the annual cost per ha; 0 without a range."""
    low, high = one.establishment_range or (0.0, 0.0)
    volume = 1.0
    if one.establishment_per_m3 is not None and one.treated_depth_m is not None:
        volume = volume_per_ha(one.treated_depth_m)
    least, most = one.annual_range or (0.0, 0.0)
    return volume * (high - low) / INTERVAL_SDS, (most - least) / INTERVAL_SDS


def _together(config: Config, ledger: str, establishment: float, annual: float) -> float:
    """Return the sd of a ledger from those of both costs."""
    if ledger == "annual":
        return annual
    rate = config.discount_rate.to("%") / 100.0
    years = 1.0 if ledger == "first_year" else present_value(0, 1, config.horizon.to("yr"), rate)
    return float(np.hypot(establishment, annual * years))


def yearly_per_ha(config: Config, intervention: Intervention, ledger: str) -> float | None:
    """Return the labor or water that a hectare takes in an average year.

    Parameters
    ----------
    config : Config
    intervention : Intervention
        A bundle without a figure of its own takes the sum of its parts.
    ledger : str
        A key of PHYSICAL.

    Returns
    -------
    float or None
        h or m3 per ha and year; None where it is not known.
    """
    option = config.interventions.options.get(intervention.name)
    own: Quantity | None = None if option is None else getattr(option, ledger)
    if own is not None:
        return own.to(f"{PHYSICAL[ledger]}/ha/yr")
    if intervention.parts:
        parts = (intervention_of(config, part) for part in intervention.parts)
        known = [yearly_per_ha(config, part, ledger) for part in parts]
        return None if None in known else sum(one for one in known if one is not None)
    return intervention.labor_h_per_ha_yr if ledger == LABOR else intervention.water_m3_per_ha_yr


def budget_limit(config: Config, ledger: str, limit: Quantity) -> float:
    """Return a budget in the unit of its ledger; labor and water of a year count each year.

    Parameters
    ----------
    config : Config
    ledger : str
    limit : Quantity

    Returns
    -------
    float
    """
    unit = PHYSICAL.get(ledger)
    if unit is None:
        return limit.value
    try:
        return limit.to(unit)
    except UnitError:
        return limit.to(f"{unit}/yr") * config.horizon.to("yr")


def _unknown(config: Config, unknown: dict[str, list[str]]) -> Iterator[Finding]:
    for ledger, names in unknown.items():
        yield Finding(
            where=config.where("interventions.options"),
            what=f"the {ledger} of {', '.join(names)} is not known and counts as 0",
            hint=f"Write interventions.options.{names[0]}: "
            f"{{{ledger}: 10 {PHYSICAL[ledger]}/ha/yr}}.",
            severity="warning",
        )
