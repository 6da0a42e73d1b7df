"""The monthly climate of the units: from tables, columns and rasters, and what is refused."""

import geopandas
import numpy as np
import pandas as pd
import pytest

from edaphon.data.climate import POTENTIAL_PER_PAN, read_climate
from edaphon.data.landscape_reader import read_landscape
from edaphon.errors import DataError

WARMTH = np.array([-1.0, 1, 5, 10, 15, 18, 20, 19, 15, 10, 4, 0])
RAIN = np.array([28.0, 33, 46, 54, 84, 108, 114, 106, 88, 66, 58, 40])
PET = np.array([0.0, 3, 22, 50, 90, 116, 130, 115, 72, 40, 13, 0])
TOP = (100.0, 0.0, 4_400_000.0, 0.0, -100.0, 2_700_300.0)


def months(**more):
    """Twelve rows of one place."""
    table = {"month": range(1, 13), "temperature_c": WARMTH, "rain_mm": RAIN, "pet_mm": PET}
    return pd.DataFrame({**table, **more})


def write(folder, *tables):
    pd.concat(tables).to_csv(folder / "climate.csv", index=False)


def read(make_config, **climate):
    config = make_config(climate=climate or {"file": "climate.csv"})
    return read_climate(config, read_landscape(config))


def faults_of(make_config, **climate):
    with pytest.raises(DataError) as caught:
        read(make_config, **climate)
    return str(caught.value)


def test_no_climate_is_none(saved, make_config):
    config = make_config()
    assert read_climate(config, read_landscape(config)) is None


def test_one_table_for_all_units_and_potential_evapotranspiration(saved, make_config):
    write(saved, months().sample(frac=1, random_state=0))
    found = read(make_config)
    assert found.temperature_c.shape == (12, 12)
    assert (found.temperature_c == WARMTH).all()
    np.testing.assert_allclose(found.pan_mm[3], PET / POTENTIAL_PER_PAN)
    pan = read(make_config, file="climate.csv", evaporation_kind="open_pan")
    np.testing.assert_allclose(pan.pan_mm[3], PET)


def test_each_unit_has_its_own(saved, make_config):
    ids = [f"u{k:02d}" for k in range(12)][::-1]
    tables = [months(unit_id=name, temperature_c=WARMTH + k) for k, name in enumerate(ids)]
    write(saved, *tables)
    found = read(make_config)
    np.testing.assert_allclose(found.temperature_c[:, 0], WARMTH[0] + np.arange(12)[::-1])


def test_units_take_the_nearest_station(saved, make_config):
    """Two stations, west and east of the checker; it is 400 m wide."""
    middle = geopandas.read_file(saved / "units.gpkg").to_crs(4326).union_all().centroid
    places = [(middle.x - 0.01, WARMTH), (middle.x + 0.01, WARMTH + 5)]
    write(
        saved,
        *(months(longitude=x, latitude=middle.y, temperature_c=values) for x, values in places),
    )
    found = read(make_config)
    np.testing.assert_allclose(found.temperature_c[:, 0], [-1, -1, 4, 4] * 3)
    (note,) = found.findings
    assert note.severity == "note"
    assert "2 stations, the farthest unit 1 km" in note.what


def test_a_station_without_coordinates_is_told(saved, make_config):
    lost = months(longitude=15.0, latitude=47.0)
    lost.loc[3, "latitude"] = np.nan
    write(saved, lost)
    assert "1 row without coordinates (lines 5)" in faults_of(make_config)


def test_columns_of_the_landscape(saved, units, make_config):
    for m in range(12):
        units[f"t{m + 1:02d}"] = WARMTH[m]
        units[f"r{m + 1:02d}"] = RAIN[m] + np.arange(12)
        units[f"e{m + 1:02d}"] = PET[m]
    units.to_file(saved / "units.gpkg", layer="units")
    names = {"temperature": "t{month}", "rain": "r{month}", "evaporation": "e{month}"}
    found = read(make_config, **names)
    np.testing.assert_allclose(found.rain_mm[7], RAIN + 7)
    text = faults_of(make_config, **{**names, "rain": "q{month}"})
    assert "climate.rain.0: units.gpkg has no column 'q01'. Did you mean" in text


def test_rasters(saved, make_config, write_raster):
    for m in range(12):
        write_raster(f"t_{m + 1:02d}.tif", np.full((3, 4), WARMTH[m]), TOP)
        write_raster(f"r_{m + 1:02d}.tif", np.arange(12.0).reshape(3, 4) + RAIN[m], TOP)
        write_raster(f"e_{m + 1:02d}.tif", np.full((3, 4), PET[m]), TOP)
    names = {
        "temperature": "t_{month}.tif",
        "rain": "r_{month}.tif",
        "evaporation": "e_{month}.tif",
    }
    found = read(make_config, **names)
    np.testing.assert_allclose(found.rain_mm[0], RAIN + 8)  # rows of the raster run from the top
    holes = np.full((3, 4), WARMTH[0])
    holes[0, 0] = np.nan
    write_raster("t_01.tif", holes, TOP)
    assert "no monthly temperature in 1 unit (u08)" in faults_of(make_config, **names)
    (saved / "e_05.tif").unlink()
    assert "e_05.tif does not exist" in faults_of(make_config, **names)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"temperature_c": WARMTH + 273.15}, "They look like kelvin: subtract 273.15"),
        ({"temperature_c": WARMTH * 10 + 10}, "They look like tenths of a degree"),
        ({"temperature_c": WARMTH * 1.8 + 32}, "They look like degrees Fahrenheit"),
        ({"rain_mm": RAIN / 1000}, "They look like meters or mm per day"),
        ({"rain_mm": RAIN - 30}, "outside 0 to 5000 mm per month"),
        ({"pet_mm": PET / 30}, "They look like mm per day or cm"),
        ({"pet_mm": np.r_[PET[:-1], 9999]}, "evaporation of 9999 in 12 units"),
        ({"month": range(12)}, "months are 1 to 12, and 1 row hold something else (0)"),
        ({"month": [1, *range(1, 12)]}, "all units has 2 rows for month 1"),
        ({"rain_mm": [None, *RAIN[1:]]}, "no rain in some month of all units"),
        ({"rain_mm": ["wet", *RAIN[1:]]}, "text among the numbers"),
    ],
)
def test_impossible_months_are_refused(saved, make_config, change, message):
    write(saved, months(**change))
    assert message in faults_of(make_config)


def test_unclear_columns_are_asked_for(saved, make_config):
    write(saved, months().rename(columns={"pet_mm": "e", "month": "when"}))
    text = faults_of(make_config)
    assert "it is not clear which column of climate.csv holds the evaporation" in text
    assert "climate.csv has no column 'month'" in text
    write(saved, months().rename(columns={"pet_mm": "e"}))
    found = read(make_config, file="climate.csv", evaporation="e")
    np.testing.assert_allclose(found.pan_mm[0] * 0.75, PET)
    assert "climate.evaporation" in faults_of(make_config, file="climate.csv", evaporation="f")
    two = faults_of(make_config, file="climate.csv", rain=["rain_mm", "pet_mm"])
    assert "2 names of rain, and climate.csv has one column" in two


def test_units_without_climate_are_named(saved, make_config):
    write(saved, *(months(unit_id=f"u{k:02d}") for k in range(11)))
    assert "no climate for 1 unit (u11)" in faults_of(make_config)


def test_a_missing_file_is_told(saved, make_config):
    assert "climate.csv does not exist" in faults_of(make_config)
