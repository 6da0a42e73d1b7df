from dataclasses import fields, replace

import numpy as np
import pytest

from edaphon.surrogates.conformal import interval_scores
from edaphon.surrogates.held_out import Held, hold_out, levels_of
from edaphon.surrogates.learner import Data

CHEAP = ("ridge",)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(50, 2))
    response = 5 + matrix[:, 0] + rng.normal(0, 0.3, 50)
    together = np.arange(50) // 5
    return Data(matrix, np.array([0, 1]), response, together, "none", 0.9, 0, candidates=CHEAP)


@pytest.fixture(scope="module")
def held(data):
    return hold_out(data, peer=False)


@pytest.mark.slow
def test_predictions_for_a_block_do_not_know_its_measurements(data):
    data = replace(data, candidates=("ridge", "extra_trees"))
    seen = []
    before = hold_out(data, progress=lambda *step: seen.append(step))
    hidden = data.together == 3
    after = hold_out(replace(data, response=np.where(hidden, 8.0, data.response)))
    for field in ("fitted", "plain", "forest", "width", "mean", "lower", "pooled_upper"):
        one, other = getattr(before, field), getattr(after, field)
        np.testing.assert_array_equal(one[..., hidden], other[..., hidden])
        assert (one[..., ~hidden] != other[..., ~hidden]).any()
    assert seen[-1] == ("held-out blocks", 15, 15)
    assert len(seen) == 15


def test_blocks_never_part_and_assignments_differ(data, held):
    for folds in held.folds:
        assert all(len(np.unique(folds[data.together == label])) == 1 for label in range(10))
    assert len({folds.tobytes() for folds in held.folds}) == 3
    assert hold_out(data, assignments=2, peer=False).folds.tolist() == held.folds[:2].tolist()


@pytest.mark.slow
def test_the_number_of_workers_changes_no_byte_of_held_out(data, held):
    again = hold_out(data, peer=False, workers=2)
    for field in fields(Held):
        one, other = getattr(held, field.name), getattr(again, field.name)
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


def test_bounds_scores_and_flags_agree(data, held):
    assert held.levels == (0.5, 0.8, 0.9)
    assert levels_of(0.95) == (0.5, 0.8, 0.9, 0.95)
    at = held.levels.index(0.9)
    lower, upper = held.lower[at], held.upper[at]
    np.testing.assert_array_equal(held.inside, (data.response >= lower) & (data.response <= upper))
    np.testing.assert_allclose(held.width, upper - lower)
    np.testing.assert_allclose(held.score, interval_scores(data.response, lower, upper, 0.9))
    np.testing.assert_allclose(
        held.pooled_score,
        interval_scores(data.response, held.pooled_lower[at], held.pooled_upper[at], 0.9),
    )
    assert (np.diff(held.upper - held.lower, axis=0) >= 0).all()
    assert held.gain[0] > 10 * abs(held.gain[1])


def test_scores_on_the_modeled_scale_and_bounds_in_the_unit(data):
    grown = replace(data, response=np.exp(data.response / 5), transform="log")
    held = hold_out(grown, assignments=1, peer=False)
    at = held.levels.index(0.9)
    logs = np.log(held.lower[at]), np.log(held.upper[at])
    np.testing.assert_allclose(held.width, logs[1] - logs[0])
    np.testing.assert_allclose(held.score, interval_scores(np.log(grown.response), *logs, 0.9))
    assert (held.lower > 0).all()


def test_intervals_of_counts_stay_at_or_above_zero(data):
    rng = np.random.default_rng(1)
    counts = rng.poisson(1.0, 50).astype(float)
    few = replace(data, response=counts, transform="log1p", limits=(0.0, np.inf))
    held = hold_out(few, assignments=1, peer=False)
    for name in ("lower", "upper", "pooled_lower", "pooled_upper"):
        assert (getattr(held, name) >= 0).all()
    assert held.inside.mean() > 0.8


def test_given_folds_are_used_once_and_random_rows_part(data):
    wanted = np.arange(50) % 3
    steps = []
    matched = hold_out(data, matched=wanted, progress=lambda *step: steps.append(step))
    np.testing.assert_array_equal(matched.folds, wanted[None])
    assert steps[-1] == ("matched folds", 3, 3)
    assert np.isnan(matched.forest).all()
    assert (matched.fitted != 0).all()
    random = hold_out(data, random=True)
    assert random.folds.shape == (1, 50)
    assert any(len(np.unique(random.folds[0][data.together == k])) > 1 for k in range(10))


def test_folds_of_their_own_are_left_out(data):
    """Rows with fold -1 are learned from and never asked."""
    once = np.where(data.together < 3, 0, -1)
    held = hold_out(data, matched=once)
    assert (held.mean[:, once == 0] != 0).all()
    assert (held.mean[:, once == -1] == 0).all()
