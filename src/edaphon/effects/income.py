"""What changes of a feature with a price earn, and the cost net of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.units import UnitError
from edaphon.effects.values import BLOCK_UNITS
from edaphon.errors import ConfigError, Finding, raise_errors
from edaphon.practices.ledgers import NET_COST, asked_ledgers, present_value
from edaphon.practices.values import Ledger

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.effects.values import Effects
    from edaphon.practices.values import Options
    from edaphon.surrogates.state import State


def with_net_cost(config: Config, options: Options, state: State, effects: Effects) -> Options:
    """Return the options with a ledger of the cost net of what changed yields earn.

    Parameters
    ----------
    config : Config
        ``features.NAME.price`` says what a unit of a feature earns.
    options : Options
        Ledger 0 is the cost.
    state : State
        Of the same features as the effects.
    effects : Effects

    Returns
    -------
    Options
        As given where nobody asks for the ledger "net_cost"; else with it, not as money, so that
        `minimize: cost` stays what is spent: ``cost - sum of price x expected change of a year``,
        the latter as present value of the same sum at the end of each year of the horizon. It
        spreads by the ranges of the costs and by how sure the change is.

    Raises
    ------
    ConfigError
        If it is asked for and no feature has a price, or a price does not fit its feature's unit.
    """
    if NET_COST not in asked_ledgers(config):
        return options
    prices = _prices(config, state)
    rate = config.discount_rate.to("%") / 100.0
    factor = present_value(0.0, 1.0, config.horizon.to("yr"), rate)
    net: NDArray[np.float64] = options.cost[:, :, 0].copy()
    for start in range(0, len(net), BLOCK_UNITS):
        rows = slice(start, start + BLOCK_UNITS)
        net[rows] -= factor * (effects.block(rows) @ prices)
    ledger = Ledger(
        NET_COST,
        config.currency,
        money=False,
        spread=options.ledgers[0].spread,
        prices=tuple((factor * prices).tolist()),
    )
    return replace(
        options,
        cost=np.concatenate([options.cost, net[:, :, None]], axis=2),
        ledgers=(*options.ledgers, ledger),
    )


def _prices(config: Config, state: State) -> NDArray[np.float64]:
    """Return what a unit of each feature's amount earns in a year; 0 without a price."""
    prices = np.zeros(len(state.features))
    faults = []
    for f, name in enumerate(state.features):
        section = config.features.get(name)
        if section is None or section.price is None:
            continue
        weight = state.units[f].replace("/yr", "").replace("/ha", "", 1)
        where = config.where(f"features.{name}.price")
        if state.relative[f]:
            what = f"{name} has a price, but nothing says how much of it there is today"
            faults.append(Finding(where, what, "Give its column, with a unit as t/ha."))
            continue
        try:
            prices[f] = section.price.to(f"{config.currency}/{weight}")
        except UnitError as error:
            faults.append(Finding(where, f"the price of {name}: {error}", f"Give it per {weight}."))
    if not faults and not prices.any():
        what = "net_cost takes what a yield earns off the cost, and no feature has a price"
        hint = "Write features: {yield: {column: ..., unit: t/ha, price: 200 EUR/t}}."
        faults.append(Finding(config.where("features"), what, hint))
    raise_errors(faults, ConfigError)
    return prices
