import numpy as np
import pytest

from edaphon.surrogates.models import fit_splines


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


@pytest.mark.parametrize("sign", [1, -1])
def test_a_bound_curve_only_rises_or_falls_and_still_fits(sign):
    rng = np.random.default_rng(3)
    x = rng.uniform(-3, 3, (300, 2))
    y = sign * np.tanh(2 * x[:, 0]) + np.sin(3 * x[:, 1]) + rng.normal(0, 0.5, 300)
    model = fit_splines(x, y, np.arange(300) % 5, signs=np.array([sign, 0]))
    grid = np.column_stack([np.linspace(-4, 4, 500), np.zeros(500)])
    assert (sign * np.diff(model.predict(grid)) >= -1e-12).all()
    free = fit_splines(x, y, np.arange(300) % 5)
    assert np.corrcoef(model.predict(x), free.predict(x))[0, 1] > 0.98
    against = fit_splines(x, y, np.arange(300) % 5, signs=np.array([-sign, 0]))
    assert np.ptp(against.predict(grid)) < 0.05


def test_weights_of_splines_lean_to_the_heavy_rows():
    rng = np.random.default_rng(4)
    x = rng.uniform(0, 1, (400, 1))
    heavy = np.arange(400) % 2 == 0
    y = np.where(heavy, 1.0, 3.0)
    told = fit_splines(x, y, np.arange(400) // 2 % 5, np.where(heavy, 3.0, 1.0)).predict(x)
    np.testing.assert_allclose(told, 1.5, atol=0.1)
