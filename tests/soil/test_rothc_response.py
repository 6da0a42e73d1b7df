"""Equilibrium, response and permanence: linear, closed, and equal to the long run."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rothc_sites import random_sites

from edaphon.soil.rothc import Months, Soils, field_capacity
from edaphon.soil.rothc_factors import inert_carbon
from edaphon.soil.rothc_response import (
    advance,
    equilibrium,
    gain_per_input,
    input_for_stock,
    share_kept,
)
from edaphon.soil.rothc_year import repeat, year_map

SOILS, YEAR = random_sites(50)
MAP = year_map(SOILS, YEAR)
PLANT = YEAR.plant.sum(axis=1)


def test_the_closed_form_is_where_ten_thousand_years_end():
    long = repeat(SOILS, YEAR, field_capacity(SOILS).carbon, 10_000)
    np.testing.assert_allclose(equilibrium(MAP, PLANT), long, rtol=0, atol=1e-4)


def test_an_equilibrium_stays():
    rested = equilibrium(MAP, PLANT)
    np.testing.assert_allclose(advance(MAP, rested, 100, PLANT), rested, rtol=1e-10)


def test_carbon_is_linear_in_its_input():
    """Doubling or mixing inputs doubles or mixes the active carbon, within 1e-9 t C/ha."""
    start = field_capacity(SOILS).carbon
    one, other = (advance(MAP, start, 20, PLANT, manure) for manure in (0.0, 0.7))
    mixed = advance(MAP, start, 20, PLANT, 0.7 * 0.3)
    np.testing.assert_allclose(mixed, 0.7 * one + 0.3 * other, rtol=0, atol=1e-9)
    more = advance(MAP, equilibrium(MAP, PLANT), 20, PLANT + 1.4)
    gain = more.sum(axis=1) - equilibrium(MAP, PLANT).sum(axis=1)
    np.testing.assert_allclose(gain, 1.4 * gain_per_input(MAP, (20,))[:, 0], rtol=0, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 8), st.floats(0.01, 3), st.integers(1, 60))
def test_more_input_is_more_carbon_at_any_time(plant, more, years):
    start = equilibrium(MAP, 2.0)
    less, greater = (advance(MAP, start, years, one).sum(axis=1) for one in (plant, plant + more))
    assert (greater > less).all()


def test_gains_grow_with_the_horizon_and_end_at_the_equilibrium():
    gains = gain_per_input(MAP, (0, 5, 20, 50, 20_000))
    assert (gains[:, 0] == 0).all()
    assert (np.diff(gains, axis=1) > 0).all()
    unit = equilibrium(MAP, 1.0)[:, :4].sum(axis=1)
    np.testing.assert_allclose(gains[:, -1], unit, rtol=1e-6)


def test_clay_keeps_more_and_cover_slows():
    year = Months.of(np.full((1, 12), 10.0), 70.0, 50.0)
    sandy, heavy = (year_map(Soils.of(clay, 30.0, 3.0), year) for clay in (10.0, 40.0))
    assert gain_per_input(heavy, (20,)) > gain_per_input(sandy, (20,))
    bare = Months.of(np.full((1, 12), 10.0), 70.0, 50.0, covered=False)
    fallow = year_map(Soils.of(40.0, 30.0, 3.0), bare)
    assert gain_per_input(heavy, (20,)) > gain_per_input(fallow, (20,))


def test_the_input_of_a_stock_gives_that_stock():
    soc = np.linspace(30, 110, SOILS.n_units)
    soils = Soils.of(SOILS.clay_percent, 30.0, inert_carbon(soc))
    year = year_map(soils, YEAR)
    for manure in (0.0, 0.2):
        plant = input_for_stock(year, soc, manure)
        np.testing.assert_allclose(equilibrium(year, plant, manure).sum(axis=1), soc, rtol=1e-12)


def test_a_stock_below_its_inert_part_has_no_input():
    with pytest.raises(ValueError, match="1 stocks are smaller than their inert carbon"):
        input_for_stock(MAP, np.r_[0.5, np.full(SOILS.n_units - 1, 60.0)])


def test_nothing_rests_where_nothing_decomposes():
    frozen = year_map(Soils.of(20.0, 30.0, 3.0), Months.of(np.full((1, 12), -20.0), 5.0, 1.0))
    with pytest.raises(ValueError, match="nothing decomposes in 1 units"):
        equilibrium(frozen, 1.0)


def test_negative_inputs_are_refused():
    with pytest.raises(ValueError, match="plant: -1 lies outside"):
        equilibrium(MAP, -1.0)


def test_a_gain_decays_as_two_runs_tell():
    """20 years with the practice, 30 without, against business as usual all the time."""
    usual = equilibrium(MAP, PLANT)
    after = advance(MAP, usual, 20, PLANT + 1.0)
    back = advance(MAP, after, 30, PLANT)
    kept = (back - usual).sum(axis=1) / (after - usual).sum(axis=1)
    shares = share_kept(MAP, 20, (0, 5, 30))
    np.testing.assert_allclose(shares[:, 2], kept, rtol=1e-9)
    assert (shares[:, 0] == 1).all()
    assert (np.diff(shares, axis=1) < 0).all()
    assert (shares > 0).all()


def test_manure_lasts_longer_than_crop_residues():
    crop = Months.of(YEAR.temperature_c, YEAR.rain_mm, YEAR.pan_mm, dpm_rpm=1.44)
    year = year_map(SOILS, crop)
    assert (gain_per_input(year, (20,), manure=True) > gain_per_input(year, (20,))).all()


@pytest.mark.parametrize("years", [-1, 2.5])
def test_years_are_whole(years):
    with pytest.raises(ValueError, match="no whole number of years"):
        gain_per_input(MAP, (years,))
