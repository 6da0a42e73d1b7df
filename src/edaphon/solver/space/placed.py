"""Patches as linear rows: a unit may be in a group where a placed patch of that group covers it.

A set of connected units of the smallest size may be placed where all of them are in the group;
every unit of a group other than 0 must be covered by a placed set. Exact, and small enough for
small problems only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, hstack, vstack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.space.graph import Graph
    from edaphon.solver.space.spatial import Spatial

UNITS = 100
"""Units up to which placed patches are asked for."""
MOST = 20_000
"""Sets times groups beyond which the program would be too large."""


@dataclass(frozen=True)
class Placed:
    """Rows ``matrix @ (open pairs, sets) <= 0``.

    Attributes
    ----------
    matrix : sparse array, shape (n_rows, n_open + n_sets)
    n_sets : int
        Added variables.
    """

    matrix: csr_array
    n_sets: int


def connected_sets(graph: Graph, size: int, most: int) -> list[tuple[int, ...]] | None:
    """Every set of `size` units that hang together, in order; None if there are above `most`."""
    matrix = graph.matrix
    near = [
        matrix.indices[low:high].tolist()
        for low, high in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)
    ]
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


def placed_patches(
    spatial: Spatial, where: NDArray[np.intp], unit: NDArray[np.intp]
) -> Placed | None:
    """Return the rows for open pairs at places `where` of units `unit`; None if too many."""
    n_groups = spatial.n_groups - 1
    sets = connected_sets(spatial.graph, spatial.least_patch, MOST // max(n_groups, 1))
    if sets is None:
        return None
    n_open, n_units = len(where), spatial.graph.n_units
    group = spatial.group[where, unit]
    pairs = np.arange(n_open)
    treated = group > 0
    cell = (group - 1) * n_units + unit
    shape = (n_groups * n_units, n_open)
    taken = csr_array((np.ones(int(treated.sum())), (cell[treated], pairs[treated])), shape=shape)
    members = np.array(sets, dtype=np.intp).reshape(-1, spatial.least_patch)
    which = np.repeat(np.arange(len(members)), spatial.least_patch)
    count = len(members) * n_groups
    # a unit of the group is covered by a set
    cells = np.concatenate([g * n_units + members.ravel() for g in range(n_groups)])
    columns = np.concatenate([g * len(members) + which for g in range(n_groups)])
    cover = csr_array((-np.ones(len(cells)), (cells, columns)), shape=(shape[0], count))
    # a placed set has all its units in the group
    rows = np.arange(len(cells))
    there = csr_array((np.ones(len(cells)), (rows, columns)), shape=(len(cells), count))
    matrix = vstack([hstack([taken, cover]), hstack([-taken[cells], there])])
    return Placed(csr_array(matrix), count)
