import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edaphon.surrogates.folds import assign_folds, held_together


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_blocks_and_groups_never_part(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 10, (2, 120))
    group = rng.integers(0, 60, 120).astype(str)
    together = held_together(x, y, 1.0, group)
    cell = np.floor(x) * 100 + np.floor(y)
    for same in (cell, group):
        for value in np.unique(same):
            assert len(np.unique(together[same == value])) == 1


def test_blocks_alone_are_the_cells_of_a_grid():
    x, y = np.array([0.1, 0.9, 1.1, -0.1]), np.array([0.1, 0.9, 0.1, 0.1])
    together = held_together(x, y, 1.0)
    assert together[0] == together[1]
    assert len(np.unique(together)) == 3


def test_folds_are_balanced_in_size_and_follow_the_seed():
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 10, (2, 1000))
    together = held_together(x, y, 1.0)
    folds = assign_folds(together, 5, seed=1)
    sizes = np.bincount(folds)
    assert sizes.min() > 180
    assert sizes.max() < 220
    np.testing.assert_array_equal(folds, assign_folds(together, 5, seed=1))
    assert (folds != assign_folds(together, 5, seed=2)).any()


def test_random_folds_differ_by_one_row_at_most():
    sizes = np.bincount(assign_folds(np.arange(103), 5, 0))
    assert sizes.max() - sizes.min() == 1


def test_too_few_sets_and_impossible_sides_are_refused():
    with pytest.raises(ValueError, match="3 sets"):
        assign_folds([0, 1, 2], 5, 0)
    with pytest.raises(ValueError, match="above 0"):
        held_together([0.0], [0.0], 0.0)
