"""Minimum cuts: the best choice between two groups, exact up to a rounding that the bound covers.

Maximizing ``sum of gain over chosen units - weight of pairs with one of the two chosen`` is a
minimum cut (Greig, Porteous and Seheult, 1989, Journal of the Royal Statistical Society B 51,
271-279). The flow is scipy's (Dinic), whose capacities are 32-bit integers: they are rounded down,
so the flow stays a bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from edaphon.problem.rows import block_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.space.graph import Graph

CAPACITY = 2.0**29
"""Sum of the gains as integers; twice this still fits into 32 bits."""


def cut(
    gain: NDArray[np.float64],
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    there: NDArray[np.float64],
    back: NDArray[np.float64],
) -> tuple[NDArray[np.bool_], float]:
    """Choose the units that are worth most together.

    Parameters
    ----------
    gain : float64 array, shape (n_units,)
        What choosing a unit is worth; may be infinite.
    first, second : intp arrays, shape (n_pairs,)
    there, back : float64 arrays, shape (n_pairs,)
        At least 0: what it costs that only `first` is chosen, and that only `second` is.

    Returns
    -------
    chosen : bool array, shape (n_units,)
    bound : float
        No choice is worth more, up to float rounding; inf if a gain is.
    """
    n_units = len(gain)
    # beyond what the boundary around a unit can cost, a gain decides alone
    high = np.bincount(first, there, n_units) + np.bincount(second, back, n_units)
    low = np.bincount(first, back, n_units) + np.bincount(second, there, n_units)
    near = np.clip(gain, -low, high)
    largest = max(there.max(initial=0.0), back.max(initial=0.0), float(np.abs(near).sum()))
    scale = CAPACITY / largest if largest > 0 else 1.0
    wanted, shunned = np.flatnonzero(near > 0), np.flatnonzero(near < 0)
    source, sink = np.full(len(wanted), n_units), np.full(len(shunned), n_units + 1)
    capacity = np.concatenate([near[wanted], -near[shunned], there, back])
    rows = np.concatenate([source, shunned, first, second])
    columns = np.concatenate([wanted, sink, second, first])
    whole = np.floor(capacity * scale).astype(np.int32)
    shape = (n_units + 2, n_units + 2)
    network = csr_array((whole, (rows, columns)), shape=shape)
    found = maximum_flow(network, n_units, n_units + 1)
    rest = network - found.flow
    rest.data = np.maximum(rest.data, 0)
    rest.eliminate_zeros()
    chosen = np.zeros(n_units + 2, dtype=bool)
    chosen[breadth_first_order(rest, n_units, return_predecessors=False)] = True
    taken = (chosen[:n_units] | (gain > high)) & ~(gain < -low)
    bound = block_sum(np.maximum(near, 0.0)) + block_sum(np.maximum(gain - near, 0.0))
    return taken, bound - float(found.flow_value) / scale


def expand(
    graph: Graph, cost: NDArray[np.float64], label: NDArray[np.intp], cycles: int
) -> NDArray[np.intp]:
    """Improve a labeling: let each group in turn grow where that lowers the energy most.

    Alpha-expansion (Boykov, Veksler and Zabih, 2001, IEEE Transactions on Pattern Analysis and
    Machine Intelligence 23, 1222-1239); the energy never rises.

    Parameters
    ----------
    graph : Graph
    cost : float64 array, shape (n_groups, n_units)
        inf where forbidden.
    label : intp array, shape (n_units,)
        Not forbidden anywhere.
    cycles : int
        Most rounds over all groups.
    """
    units = np.arange(graph.n_units)
    best = energy(graph, cost, label)
    for _ in range(cycles):
        before = best
        for group in range(len(cost)):
            moved = _expanded(graph, cost, label, group)
            worth = energy(graph, cost, moved)
            if worth < best and np.isfinite(cost[moved, units]).all():
                best, label = worth, moved
        if best >= before:
            break
    return label


def energy(graph: Graph, cost: NDArray[np.float64], label: NDArray[np.intp]) -> float:
    """Cost of a labeling with its boundary."""
    return block_sum(cost[label, np.arange(graph.n_units)]) + graph.exposed(label)


def _expanded(
    graph: Graph, cost: NDArray[np.float64], label: NDArray[np.intp], group: int
) -> NDArray[np.intp]:
    """Return the best labeling in which any units may change to one group."""
    one, two, weight = label[graph.first], label[graph.second], graph.weight
    gain = cost[label, np.arange(graph.n_units)] - cost[group]
    gain[label == group] = np.inf
    # a pair costs e(keep, keep), e(keep, take), e(take, keep); both taken cost nothing
    kept = weight * (one != two)
    only_second = weight * (one != group)
    only_first = weight * (two != group)
    # cost = kept - (kept - only_first) [first] - only_first [second] + back [second, not first]
    gain += np.bincount(graph.first, kept - only_first, graph.n_units)
    gain += np.bincount(graph.second, only_first, graph.n_units)
    back = only_second + only_first - kept
    taken, _ = cut(gain, graph.first, graph.second, np.zeros_like(back), back)
    made = label.copy()
    made[taken] = group
    return made
