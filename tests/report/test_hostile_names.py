"""Names from data and configs are text everywhere, whatever stands in them."""

from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import geopandas
import numpy as np
import pandas as pd
import pytest
from report_case import make_case

from edaphon.errors import Finding
from edaphon.portfolio.reasons import reasons_for
from edaphon.report.comparison import Side, compare_sides, comparison_text
from edaphon.report.comparison_page import comparison_page
from edaphon.report.figures import write_figures
from edaphon.report.geopackage import LAYER, write_geopackage
from edaphon.report.page import page_text
from edaphon.report.units import write_unit_tables

MARKUP = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
QUOTES = '"\'`&quot;&#39; onload=alert(1) x="'
FORMULA = '=HYPERLINK("http://evil","$\\frac{1}{0}$")'
LONG = "Donaudampfschifffahrtsgesellschaft" * 9
NAMES = (MARKUP, QUOTES, FORMULA, LONG)


class Tags(HTMLParser):
    """Tags with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def case():
    plain = make_case()
    n = plain.problem.n_units
    ids = np.array([f"{NAMES[i % 4]}{i}" for i in range(n)])
    cycle = np.array([NAMES[i % 4] for i in range(n)])
    options = ("baseline", *NAMES[:3])
    features = tuple(
        replace(feature, name=name)
        for feature, name in zip(plain.problem.features, NAMES, strict=False)
    )
    renamed = dict(zip((f.name for f in plain.problem.features), NAMES, strict=False))
    objectives = tuple(
        replace(o, name=NAMES[m], features=tuple(renamed[f] for f in o.features))
        for m, o in enumerate(plain.problem.objectives)
    )
    sizes = replace(plain.sizes, interventions=options, features=NAMES[:3], strata=(MARKUP,))
    problem = replace(
        plain.problem,
        unit_ids=ids,
        region=cycle,
        interventions=options,
        features=features,
        objectives=objectives,
        effects=replace(plain.problem.effects, sizes=sizes),
    )
    landscape = replace(plain.landscape, ids=ids, region=cycle, farm=cycle, adviser=cycle)
    front = replace(
        plain.front,
        objectives=objectives,
        tags=tuple(NAMES[k % 4] for k in range(len(plain.front.names))),
    )
    return replace(
        plain,
        problem=problem,
        landscape=landscape,
        front=front,
        sizes=sizes,
        findings=(Finding(MARKUP, QUOTES, FORMULA),),
        run={**plain.run, "name": MARKUP},
    )


def check(text, scripts):
    """Nothing of the names became markup."""
    found = Tags(text).found
    assert sum(tag == "script" for tag, _ in found) == scripts
    assert not any(tag == "img" for tag, _ in found)
    assert not any(name.startswith("on") for _, attributes in found for name in attributes)
    assert "</script><script>alert(1)" not in text


def sides_of(case):
    return [
        Side(MARKUP, QUOTES, case.problem, case.front, 2, case.landscape.farm),
        Side(FORMULA, LONG, case.problem, case.front, 5, case.landscape.farm),
    ]


def test_the_page_shows_names_as_text(case):
    reasons = {row: reasons_for(case.problem, case.front, row) for row in case.shortlist}
    check(page_text(**case.page(), reasons=reasons), 3)


def test_the_comparison_shows_names_as_text(case, tmp_path):
    write_geopackage(tmp_path / "portfolios.gpkg", **case.files())
    sides = sides_of(case)
    found = compare_sides(sides, 0.9)
    check(comparison_page(sides, found, tmp_path), 3)
    assert LONG in comparison_text(sides, found, 5)


def test_files_for_others_hold_names_as_text(case, tmp_path):
    write_geopackage(tmp_path / "portfolios.gpkg", **case.files())
    layers = geopandas.read_file(tmp_path / "portfolios.gpkg", layer="layer_styles")
    for style in layers["styleQML"]:
        values = [c.get("value") for c in ElementTree.fromstring(style).iter("category")]
        assert values == list(case.problem.interventions)
    frame = geopandas.read_file(tmp_path / "portfolios.gpkg", layer=LAYER)
    assert list(frame["unit_id"]) == list(case.problem.unit_ids)
    given = {**case.files(), "chosen": case.shortlist}
    given.pop("shortlist")
    write_unit_tables(tmp_path, **given)
    for name in ("units.csv", "reasons.csv"):
        table = pd.read_csv(tmp_path / name)
        texts = [*table.columns, *table.select_dtypes(exclude="number").to_numpy().ravel()]
        assert not any(str(text).startswith(("=", "+", "-", "@", "\t")) for text in texts)
    assert pd.read_csv(tmp_path / "units.csv")["unit_id"][0] == case.problem.unit_ids[0]


def test_figures_do_not_take_names_for_formulas(case, tmp_path):
    notes = write_figures(tmp_path, **case.files())
    assert not [note for note in notes if note.severity == "error"]
    drawn = list(tmp_path.glob("*.svg"))
    assert drawn
    for path in drawn:
        ElementTree.parse(path)


@pytest.mark.browser
def test_very_long_words_do_not_widen_a_phone(case, browser, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(page_text(**case.page()), encoding="utf-8")
    browser.open(page, width=390, height=844, mobile=True)
    assert browser.run("document.documentElement.scrollWidth") == 390
    assert browser.complaints() == []
    sides = sides_of(case)
    write_geopackage(tmp_path / "portfolios.gpkg", **case.files())
    page.write_text(comparison_page(sides, compare_sides(sides, 0.9), tmp_path), encoding="utf-8")
    browser.open(page, width=390, height=844, mobile=True)
    assert browser.run("document.documentElement.scrollWidth") == 390
    assert browser.complaints() == []
