"""Bounds on boundary problems by messages between neighbors, for any number of groups.

The energy is ``sum of cost[x_i, i] + sum of weight over pairs with x_i != x_j``, to be minimized.
Sequential tree-reweighted message passing (TRW-S: Kolmogorov, 2006, IEEE Transactions on Pattern
Analysis and Machine Intelligence 28, 1568-1583) raises a lower bound on it: units send in the
order of their colors, forward and backward. Any messages give a valid bound: on the backward pass
every unit's cost is split evenly among the messages it sends, and the least of each share is
counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.rows import block_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.space.graph import Graph


@dataclass(frozen=True)
class _Sender:
    """One color's units, the messages that reach them, and those that they send one way.

    Attributes
    ----------
    units : intp array
        Units of this color that have neighbors.
    arrive : slice
        Places of the messages that reach them, in order of the units.
    starts : intp array
        Where each unit's messages start within `arrive`.
    heard, sent : intp arrays
        Places of the messages that are answered, and of the answers.
    by : intp array
        Position in `units` of each answer's sender.
    share : float64 array
        Part of a unit's cost that each of its answers carries.
    """

    units: NDArray[np.intp]
    arrive: slice
    starts: NDArray[np.intp]
    heard: NDArray[np.intp]
    sent: NDArray[np.intp]
    by: NDArray[np.intp]
    share: NDArray[np.float64]


class Messages:
    """Messages along both directions of every pair, and the bound that they prove.

    Parameters
    ----------
    graph : Graph
    n_groups : int
    """

    def __init__(self, graph: Graph, n_groups: int) -> None:
        color = graph.colors
        source = np.concatenate([graph.first, graph.second])
        target = np.concatenate([graph.second, graph.first])
        order = np.lexsort((source, target, color[target]))
        place = np.empty(len(order), dtype=np.intp)
        place[order] = np.arange(len(order))
        half = len(graph.first)
        back = np.concatenate([place[half:], place[:half]])[order]
        source, target = source[order], target[order]
        self._weight = np.concatenate([graph.weight, graph.weight])[order]
        self.values = np.zeros((n_groups, len(order)))
        sent_on = np.bincount(source[color[target] > color[source]], minlength=graph.n_units)
        sent_back = np.bincount(source[color[target] < color[source]], minlength=graph.n_units)
        share = 1.0 / np.maximum(np.maximum(sent_on, sent_back), 1)
        edges = np.searchsorted(color[target], np.arange(color.max(initial=-1) + 2))
        self._on: list[_Sender] = []
        self._back: list[_Sender] = []
        for c, (low, high) in enumerate(pairwise(edges)):
            if low == high:
                continue
            units, starts = np.unique(target[low:high], return_index=True)
            by = np.repeat(np.arange(len(units)), np.diff(np.append(starts, high - low)))
            for made, later in ((self._on, True), (self._back, False)):
                other = color[source[low:high]]
                some = np.flatnonzero(other > c if later else other < c)
                heard = some + low
                made.append(
                    _Sender(
                        units, slice(int(low), int(high)), starts, heard, back[heard],
                        by[some], share[units][by[some]],
                    )
                )  # fmt: skip
        self._back.reverse()

    def _send(
        self, cost: NDArray[np.float64], sender: _Sender, label: NDArray[np.intp] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Send one color's messages; return what they take out, and the least cost by unit."""
        arrived = np.add.reduceat(self.values[:, sender.arrive], sender.starts, axis=1)
        arrived += cost[:, sender.units]
        if label is not None:
            label[sender.units] = arrived.argmin(axis=0)
        least = arrived.min(axis=0)
        arrived -= least
        if not len(sender.sent):
            return np.zeros(0), least
        out = arrived[:, sender.by]
        out *= sender.share
        out -= self.values[:, sender.heard]
        lowest = out.min(axis=0)
        out -= lowest
        np.minimum(out, self._weight[sender.sent], out=out)
        self.values[:, sender.sent] = out
        return lowest, least

    def sweep(self, cost: NDArray[np.float64]) -> tuple[float, NDArray[np.intp]]:
        """Send all messages forward and backward once.

        Parameters
        ----------
        cost : float64 array, shape (n_groups, n_units)
            inf where forbidden.

        Returns
        -------
        bound : float
            No labeling costs less, up to rounding.
        label : intp array, shape (n_units,)
            The best group of every unit as its messages see it.
        """
        for sender in self._on:
            self._send(cost, sender)
        label = cost.argmin(axis=0)
        found = cost.min(axis=0)
        total = 0.0
        for sender in self._back:
            lowest, least = self._send(cost, sender, label)
            found[sender.units] = least
            total += block_sum(lowest)
        return total + block_sum(found), label
