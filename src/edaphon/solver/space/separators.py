"""Smallest patches as linear rows: around a treated unit, its patch must leave every small set.

Take a connected set S of fewer units than a patch may have, and a unit i in it that is in a group.
The patch of i is larger than S, so some unit next to S is in the same group:
``z[i, g] <= sum over neighbors j of S of z[j, g]``. These are node cuts, as Carvajal, Constantino,
Goycoolea, Vielma and Weintraub (2013, Operations Research 61, 824-836) use them for connected
forests. A choice of whole units keeps all of these rows exactly where no patch is too small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.space.graph import Graph

MOST = 30_000
"""Connected sets of one size beyond which larger ones are left to be found broken."""


def connected_sets(graph: Graph, size: int, most: int) -> list[tuple[int, ...]] | None:
    """Every set of `size` units that hang together, in order; None if there are above `most`."""
    near = _near(graph)
    found: set[tuple[int, ...]] = {(unit,) for unit in range(graph.n_units)}
    for _ in range(size - 1):
        grown: set[tuple[int, ...]] = set()
        for one in found:
            for unit in one:
                grown.update(
                    tuple(sorted((*one, other))) for other in near[unit] if other not in one
                )
            if len(grown) > most:
                return None
        found = grown
    return sorted(found)


def separators(graph: Graph, least: int, most: int = MOST) -> csr_array:
    """Rows ``matrix @ z <= 0`` for one group, for the sets of fewer than `least` units.

    Rows that another one implies are left out.

    Parameters
    ----------
    graph : Graph
    least : int
        Fewest units of a patch.
    most : int
        Sets of one size beyond which larger ones are left out; `separators_of` makes rows of
        those that a choice of units breaks.

    Returns
    -------
    sparse array, shape (n_rows, n_units)
    """
    sets: list[tuple[int, ...]] = []
    for size in range(1, least):
        more = connected_sets(graph, size, most)
        if more is None:
            break
        sets += more
    return separators_of(graph, sets)


def separators_of(graph: Graph, sets: list[tuple[int, ...]]) -> csr_array:
    """Rows ``matrix @ z <= 0`` of the given sets, each smaller than a patch may be."""
    near = _near(graph)
    around: list[set[frozenset[int]]] = [set() for _ in range(graph.n_units)]
    for one in sets:
        beside = frozenset(other for unit in one for other in near[unit]).difference(one)
        for unit in one:
            around[unit].add(beside)
    rows, columns, count = [], [], 0
    own: list[int] = []
    for unit, cuts in enumerate(around):
        kept: list[frozenset[int]] = []
        for beside in sorted(cuts, key=lambda cut: (len(cut), sorted(cut))):
            if not any(smaller <= beside for smaller in kept):
                kept.append(beside)
                own.append(unit)
                rows += [count] * len(beside)
                columns += sorted(beside)
                count += 1
    data = np.concatenate([np.ones(count), -np.ones(len(rows))])
    places = np.concatenate([np.arange(count), rows]), np.concatenate([own, columns])
    places = places[0].astype(np.intp), places[1].astype(np.intp)
    return csr_array((data, places), shape=(count, graph.n_units))


def widened(
    rows: csr_array, group: NDArray[np.intp], unit: NDArray[np.intp], n_groups: int
) -> csr_array:
    """Rows over units as rows over open pairs, for every group but 0.

    Parameters
    ----------
    rows : sparse array, shape (n_rows, n_units)
    group, unit : intp arrays, shape (n_open,)
        Of the open pairs.
    n_groups : int

    Returns
    -------
    sparse array, shape ((n_groups - 1) * n_rows, n_open)
    """
    n_rows, n_units = rows.shape
    treated = np.flatnonzero(group > 0)
    cell = (group[treated] - 1) * n_units + unit[treated]
    shape = ((n_groups - 1) * n_units, len(group))
    member = csr_array((np.ones(len(treated)), (cell, treated)), shape=shape)
    entry = rows.tocoo()
    shifts = np.arange(n_groups - 1)[:, None]
    places = (entry.row + shifts * n_rows).ravel(), (entry.col + shifts * n_units).ravel()
    shape = ((n_groups - 1) * n_rows, (n_groups - 1) * n_units)
    every = csr_array((np.tile(entry.data, n_groups - 1), places), shape=shape)
    return csr_array(every @ member)


def _near(graph: Graph) -> list[list[int]]:
    matrix = graph.matrix
    return [
        matrix.indices[low:high].tolist()
        for low, high in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)
    ]
