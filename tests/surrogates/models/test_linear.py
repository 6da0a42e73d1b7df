import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import Ridge as TheirRidge

from edaphon.surrogates.models import PENALTIES, fit_ridge


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


def test_weights_of_ridge_count_like_repeated_rows(data):
    matrix, response, folds = data
    times = np.random.default_rng(1).integers(1, 4, 200)
    weighted = fit_ridge(matrix, response, folds, times.astype(float))
    repeated = fit_ridge(*(np.repeat(part, times, axis=0) for part in data))
    np.testing.assert_allclose(weighted.predict(matrix), repeated.predict(matrix), rtol=1e-9)


def test_ridge_with_more_columns_than_rows_is_the_same_ridge():
    rng = np.random.default_rng(3)
    matrix, response = rng.normal(size=(30, 50)), rng.normal(size=30)
    model = fit_ridge(matrix, response, np.arange(30) % 5)
    scaled = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    fits = [
        TheirRidge(alpha=penalty * 30).fit(scaled, response).predict(scaled)
        for penalty in PENALTIES
    ]
    gaps = [np.abs(model.predict(matrix) - fit).max() for fit in fits]
    assert min(gaps) < 1e-8


def test_signs_hold_and_the_rest_is_at_its_optimum(data):
    matrix, response, folds = data
    signs = np.array([-1, 1, 0, 1])
    model = fit_ridge(matrix, response, folds, signs=signs)
    assert (model.coefficients * signs >= 0).all()
    np.testing.assert_array_equal(model.coefficients[[0, 3]], 0)
    scaled, left = (matrix - model.center) / model.scale, response - response.mean()

    def loss(free, penalty):
        return ((left - scaled[:, [1, 2]] @ free) ** 2).sum() + 200 * penalty * (free**2).sum()

    gaps = []
    for penalty in PENALTIES:
        best = minimize(loss, [0.0, 0.0], args=(penalty,), bounds=[(0, None), (None, None)]).x
        gaps.append(np.abs(best - model.coefficients[[1, 2]]).max())
    assert min(gaps) < 1e-4
