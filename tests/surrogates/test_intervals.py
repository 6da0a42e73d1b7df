import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edaphon.surrogates.intervals import (
    conformal_bounds,
    fit_spread,
    interval_score,
    log_moments,
)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 300), st.floats(0.5, 0.99))
def test_bounds_leave_out_no_more_than_the_level_allows(n, level):
    scores = np.arange(n, dtype=float)
    low, high = conformal_bounds(scores, level)
    outside = (scores < low).sum() + (scores > high).sum()
    assert outside <= (n + 1) * (1 - level) + 1e-9
    assert low <= high or n == 1


def test_bounds_of_a_hundred_scores():
    assert conformal_bounds(np.arange(1.0, 100.0), 0.9) == (5.0, 95.0)


def test_interval_score_by_hand():
    observed, lower, upper = np.array([1.0, 5.0]), np.array([0.0, 0.0]), np.array([2.0, 2.0])
    assert interval_score(observed, lower, upper, 0.9) == pytest.approx((2 + 2 + 20 * 3) / 2)


def test_intervals_widen_where_errors_are_larger_and_hold_their_level():
    rng = np.random.default_rng(0)
    matrix = rng.uniform(0, 1, (3000, 2))
    error = rng.normal(size=3000) * (0.2 + 2 * matrix[:, 0])
    folds = np.arange(1500) % 5
    spread = fit_spread(matrix[:1500], np.zeros(1500), error[:1500], folds, level=0.9, seed=0)
    scale = spread.scale(matrix[1500:], np.zeros(1500))
    inside = (error[1500:] >= spread.low * scale) & (error[1500:] <= spread.high * scale)
    assert spread.amount > 0
    assert abs(inside.mean() - 0.9) < 0.03
    for part in np.array_split(np.argsort(matrix[1500:, 0]), 3):
        assert 0.83 < inside[part].mean() < 0.975


def test_even_errors_keep_nearly_even_widths():
    rng = np.random.default_rng(1)
    matrix, error = rng.uniform(0, 1, (800, 2)), rng.normal(size=800)
    spread = fit_spread(matrix, np.zeros(800), error, np.arange(800) % 5, level=0.9, seed=0)
    scale = spread.scale(matrix, np.zeros(800))
    assert scale.std() / scale.mean() < 0.2
    assert -2 < spread.low * spread.typical < -1.3
    assert 1.3 < spread.high * spread.typical < 2


def test_log_moments_are_those_of_the_lognormal():
    scores = np.random.default_rng(2).normal(size=200_000)
    mean, sd = log_moments(np.array([1.0, 0.0]), np.array([0.5, 0.3]), scores)
    wanted = np.exp([1 + 0.125, 0.045])
    np.testing.assert_allclose(mean, wanted, rtol=0.01)
    np.testing.assert_allclose(sd, wanted * np.sqrt(np.expm1([0.25, 0.09])), rtol=0.02)
