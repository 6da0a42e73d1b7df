"""Choosing sites and the species accumulation index, against brute force and hand computation."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edaphon.surrogates.representation import (
    choose_sites,
    lay_yardstick,
    represented,
    represented_by_chance,
    resampled_blocks,
)

tables = arrays.arrays(
    np.float64, st.tuples(st.integers(2, 9), st.integers(1, 4)), elements=st.integers(0, 1)
)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_hand_computed_example():
    found = np.array([[1, 0], [1, 1], [0, 0], [0, 1]], dtype=float)
    assert represented(found, np.array([1])) == pytest.approx(np.sqrt(0.5))
    assert represented(found, np.array([0, 1])) == pytest.approx((1 + np.sqrt(0.5)) / 2)
    yardstick = lay_yardstick(found, 0.25, rng())
    assert yardstick.optimum == pytest.approx(np.sqrt(0.5))
    assert yardstick.by_chance == pytest.approx((3 * 0 + 2 * np.sqrt(0.5) * 2) / 8)
    assert yardstick.index(found, rng()) == pytest.approx(1)


@given(tables, st.integers(1, 8))
def test_chance_is_the_mean_over_all_choices(found, n_chosen):
    n_chosen = min(n_chosen, len(found))
    every = [represented(found, np.array(c)) for c in combinations(range(len(found)), n_chosen)]
    assert represented_by_chance(found, n_chosen) == pytest.approx(np.mean(every), abs=1e-12)


@given(tables, st.floats(0.05, 0.95), st.integers(0, 9))
def test_greedy_is_near_the_best_choice_and_never_beaten_by_itself(found, budget, seed):
    yardstick = lay_yardstick(found, budget, rng(seed))
    n_chosen = yardstick.n_chosen
    best = max(represented(found, np.array(c)) for c in combinations(range(len(found)), n_chosen))
    assert yardstick.optimum >= (1 - 1 / np.e) * best - 1e-12
    assert yardstick.optimum <= best + 1e-12
    chosen = choose_sites(found, n_chosen, rng(seed))
    assert len(set(chosen.tolist())) == n_chosen


@given(tables, st.integers(0, 9))
def test_layers_may_be_scaled(found, seed):
    first = choose_sites(found, 2, rng(seed))
    np.testing.assert_array_equal(first, choose_sites(found * 8.0, 2, rng(seed)))


def test_one_layer_gives_its_largest_sites_and_complementarity_counts():
    layer = np.array([[0.2], [0.9], [0.5], [0.7]])
    np.testing.assert_array_equal(choose_sites(layer, 2, rng()), [1, 3])
    # The second choice adds the other species, not another of the first.
    layers = np.array([[1.0, 0.0], [0.9, 0.0], [0.0, 0.3]])
    assert set(choose_sites(layers, 2, rng()).tolist()) == {0, 2}


def test_ties_are_broken_at_random_and_the_same_for_a_seed():
    flat = np.ones((40, 2))
    chosen = [tuple(choose_sites(flat, 5, rng(seed)).tolist()) for seed in range(6)]
    assert len(set(chosen)) > 1
    assert chosen[0] == tuple(choose_sites(flat, 5, rng(0)).tolist())
    assert len(choose_sites(np.zeros((7, 3)), 4, rng())) == 4


def test_chance_scores_zero_and_the_opposite_less():
    random = rng(3)
    found = (random.random((300, 12)) < 1 / (1 + np.exp(-random.normal(0, 2, 300)))[:, None]) * 1.0
    yardstick = lay_yardstick(found, 0.3, rng())
    by_chance = [yardstick.index(rng(k).random((300, 3)), rng(k)) for k in range(40)]
    assert abs(np.mean(by_chance)) < 0.05
    assert yardstick.index(1.0 / (1 + found), rng()) < -0.2
    assert np.isnan(lay_yardstick(np.ones((20, 3)), 0.3, rng()).index(np.ones((20, 1)), rng()))


def test_whole_blocks_are_drawn():
    together = np.repeat(np.arange(6), [3, 1, 4, 2, 5, 2])
    for drawn in resampled_blocks(together, 50, rng()):
        counts = np.bincount(drawn, minlength=len(together))
        for label in range(6):
            assert len(set(counts[together == label].tolist())) == 1
        assert sum(counts[together == label][0] for label in range(6)) == 6
