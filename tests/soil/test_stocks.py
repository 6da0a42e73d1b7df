"""Carbon stocks: known answers, units, ranges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.soil.stocks import (
    ORGANIC_MATTER_DENSITY_G_CM3,
    bulk_density_from_soc,
    soc_stock,
)


def test_stock_is_the_plain_product_without_a_factor():
    # 1.5 % of 1.3 g/cm3 = 0.0195 g/cm3; x 30 cm = 0.585 g/cm2; x 1e8 cm2/ha = 58.5 t/ha
    assert soc_stock(1.5, 1.3, 30.0) == pytest.approx(58.5, rel=1e-15)
    assert soc_stock(1.5, 1.3, 30.0, 0.2) == pytest.approx(46.8, rel=1e-15)


def test_stock_agrees_with_kilograms_per_cubic_meter():
    """The same layer computed in SI units: g/kg, kg/m3, m."""
    soc, density, depth, coarse = 26.0, 1210.0, 0.3, 0.07
    kg_m2 = soc / 1000 * density * depth * (1 - coarse)
    ours = soc_stock(soc / 10, density / 1000, depth * 100, coarse)
    assert ours == pytest.approx(kg_m2 * 10, rel=1e-14)


def test_stock_broadcasts_units_against_layers():
    stock = soc_stock([[1.0], [2.0]], 1.25, [10.0, 20.0, 30.0])
    np.testing.assert_allclose(stock, [[12.5, 25.0, 37.5], [25.0, 50.0, 75.0]])


@given(st.floats(0, 58), st.floats(0.01, 2.65), st.floats(0.1, 500), st.floats(0, 1))
def test_layers_add_up(soc, density, depth, coarse):
    half = soc_stock(soc, density, depth / 2, coarse)
    assert 2 * half == pytest.approx(float(soc_stock(soc, density, depth, coarse)), rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((58.5, 1.3, 30), "soc_percent: 58.5"),
        ((-0.1, 1.3, 30), "soc_percent: -0.1"),
        ((np.nan, 1.3, 30), "soc_percent: nan"),
        ((2.0, 1300.0, 30), "bulk_density_g_cm3: 1300"),
        ((2.0, 0.0, 30), "bulk_density_g_cm3: 0"),
        ((2.0, 1.3, 0), "depth_cm: 0"),
        ((2.0, 1.3, 30, 8.0), "coarse_fraction: 8"),
        (([1.0, 70.0, 80.0], 1.3, 30), r"70 .*\(2 values do\)"),
    ],
)
def test_values_outside_their_range_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        soc_stock(*arguments)


def test_pedotransfer_known_answers():
    np.testing.assert_allclose(
        bulk_density_from_soc([0.0, 1.0, 4.0, 9.0]), [1.660, 1.342, 1.024, 0.706], rtol=1e-12
    )


def test_pedotransfer_stays_physical_in_peat():
    assert bulk_density_from_soc(50.0) == ORGANIC_MATTER_DENSITY_G_CM3
    assert (bulk_density_from_soc(np.linspace(0, 58, 200)) > 0).all()


@given(st.floats(0, 12), st.floats(0, 12))
def test_more_carbon_means_more_stock_in_mineral_soils(first, second):
    low, high = sorted((first, second))
    stocks = soc_stock([low, high], bulk_density_from_soc([low, high]), 30.0)
    assert stocks[1] >= stocks[0] - 1e-9
