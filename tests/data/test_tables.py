import numpy as np
import pandas as pd
import pytest

from edaphon.data.geometry import WGS84, transform_points
from edaphon.data.landscape_reader import read_landscape
from edaphon.data.predictors import read_predictors
from edaphon.data.tables import read_locks, read_samples
from edaphon.errors import DataError

SIDE, X0, Y0 = 100.0, 4_400_000.0, 2_700_000.0  # of the fixture `units`
TOP = (SIDE, 0.0, X0, 0.0, -SIDE, Y0 + 3 * SIDE)


def samples_frame(n=12):
    """One sample in the middle of each unit, and more outside of all."""
    k = np.arange(n)
    x = np.where(k < 12, X0 + SIDE * (k % 4) + 50, X0 + 5000)
    y = np.where(k < 12, Y0 + SIDE * (k // 4) + 50, Y0)
    lon, lat = transform_points(x, y, "EPSG:3035", WGS84)
    return pd.DataFrame({"Lon": lon, "LAT": lat, "soc_pct": 1.0 + k / 10})


def read(config):
    landscape = read_landscape(config)
    return read_samples(config, "soc", landscape, read_predictors(config, landscape))


def faults_of(config):
    with pytest.raises(DataError) as caught:
        read(config)
    return "\n".join(map(str, caught.value.findings))


@pytest.fixture
def write(saved):
    def save(frame, name="soil.csv", **keys):
        frame.to_csv(saved / name, index=False, **keys)

    return save


def test_predictors_come_from_the_unit_or_the_samples_own_column(write, make_config):
    frame = samples_frame(13)
    write(frame)
    samples = read(make_config())
    assert samples.predictors["clay_pct"].tolist() == [10.0 + k for k in range(12)]
    np.testing.assert_allclose(samples.response, frame["soc_pct"][:12])
    assert any(
        "left out 1 of 13 rows without a predictor (clay_pct: 1)" in found.what
        for found in samples.findings
    )
    write(frame.assign(clay_pct=33.0))
    samples = read(make_config())
    assert samples.n_samples == 13
    assert "samples in EPSG:4326 were reprojected" in samples.findings[-1].what
    assert set(samples.predictors["clay_pct"]) == {33.0}


def test_methods_that_differ_are_told(write, make_config):
    method = ["Walkley-Black"] * 4 + ["dry combustion"] * 7 + [None]
    write(samples_frame().assign(Method=method))
    found = [one for one in read(make_config()).findings if one.where == "soil.csv: Method"]
    assert [one.severity for one in found] == ["warning", "note"]
    assert "soil organic carbon was measured by 2 methods (dry_combustion: 7" in found[0].what
    assert "no method in 1 sample" in found[1].what
    write(samples_frame().assign(method="dry combustion"))
    assert not [one for one in read(make_config()).findings if "method" in one.where]


def test_rasters_are_read_at_the_points_and_types_match(write, write_raster, make_config):
    write_raster("rain.tif", np.arange(12.0).reshape(3, 4), TOP)
    write_raster("cover.tif", np.array([[1, 2, 0, 4]] * 3, dtype="uint8"), TOP, nodata=0)
    write(samples_frame())
    predictors = {
        "columns": ["land_use"],
        "rasters": {"rain": "rain.tif", "cover": "cover.tif"},
        "categories": ["land_use", "cover"],
        "missing": "impute",
    }
    config = make_config(predictors=predictors)
    landscape = read_landscape(config)
    units = read_predictors(config, landscape)
    samples = read_samples(config, "soc", landscape, units)
    assert samples.n_samples == 9
    assert (samples.predictors.dtypes == units.table.dtypes).all()
    assert samples.predictors["rain"].tolist() == [8, 9, 11, 4, 5, 7, 0, 1, 3]
    assert samples.predictors["cover"].tolist() == [1, 2, 4] * 3
    # units and samples share one projection: each sample lies in the middle of its unit
    middle = np.delete(np.arange(12), [2, 6, 10])
    np.testing.assert_allclose(samples.x, units.x[middle], atol=0.5)
    np.testing.assert_allclose(samples.y, units.y[middle], atol=0.5)


def test_unused_predictors_may_be_missing(write, write_raster, make_config):
    write_raster("rain.tif", np.array([[np.nan] * 4, [1.0] * 4, [1.0] * 4]), TOP)
    write(samples_frame())
    config = make_config(
        predictors={"rasters": {"rain": "rain.tif"}, "missing": "impute"},
        surrogates={"soc": {"predictors": ["clay_pct"]}},
    )
    assert read(config).n_samples == 12


def test_projected_coordinates_group_and_semicolons(write, make_config):
    k = np.arange(12)
    frame = pd.DataFrame(
        {
            "Easting": X0 + SIDE * (k % 4) + 50.5,
            "Northing": Y0 + SIDE * (k // 4) + 50.5,
            "study": k // 3,
            "soc_pct": 1.5,
        }
    )
    write(frame, sep=";", decimal=",", encoding="latin-1")
    config = make_config(surrogates={"soc": {"crs": "EPSG:3035", "group": "study"}})
    samples = read(config)
    assert samples.n_samples == 12
    assert samples.group.tolist() == [str(value) for value in k // 3]
    text = faults_of(make_config())
    assert "are no degrees" in text
    assert "EPSG:4326" in text


def test_named_and_unnamed_coordinates(write, make_config):
    frame = samples_frame().rename(columns={"Lon": "pos1", "LAT": "pos2"})
    write(frame)
    text = faults_of(make_config())
    assert "no column that we know as longitude or easting" in text
    assert "no column that we know as latitude or northing" in text
    assert read(make_config(surrogates={"soc": {"x": "pos1", "y": "pos2"}})).n_samples == 12
    text = faults_of(make_config(surrogates={"soc": {"x": "pos_1", "y": "pos2"}}))
    assert "config: surrogates.soc.x: soil.csv has no column 'pos_1'. Did you mean 'pos1'?" in text


def test_faults_of_response_come_together(write, make_config):
    write(samples_frame())
    config = make_config(
        surrogates={"soc": {"response": "soc_pc", "group": "stud", "indicator": "sock"}}
    )
    text = faults_of(config)
    assert "no column 'soc_pc'. Did you mean 'soc_pct'?" in text
    assert "no column 'stud'" in text
    assert "'sock' is no indicator" in text


def test_text_and_gaps_in_the_response(write, make_config):
    frame = samples_frame().astype({"soc_pct": object})
    frame.loc[1, "soc_pct"] = None
    write(frame)
    samples = read(make_config())
    assert samples.n_samples == 11
    assert any("left out 1 row without soc_pct" in found.what for found in samples.findings)
    frame.loc[4, "soc_pct"] = "< 1"
    write(frame)
    text = faults_of(make_config())
    assert "soil.csv: line 6: soc_pct: text among the numbers in 1 of 12 rows" in text


def test_rows_without_coordinates_are_left_out(write, make_config):
    frame = samples_frame()
    frame.loc[0, "Lon"] = np.nan
    write(frame)
    samples = read(make_config())
    assert samples.n_samples == 11
    assert "left out 1 row without coordinates (lines 2)" in samples.findings[0].what


def test_impossible_values_are_refused_row_by_row(write, make_config):
    frame = samples_frame()
    frame.loc[[2, 3], "soc_pct"] = [75.5, -1.0]
    write(frame)
    samples = read(make_config())
    assert samples.n_samples == 10
    (found,) = [one for one in samples.findings if one.severity == "warning"]
    assert found.where == "soil.csv: line 4: soc_pct"
    assert "2 of 12 values are refused" in found.what
    assert "line 4: 75.5, line 5: -1" in found.what
    write(frame.assign(soc_pct=80.0))
    assert "12 of 12 values are refused" in faults_of(make_config())


def test_a_unit_that_measures_something_else(write, make_config):
    write(samples_frame())
    text = faults_of(make_config(surrogates={"soc": {"unit": "t/ha"}}))
    assert "t/ha is no unit of soil organic carbon" in text
    assert "%, g/kg" in text
    config = make_config(surrogates={"soc": {"unit": "t/ha", "indicator": "none"}})
    assert read(config).n_samples == 12


def test_samples_far_away_or_swapped(write, make_config):
    frame = samples_frame().assign(clay_pct=20.0)
    swapped = frame.rename(columns={"Lon": "LAT", "LAT": "Lon"})
    write(swapped)
    assert any(
        "no sample lies near the landscape" in found.what for found in read(make_config()).findings
    )
    write(swapped.drop(columns="clay_pct"))
    assert "no row has all predictors" in faults_of(make_config())


def locks_of(saved, make_config, text):
    (saved / "locks.csv").write_text(text)
    config = make_config(locks="locks.csv")
    return read_locks(config, read_landscape(config))


def test_locks(saved, make_config):
    config = make_config()
    assert len(read_locks(config, read_landscape(config))[0]) == 0
    locks, findings = locks_of(
        saved,
        make_config,
        "unit_id;intervention;lock\nu03;cover_crop;in\nu00;cover_crop; OUT\nu03;cover_crop;in\n",
    )
    assert locks.to_dict("list") == {
        "unit": [3, 0],
        "intervention": ["cover_crop", "cover_crop"],
        "lock": ["in", "out"],
    }
    assert findings == ()


def test_faults_of_locks_come_together(saved, make_config):
    text = (
        "unit_id,intervention,lock\nu3,a,in\nu04,a,maybe\nu05,a,in\nu05,a,out\n"
        "u06,a,in\nu06,b,in\nu07,,in\n"
    )
    with pytest.raises(DataError) as caught:
        locks_of(saved, make_config, text)
    found = "\n".join(map(str, caught.value.findings))
    assert "locks.csv: line 2: unit_id: no such unit in units.gpkg, in 1 lock" in found
    assert "Did you mean 'u03'?" in found
    assert "neither in nor out in 1 lock (line 3: 'maybe')" in found
    assert "locked in and out of the same intervention (u05: a)" in found
    assert "locked into more than one intervention (u06: a and b)" in found
    assert "no intervention in 1 lock (lines 8)" in found
    with pytest.raises(DataError, match="no column 'lock'"):
        locks_of(saved, make_config, "unit_id,intervention,locked\nu03,a,in\n")
