"""The page in a real browser, with the network off."""

import itertools

import numpy as np
import pytest
from report_case import make_case, make_solved

from edaphon.problem.values import Objective
from edaphon.report.page import write_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages")
    for name, options, anonymous in (
        ("parcels", {}, False),
        ("cells", {"grid": True}, False),
        ("anonymous", {}, True),
    ):
        page = make_case(**options).page()
        write_page(path / f"{name}.html", **page, anonymous=anonymous)
    return path


def text_of(browser, selector):
    return browser.run(f"document.querySelector({selector!r}).innerText")


def hover_until(browser, unit):
    """Point at one place of the map after the other until the tip names a unit."""
    left, top, width, height = browser.run(
        "(() => { const b = document.getElementById('map').getBoundingClientRect();"
        "return [b.left, b.top, b.width, b.height]; })()"
    )
    told = ""
    for across, down in itertools.product(np.arange(0.025, 1, 0.05), repeat=2):
        browser.hover(left + width * across, top + height * down)
        told = text_of(browser, "#tip")
        if unit in told and not browser.run("document.getElementById('tip').hidden"):
            break
    return told


def row(k):
    return f'#portfolios button[data-portfolio="{k}"]'


@pytest.mark.parametrize("name", ["parcels", "cells", "anonymous"])
def test_a_click_at_a_row_changes_map_headline_and_tables(browser, folder, name):
    browser.open(folder / f"{name}.html")
    first = browser.run("edaphon.chosen()")
    other = next(k for k in range(2, 9) if k != first)
    before = [browser.run("edaphon.mapHash()")]
    before += [text_of(browser, s) for s in ("h1", "#interventions", "#objectives", "#tiles")]
    browser.click(row(other))
    after = [browser.run("edaphon.mapHash()")]
    after += [text_of(browser, s) for s in ("h1", "#interventions", "#objectives", "#tiles")]
    assert browser.run("edaphon.chosen()") == other
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert browser.run(f"document.querySelector('{row(other)}').ariaPressed") == "true"
    browser.click(row(first))
    assert browser.run("edaphon.mapHash()") == before[0]
    assert browser.complaints() == []
    assert browser.requests() == [(folder / f"{name}.html").as_uri()]


def test_arrow_keys_move_through_the_portfolios(browser, folder):
    browser.open(folder / "parcels.html")
    browser.click(row(3))
    browser.key("ArrowDown")
    assert browser.run("edaphon.chosen()") == 4
    assert browser.run("document.activeElement.dataset.portfolio") == "4"
    browser.key("Home")
    assert browser.run("edaphon.chosen()") == 0
    assert "Do nothing new" in text_of(browser, "h1")
    browser.key("ArrowUp")
    assert browser.run("edaphon.chosen()") == 0


def test_marks_of_both_plots_choose(browser, folder):
    browser.open(folder / "parcels.html")
    for plot, mark in (("scatter", "circle.hit"), ("parallel", "polyline.hit")):
        shown = browser.run(f"document.querySelectorAll('#{plot} .mark').length")
        assert shown == 9
        browser.run("edaphon.choose(2)")
        browser.run(
            f"document.querySelector('#{plot} [data-portfolio=\"5\"] {mark}')"
            ".dispatchEvent(new MouseEvent('click', {bubbles: true}))"
        )
        assert browser.run("edaphon.chosen()") == 5


def test_another_pair_of_objectives_can_be_shown(browser, folder):
    browser.open(folder / "parcels.html")
    before = text_of(browser, "#scatter")
    browser.run(
        "(() => { const s = document.getElementById('axis-y'); s.value = '1';"
        "s.dispatchEvent(new Event('change')); })()"
    )
    assert "Productivity (t)" in text_of(browser, "#scatter")
    assert text_of(browser, "#scatter") != before
    browser.run(
        "(() => { const s = document.getElementById('axis-x'); s.value = '0';"
        "s.dispatchEvent(new Event('change')); })()"
    )
    assert "Soil life (%)" in text_of(browser, "#scatter")
    assert "Cost" not in text_of(browser, "#scatter")


def test_pointing_at_a_unit_tells_its_numbers(browser, folder):
    browser.open(folder / "parcels.html")
    browser.run("edaphon.choose(8)")
    browser.settle()
    browser.run(
        "document.getElementById('map').scrollIntoView({block: 'center', behavior: 'instant'})"
    )
    browser.settle()
    told = hover_until(browser, "parcel-023")
    assert "parcel-023" in told
    assert "Westerland" in told
    assert "t/ha" in told
    assert "ha" in told
    browser.hover(1, 1)
    assert browser.run("document.getElementById('tip').hidden")


def test_colors_of_the_map_are_those_of_the_table(browser, folder):
    browser.open(folder / "cells.html")
    found = browser.run(
        """(() => {
          edaphon.choose(8);
          const map = document.getElementById("map");
          const data = map.getContext("2d").getImageData(0, 0, map.width, map.height).data;
          const seen = new Set();
          for (let i = 0; i < data.length; i += 4) seen.add(data.slice(i, i + 3).join(", "));
          return [...document.querySelectorAll("#interventions tr:not(.none) .swatch")]
            .map((s) => seen.has(getComputedStyle(s).backgroundColor.slice(4, -1)));
        })()"""
    )
    assert found
    assert all(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_page_without_scrolling_sideways(browser, folder, scheme):
    browser.open(folder / "parcels.html", width=390, height=844, scheme=scheme, mobile=True)
    assert browser.run("document.documentElement.scrollWidth") == 390
    paper = browser.run("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(247, 246, 242)" if scheme == "light" else "rgb(20, 23, 20)")
    assert browser.complaints() == []


def test_every_control_has_a_name(browser, folder):
    browser.open(folder / "parcels.html")
    nameless = browser.run(
        """[...document.querySelectorAll("button, select, canvas, svg[role=img]")]
          .filter((n) => !(n.innerText || n.ariaLabel || (n.labels && n.labels.length))).length"""
    )
    assert nameless == 0


@pytest.mark.parametrize("count", [1, 2])
def test_fronts_of_one_and_two_objectives_work(browser, tmp_path, count):
    objectives = (
        Objective("worms", "maximize", ("earthworms",), unit="ha %"),
        Objective("cost", "minimize", ledgers=("cost",), unit="EUR"),
    )
    write_page(tmp_path / "page.html", **make_solved(objectives[:count]))
    browser.open(tmp_path / "page.html")
    chosen = browser.run("edaphon.chosen()")
    before = browser.run("edaphon.mapHash()")
    browser.click(row(0))
    assert browser.run("edaphon.chosen()") == 0 != chosen
    assert browser.run("edaphon.mapHash()") != before
    assert browser.run("document.querySelectorAll('#scatter svg').length") == count - 1
    assert browser.run("document.querySelectorAll('#parallel svg').length") == 0
    browser.click(row(chosen))
    assert "of today's, averaged over all land" in text_of(browser, "#tiles")
    assert "Proven: no portfolio that keeps the rules is better" in text_of(browser, "#lead")
    assert browser.complaints() == []
