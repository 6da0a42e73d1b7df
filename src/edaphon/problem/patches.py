"""Patches: units of one group that hang together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from edaphon.errors import Finding
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


def small_patches(problem: Problem, chosen: NDArray[np.integer]) -> tuple[Finding, ...]:
    """Return a finding where a portfolio has patches with fewer units than the problem asks for."""
    least = boundary_of(problem).least_patch
    if least <= 1 or problem.neighbours is None:
        return ()
    pairs = problem.neighbours
    shared = pairs.length_m > 0
    ends = (pairs.first[shared], pairs.second[shared])
    shape = (problem.n_units, problem.n_units)
    matrix = csr_array((np.ones(len(ends[0])), ends), shape=shape)
    patch, size = patches_of(matrix, group_of_option(problem)[chosen])
    short = np.flatnonzero(size < least)
    if not len(short):
        return ()
    unit = problem.unit_ids[np.flatnonzero(patch == short[0])[0]]
    what = f"{len(short)} patch(es) have fewer than {least} units, one of them at unit {unit}"
    return (Finding(PATCH, what),)
