from dataclasses import replace

import geopandas
import numpy as np
import pytest
import rasterio
import shapely

from edaphon.data.cells import landscape_from_cells
from edaphon.data.geometry import WGS84, cell_centers, transform_points
from edaphon.data.landscape_reader import read_landscape
from edaphon.data.rasters import grid_offset, read_raster, unit_values, values_at
from edaphon.data.vector import landscape_from_frame
from edaphon.errors import DataError

SIDE, X0, Y0 = 100.0, 4_400_000.0, 2_700_000.0  # of the fixture `units`
TOP = (SIDE, 0.0, X0, 0.0, -SIDE, Y0 + 3 * SIDE)
"""Grid of 4 x 3 cells over the squares of the fixture `units`."""
MACEDONIA = "fao_macedonia_soc"


def fault_of(call, *args, **keys):
    with pytest.raises(DataError) as caught:
        call(*args, **keys)
    return "\n".join(map(str, caught.value.findings))


@pytest.fixture
def classes(write_raster):
    values = np.array([[1, 1, 3, 0], [2, 1, 3, 0], [1, 1, 1, 9]], dtype="uint8")
    return write_raster("classes.tif", values, TOP, nodata=0)


def test_cells_of_classes_become_units(classes):
    landscape = landscape_from_cells(read_raster(classes, "raster"), classes=(1, 3))
    assert landscape.n_units == 8
    assert landscape.ids[[0, -1]].tolist() == ["r0c0", "r2c2"]
    assert landscape.attributes["class"].tolist() == [1, 1, 3, 1, 3, 1, 1, 1]
    np.testing.assert_allclose(landscape.area_ha, 1.0, rtol=1e-3)
    assert len(landscape.neighbours.first) == 9
    assert landscape.neighbours.distance_m == 0
    x, y = transform_points(landscape.longitude, landscape.latitude, WGS84, "EPSG:3035")
    assert shapely.contains_xy(landscape.geometry, x, y).all()
    assert (x[0], y[0]) == pytest.approx((X0 + SIDE / 2, Y0 + 2.5 * SIDE))


def test_cells_within_clip_and_unknown_classes(classes):
    raster = read_raster(classes, "raster")
    left = shapely.box(X0, Y0, X0 + 1.4 * SIDE, Y0 + 3 * SIDE)
    assert landscape_from_cells(raster, within=(left,)).ids.tolist() == ["r0c0", "r1c0", "r2c0"]
    assert "no cell of class 7" in fault_of(landscape_from_cells, raster, classes=(1, 7))
    nowhere = shapely.box(0, 0, 1, 1)
    assert "no cell" in fault_of(landscape_from_cells, raster, within=(nowhere,))


def test_values_at_points_and_outside(classes):
    raster = read_raster(classes, "raster")
    x = np.array([X0 + 50, X0 + 250, X0 + 350, X0 - 1, X0 + 399])
    y = np.array([Y0 + 50, Y0 + 250, Y0 + 250, Y0 + 50, Y0 + 1])
    np.testing.assert_array_equal(values_at(raster, x, y, "EPSG:3035"), [1, 3, np.nan, np.nan, 9])
    there = transform_points(x, y, "EPSG:3035", WGS84)
    np.testing.assert_array_equal(values_at(raster, *there, WGS84), [1, 3, np.nan, np.nan, 9])


@pytest.mark.parametrize("shift", [0.0, 0.5, -0.9])
def test_grids_within_a_hundredth_of_a_cell_are_aligned(classes, write_raster, shift):
    landscape = landscape_from_cells(read_raster(classes, "raster"))
    wide = np.arange(30.0).reshape(5, 6)
    near = (SIDE + 1e-4, 0.0, X0 - SIDE + shift, 0.0, -SIDE, Y0 + 4 * SIDE - shift)
    raster = read_raster(write_raster("near.tif", wide, near), "near")
    assert grid_offset(raster, landscape.grid, landscape.crs) == (1, 1)
    values, notes = unit_values(landscape, raster, "near")
    rows, columns = landscape.grid.row, landscape.grid.column
    np.testing.assert_array_equal(values, wide[rows + 1, columns + 1])
    assert notes == ()


def test_other_grids_are_read_at_the_centers_with_a_note(classes, write_raster):
    landscape = landscape_from_cells(read_raster(classes, "raster"))
    other = (SIDE, 0.0, X0 - 30, 0.0, -SIDE, Y0 + 3 * SIDE)
    raster = read_raster(write_raster("other.tif", np.arange(15.0).reshape(3, 5), other), "o")
    assert grid_offset(raster, landscape.grid, landscape.crs) is None
    values, (note,) = unit_values(landscape, raster, "o")
    expected = values_at(raster, *cell_centers(landscape.grid), "EPSG:3035")
    np.testing.assert_array_equal(values, expected)
    assert "another grid" in note.what


def test_polygons_take_the_area_weighted_mean_and_the_commonest_code(units, write_raster):
    values = np.array([[1, 1, 1, 1], [1, 2, 3, 4], [5, 6, 7, 8]], dtype="float32")
    path = write_raster("v.tif", values, TOP)
    raster = read_raster(path, "v")
    shapes = [
        shapely.box(X0, Y0, X0 + 100, Y0 + 100),
        shapely.box(X0 + 50, Y0, X0 + 125, Y0 + 100),
        shapely.box(X0 - 500, Y0, X0 - 400, Y0 + 100),
    ]
    landscape = landscape_from_frame(
        geopandas.GeoDataFrame(geometry=[shapes[0], shapes[2]], crs=3035)
    )
    means, _ = unit_values(landscape, raster, "v")
    np.testing.assert_allclose(means, [5, np.nan])
    across = replace(landscape, geometry=np.array(shapes[1:2]), ids=np.array(["1"]))
    assert unit_values(across, raster, "v")[0][0] == pytest.approx((5 * 50 + 6 * 25) / 75)
    assert unit_values(across, raster, "v", category=True)[0][0] == 5


def test_reprojection_is_noted_and_right(units, write_raster):
    path = write_raster("v.tif", np.arange(12.0).reshape(3, 4), TOP)
    same, silent = unit_values(landscape_from_frame(units), read_raster(path, "v"), "v")
    landscape = landscape_from_frame(units.to_crs(4326))
    values, (note,) = unit_values(landscape, read_raster(path, "v"), "v")
    np.testing.assert_allclose(values, same, atol=1e-4)
    assert silent == ()
    assert "EPSG:3035" in note.what
    assert note.severity == "note"


def test_rasters_that_cannot_be_used(tmp_path, write_raster, classes, units):
    assert "Did you mean 'classes.tif'" in fault_of(read_raster, tmp_path / "clases.tif", "r")
    broken = tmp_path / "broken.tif"
    broken.write_bytes(b"II*\x00 not a raster")
    assert "broken.tif cannot be read as a raster" in fault_of(read_raster, broken, "r")
    cut = tmp_path / "cut.tif"
    whole = write_raster("whole.tif", np.random.default_rng(0).random((200, 200)), TOP)
    cut.write_bytes(whole.read_bytes()[:20_000])
    assert "cannot be read as a raster" in fault_of(read_raster, cut, "r")
    bare = write_raster("bare.tif", np.ones((3, 4)), TOP, crs=None)
    assert "states no CRS" in fault_of(read_raster, bare, "r")
    turned = write_raster("turned.tif", np.ones((3, 4)), (80, 10, X0, 10, -80, Y0))
    assert "rotated" in fault_of(read_raster, turned, "r")
    empty = write_raster("empty.tif", np.full((3, 4), -1.0), TOP, nodata=-1)
    assert "holds no data" in fault_of(read_raster, empty, "r")
    bare_units = replace(landscape_from_frame(units), geometry=None)
    assert "without geometry" in fault_of(unit_values, bare_units, read_raster(classes, "r"), "r")


def test_undeclared_nodata_is_warned(write_raster):
    values = np.array([[1.0, -9999.0]])
    (found,) = read_raster(write_raster("v.tif", values, TOP), "v").findings
    assert found.severity == "warning"
    assert "-a_nodata -9999" in found.hint


def test_config_of_cells_with_clip_hull_and_attributes(classes, units, tmp_path, make_config):
    units.iloc[[0, 1, 4, 5]].to_crs(4326).to_file(tmp_path / "clip.gpkg")
    corners = transform_points(
        X0 + np.array([0, 400, 0]), Y0 + np.array([0, 0, 300]), "EPSG:3035", WGS84
    )
    rows = "\n".join(f"{x},{y},2" for x, y in zip(*corners, strict=True))
    (tmp_path / "soil.csv").write_text(f"lon,lat,soc_pct\n{rows}\n")
    cells = {"raster": "classes.tif", "clip": "clip.gpkg"}
    land = {"file": None, "id": None, "cells": cells}
    predictors = {"columns": None, "rasters": {"cover": "classes.tif"}, "categories": ["cover"]}
    landscape = read_landscape(make_config(landscape=land, predictors=predictors))
    assert landscape.ids.tolist() == ["r1c0", "r1c1", "r2c0", "r2c1"]
    assert landscape.attributes["cover"].tolist() == [2, 1, 1, 1]
    assert landscape.attributes["class"].tolist() == [2, 1, 1, 1]
    assert any("reprojected" in found.what for found in landscape.findings)
    land["cells"] = {"raster": "classes.tif", "hull_of": "soc"}
    landscape = read_landscape(make_config(landscape=land, predictors=predictors))
    # a triangle with the right angle at the lower left; centers on its edge do not count on either
    # side by rounding
    assert {"r2c0", "r2c1", "r1c0", "r1c1", "r0c0"} <= set(landscape.ids)
    assert not {"r2c3", "r1c2", "r0c2"} & set(landscape.ids)


def test_broken_clip_and_samples_are_found_together(classes, tmp_path, make_config):
    cells = {"raster": "classes.tif", "clip": "clip.gpkg", "hull_of": "soc"}
    config = make_config(landscape={"file": None, "id": None, "cells": cells})
    text = fault_of(read_landscape, config)
    assert "clip.gpkg does not exist" in text
    assert "soil.csv does not exist" in text


def test_polygons_take_the_first_of_several_bands_and_leave_out_infinite_cells(saved, make_config):
    values = np.arange(12.0).reshape(3, 4)
    values[0, 0] = np.inf
    transform = rasterio.Affine(SIDE, 0, X0 + SIDE / 2, 0, -SIDE, Y0 + 3 * SIDE)
    with rasterio.open(
        saved / "rain.tif", "w", driver="GTiff", height=3, width=4, count=2, dtype="float64",
        crs="EPSG:3035", transform=transform,
    ) as file:  # fmt: skip
        file.write(values, 1)
        file.write(np.full((3, 4), -7.0), 2)
    landscape = read_landscape(make_config())
    raster = read_raster(saved / "rain.tif", "here")
    found, notes = unit_values(landscape, raster, "here")
    # half a cell to the east: units of the top row (the last four) see two cells, half of each
    np.testing.assert_allclose(found[8:], [np.nan, 1, 1.5, 2.5])
    assert "2 bands; band 1 is used" in notes[0].what


def test_north_macedonia(real_data, make_config):
    folder = real_data / MACEDONIA
    names = sorted(path.stem for path in folder.glob("*.tif"))
    config = make_config(
        folder,
        landscape={
            "file": None,
            "id": None,
            "cells": {"raster": "LCEE10.tif", "classes": [1, 3], "hull_of": "soc"},
        },
        predictors={
            "columns": None,
            "rasters": {name: f"{name}.tif" for name in names},
            "categories": ["LCEE10"],
        },
        surrogates={"soc": {"samples": "MKD_RegMatrix.csv", "response": "SOC"}},
    )
    landscape = read_landscape(config)
    assert landscape.n_units == 18_448
    assert (landscape.attributes["class"] == 1).sum() == 16_208
    assert (landscape.attributes["LCEE10"] == 3).sum() == 2_240
    assert np.median(landscape.area_ha) == pytest.approx(64.4, abs=0.05)
    assert len(landscape.neighbours.first) > 25_000
    assert landscape.attributes[names].notna().all().all()
    assert not any("another grid" in found.what for found in landscape.findings)
