"""The page for eyes, keys, fingers and paper: themes, contrast, names, focus, touch, print."""

import base64
from itertools import pairwise

import pytest
from report_case import make_case
from test_page_browser import text_of
from test_page_views import hash_of, select

from edaphon.report.cards import write_cards_page
from edaphon.report.comparison import Side, compare_sides
from edaphon.report.comparison_page import write_comparison
from edaphon.report.geopackage import write_geopackage
from edaphon.report.page import write_page

pytestmark = pytest.mark.browser

PAGES = ("report", "compare", "surrogates")

LOW_CONTRAST = """(() => {
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  const mixed = (colors) => {
    pen.clearRect(0, 0, 1, 1);
    for (const color of colors) { pen.fillStyle = color; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, c) => sum + v * [0.2126, 0.7152, 0.0722][c], 0);
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || !node.checkVisibility() || node.closest("script, style, title, .out")) continue;
    const under = [];
    for (let n = node; n; n = n.parentElement) under.unshift(getComputedStyle(n).backgroundColor);
    const style = getComputedStyle(node);
    const color = node instanceof SVGElement ? style.fill : style.color;
    const found = ratio(mixed(under), mixed([...under, color]));
    const large = parseFloat(style.fontSize) >= 24;
    if (found < (large ? 3 : 4.5)) bad.push([text.slice(0, 40), found.toFixed(2)]);
  }
  return bad;
})()"""
DOTS = """(() => {
  const root = getComputedStyle(document.documentElement);
  return ["--panel", "--cloud", "--mark", "--accent", "--edge"]
    .map((name) => root.getPropertyValue(name).trim());
})()"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("access")
    case = make_case()
    write_page(path / "report.html", **case.page())
    write_cards_page(path / "surrogates.html", case.run, [case.card])
    write_geopackage(path / "portfolios.gpkg", **case.files())
    sides = [
        Side(f"run:{k}", f"number {k}", case.problem, case.front, k, case.landscape.farm)
        for k in (2, 5)
    ]
    write_comparison(path / "compare.html", sides, compare_sides(sides, 0.9), path)
    return path


def luminance(color):
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_text_stands_out_as_wcag_asks(browser, folder, name, scheme):
    browser.open(folder / f"{name}.html", scheme=scheme)
    assert browser.run(LOW_CONTRAST) == []
    panel, *marks = browser.run(DOTS)
    assert all(ratio(panel, mark) >= 3 for mark in marks)  # WCAG 2.1, 1.4.11
    assert browser.complaints() == []


@pytest.mark.parametrize("name", PAGES)
def test_the_theme_can_be_chosen_against_the_device(browser, folder, name):
    browser.open(folder / f"{name}.html", scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    canvas = "edaphon.mapHashOf(document.querySelector('canvas'))"
    looks = name != "surrogates"
    day, drawn = browser.run(paper), browser.run(canvas) if looks else None
    select(browser, "theme", "dark")
    assert browser.run(paper) == "rgb(20, 23, 20)" != day
    assert not looks or browser.run(canvas) != drawn
    select(browser, "theme", "auto")
    assert browser.run(paper) == day
    assert not looks or browser.run(canvas) == drawn
    browser.open(folder / f"{name}.html", scheme="dark")
    assert browser.run(paper) == "rgb(20, 23, 20)"
    select(browser, "theme", "light")
    assert browser.run(paper) == day
    assert browser.complaints() == []


@pytest.mark.parametrize("name", PAGES)
def test_every_control_has_a_name_and_a_role(browser, folder, name):
    browser.open(folder / f"{name}.html")
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "combobox", "slider", "checkbox", "textbox", "application", "img", "image"}
    nameless = [
        node["role"]["value"]
        for node in tree
        if not node["ignored"]
        and node["role"]["value"] in roles
        and not node.get("name", {}).get("value")
    ]
    assert nameless == []
    ids = "[...document.querySelectorAll('[id]')].map((n) => n.id)"
    found = browser.run(ids)
    assert len(found) == len(set(found))
    levels = browser.run(
        "[...document.querySelectorAll('h1, h2, h3, h4')]"
        ".filter((n) => n.checkVisibility()).map((n) => Number(n.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_tab_goes_through_the_page_in_reading_order(browser, folder):
    browser.open(folder / "report.html")
    seen = []
    for _ in range(60):
        browser.tab()
        seen.append(
            browser.run(
                "(() => { const n = document.activeElement;"
                "return n.id || n.dataset.portfolio || n.ariaLabel || n.tagName; })()"
            )
        )
        if "portfolios" in str(browser.run("document.activeElement.closest('table')?.id")):
            break
    assert seen[0] in ("A", "#plans")
    wanted = ["theme", "view", "map", "save", "axis-x", "brush-0", "resolve-weight-0"]
    places = [seen.index(one) for one in wanted]
    assert places == sorted(places)
    tops = browser.run("getComputedStyle(document.activeElement).outlineStyle")
    assert tops == "solid"


def test_what_changes_is_told_to_those_who_do_not_see_it(browser, folder):
    browser.open(folder / "report.html")
    live = browser.run(
        "[...document.querySelectorAll('[aria-live], [role=status]')].map((n) => n.id)"
    )
    assert {"headline", "tip", "brush-count", "resolve-proof", "resolve-unit"} <= set(live)
    label = browser.run("document.getElementById('map').ariaLabel")
    browser.run("edaphon.choose(0)")
    assert browser.run("document.getElementById('map').ariaLabel") != label
    slider = "document.getElementById('resolve-budget')"
    browser.run(f"{slider}.value = 40; {slider}.dispatchEvent(new Event('input'))")
    assert "EUR" in browser.run(f"{slider}.getAttribute('aria-valuetext')")


def test_keys_zoom_and_move_the_map(browser, folder):
    browser.open(folder / "report.html")
    whole = hash_of(browser)
    browser.run("document.getElementById('map').focus()")
    browser.key("+")
    browser.key("+")
    assert browser.run("edaphon.mapView.zoom") == pytest.approx(1.6**2)
    assert hash_of(browser) != whole
    browser.key("ArrowRight", shift=True)
    browser.key("ArrowDown", shift=True)
    x, y = browser.run("[edaphon.mapView.x, edaphon.mapView.y]")
    assert x > 0.5
    assert y > 0.5
    browser.key("ArrowRight")  # the first unit lies outside: the map follows
    assert "parcel-000" in text_of(browser, "#tip")
    assert browser.run("edaphon.mapView.x") < x
    browser.key("Escape")
    browser.key("0")
    assert hash_of(browser) == whole
    assert browser.complaints() == []


def test_two_fingers_pinch_and_one_drags(browser, folder):
    browser.open(folder / "report.html", width=390, height=844, mobile=True)
    node = "document.getElementById('map')"
    browser.run(f"{node}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
    browser.settle()
    left, top, width, height = browser.run(
        f"(() => {{ const b = {node}.getBoundingClientRect();"
        "return [b.left, b.top, b.width, b.height]; })()"
    )
    x, y = left + width / 2, top + height / 2

    def touch(kind, *points):
        spots = [{"x": x + dx, "y": y + dy, "id": k} for k, (dx, dy) in enumerate(points)]
        browser.call("Input.dispatchTouchEvent", type=kind, touchPoints=spots)

    touch("touchStart", (-20, 0), (20, 0))
    for reach in (30, 45, 60):
        touch("touchMove", (-reach, 0), (reach, 0))
    touch("touchEnd")
    browser.settle()
    zoom = browser.run("edaphon.mapView.zoom")
    assert 2 < zoom < 4
    before = browser.run("edaphon.mapView.x")
    touch("touchStart", (0, 0))
    for reach in (10, 25, 40):
        touch("touchMove", (reach, 0))
    touch("touchEnd")
    browser.settle()
    assert browser.run("edaphon.mapView.x") < before
    assert browser.run("edaphon.mapView.zoom") == zoom
    assert browser.complaints() == []


def test_the_wheel_zooms_where_it_points(browser, folder):
    browser.open(folder / "report.html")
    show = "document.getElementById('map').scrollIntoView({block: 'center', behavior: 'instant'})"
    browser.run(show)
    browser.settle()
    left, top, width, height = browser.run(
        "(() => { const b = document.getElementById('map').getBoundingClientRect();"
        "return [b.left, b.top, b.width, b.height]; })()"
    )
    place = {"x": left + 0.3 * width, "y": top + 0.5 * height}
    wheel = {"type": "mouseWheel", "deltaX": 0, **place}
    browser.call("Input.dispatchMouseEvent", **wheel, deltaY=1, modifiers=0)
    browser.settle()
    assert browser.run("edaphon.mapView.zoom") == 1  # a plain wheel scrolls the page
    browser.run(show)
    browser.settle()
    for _ in range(3):
        browser.call("Input.dispatchMouseEvent", **wheel, deltaY=-120, modifiers=2)
        browser.settle()
    assert browser.run("edaphon.mapView.zoom") > 1.5
    assert browser.run("edaphon.mapView.x") < 0.5


def test_the_second_map_tells_its_units(browser, folder):
    browser.open(folder / "report.html")
    select(browser, "view", "beside")
    node = "document.getElementById('map-other')"
    browser.run(f"{node}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
    browser.settle()
    x, y = browser.run(
        f"(() => {{ const b = {node}.getBoundingClientRect();"
        "return [b.left + b.width * 0.42, b.top + b.height * 0.42]; })()"
    )
    for off in range(6):
        browser.hover(x + 2 * off, y + 2 * off)
    assert "in the other" in text_of(browser, "#tip")
    assert browser.run("document.getElementById('tip').parentElement.id") == "beside-frame"


def test_cards_draw_predicted_against_observed_and_coverage(browser, folder):
    browser.open(folder / "report.html")
    painted = browser.run(
        """(() => {
          const node = document.querySelector("canvas.pairs");
          const pen = node.getContext("2d");
          const data = pen.getImageData(0, 0, node.width, node.height).data;
          let [line, dots] = [0, 0];
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] > 0 && data[i] > data[i + 2] + 60) line += 1;
            if (data[i + 3] > 0 && data[i + 1] > data[i] + 30) dots += 1;
          }
          return [line, dots];
        })()"""
    )
    assert min(painted) > 100  # the line on which they agree, and the samples
    assert browser.run("document.querySelectorAll('.widths circle').length") == 5
    assert browser.run("document.querySelectorAll('.widths .nominal').length") == 1
    assert "of this portfolio's spending" in text_of(browser, "#outside")


def test_print_shows_everything_in_black_on_white(browser, folder):
    browser.open(folder / "report.html", scheme="dark")
    dark = hash_of(browser)
    browser.run("window.dispatchEvent(new Event('beforeprint'))")
    assert hash_of(browser) != dark
    assert browser.run("[...document.querySelectorAll('details')].every((d) => d.open)")
    browser.call("Emulation.setEmulatedMedia", media="print")
    shown = "getComputedStyle(document.querySelector(%r)).display"
    for control in (".zoom", ".theme", ".files", "#brushes", "#map-keys", "#resolve"):
        assert browser.run(shown % control) == "none"
    for part in ("#map", "#interventions", "#scatter", "#portfolios", ".card"):
        assert browser.run(shown % part) != "none"
    assert browser.run("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    pdf = base64.b64decode(browser.call("Page.printToPDF", printBackground=True)["data"])
    assert pdf.startswith(b"%PDF")
    browser.call("Emulation.setEmulatedMedia", media="")
    browser.run("window.dispatchEvent(new Event('afterprint'))")
    assert browser.run("document.documentElement.dataset.theme") is None
    assert browser.complaints() == []


def test_maps_of_a_comparison_zoom_together(browser, folder):
    browser.open(folder / "compare.html")
    hashes = "[...document.querySelectorAll('.map-frame canvas')].map((n) => edaphon.mapHashOf(n))"
    whole = browser.run(hashes)
    browser.click("#zoom button[aria-label='Zoom in']")
    browser.hover(1, 1)
    near = browser.run(hashes)
    assert all(old != new for old, new in zip(whole, near, strict=True))
    browser.run("document.getElementById('difference').focus()")
    browser.key("ArrowLeft", shift=True)
    assert browser.run(hashes) != near
    browser.key("0")
    assert browser.run(hashes) == whole
    assert browser.complaints() == []
