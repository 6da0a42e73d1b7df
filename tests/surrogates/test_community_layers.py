"""Layers of communities by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.errors import DataError
from edaphon.soil.turnover import beta_diversity, hellinger
from edaphon.surrogates.community_layers import as_ranks, contributions, function_layer


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_layers_are_ranks_from_0_to_1(values):
    ranks = as_ranks(np.array(values))
    assert ((ranks >= 0) & (ranks <= 1)).all()
    assert ranks.mean() == pytest.approx(0.5)
    order = np.argsort(values)
    assert (np.diff(ranks[order]) >= 0).all()


def test_the_top_tenth_is_what_is_above_nine_tenths():
    assert (as_ranks(np.arange(1000.0)) >= 0.9).sum() == 100
    np.testing.assert_array_equal(as_ranks(np.full(4, 7.0)), 0.5)
    np.testing.assert_array_equal(as_ranks(np.array([3.0, 1.0, 2.0])), [1, 0, 0.5])


def test_contributions_are_those_of_the_predicted_communities():
    told = np.random.default_rng(0).uniform(0.05, 0.95, (30, 6))
    np.testing.assert_allclose(contributions(told), beta_diversity(hellinger(told)).sites)
    np.testing.assert_allclose(contributions(np.full((4, 3), 0.2)), 0.25)
    odd = np.vstack([np.tile([0.9, 0.1], (9, 1)), [[0.1, 0.9]]])
    assert contributions(odd).argmax() == 9


def test_functions_are_standardized_and_may_count_the_other_way_round():
    soc, runoff = np.array([1.0, 2.0, 3.0]), np.array([10.0, 0.0, 500.0])
    both = {"soc": soc, "runoff": runoff}
    np.testing.assert_array_equal(function_layer({"soc": soc}, 3, ()), [0, 0.5, 1])
    np.testing.assert_array_equal(function_layer(both, 3, ("runoff",)), [0, 1, 0.5])
    with pytest.raises(DataError, match="one finite value per unit"):
        function_layer({"soc": soc[:2]}, 3, ())
