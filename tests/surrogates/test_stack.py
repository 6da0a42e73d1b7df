import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edaphon.surrogates.stack import fit_stack, stack_weights


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_weights_are_never_negative_and_sum_to_one_at_most(seed):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=60)
    departures = truth[:, None] * rng.uniform(-1, 2, 3) + rng.normal(size=(60, 3))
    weights = stack_weights(departures, truth)
    assert (weights >= 0).all()
    assert weights.sum() <= 1 + 1e-12


def test_a_perfect_candidate_takes_all_and_a_worthless_one_nothing():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=500)
    weights = stack_weights(np.column_stack([truth, -truth]), truth)
    np.testing.assert_allclose(weights, [1, 0], atol=1e-12)


def test_noise_leaves_the_training_mean():
    rng = np.random.default_rng(1)
    matrix, response = rng.normal(size=(200, 3)), rng.normal(5, 1, 200)
    training = fit_stack(matrix, response, np.arange(200) % 5, 0)
    assert np.ptp(training.stack.predict(matrix)) < 1.5
    assert abs(training.stack.predict(matrix).mean() - 5) < 0.3


def test_without_candidates_the_stack_is_the_mean_of_the_other_folds():
    response = np.array([1.0, 2.0, 3.0, 6.0])
    training = fit_stack(np.zeros((4, 1)), response, np.array([0, 0, 1, 1]), 0, ())
    np.testing.assert_array_equal(training.fitted, [4.5, 4.5, 1.5, 1.5])
    np.testing.assert_array_equal(training.stack.predict(np.zeros((2, 1))), [3, 3])
