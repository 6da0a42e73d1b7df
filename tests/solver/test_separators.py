"""Rows of smallest patches: kept exactly by the choices whose patches are large enough."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patch_case import connected_sets as every_set
from space_case import grid

from edaphon.problem.patches import patches_of
from edaphon.solver.space.graph import Graph
from edaphon.solver.space.separators import connected_sets, separators, separators_of, widened


def graph_of(side):
    pairs = grid(side)
    return Graph.of(side * side, pairs.first, pairs.second, np.ones(len(pairs.first)))


def test_connected_sets_are_counted():
    graph = graph_of(4)
    near = [graph.matrix.indices[a:b].tolist() for a, b in
            zip(graph.matrix.indptr[:-1], graph.matrix.indptr[1:], strict=True)]  # fmt: skip
    made = connected_sets(graph, 3, 10_000)
    assert [list(one) for one in made] == every_set(near, 3)
    assert len(made) == 2 * 4 * 2 + 4 * 9  # straight and bent trominoes on a 4 x 4 board
    assert connected_sets(graph, 3, 10) is None


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(2, 4))
def test_rows_hold_where_every_patch_is_large_enough(seed, least):
    rng = np.random.default_rng(seed)
    n_units = 7
    first, second = np.triu_indices(n_units, 1)
    some = rng.random(len(first)) < 0.3
    graph = Graph.of(n_units, first[some], second[some], np.ones(int(some.sum())))
    rows = separators(graph, least)
    for chosen in product([0, 1], repeat=n_units):
        group = np.array(chosen)
        _, size = patches_of(graph.matrix, group)
        large = bool((size[size > 0] >= least).all())
        assert ((rows @ group) <= 0).all() == large


def test_rows_left_out_are_made_of_what_breaks_them():
    graph = graph_of(5)
    few = separators(graph, 4, most=30)
    assert few.shape[0] < separators(graph, 4).shape[0]
    small = np.zeros(25)
    small[[6, 7, 8]] = 1
    assert ((few @ small) <= 0).all()
    rows = separators_of(graph, [(6, 7, 8)])
    assert rows.shape[0] == 3
    assert ((rows @ small) > 0).all()


@pytest.mark.parametrize("n_groups", [2, 4])
def test_every_group_has_its_rows(n_groups):
    graph = graph_of(3)
    rng = np.random.default_rng(0)
    rows = separators(graph, 3)
    unit, group = np.repeat(np.arange(9), n_groups), np.tile(np.arange(n_groups), 9)
    wide = widened(rows, group, unit, n_groups)
    taken = rng.integers(0, n_groups, 9)
    x = (group == taken[unit]).astype(float)
    each = [rows @ (taken == g).astype(float) for g in range(1, n_groups)]
    np.testing.assert_array_equal(wide @ x, np.concatenate(each))
