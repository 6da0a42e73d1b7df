import numpy as np
import pytest
from scipy.optimize import linprog

from edaphon.solver import prices as prices_module
from edaphon.solver.prices import find_prices


def random_case(n_units, n_rows, seed):
    rng = np.random.default_rng(seed)
    value = rng.gamma(2.0, 1.0, (4, n_units))
    value[0] = 0.0
    value[3, rng.random(n_units) < 0.3] = -np.inf
    rows = rng.gamma(2.0, 0.5, (n_rows, 4, n_units))
    rows[:, 0] = 0.0
    limits = rng.uniform(0.2, 0.6, n_rows) * rows.max(axis=1).sum(axis=1)
    return rows, limits, value


def relaxation(rows, limits, value):
    place, unit = np.nonzero(np.isfinite(value))
    choose = np.zeros((value.shape[1], len(place)))
    choose[unit, np.arange(len(place))] = 1.0
    found = linprog(
        -value[place, unit],
        A_ub=rows[:, place, unit],
        b_ub=limits,
        A_eq=choose,
        b_eq=np.ones(value.shape[1]),
    )
    assert found.status == 0
    return -found.fun


@pytest.mark.parametrize("seed", range(4))
def test_prices_reach_the_relaxation(seed):
    rows, limits, value = random_case(400, 6, seed)
    found = find_prices(rows, limits, value)
    bound = (value - np.tensordot(found.prices, rows, axes=1)).max(axis=0).sum()
    bound += found.prices @ limits
    optimum = relaxation(rows, limits, value)
    assert optimum - 1e-9 * optimum <= bound <= optimum * (1 + 1e-4)
    assert (found.prices >= 0).all()
    np.testing.assert_allclose(found.share.sum(axis=0), 1.0)
    assert (found.share[np.isneginf(value)] == 0).all()


def test_a_sample_of_units_leads_to_the_same_bound(monkeypatch):
    rows, limits, value = random_case(45_000, 3, 1)
    bounds = []
    for sample in (20_000, 50_000):
        monkeypatch.setattr(prices_module, "_SAMPLE", sample)
        prices = find_prices(rows, limits, value).prices
        reduced = value - np.tensordot(prices, rows, axes=1)
        bounds.append(reduced.max(axis=0).sum() + prices @ limits)
    assert bounds[0] == pytest.approx(bounds[1], rel=1e-8)


def test_limits_that_do_not_bind_have_no_price():
    rows, _, value = random_case(50, 2, 3)
    found = find_prices(rows, rows.max(axis=1).sum(axis=1) + 1.0, value)
    np.testing.assert_allclose(found.prices, 0.0, atol=1e-9)
