"""Carbon stocks: known answers, units, ranges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.soil.stocks import (
    ORGANIC_MATTER_DENSITY_G_CM3,
    SOC_CLAY_CLASSES,
    bulk_density_from_soc,
    carbon_saturation,
    carbon_saturation_deficit,
    soc_clay_class,
    soc_clay_ratio,
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


def test_the_second_density_function():
    # 5.8 % carbon is 10 % organic matter: 1 / (0.564 + 0.556) = 0.893
    density = bulk_density_from_soc([0.0, 10 / 1.724], "honeysett_ratkowsky")
    np.testing.assert_allclose(density, [1 / 0.564, 1 / 1.12], rtol=1e-12)
    with pytest.raises(ValueError, match="no bulk density function is called 'x'"):
        bulk_density_from_soc(1.0, "x")


@given(st.floats(0, 58), st.floats(0, 58))
def test_its_stock_rises_with_carbon_also_in_peat(first, second):
    low, high = sorted((first, second))
    density = bulk_density_from_soc([low, high], "honeysett_ratkowsky")
    stocks = soc_stock([low, high], density, 30.0)
    assert stocks[1] >= stocks[0] - 1e-9


@pytest.mark.parametrize(
    ("soc", "clay", "expected"),
    [
        (1.0, 13.0, "moderate"), (0.99, 13.0, "degraded"), (1.3, 13.0, "good"),
        (1.29, 13.0, "moderate"), (2.5, 20.0, "very good"), (2.49, 20.0, "good"),
        (0.0, 50.0, "degraded"), (3.0, 1.0, "very good"),
    ],
)  # fmt: skip
def test_carbon_against_clay(soc, clay, expected):
    assert SOC_CLAY_CLASSES[soc_clay_class(soc, clay)] == expected


@given(st.integers(1, 1000), st.sampled_from([8, 10, 13]))
def test_a_soil_on_a_limit_belongs_to_the_better_class(clay, parts):
    code = soc_clay_class(clay / 10 / parts, clay / 10)
    assert code == {8: 3, 10: 2, 13: 1}[parts]


def test_a_soil_without_clay_has_no_ratio():
    with pytest.raises(ValueError, match="clay_percent: 0 lies outside"):
        soc_clay_ratio(1.0, [10.0, 0.0])


def test_saturation_of_clay_and_fine_silt():
    # 50 % below 20 micrometers: 4.09 + 0.37 x 50 = 22.59 g/kg
    assert carbon_saturation(50.0) == pytest.approx(2.259, rel=1e-12)
    assert carbon_saturation_deficit(1.5, 50.0) == pytest.approx(0.759, rel=1e-12)
    assert carbon_saturation_deficit(3.0, 50.0) < 0
    with pytest.raises(ValueError, match="fine_percent: 101"):
        carbon_saturation(101.0)
