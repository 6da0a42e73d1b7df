"""The valley's months: they agree with its years."""

import numpy as np
import pytest

from edaphon.data.synthetic import valley
from edaphon.data.synthetic_climate import monthly_climate, thornthwaite


@pytest.fixture(scope="module")
def units():
    return valley(60, seed=3).units


def test_months_agree_with_the_years_of_the_parcels(units):
    table = monthly_climate(units)
    months = table.groupby("unit_id", sort=False)
    assert table["unit_id"].drop_duplicates().tolist() == units["unit_id"].tolist()
    np.testing.assert_allclose(months["temperature_c"].mean(), units["mat_c"], atol=0.05)
    np.testing.assert_allclose(months["rain_mm"].sum(), units["map_mm"], atol=0.6)
    assert (months["month"].apply(list).str.len() == 12).all()


def test_evapotranspiration_is_that_of_a_temperate_place(units):
    table = monthly_climate(units)
    years = table.groupby("unit_id")["evapotranspiration_mm"].sum()
    assert years.between(550, 750).all()
    assert (table.loc[table["temperature_c"] < 0, "evapotranspiration_mm"] == 0).all()


def test_thornthwaite_at_the_equator():
    """25 degrees all year and 12 hours: 16 (days / 30) (250 / I)^a, I = 12 x 5^1.514."""
    heat = 12 * 5**1.514
    power = 6.75e-7 * heat**3 - 7.71e-5 * heat**2 + 1.792e-2 * heat + 0.49239
    found = thornthwaite(np.full((1, 12), 25.0), 0.0)[0]
    np.testing.assert_allclose(found[3], 16 * (250 / heat) ** power, rtol=1e-12)
    np.testing.assert_allclose(found[0] / found[3], 31 / 30)


def test_days_are_longer_in_summer():
    found = thornthwaite(np.full((1, 12), 15.0), 47.0)[0] / np.array([31, 28.25, 31, 30] * 3)
    assert found[5] > 1.5 * found[11]
