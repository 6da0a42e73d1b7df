"""Rasters by date, and the sets of columns that derive of rasters."""

import numpy as np
import pandas as pd
import pytest

from edaphon.data.geometry import WGS84, transform_points
from edaphon.data.landscape_reader import read_landscape
from edaphon.data.layers import heights_of, nearest, raster_columns, sets_of
from edaphon.data.predictors import read_predictors
from edaphon.data.tables import read_samples
from edaphon.errors import DataError

SIDE, X0, Y0 = 100.0, 4_400_000.0, 2_700_000.0  # of the fixture `units`
TOP = (SIDE, 0.0, X0, 0.0, -SIDE, Y0 + 3 * SIDE)


def read(config):
    landscape = read_landscape(config)
    units = read_predictors(config, landscape)
    return units, read_samples(config, "soc", landscape, units), landscape


@pytest.fixture
def samples(saved):
    """One sample in the middle of each unit, taken in 2015, 2016, ..."""
    k = np.arange(12)
    x, y = X0 + SIDE * (k % 4) + 50, Y0 + SIDE * (k // 4) + 50
    lon, lat = transform_points(x, y, "EPSG:3035", WGS84)
    frame = pd.DataFrame({"lon": lon, "lat": lat, "soc_pct": 1 + k / 10, "day": 2015 + k})
    frame["clay_pct"] = 20.0

    def write(**columns):
        frame.assign(**columns).to_csv(saved / "soil.csv", index=False)

    write()
    return write


def test_a_sample_takes_the_layer_nearest_to_its_date(samples, write_raster, make_config):
    for year in (2016, 2020):
        write_raster(f"ndvi_{year}.tif", np.full((3, 4), float(year)), TOP)
    rasters = {"ndvi": {2020: "ndvi_2020.tif", 2016: "ndvi_2016.tif"}}
    config = make_config(predictors={"rasters": rasters}, surrogates={"soc": {"date": "day"}})
    units, found, landscape = read(config)
    assert set(units.table["ndvi"]) == {2020.0}
    assert set(landscape.attributes["ndvi"]) == {2020.0}
    assert found.predictors["ndvi"].tolist() == [2016.0] * 4 + [2020.0] * 8  # 2018: the earlier
    assert found.predictors["ndvi_mean_2"].tolist() == found.predictors["ndvi"].tolist()
    np.testing.assert_allclose(found.year, 2015.5 + np.arange(12))
    config = make_config(predictors={"rasters": rasters, "reference": 2017})
    units, found, _ = read(config)
    assert set(units.table["ndvi"]) == set(found.predictors["ndvi"]) == {2016.0}
    (said,) = [one for one in found.findings if one.severity == "warning"]
    assert "ndvi has dates and these rows have none, so all of them are read at 2016" in said.what


def test_codes_of_every_date_are_known(samples, write_raster, make_config):
    for year, code in ((2015, 3), (2026, 5)):
        write_raster(f"cover_{year}.tif", np.full((3, 4), code, dtype="uint8"), TOP)
    rasters = {"cover": {2015: "cover_2015.tif", 2026: "cover_2026.tif"}}
    config = make_config(
        predictors={"rasters": rasters, "categories": ["cover"]},
        surrogates={"soc": {"date": "day"}},
    )
    units, found, _ = read(config)
    assert units.table["cover"].dtype.categories.tolist() == [3, 5]
    assert found.predictors["cover"].tolist() == [3] * 6 + [5] * 6
    assert found.n_samples == 12


def test_units_and_samples_have_the_same_derived_columns(samples, write_raster, make_config):
    heights = np.arange(12.0).reshape(3, 4) * 10
    write_raster("dem.tif", heights, TOP)
    config = make_config(predictors={"rasters": {"dem_m": "dem.tif"}, "focal": ["100 m", 2]})
    units, found, _ = read(config)
    assert units.sets == found.sets == sets_of(config)
    assert units.sets["focal"] == ("dem_m_mean_100m", "dem_m_mean_2")
    assert units.sets["terrain"][:2] == ("dem_m_slope", "dem_m_northness")
    assert units.sets["terrain"][-1] == "dem_m_position_2"
    assert (found.predictors.dtypes == units.table.dtypes).all()
    derived = [name for names in units.sets.values() for name in names]
    np.testing.assert_allclose(found.predictors[derived], units.table[derived])
    mean = units.table["dem_m_mean_100m"].to_numpy().reshape(3, 4)[::-1]
    assert mean[1, 1] == pytest.approx(heights[:, :3].mean())
    assert units.table["dem_m_position_2"][0] == pytest.approx(80 - heights[:, :3].mean())


def test_sets_follow_what_is_in_use(make_config):
    rasters = {"rain": "a.tif", "elevation_m": "b.tif", "cover": "c.tif"}
    config = make_config(predictors={"rasters": rasters, "categories": ["cover"], "focal": 3})
    assert heights_of(config) == "elevation_m"
    assert sets_of(config, ("rain", "clay_pct")) == {"focal": ("rain_mean_3",)}
    assert set(sets_of(config)) == {"focal", "terrain"}
    assert not any("cover_" in one.name for one in raster_columns(config))
    off = make_config(predictors={"rasters": rasters, "focal": "none", "terrain": "none"})
    assert sets_of(off) == {}
    own = make_config(predictors={"columns": ["rain_mean_3"], "rasters": rasters, "focal": 3})
    assert "rain_mean_3" not in sets_of(own)["focal"]


def test_a_hole_is_told_once_and_follows_the_policy(samples, write_raster, make_config):
    holes = np.full((3, 4), 7.0)
    holes[:, 2:] = np.nan
    write_raster("rain.tif", holes, TOP)
    given = {"rasters": {"rain": "rain.tif"}, "focal": 1}
    with pytest.raises(DataError) as caught:
        read(make_config(predictors=given))
    assert [one.what.split(" (")[0] for one in caught.value.findings] == [
        "no finite value of rain in 6 units"
    ]
    units, found, _ = read(make_config(predictors={**given, "missing": "impute"}))
    assert not units.table.isna().any(axis=None)
    assert found.n_samples == 6
    dropped = [one.what for one in found.findings if "left out" in one.what]
    assert dropped == ["left out 6 of 12 rows without a predictor (rain: 6)"]


def test_the_nearest_date():
    years = (2020.0, 2010.0, 2014.0)
    wanted = np.array([1990.0, 2012.0, 2013.0, 2017.0, 2050.0])
    assert nearest(years, wanted).tolist() == [1, 1, 2, 2, 0]


def test_weights_and_dates_of_samples(samples, make_config):
    weight = [1.0] * 11 + [np.nan]
    samples(w=weight, day=["2020-01-01", "", *["3.4.2021"] * 10])
    keys = {"date": "day", "weight": "w"}
    config = make_config(surrogates={"soc": keys})
    _, found, _ = read(config)
    assert found.n_samples == 10
    assert set(found.weight) == {1.0}
    said = [one.what for one in found.findings]
    assert "left out 1 row without day" in said
    assert "left out 1 row without w" in said
    samples(w=[1.0] * 11 + [0.0], day=["2020", "3/4/2021", *["2021"] * 10])
    with pytest.raises(DataError) as caught:
        read(config)
    text = str(caught.value)
    assert "soil.csv: line 13: w: weights must be above 0, and 1 of 12 are not" in text
    assert "soil.csv: line 3: day: 1 of 12 rows hold no date (line 3: '3/4/2021')" in text
    with pytest.raises(DataError, match="no column 'dya'"):
        read(make_config(surrogates={"soc": {**keys, "date": "dya"}}))
