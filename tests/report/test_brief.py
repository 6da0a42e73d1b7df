import re
import zlib
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from report_case import make_case

from edaphon.errors import Finding
from edaphon.report.brief import brief_pages, interval, write_brief
from edaphon.report.brief_map import id_raster, plan_image, textured
from edaphon.report.brief_text import Brief, caveats, lead
from edaphon.report.text import MINUS, percent, significant


def brief_of(case, **more):
    given = (case.run, case.landscape, case.problem, case.front, case.shortlist, [case.card])
    return replace(Brief(*given, case.findings), **more)


def read_pdf(path):
    """Number of pages, the text that a reader can select on each, and the bytes."""
    data = path.read_bytes()
    pages = re.findall(rb"/Type /Page\b[^s]", data)
    texts = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            drawn = zlib.decompress(stream)
        except zlib.error:
            continue
        if b" Tf" in drawn:
            shown = re.findall(rb"\nBT\n(.*?)\nET", drawn, re.DOTALL)
            parts = (re.findall(rb"\(((?:\\.|[^\\()])*)\)", one, re.DOTALL) for one in shown)
            plain = (b"".join(one).replace(b"\0", b"").replace(b"\\", b"") for one in parts)
            texts.append(" ".join(one.decode("latin-1") for one in plain))
    return len(pages), texts, data


def said(case):
    """What the two pages say, as they are drawn."""
    pages = brief_pages(case)
    texts = (
        [one.get_text() for part in (page, *page.axes) for one in part.texts] for page in pages
    )
    return [" ".join(one) for one in texts]


@pytest.fixture(scope="module")
def case():
    return make_case()


@pytest.fixture(scope="module")
def written(case, tmp_path_factory):
    path = tmp_path_factory.mktemp("brief") / "brief.pdf"
    write_brief(path, brief_of(case))
    return path


def test_two_pages_whose_text_can_be_selected(case, written):
    count, texts, data = read_pdf(written)
    assert count == 2
    assert b"/ToUnicode" in data
    assert b"/FontFile2" in data
    first, second = texts
    assert "Small Valley" in first
    assert "60 planning units (162 ha)" in first
    assert "Cover crop, 10.8 ha" in first
    assert "Cost (EUR)" in first
    for row in case.shortlist:
        assert case.front.names[row] in second
    for words in ("Do nothing new", "Present policy", "What to keep in mind", "discounted by 3"):
        assert words in second


def test_the_same_run_gives_the_same_bytes(case, written, tmp_path):
    write_brief(tmp_path / "again.pdf", brief_of(case))
    assert (tmp_path / "again.pdf").read_bytes() == written.read_bytes()


def test_the_second_page_says_the_figures_of_the_front(case):
    _, second = said(brief_of(case))
    for row in case.shortlist:
        assert significant(case.front.spent[row, 0]) in second
        assert significant(case.front.treated_area_ha[row]) in second
        assert percent(case.front.share_outside_applicability[row]) in second
        low, high = (significant(100 * x[row, 0]) for x in (case.front.lower, case.front.upper))
        assert f"({low} to {high})" in second
    assert "explains 38\u00a0%" in second


def test_an_anonymous_brief_names_neither_unit_nor_farm(case):
    text = " ".join(said(brief_of(case, anonymous=True)))
    assert "Westerland" in text
    for secret in (*case.landscape.ids, *np.unique(case.landscape.farm)):
        assert secret not in text
    assert "on single units or farms" in text


def test_much_text_stays_on_its_page(case):
    names = ("baseline", *(f"a_very_long_practice_$name$_{k}" * 3 for k in range(3)))
    warning = Finding("valley.yaml:3:1: landscape", "a long sentence " * 40, severity="warning")
    findings = tuple(replace(warning, what=f"{k} {warning.what}") for k in range(30))
    many = brief_of(case, problem=replace(case.problem, interventions=names), findings=findings)
    every = tuple(np.flatnonzero(case.front.on_front))
    pages = brief_pages(replace(many, chosen=every))
    for page in pages:
        renderer = FigureCanvasAgg(page).get_renderer()
        for text in page.texts:
            box = text.get_window_extent(renderer)
            assert box.x0 >= 0
            assert box.y0 >= 0
            assert box.x1 <= page.bbox.width * 0.95, text.get_text()
    assert "More stands in report.html." in [text.get_text() for text in pages[1].texts]


def test_without_geometry_shortlist_or_cards_it_says_so(case):
    bare = replace(case.landscape, geometry=None, region=None)
    for anonymous, missing in ((False, "shapes of its units"), (True, "no regions")):
        one = brief_of(case, landscape=bare, chosen=(), cards=[], anonymous=anonymous)
        assert missing in said(one)[0]


def test_one_objective_is_drawn_against_the_treated_area(case):
    front = case.front
    columns = {name: getattr(front, name)[:, :1] for name in ("values", "lower", "upper")}
    one = replace(
        front, **columns, objectives=front.objectives[:1], ideal=front.ideal[:1],
        nadir=front.nadir[:1],
    )  # fmt: skip
    first, _ = brief_pages(brief_of(case, front=one))
    assert "Treated area (ha)" in [panel.get_xlabel() for panel in first.axes]
    assert "by how much it could be better" in " ".join(lead(brief_of(case, front=one)))


def test_a_refused_surrogate_and_foreign_evidence_are_told(case):
    reason = "Refused: AUC against the background on held-out ground 0.51, standard error 0.02."
    refused = replace(case.card, used=False, reason=reason)
    told = " ".join(caveats(brief_of(case, cards=[refused])))
    assert "the model was refused: AUC against the background on held-out ground 0.51," in told
    assert "No study speaks of 1 of 9 pairs" in told
    assert "other climates speak of 1 of 9 pairs" in told


def test_patterns_tell_interventions_apart_in_gray():
    pictures = []
    for a in range(13):
        image = textured(np.full((56, 56), a), [str(k) for k in range(13)]).astype(float)
        light = image @ [0.2126, 0.7152, 0.0722]
        pictures.append(light < light.max() * 0.7)
    assert not pictures[0].any()
    for a in range(1, 13):
        for b in range(a):
            assert (pictures[a] != pictures[b]).mean() > 0.02, (a, b)


@pytest.mark.parametrize("grid", [False, True])
def test_the_map_shows_each_unit_in_its_color(grid):
    case = make_case(grid=grid)
    drawn = id_raster(case.landscape)
    plan = np.zeros(60, np.uint8)
    plan[9] = 2
    image = plan_image(drawn, plan, ("baseline", "cover_crop", "no_till", "compost"))
    rows, columns = image.shape[:2]
    corner = image[: rows // 8, -columns // 12 :].reshape(-1, 3)
    assert max(rows, columns) == 1400
    color = [0xE6, 0x9F, 0x00]
    assert (corner == color).all(axis=1).mean() > 0.5
    assert not (image[rows // 2 :] == color).all(axis=-1).any()


def test_intervals_are_no_longer_than_their_column():
    assert interval(2.0, 2.0) == ""
    assert interval(-16_500.0, 33_100.0) == f"({MINUS}16,500 to 33,100)"
    assert interval(1_030_000.0, 1_370_000.0) == "(1.03M to 1.37M)"


def test_a_warning_is_told_once_without_its_place_in_the_config(case):
    told = "agroforestry on yield: the mean effect is set to 0"
    places = ("plan.yaml:25:30: interventions.use.2", "runs/one/config.yaml:57:5: interventions")
    findings = [Finding(place, told, severity="warning") for place in places]
    findings.append(Finding("/home/ann/soil.csv: ph", "3 values differ", severity="warning"))
    findings.append(Finding("objectives.life", "nothing changes life", severity="warning"))
    assert [text for text in caveats(brief_of(case, findings=findings)) if "yaml" in text] == []
    warned = [f"A{told[1:]}.", "Soil.csv: ph: 3 values differ.", "Nothing changes life."]
    assert caveats(brief_of(case, findings=findings))[-3:] == warned


def test_the_note_says_what_the_figures_of_this_brief_are(case):
    assert "Soil life: % of the largest expected gain." in said(brief_of(case))[1]
    plain = tuple(replace(one, unit="t") for one in case.front.objectives)
    front = replace(case.front, objectives=plain)
    assert "largest expected gain" not in said(brief_of(case, front=front))[1]
