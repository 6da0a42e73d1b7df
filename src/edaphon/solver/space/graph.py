"""Pairs of neighbors in the order in which messages pass between them.

Units are colored so that no two neighbors share a color: all units of one color are then worked on
at once. Colors follow a breadth-first order, so a grid gets two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Graph:
    """Neighboring units and the weight of the boundary between them.

    Attributes
    ----------
    n_units : int
    first, second : intp arrays, shape (n_pairs,)
        Each pair once, no unit beside itself.
    weight : float64 array, shape (n_pairs,)
        Above 0.
    """

    n_units: int
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    weight: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        n_units: int,
        first: NDArray[np.integer],
        second: NDArray[np.integer],
        weight: NDArray[np.float64],
    ) -> Graph:
        """Build a graph; pairs that stand twice are summed, those without weight left out."""
        low = np.minimum(first, second).astype(np.intp)
        high = np.maximum(first, second).astype(np.intp)
        some = (low != high) & (weight > 0)
        keys, places = np.unique(low[some] * n_units + high[some], return_inverse=True)
        summed = np.bincount(places, weight[some], len(keys))
        return cls(n_units, keys // n_units, keys % n_units, summed.astype(np.float64))

    @cached_property
    def matrix(self) -> csr_array:
        """Weights as a symmetric sparse matrix, shape (n_units, n_units)."""
        rows = np.concatenate([self.first, self.second])
        columns = np.concatenate([self.second, self.first])
        shape = (self.n_units, self.n_units)
        return csr_array((np.concatenate([self.weight, self.weight]), (rows, columns)), shape=shape)

    @cached_property
    def colors(self) -> NDArray[np.intp]:
        """Color of every unit, no two neighbors alike, shape (n_units,)."""
        matrix = self.matrix
        # a root beside one unit of every part reaches all of them in one search
        roots = np.unique(connected_components(matrix, directed=False)[1], return_index=True)[1]
        root = np.full(len(roots), self.n_units)
        pairs = np.concatenate([self.first, root]), np.concatenate([self.second, roots])
        shape = (self.n_units + 1, self.n_units + 1)
        whole = csr_array((np.ones(len(pairs[0])), pairs), shape=shape)
        order = breadth_first_order(whole, self.n_units, directed=False, return_predecessors=False)
        starts, others = matrix.indptr.tolist(), matrix.indices.tolist()
        color = [-1] * self.n_units
        for unit in order[1:].tolist():
            taken = {color[other] for other in others[starts[unit] : starts[unit + 1]]}
            choice = 0
            while choice in taken:
                choice += 1
            color[unit] = choice
        return np.array(color, dtype=np.intp)

    def exposed(self, group: NDArray[np.integer]) -> float:
        """Weight of the pairs whose units lie in different groups."""
        differ = group[self.first] != group[self.second]
        return float(self.weight[differ].sum())
