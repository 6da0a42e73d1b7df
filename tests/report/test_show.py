import numpy as np
import pytest
from report_case import make_case, make_solved

from edaphon.portfolio.diverse import diverse
from edaphon.problem.values import Objective
from edaphon.report.run_files import plain
from edaphon.report.show import beside, show_text, show_values


@pytest.fixture(scope="module")
def case():
    return make_case()


def test_baseline_and_policy_stand_beside_the_shortlist(case):
    rows = beside(case.front, case.shortlist)
    assert rows[:2] == [0, 1]
    assert rows[2:] == list(case.shortlist)
    text = show_text(case.problem, case.front, case.shortlist)
    table = text.split("\nShortlist\n")[1]
    assert "do nothing new" in table
    assert "present policy" in table
    assert "balanced" in table
    assert "soil_life first" in table
    assert "cheapest" in table
    for row in case.shortlist:
        assert case.front.names[row] in table


def test_every_portfolio_stands_in_the_table_of_the_front(case):
    text = show_text(case.problem, case.front, case.shortlist)
    lines = text.split("\n\n")[0].splitlines()
    assert len(lines) == 2 + len(case.front.names)
    assert "soil_life [%] ^" in lines[1]
    assert "cost [EUR] v" in lines[1]


def test_the_plot_has_a_mark_for_every_shortlisted_portfolio(case):
    plot = show_text(case.problem, case.front, case.shortlist).split("\n\n")[1]
    sheet = "".join(line.split("|", 1)[1] for line in plot.splitlines() if "|" in line)
    for letter in "ABCD"[: len(case.shortlist)]:
        assert sheet.count(letter) == 1
    assert "cost [EUR] v" in plot
    assert plot.isascii()


def test_values_are_those_of_the_front(case):
    found = diverse(case.problem, case.front, 3)
    told = plain(show_values(case.problem, case.front, case.shortlist, diverse=found))
    assert [one["portfolio"] for one in told["front"]] == list(case.front.names)
    values = [list(one["values"].values()) for one in told["front"]]
    assert np.array(values) == pytest.approx(case.front.values)
    assert told["shortlist"][0] == {"portfolio": "baseline", "what": "do nothing new"}
    assert told["diverse"]["least_distance"] == found.least


def test_one_objective_has_no_plot():
    objectives = (Objective("worms", "maximize", ("earthworms",), unit="ha %"),)
    solved = make_solved(objectives)
    text = show_text(solved["problem"], solved["front"], solved["shortlist"])
    assert "capitals" not in text
    assert "optimality gap" in text
