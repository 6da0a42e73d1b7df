import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from species_case import blocks

from edaphon.surrogates.species.calibration import (
    AS_TOLD,
    block_deviation,
    bounds,
    fit_calibration,
    with_prevalence,
)


def test_platts_line_is_found():
    rng = np.random.default_rng(0)
    leveled = rng.uniform(0.05, 0.95, 20_000)
    odds = np.log(leveled / (1 - leveled))
    found = rng.random(20_000) < expit(-1.5 + 0.7 * odds)
    line = fit_calibration(leveled, found, np.ones(20_000))
    assert line.intercept == pytest.approx(-1.5, abs=0.06)
    assert line.slope == pytest.approx(0.7, abs=0.05)
    assert line.probability(leveled).mean() == pytest.approx(found.mean(), abs=1e-3)


def test_ranks_are_never_turned_around():
    leveled = np.linspace(0.1, 0.9, 60)
    line = fit_calibration(leveled, leveled < 0.5, np.ones(60))
    assert line.slope == 0
    assert line.probability(leveled) == pytest.approx(0.5, abs=0.02)


def test_few_presences_promise_little():
    leveled = np.r_[np.full(3, 0.9), np.full(3, 0.1)]
    line = fit_calibration(leveled, leveled > 0.5, np.ones(6))
    assert line.probability(leveled).max() == pytest.approx(4 / 5, abs=1e-3)


@given(st.floats(0.01, 0.99))
def test_a_given_prevalence_is_met(prevalence):
    leveled = np.linspace(0.02, 0.98, 50)
    weight = np.linspace(1, 2, 50)
    line = with_prevalence(AS_TOLD, leveled, weight, prevalence)
    assert np.average(line.probability(leveled), weights=weight) == pytest.approx(prevalence)
    assert line.slope == 1


@pytest.mark.parametrize("prevalence", [0.0, 1.0, 3.0])
def test_a_prevalence_is_a_share(prevalence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        with_prevalence(AS_TOLD, np.array([0.5]), np.ones(1), prevalence)


@pytest.mark.parametrize("deviation", [0.4, 0.8])
def test_the_deviation_between_blocks_is_found(deviation):
    found = [block_deviation(*blocks(deviation, seed)) for seed in range(4)]
    assert np.mean(found) == pytest.approx(deviation, abs=0.06)


def test_blocks_that_are_alike_deviate_by_what_chance_lends_them():
    found = [block_deviation(*blocks(0.0, seed)) for seed in range(6)]
    assert min(found) == 0
    assert max(found) < 0.1


def test_bounds_widen_with_spread_and_hold_the_probability():
    told = np.array([0.001, 0.3, 0.9])
    sd, lower, upper = bounds(told, np.zeros(3), 0.9)
    np.testing.assert_allclose([lower, upper], [told, told])
    np.testing.assert_allclose(sd, 0, atol=1e-7)
    sd, lower, upper = bounds(told, np.array([0.5, 0.5, 0.5]), 0.9)
    np.testing.assert_allclose(logit(upper) - logit(told), 0.8224, rtol=1e-3)
    assert (lower < told).all()
    drawn = expit(np.log(3 / 7) + np.random.default_rng(0).normal(0, 0.5, 100_000))
    assert sd[1] == pytest.approx(drawn.std(), rel=0.01)
