import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edaphon.surrogates.conformal import (
    bounding,
    conformal_bounds,
    interval_score,
    interval_scores,
    ordered,
)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 300), st.floats(0.5, 0.99))
def test_bounds_leave_out_no_more_than_the_level_allows(n, level):
    scores = np.arange(n, dtype=float)
    low, high = conformal_bounds(scores, level)
    outside = (scores < low).sum() + (scores > high).sum()
    assert outside <= (n + 1) * (1 - level) + 1e-6
    assert low <= high or n == 1
    rank = max(int(np.floor((n + 1) * (1 - level) / 2 + 1e-6)), 1)
    assert (low, high) == (scores[rank - 1], scores[-rank])


def test_bounds_of_ninety_nine_scores():
    assert conformal_bounds(np.arange(1.0, 100.0), 0.9) == (5.0, 95.0)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50), st.floats(0.5, 0.95))
def test_equal_weights_change_nothing(seed, weight, level):
    scores = np.random.default_rng(seed).normal(size=80)
    assert conformal_bounds(scores, level) == conformal_bounds(scores, level, np.full(80, weight))


def test_weights_are_masses():
    scores = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    weights = np.array([1.0, 1.0, 16.0, 1.0, 1.0])
    in_order, shares = ordered(scores[::-1], weights[::-1])
    np.testing.assert_array_equal(in_order, scores)
    # a new one weighs (1 + 1 + 256 + 1 + 1) / 20 = 13
    np.testing.assert_allclose(shares, weights / 33)
    assert bounding(in_order, shares, 0.8) == (1.0, 3.0)  # 2 / 33 and 18 / 33 against 3.3 / 33
    assert bounding(in_order, shares, 0.95) == (0.0, 4.0)


def test_weighted_scores_cover_the_weighted_population():
    rng = np.random.default_rng(0)
    narrow, wide = rng.normal(0, 1, 20_000), rng.normal(0, 5, 1000)
    weights = np.r_[np.full(20_000, 1 / 20_000), np.full(1000, 1 / 1000)]
    low, high = conformal_bounds(np.r_[narrow, wide], 0.8, weights)
    inside = [((part >= low) & (part <= high)).mean() for part in (narrow, wide)]
    assert np.mean(inside) == pytest.approx(0.8, abs=0.005)


def test_interval_score_by_hand():
    observed, lower, upper = np.array([1.0, 5.0]), np.array([0.0, 0.0]), np.array([2.0, 2.0])
    np.testing.assert_allclose(interval_scores(observed, lower, upper, 0.9), [2, 62])
    assert interval_score(observed, lower, upper, 0.9) == pytest.approx(32)


def test_the_true_quantiles_have_the_best_interval_score():
    values = np.random.default_rng(1).gumbel(size=200_000)
    best = np.quantile(values, [0.1, 0.9])
    scores = [
        interval_score(values, np.full(len(values), best[0] + a), np.full(len(values), best[1] + b),
                       0.8)
        for a, b in ((0, 0), (0.1, 0), (-0.1, 0), (0, 0.2), (0, -0.2))
    ]  # fmt: skip
    assert np.argmin(scores) == 0


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
def test_bounds_are_those_of_mapie(level):
    from mapie.conformity_scores import AbsoluteConformityScore
    from mapie.regression import SplitConformalRegressor
    from sklearn.linear_model import LinearRegression

    rng = np.random.default_rng(2)
    x = rng.normal(size=(437, 2))
    y = x @ [1.0, 2.0] + rng.gumbel(size=437)
    model = LinearRegression().fit(x[:200], y[:200])
    theirs = SplitConformalRegressor(
        model, confidence_level=level, conformity_score=AbsoluteConformityScore(sym=False)
    )
    theirs.conformalize(x[200:], y[200:])
    asked = rng.normal(size=(20, 2))
    told, intervals = theirs.predict_interval(asked)
    low, high = conformal_bounds(y[200:] - model.predict(x[200:]), level)
    np.testing.assert_allclose(intervals[:, 0, 0], told + low)
    np.testing.assert_allclose(intervals[:, 1, 0], told + high)
