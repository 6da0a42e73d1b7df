import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.soil.water import (
    available_water,
    available_water_change,
    available_water_slope,
    saxton_rawls,
    saxton_rawls_moisture,
    van_genuchten,
)

# Saxton & Rawls 2006, table 3, at 2.5 % organic matter: sand, clay, wilting point, field capacity,
# saturation in % of the volume, conductivity in mm/h. All but saturation were read in a second
# source for the first ten; saturation and the last two rows are from memory.
TABLE_3 = np.array(
    [
        (88, 5, 5, 10, 46, 108.1), (80, 5, 5, 12, 46, 96.7), (65, 10, 8, 18, 45, 50.3),
        (40, 20, 14, 28, 46, 15.5), (20, 15, 11, 31, 48, 16.1), (10, 5, 6, 30, 48, 22.0),
        (60, 25, 17, 27, 43, 11.3), (30, 35, 22, 36, 48, 4.3), (10, 35, 22, 38, 51, 5.7),
        (10, 45, 27, 41, 52, 3.7), (50, 40, 25, 36, 44, 1.4), (25, 50, 30, 42, 50, 1.1),
    ]
)  # fmt: skip


@st.composite
def soils(draw):
    """Sand, clay and organic carbon within the range of the equations."""
    clay = draw(st.floats(0, 60))
    return draw(st.floats(0, 100 - clay)), clay, draw(st.floats(0, 4.6))


def test_the_published_table():
    sand, clay, dry, moist, full, conductivity = TABLE_3.T
    found = saxton_rawls(sand, clay, 2.5)
    # whole percent in print: half a percent of rounding, and a little for the printed coefficients
    np.testing.assert_allclose(100 * found.wilting_point, dry, atol=0.55)
    np.testing.assert_allclose(100 * found.field_capacity, moist, atol=0.55)
    np.testing.assert_allclose(100 * found.saturation, full, atol=0.55)
    np.testing.assert_allclose(found.conductivity, conductivity, atol=0.051)


def test_the_square_has_1283_and_not_1238():
    # with 1.238 field capacity of the clay would be 0.7 % of the volume less
    t = -0.251 * 0.25 + 0.195 * 0.5 + 0.011 * 2.5 + 0.006 * 0.25 * 2.5
    t += -0.027 * 0.5 * 2.5 + 0.452 * 0.25 * 0.5 + 0.299
    expected = t + 1.283 * t * t - 0.374 * t - 0.015
    assert saxton_rawls(25, 50, 2.5).field_capacity == pytest.approx(expected, rel=1e-12)
    assert 0.045 * t * t == pytest.approx(0.007, abs=0.001)


@given(soils())
def test_moistures_are_in_order(soil):
    sand, clay, soc = soil
    dry, moist = saxton_rawls_moisture(sand, clay, 1.724 * soc)
    assert 0.01 <= dry < moist < 0.65


def test_sands_without_organic_matter_keep_a_little_water():
    dry, moist = saxton_rawls_moisture(98, 0, 0)
    assert dry == 0.01
    # t = 0.299 - 0.251 x 0.98 = 0.05302; 0.626 t + 1.283 t^2 - 0.015
    assert moist == pytest.approx(0.0218, abs=0.0001)


@pytest.mark.parametrize(
    ("soil", "message"),
    [
        ((20, 61, 2), "clay_percent: 61 .* from 0 to 60"),
        ((20, 20, 8.1), "organic_matter_percent: 8.1 .* from 0 to 8"),
        ((60, 50, 2), r"sand_percent \+ clay_percent: 110"),
        ((np.nan, 20, 2), "sand_percent: nan"),
        (([40, 40], 60, 8), r"no pores .* sand 40 %, clay 60 %, organic matter 8 % \(2 soils\)"),
    ],
)
def test_soils_outside_the_equations_are_refused(soil, message):
    with pytest.raises(ValueError, match=message):
        saxton_rawls(*soil)


def test_available_water_in_millimeters():
    # 0.18 - 0.08 = 10 mm per 100 mm; 30 cm without stones hold 30 mm, with a fifth stones 24
    assert available_water(0.18, 0.08, 30) == pytest.approx(30)
    assert available_water(0.18, 0.08, 30, 0.2) == pytest.approx(24)
    with pytest.raises(ValueError, match=r"field_capacity - wilting_point: -0\.1"):
        available_water(0.1, 0.2, 30)


@given(soils(), st.floats(0, 4.6), st.floats(0, 4.6))
def test_carbon_never_takes_water_away_and_changes_add_up(soil, middle, last):
    sand, clay, first = soil
    one = available_water_change(sand, clay, first, middle)
    two = available_water_change(sand, clay, middle, last)
    whole = available_water_change(sand, clay, first, last)
    assert one + two == pytest.approx(float(whole), abs=1e-10)
    assert whole * np.sign(last - first) >= 0


@given(soils(), st.floats(0, 4.6))
def test_without_a_floor_it_is_the_difference_of_the_equations(soil, after):
    sand, clay, before = soil
    change = available_water_change(sand, clay, before, after, floor=-100.0)
    dry, moist = saxton_rawls_moisture(sand, clay, 1.724 * np.array([before, after]))
    if (dry > 0.01).all():
        assert 100 * np.diff(moist - dry) == pytest.approx(float(change), abs=1e-9)


def test_the_trap_in_clays():
    soils = np.array([(25, 50), (10, 45), (60, 10), (20, 15)])
    trap = available_water_change(*soils.T, 1.0, 2.0, floor=-100.0)
    np.testing.assert_allclose(trap, [-0.43, -0.28, 0.96, 1.01], atol=0.005)
    floored = available_water_change(*soils.T, 1.0, 2.0)
    np.testing.assert_allclose(floored, [0.0, 0.0, 0.96, 1.01], atol=0.005)
    np.testing.assert_allclose(available_water_change(25, 50, 1.0, 1.5, floor=0.4), 0.2)


def test_van_genuchten_known_points():
    assert van_genuchten(0.0, 0.05, 0.45, 0.02, 1.5) == pytest.approx(0.45)
    # alpha x head = 1: filled = 2^-(1 - 1/n) = 2^-(1/3)
    head_kpa = 50.0 * 0.0980665
    expected = 0.05 + 0.4 * 2 ** (-1 / 3)
    assert van_genuchten(head_kpa, 0.05, 0.45, 0.02, 1.5) == pytest.approx(expected, rel=1e-9)
    with pytest.raises(ValueError, match="n: 1 lies outside"):
        van_genuchten(33.0, 0.05, 0.45, 0.02, 1.0)


@given(soils())
def test_the_slope_is_the_derivative_of_the_change(soil):
    sand, clay, soc = soil
    change = available_water_change(sand, clay, soc, soc + 1e-5)
    np.testing.assert_allclose(
        available_water_slope(sand, clay, soc), change / 1e-5, rtol=1e-3, atol=1e-4
    )


def test_the_slope_has_a_floor():
    assert available_water_slope(20, 50, 2.0) == 0
    assert available_water_slope(20, 50, 2.0, floor=1.5) == 1.5
    assert 0.5 < available_water_slope(60, 10, 1.0) < 1.2
