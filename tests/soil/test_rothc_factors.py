"""RothC's rate factors against the printed tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.soil.rothc_factors import (
    formed_shares,
    inert_carbon,
    input_by_pool,
    largest_deficit,
    moisture_factor,
    next_deficit,
    pan_from_evapotranspiration,
    temperature_factor,
)

RAIN = (74, 59, 62, 51, 52, 57, 34, 55, 58, 56, 75, 71)
PAN = (8, 10, 27, 49, 83, 99, 103, 91, 69, 34, 16, 8)
DEFICIT = (0, 0, 0, 0, -10.25, -27.50, -44.94, -44.94, -38.69, -8.19, 0, 0)


def test_moisture_deficit_of_the_printed_table():
    """Coleman, Prout & Milne 2024, section 1.6: Rothamsted, 23.4 % clay, under plants."""
    largest = largest_deficit([23.4], [23.0])
    assert largest[0] == pytest.approx(-44.94, abs=0.005)
    deficit, found = np.zeros(1), []
    for rain, pan in zip(RAIN, PAN, strict=True):
        deficit = next_deficit(deficit, np.array([rain - 0.75 * pan]), np.array([True]), largest)
        found.append(deficit[0])
    np.testing.assert_allclose(found, DEFICIT, atol=0.0101)


def test_bare_soil_dries_less_and_not_further_than_it_is():
    largest, bare, dry = np.array([-45.0]), np.array([False]), np.array([-100.0])
    assert next_deficit(np.zeros(1), dry, bare, largest)[0] == pytest.approx(0.556 * -45)
    assert next_deficit(np.array([-40.0]), dry, bare, largest)[0] == -40.0
    assert next_deficit(np.array([-40.0]), -dry, bare, largest)[0] == 0.0


def test_moisture_factor_at_its_corners():
    largest = np.full(4, -50.0)
    found = moisture_factor(np.array([0.0, -0.443 * 50, -0.444 * 50, -50.0]), largest)
    np.testing.assert_allclose(found, [1.0, 1.0, 1.0, 0.2])


def test_temperature_factor_is_one_near_rothamsteds_mean():
    assert temperature_factor(9.3) == pytest.approx(1.0, abs=0.02)
    assert temperature_factor(-5.01) == 0.0
    assert temperature_factor(-5.0) > 0.0
    assert temperature_factor(-40.0) == 0.0


@given(st.floats(-60, 50), st.floats(0.01, 20))
def test_warmer_is_never_slower(temperature, rise):
    assert temperature_factor(temperature + rise) >= temperature_factor(temperature)


def test_co2_ratio_of_rothamsted():
    """The scaling of 1.67 sets CO2 / (BIO + HUM) to 3.51 at 23.4 % clay."""
    bio, hum = formed_shares(23.4)
    assert 1.0 / (bio + hum) - 1.0 == pytest.approx(3.51, abs=0.005)
    assert bio / hum == pytest.approx(0.46 / 0.54)


@given(st.floats(0, 99), st.floats(0.1, 1))
def test_more_clay_keeps_more(clay, more):
    assert sum(formed_shares(clay + more)) > sum(formed_shares(clay))


def test_inert_carbon_of_hoosfield():
    """33.8 t C/ha in 1852 include 2.7 t C/ha of inert carbon (section 2.1)."""
    assert inert_carbon(33.8) == pytest.approx(2.7, abs=0.01)
    with pytest.raises(ValueError, match="soc_t_ha: -1 lies outside"):
        inert_carbon(-1.0)


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 10))
def test_no_input_is_lost(plant, manure, ratio):
    parts = input_by_pool(np.array([plant]), np.array([manure]), np.array([ratio]))
    assert parts.sum() == pytest.approx(plant + manure, rel=1e-12, abs=1e-12)


def test_crop_input_is_59_percent_decomposable():
    parts = input_by_pool(np.ones(1), np.zeros(1), np.full(1, 1.44))[:, 0]
    np.testing.assert_allclose(parts, [0.590, 0.410, 0, 0], atol=5e-4)
    manure = input_by_pool(np.zeros(1), np.ones(1), np.full(1, 1.44))[:, 0]
    np.testing.assert_allclose(manure, [0.49, 0.49, 0, 0.02])


def test_evapotranspiration_is_three_quarters_of_open_pan():
    assert pan_from_evapotranspiration(75.0) == pytest.approx(100.0)
