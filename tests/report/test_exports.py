import json
from dataclasses import replace

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from report_case import make_case

from edaphon.report import exports
from edaphon.report.exports import CSV, GEOJSON, GEOPARQUET, write_exports


@pytest.fixture(scope="module")
def case():
    return make_case()


@pytest.fixture(scope="module")
def written(case, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    assert write_exports(folder, **case.files()) == ()
    return folder


def test_geoparquet_comes_back_with_shapes_and_crs(case, written):
    frame = geopandas.read_parquet(written / GEOPARQUET)
    assert frame.crs.to_epsg() == 32633
    assert shapely.equals(frame.geometry.to_numpy(), case.landscape.geometry).all()
    for row in case.shortlist:
        expected = np.array(case.problem.interventions)[case.front.portfolios[row]]
        assert frame[case.front.names[row]].tolist() == expected.tolist()
    assert frame["unit_id"].tolist() == case.landscape.ids.tolist()


def test_geojson_is_in_wgs84_with_longitude_first(case, written):
    content = json.loads((written / GEOJSON).read_text(encoding="utf-8"))
    assert "crs" not in content  # RFC 7946, 4: no other system
    shapes = [shapely.geometry.shape(one["geometry"]) for one in content["features"]]
    there = geopandas.GeoSeries(case.landscape.geometry, crs="EPSG:32633").to_crs("EPSG:4326")
    assert shapely.hausdorff_distance(shapes, there.to_numpy()).max() < 1e-7
    assert shapes[0].exterior.is_ccw
    assert shapes[0].centroid.x == pytest.approx(15.0, abs=0.01)
    name = case.front.names[case.shortlist[0]]
    told = [one["properties"][name] for one in content["features"]]
    expected = np.array(case.problem.interventions)[case.front.portfolios[case.shortlist[0]]]
    assert told == expected.tolist()


def test_csv_has_a_row_per_unit(case, written):
    table = pd.read_csv(written / CSV)
    assert table["unit_id"].tolist() == case.landscape.ids.tolist()
    assert table["area_ha"].to_numpy() == pytest.approx(case.problem.area_ha)
    assert set(table["region"]) == {"Westerland", "Osterland"}


def test_regions_come_from_the_landscape_where_the_problem_has_none(case, tmp_path):
    bare = replace(case.problem, region=None)
    write_exports(tmp_path, **{**case.files(), "problem": bare})
    assert set(pd.read_csv(tmp_path / CSV)["region"]) == {"Westerland", "Osterland"}
    assert "region" in geopandas.read_parquet(tmp_path / GEOPARQUET)


def test_the_same_run_gives_the_same_bytes(case, written, tmp_path):
    write_exports(tmp_path, **case.files())
    for name in (GEOPARQUET, GEOJSON, CSV):
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes()


def test_anonymous_files_hold_regions_alone(case, tmp_path):
    write_exports(tmp_path, **case.files(), anonymous=True)
    secrets = [*case.landscape.ids, *np.unique(case.landscape.farm)]
    for name in (GEOPARQUET, GEOJSON, CSV):
        content = (tmp_path / name).read_bytes()
        assert not any(secret.encode() in content for secret in secrets)
    table = pd.read_csv(tmp_path / CSV)
    row = case.shortlist[0]
    east = case.landscape.region == "Osterland"
    area = case.problem.area_ha
    treated = area[east & (case.front.portfolios[row] > 0)].sum() / area[east].sum()
    told = table.set_index("region")[f"{case.front.names[row]}_treated_share"]
    assert told["Osterland"] == pytest.approx(treated)


def test_what_cannot_be_written_is_said(case, tmp_path, monkeypatch):
    files = case.files()
    nowhere = {**files, "landscape": replace(case.landscape, crs=None)}
    (note,) = write_exports(tmp_path / "a", **nowhere)
    assert "no CRS" in note.what
    assert not (tmp_path / "a" / GEOJSON).exists()
    bare = {**files, "landscape": replace(case.landscape, geometry=None, region=None)}
    assert write_exports(tmp_path / "b", **bare) == ()
    assert [path.name for path in (tmp_path / "b").iterdir()] == [CSV]
    write_exports(tmp_path / "c", **bare, anonymous=True)
    assert len(pd.read_csv(tmp_path / "c" / CSV)) == 1
    monkeypatch.setattr(exports, "CSV_UNITS", 59)
    (note,) = write_exports(tmp_path / "d", **files)
    assert GEOPARQUET in note.hint
    assert [path.name for path in (tmp_path / "d").iterdir()] == [GEOPARQUET]
