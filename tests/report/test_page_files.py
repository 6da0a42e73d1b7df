"""What the page saves as a map, and pages of very many units."""

import json

import geopandas
import numpy as np
import pytest
import shapely
from report_case import make_case, unpack
from test_page_browser import text_of
from test_page_views import hash_of, select

from edaphon.report import map as report_map
from edaphon.report import page_data
from edaphon.report.geopackage import cell_polygons
from edaphon.report.page import page_text, write_page

pytestmark = pytest.mark.browser


def saved(browser, folder, name, button):
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    browser.click(button)
    browser.run("new Promise((done) => setTimeout(done, 500))")
    return folder / name


def saved_map(browser, page, folder):
    browser.open(page)
    chosen = browser.run("edaphon.chosen()")
    name = browser.run(f"document.querySelectorAll('#portfolios button')[{chosen}].innerText")
    return chosen, saved(browser, folder, f"{name}.geojson", "#save-map")


def test_polygons_are_saved_in_degrees_where_they_lie(browser, tmp_path):
    case = make_case()
    write_page(tmp_path / "page.html", **case.page())
    chosen, file = saved_map(browser, tmp_path / "page.html", tmp_path)
    frame = geopandas.read_file(file)
    assert frame.crs.to_epsg() == 4326
    assert frame["unit_id"].tolist() == case.problem.unit_ids.tolist()
    plan = case.front.portfolios[chosen]
    assert frame["intervention"].tolist() == [case.problem.interventions[a] for a in plan]
    money = case.problem.cost[np.arange(len(plan)), plan, 0]
    np.testing.assert_allclose(frame["cost [EUR]"], money, rtol=1e-5)
    known = json.loads(file.read_text(encoding="utf-8"))
    accuracy = known["edaphon"]["accuracy_m"]
    assert known["edaphon"]["portfolio"] == case.front.names[chosen]
    assert accuracy < 1
    back = frame.to_crs(case.landscape.crs).geometry.array
    off = shapely.hausdorff_distance(np.asarray(back), case.landscape.geometry)
    assert off.max() <= accuracy
    assert len(back[0].geoms[0].interiors) == 1
    rings = shapely.get_rings(shapely.get_parts(np.asarray(frame.geometry.array)))
    turns = shapely.is_ccw(rings)
    assert (~turns).sum() == 1  # RFC 7946: all but the hole run against the clock
    assert "1 m" in text_of(browser, "#save-note") or "0." in text_of(browser, "#save-note")
    assert browser.complaints() == []


def test_cells_are_saved_as_squares(browser, tmp_path):
    case = make_case(grid=True)
    write_page(tmp_path / "page.html", **case.page())
    _, file = saved_map(browser, tmp_path / "page.html", tmp_path)
    frame = geopandas.read_file(file)
    wanted = cell_polygons(case.landscape.grid)
    assert shapely.hausdorff_distance(np.asarray(frame.geometry.array), wanted).max() < 1e-6


def test_many_polygons_are_saved_as_points_inside(browser, tmp_path, monkeypatch):
    monkeypatch.setattr(report_map, "VECTOR_LIMIT", 10)
    case = make_case()
    write_page(tmp_path / "page.html", **case.page())
    _, file = saved_map(browser, tmp_path / "page.html", tmp_path)
    points = geopandas.read_file(file).to_crs(case.landscape.crs).geometry.array
    assert set(points.geom_type) == {"Point"}
    assert shapely.distance(np.asarray(points), case.landscape.geometry).max() < 30  # the hole
    assert "a point about the middle" in text_of(browser, "#save-note")


def test_without_a_crs_there_is_no_map_to_save(browser, tmp_path):
    case = make_case()
    page = case.page()
    page["landscape"] = page["landscape"].__class__(**{**vars(case.landscape), "crs": None})
    write_page(tmp_path / "page.html", **page)
    browser.open(tmp_path / "page.html")
    assert browser.run("document.getElementById('save-map') === null")
    assert browser.run("document.getElementById('save') !== null")
    assert browser.complaints() == []


@pytest.fixture
def large(monkeypatch):
    """Treat the small run as one of very many units: room for the maps of six portfolios."""
    monkeypatch.setattr(page_data, "EXACT_UNITS", 10)
    monkeypatch.setattr(page_data, "_MAPPED", 6 * 60)
    return make_case(grid=True)


def test_a_page_of_very_many_units_holds_some_maps_and_rounded_figures(large):
    contents, arrays, _ = unpack(page_text(**large.page()))
    columns = [portfolio["map"] for portfolio in contents["portfolios"]]
    held = [k for k, column in enumerate(columns) if column >= 0]
    assert len(held) == 6
    assert {0, 1, *large.shortlist} <= set(held)
    allocation = arrays["allocation"].reshape(60, 6)
    assert (allocation == large.front.portfolios[held].T).all()
    area = np.array(contents["arrays"]["unit_area"][3])[arrays["unit_area"]]
    rounding = contents["units"]["rounding"]
    assert 0 < rounding < 0.02
    np.testing.assert_allclose(area, large.problem.area_ha, rtol=rounding + 1e-6)


def test_a_portfolio_without_a_map_says_so(browser, tmp_path, large):
    write_page(tmp_path / "page.html", **large.page())
    browser.open(tmp_path / "page.html")
    columns = browser.run("JSON.parse(document.getElementById('contents').textContent).portfolios")
    missing = next(k for k, one in enumerate(columns) if one["map"] < 0)
    before = hash_of(browser)
    assert "rounded by up to" in text_of(browser, "#map-note")
    browser.run(f"edaphon.choose({missing})")
    assert hash_of(browser) != before
    assert "is not in this page" in text_of(browser, "#map-note")
    assert browser.run("document.getElementById('other').options.length") == 6
    select(browser, "view", "frequency")
    frequency = hash_of(browser)
    browser.run("edaphon.choose(2)")
    assert hash_of(browser) == frequency
    browser.run("document.getElementById('map').focus()")
    browser.key("ArrowRight")
    assert "parcel-000" in text_of(browser, "#tip")
    assert "of the portfolios" in text_of(browser, "#tip")
    assert browser.run("document.getElementById('save') === null")
    assert "portfolios.parquet" in text_of(browser, "#save-note")
    assert browser.complaints() == []
