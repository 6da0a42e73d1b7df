"""Hellinger and local contributions: two ways to the same figures, and what must hold of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.distance import cdist

from edaphon.soil.turnover import beta_diversity, beta_diversity_from, hellinger

tables = arrays.arrays(
    np.float64, st.tuples(st.integers(2, 9), st.integers(2, 6)), elements=st.integers(0, 40)
).filter(lambda table: table.any(axis=1).all() and np.ptp(hellinger(table), axis=0).max() > 1e-3)


def test_hand_computed_example():
    """Two alike sites and one without a common species: 2/9, 2/9 and 8/9 of a sum of 4/3."""
    parts = beta_diversity(hellinger([[4, 0], [1, 0], [0, 9]]))
    np.testing.assert_allclose(parts.sites, [1 / 6, 1 / 6, 4 / 6])
    np.testing.assert_allclose(parts.species, [0.5, 0.5])
    assert parts.total == pytest.approx(2 / 3)


def test_no_common_species_is_the_largest_beta_diversity():
    parts = beta_diversity(hellinger(np.eye(5)))
    assert parts.total == pytest.approx(1)
    np.testing.assert_allclose(parts.sites, 0.2)


@given(tables)
def test_table_and_distances_agree(table):
    rows = hellinger(table)
    np.testing.assert_allclose((rows**2).sum(axis=1), 1)
    direct, centered = beta_diversity(rows), beta_diversity_from(cdist(rows, rows))
    assert direct.total == pytest.approx(centered.total, rel=1e-6)
    np.testing.assert_allclose(direct.sites, centered.sites, atol=1e-6)


@given(tables, st.integers(0, 99))
def test_contributions_are_shares_and_follow_their_sites(table, seed):
    parts = beta_diversity(hellinger(table))
    assert parts.sites.sum() == pytest.approx(1)
    assert parts.species.sum() == pytest.approx(1)
    assert (parts.sites >= 0).all()
    assert 0 <= parts.total <= 1 + 1e-9
    order = np.random.default_rng(seed).permutation(len(table))
    np.testing.assert_allclose(
        beta_diversity(hellinger(table[order])).sites, parts.sites[order], atol=1e-12
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hellinger([[1, 2], [0, 0]]), "row 2"),
        (lambda: hellinger([[1, -1]]), "abundance: -1"),
        (lambda: beta_diversity([[1.0, 2.0]]), "at least two sites"),
        (lambda: beta_diversity([[1.0, np.nan], [2, 3]]), "finite"),
        (lambda: beta_diversity([[1.0, 2.0], [1.0, 2.0]]), "alike"),
        (lambda: beta_diversity_from([[0, 1, 2]]), "square"),
        (lambda: beta_diversity_from([[0, 1], [2, 0]]), "symmetric"),
        (lambda: beta_diversity_from([[1, 1], [1, 0]]), "diagonal"),
        (lambda: beta_diversity_from(np.zeros((3, 3))), "differs"),
    ],
)
def test_what_has_no_answer_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
