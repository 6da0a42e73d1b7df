import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.surrogates.transforms import (
    TRANSFORMS,
    choose_transform,
    guess_kind,
    limits_of,
    modeled_limits,
    off_bounds,
    to_modeled,
    to_response,
)

RNG = np.random.default_rng(0)
SKEWED = RNG.lognormal(0, 0.7, 300)


@given(st.sampled_from(TRANSFORMS), st.floats(1e-6, 1 - 1e-6))
def test_a_transform_and_its_way_back_cancel(transform, share):
    value = share * (100 if transform == "logit %" else 1)
    assert to_response(to_modeled(np.array(value), transform), transform) == pytest.approx(value)


def test_the_scale_follows_the_skewness():
    assert choose_transform(SKEWED) == "log"
    assert choose_transform(RNG.normal(6, 1, 300)) == "none"
    assert choose_transform(np.append(SKEWED, -1)) == "none"
    assert choose_transform(np.append(SKEWED, np.zeros(50))) == "log1p"
    assert choose_transform(RNG.poisson(RNG.lognormal(3, 1, 300)).astype(float), "count") == "log1p"
    assert choose_transform(RNG.poisson(50, 300).astype(float), "count") == "none"


def test_shares_get_a_logit_only_if_skewed_at_the_upper_bound():
    high = RNG.beta(9, 1, 300)
    assert choose_transform(high, "proportion", (0.0, 1.0)) == "logit"
    assert choose_transform(100 * high, "proportion", (0.0, 100.0)) == "logit %"
    assert choose_transform(RNG.beta(5, 5, 300), "proportion", (0.0, 1.0)) == "none"
    assert choose_transform(np.minimum(SKEWED, 40), "proportion", (0.0, 100.0)) == "log"


def test_kinds_and_limits_follow_unit_and_values():
    assert guess_kind(np.array([2.0, 40.0]), "%") == "proportion"
    assert guess_kind(np.array([-2.0, 40.0]), "%") == "continuous"
    assert guess_kind(np.array([0.1, 0.5]), "m3/m3") == "proportion"
    assert guess_kind(np.array([0.1, 1.0]), "share") == "proportion"
    assert guess_kind(np.array([0.0, 12.0]), "") == "count"
    assert guess_kind(np.array([0.0, 12.5]), "") == "continuous"
    assert guess_kind(np.array([1.0, 12.0]), "t/ha") == "continuous"
    assert limits_of(np.array([2.0, 40.0]), "proportion", "%") == (0, 100)
    assert limits_of(np.array([0.2, 0.4]), "proportion", "") == (0, 1)
    assert limits_of(np.array([2.0, 400.0]), "continuous", "g/kg") == (0, np.inf)
    assert limits_of(np.array([-2.0, 4.0]), "continuous", "C") == (-np.inf, np.inf)
    assert modeled_limits((0.0, np.inf), "log1p") == (0, np.inf)
    assert modeled_limits((0.0, 100.0), "none") == (0, 100)
    assert modeled_limits((0.0, 100.0), "logit %") == (-np.inf, np.inf)


def test_values_at_a_bound_move_half_way_to_the_nearest_other_one():
    moved, count = off_bounds(np.array([0.0, 4.0, 7.0, 100.0, 90.0]), (0.0, 100.0))
    np.testing.assert_array_equal(moved, [2, 4, 7, 95, 90])
    assert count == 2
    same, count = off_bounds(np.array([-1.0, 4.0]), (-np.inf, np.inf))
    np.testing.assert_array_equal(same, [-1, 4])
    assert count == 0
