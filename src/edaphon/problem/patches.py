"""Patches: units of one group that hang together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from edaphon.errors import Finding
from edaphon.problem.apart import touching
from edaphon.problem.boundary import PATCH, boundary_of, group_of_option

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.values import Problem


def patches_of(
    matrix: csr_array, group: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Patches of a labeling.

    Parameters
    ----------
    matrix : sparse array, shape (n_units, n_units)
        Not 0 between neighbors.
    group : intp array, shape (n_units,)
        0 belongs to no patch.

    Returns
    -------
    patch : intp array, shape (n_units,)
        -1 for units of group 0.
    size : intp array, shape (n_patches,)
        Units of every patch.
    """
    pairs = matrix.tocoo()
    same = (group[pairs.row] == group[pairs.col]) & (group[pairs.row] > 0)
    ends = (pairs.row[same], pairs.col[same])
    joined = csr_array((np.ones(int(same.sum())), ends), shape=matrix.shape)
    part = connected_components(joined, directed=False)[1].astype(np.intp)
    inside = group > 0
    patch = np.full(len(group), -1, dtype=np.intp)
    patch[inside] = np.unique(part[inside], return_inverse=True)[1]
    return patch, np.bincount(patch[inside]).astype(np.intp)


def _beside(problem: Problem) -> csr_array | None:
    """Neighbors, not 0 where two units share boundary; None where patches may have any size."""
    if boundary_of(problem).least_patch <= 1 or problem.neighbours is None:
        return None
    ends = touching(problem)
    shape = (problem.n_units, problem.n_units)
    return csr_array((np.ones(len(ends[0])), ends), shape=shape)


def locked_in_small_patches(problem: Problem) -> list[Finding]:
    """Return an error where units must be treated and no patch around them can be large enough."""
    open_, group = problem.allowed == 0, group_of_option(problem)
    fine = open_[:, 0].copy()
    matrix, least = None if fine.all() else _beside(problem), boundary_of(problem).least_patch
    if matrix is None:
        return []
    for one in range(1, int(group.max()) + 1):
        patch, size = patches_of(matrix, open_[:, group == one].any(axis=1).astype(np.intp))
        fine[patch >= 0] |= size[patch[patch >= 0]] >= least
    bad = np.flatnonzero(~fine)
    if not len(bad):
        return []
    what = (
        f"{len(bad)} unit(s) are locked in where no patch of {least} units can grow, "
        f"first unit {problem.unit_ids[bad[0]]}"
    )
    hint = "Ask for smaller patches, unlock them, or allow the same beside them."
    return [Finding(PATCH, what, hint)]


def small_patches(problem: Problem, chosen: NDArray[np.integer]) -> tuple[Finding, ...]:
    """Return a finding where a portfolio has patches with fewer units than the problem asks for."""
    matrix, least = _beside(problem), boundary_of(problem).least_patch
    if matrix is None:
        return ()
    patch, size = patches_of(matrix, group_of_option(problem)[chosen])
    short = np.flatnonzero(size < least)
    if not len(short):
        return ()
    unit = problem.unit_ids[np.flatnonzero(patch == short[0])[0]]
    what = f"{len(short)} patch(es) have fewer than {least} units, one of them at unit {unit}"
    return (Finding(PATCH, what),)
