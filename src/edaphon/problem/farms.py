"""One choice per farm: what a farm's choice means on each of its units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.errors import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edaphon.problem.values import Problem


def deciders(farm: NDArray[np.str_]) -> NDArray[np.intp]:
    """Return the number of each unit's farm, (n_units,); units without one decide alone.

    Farms are numbered by their first unit.
    """
    alone = farm == ""
    names = np.where(alone, np.char.add("\0", np.arange(len(farm)).astype(str)), farm)
    _, first, code = np.unique(names, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.intp)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[code]


def farm_plans(problem: Problem) -> NDArray[np.uint8]:
    """Say what units take when their farm chooses an intervention, (n_interventions, n_units).

    The intervention where it is allowed; elsewhere the baseline, and where that is not allowed
    either, the first option that is.
    """
    allowed = problem.allowed == 0
    otherwise = allowed.argmax(axis=1)
    options = np.arange(problem.n_interventions)
    plans: NDArray[np.uint8] = np.where(allowed, options, otherwise[:, None]).T.astype(np.uint8)
    return plans


def split_farms(problem: Problem, chosen: NDArray[np.intp]) -> tuple[Finding, ...]:
    """Return a finding if farms do not take one choice each."""
    if problem.farm is None:
        return ()
    group = deciders(problem.farm)
    n_farms = int(group.max()) + 1
    agrees = np.zeros(n_farms, dtype=bool)
    for plan in farm_plans(problem):
        agrees |= np.bincount(group, weights=plan != chosen, minlength=n_farms) == 0
    split = np.flatnonzero(~agrees)
    if not len(split):
        return ()
    farm = problem.farm[int(np.argmax(group == split[0]))]
    what = f"{len(split)} farm(s) take more than one choice, first {farm}"
    hint = "Each farm takes one intervention wherever it is allowed there."
    return (Finding("per_farm", what, hint),)


def read_farms(
    farm: Sequence[str] | None, n_units: int, faults: list[Finding]
) -> NDArray[np.str_] | None:
    """Read the farms that choose as one from labels, "" = none."""
    if farm is not None and len(farm) != n_units:
        faults.append(Finding("farm", f"there are {len(farm)} for {n_units} units"))
        return None
    return None if farm is None else np.array(list(map(str, farm)))
