import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

from edaphon.surrogates.models import fit_gaussian_process
from edaphon.surrogates.models.gaussian_process import LENGTHS, NOISES, POINTS, _chosen


def smooth(n, seed=0, noise=0.1):
    rng = np.random.default_rng(seed)
    matrix = rng.uniform(-2, 2, (n, 3))
    return matrix, np.sin(2 * matrix[:, 0]) + matrix[:, 1] ** 2 + rng.normal(0, noise, n)


def theirs(rows, left, noise):
    kernel = Matern(length_scale=1.0, nu=1.5)
    return GaussianProcessRegressor(kernel, alpha=noise, optimizer=None).fit(rows, left)


def test_few_rows_give_the_textbook_mean_with_noise_by_weight():
    matrix, response = smooth(120)
    weights = np.random.default_rng(1).uniform(0.5, 2, 120)
    model = fit_gaussian_process(matrix, response, np.arange(120) % 5, 0, weights)
    assert model.mean == pytest.approx(np.average(response, weights=weights))
    rows = (matrix - model.center) * model.stretch
    asked, _ = smooth(50, seed=9)
    placed = (asked - model.center) * model.stretch
    gaps = []
    for noise in NOISES:
        peer = theirs(rows, response - model.mean, noise / (weights / weights.mean()))
        gaps.append(np.abs(model.mean + peer.predict(placed) - model.predict(asked)).max())
    assert min(gaps) < 1e-4


def test_settings_are_those_with_the_least_error_on_left_out_folds():
    matrix, response = smooth(60, noise=0.5)
    left, folds = response - response.mean(), np.arange(60) // 12
    weights = np.random.default_rng(2).uniform(0.5, 2, 60)
    length, noise = _chosen(matrix, left, weights, folds)
    apart = cdist(matrix, matrix)
    typical = np.median(apart[np.triu_indices(60, 1)])
    errors = {}
    for scale in LENGTHS:
        for variance in NOISES:
            rows, total = matrix / (scale * typical), 0.0
            for fold in range(5):
                rest, held = folds != fold, folds == fold
                told = theirs(rows[rest], left[rest], variance / weights[rest]).predict(rows[held])
                total += (weights[held] * (left[held] - told) ** 2).sum()
            errors[scale * typical, variance] = total
    assert (length, noise) == min(errors, key=errors.get)


def test_many_rows_lean_on_a_subset_and_still_use_all():
    matrix, response = smooth(3 * POINTS, noise=0.3)
    model = fit_gaussian_process(matrix, response, np.arange(len(matrix)) % 5, 0)
    assert model.points.shape == (POINTS, 3)
    asked, truth = smooth(400, seed=7, noise=0.0)
    assert np.sqrt(np.mean((model.predict(asked) - truth) ** 2)) < 0.12
    again = fit_gaussian_process(matrix, response, np.arange(len(matrix)) % 5, 0)
    np.testing.assert_array_equal(again.predict(asked), model.predict(asked))


def test_far_from_all_rows_the_mean_is_told_and_still_columns_are_left_out():
    matrix, response = smooth(80)
    wider = np.column_stack([matrix, np.full(80, 3.0)])
    model = fit_gaussian_process(wider, response, np.arange(80) % 5, 0)
    assert model.stretch[3] == 0
    assert model.predict(np.full((1, 4), 1e6))[0] == pytest.approx(response.mean())


def test_rows_that_are_all_alike_give_the_mean():
    model = fit_gaussian_process(np.ones((30, 2)), np.arange(30.0), np.arange(30) % 5, 0)
    np.testing.assert_allclose(model.predict(np.ones((2, 2))), 14.5, atol=0.1)
