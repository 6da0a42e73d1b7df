"""Costs that the planner knows unit by unit, in place of costs per hectare."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.messages import name_some
from edaphon.errors import Finding
from edaphon.practices.ledgers import YEARLY_LEDGERS
from edaphon.practices.unit_rows import read_unit_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.practices.unit_rows import UnitRows
    from edaphon.practices.values import Catalogue, Ledger, Options


def with_cost_table(
    config: Config, catalogue: Catalogue, landscape: Landscape, options: Options
) -> Options:
    """Return options at the costs that ``tables.costs`` lists, if the config names such a table.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    landscape : Landscape
    options : Options
        At costs per hectare.

    Returns
    -------
    Options
        Listed pairs of unit and intervention cost what their rows say, summed; others what they
        cost per hectare. An intervention that the table names has no spread of its cost. Findings
        warn of costs below 0, of bundles that are not listed beside their parts, and of ledgers of
        a year, to which the table says nothing.

    Raises
    ------
    DataError
        As `edaphon.practices.unit_rows.read_unit_rows`.
    """
    if config.tables is None or not config.tables.costs:
        return options
    paid = read_unit_rows(config, "costs", "cost", (), landscape, catalogue)
    cost = options.cost.copy()
    listed = (paid.unit, paid.option)
    money = cost[:, :, 0]
    money[listed] = 0.0
    np.add.at(money, listed, paid.amount)
    ledgers = (_certain(options.ledgers[0], set(paid.option.tolist())), *options.ledgers[1:])
    found = [*paid.notes, *_savings(config, paid, landscape, catalogue)]
    found += [*_not_listed(config, catalogue, options.ledgers, set(paid.option.tolist()))]
    return replace(options, cost=cost, ledgers=ledgers, findings=(*options.findings, *found))


def _certain(ledger: Ledger, listed: set[int]) -> Ledger:
    """Return the ledger without the spread of listed interventions."""
    kept = (
        (name, tuple(0.0 if a in listed else sd for a, sd in enumerate(sds)))
        for name, sds in ledger.spread
    )
    return replace(ledger, spread=tuple((name, sds) for name, sds in kept if any(sds)))


def _savings(
    config: Config, paid: UnitRows, landscape: Landscape, catalogue: Catalogue
) -> tuple[Finding, ...]:
    """Warn of costs below 0: money saved, or a slip of the sign."""
    below = np.flatnonzero(paid.amount < 0)
    if not len(below):
        return ()
    k = below[np.argmin(paid.amount[below])]
    unit, option = landscape.ids[paid.unit[k]], catalogue.names[paid.option[k]]
    what = (
        f"{len(below):,} of {len(paid.amount):,} costs are below 0 and count as money saved, the "
        f"lowest {paid.amount[k]:,.6g} of {option} in unit {unit}"
    )
    hint = "Leave them so if that is meant, else take the minus away."
    return (Finding(config.where("tables.costs"), what, hint, "warning"),)


def _not_listed(
    config: Config, catalogue: Catalogue, ledgers: tuple[Ledger, ...], listed: set[int]
) -> Iterator[Finding]:
    """Warn of what still goes by costs per hectare, where the table lets expect otherwise."""
    where = config.where("tables.costs")
    names = {catalogue.names[a] for a in listed}
    for a, one in enumerate(catalogue.interventions, start=1):
        parts = [name for name in one.parts if name in names]
        own = config.interventions.options.get(one.name)
        given = own is not None and {own.establishment, own.annual} != {None}
        if parts and a not in listed and not given:
            what = f"costs of {name_some(parts)} are listed, but none of the bundle {one.name}"
            hint = (
                "List it too, or give its cost under interventions.options; else it costs what its "
                "parts do per hectare."
            )
            yield Finding(where, what, hint, "warning")
    yearly = [ledger.name for ledger in ledgers if ledger.name in YEARLY_LEDGERS]
    if yearly:
        what = (
            f"the table holds costs of the whole horizon; {name_some(yearly)}, of one year, goes "
            "by costs per hectare, listed or not"
        )
        hint = "Bound or minimize cost, or give costs per hectare under interventions.options."
        yield Finding(where, what, hint, "warning")
