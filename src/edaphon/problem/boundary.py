"""Exposed boundary: where neighboring units are treated differently."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from edaphon.errors import Finding
from edaphon.problem.rows import block_sum

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from edaphon.problem.values import Objective, Problem

Between = Literal["treated", "interventions"]
PATCH = "space.patch"
"""Place in the config of the smallest patch."""
BOUNDARY = "boundary"
"""What ``minimize`` names to minimize exposed boundary."""


@dataclass(frozen=True)
class Boundary:
    """Which boundary counts as exposed.

    Attributes
    ----------
    between : {"treated", "interventions"}
        A pair of neighbors is exposed where one of the two is treated and the other keeps the
        baseline, or where they take different interventions (the baseline is one).
    outer_m : float64 array, shape (n_units,), or None
        Boundary that a unit shares with no other; exposed where the unit is treated. Without it
        boundary toward the outside does not count.
    least_patch : int
        Fewest units of a patch: neighbors on the treated side, or with the same intervention,
        that hang together (`edaphon.problem.patches`). 1 asks for nothing.
    """

    between: Between = "treated"
    outer_m: NDArray[np.float64] | None = None
    least_patch: int = 1


def boundary_of(problem: Problem) -> Boundary:
    """Return what counts as exposed in a problem."""
    return problem.boundary if problem.boundary is not None else Boundary()


def group_of_option(problem: Problem) -> NDArray[np.intp]:
    """Group of every intervention: only between groups is boundary exposed, (n_interventions,)."""
    options = np.arange(problem.n_interventions)
    return np.minimum(options, 1) if boundary_of(problem).between == "treated" else options


def exposed_boundary(problem: Problem, chosen: NDArray[np.integer]) -> float:
    """Length of exposed boundary of a portfolio, in m.

    The sum over pairs of neighbors in different groups of their shared boundary, and over treated
    units of their outer boundary (Ball, Possingham and Watts, 2009, Marxan and relatives, in
    Spatial Conservation Prioritization, chapter 14: the boundary length term).

    Parameters
    ----------
    chosen : int array, shape (n_units,)

    Returns
    -------
    float
        0 for a problem without neighbors.
    """
    length = 0.0
    if problem.neighbours is not None:
        group = group_of_option(problem)[chosen]
        pairs = problem.neighbours
        length += block_sum(pairs.length_m * (group[pairs.first] != group[pairs.second]))
    outer = boundary_of(problem).outer_m
    if outer is not None:
        length += block_sum(outer * (np.asarray(chosen) != 0))
    return length


def check_boundary(problem: Problem, where: Callable[[str], str]) -> list[Finding]:
    """Check that boundary can be counted where an objective counts it."""
    found = []
    if boundary_of(problem).least_patch > 1:
        found += _check_patches(problem)
    for objective in problem.objectives:
        if not objective.boundary:
            continue
        if not np.isfinite(objective.boundary) or objective.boundary < 0:
            what = f"the price of exposed boundary is {objective.boundary}"
            found.append(Finding(where(objective.name), what, "Give a price above 0 per m."))
        if problem.neighbours is None:
            what = "counts exposed boundary, but it is not known which units are neighbors"
            hint = "Give units with geometry, or a table of boundaries."
            found.append(Finding(where(objective.name), what, hint))
        if problem.farm is not None:
            what = "counts exposed boundary, which cannot be combined with one choice per farm"
            found.append(Finding(where(objective.name), what, "Leave one of the two out."))
    return found


def _check_patches(problem: Problem) -> list[Finding]:
    """Patches need neighbors, and units that decide on their own."""
    found = []
    if problem.neighbours is None:
        what = "asks for patches, but it is not known which units are neighbors"
        found.append(Finding(PATCH, what, "Give units with geometry, or a table of boundaries."))
    least = boundary_of(problem).least_patch
    if least > problem.n_units:
        what = f"no patch has {least:,} units: the landscape has {problem.n_units:,}"
        found.append(Finding(PATCH, what, "Ask for smaller patches."))
    if problem.farm is not None:
        what = "asks for patches, which cannot be combined with one choice per farm"
        found.append(Finding(PATCH, what, "Leave one of the two out."))
    return found


def boundary_charges(problem: Problem, chosen: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return what exposed boundary adds to each objective's value, shape (n_objectives,)."""
    prices = np.array(
        [
            objective.boundary if objective.sense == "minimize" else -objective.boundary
            for objective in problem.objectives
        ]
    )
    if not prices.any():
        return np.zeros(len(prices))
    charged: NDArray[np.float64] = prices * exposed_boundary(problem, chosen)
    return charged


def priced_boundary(objective: Objective, price: float = 0.0) -> Objective:
    """Let an objective pay for exposed boundary, or be it where it minimizes "boundary".

    Parameters
    ----------
    objective : Objective
    price : float
        Per m, in the objective's unit.
    """
    if objective.ledgers == (BOUNDARY,):
        return replace(objective, sense="minimize", ledgers=(), unit="m", boundary=1.0)
    return replace(objective, boundary=price) if price else objective
