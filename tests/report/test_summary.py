"""What the terminal says when a run has ended."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_case import make_case

from edaphon.report.show import show_text
from edaphon.report.summary import proven, summary


@pytest.fixture(scope="module")
def text():
    case = make_case()
    record = {"status": "complete", "stages": {"fit": {"seconds": 3.2}, "report": {"seconds": 1.0}}}
    return summary(Path("runs/x"), record, case.problem, case.front, [case.card])


def test_card_front_and_place_are_told(text):
    assert "surrogate " in text
    assert "r2" in text
    assert "none dominated" in text
    assert "\nbaseline " in text
    assert "\npolicy " in text
    assert "complete after 4 s" in text
    assert text.splitlines()[-1] == f"open {Path('runs/x') / 'report.html'}"


def test_columns_are_aligned_and_every_console_can_show_them(text):
    text.encode("ascii")
    lines = text.splitlines()
    head = next(k for k, line in enumerate(lines) if line.startswith("portfolio "))
    row = lines[head + 1]
    assert len(row) == len(lines[head])


def test_soil_health_is_told_with_its_parts():
    rows = [{"name": "soil_health", "median": 0.61}, {"name": "soc", "median": 0.4},
            {"name": "ph", "median": 0.823}]  # fmt: skip
    record = {"status": "x", "stages": {}, "soil_health": {"combine": "mean", "rows": rows}}
    said = summary(Path("runs/x"), record, None, None, [])
    assert "soil health (mean of its parts), median 0.61: soc 0.4, ph 0.82" in said


def test_a_run_that_ended_early_has_no_report():
    record = {"status": "complete until fit", "stages": {"fit": {"seconds": 3.2}}}
    said = summary(Path("runs/x"), record, None, None, [])
    assert said.splitlines() == [f"complete until fit after 3 s in {Path('runs/x')}"]


def test_brackets_are_explained_only_where_there_are_some():
    case = make_case()
    record = {"status": "complete", "stages": {}}
    exact = replace(case.front, lower=case.front.values, upper=case.front.values)
    for front, told in ((case.front, True), (exact, False)):
        said = summary(Path("runs/x"), record, case.problem, front, [])
        assert ("in brackets: 90% interval" in said) is told
        assert ("in brackets" in show_text(case.problem, front, case.shortlist)) is told


def test_gaps_are_percentages():
    case = make_case()
    gap = np.where(case.front.on_front, 0.0123, np.nan)
    said = proven(replace(case.front, certified_gap=gap, complete=False))
    assert said == "median certified gap 1.2\u00a0%, largest 1.2\u00a0%"
