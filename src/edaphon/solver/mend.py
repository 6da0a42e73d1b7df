"""Mend portfolios that somebody else made: change units until every rule holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.apart import clash_of, touching
from edaphon.solver.deciding import deciding_units
from edaphon.solver.linked import link
from edaphon.solver.prices import find_prices
from edaphon.solver.repair import repair
from edaphon.solver.space.apart import Apart
from edaphon.solver.space.graph import Graph
from edaphon.solver.table import make_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.values import Problem
    from edaphon.solver.deciding import Deciding


def mended(
    problem: Problem,
    rules: Formulation,
    plans: NDArray[np.uint8],
    scales: NDArray[np.float64],
) -> list[NDArray[np.uint8] | None]:
    """Change units until every rule holds, those first that relieve most for what they lose.

    An option that is not allowed gives way to the baseline, or to what is locked in. Farms that
    choose as one take the option that most of their area has. What a change loses is counted with
    equal weights of the objectives over their scales, and with the rules at the prices that these
    weights give them. Forbidden neighbors are parted first. Patches are not looked at.

    Parameters
    ----------
    plans : uint8 array, shape (n_plans, n_units)
    scales : float64 array, shape (n_objectives,)

    Returns
    -------
    list of uint8 array, shape (n_units,), or None
        None where no single change helps any more.
    """
    deciding = deciding_units(problem, rules)
    inner = deciding.problem
    table = make_table(inner, deciding.formulation)
    limited = [row for row in deciding.formulation.rows if np.isfinite([row.low, row.high]).any()]
    linked = None
    if limited:
        linked = link(table, replace(deciding.formulation, rows=tuple(limited)), np.inf, False)
    apart = None
    if problem.apart:
        first, second = touching(inner)
        graph = Graph.of(inner.n_units, first, second, np.ones(len(first)))
        apart = Apart(graph, clash_of(inner), table.order)
    open_ = ~np.isneginf(table.barrier)
    nothing = ((table.order == 0) & open_).argmax(axis=0)
    weights = 1.0 / (len(scales) * scales)
    made: list[NDArray[np.uint8] | None] = []
    for plan in plans:
        own = (table.order == _choices(deciding, plan, problem.area_ha)) & open_
        place: NDArray[np.intp] | None = np.where(own.any(axis=0), own.argmax(axis=0), nothing)
        if place is not None and (apart is not None or linked is not None):
            value = table.value(table.outcome.slope(table.totals(place), weights))
            place = place if apart is None else apart.settle(value, place)
            if place is not None and linked is not None:
                prices = find_prices(linked.rows, linked.limits, value).prices
                place = repair(linked, value - np.tensordot(prices, linked.rows, axes=1), place)
        made.append(None if place is None else deciding.spread(table.allocation(place)))
    return made


def _choices(
    deciding: Deciding, allocation: NDArray[np.uint8], area: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Choice of every deciding unit that agrees with the allocation on most of its area."""
    if deciding.group is None or deciding.plans is None:
        return allocation
    count = int(deciding.group.max()) + 1
    agrees = [
        np.bincount(deciding.group, area * (plan == allocation), count) for plan in deciding.plans
    ]
    return np.asarray(np.argmax(agrees, axis=0), dtype=np.uint8)
