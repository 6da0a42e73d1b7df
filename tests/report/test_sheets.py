"""Sheets say in words what a portfolio does on a farm; every figure adds up to the portfolio's."""

import re
import tomllib
from dataclasses import replace
from html.parser import HTMLParser

import geopandas
import numpy as np
import pytest
import shapely
from report_case import make_case
from ruamel.yaml import YAML

from edaphon.config.reader import config_from_mapping
from edaphon.errors import ConfigError, DataError
from edaphon.portfolio.reasons import reasons_for
from edaphon.practices.catalogue import read_catalogue
from edaphon.practices.ledgers import present_value, rates_per_ha
from edaphon.problem.evaluate import evaluate
from edaphon.report.sheet_text import SHIPPED, read_sheet_text, shipped_text
from edaphon.report.sheet_values import SheetCase, sheet_values
from edaphon.report.sheets import MOST_SHEETS, sheet_order, write_sheets
from edaphon.workflow import check, run

MARKUP = "</style><script>alert(1)</script>&amp;"
PAYMENT = {"cover_crop": {"annual": "85 EUR/ha/yr", "payment": "40 EUR/ha/yr"}}


def config_of(report=None, **more):
    landscape = {"file": "units.gpkg", "farm": "farm", "region": "region", "adviser": "adviser"}
    return config_from_mapping(
        {
            "name": "page",
            "landscape": landscape,
            "discount_rate": "3 %",
            "interventions": {
                "use": ["cover_crop", "agroforestry"],
                "bundles": [["cover_crop", "agroforestry"]],
                "options": PAYMENT,
            },
            "objectives": {"soil_life": {"maximize": "earthworms"}, "cost": {"minimize": "cost"}},
            "report": {"sheets": "farm"} if report is None else report,
            **more,
        }
    )


@pytest.fixture(scope="module")
def case():
    plain = make_case()
    n = plain.problem.n_units
    advisers = np.where(np.char.endswith(plain.landscape.farm, ("3")), "Møller & Søn", "A. B/C")
    landscape = replace(plain.landscape, adviser=advisers)
    assert n == 60
    return replace(plain, landscape=landscape)


def written(case, folder, report=None, config=None, **changed):
    """Write the sheets; return the texts of the files and the findings."""
    config = config_of(report) if config is None else config
    order, _ = sheet_order(config, read_catalogue(config))
    findings = write_sheets(
        folder, order, record=case.run, anonymous=config.report.anonymous,
        **{"landscape": case.landscape, "problem": case.problem, "front": case.front,
           "chosen": case.shortlist, **changed},
    )  # fmt: skip
    return {f.name: f.read_text(encoding="utf-8") for f in sorted(folder.glob("*"))}, findings


def sheet_case(case, row, config=None):
    config = config or config_of()
    plan = case.front.portfolios[row]
    return SheetCase(
        shipped_text(), config, read_catalogue(config), case.landscape, case.problem, 0.9, plan,
        reasons_for(case.problem, case.front, row),
    )  # fmt: skip


def number(text):
    return float(text.split()[0].replace(",", "").replace("\u2212", "-").replace("+", ""))


def farms_of(text):
    return re.findall(r'<h2 id="title-\d+">Farm (.*?)</h2>', text)


def test_every_treated_farm_has_one_sheet_and_every_treated_field_one_row(case, tmp_path):
    row = case.shortlist[0]
    plan = case.front.portfolios[row]
    files, findings = written(case, tmp_path)
    assert set(files) == {"sheets.html", "text.toml"}
    text = files["sheets.html"]
    assert farms_of(text) == sorted(set(case.landscape.farm[plan > 0]))
    ids = re.findall(r'<th scope="row">(parcel-\d+)</th>', text)
    assert sorted(ids) == sorted(case.problem.unit_ids[plan > 0])
    left = len(set(case.landscape.farm)) - len(farms_of(text))
    assert [f.severity for f in findings] == ["note"] * bool(left)


def test_areas_money_and_gains_of_the_sheets_sum_to_the_portfolio(case):
    row = max(case.shortlist, key=lambda k: case.front.treated_area_ha[k])
    made = sheet_case(case, row)
    sheets = [
        sheet_values(made, "farm", str(one), np.flatnonzero(case.landscape.farm == one))
        for one in np.unique(case.landscape.farm[made.plan > 0])
    ]
    whole = evaluate(case.problem, made.plan)
    area = sum(number(m["area"]) for sheet in sheets for m in sheet["measures"])
    assert area == pytest.approx(whole.treated_area_ha, abs=0.01 * len(sheets) * 3)
    rows = [[number(x) for x in sheet["money"]["rows"][-1]["figures"]] for sheet in sheets]
    before, paid, left = np.sum(rows, axis=0)
    assert left == pytest.approx(whole.spent[0], abs=len(sheets))
    ha = case.problem.area_ha[np.isin(made.plan, (1, 3))].sum()
    assert paid == pytest.approx(present_value(0.0, 40.0 * ha, 20.0, 0.03), abs=len(sheets))
    assert before == pytest.approx(left + paid, abs=2 * len(sheets))
    gained = case.problem.effects.chosen(made.plan).sum(axis=0)
    carbon = sum(number(sheet["gains"][0]["change"]) for sheet in sheets)
    assert carbon == pytest.approx(gained[0], rel=0.01)


def test_the_interval_of_a_sheet_of_everything_is_the_portfolios(case):
    """A single sheet over all units has the interval that evaluating gives the objective."""
    row = case.shortlist[0]
    made = sheet_case(case, row)
    sheet = sheet_values(made, "region", "all", np.arange(case.problem.n_units))
    whole = evaluate(case.problem, made.plan)
    crop = sheet["gains"][1]
    m = [o.name for o in case.problem.objectives].index("productivity")
    scale = abs(whole.upper[m])
    assert number(crop["lower"]) == pytest.approx(whole.lower[m], abs=0.06 * scale)
    assert number(crop["upper"]) == pytest.approx(whole.upper[m], abs=0.06 * scale)
    assert len(sheet["map"].shapes) == case.problem.n_units
    colored = {shape["color"] for shape in sheet["map"].shapes}
    assert colored == {made.colors[a] for a in np.unique(made.plan)}


def test_a_map_numbers_the_treated_fields_inside_their_shapes(case):
    made = sheet_case(case, case.shortlist[0])
    units = np.flatnonzero(case.landscape.farm == case.landscape.farm[0])
    sheet = sheet_values(made, "farm", "x", units)
    assert [f["number"] for f in sheet["fields"]] == [n["number"] for n in sheet["map"].numbers]
    treated = [s for s, u in zip(sheet["map"].shapes, units, strict=True) if made.plan[u] > 0]
    for shape, mark in zip(treated, sheet["map"].numbers, strict=True):
        points = np.array(re.findall(r"(-?\d+),(-?\d+)", shape["path"]), dtype=float)
        low, high = points.min(axis=0), points.max(axis=0)
        assert (low <= [mark["x"], mark["y"]]).all()
        assert (high >= [mark["x"], mark["y"]]).all()


def test_a_landscape_of_cells_is_drawn_too():
    cells = make_case(grid=True)
    made = sheet_case(cells, cells.shortlist[0])
    treated = int(np.flatnonzero(made.plan > 0)[0])
    units = np.array(sorted({0, 1, 13, treated}))
    sheet = sheet_values(made, "farm", "x", units)
    assert len(sheet["map"].shapes) == len(units)
    assert len(sheet["map"].numbers) == int((made.plan[units] > 0).sum())
    cells_wide = units % 10
    width = 111_320 * np.cos(np.radians(42.0)) * 0.01 * (np.ptp(cells_wide) + 1)
    assert sheet["map"].meters == pytest.approx(width, rel=0.01)


def test_risks_guards_needs_and_payments_are_said(case):
    config = config_of(
        interventions={
            "use": ["manure", "earthworm_release", "cover_crop"],
            "options": {"manure": {"water_distance": "80 m"}, **PAYMENT},
        }
    )
    names = ("baseline", "manure", "earthworm_release", "cover_crop")
    problem = replace(case.problem, interventions=names)
    made = replace(
        sheet_case(case, case.shortlist[-1], config),
        problem=problem,
        catalogue=read_catalogue(config),
    )
    sheet = sheet_values(made, "region", "all", np.arange(60))
    lines = {one["measure"]: " ".join(one["lines"]) for one in sheet["watch"]}
    manure = next(text for name, text in lines.items() if "manure" in name)
    assert "Keep 80 m from wells" in manure
    assert "antibiotic resistance: use stored" in manure
    assert "170 kg/ha" in manure
    assert "livestock nearby" in manure
    worms = next(text for name, text in lines.items() if "earthworms" in name)
    assert "Alien earthworms lower" in worms
    assert "only after their risk was assessed" in worms
    assert any("payments of" in line for line in sheet["money"]["lines"])


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)


def test_names_are_text_whatever_stands_in_them(case, tmp_path):
    ids = np.array([f"{MARKUP}{i}" for i in range(60)])
    names = np.array([f"{MARKUP}{i % 7}" for i in range(60)])
    landscape = replace(case.landscape, ids=ids, farm=names, adviser=names, region=names)
    problem = replace(case.problem, unit_ids=ids, region=names)
    files, _ = written(case, tmp_path, landscape=landscape, problem=problem)
    tags = Tags(files["sheets.html"]).found
    assert "script" not in tags
    assert tags.count("style") == 1
    assert "&lt;script&gt;" in files["sheets.html"]


def test_one_file_for_each_adviser_with_a_name_that_every_system_takes(case, tmp_path):
    report = {"sheets": "farm", "split_by": "adviser"}
    files, _ = written(case, tmp_path / "a", report)
    assert set(files) == {"sheets-a-b-c.html", "sheets-møller-søn.html", "text.toml"}
    assert farms_of(files["sheets-møller-søn.html"]) == ["Huber farm 3"]
    whole, _ = written(case, tmp_path / "b")
    parts = [one for name in sorted(files) for one in farms_of(files[name])]
    assert sorted(parts) == farms_of(whole["sheets.html"])
    alike = np.array([("../../etc", "..\\..\\etc", "", "CON")[i % 4] for i in range(60)])
    landscape = replace(case.landscape, adviser=alike, farm=case.landscape.ids)
    most = max(case.shortlist, key=lambda k: case.front.treated_area_ha[k])
    files, _ = written(case, tmp_path / "c", report, landscape=landscape, chosen=[most])
    expected = {"sheets-etc.html", "sheets-etc-2.html", "sheets-none.html", "sheets-con.html"}
    assert set(files) == expected | {"text.toml"}


def test_a_farm_of_two_advisers_stands_with_that_of_most_of_its_area(case, tmp_path):
    advisers = np.where(np.arange(60) % 3 > 0, "most", "few")
    landscape = replace(case.landscape, farm=np.full(60, "one"), adviser=advisers)
    report = {"sheets": "farm", "split_by": "adviser"}
    files, findings = written(case, tmp_path, report, landscape=landscape)
    assert set(files) == {"sheets-most.html", "text.toml"}
    assert any("more than one adviser" in f.what for f in findings)


def test_fields_without_a_farm_have_a_sheet_of_their_own(case, tmp_path):
    farm = case.landscape.farm.copy()
    farm[::2] = ""
    files, _ = written(case, tmp_path, landscape=replace(case.landscape, farm=farm))
    assert "Fields without a name for this" in files["sheets.html"]


@pytest.mark.parametrize("by", ["unit", "region"])
def test_sheets_by_field_and_by_region(case, tmp_path, by):
    files, _ = written(case, tmp_path, {"sheets": by})
    plan = case.front.portfolios[case.shortlist[0]]
    count = {"unit": int((plan > 0).sum()), "region": len(set(case.problem.region[plan > 0]))}
    assert files["sheets.html"].count("<article") == count[by]


def test_an_anonymous_sheet_by_region_names_no_field_farm_or_adviser(case, tmp_path):
    files, _ = written(case, tmp_path, {"sheets": "region", "anonymous": True})
    text = files["sheets.html"]
    assert "Westerland" in text
    assert "parcel-" not in text
    assert "Huber" not in text
    assert "A. B" not in text
    assert "<path" not in text


@pytest.mark.parametrize(("asked", "row"), [("p03", 4), ("cheapest", None), ("policy", 1)])
def test_another_portfolio_is_followed_by_name_or_tag(case, tmp_path, asked, row):
    files, _ = written(case, tmp_path, {"sheets": "farm", "sheets_of": asked})
    if row is None:
        row = next(k for k, tags in enumerate(case.front.tags) if asked in tags.split(", "))
    plan = case.front.portfolios[row]
    assert farms_of(files["sheets.html"]) == sorted(set(case.landscape.farm[plan > 0]))


def test_what_cannot_be_written_is_a_warning(case, tmp_path):
    files, (found,) = written(case, tmp_path, {"sheets": "farm", "sheets_of": "chepest"})
    assert not files
    assert (found.severity, found.hint) == ("warning", "did you mean 'cheapest'?")
    files, (found,) = written(case, tmp_path, {"sheets": "farm", "sheets_of": "baseline"})
    assert not files
    assert "nothing new" in found.hint


def test_too_many_sheets_are_refused(case, tmp_path, monkeypatch):
    monkeypatch.setattr("edaphon.report.sheets.MOST_SHEETS", 3)
    files, (found,) = written(case, tmp_path)
    assert MOST_SHEETS == 2000
    assert not files
    assert "more than the 3" in found.what


@pytest.mark.parametrize(
    ("report", "landscape", "key"),
    [
        ({"sheets": "farm"}, {"file": "u.gpkg"}, "report.sheets"),
        ({"sheets": "region"}, {"file": "u.gpkg"}, "report.sheets"),
        ({"sheets": "unit", "split_by": "adviser"}, {"file": "u.gpkg"}, "report.split_by"),
        ({"sheets": "farm", "anonymous": True}, None, "report.sheets"),
        ({"sheets": "unit", "anonymous": True}, None, "report.sheets"),
        ({"sheets": "region", "split_by": "adviser", "anonymous": True}, None, "report.split_by"),
        ({"split_by": "adviser"}, None, "report.split_by"),
        ({"text": "de.toml"}, None, "report.text"),
        ({"sheets": "farms"}, None, "report.sheets"),
    ],
)
def test_a_config_that_cannot_have_sheets_is_refused(report, landscape, key):
    with pytest.raises(ConfigError, match=re.escape(key)) as caught:
        config_of(report, **({} if landscape is None else {"landscape": landscape}))
    assert len(caught.value.findings) == 1


def test_ones_own_words_replace_the_sentences(case, tmp_path):
    source = SHIPPED.read_text(encoding="utf-8")
    changed = source.replace('what = "What and how much"', 'what = "Was und wie viel"')
    changed = changed.replace('language = "en"', 'language = "de"')
    changed = changed.replace('decimal_mark = "."', 'decimal_mark = ","')
    changed = changed.replace('thousands_mark = ","', 'thousands_mark = "."')
    changed = changed.replace("[names]", '[names]\ncover_crop = "Zwischenfrucht <b>"')
    changed = changed.replace("[risks]", '[risks]\ncover_crop = "Braucht Wasser."')
    (tmp_path / "de.toml").write_text(changed, encoding="utf-8")
    report = {"sheets": "farm", "text": str(tmp_path / "de.toml")}
    config = config_of(report)
    assert config.input_files()[report["text"]] == tmp_path / "de.toml"
    assert sheet_order(config, read_catalogue(config))[1] == ()
    files, _ = written(case, tmp_path / "out", config=config)
    text = files["sheets.html"]
    assert '<html lang="de">' in text
    assert "Was und wie viel" in text
    assert "Zwischenfrucht &lt;b&gt;" in text
    assert "Braucht Wasser." in text
    assert "Takes water and nitrogen" not in text
    assert re.search(r'<td class="number">\d,\d\d</td>', text)
    assert not re.search(r'<td class="number">\d\.\d\d</td>', text)
    assert files["text.toml"] == changed


def read_text(tmp_path, content):
    path = tmp_path / "words.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    known = {name: ["cover_crop"] for name in ("names", "risks", "needs", "law")}
    return read_sheet_text(path, "config: report.text", known)


def test_missing_sentences_stay_english_and_are_named(tmp_path):
    text, (found,) = read_text(tmp_path, '[sentences]\nwhat = "Was"\n')
    assert text.say("what") == "Was"
    assert text.say("fields") == "Fields"
    assert found.severity == "warning"
    assert "language" in found.what


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ('[sentences]\nwhatt = "x"\n', r"whatt: this key is not known. Did you mean 'what'"),
        ('[sentence]\nwhat = "x"\n', "this table is not known"),
        ("sentences = 3\n", "must be a table"),
        ("[sentences]\nwhat = 3\n", "must be text"),
        ('[sentences]\nwhat = "{x}"\n', "no places to fill"),
        ('[sentences]\ntitle_farm = "{naem}"\n', r"It may hold \{name\}"),
        ('[sentences]\ntitle_farm = "{name.__class__}"\n', "is not known here"),
        ('[sentences]\ntitle_farm = "{name!r:>9}"\n', "is not known here"),
        ('[sentences]\ntitle_farm = "{}"\n', "is not known here"),
        ('[sentences]\ntitle_farm = "{name"\n', "brace"),
        ("what: x\n", "no TOML"),
        (b"[sentences]\nwhat = '\xff'\n", "no TOML"),
    ],
)
def test_a_faulty_file_of_sentences_is_refused(tmp_path, content, match):
    with pytest.raises(DataError, match=match):
        read_text(tmp_path, content)


def test_words_for_unknown_names_draw_a_warning(tmp_path):
    shipped = SHIPPED.read_text(encoding="utf-8")
    _, (found,) = read_text(tmp_path, shipped.replace("[law]", '[law]\ncover_corp = "x"'))
    assert found.where == "words.toml: law.cover_corp"
    assert found.hint == "did you mean 'cover_crop'?"


def test_a_missing_file_of_sentences_is_named(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_sheet_text(tmp_path / "de.toml", "config: report.text", {})


def test_every_shipped_sentence_is_used_and_every_used_one_ships(root):
    folder = root / "src" / "edaphon" / "report"
    files = [*folder.glob("sheet*.py"), folder / "templates" / "sheets.html.j2"]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files)
    shipped = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["sentences"]
    said = set(re.findall(r"""say\(\s*["'](\w+)["']""", code))
    said |= {f"title_{by}" for by in ("farm", "unit", "region")} | {"region", "adviser"}
    said |= {"ledger", "ledger_yearly", "decimal_mark", "thousands_mark"}
    assert said == set(shipped)


def test_the_how_to_shows_what_is_read(root, tmp_path):
    page = (root / "docs" / "how-to" / "sheets.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        config_of(YAML(typ="safe").load(block)["report"])
    (words,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    text, _ = read_text(tmp_path, words)
    assert text.say("title_farm", name="Ott") == "Betrieb Ott"


def test_sheets_are_the_same_bytes_again(case, tmp_path):
    first, _ = written(case, tmp_path / "a")
    again, _ = written(case, tmp_path / "b")
    assert first == again


def test_costs_of_a_table_are_shown_as_they_stand(case):
    config = config_of(tables={"effects": "effects.csv", "costs": "costs.csv"})
    row = max(case.shortlist, key=lambda k: case.front.treated_area_ha[k])
    money = sheet_values(sheet_case(case, row, config), "region", "all", np.arange(60))["money"]
    assert {one["figures"][1] for one in money["rows"]} == {"0"}
    assert "own table" in money["note"]
    assert money["lines"] == []


def test_payments_are_told_where_a_table_of_costs_lists_nothing(case):
    row = max(case.shortlist, key=lambda k: case.front.treated_area_ha[k])
    plain = sheet_case(case, row, config_of(tables={"costs": "costs.csv"}))
    rates = rates_per_ha(plain.config, plain.catalogue, case.problem.ledgers[:1], [])
    cost = case.problem.area_ha[:, None, None] * rates[None]
    treated = np.flatnonzero(plain.plan)
    some, listed = treated[1:], treated[:1]
    cost[listed] += 1.0
    mixed = replace(plain, problem=replace(case.problem, cost=cost))
    at_rates = mixed.at_rates(treated)
    assert at_rates.tolist() == [False] + [True] * len(some)
    money = sheet_values(mixed, "region", "all", np.arange(60))["money"]
    paid = {a: plain.payment_per_ha(a) for a in np.unique(plain.plan[some])}
    assert sum(paid.values()) > 0
    assert len(money["lines"]) == sum(one > 0 for one in paid.values())
    assert "discounted by" in money["note"]
    assert money["note"].endswith(mixed.text.say("money_note_part"))
    alone = sheet_values(mixed, "unit", "a", listed)["money"]
    assert alone["lines"] == []
    assert alone["note"] == mixed.text.say("money_note_table", unit="EUR")


@pytest.fixture
def project(tmp_path):
    """Six fields of two farms and two advisers, with effects and costs from tables."""
    x = 500_000 + 100.0 * np.arange(6)
    owner = np.arange(6) // 3
    table = {"unit_id": list("abcdef"), "owner": owner, "guide": [f"Ada {k}" for k in owner]}
    shapes = shapely.box(x, 5_200_000, x + 100, 5_200_100)
    geopandas.GeoDataFrame(table, geometry=shapes, crs="EPSG:32633").to_file(
        tmp_path / "units.gpkg", driver="GPKG"
    )
    (tmp_path / "effects.csv").write_text(
        "unit_id,intervention,feature,amount\n"
        + "".join(f"{one},cover_crop,carbon,{k + 1}\n" for k, one in enumerate("abcdef"))
    )
    (tmp_path / "costs.csv").write_text(
        "unit_id,intervention,cost\n" + "".join(f"{u},cover_crop,10\n" for u in "abcdef")
    )
    (tmp_path / "words.toml").write_text('[sentences]\nwhat = "Was"\n')
    (tmp_path / "job.yaml").write_text(
        "edaphon: 1\nname: six\n"
        "landscape: {file: units.gpkg, id: unit_id, farm: owner, adviser: guide}\n"
        "tables: {effects: effects.csv, costs: costs.csv}\n"
        "interventions: {use: [cover_crop]}\n"
        "objectives: {carbon: {maximize: carbon}, cost: {minimize: cost}}\n"
        "report: {sheets: farm, split_by: adviser, sheets_of: carbon first, text: words.toml}\n"
    )
    return tmp_path


def test_a_run_writes_the_sheets_that_its_config_asks_for(project):
    done = run(project / "job.yaml", out=project / "out")
    folder = project / "out" / "sheets"
    names = {file.name for file in folder.iterdir()}
    assert names == {"sheets-ada-0.html", "sheets-ada-1.html", "text.toml"}
    text = (folder / "sheets-ada-1.html").read_text(encoding="utf-8")
    assert farms_of(text) == ["1"]
    assert "<h3>Was</h3>" in text
    assert "+15 " in text
    assert any("stay English" in found.what for found in done.findings)
    assert "words.toml" in done.record["inputs"]
    asked = ("report.split_by=", "report.sheets_of=", "report.text=", "report.sheets=")
    run(project / "job.yaml", out=project / "out", overrides=asked, start="report", force=True)
    assert not folder.exists()


def test_check_reads_the_sentences(project):
    (project / "words.toml").write_text('[sentences]\nwhatt = "Was"\n')
    with pytest.raises(DataError, match="Did you mean 'what'"):
        check(project / "job.yaml")


def test_a_browser_shows_a_sheet_without_complaint(case, tmp_path, browser):
    long = np.array([f"Donaudampfschifffahrtsgesellschaft{i}" * 5 for i in range(60)])
    problem = replace(case.problem, unit_ids=long)
    landscape = replace(case.landscape, ids=long, farm=np.char.add(long, case.landscape.farm))
    written(case, tmp_path, landscape=landscape, problem=problem)
    page = (tmp_path / "sheets.html").as_uri()
    browser.events.clear()
    browser.call("Page.navigate", url=page)
    browser.run("new Promise(r => document.readyState === 'complete' ? r() : onload = r)")
    for width in (390, 1000):
        browser.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        browser.settle()
        assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run("document.querySelectorAll('article').length") > 1
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert browser.run("getComputedStyle(document.querySelector('nav')).display") == "none"
    style = "getComputedStyle(document.querySelector('article')).breakAfter"
    assert browser.run(style) == "page"
    browser.call("Emulation.setEmulatedMedia", media="")
    assert browser.complaints() == []
