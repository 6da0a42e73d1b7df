import numpy as np
import pytest

from edaphon.soil.stocks import bulk_density_from_soc
from edaphon.surrogates.state import Prediction
from edaphon.surrogates.stock import DENSITY_SD_G_CM3, Factor, stock_prediction


def carbon(mean, sd, lower, upper):
    arrays = [np.array([value], dtype=float) for value in (mean, sd, lower, upper)]
    return Prediction(*arrays, np.array([True]), np.array([False]))


def measured(value, sd=0.0):
    return Factor(np.array([value]), np.array([sd]), np.array([True]), np.array([False]))


GUESSED = Factor(np.ones(1), np.full(1, DENSITY_SD_G_CM3), np.ones(1, dtype=bool), from_carbon=True)


def test_stock_by_hand_with_density_given():
    stock = stock_prediction(carbon(1.5, 0.3, 1.1, 2.1), measured(1.3), 30.0, np.array([0.1]))
    factor = 1.3 * 30 * 0.9
    np.testing.assert_allclose(stock.mean, 1.5 * factor)
    np.testing.assert_allclose(stock.sd, 0.3 * factor, rtol=1e-6)
    np.testing.assert_allclose(stock.lower, 1.1 * factor)
    np.testing.assert_allclose(stock.upper, 2.1 * factor)


def test_the_spread_of_density_joins_in_quadrature():
    stock = stock_prediction(carbon(2.0, 0.4, 1.4, 2.8), measured(1.2, 0.1), 30.0, np.zeros(1))
    np.testing.assert_allclose(stock.sd, 30 * np.hypot(0.4 * 1.2, 2.0 * 0.1), rtol=1e-6)
    np.testing.assert_allclose(
        stock.upper, 72 + 30 * np.hypot(0.8 * 1.2, 2.0 * 0.1 * 1.6448536), rtol=1e-6
    )


def test_density_from_carbon_agrees_with_simulation():
    rng = np.random.default_rng(0)
    draws = rng.normal(2.0, 0.2, 400_000)
    density = bulk_density_from_soc(draws) + rng.normal(0, DENSITY_SD_G_CM3, 400_000)
    stock = stock_prediction(carbon(2.0, 0.2, 1.67, 2.33), GUESSED, 30.0, np.zeros(1))
    simulated = draws * density * 30
    assert stock.mean[0] == pytest.approx(simulated.mean(), rel=0.01)
    assert stock.sd[0] == pytest.approx(simulated.std(), rel=0.02)
    inside = (simulated > stock.lower) & (simulated < stock.upper)
    assert inside.mean() == pytest.approx(0.9, abs=0.02)


def test_carbon_beyond_the_possible_is_clipped():
    stock = stock_prediction(carbon(50.0, 20.0, 10.0, 90.0), measured(0.2), 30.0, np.zeros(1))
    assert stock.upper[0] == pytest.approx(58 * 0.2 * 30)
