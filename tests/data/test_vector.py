import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from edaphon.data.landscape import Landscape
from edaphon.data.landscape_reader import read_landscape
from edaphon.data.vector import landscape_from_frame
from edaphon.errors import DataError


def faults(call, *args, **keys):
    with pytest.raises(DataError) as caught:
        call(*args, **keys)
    return caught.value.findings


def redraw(frame, changes):
    geometry = np.array(frame.geometry.to_numpy(), dtype=object)
    for row, shape in changes.items():
        geometry[row] = shape
    return frame.set_geometry(geometry, crs=frame.crs)


@pytest.mark.parametrize("name", ["u.gpkg", "u.parquet", "u.geojson", "u.fgb", "u.shp"])
def test_every_format_gives_the_same_landscape(units, tmp_path, name):
    path = tmp_path / name
    if name.endswith("parquet"):
        units.to_parquet(path)
    else:
        units.to_file(path)
    landscape = read_landscape(path, id="unit_id", region="town", neighbour_distance_m=0)
    order = np.argsort(landscape.ids)
    assert landscape.ids[order].tolist() == units["unit_id"].tolist()
    np.testing.assert_allclose(landscape.area_ha, 1.0, rtol=1e-3)
    assert landscape.attributes["clay_pct"].to_numpy()[order].tolist() == list(range(10, 22))
    assert sorted(set(landscape.region)) == ["north", "south"]
    assert list(landscape.attributes.columns) == ["clay_pct", "land_use", "town"]
    assert len(landscape.neighbours.first) == 3 * 3 + 2 * 4
    assert landscape.source == name
    inside = shapely.contains_xy(
        shapely.box(10, 47, 12, 48), landscape.longitude, landscape.latitude
    )
    assert inside.all()


def test_from_geodataframe_numbers_units_and_reads_policy(units):
    units["now"] = ["cover_crop", None, " no_till "] * 4
    landscape = Landscape.from_geodataframe(units, policy="now")
    assert landscape.ids[:2].tolist() == ["1", "2"]
    assert landscape.policy[:3].tolist() == ["cover_crop", "", "no_till"]
    assert landscape.crs == "EPSG:3035"


def test_numeric_ids_stay_whole_and_region_gaps_are_warned(units):
    units["code"] = [float(k) for k in range(101, 113)]
    units["area_name"] = ["a"] * 11 + [None]
    landscape = landscape_from_frame(units, id="code", region="area_name")
    assert landscape.ids[0] == "101"
    assert landscape.region[-1] == "unassigned"
    assert landscape.findings[0].severity == "warning"


def test_everything_wrong_with_a_frame_comes_at_once(units):
    units.loc[3, "unit_id"] = units.loc[2, "unit_id"]
    units.loc[5, "unit_id"] = None
    bow_tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    beside = shapely.affinity.translate(units.geometry[8], 40, 0)
    units = redraw(units, {1: bow_tie, 6: None, 7: shapely.Point(0, 0), 9: beside})
    found = faults(landscape_from_frame, units, id="unit_id", region="Town", source="units.gpkg")
    text = "\n".join(map(str, found))
    for expected in (
        "1 id used more than once (u02)",
        "no id in 1 row (6)",
        "no column 'Town'. Did you mean 'town'?",
        "invalid geometry in 1 unit (u01: Self-intersection",
        "Fix geometries",
        "no geometry in 1 unit (u06)",
        "Point instead of polygons in 1 unit (u07)",
        "overlap by more than 1 % of the smaller in 1 pair",
        "u08 and u09 by 60.0%",
    ):
        assert expected in text
    assert all(one.hint for one in found)
    assert all("units.gpkg" in one.where for one in found)


def test_small_overlaps_are_one_note_and_rounding_is_silent(units):
    left = shapely.affinity.translate(units.geometry[1], -0.9, 0)
    (note,) = landscape_from_frame(redraw(units, {1: left})).findings
    assert note.severity == "note"
    assert "in 1 pair, 90" in note.what
    left = shapely.affinity.translate(units.geometry[1], -1e-5, 0)
    assert landscape_from_frame(redraw(units, {1: left})).findings == ()


def test_geometry_with_heights_and_geographic_crs(units):
    flat = units.to_crs(4326)
    raised = flat.set_geometry(shapely.force_3d(flat.geometry.to_numpy(), 300.0))
    landscape = landscape_from_frame(
        geopandas.GeoDataFrame(raised, crs=4326), neighbour_distance_m=1
    )
    assert not shapely.has_z(landscape.geometry).any()
    np.testing.assert_allclose(landscape.area_ha, 1.0, rtol=1e-3)
    assert len(landscape.neighbours.first) == 9 + 8 + 12


@pytest.mark.parametrize("blank", ["", "  ", None])
def test_blank_ids_are_no_ids(units, blank):
    units.loc[5, "unit_id"] = blank
    (fault,) = faults(landscape_from_frame, units, id="unit_id")
    assert fault.what == "no id in 1 row (6)"


def test_ids_that_differ_by_blanks_are_duplicates(units):
    units.loc[5, "unit_id"] = " u06"
    (fault,) = faults(landscape_from_frame, units, id="unit_id")
    assert "1 id used more than once (u06)" in fault.what


def test_coordinates_that_the_crs_cannot_hold(units):
    """Meters read as degrees, and one corner at infinity."""
    (fault,) = faults(landscape_from_frame, units.set_crs(4326, allow_override=True))
    assert "coordinates that EPSG:4326 cannot hold in 12 units" in fault.what
    units.loc[5, "geometry"] = shapely.Polygon([(np.inf, 0), (1, 1), (2, 0)])
    found = faults(landscape_from_frame, units)
    assert "coordinates that EPSG:3035 cannot hold in 1 unit (6)" in found[-1].what


def test_units_far_from_where_their_crs_is_used(units):
    (found,) = landscape_from_frame(units.set_crs(25832, allow_override=True)).findings
    assert found.severity == "warning"
    assert "far outside the area for which EPSG:25832 is made" in found.what
    assert landscape_from_frame(units.to_crs(32633)).findings == ()


def test_a_crs_in_the_config_that_contradicts_the_file(saved, make_config):
    (found,) = read_landscape(make_config(landscape={"crs": "EPSG:4326"})).findings
    assert found.severity == "warning"
    assert "units.gpkg states EPSG:3035, which counts, not EPSG:4326" in found.what
    assert read_landscape(make_config(landscape={"crs": "EPSG:3035"})).findings == ()


def test_decimal_commas_in_a_file_of_shapes_are_numbers(units, tmp_path, make_config):
    texts = [f"{k},5" for k in range(12)]
    units.assign(yield_t_ha=texts, crop=texts).to_file(tmp_path / "units.gpkg")
    crop = {"columns": ["crop"], "categories": ["crop"]}
    landscape = read_landscape(make_config(predictors=crop))
    assert landscape.attributes["yield_t_ha"].tolist() == [k + 0.5 for k in range(12)]
    assert landscape.attributes["crop"].tolist() == texts
    assert [one.what for one in landscape.findings] == ["decimal commas were read in yield_t_ha"]
    with pytest.raises(DataError) as caught:  # other faults do not keep what can be read from it
        read_landscape(make_config(landscape={"region": "tawn"}))
    assert caught.value.partial.attributes["yield_t_ha"].max() == 11.5
    both = read_landscape(tmp_path / "units.gpkg", id="unit_id").attributes
    assert both["crop"].tolist() == both["yield_t_ha"].tolist()


def test_what_is_no_landscape_at_all(units):
    (fault,) = faults(landscape_from_frame, units.set_crs(None, allow_override=True))
    assert "no CRS" in fault.what
    (fault,) = faults(landscape_from_frame, pd.DataFrame(units))
    assert "holds no geometry" in fault.what
    (fault,) = faults(landscape_from_frame, pd.concat([units, units[["clay_pct"]]], axis=1))
    assert "more than once (clay_pct)" in fault.what
