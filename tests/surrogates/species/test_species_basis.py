import numpy as np
import pytest

from edaphon.surrogates.species.basis import fit_basis


@pytest.fixture
def matrix():
    rng = np.random.default_rng(0)
    return np.column_stack(
        [rng.uniform(0, 10, 500), rng.integers(0, 2, 500), np.full(500, 3.0)]
    ).astype(float)


def test_columns_are_straight_squared_and_hinged(matrix):
    basis = fit_basis(matrix, n_hinges=2)
    assert basis.expand(matrix).shape == (500, 1 + 1 + 2 + 1 + 1)
    asked = np.array([[4.0, 1.0, 3.0]])
    straight = (4.0 - basis.center[0]) / basis.scale[0]
    found = basis.columns(asked)[0]
    knots = (basis.knots - basis.center[0]) / basis.scale[0]
    expected = [straight, straight**2, *np.maximum(straight - knots, 0)]
    np.testing.assert_allclose(found[:4], expected)


def test_hinges_stand_at_quantiles(matrix):
    basis = fit_basis(matrix, n_hinges=3)
    np.testing.assert_allclose(basis.knots, np.quantile(matrix[:, 0], [0.25, 0.5, 0.75]), rtol=1e-3)
    np.testing.assert_array_equal(basis.starts, [0, 3, 3, 3])


def test_codes_of_two_values_stay_straight(matrix):
    basis = fit_basis(matrix)
    assert basis.squared.tolist() == [True, False, False]
    np.testing.assert_array_equal([basis.low[1], basis.high[1]], [0, 1])


def test_a_constant_column_counts_for_nothing(matrix):
    basis = fit_basis(matrix)
    moved = matrix.copy()
    moved[:, 2] = 99.0
    np.testing.assert_array_equal(basis.expand(moved), basis.expand(matrix))
    assert np.isfinite(basis.expand(matrix)).all()


def test_columns_are_flat_beyond_the_sampled_range(matrix):
    basis = fit_basis(matrix)
    far = basis.expand(np.array([[-50.0, 0.0, 3.0], [matrix[:, 0].min(), 0.0, 3.0]]))
    np.testing.assert_allclose(far[0], far[1])


def test_standardized_columns(matrix):
    expanded = fit_basis(matrix).expand(matrix)[:, :-1]
    np.testing.assert_allclose(expanded.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(expanded.std(axis=0), 1)
