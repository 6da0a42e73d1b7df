"""Forbidden neighbors: interventions that may not lie on units beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.errors import Finding
from edaphon.practices.values import holding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from edaphon.problem.values import Problem

APART = "constraints.apart"
"""Place in the config of the forbidden neighbors."""


def clash_of(problem: Problem) -> NDArray[np.bool_]:
    """Whether two interventions may not lie side by side, (n_interventions, n_interventions)."""
    clash = np.zeros((problem.n_interventions, problem.n_interventions), dtype=bool)
    for one, other in problem.apart:
        a, b = (holding(problem.interventions, name) for name in (one, other))
        clash |= np.outer(a, b) | np.outer(b, a)
    return clash


def touching(problem: Problem) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of units that share boundary, as two arrays of positions."""
    pairs = problem.neighbours
    if pairs is None:
        nobody = np.zeros(0, dtype=np.intp)
        return nobody, nobody
    some = (pairs.length_m > 0) & (pairs.first != pairs.second)
    return pairs.first[some].astype(np.intp), pairs.second[some].astype(np.intp)


def forbidden_neighbors(problem: Problem, chosen: NDArray[np.integer]) -> tuple[Finding, ...]:
    """Return a finding per forbidden pair of interventions that lies side by side."""
    found = []
    first, second = touching(problem) if problem.apart else (None, None)
    for one, other in problem.apart:
        a, b = (holding(problem.interventions, name)[chosen] for name in (one, other))
        bad = np.flatnonzero((a[first] & b[second]) | (b[first] & a[second]))
        if len(bad) and first is not None and second is not None:
            names = problem.unit_ids[[first[bad[0]], second[bad[0]]]]
            what = (
                f"{one} and {other} lie side by side {len(bad)} time(s), "
                f"one of them at units {names[0]} and {names[1]}"
            )
            found.append(Finding(APART, what))
    return tuple(found)


def check_apart(problem: Problem) -> list[Finding]:
    """Check the names of forbidden neighbors, and that neighbors are known and decide alone."""
    if not problem.apart:
        return []
    found = []
    for name in dict.fromkeys(name for pair in problem.apart for name in pair):
        if name == problem.interventions[0]:
            what = f"{name} cannot be kept apart, since it is what every unit may fall back on"
            found.append(Finding(APART, what, "Name interventions only."))
        elif not holding(problem.interventions, name).any():
            hint = did_you_mean(name, problem.interventions[1:])
            found.append(Finding(APART, f"no intervention is called {name!r}", hint))
    if problem.neighbours is None:
        what = "keeps interventions apart, but it is not known which units are neighbors"
        found.append(Finding(APART, what, "Give units with geometry, or a table of boundaries."))
    if problem.farm is not None:
        what = "cannot be combined with one choice per farm"
        found.append(Finding(APART, what, "Leave one of the two out."))
    if problem.boundary is not None and problem.boundary.least_patch > 1:
        what = "cannot be combined with a smallest patch"
        found.append(Finding(APART, what, "Leave one of the two out."))
    return found


def locked_side_by_side(problem: Problem) -> list[Finding]:
    """Return an error where two neighbors have no options but forbidden ones."""
    if not problem.apart or problem.neighbours is None:
        return []
    clash, open_ = clash_of(problem), problem.allowed == 0
    first, second = touching(problem)
    # options of the second unit that clash with every option of the first one
    bars = (open_.astype(np.intp) @ clash.astype(np.intp)) == open_.sum(axis=1)[:, None]
    bad = np.flatnonzero((bars[first] | ~open_[second]).all(axis=1))
    if not len(bad):
        return []
    names = problem.unit_ids[[first[bad[0]], second[bad[0]]]]
    what = (
        f"{len(bad)} pair(s) of neighbors have only options that may not lie side by side, "
        f"first units {names[0]} and {names[1]}"
    )
    return [Finding(APART, what, "Unlock one of the two, or take the pair out of apart.")]


def read_apart(spoken: Any, faults: list[Finding]) -> tuple[tuple[str, str], ...]:
    """Read pairs of names; what is no pair joins `faults`."""
    made = []
    for pair in () if spoken is None else spoken:
        names = (pair,) if isinstance(pair, str) else tuple(map(str, pair))
        if len(names) == 2:
            made.append((names[0], names[1]))
        else:
            what = f"{list(names)} is no pair of interventions"
            hint = "Write [compost, biochar]; [compost, compost] keeps one from its like."
            faults.append(Finding(APART, what, hint))
    return tuple(dict.fromkeys(made))


def apart_from(spoken: Any, faults: list[Finding]) -> tuple[tuple[str, str], ...]:
    """Read ``apart`` of constraints that are said as a mapping."""
    rules: Mapping[str, Any] = spoken if isinstance(spoken, dict) else {}
    return read_apart(rules.get("apart"), faults)
