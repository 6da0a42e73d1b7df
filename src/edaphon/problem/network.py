"""Connectivity of what is treated: probability of connectivity and integral index, as an area.

Nodes are patches: treated units that share boundary. With patch areas a and the landscape's area A,

- PC = sum over pairs of patches of a_i a_j p*_ij / A^2, p*_ij the largest product of probabilities
  along any way from i to j, 1 for a patch and itself (Saura and Pascual-Hortal, 2007, Landscape and
  Urban Planning 83, 91-103);
- IIC = sum over pairs of patches of a_i a_j / (1 + nl_ij) / A^2, nl_ij the number of links on the
  shortest way, pairs without a way left out (Pascual-Hortal and Saura, 2006, Landscape Ecology 21,
  959-967).

Shown is the equivalent connected area A sqrt(index) in ha: the area of one patch with the same
index (Saura, Estreguil, Mouton and Rodriguez-Freire, 2011, Ecological Indicators 11, 407-416).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from edaphon.config.space import CONNECTIVITY
from edaphon.errors import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from edaphon.problem.values import Objective, Problem

Index = Literal["pc", "iic"]
MOST_KEPT = 20_000
"""Groups of patches whose sums are kept; beyond, they are forgotten (judgement: some 100 MB)."""


@dataclass(frozen=True)
class Network:
    """Ways between units.

    Attributes
    ----------
    index : {"pc", "iic"}
    first, second : intp arrays, shape (n_links,)
        Pairs of units, each once.
    probability : float64 array, shape (n_links,)
        Of crossing from one to the other; 1 makes both one patch where both are treated. The
        integral index counts every link alike.
    """

    index: Index
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    probability: NDArray[np.float64]


class Connected:
    """Equivalent connected areas of many portfolios of one landscape.

    What a change leaves as it was is not worked out again: sums over groups of patches that have
    ways between them are kept by the units of the group.

    Parameters
    ----------
    network : Network
    area_ha : float64 array, shape (n_units,)
    """

    def __init__(self, network: Network, area_ha: NDArray[np.float64]) -> None:
        self.network, self.area_ha = network, area_ha
        self.kept: dict[bytes, float] = {}

    def area(self, treated: NDArray[np.bool_]) -> float:
        """Equivalent connected area of some units, in ha."""
        net = self.network
        some = treated[net.first] & treated[net.second]
        first, second, crossing = net.first[some], net.second[some], net.probability[some]
        joined = crossing >= 1.0
        n_units = len(treated)
        patch = _parts(n_units, first[joined], second[joined])
        group = _parts(n_units, first, second)
        units = np.flatnonzero(treated)
        size = np.bincount(patch[units], self.area_ha[units], n_units).astype(np.float64)
        # groups of one patch count its square; in the others ways count too
        own = np.unique(patch[units])
        inside = np.zeros(n_units, dtype=np.intp)
        inside[patch[units]] = group[units]
        patches = np.bincount(inside[own], minlength=n_units)
        alone = own[patches[inside[own]] == 1]
        total = float((size[alone] ** 2).sum())
        if len(alone) == len(own):
            return float(np.sqrt(total))
        many = units[patches[group[units]] > 1]
        order = many[np.argsort(group[many], kind="stable")]
        ends = np.flatnonzero(np.diff(group[order])) + 1
        link = ~joined & (patches[group[first]] > 1)
        link_group = group[first[link]]
        for members in np.split(order, ends):
            key = np.sort(members).tobytes()
            if key not in self.kept:
                if len(self.kept) >= MOST_KEPT:
                    self.kept.clear()
                mine = np.flatnonzero(link)[link_group == group[members[0]]]
                self.kept[key] = self._sum(
                    patch, size, members, first[mine], second[mine], crossing[mine]
                )
            total += self.kept[key]
        return float(np.sqrt(total))

    def _sum(  # noqa: PLR0917 - the parts of one group
        self,
        patch: NDArray[np.intp],
        size: NDArray[np.float64],
        members: NDArray[np.intp],
        first: NDArray[np.intp],
        second: NDArray[np.intp],
        crossing: NDArray[np.float64],
    ) -> float:
        """Sum over pairs of patches of one group."""
        names = np.unique(patch[members])
        one, two = (np.searchsorted(names, patch[ends]) for ends in (first, second))
        low, high, count = np.minimum(one, two), np.maximum(one, two), len(names)
        apart = low != high
        keys, place = np.unique(low[apart] * count + high[apart], return_inverse=True)
        best = np.zeros(len(keys))
        np.maximum.at(best, place, crossing[apart])
        ways = csr_array((-np.log(best), (keys // count, keys % count)), shape=(count, count))
        if self.network.index == "pc":
            reach = np.exp(-dijkstra(ways, directed=False))
        else:
            reach = 1.0 / (1.0 + dijkstra(ways, directed=False, unweighted=True))
        area = size[names]
        return float(area @ reach @ area)


def _parts(n_units: int, first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.intp]:
    """Part of every unit in the graph of some pairs."""
    graph = csr_array((np.ones(len(first)), (first, second)), shape=(n_units, n_units))
    parts: NDArray[np.intp] = connected_components(graph, directed=False)[1].astype(np.intp)
    return parts


def connected_of(problem: Problem) -> Connected | None:
    """Return what works out connectivity, None for a problem without a network."""
    if problem.network is None:
        return None
    return Connected(problem.network, problem.area_ha)


def connectivity_values(problem: Problem, chosen: NDArray[np.integer]) -> NDArray[np.float64]:
    """Equivalent connected area at the objectives that maximize it, 0 at the others.

    Shape (n_objectives,).
    """
    asked = np.array([float(objective.connectivity) for objective in problem.objectives])
    network = connected_of(problem) if asked.any() else None
    return asked * (0.0 if network is None else network.area(np.asarray(chosen) != 0))


def connectivity_objective(objective: Objective, features: tuple[str, ...]) -> Objective:
    """Let an objective be the equivalent connected area where it maximizes "connectivity".

    A feature of that name comes first.
    """
    if objective.features == (CONNECTIVITY,) and CONNECTIVITY not in features:
        return replace(objective, features=(), unit="ha", connectivity=True)
    return objective


def check_network(problem: Problem, where: Callable[[str], str]) -> list[Finding]:
    """Check that connectivity can be worked out, and what it can be combined with."""
    asked = [objective for objective in problem.objectives if objective.connectivity]
    if not asked:
        return []
    place = where(asked[0].name)
    boundary = problem.boundary is not None and problem.boundary.least_patch > 1
    others = {
        "one choice per farm": problem.farm is not None,
        "exposed boundary": any(objective.boundary for objective in problem.objectives),
        "a smallest patch": boundary,
        "forbidden neighbors": bool(problem.apart),
    }
    found = [
        Finding(place, f"connectivity cannot be combined with {name}", "Leave one of the two out.")
        for name, there in others.items()
        if there
    ]
    if problem.network is None:
        hint = "Write space: {connectivity: pc, distance: 500 m}, with units that have geometry."
        found.append(Finding(place, "there are no ways between units to connect them", hint))
    if asked[0].benefit != "linear":
        what = f"connectivity is shown as an area and has no benefit {asked[0].benefit!r}"
        found.append(Finding(place, what, "Remove benefit."))
    if len(asked) > 1:
        found.append(Finding(place, "connectivity is asked for twice", "Leave one out."))
    if len(asked) == len(problem.objectives):
        what = "connectivity has no bound that guides a search, so it cannot stand alone"
        found.append(Finding(place, what, "Add an objective, as minimize: cost."))
    return found
