"""Dense and factored effects answer the same questions in the same way."""

import numpy as np
import pytest

from edaphon.effects.values import DenseEffects, EffectSizes, FactoredEffects


@pytest.fixture
def factored():
    rng = np.random.default_rng(5)
    n_units, n_strata, n_options, n_features = 40, 2, 4, 3
    shape = (n_strata, n_options, n_features)
    lnrr = rng.normal(0, 0.2, shape)
    lnrr[:, 0] = 0
    loading = np.zeros((n_strata, n_options, n_options, n_features))
    for a in (1, 2):
        loading[:, a, a] = rng.uniform(0.05, 0.3, (n_strata, n_features))
    loading[:, 3, 1:3] = rng.uniform(0.05, 0.3, (n_strata, 2, n_features))  # a bundle of 1 and 2
    local = rng.uniform(0, 0.3, shape)
    local[:, 0] = 0
    sizes = EffectSizes(
        strata=("temperate", "cold"),
        interventions=("baseline", "a", "b", "a+b"),
        features=("x", "y", "z"),
        lnrr=lnrr,
        ratio_loading=loading,
        ratio_sd_local=local,
        grade=np.ones(shape, dtype=np.uint8),
        basis=np.ones(shape, dtype=np.uint8),
        applicable=np.ones(shape, dtype=bool),
        source=np.full(shape, "s", dtype=object),
        studies=np.full(shape, 5, dtype=np.int32),
    )
    return FactoredEffects(
        stock=rng.uniform(1, 9, (n_units, n_features)),
        stock_sd=np.zeros((n_units, n_features)),
        stratum=rng.integers(0, n_strata, n_units).astype(np.int16),
        sizes=sizes,
        state_applicable=np.ones((n_units, n_features), dtype=bool),
    )


@pytest.fixture
def allocation():
    return np.random.default_rng(6).integers(0, 4, 40)


def test_block_chosen_and_rows_agree(factored, allocation):
    whole = factored.block(slice(None))
    assert whole.shape == factored.shape
    units = np.arange(40)
    np.testing.assert_array_equal(factored.chosen(allocation), whole[units, allocation])
    rows = np.array([3, 7, 31])
    np.testing.assert_array_equal(factored.block(rows), whole[rows])
    np.testing.assert_array_equal(whole[:, 0], 0)


def test_dense_copy_of_options_with_own_deviations_has_the_same_totals(factored):
    allocation = np.random.default_rng(7).integers(0, 3, 40)  # no bundle: dense has none
    shared, local = factored.block_sd(slice(None))
    dense = DenseEffects(factored.block(slice(None)), factored.stock, shared, local)
    np.testing.assert_allclose(dense.chosen(allocation), factored.chosen(allocation))
    for ours, theirs in zip(
        dense.total_spread(allocation), factored.total_spread(allocation), strict=True
    ):
        np.testing.assert_allclose(ours, theirs)


def test_a_bundle_deviates_with_its_parts(factored):
    """Half the units take the bundle, half a part: their shared deviations add up, signed."""
    allocation = np.where(np.arange(40) < 20, 3, 1)
    shared, _ = factored.total_spread(allocation)
    loading = factored.sizes.ratio_loading[factored.stratum, allocation]
    expected = (factored.stock[:, None, :] * loading).sum(axis=0)
    np.testing.assert_allclose(shared, expected)
    assert (shared[0] == 0).all()
    assert (shared[2] > 0).all()


def test_units_outside_are_those_without_evidence_or_state(factored, allocation):
    assert factored.applicable(allocation).all()
    factored.state_applicable[4, 1] = False
    factored.sizes.applicable[:, 2, 0] = False
    factored.sizes.basis[:, 1] = 0
    applicable = factored.applicable(allocation)
    expected = (allocation == 0) | ((allocation == 3) & (np.arange(40) != 4))
    np.testing.assert_array_equal(applicable, expected)
