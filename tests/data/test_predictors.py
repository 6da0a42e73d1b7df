import numpy as np
import pandas as pd
import pytest

from edaphon.data.geometry import WGS84, transform_points
from edaphon.data.landscape_reader import read_landscape
from edaphon.data.predictors import read_predictors
from edaphon.errors import DataError

SIDE, X0, Y0 = 100.0, 4_400_000.0, 2_700_000.0  # of the fixture `units`
TOP = (SIDE, 0.0, X0, 0.0, -SIDE, Y0 + 3 * SIDE)


def read(config):
    return read_predictors(config, read_landscape(config))


def faults_of(config):
    with pytest.raises(DataError) as caught:
        read(config)
    return caught.value.findings


def test_columns_then_rasters_in_the_order_of_the_config(saved, make_config, write_raster):
    write_raster("rain.tif", np.arange(12.0).reshape(3, 4), TOP)
    write_raster("cover.tif", np.array([[5, 1, 1, 1]] * 3, dtype="uint8"), TOP)
    config = make_config(
        predictors={
            "columns": ["land_use", "clay_pct"],
            "rasters": {"rain": "rain.tif", "cover": "cover.tif"},
            "categories": ["land_use", "cover"],
            "focal": 1,
        }
    )
    found = read(config)
    assert list(found.table.columns) == ["land_use", "clay_pct", "rain", "cover", "rain_mean_1"]
    assert found.sets == {"focal": ("rain_mean_1",)}
    assert found.table["land_use"].dtype.categories.tolist() == ["arable", "grass"]
    assert found.table["cover"].dtype.categories.tolist() == [1, 5]
    np.testing.assert_allclose(found.table["rain"][:5], [8, 9, 10, 11, 4])
    assert found.table["clay_pct"].dtype == np.float64
    # neighbouring units of 100 m side lie 100 m apart in the local projection
    assert np.hypot(np.diff(found.x[:2]), np.diff(found.y[:2]))[0] == pytest.approx(100, rel=1e-3)


def test_unknown_columns_and_text_are_all_named(saved, units, make_config):
    units["ph"] = ["6.5"] * 11 + ["acid"]
    units.to_file(saved / "units.gpkg", layer="units")
    found = faults_of(make_config(predictors={"columns": ["clay_pc", "land_use", "ph"]}))
    text = [str(one) for one in found]
    assert text[0] == (
        "config: predictors.columns.0: units.gpkg has no column 'clay_pc'. Did you mean 'clay_pct'?"
    )
    assert "units.gpkg: land_use: text in the numeric column land_use in 12 units" in text[1]
    assert "in 1 unit (unit u11: 'acid')" in text[2]


def test_numbers_stored_as_text_are_numbers(saved, units, make_config):
    units["ph"] = ["6.5"] * 12
    units.to_file(saved / "units.gpkg", layer="units")
    assert read(make_config(predictors={"columns": ["ph"]})).table["ph"].tolist() == [6.5] * 12


@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_missing_values_by_policy(saved, units, make_config, hole):
    units.loc[[2, 7], "clay_pct"] = hole
    units.to_parquet(saved / "units.parquet")

    def config(policy):
        return make_config(
            landscape={"file": "units.parquet"},
            predictors={"columns": ["clay_pct"], "missing": policy},
        )

    (fault,) = faults_of(config("refuse"))
    assert "no finite value of clay_pct in 2 units (u02, u07)" in fault.what
    assert "missing: impute" in fault.hint
    assert "predictors.columns" in fault.where
    imputed = read(config("impute"))
    assert imputed.table["clay_pct"][2] == np.median(np.delete(np.arange(12) + 10.0, [2, 7]))
    assert imputed.findings[0].severity == "note"
    kept = read(config("baseline"))
    assert np.flatnonzero(kept.table["clay_pct"].isna()).tolist() == [2, 7]
    assert kept.findings[0].severity == "note"


def test_a_predictor_without_any_value_is_refused(saved, units, make_config):
    units["clay_pct"] = np.nan
    units.to_file(saved / "units.gpkg", layer="units")
    (fault,) = faults_of(make_config(predictors={"columns": ["clay_pct"], "missing": "impute"}))
    assert "12 units" in fault.what


def test_unreadable_raster_is_found_beside_other_faults(saved, make_config):
    (saved / "rain.tif").write_text("rain")
    config = make_config(predictors={"columns": ["clay"], "rasters": {"rain": "rain.tif"}})
    text = "\n".join(map(str, faults_of(config)))
    assert "no column 'clay'" in text
    assert "config: predictors.rasters.rain: rain.tif cannot be read as a raster" in text


def test_what_could_be_read_serves_further_checks(saved, units, make_config):
    units["ph"] = "acid"
    units.to_file(saved / "units.gpkg", layer="units")
    config = make_config(predictors={"columns": ["clay_pct", "ph", "nix"]})
    with pytest.raises(DataError) as caught:
        read(config)
    assert list(caught.value.partial.table.columns) == ["clay_pct"]


def test_coordinates_agree_with_geodesic_positions(saved, make_config):
    config = make_config()
    landscape = read_landscape(config)
    found = read_predictors(config, landscape)
    from edaphon.data.geometry import local_projection

    lon, lat = transform_points(found.x, found.y, local_projection(landscape), WGS84)
    np.testing.assert_allclose(lon, landscape.longitude, atol=1e-9)
    np.testing.assert_allclose(lat, landscape.latitude, atol=1e-9)
    assert isinstance(found.table.index, pd.RangeIndex)
