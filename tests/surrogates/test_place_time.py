from dataclasses import replace

import numpy as np
import pytest

from edaphon.errors import DataError
from edaphon.surrogates.place_time import ANGLES, PlaceTime, use_dates


@pytest.fixture
def dated(ground):
    samples, _ = ground
    year = 2000 + np.linspace(0.25, 20.25, samples.n_samples)
    return replace(samples, year=year)


def test_coordinates_run_along_several_directions():
    x, y = np.array([1.0, 0.0]), np.array([0.0, 2.0])
    columns = PlaceTime(coordinates=True).columns(2, x, y)
    assert columns.shape == (2, len(ANGLES))
    np.testing.assert_allclose(columns[0], np.cos(np.radians(ANGLES)))
    np.testing.assert_allclose(columns[1], 2 * np.sin(np.radians(ANGLES)))
    with pytest.raises(DataError, match="have none"):
        PlaceTime(coordinates=True).columns(2, None, None)
    assert PlaceTime().columns(3, None, None).shape == (3, 0)


def test_trend_and_season_are_columns_and_units_get_one_date(dated):
    made = use_dates(dated, trend=True, season=True)
    place_time = made.place_time
    assert place_time.names == ("year", "season")
    assert place_time.widths == (1, 2)
    columns = place_time.columns(dated.n_samples, None, None, made.year)
    np.testing.assert_array_equal(columns[:, 0], dated.year)
    np.testing.assert_allclose((columns[:, 1:] ** 2).sum(axis=1), 1)
    units = place_time.columns(4, None, None)
    np.testing.assert_array_equal(units[:, 0], dated.year.max())
    assert np.ptp(units, axis=0).max() == 0
    assert any("predictions are for 2020.2" in note for note in made.notes)


def test_the_season_of_units_is_the_mean_direction_around_new_year(dated):
    around = np.where(np.arange(dated.n_samples) % 2 == 0, 2010.95, 2011.05)
    part = use_dates(replace(dated, year=around), season=True).place_time.season
    assert min(part, 1 - part) < 0.01


def test_a_trend_is_not_carried_beyond_the_sampled_years(dated):
    made = use_dates(dated, trend=True, reference_year=2050.0)
    np.testing.assert_array_equal(made.place_time.columns(1, None, None), dated.year.max())
    assert any("not carried on" in note for note in made.notes)


def test_old_samples_count_less(dated):
    some = replace(dated, weight=np.full(dated.n_samples, 2.0))
    made = use_dates(some, older_than=(10.0, 0.5))
    old = dated.year.max() - dated.year > 10
    np.testing.assert_array_equal(made.weights, np.where(old, 1.0, 2.0))
    assert any("more than 10 years before 2020.2 count 0.5 times" in note for note in made.notes)
    assert any("by their weights" in note for note in made.notes)


def test_where_no_sample_is_old_none_is_said_to_count_less(dated):
    made = use_dates(dated, older_than=(100.0, 0.5))
    assert made.weights is None
    assert made.notes == (
        "No sample was taken more than 100 years before 2020.2, so none counts less for its age.",
    )


def test_missing_dates_and_senseless_limits_are_faults(ground, dated):
    with pytest.raises(DataError, match="need the dates"):
        use_dates(ground[0], trend=True)
    with pytest.raises(DataError, match="weight above 0 up to 1"):
        use_dates(dated, older_than=(10.0, 0.0))
    with pytest.raises(DataError, match="the samples have none"):
        use_dates(replace(dated, x=None, y=None), coordinates=True)
    gaps = np.where(np.arange(dated.n_samples) < 5, np.nan, dated.year)
    made = use_dates(replace(dated, year=gaps), trend=True)
    assert np.isfinite(made.year).all()
    assert any("5 samples without a date" in note for note in made.notes)
