"""The year as a map, against the months that it stands for."""

import numpy as np
import pytest
from rothc_sites import random_sites

from edaphon.soil.rothc import Months, Soils, SoilState, field_capacity, run
from edaphon.soil.rothc_year import periodic_deficit, repeat, year_factors, year_map


def repeated(year: Months, times: int) -> Months:
    """The same months, year after year."""
    many = {
        name: np.tile(getattr(year, name), (1, times))
        for name in ("temperature_c", "rain_mm", "pan_mm", "covered", "plant", "dpm_rpm")
    }
    return Months.of(many.pop("temperature_c"), many.pop("rain_mm"), many.pop("pan_mm"), **many)


def test_the_periodic_deficit_is_where_many_years_end():
    soils, year = random_sites(300)
    ends = run(soils, repeated(year, 100), field_capacity(soils), every=1200).end.deficit_mm
    np.testing.assert_allclose(periodic_deficit(soils, year), ends, atol=1e-6)


def test_a_deficit_that_sinks_slowly_is_found_at_its_end():
    """Half a millimeter is missing each year, so that it takes 100 years to dry out."""
    rain = np.full((1, 12), 45.0)
    rain[0, 0] -= 0.5
    year = Months.of(np.full((1, 12), 10.0), rain, 60.0)
    soils = Soils.of(23.4, 23.0, 3.0)
    ends = run(soils, repeated(year, 200), field_capacity(soils), every=2400).end.deficit_mm
    assert ends[0] < -40
    np.testing.assert_allclose(periodic_deficit(soils, year), ends, atol=1e-6)


def test_a_balanced_year_leaves_the_soil_wet():
    """As much rain as evapotranspiration: from field capacity nothing dries for good."""
    year = Months.of(np.full((1, 12), 10.0), 45.0, 60.0)
    assert periodic_deficit(Soils.of(20.0, 30.0, 3.0), year)[0] == 0.0


def test_months_with_decay_computed_once_are_the_months_of_a_run():
    soils, year = random_sites(60)
    carbon = run(soils, repeated(year, 4), field_capacity(soils), every=48).end.carbon
    rested = SoilState(carbon, periodic_deficit(soils, year))
    onward = run(soils, repeated(year, 7), rested, every=84)
    # the deficit that repeats is known within 1e-9 mm
    np.testing.assert_allclose(
        repeat(soils, year, rested.carbon, 7), onward.carbon[:, -1], rtol=1e-10
    )


def test_the_map_does_in_one_step_what_the_months_do():
    soils, year = random_sites(60)
    start = run(soils, repeated(year, 3), field_capacity(soils), every=36).end.carbon
    once = year_map(soils, year)
    found = once.step(start[:, :4], once.entering(year.plant.sum(axis=1)))
    np.testing.assert_allclose(found, repeat(soils, year, start, 1)[:, :4], rtol=1e-12)


def test_the_year_of_many_blocks_is_that_of_one():
    soils, year = random_sites(4100)
    whole = year_map(soils, year)
    last = slice(4095, 4100)
    few = Soils.of(soils.clay_percent[last], 30.0, soils.inert[last])
    names = ("temperature_c", "rain_mm", "pan_mm")
    part = Months.of(
        *(getattr(year, name)[last] for name in names),
        covered=year.covered[last],
        plant=year.plant[last],
        dpm_rpm=year.dpm_rpm[last],
    )
    alone = year_map(few, part)
    assert (whole.rows(last).humus == alone.humus).all()
    assert (whole.rows(last).plant == alone.plant).all()


def test_an_input_without_months_comes_evenly():
    soils = Soils.of(20.0, 30.0, 3.0)
    given = [Months.of(np.full((1, 12), 10.0), 60.0, 50.0, plant=plant) for plant in (0.0, 0.1)]
    none, even = (year_map(soils, one) for one in given)
    np.testing.assert_allclose(none.plant, even.plant, rtol=1e-14)


def test_a_year_of_eleven_months_is_refused():
    year = Months.of(np.full((1, 11), 10.0), 60.0, 50.0)
    with pytest.raises(ValueError, match="11 months, a repeating year has 12"):
        year_map(Soils.of(20.0, 30.0, 3.0), year)


def test_the_script_departs_in_moisture_only_where_soil_is_bare_or_stays_dry():
    """Wet all year under plants: no departure. A bare December: its limit enters every month."""
    soils = Soils.of(13.0, 25.0, 3.0)
    wet = Months.of(np.full((1, 12), 10.0), 120.0, 40.0)
    assert (year_factors(soils, wet) == year_factors(soils, wet, "gsocseq script")).all()
    dry = np.array([[70.0, 60, 50, 45, 40, 40, 40, 40, 45, 45, 55, 70]])
    covered = np.array([[True] * 11 + [False]])
    year = Months.of(np.full((1, 12), 10.0), dry, 60.0, covered=covered)
    written, script = year_factors(soils, year), year_factors(soils, year, "gsocseq script")
    assert (script <= written).all()
    assert (script[0, 6:9] < written[0, 6:9]).all()


def test_the_script_steps_by_euler():
    soils = Soils.of(20.0, 30.0, 3.0)
    year = Months.of(np.full((1, 12), 8.0), 120.0, 40.0)
    factor = year_factors(soils, year)
    script = year_map(soils, year, "gsocseq script")
    np.testing.assert_allclose(script.fresh[0, 0], np.prod(1 - 10 * factor / 12))
    np.testing.assert_allclose(
        year_map(soils, year).fresh[0, 0], np.exp(-10 * factor / 12).prod(), rtol=1e-12
    )
