"""The page's views: difference, frequency, a second map, zoom, brushing, reasons; compare.html."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from report_case import make_case
from test_page_browser import text_of

from edaphon.portfolio.proposal import read_proposal
from edaphon.portfolio.reasons import reasons_for
from edaphon.report.comparison import Side, compare_sides
from edaphon.report.comparison_page import write_comparison
from edaphon.report.geopackage import write_geopackage
from edaphon.report.page import write_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("views")
    for name, case in {"parcels": make_case(), "cells": make_case(grid=True)}.items():
        reasons = {r: reasons_for(case.problem, case.front, r) for r in case.shortlist}
        write_page(folder / f"{name}.html", **case.page(), reasons=reasons)
    write_page(folder / "anonymous.html", **make_case().page(), anonymous=True)
    return folder


def select(browser, name, value):
    browser.run(
        f"(() => {{ const s = document.getElementById('{name}'); s.value = '{value}';"
        "s.dispatchEvent(new Event('change', {bubbles: true})); })()"
    )


def hash_of(browser, name="map"):
    return browser.run(f"edaphon.mapHashOf(document.getElementById('{name}'))")


@pytest.mark.parametrize("name", ["parcels", "cells"])
def test_views_change_the_map_and_come_back(browser, folder, name):
    browser.open(folder / f"{name}.html")
    plain = hash_of(browser)
    seen = {plain}
    for view in ("difference", "frequency"):
        select(browser, "view", view)
        seen.add(hash_of(browser))
    assert len(seen) == 3
    select(browser, "view", "difference")
    chosen, other = browser.run("[edaphon.chosen(), edaphon.state.other]")
    front = make_case().front
    count = int((front.portfolios[chosen] != front.portfolios[other]).sum())
    assert text_of(browser, "#map-note").startswith(f"{count} of 60 units differ")
    select(browser, "view", "portfolio")
    assert hash_of(browser) == plain
    assert browser.complaints() == []


def test_the_chosen_portfolio_is_saved_as_a_table_that_adopt_reads(browser, folder, tmp_path):
    case = make_case()
    browser.open(folder / "parcels.html")
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    chosen = browser.run("edaphon.chosen()")
    browser.click("#save")
    browser.run("new Promise((done) => setTimeout(done, 500))")
    file = tmp_path / f"{case.front.names[chosen]}.csv"
    table = pd.read_csv(file, dtype={"unit_id": str})
    plan = case.front.portfolios[chosen]
    assert (read_proposal(file, case.problem).allocation == plan).all()
    np.testing.assert_allclose(table["area_ha"], case.problem.area_ha, rtol=1e-6)
    cost = case.problem.cost[np.arange(len(plan)), plan, 0]
    np.testing.assert_allclose(table.iloc[:, -1], cost, rtol=1e-4, atol=1e-6)
    browser.open(folder / "anonymous.html")
    assert browser.run("document.getElementById('save') === null")
    assert browser.complaints() == []


def test_a_second_map_shows_another_portfolio(browser, folder):
    browser.open(folder / "parcels.html")
    assert browser.run("document.getElementById('beside-frame').hidden")
    select(browser, "view", "beside")
    assert not browser.run("document.getElementById('beside-frame').hidden")
    hashes = set()
    for other in (0, 4, 6):
        select(browser, "other", other)
        hashes.add(hash_of(browser, "map-other"))
    assert len(hashes) == 3
    select(browser, "other", browser.run("edaphon.chosen()"))
    assert hash_of(browser, "map-other") == hash_of(browser)
    assert "Map: " in browser.run("document.getElementById('map-other').ariaLabel")


def test_an_anonymous_page_puts_regions_side_by_side(browser, folder):
    browser.open(folder / "anonymous.html")
    options = browser.run("[...document.getElementById('view').options].map((o) => o.value)")
    assert options == ["portfolio", "beside"]
    select(browser, "view", "beside")
    select(browser, "other", 0)
    nothing = hash_of(browser, "map-other")
    select(browser, "other", 6)
    assert hash_of(browser, "map-other") != nothing
    assert browser.complaints() == []


def test_zoom_and_pan_and_back(browser, folder):
    browser.open(folder / "parcels.html")
    whole = hash_of(browser)
    browser.click("#zoom button[aria-label='Zoom in']")
    near = hash_of(browser)
    assert near != whole
    left, top, width, height = browser.run(
        "(() => { const b = document.getElementById('map').getBoundingClientRect();"
        "return [b.left, b.top, b.width, b.height]; })()"
    )
    x, y = left + width / 2, top + height / 2
    for kind, dx in (("mousePressed", 0), ("mouseMoved", 40), ("mouseReleased", 40)):
        browser.call(
            "Input.dispatchMouseEvent",
            type=kind, x=x + dx, y=y, button="left", buttons=1, clickCount=1,
        )  # fmt: skip
    assert browser.run("edaphon.mapView.x") < 0.5
    browser.click("#zoom button[aria-label='Whole map']")
    assert browser.run("edaphon.mapView.zoom") == 1
    browser.hover(1, 1)
    assert hash_of(browser) == whole


def test_the_map_is_walked_with_the_keyboard_and_says_why(browser, folder):
    browser.open(folder / "parcels.html")
    browser.run("document.getElementById('map').focus()")
    browser.key("ArrowRight")
    assert "parcel-000" in text_of(browser, "#tip")
    browser.key("ArrowRight")
    assert "parcel-001" in text_of(browser, "#tip")
    browser.key("Escape")
    assert browser.run("document.getElementById('tip').hidden")
    case = make_case()
    chosen = case.shortlist[0]
    treated = int((case.front.portfolios[chosen] > 0).nonzero()[0][0])
    browser.run(f"edaphon.state.hover = {treated - 1}")
    browser.key("ArrowRight")
    told = text_of(browser, "#tip")
    assert case.problem.unit_ids[treated] in told
    assert "Why: " in told
    assert "evidence of grade" in told


def test_sliders_keep_only_what_is_good_enough(browser, folder):
    browser.open(folder / "parcels.html")
    front = make_case().front
    worst, best = front.values[:, 0].min(), front.values[:, 0].max()
    passing = (front.values[front.on_front, 0] >= worst + 0.6 * (best - worst)).sum()
    browser.run(
        "(() => { const s = document.getElementById('brush-0'); s.value = 60;"
        "s.dispatchEvent(new Event('input')); })()"
    )
    assert text_of(browser, "#brush-count") == f"{passing} of 7 portfolios pass"
    faded = browser.run("document.querySelectorAll('#portfolios tr.front.out').length")
    assert faded == 7 - passing
    assert browser.run("document.querySelectorAll('#scatter .out').length") > 0
    browser.click("#brush-clear")
    assert text_of(browser, "#brush-count") == ""
    assert browser.run("document.querySelectorAll('.out').length") == 0


def test_dragging_along_an_axis_brushes_it(browser, folder):
    browser.open(folder / "parcels.html")
    browser.run(
        "document.getElementById('parallel').scrollIntoView({block: 'center', behavior: 'instant'})"
    )
    browser.settle()
    x, top, height = browser.run(
        "(() => { const b = document.querySelector('.brush-hit[data-axis=\"1\"]')"
        ".getBoundingClientRect(); return [b.left + b.width / 2, b.top, b.height]; })()"
    )
    for kind, y in (("mousePressed", 0.1), ("mouseMoved", 0.5), ("mouseReleased", 0.5)):
        browser.call(
            "Input.dispatchMouseEvent",
            type=kind, x=x, y=top + y * height, button="left", buttons=1, clickCount=1,
        )  # fmt: skip
    low, high = browser.run("edaphon.state.brushes[1]")
    assert 0.4 < low < 0.6 < 0.8 < high < 1
    assert browser.run("document.querySelectorAll('#parallel .brush').length") == 1
    browser.settle()
    y = top + 0.9 * height
    for kind in ("mousePressed", "mouseReleased"):
        browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
    assert browser.run("Object.keys(edaphon.state.brushes).length") == 0
    assert browser.complaints() == []


@pytest.mark.parametrize("width", [390, 1400])
def test_the_page_of_a_comparison_works_without_a_network(browser, tmp_path, width):
    case = make_case()
    write_geopackage(tmp_path / "portfolios.gpkg", **case.files())
    sides = [
        Side(f"run:{case.front.names[k]}", what, case.problem, case.front, k, case.landscape.farm)
        for k, what in ((2, "one"), (5, "<b>two</b>"), (8, "three"))
    ]
    page = tmp_path / "compare.html"
    write_comparison(page, sides, compare_sides(sides, 0.9), tmp_path)
    browser.open(page, width=width, mobile=width < 800)
    assert browser.run("document.documentElement.scrollWidth") <= width
    before = hash_of(browser, "difference")
    select(browser, "other", 2)
    assert hash_of(browser, "difference") != before
    assert "three" not in text_of(browser, "#difference-name")
    assert "<b>two</b>" in text_of(browser, "main")
    assert browser.run("document.querySelectorAll('h2').length") == 4
    assert browser.complaints() == []
    assert browser.requests() == [page.as_uri()]
    shutil.copy(page, tmp_path / "again.html")
    (tmp_path / "portfolios.gpkg").unlink()
    write_comparison(page, sides, compare_sides(sides, 0.9), tmp_path)
    browser.open(page, width=width)
    assert browser.run("document.getElementById('difference')") is None
    assert json.dumps(browser.complaints()) == "[]"


def test_an_anonymous_comparison_names_no_unit_and_no_farm(tmp_path):
    case = make_case()
    write_geopackage(tmp_path / "portfolios.gpkg", **case.files())
    sides = [
        Side("run:x", "x", case.problem, case.front, k, case.landscape.farm, anonymous=k == 2)
        for k in (2, 5)
    ]
    write_comparison(tmp_path / "c.html", sides, compare_sides(sides, 0.9), tmp_path)
    text = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert "Westerland" in text
    assert "parcel-0" not in text
    assert "Huber" not in text
    assert "by farm" not in text
    assert 'id="difference"' not in text
