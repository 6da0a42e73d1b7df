"""The earlier portfolio that a config wants to stay close to, and the price of leaving it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.data.columns import as_text
from edaphon.data.delimited import read_table
from edaphon.errors import DataError, Finding
from edaphon.practices.policy import policy_allocation
from edaphon.practices.values import BASELINE, Ledger

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.practices.values import Options

CHANGE = "change"


def earlier_portfolio(
    config: Config, landscape: Landscape, interventions: tuple[str, ...], faults: list[Finding]
) -> NDArray[np.uint8] | None:
    """Return the earlier portfolio as positions of interventions, None where none is named.

    Parameters
    ----------
    config : Config
        ``constraints.near``: a CSV of unit_id and intervention, else the present policy.
    landscape : Landscape
    interventions : tuple of str
        "baseline" first.
    faults : list of Finding
        Appended to: unknown columns, units and interventions, a policy that is not there.
    """
    near = config.constraints.near
    if near is None:
        return None
    if near.file:
        return _from_file(config, landscape, interventions, faults)
    where = config.where("constraints.near")
    policy, _ = policy_allocation(landscape, interventions, where)
    if policy is None:
        hint = "Name the column of present policy in landscape.policy, or give file."
        faults.append(Finding(where, "there is no earlier portfolio to stay close to", hint))
    return policy


def _from_file(
    config: Config, landscape: Landscape, interventions: tuple[str, ...], faults: list[Finding]
) -> NDArray[np.uint8] | None:
    near = config.constraints.near
    path = config.resolve(near.file if near is not None else "")
    try:
        table, _ = read_table(path, config.where("constraints.near.file"))
    except DataError as error:
        faults.extend(error.findings)
        return None
    columns = {str(column).casefold(): str(column) for column in table.columns}
    absent = [name for name in ("unit_id", "intervention") if name not in columns]
    if absent:
        what = f"there is no column {' and no column '.join(absent)}"
        faults.append(Finding(f"{path.name}: header", what, "Give unit_id and intervention."))
        return None
    ids, names = (as_text(table[columns[name]]) for name in ("unit_id", "intervention"))
    return _placed(ids, names, table.index, path.name, landscape, interventions, faults)


def _placed(  # noqa: PLR0917 - one value per column and label
    ids: NDArray[np.str_],
    names: NDArray[np.str_],
    lines: pd.Index,
    source: str,
    landscape: Landscape,
    interventions: tuple[str, ...],
    faults: list[Finding],
) -> NDArray[np.uint8]:
    """Put the rows of the file in the order of the landscape."""
    position = {"": 0, BASELINE: 0, **{name: a for a, name in enumerate(interventions)}}
    order = {unit: i for i, unit in enumerate(landscape.ids.tolist())}
    earlier = np.zeros(landscape.n_units, dtype=np.uint8)
    seen: dict[int, str] = {}
    for unit, name, line in zip(ids.tolist(), names.tolist(), lines, strict=True):
        where = f"{source}: line {line}"
        if unit not in order:
            hint = did_you_mean(unit, list(order)[:50_000])
            faults.append(Finding(where, f"no unit is called {unit!r}", hint))
        elif name not in position:
            hint = did_you_mean(name, interventions)
            faults.append(Finding(where, f"no intervention is called {name!r}", hint))
        elif seen.setdefault(order[unit], name) != name:
            faults.append(Finding(where, f"unit {unit!r} has two interventions", "Keep one line."))
        else:
            earlier[order[unit]] = position[name]
    return earlier


def with_price_of_change(
    config: Config, landscape: Landscape, options: Options, earlier: NDArray[np.uint8] | None
) -> tuple[NDArray[np.float64], tuple[Ledger, ...]]:
    """Costs and ledgers, the money ledger "change" added where changing has a price.

    Returns
    -------
    cost : float64 array, shape (n_units, n_interventions, n_ledgers)
        "change" holds price x area for every option but the earlier one.
    ledgers : tuple of Ledger
    """
    near = config.constraints.near
    if near is None or near.price is None or earlier is None:
        return options.cost, options.ledgers
    price = near.price.to(f"{config.currency}/ha")
    differs = np.arange(options.cost.shape[1]) != earlier[:, None]
    column = (price * landscape.area_ha[:, None] * differs)[:, :, None]
    ledgers = (*options.ledgers, Ledger(CHANGE, config.currency))
    return np.concatenate([options.cost, column], axis=2), ledgers


def read_earlier(
    earlier: ArrayLike | None, shape: tuple[int, ...], faults: list[Finding]
) -> NDArray[np.uint8] | None:
    """Read the portfolio to stay close to from positions, `shape` (n_units, n_interventions)."""
    if earlier is None:
        return None
    chosen = np.asarray(earlier)
    whole = np.issubdtype(chosen.dtype, np.integer) and chosen.shape == shape[:1]
    if not whole or not ((chosen >= 0) & (chosen < shape[1])).all():
        what = f"is no position of {shape[1]} interventions for each of {shape[0]} units"
        faults.append(Finding("earlier", what, "Give whole numbers, 0 = baseline."))
        return None
    return chosen.astype(np.uint8)
