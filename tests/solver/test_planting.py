"""Blocks are planted in many places at once: no patch gets too small, nothing gets worse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from space_case import grid

from edaphon.solver.space.graph import Graph
from edaphon.solver.space.planting import Planting

LEAST = 4


def graph_of(side):
    pairs = grid(side)
    return Graph.of(side * side, pairs.first, pairs.second, np.ones(len(pairs.first)))


def planting(side, seed, *, price=0.0, locked=0.0, groups=4):
    rng = np.random.default_rng(seed)
    best = rng.normal(0.2, 1.0, size=(groups, side * side))
    best[0] = 0.0
    best[1:][rng.random((groups - 1, side * side)) < 0.2] = -np.inf
    shut = (rng.random(side * side) < locked) & np.isfinite(best[1:]).any(axis=0)
    best[0, shut] = -np.inf
    return Planting.of(graph_of(side), LEAST, best, price)


def short(made, group):
    return (made.parts(group)[1] < LEAST) & (group > 0)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), price=st.sampled_from([0.0, 0.3]))
def test_parts_that_stay_are_worth_more_and_large_enough(seed, price):
    made = planting(9, seed, price=price)
    rng = np.random.default_rng(seed)
    start = made.mended(made.best.argmax(axis=0))
    assert not short(made, start).any()
    other = start.copy()
    moved = rng.random(len(start)) < rng.choice([0.05, 0.3])
    other[moved] = rng.integers(0, len(made.best), int(moved.sum()))
    other = made.mended(np.where(np.isneginf(made.best[other, np.arange(81)]), 0, other))
    both = made.fused(start, other)
    assert not short(made, both).any()
    assert ((both == start) | (both == other)).all()
    best = max(made.worth(start), made.worth(other))
    assert made.worth(both) >= best - 1e-9


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), price=st.sampled_from([0.0, 0.3]))
def test_planting_only_improves(seed, price):
    made = planting(8, seed, price=price)
    start = np.zeros(64, dtype=np.intp)
    grown = made.planted(start, np.random.default_rng(0), 6)
    assert not short(made, grown).any()
    assert made.worth(grown) >= made.worth(start)
    again = made.planted(start, np.random.default_rng(0), 6)
    assert np.array_equal(grown, again)


def test_what_is_locked_is_never_left_in_a_small_patch():
    made = planting(10, 3, locked=0.05)
    assert made.locked
    start = np.full(100, 1, dtype=np.intp)
    made.best[1] = np.maximum(made.best[1], -1.0)
    grown = made.planted(start, np.random.default_rng(0), 8)
    assert not short(made, grown).any()
    assert made.worth(grown) > made.worth(start)


def test_a_block_takes_the_best_neighbors():
    best = np.zeros((2, 16))
    best[1] = -1.0
    best[1, [5, 6, 10, 11]] = [4.0, 1.0, 2.0, 3.0]
    made = Planting.of(graph_of(4), LEAST, best, 0.0)
    grown = made.planted(np.zeros(16, dtype=np.intp), np.random.default_rng(0), 4)
    assert np.flatnonzero(grown).tolist() == [5, 6, 10, 11]


@pytest.mark.parametrize("price", [0.0, 0.5])
def test_a_small_patch_goes_to_what_is_worth_most_beside_it(price):
    best = np.zeros((3, 16))
    best[1], best[2] = 1.0, 0.9
    made = Planting.of(graph_of(4), LEAST, best, price)
    group = np.array([2] * 8 + [1] * 2 + [2] * 6)
    assert (made.mended(group) == 2).all()


def test_one_unit_and_one_group_are_left_as_they_are():
    alone = Graph.of(1, *np.zeros((2, 0), dtype=np.intp), np.zeros(0))
    nothing = np.zeros(1, dtype=np.intp)
    for best in (np.zeros((1, 1)), np.array([[0.0], [1.0]]), np.array([[0.0], [-np.inf]])):
        made = Planting.of(alone, LEAST, best, 0.5)
        assert made.planted(nothing, np.random.default_rng(0), 3).tolist() == [0]


@pytest.mark.parametrize("price", [0.0, 0.5])
def test_no_block_to_grow_ends_the_round(price):
    best = np.full((3, 16), -np.inf)
    best[0] = 0.0
    made = Planting.of(graph_of(4), LEAST, best, price)
    group = np.zeros(16, dtype=np.intp)
    assert np.array_equal(made.planted(group, np.random.default_rng(0), 3), group)
    # giving up is all that is left to try: no block has to grow
    best[1, :4] = -1.0
    group[:4] = 1
    made = Planting.of(graph_of(4), LEAST, best, 0.0)
    assert not made.planted(group, np.random.default_rng(0), 3).any()
