"""Most units of a large problem are decided at any price near the right one.

A sample of the units tells prices on both sides of the limit. One pass over all units, block by
block, finds their best options at both: where these agree the option is the best in between too
(upper envelope of lines), and only the sums of such units are kept. The other units, and those
where another option comes close to the best, are looked at again; they are few.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.rows import block_sum, blocks
from edaphon.solver.dual import Walk, best_and_lead, best_places, find_price, price_between, priced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.dual import Dual
    from edaphon.solver.pairs import Pairs
    from edaphon.solver.table import Table

SAMPLE = 10_000
"""Units of the sample, about."""
SAMPLED = 4_000
"""Units from which a sample of them is asked first."""
LEAST_STEP = 8
"""In smaller problems every eighth unit is in the sample."""
WIDTH = 3.0
"""Half the first bracket, in standard errors of the sample's cost."""
WIDER = 6.0
TRIES = 4
CLOSE = 400
"""Units with a close second option that are looked at again, about."""


@dataclass(frozen=True)
class Look:
    """The units that are looked at, and the sums of those that are decided.

    Attributes
    ----------
    units : intp array, shape (n_looked_at,)
    order : uint8 array, shape (n_options, n_looked_at)
        Places by cost, then by position; forbidden ones last.
    value, cost : float64 arrays, shape (n_options, n_looked_at)
        In that order.
    place : uint8 array, shape (n_units,)
        Places of the decided units.
    decided_value, decided_cost : float
        Their sums.
    rest : float
        No decided unit loses less than this by another option.
    dual : Dual
        The exact price, and the places in `order` of the units looked at.
    """

    units: NDArray[np.intp]
    order: NDArray[np.uint8]
    value: NDArray[np.float64]
    cost: NDArray[np.float64]
    place: NDArray[np.uint8]
    decided_value: float
    decided_cost: float
    rest: float
    dual: Dual

    def whole(self, chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Places of all units, given those in `order` of the units looked at."""
        place = self.place.copy()
        place[self.units] = self.order[chosen, np.arange(len(chosen))]
        return place


@dataclass(frozen=True)
class _Passed:
    """What one pass over all units gives."""

    units: NDArray[np.intp]
    value: NDArray[np.float64]
    cost: NDArray[np.float64]
    place: NDArray[np.uint8]
    decided_value: float
    decided_cost: float


class _Sample:
    """Every k-th unit, and the prices it tells."""

    def __init__(self, source: Table | Pairs, coefficients: NDArray[np.float64]) -> None:
        step = max(LEAST_STEP, source.n_units // SAMPLE)
        some = slice(None, None, step)
        _, value, cost = _ordered(source.value(coefficients, some), source.costs(some))
        count = value.shape[1]
        self.limit = source.limit * count / source.n_units
        self.walk = Walk(value, cost, best_places(value, cost, np.inf), 0.0)
        guess = self.walk.price(self.limit)
        taken = cost[best_places(value, cost, guess), np.arange(count)]
        self.error = float(taken.std()) * math.sqrt(count)
        self.close = 0.0
        if 0.0 < guess < np.inf:
            _, lead = best_and_lead(priced(value, cost, guess))
            rank = min(CLOSE // step, count - 1)
            self.close = float(np.partition(lead, rank)[rank])

    def prices(self) -> Iterator[tuple[float, float]]:
        """Lower and upper ends of brackets, ever wider ones; at last 0 and infinity."""
        width = WIDTH * self.error
        for _ in range(TRIES):
            yield self.walk.price(self.limit + width), self.walk.price(self.limit - width)
            width *= WIDER
        yield 0.0, np.inf


def narrow(source: Table | Pairs, coefficients: NDArray[np.float64]) -> Look | None:
    """Find the exact price of the limit, looking at few units more than once.

    Parameters
    ----------
    source : Table or Pairs
    coefficients : float64 array, shape (n_columns,)

    Returns
    -------
    Look or None
        None if even the cheapest options exceed the limit.
    """
    if not np.isfinite(source.limit):
        return _between(source, coefficients, 0.0, 0.0, 0.0)[0]
    sample = _Sample(source, coefficients)
    low, high = 0.0, np.inf
    for wide_low, wide_high in sample.prices():
        low, high = max(low, wide_low), min(high, wide_high)
        look, over = _between(source, coefficients, low, max(low, high), sample.close)
        if look is not None:
            return look
        if over > 0 and high == np.inf:
            return None
        low, high = (high, np.inf) if over > 0 else (0.0, low)
    return None


def _between(
    source: Table | Pairs, coefficients: NDArray[np.float64], low: float, high: float, close: float
) -> tuple[Look | None, float]:
    """Look between two prices; without an answer, 1 where it lies above them and -1 below."""
    passed = _pass(source, coefficients, low, high, close)
    order, value, cost = _ordered(passed.value, passed.cost)
    room = source.limit - passed.decided_cost
    dual = price_between(value, cost, room, low, high)
    if dual is None:
        units = np.arange(len(passed.units))
        least = block_sum(cost[best_places(value, cost, high), units])
        return None, 1.0 if least > room else -1.0
    look = Look(
        passed.units,
        order,
        value,
        cost,
        passed.place,
        passed.decided_value,
        passed.decided_cost,
        close,
        dual,
    )
    return look, 0.0


def _pass(
    source: Table | Pairs, coefficients: NDArray[np.float64], low: float, high: float, close: float
) -> _Passed:
    """Decide the units whose best option is the same at both prices and far ahead at both."""
    place = np.empty(source.n_units, dtype=np.uint8)
    kept: list[tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]] = []
    values, costs = [], []
    for rows in blocks(source.n_units, source.at_once):
        value, cost = source.value(coefficients, rows), source.costs(rows)
        at_low, lead = best_and_lead(priced(value, cost, low))
        at_high, other = best_and_lead(priced(value, cost, high))
        if np.isinf(high):
            other = np.where(other > 0, np.inf, 0.0)
        open_ = (at_low != at_high) | (np.minimum(lead, other) <= close)
        place[rows] = at_low
        sure = np.flatnonzero(~open_)
        for part in blocks(len(open_)):
            mine = sure[slice(*np.searchsorted(sure, (part.start, part.stop)))]
            values.append(value[at_low[mine], mine].sum())
            costs.append(cost[at_low[mine], mine].sum())
        kept.append((rows.start + np.flatnonzero(open_), value[:, open_], cost[:, open_]))
    return _Passed(
        np.concatenate([units for units, _, _ in kept]),
        np.concatenate([value for _, value, _ in kept], axis=1),
        np.concatenate([cost for _, _, cost in kept], axis=1),
        place,
        math.fsum(values),
        math.fsum(costs),
    )


def _ordered(
    value: NDArray[np.float64], cost: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.float64]]:
    """Put options in the order of the tie rule; forbidden ones cost what the first does."""
    shut = np.isneginf(value)
    order = np.argsort(np.where(shut, np.inf, cost), axis=0, kind="stable")
    value = np.take_along_axis(value, order, axis=0)
    cost = np.take_along_axis(cost, order, axis=0)
    return order.astype(np.uint8), value, np.where(np.isneginf(value), cost[0], cost)


def everything(table: Table, coefficients: NDArray[np.float64]) -> Look | None:
    """Look at all units: for problems that are not large; None as in `narrow`."""
    value = table.value(coefficients)
    dual = _exact(table, coefficients, value)
    if dual is None:
        return None
    n_options, n_units = value.shape
    units = np.arange(n_units)
    order = np.broadcast_to(np.arange(n_options, dtype=np.uint8)[:, None], value.shape)
    place = np.zeros(n_units, dtype=np.uint8)
    return Look(units, order, value, table.cost, place, 0.0, 0.0, np.inf, dual)


def _exact(
    table: Table, coefficients: NDArray[np.float64], value: NDArray[np.float64]
) -> Dual | None:
    """Return the exact price; in problems that are not small a sample tells where to look."""
    if table.n_units >= SAMPLED and np.isfinite(table.limit):
        low, high = next(_Sample(table, coefficients).prices())
        found = price_between(value, table.cost, table.limit, low, high)
        if found is not None:
            return found
    return find_price(value, table.cost, table.limit)
