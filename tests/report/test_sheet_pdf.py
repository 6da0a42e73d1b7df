from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from report_case import make_case
from test_brief import read_pdf
from test_sheets import config_of, sheet_case

from edaphon.practices.catalogue import read_catalogue
from edaphon.report.paper import RIGHT, Flow, wrapped
from edaphon.report.sheet_pdf import _outline
from edaphon.report.sheet_text import shipped_text
from edaphon.report.sheet_values import sheet_values
from edaphon.report.sheets import sheet_order, write_sheets


@pytest.fixture(scope="module")
def case():
    return make_case()


def written(case, folder, **report):
    config = config_of({"sheets": "farm"} | report)
    order, _ = sheet_order(config, read_catalogue(config))
    parts = {"landscape": case.landscape, "problem": case.problem, "front": case.front}
    write_sheets(folder, order, record=case.run, chosen=case.shortlist, **parts)
    return sorted(path.name for path in folder.iterdir())


class Pages:
    """Where a flow puts its pages."""

    def __init__(self):
        self.figures = []

    def savefig(self, figure):
        self.figures.append(figure)


def test_pdf_says_what_html_says_with_text_to_select(case, tmp_path):
    assert written(case, tmp_path / "pdf", sheets_as="pdf") == ["sheets.pdf", "text.toml"]
    written(case, tmp_path / "html")
    page = unescape((tmp_path / "html" / "sheets.html").read_text(encoding="utf-8"))
    count, texts, data = read_pdf(tmp_path / "pdf" / "sheets.pdf")
    assert b"/ToUnicode" in data
    said = " ".join(texts)
    farms = np.unique(case.landscape.farm[case.front.portfolios[case.shortlist[0]] > 0])
    assert count >= len(farms)
    for farm in farms:
        assert f"Farm {farm}" in said
        assert f"Farm {farm}" in page
    for unit in case.landscape.ids[case.front.portfolios[case.shortlist[0]] > 0]:
        assert unit in said
    for part in ("What and how much", "What to watch", "It takes up to"):
        assert part in said


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes_and_a_file_per_region(case, tmp_path):
    asked = {"sheets": "region", "sheets_as": "pdf", "split_by": "region"}
    names = written(case, tmp_path / "a", **asked)
    assert names == ["sheets-osterland.pdf", "sheets-westerland.pdf", "text.toml"]
    written(case, tmp_path / "b", **asked)
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_every_line_stays_on_its_page(case):
    """However much there is to say, and however long the names are."""
    row = case.shortlist[0]
    plan = np.where(case.front.portfolios[row] == 0, 3, case.front.portfolios[row])
    front = replace(case.front, portfolios=np.tile(plan.astype(np.uint8), (9, 1)))
    ids = np.array([f"{one}-{'very-long-' * 8}$name$" for one in case.landscape.ids])
    landscape = replace(case.landscape, ids=ids)
    full = replace(
        case, front=front, landscape=landscape, problem=replace(case.problem, unit_ids=ids)
    )
    values = sheet_values(sheet_case(full, row), "region", "Osterland", np.arange(60))
    pages = Pages()
    flow = Flow(pages)
    from edaphon.report import sheet_pdf

    flow.begin("Valley")
    shared = {"text": shipped_text(), "portfolio": "x", "date": "", "years": "20", "level": "90 %"}
    sheet_pdf._sheet(flow, values, shared)
    flow.end()
    assert len(pages.figures) > 3
    for figure in pages.figures:
        renderer = FigureCanvasAgg(figure).get_renderer()
        texts = [*figure.texts, *(text for panel in figure.axes for text in panel.texts)]
        assert texts[0].get_text() == "Valley"
        for text in texts:
            box = text.get_window_extent(renderer)
            assert 0 <= box.x0 <= box.x1 <= figure.bbox.width * (RIGHT + 0.06), text.get_text()
            assert box.y0 >= 0.02 * figure.bbox.height
    said = [[text.get_text() for text in figure.texts] for figure in pages.figures]
    for words in said:
        assert words.count("Why here") == any("parcel-" in word for word in words)


def test_lines_are_broken_where_words_end():
    lines = wrapped("one two three " * 20, 10, 0.3)
    assert " ".join(lines).split() == ("one two three " * 20).split()
    assert len({len(line) <= len(max(lines, key=len)) for line in lines}) == 1
    assert wrapped("", 10) == []


def test_outlines_keep_their_holes():
    path = _outline("M0,0 10,0 10,10 0,10ZM4,4 6,4 6,6 4,6Z")
    assert (path.codes == path.MOVETO).sum() == 2
    assert path.get_extents().bounds == (0, 0, 10, 10)
    assert len(_outline("").vertices) == 0
