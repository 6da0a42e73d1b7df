"""Hill numbers and coverage: published figures, brute force, and what holds of any community."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.soil.diversity import (
    coverage_at_size,
    hill_at_coverage,
    hill_at_size,
    hill_number,
    sample_coverage,
)

# Spiders under girdled and logged hemlocks (Ellison et al. 2010, Methods in Ecology and Evolution
# 1:168-179), and what the authors of the method print for them: the vignette "A quick introduction
# to iNEXT via examples" (Hsieh, Ma & Chao 2022), tables $DataInfo, $size_based and $AsyEst.
GIRDLED = [46, 22, 17, 15, 15, 9, 8, 6, 6, 4, 2, 2, 2, 2, *[1] * 12]
LOGGED = [88, 22, 16, 15, 13, 10, 8, 8, 7, 7, 7, 5, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, *[1] * 14]

communities = st.lists(st.integers(0, 30), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize(
    ("counts", "coverage", "observed"),
    [(GIRDLED, 0.9289, (26, 12.060, 7.840)), (LOGGED, 0.9446, (37, 14.421, 6.761))],
)
def test_published_coverage_and_hill_numbers(counts, coverage, observed):
    assert sample_coverage(counts) == pytest.approx(coverage, abs=5e-5)
    for order, number in enumerate(observed):
        assert hill_number(counts, order) == pytest.approx(number, abs=5e-4)


@pytest.mark.parametrize(
    ("counts", "size", "richness", "coverage"),
    [
        (GIRDLED, 1, 1.0, 0.122),
        (GIRDLED, 84, 18.912, 0.900),
        (GIRDLED, 168, 26.0, 0.929),
        (GIRDLED, 248, 30.883, 0.948),
        (GIRDLED, 336, 34.731, 0.964),
        (LOGGED, 1, 1.0, 0.145),
        (LOGGED, 126, 28.268, 0.908),
        (LOGGED, 371, 42.786, 0.958),
        (LOGGED, 504, 47.644, 0.969),
    ],
)
def test_published_rarefaction_and_extrapolation(counts, size, richness, coverage):
    assert hill_at_size(counts, size) == pytest.approx(richness, abs=5e-4)
    assert coverage_at_size(counts, size) == pytest.approx(coverage, abs=5e-4)


@pytest.mark.parametrize(("counts", "asymptote"), [(GIRDLED, 13.826), (LOGGED, 16.337)])
def test_order_one_goes_toward_the_published_asymptote(counts, asymptote):
    """At double the sample the entropy is half way between the sample's and the community's."""
    half = (np.log(hill_number(counts, 1)) + np.log(asymptote)) / 2
    assert np.log(hill_at_size(counts, 2 * sum(counts), 1)) == pytest.approx(half, abs=5e-5)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_rarefaction_is_the_mean_over_all_smaller_samples(size):
    counts = np.array([3, 2, 1, 1])
    individuals = np.repeat(np.arange(4), counts)
    draws = [np.bincount(list(drawn), minlength=4) for drawn in combinations(individuals, size)]
    shares = np.array(draws) / size
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1)
    assert hill_at_size(counts, size, 0) == pytest.approx((shares > 0).sum(axis=1).mean())
    assert hill_at_size(counts, size, 1) == pytest.approx(np.exp(entropy.mean()))
    assert hill_at_size(counts, size, 2) == pytest.approx(1 / (shares**2).sum(axis=1).mean())
    if size < 7:
        # The chance that the next individual belongs to a species already drawn.
        rest = counts - np.array(draws)
        known = (rest * (shares > 0)).sum(axis=1) / rest.sum(axis=1)
        assert coverage_at_size(counts, size) == pytest.approx(known.mean())


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("coverage", [0.5, 0.9, 0.93, 0.96])
def test_at_a_coverage_is_at_the_size_that_has_it(order, coverage):
    low, high = 1.0, 336.0
    for _ in range(60):
        middle = (low + high) / 2
        below = coverage_at_size(GIRDLED, middle) < coverage
        low, high = (middle, high) if below else (low, middle)
    at_size = hill_at_size(GIRDLED, high, order)
    assert hill_at_coverage(GIRDLED, coverage, order) == pytest.approx(at_size, rel=1e-9)


def test_what_lies_too_far_is_not_a_number():
    assert np.isnan(hill_at_size(GIRDLED, 337))
    assert np.isnan(hill_at_coverage(GIRDLED, 0.99))
    assert np.isnan(hill_at_coverage([0, 0, 0], 0.5))
    assert np.isnan(sample_coverage([0, 0]))
    # Nothing was found only once: the sample is complete, and stays as it is.
    assert hill_at_coverage([5, 5], 1.0) == pytest.approx(2)


def test_rare_pairs_among_many_singletons_stay_finite():
    counts = np.r_[np.ones(1000, int), 2, 50_000]
    assert np.isfinite(hill_at_size(counts, counts.sum() * 1.5, 1))
    assert hill_at_size(counts, counts.sum() * 1.5, 1) >= hill_number(counts, 1)
    assert hill_at_size(np.ones(50, int), 90, 1) > 50


def test_sites_and_orders_keep_their_places():
    table = np.array([[[4, 4, 0], [1, 2, 3]], [[9, 0, 0], [0, 0, 0]]])
    np.testing.assert_allclose(hill_number(table, 0), [[2, 3], [1, 0]])
    assert hill_number(table, 2).shape == (2, 2)
    assert hill_at_size(table, 2).shape == (2, 2)
    assert hill_number([1, 3], np.inf) == pytest.approx(4 / 3)


@given(communities, st.floats(0, 5), st.floats(0, 5))
def test_hill_numbers_fall_as_the_order_rises(counts, first, second):
    low, high = sorted((first, second))
    assert hill_number(counts, high) <= hill_number(counts, low) * (1 + 1e-9)
    assert 1 - 1e-9 <= hill_number(counts, high) <= hill_number(counts, 0) + 1e-9


@given(communities, st.floats(0, 5), st.integers(1, 4))
def test_copies_without_common_species_multiply_the_number(counts, order, copies):
    """The replication principle (Hill 1973): what makes it an effective number of species."""
    whole = hill_number(counts * copies, order)
    assert whole == pytest.approx(copies * float(hill_number(counts, order)), rel=1e-9)


@given(st.integers(1, 50), st.floats(0, 20))
def test_equally_common_species_are_counted(n_species, order):
    assert hill_number([3.5] * n_species, order) == pytest.approx(n_species, rel=1e-9)


@pytest.mark.parametrize("counts", [GIRDLED, [1, 1], [1, 10**6]])
def test_orders_near_one_pass_smoothly_through_it(counts):
    middle = hill_number(counts, 1)
    for step in (1e-12, 1e-9, 1e-6):
        around = [hill_number(counts, 1 - step), hill_number(counts, 1 + step)]
        np.testing.assert_allclose(around, middle, rtol=1e-4)
        assert around[0] >= around[1] * (1 - 1e-12)


@given(communities, st.floats(0, 3), st.floats(1e-6, 1e6))
def test_the_unit_of_abundance_does_not_matter(counts, order, factor):
    scaled = hill_number(np.array(counts) * factor, order)
    assert scaled == pytest.approx(float(hill_number(counts, order)), rel=1e-9)


@given(communities.filter(lambda counts: sum(counts) > 1), st.floats(0, 1), st.floats(0, 1))
def test_larger_samples_hold_more_and_are_more_complete(counts, first, second):
    total = sum(counts)
    low, high = sorted(1 + part * (2 * total - 1) for part in (first, second))
    assert 0 <= sample_coverage(counts) <= 1
    assert coverage_at_size(counts, low) <= coverage_at_size(counts, high) + 1e-9
    for order in (0, 1, 2):
        assert hill_at_size(counts, low, order) <= hill_at_size(counts, high, order) * (1 + 1e-9)


@given(communities, st.sampled_from([0, 1, 2]))
def test_at_its_own_size_a_sample_is_itself(counts, order):
    same = hill_at_size(counts, sum(counts), order)
    if order < 2:
        assert same == pytest.approx(float(hill_number(counts, order)), rel=1e-9)
    else:
        assert same == pytest.approx(float(hill_number(counts, 2)), rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hill_number([1, -2]), "abundance: -2"),
        (lambda: hill_number([1, np.nan]), "abundance: nan"),
        (lambda: hill_number([1, 2], -1), "order: -1"),
        (lambda: sample_coverage([1.5, 2]), "1.5 is not a whole number"),
        (lambda: sample_coverage([2e7]), "counts: 2e"),
        (lambda: hill_at_size([1, 2], 0.5), "size: 0.5"),
        (lambda: hill_at_size([1, 2], 2, 3), "order: 3"),
        (lambda: hill_at_coverage([1, 2], 0), "coverage: 0"),
        (lambda: hill_at_coverage([1, 2], 1.2), "coverage: 1.2"),
    ],
)
def test_values_outside_their_range_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
