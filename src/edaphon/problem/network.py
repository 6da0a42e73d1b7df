"""How what is treated hangs together: connectivity and contiguity, as areas.

Nodes are patches: treated units that share boundary. With patch areas a and the landscape's area A,

- PC = sum over pairs of patches of a_i a_j p*_ij / A^2, p*_ij the largest product of probabilities
  along any way from i to j, 1 for a patch and itself (Saura and Pascual-Hortal, 2007, Landscape and
  Urban Planning 83, 91-103);
- IIC = sum over pairs of patches of a_i a_j / (1 + nl_ij) / A^2, nl_ij the number of links on the
  shortest way, pairs without a way left out (Pascual-Hortal and Saura, 2006, Landscape Ecology 21,
  959-967);
- the effective mesh size = sum over patches of a_i^2 / A (Jaeger, 2000, Landscape Ecology 15,
  115-130), which knows no ways: the mean patch around a random point, 0 where nothing is treated.

The first two are shown as equivalent connected area A sqrt(index) in ha: the area of one patch with
the same index (Saura, Estreguil, Mouton and Rodriguez-Freire, 2011, Ecological Indicators 11,
407-416). The third is an area in ha already; it is what `maximize: contiguity` maximizes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from edaphon.config.space import CONNECTIVITY, CONTIGUITY, LINKED
from edaphon.config.suggest import did_you_mean
from edaphon.errors import Finding
from edaphon.practices.values import holding
from edaphon.problem.apart import touching

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from edaphon.problem.values import Objective, Problem

Index = Literal["pc", "iic", "mesh"]
MOST_KEPT = 20_000
"""Groups of patches whose sums are kept; beyond, they are forgotten (judgement: some 100 MB)."""


@dataclass(frozen=True)
class Network:
    """Ways between units.

    Attributes
    ----------
    index : {"pc", "iic", "mesh"}
    first, second : intp arrays, shape (n_links,)
        Pairs of units, each once.
    probability : float64 array, shape (n_links,)
        Of crossing from one to the other; 1 makes both one patch where both are treated. The
        integral index counts every link alike, the effective mesh size those of 1 only.
    """

    index: Index
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    probability: NDArray[np.float64]


class Connected:
    """Equivalent connected areas, or effective mesh sizes, of many portfolios of one landscape.

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
        """Equivalent connected area or effective mesh size of some units, in ha."""
        net = self.network
        some = treated[net.first] & treated[net.second]
        if net.index == "mesh":
            some &= net.probability >= 1.0
        first, second, crossing = net.first[some], net.second[some], net.probability[some]
        joined = crossing >= 1.0
        n_units = len(treated)
        patch = _parts(n_units, first[joined], second[joined])
        group = patch if joined.all() else _parts(n_units, first, second)
        units = np.flatnonzero(treated)
        size = np.bincount(patch[units], self.area_ha[units], n_units).astype(np.float64)
        # groups of one patch count its square; in the others ways count too
        own = np.unique(patch[units])
        inside = np.zeros(n_units, dtype=np.intp)
        inside[patch[units]] = group[units]
        patches = np.bincount(inside[own], minlength=n_units)
        alone = own[patches[inside[own]] == 1]
        total = float((size[alone] ** 2).sum())
        if net.index == "mesh":
            return total / float(self.area_ha.sum())
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


@dataclass(frozen=True)
class Linked:
    """What works out one objective of how land hangs together.

    Attributes
    ----------
    at : int
        Place of the objective.
    counts : bool array, shape (n_interventions,)
        Options that count as treated.
    connected : Connected
    """

    at: int
    counts: NDArray[np.bool_]
    connected: Connected

    def area(self, plan: NDArray[np.integer]) -> float:
        """Value of a portfolio, in ha."""
        return self.connected.area(self.counts[plan])


def linked_of(problem: Problem) -> tuple[Linked, ...]:
    """Return what works out each objective of how land hangs together, in their order."""
    made = []
    mesh: Connected | None = None
    ways = None if problem.network is None else Connected(problem.network, problem.area_ha)
    for at, objective in enumerate(problem.objectives):
        if objective.contiguity and mesh is None:
            first, second = touching(problem)
            mesh = Connected(Network("mesh", first, second, np.ones(len(first))), problem.area_ha)
        one = mesh if objective.contiguity else ways
        if objective.connectivity and one is not None:
            made.append(Linked(at, _counted(problem, objective), one))
    return tuple(made)


def _counted(problem: Problem, objective: Objective) -> NDArray[np.bool_]:
    """Options that count for an objective: all but the baseline, or those it names."""
    counts = np.zeros(problem.n_interventions, dtype=bool)
    counts[1:] = not objective.interventions
    for name in objective.interventions:
        counts |= holding(problem.interventions, name)
    return counts


def connectivity_values(problem: Problem, chosen: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return connected areas or mesh sizes of the objectives that maximize one, 0 at the others.

    Shape (n_objectives,).
    """
    values = np.zeros(len(problem.objectives))
    for one in linked_of(problem):
        values[one.at] = one.area(np.asarray(chosen))
    return values


def connectivity_objective(objective: Objective, features: tuple[str, ...]) -> Objective:
    """Let an objective be an area where it maximizes "connectivity" or "contiguity".

    A feature of that name comes first.
    """
    name = objective.features[0] if len(objective.features) == 1 else ""
    if name not in LINKED or name in features:
        return objective
    contiguity = name == CONTIGUITY
    return replace(objective, features=(), unit="ha", connectivity=True, contiguity=contiguity)


def check_network(problem: Problem, where: Callable[[str], str]) -> list[Finding]:
    """Check that what hangs together can be worked out, and what it can be combined with."""
    found = []
    for objective in problem.objectives:
        if objective.interventions and not objective.connectivity:
            what = "names interventions, which go with connectivity and contiguity only"
            hint = "Take interventions out; area and units limits take them (constraints.area)."
            found.append(Finding(where(objective.name), what, hint))
        for name in objective.interventions:
            if name == problem.interventions[0] or not holding(problem.interventions, name).any():
                what = f"no intervention is called {name!r}"
                hint = did_you_mean(name, problem.interventions[1:])
                found.append(Finding(f"{where(objective.name)}.interventions", what, hint))
    asked = [objective for objective in problem.objectives if objective.connectivity]
    if not asked:
        return found
    return (
        found
        + [finding for one in asked for finding in _check_one(problem, one, where)]
        + (_check_all(problem, asked, where))
    )


def _check_one(problem: Problem, asked: Objective, where: Callable[[str], str]) -> list[Finding]:
    """Check one objective of how land hangs together."""
    found, place = [], where(asked.name)
    name = CONTIGUITY if asked.contiguity else CONNECTIVITY
    if asked.contiguity and problem.neighbours is None:
        hint = "Give units with geometry, or a table of boundaries."
        what = "contiguity needs neighbors, but it is not known which units share boundary"
        found.append(Finding(place, what, hint))
    if not asked.contiguity and problem.network is None:
        hint = "Write space: {connectivity: pc, distance: 500 m}, with units that have geometry."
        found.append(Finding(place, "there are no ways between units to connect them", hint))
    if asked.benefit != "linear":
        what = f"{name} is shown as an area and has no benefit {asked.benefit!r}"
        found.append(Finding(place, what, "Remove benefit."))
    return found


def _check_all(
    problem: Problem, asked: list[Objective], where: Callable[[str], str]
) -> list[Finding]:
    """Check what connectivity and contiguity are combined with."""
    place = where(asked[0].name)
    boundary = problem.boundary is not None and problem.boundary.least_patch > 1
    others = {
        "one choice per farm": problem.farm is not None,
        "exposed boundary": any(objective.boundary for objective in problem.objectives),
        "a smallest patch": boundary,
        "forbidden neighbors": bool(problem.apart),
    }
    name = CONTIGUITY if asked[0].contiguity else CONNECTIVITY
    found = [
        Finding(place, f"{name} cannot be combined with {other}", "Leave one of the two out.")
        for other, there in others.items()
        if there
    ]
    kinds = [(one.contiguity, frozenset(one.interventions)) for one in asked]
    for k, kind in enumerate(kinds):
        if kind in kinds[:k]:
            what = f"{asked[k].name} asks for the same as {asked[kinds.index(kind)].name}"
            hint = "Leave one out, or name other interventions."
            found.append(Finding(where(asked[k].name), what, hint))
    if len(asked) == len(problem.objectives):
        what = f"{name} has no bound that guides a search, so it cannot stand alone"
        found.append(Finding(place, what, "Add an objective, as minimize: cost."))
    return found
