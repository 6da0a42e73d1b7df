"""A table of gains with neighbors: what a portfolio is worth once exposed boundary counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.apart import clash_of
from edaphon.problem.boundary import boundary_of, group_of_option
from edaphon.problem.rows import block_sum
from edaphon.solver.linked import Linked, holds, link
from edaphon.solver.space.apart import Apart
from edaphon.solver.space.graph import Graph
from edaphon.solver.space.separators import separators
from edaphon.solver.table import has_boundary, make_table

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.values import Problem
    from edaphon.solver.table import Table


@dataclass(frozen=True)
class Spatial:
    """A table whose last column may be exposed boundary, its constraints, and the neighbors.

    Attributes
    ----------
    linked : Linked
        The table with all constraints as rows, none if there are none.
    graph : Graph
        Weights in m.
    group : intp array, shape (n_options, n_units)
        Group of the option at each place; boundary is exposed between groups.
    n_groups : int
    priced : bool
        Whether boundary has a column, the last one.
    least_patch : int
        Fewest units of a patch.
    apart : Apart or None
        Options that may not lie side by side.
    whole : bool
        Whether small problems are given to HiGHS as a whole at once, or later
        (`edaphon.solver.space.finish`).
    """

    linked: Linked
    graph: Graph
    group: NDArray[np.intp]
    n_groups: int
    priced: bool = True
    least_patch: int = 1
    apart: Apart | None = None
    whole: bool = True

    @property
    def table(self) -> Table:
        """Gains of every option; the boundary of pairs is not in them."""
        return self.linked.table

    @cached_property
    def separators(self) -> csr_array:
        """Rows over units that smallest patches need, for one group."""
        return separators(self.graph, self.least_patch)

    def grouped(self, value: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Best option of every group in every unit.

        Parameters
        ----------
        value : float64 array, shape (n_options, n_units)
            -inf where forbidden.

        Returns
        -------
        best : float64 array, shape (n_groups, n_units)
        place : intp array, shape (n_groups, n_units)
            Of the first of the best options.
        """
        n_options, n_units = value.shape
        units = np.arange(n_units)
        best = np.full((self.n_groups, n_units), -np.inf)
        place = np.zeros((self.n_groups, n_units), dtype=np.intp)
        for k in range(n_options):
            group = self.group[k]
            better = value[k] > best[group, units]
            best[group[better], units[better]] = value[k, better]
            place[group[better], units[better]] = k
        return best, place

    def groups_at(self, place: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the groups of the options at the given places, shape (n_units,)."""
        chosen: NDArray[np.intp] = self.group[place, np.arange(len(place))]
        return chosen

    def totals(self, place: NDArray[np.intp]) -> NDArray[np.float64]:
        """Totals of the columns with the boundary of pairs, shape (n_columns,)."""
        made = self.table.totals(place)
        if self.priced:
            made[-1] -= self.graph.exposed(self.groups_at(place))
        return made

    def worth(self, value: NDArray[np.float64], price: float, place: NDArray[np.intp]) -> float:
        """Sum of the values at the given places less the priced boundary of pairs."""
        chosen = block_sum(value[place, np.arange(len(place))])
        return chosen - price * self.graph.exposed(self.groups_at(place))

    def holds(self, place: NDArray[np.intp]) -> bool:
        """Whether a portfolio keeps every constraint, and options apart that may not touch."""
        if self.apart is not None and not self.apart.holds(place):
            return False
        return not len(self.linked.limits) or holds(self.linked, place)


def needs_neighbours(problem: Problem) -> bool:
    """Whether units cannot be decided one by one.

    Boundary has a price, patches have a size, or interventions are kept apart.
    """
    return has_boundary(problem) or boundary_of(problem).least_patch > 1 or bool(problem.apart)


def make_spatial(
    problem: Problem, formulation: Formulation, time_limit: float, at_once: int = 1
) -> Spatial:
    """Prepare a problem that looks at neighbors."""
    table = make_table(problem, formulation, at_once=at_once)
    if formulation.rows:
        linked = link(table, formulation, time_limit, strict=False)
    else:
        none = np.zeros(0)
        rows = np.zeros((0, *table.barrier.shape))
        linked = Linked(table, rows, none, none, (), time_limit, strict=False)
    pairs = problem.neighbours
    nobody = np.zeros(0, dtype=np.intp)
    graph = (
        Graph.of(problem.n_units, nobody, nobody, np.zeros(0))
        if pairs is None
        else Graph.of(problem.n_units, pairs.first, pairs.second, pairs.length_m)
    )
    of_option = group_of_option(problem)
    least = boundary_of(problem).least_patch
    group, n_groups = of_option[table.order], int(of_option.max()) + 1
    apart = Apart(graph, clash_of(problem), table.order) if problem.apart else None
    return Spatial(linked, graph, group, n_groups, has_boundary(problem), least, apart)
