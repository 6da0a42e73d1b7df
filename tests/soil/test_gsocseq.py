"""GSOCseq scenarios: phases, linearity, uncertainty, the scripts' behavior."""

from dataclasses import replace

import numpy as np
import pytest
from rothc_sites import random_sites

from edaphon.soil.gsocseq import mean_rate_equilibrium, sequester
from edaphon.soil.npp import miami_npp
from edaphon.soil.rothc import Months, Soils, SoilState, run
from edaphon.soil.rothc_factors import inert_carbon
from edaphon.soil.rothc_response import equilibrium, gain_per_input, input_for_stock
from edaphon.soil.rothc_year import periodic_deficit, year_map

SITES, YEAR = random_sites(40)
CLAY = SITES.clay_percent
SOC = np.linspace(35, 120, 40)
FOUND = sequester(SOC, CLAY, YEAR)


def same_weather(years: int) -> Months:
    """The weather of the equilibrium, year after year."""
    names = ("temperature_c", "rain_mm", "pan_mm")
    return Months.of(
        *(np.tile(getattr(YEAR, name), (1, years)) for name in names),
        covered=np.tile(YEAR.covered, (1, years)),
    )


def test_business_as_usual_rests_without_a_warm_up():
    np.testing.assert_allclose(FOUND.start, SOC, rtol=1e-12)
    np.testing.assert_allclose(FOUND.usual, SOC, rtol=1e-10)
    np.testing.assert_allclose(FOUND.absolute, FOUND.relative, atol=1e-9)


def test_scenarios_are_shares_of_the_input_times_the_gain_per_input():
    soils = Soils.of(CLAY, 30.0, inert_carbon(SOC))
    gain = gain_per_input(year_map(soils, YEAR), (20,))[:, 0]
    for k, share in enumerate((0.05, 0.10, 0.20)):
        expected = share * FOUND.carbon_input * gain
        np.testing.assert_allclose(FOUND.relative[:, k], expected, rtol=0, atol=1e-9)
    assert (np.diff(FOUND.managed, axis=1) > 0).all()


def test_a_warm_up_of_the_same_weather_changes_nothing():
    warm = sequester(SOC, CLAY, YEAR, warm_up=same_weather(20))
    np.testing.assert_allclose(warm.start, FOUND.start, rtol=1e-8)
    np.testing.assert_allclose(warm.carbon_input, FOUND.carbon_input, rtol=1e-12)
    np.testing.assert_allclose(warm.relative, FOUND.relative, rtol=1e-8)


def test_a_warm_up_scales_the_input_by_production_and_runs_the_months():
    """One unit by hand: two years, warmer and drier than before, then the mean of both."""
    soils = Soils.of(20.0, 30.0, inert_carbon(60.0))
    calm = Months.of(np.full((1, 12), 9.0), 60.0, 55.0)
    names = {"temperature_c": (10.0, 12.0), "rain_mm": (50.0, 70.0)}
    each = {name: np.repeat(values, 12)[None] for name, values in names.items()}
    warm = Months.of(each["temperature_c"], each["rain_mm"], 55.0)
    found = sequester([60.0], [20.0], calm, scenarios=(0.1,), years=5, warm_up=warm)
    year = year_map(soils, calm)
    rested = input_for_stock(year, 60.0)
    ratio = [miami_npp(t, 12 * p) / miami_npp(9.0, 720.0) for t, p in ((10.0, 50), (12.0, 70))]
    plants = rested[0] * np.array(ratio)
    fed = replace(warm, plant=np.repeat(plants, 12)[None] / 12)
    state = SoilState(equilibrium(year, rested), periodic_deficit(soils, calm))
    start = run(soils, fed, state).end.soc
    np.testing.assert_allclose(found.start, start, rtol=1e-12)
    np.testing.assert_allclose(found.carbon_input, plants.mean(), rtol=1e-12)
    forward = year_map(soils, Months.of(np.full((1, 12), 11.0), 60.0, 55.0))
    gain = 0.1 * plants.mean() * gain_per_input(forward, (5,))[:, 0]
    np.testing.assert_allclose(found.relative[:, 0], gain, rtol=1e-9)


def test_uncertainty_is_that_of_the_manual():
    percent = FOUND.uncertainty()
    np.testing.assert_allclose(percent["start"], 20.0, rtol=1e-9)
    np.testing.assert_allclose(percent["usual"], 20.0, rtol=1e-9)
    low, high, k = FOUND.low, FOUND.high, 1
    by_hand = 100 * (high.managed[:, k] - low.managed[:, k]) / (2 * FOUND.managed[:, k])
    np.testing.assert_allclose(percent["managed"][:, k], by_hand)
    both = np.hypot(by_hand * FOUND.managed[:, k], percent["usual"] * FOUND.usual)
    np.testing.assert_allclose(percent["relative"][:, k], both / FOUND.relative[:, k])
    with pytest.raises(ValueError, match="the ends of the ranges are missing"):
        low.uncertainty()


def test_the_ends_of_the_ranges_enclose_the_middle():
    assert (FOUND.low.managed < FOUND.managed).all()
    assert (FOUND.managed < FOUND.high.managed).all()
    assert (FOUND.low.relative[:, :2] < 0).all(), "input ranges from 15 points less"
    assert FOUND.low.scenarios == pytest.approx((-0.10, -0.05, 0.05))


def test_weather_given_once_holds_for_all_units():
    one = Months.of(YEAR.temperature_c[:1], YEAR.rain_mm[:1], YEAR.pan_mm[:1])
    found = sequester([60.0, 60.0], [20.0, 20.0], one)
    assert found.relative.shape == (2, 3)
    assert (found.relative[0] == found.relative[1]).all()


def test_mean_rate_equilibrium_is_near_the_exact_one():
    soils = Soils.of(CLAY, 30.0, 3.0)
    exact = equilibrium(year_map(soils, YEAR), 1.0)[:, :4].sum(axis=1)
    ratio = mean_rate_equilibrium(soils, YEAR).sum(axis=1) / exact
    assert 0.85 < ratio.min() < ratio.max() < 1.10
    assert abs(np.median(ratio) - 1) < 0.03


def test_the_script_keeps_the_stock_but_not_the_input():
    script = sequester(SOC, CLAY, YEAR, behavior="gsocseq script")
    np.testing.assert_allclose(script.start, SOC, rtol=1e-12)
    assert np.abs(script.carbon_input / FOUND.carbon_input - 1).max() > 0.05


def test_the_script_runs_a_warm_up_year_by_year():
    warm = sequester(SOC, CLAY, YEAR, warm_up=same_weather(3), behavior="gsocseq script")
    rested = sequester(SOC, CLAY, YEAR, behavior="gsocseq script")
    np.testing.assert_allclose(warm.carbon_input, rested.carbon_input, rtol=1e-12)
    np.testing.assert_allclose(warm.start, SOC, rtol=0.05)


@pytest.mark.parametrize(("soc", "clay"), [(0.0, 20.0), (801.0, 20.0), (60.0, 101.0)])
def test_stocks_and_clay_out_of_range_are_refused(soc, clay):
    with pytest.raises(ValueError, match="lies outside its range"):
        sequester([soc], [clay], Months.of(np.full((1, 12), 9.0), 60.0, 55.0))
