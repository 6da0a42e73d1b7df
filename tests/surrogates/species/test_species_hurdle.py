import numpy as np
import pytest

from edaphon.surrogates.species.hurdle import Hurdle


@pytest.fixture
def hurdle():
    residuals = np.quantile(
        np.random.default_rng(0).normal(0, 0.7, 20_000), (np.arange(200) + 0.5) / 200
    )
    return Hurdle(np.array([0.1, 0.5, 0.95, 1.0]), np.array([0.0, 1.0, 2.0, 0.5]), residuals, 1.1)


def drawn(hurdle, n=200_000):
    rng = np.random.default_rng(1)
    shape = (n, len(hurdle.fitted))
    size = np.exp(hurdle.fitted + rng.choice(hurdle.residuals, shape))
    return np.where(rng.random(shape) < hurdle.probability, size, 0.0)


def test_moments_are_those_of_draws(hurdle):
    mean, sd = hurdle.moments()
    amounts = hurdle.smearing * drawn(hurdle)
    np.testing.assert_allclose(mean, amounts.mean(axis=0), rtol=0.02)
    np.testing.assert_allclose(sd, amounts.std(axis=0), rtol=0.02)
    np.testing.assert_allclose(hurdle.mean_log(), np.log1p(drawn(hurdle)).mean(axis=0), rtol=0.02)


@pytest.mark.parametrize("chance", [0.05, 0.55, 0.8, 0.95])
def test_quantiles_are_those_of_draws(hurdle, chance):
    expected = np.quantile(drawn(hurdle), chance, axis=0)
    np.testing.assert_allclose(hurdle.quantile(chance), expected, rtol=0.03, atol=1e-12)


def test_zero_is_the_bound_where_zero_is_likely(hurdle):
    np.testing.assert_array_equal(hurdle.quantile(0.4) == 0, [True, True, False, False])


def test_chances_and_quantiles_are_inverse(hurdle):
    for chance in (0.6, 0.9):
        amount = hurdle.quantile(chance)
        above = amount > 0
        np.testing.assert_allclose(hurdle.cumulative(amount)[above], chance, atol=1e-3)
    np.testing.assert_allclose(hurdle.cumulative(np.zeros(4)), 1 - hurdle.probability)


def test_no_rows(hurdle):
    nothing = Hurdle(np.zeros(0), np.zeros(0), hurdle.residuals)
    assert [len(part) for part in nothing.moments()] == [0, 0]
    assert len(nothing.mean_log()) == 0


def test_intervals_hold_what_they_say(hurdle):
    amounts = drawn(hurdle)
    lower, upper = hurdle.interval(0.05, 0.95, 0.9)
    np.testing.assert_array_equal(lower > 0, [False, False, False, True])
    inside = ((amounts >= lower) & (amounts <= upper)).mean(axis=0)
    np.testing.assert_allclose(inside, 0.9, atol=0.005)
