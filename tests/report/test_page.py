import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from report_case import make_case, make_front, make_problem, make_sizes, make_solved, unpack

from edaphon.effects.values import DenseEffects
from edaphon.errors import Finding
from edaphon.problem.values import Objective
from edaphon.report.packing import pack, script_json
from edaphon.report.page import evidence_rows, page_text, visible_findings, write_page

HOSTILE = "</script><script>alert('x')</script><img src=x onerror=alert(1)>\"'&"


@pytest.fixture(scope="module")
def case():
    return make_case()


@pytest.fixture(scope="module")
def text(case):
    return page_text(**case.page())


class Outline(HTMLParser):
    """Tags, with their attributes, and the text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def test_soil_health_stands_on_the_page_with_its_parts(case, text):
    assert "health-title" not in text
    part = {"n_known": 600, "lower": 0.25, "median": 0.5, "upper": 0.75, "limiting_ha": 90.0}
    rows = [{**part, "name": name, "title": ""} for name in ("soil_health", "ph", HOSTILE)]
    rows[0]["limiting_ha"], rows[1]["title"] = None, "pH"
    health = {"combine": "geometric", "stratum": "texture_group", "rows": rows}
    page = page_text(**{**case.page(), "run": {**case.run, "soil_health": health}})
    words = " ".join(" ".join(Outline(page).words).split())
    assert "the geometric mean of its parts; soils are compared with those of the same texture" in (
        words
    )
    assert "pH 0.5 0.25 to 0.75 90 600" in words
    assert HOSTILE not in page


def test_the_page_is_one_file_that_asks_for_nothing(text):
    outline = Outline(text)
    for tag, attributes in outline.tags:
        for name in ("src", "href", "action", "data", "srcset"):
            value = attributes.get(name) or ""
            assert not re.match(r"(?i)(https?:)?//", value), (tag, value)
        assert tag != "script" or "src" not in attributes
    assert "@import" not in text
    assert "fetch(" not in text
    assert "url(#inside)" in text
    assert not re.search(r"url\((?!#)", text)
    policy = next(a["content"] for t, a in outline.tags if a.get("http-equiv"))
    assert "default-src 'none'" in policy


def test_every_portfolio_has_a_button(case, text):
    buttons = [a for t, a in Outline(text).tags if t == "button" and "data-portfolio" in a]
    assert [int(a["data-portfolio"]) for a in buttons] == list(range(len(case.front.names)))


def test_the_page_holds_what_the_front_holds(case, text):
    contents, arrays, _ = unpack(text)
    n = len(case.front.names)
    allocation = arrays["allocation"].reshape(case.problem.n_units, n).T
    assert (allocation == case.front.portfolios).all()
    assert contents["shortlist"] == list(case.shortlist)
    assert [p["name"] for p in contents["portfolios"]] == list(case.front.names)
    shown = np.array([p["values"] for p in contents["portfolios"]])
    assert shown == pytest.approx(case.front.values)
    assert contents["portfolios"][0]["gap"] is None
    areas = arrays["areas"].reshape(n, -1)
    assert areas.sum(axis=1) == pytest.approx(np.full(n, case.problem.area_ha.sum()), rel=1e-5)
    spending = arrays["spending"].reshape(n, -1, 1).sum(axis=1)
    assert spending == pytest.approx(case.front.spent, rel=1e-5)


def test_a_units_numbers_can_be_worked_out_from_the_factors(case, text):
    contents, arrays, _ = unpack(text)
    n, options, features = case.problem.effects.shape
    stock = arrays["stock"].reshape(n, features)
    ratio = arrays["ratio"].reshape(-1, options, features)[arrays["stratum"]]
    assert stock[:, None] * ratio == pytest.approx(
        case.problem.effects.block(slice(None)), rel=1e-5, abs=1e-6
    )
    for a, cost in enumerate(contents["units"]["cost"]):
        flat = isinstance(cost, float)
        own = arrays["unit_area"] * cost if flat else arrays[cost["column"]] * cost["times"]
        assert own == pytest.approx(case.problem.cost[:, a, 0], rel=1e-5)
    ids = bytes(arrays["ids"]).decode().split("\n")
    assert ids == list(case.problem.unit_ids)


def test_effects_given_as_arrays_are_shown_too(case):
    dense = DenseEffects(
        case.problem.effects.block(slice(None)), np.zeros((case.problem.n_units, 3))
    )
    page = {**case.page(), "problem": replace(case.problem, effects=dense), "evidence": None}
    contents, arrays, _ = unpack(page_text(**page))
    assert contents["units"]["effects"] == "dense"
    assert arrays["effects"] == pytest.approx(dense.mean.ravel().astype("f4"))


def test_cards_evidence_and_findings_are_told(text):
    said = " ".join(" ".join(Outline(text).words).split())
    assert "of the variance of the logarithm" in said
    assert "In a new place blocks of 0.25 degrees 38 %" in said
    assert "too optimistic" in said
    assert "1 of 9 pairs have no evidence" in said
    assert "1 rest on studies of other climates" in said
    assert "Lies outside. Take a sample." in said
    assert "over 20 years" in said
    assert "discount rate of 3 %" in said


def test_text_from_data_stays_text(case):
    sizes = replace(make_sizes(), interventions=("baseline", HOSTILE, "b", "c"))
    ids = np.array([f"{HOSTILE}{i}" for i in range(case.landscape.n_units)])
    regions = np.full(case.landscape.n_units, HOSTILE)
    landscape = replace(case.landscape, ids=ids, region=regions)
    problem = replace(make_problem(landscape, sizes), interventions=("baseline", HOSTILE, "b", "c"))
    objectives = (replace(problem.objectives[0], name=HOSTILE), *problem.objectives[1:])
    problem = replace(problem, objectives=objectives)
    front = make_front(problem)
    page = {
        **case.page(),
        "landscape": landscape,
        "problem": problem,
        "front": replace(front, tags=(HOSTILE,) * len(front.names)),
        "cards": [replace(case.card, name=HOSTILE, notes=(HOSTILE,), reason=HOSTILE)],
        "findings": [Finding(HOSTILE, HOSTILE, HOSTILE)],
        "evidence": sizes,
        "run": {**case.run, "name": HOSTILE},
    }
    text = page_text(**page)
    outline = Outline(text)
    assert sum(tag == "script" for tag, _ in outline.tags) == 3
    assert not any(tag == "img" for tag, _ in outline.tags)
    assert not any(name.startswith("on") for _, found in outline.tags for name in found)
    contents, _, _ = unpack(text)
    assert contents["interventions"][1]["name"] == HOSTILE


def test_json_in_a_script_cannot_end_it():
    assert "<" not in script_json({"a": HOSTILE, "b": "<!--"})
    assert script_json({"a": float("nan"), "b": np.float64(2)}) == '{"a":null,"b":2.0}'


def test_arrays_keep_their_values():
    arrays = {
        "a": np.arange(7, dtype="u1"),
        "b": np.array([[-3, 2]], dtype="i2"),
        "c": np.linspace(0, 1, 5).astype(">f4"),
    }
    index, _ = pack(arrays)
    assert index == {"a": ["Uint8", 0, 7], "b": ["Int16", 8, 2], "c": ["Float32", 12, 5]}


def test_an_anonymous_page_tells_nothing_finer_than_the_region(case):
    text = page_text(**case.page(), anonymous=True)
    contents, arrays, data = unpack(text)
    for secret in (*case.landscape.ids, *np.unique(case.landscape.farm)):
        assert secret not in text
        assert secret.encode() not in data
    assert "units" not in contents
    assert not {"allocation", "ids", "map_x", "unit_area", "stock", "region"} & set(arrays)
    n_cells = contents["map"]["rows"] * contents["map"]["columns"]
    assert max(values.size for values in arrays.values()) == n_cells
    share = arrays["region_share"].reshape(len(case.front.names), 2)
    east = case.landscape.region == "Osterland"
    area = case.problem.area_ha
    treated = area[east & (case.front.portfolios[3] > 0)].sum() / area[east].sum()
    assert share[3, contents["map"]["regions"].index("Osterland")] == pytest.approx(treated)
    assert "2 findings on single units or farms are left out" in text


def test_an_anonymous_page_without_regions_has_no_map():
    case = make_case(region=False)
    contents, arrays, _ = unpack(page_text(**case.page(), anonymous=True))
    assert contents["map"] is None
    assert "map_units" not in arrays


def test_findings_come_gravest_first(case):
    shown, hidden = visible_findings(case.findings, case.landscape, anonymous=False)
    assert [found.severity for found in shown] == ["warning", "note", "note"]
    assert hidden == 0


def test_evidence_rows_tell_each_pair_once(case):
    rows = evidence_rows(case.sizes, case.problem, 0.9)
    assert len(rows) == 9
    first = rows[0]
    assert first["mean"] == pytest.approx(np.expm1(0.1))
    assert first["upper"] - first["mean"] == pytest.approx(1.6448536 * 0.04)
    assert {row["basis"] for row in rows} == {"pooled", "none"}
    assert evidence_rows(None, case.problem, 0.9) == []


def test_a_run_that_says_little_still_gives_a_page(case):
    page = {**case.page(), "run": {}, "cards": [], "findings": [], "evidence": None}
    page["landscape"] = replace(case.landscape, geometry=None, region=None)
    text = page_text(**{**page, "shortlist": ()})
    contents, _, _ = unpack(text)
    assert contents["map"] is None
    assert contents["shortlist"] == [2]
    assert "No surrogate model was trained" in text


def test_the_same_run_gives_the_same_page(case, tmp_path):
    write_page(tmp_path / "report.html", **case.page())
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page_text(**case.page())
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_relative_objective_is_shown_as_the_mean_change_over_all_land():
    page = make_solved(
        (
            Objective("worms", "maximize", ("earthworms",), unit="ha %"),
            Objective("cost", "minimize", ledgers=("cost",), unit="EUR"),
        )
    )
    text = page_text(**page)
    contents, _, _ = unpack(text)
    worms = contents["objectives"][0]
    assert worms["unit"] == "%"
    assert worms["factor"] == pytest.approx(1 / page["problem"].area_ha.sum())
    assert "ha %" not in text
    assert "averaged over all land" in text


def test_one_objective_shows_its_optimality_gap_and_no_plots():
    text = page_text(**make_solved((Objective("harvest", "maximize", ("yield",), unit="t"),)))
    assert "Optimality gap" in text
    assert "Certified gap" not in text
    assert 'id="scatter"' not in text
    assert 'id="parallel"' not in text


def test_the_page_does_not_tell_in_which_folder_the_config_lay(case):
    finding = Finding("/home/ann/secret/valley.yaml:3:5: seed", "is odd", severity="note")
    text = page_text(**{**case.page(), "findings": (finding,)})
    assert "valley.yaml:3:5: seed" in text
    assert "/home/ann" not in text


def test_a_long_note_is_folded_and_a_warning_is_not(case):
    long = "what many pairs rest on: " + ", ".join(f"practice_{k} on yield" for k in range(40))
    found = tuple(Finding("x", long, "Look.", one) for one in ("warning", "note"))
    text = page_text(**{**case.page(), "findings": found})
    listed = text[text.rindex('<ul class="findings">') :]
    warning, note = listed.split("</li>")[:2]
    assert "<details>" not in warning
    whole = long.replace("what", "What", 1)
    assert f"</summary>{whole}.</details> Look." in note
    summary = note.split("<summary>")[1].split("</summary>")[0]
    assert len(summary) <= 110
    assert summary.endswith("…")
