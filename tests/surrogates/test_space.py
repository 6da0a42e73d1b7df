import numpy as np
import pytest
from scipy.spatial.distance import cdist

from edaphon.surrogates.space import fit_space


@pytest.mark.parametrize(("n", "columns"), [(40, 3), (300, 30), (300, 13), (5, 12)])
def test_nearest_distances_are_those_of_all_pairs(n, columns):
    rng = np.random.default_rng(0)
    matrix, asked = rng.normal(size=(n, columns)) * 7 + 100, rng.normal(size=(5000, columns)) * 7
    space = fit_space(matrix)
    wanted = cdist(space.place(asked), space.points).min(axis=1)
    np.testing.assert_allclose(space.nearest(asked), wanted, rtol=1e-5)
    np.testing.assert_allclose(space.nearest(matrix), 0, atol=1e-12)
    parts = [space.nearest(asked[start : start + 4096]) for start in (0, 4096)]
    np.testing.assert_array_equal(np.concatenate(parts), space.nearest(asked))


def test_samples_of_other_folds():
    rng = np.random.default_rng(1)
    matrix, folds = rng.normal(size=(80, 2)), np.arange(80) % 4
    space = fit_space(matrix)
    apart = cdist(space.points, space.points)
    apart[folds[:, None] == folds] = np.inf
    np.testing.assert_allclose(space.apart(folds), apart.min(axis=1))


def test_columns_that_do_not_vary_or_hardly_count_are_left_out():
    rng = np.random.default_rng(2)
    matrix = np.column_stack([rng.normal(size=50), np.full(50, 4.0), rng.normal(size=(50, 2))])
    space = fit_space(matrix, weights=np.array([1.0, 1.0, 0.005, 0.5]))
    np.testing.assert_array_equal(space.columns, [0, 3])
    np.testing.assert_allclose(space.points.std(axis=0), [1, 0.5])
    nothing = fit_space(np.ones((10, 3)))
    assert nothing.nearest(np.zeros((2, 3))).tolist() == [0, 0]
    assert nothing.apart(np.arange(10) % 2).tolist() == [0] * 10


def test_rows_far_away_are_borne():
    rng = np.random.default_rng(3)
    space = fit_space(rng.normal(size=(50, 20)))
    far = np.full((1, 20), 1e25)
    assert space.nearest(far)[0] > 1e25
