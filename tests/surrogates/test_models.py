import numpy as np
import pytest
from sklearn.linear_model import Ridge as TheirRidge
from sklearn.tree import ExtraTreeRegressor

from edaphon.surrogates.models import PENALTIES, fit_ridge, fit_splines, fit_trees, plain_forest


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(200, 4)) * [1, 10, 0.1, 1]
    response = matrix @ [1.0, 0.2, 0.0, -1.0] + rng.normal(size=200)
    return matrix, response, np.arange(200) % 5


def test_ridge_is_the_textbook_ridge_at_its_best_penalty(data):
    matrix, response, folds = data
    model = fit_ridge(matrix, response, folds)
    scaled = (matrix - model.center) / model.scale
    errors = [
        np.mean(
            [
                (
                    TheirRidge(alpha=penalty * (folds != k).sum())
                    .fit(scaled[folds != k], response[folds != k])
                    .predict(scaled[folds == k])
                    - response[folds == k]
                )
                ** 2
                for k in range(5)
            ]
        )
        for penalty in PENALTIES
    ]
    best = PENALTIES[int(np.argmin(errors))]
    theirs = TheirRidge(alpha=best * 200).fit(scaled, response)
    np.testing.assert_allclose(model.predict(matrix), theirs.predict(scaled), rtol=1e-8)


def test_ridge_ignores_columns_that_do_not_vary(data):
    matrix, response, folds = data
    more = np.column_stack([matrix, np.full(200, 7.0)])
    np.testing.assert_allclose(
        fit_ridge(more, response, folds).predict(more),
        fit_ridge(matrix, response, folds).predict(matrix),
    )


def test_splines_follow_a_curve_and_are_flat_beyond_the_range():
    rng = np.random.default_rng(1)
    x = rng.uniform(-3, 3, (400, 2))
    y = np.sin(x[:, 0]) + rng.normal(0, 0.05, 400)
    model = fit_splines(x, y, np.arange(400) % 5)
    grid = np.column_stack([np.linspace(-2.8, 2.8, 50), np.zeros(50)])
    assert np.abs(model.predict(grid) - np.sin(grid[:, 0])).max() < 0.15
    far = model.predict(np.array([[3.5, 0.0], [1e6, 0.0]]))
    assert far[0] == far[1]


def test_splines_bear_ties_and_columns_of_two_values():
    rng = np.random.default_rng(2)
    mostly_zero = np.where(rng.random(300) < 0.8, 0.0, rng.uniform(0, 9, 300))
    flag = rng.integers(0, 2, 300).astype(float)
    matrix = np.column_stack([mostly_zero, flag])
    model = fit_splines(matrix, 2 * flag, np.arange(300) % 5)
    assert np.abs(model.predict(matrix) - 2 * flag).max() < 0.01


def test_trees_predict_what_scikit_learns_own_trees_predict(data):
    matrix, response, _ = data
    theirs = ExtraTreeRegressor(min_samples_leaf=3, max_features=0.5, random_state=11)
    theirs.fit(matrix, response)
    ours = fit_trees(matrix, response, 11, n_trees=1)
    asked = np.random.default_rng(5).normal(size=(5000, 4)) * [1, 10, 0.1, 1]
    np.testing.assert_array_equal(ours.predict(asked), theirs.predict(asked))


def test_a_forest_is_the_mean_of_its_trees_and_follows_the_seed(data):
    matrix, response, _ = data
    forest = fit_trees(matrix, response, 1)
    np.testing.assert_array_equal(
        forest.predict(matrix), fit_trees(matrix, response, 1).predict(matrix)
    )
    assert len(forest.roots) == 100
    assert np.corrcoef(forest.predict(matrix), response)[0, 1] > 0.9
    parts = np.concatenate([forest.predict(matrix[i : i + 7]) for i in range(0, 200, 7)])
    np.testing.assert_array_equal(parts, forest.predict(matrix))


def test_the_plain_forest_learns(data):
    matrix, response, _ = data
    told = plain_forest(matrix[:150], response[:150], matrix[150:], 0)
    assert np.corrcoef(told, response[150:])[0, 1] > 0.7
