import numpy as np
import pandas as pd
import pytest
from report_case import make_case, make_solved, unpack

from edaphon.problem.values import Objective
from edaphon.report.page import page_text
from edaphon.report.run_files import defused, read_groups, write_csv
from edaphon.report.units import write_unit_tables

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")')


@pytest.fixture(scope="module")
def solved():
    case = make_case()
    found = make_solved(case.problem.objectives)
    return {key: found[key] for key in ("landscape", "problem", "front", "shortlist")}


def tables(folder, solved, **more):
    given = {**solved, "chosen": solved["shortlist"], **more}
    given.pop("shortlist")
    return write_unit_tables(folder, **given)


def test_units_and_reasons_are_written(solved, tmp_path):
    found = tables(tmp_path, solved)
    assert list(found) == list(solved["shortlist"])
    units = pd.read_parquet(tmp_path / "units.parquet")
    assert list(units["unit_id"]) == list(solved["problem"].unit_ids)
    assert list(units.columns[:3]) == ["unit_id", "region", "farm"]
    reasons = pd.read_parquet(tmp_path / "reasons.parquet")
    front = solved["front"]
    treated = [(front.portfolios[row] > 0).sum() for row in solved["shortlist"]]
    assert len(reasons) == sum(treated)
    same = pd.read_csv(tmp_path / "reasons.csv")
    assert list(same["why"]) == list(reasons["why"])
    groups = read_groups(tmp_path, solved["problem"])
    assert list(groups["farm"]) == list(solved["landscape"].farm)


def test_an_anonymous_run_hands_on_no_tables_of_units(solved, tmp_path):
    tables(tmp_path, solved, anonymous=True)
    assert not list(tmp_path.glob("*.csv"))
    assert (tmp_path / "units.parquet").exists()
    assert read_groups(tmp_path / "nowhere", solved["problem"]) == {}


def test_cells_that_begin_like_a_formula_are_defused(tmp_path):
    table = pd.DataFrame({"unit_id": FORMULAS, "=x": ["fine"] * 7, "gain": [-1.5] * 7})
    write_csv(tmp_path / "t.csv", table)
    text = (tmp_path / "t.csv").read_text()
    back = pd.read_csv(tmp_path / "t.csv")
    assert list(back["unit_id"]) == ["'" + text.replace("\r", " ") for text in FORMULAS]
    assert "'=x" in back.columns
    assert (back["gain"] == -1.5).all()
    assert "\n=" not in text
    assert "\r" not in text
    assert defused("no-till") == "no-till"
    assert defused(-3.0) == -3.0


def test_the_page_carries_the_reasons(solved, tmp_path):
    case = make_case()
    reasons = tables(tmp_path, solved)
    contents, arrays, _ = unpack(page_text(**{**case.page(), **solved, "reasons": reasons}))
    assert contents["why"] == list(solved["shortlist"])
    row = solved["shortlist"][0]
    main = arrays["why_main"].reshape(len(reasons), -1)[0]
    treated = solved["front"].portfolios[row] > 0
    assert (main[~treated] == 255).all()
    assert list(main[treated]) == list(reasons[row].main)
    assert "why" not in unpack(page_text(**case.page(), anonymous=True))[0]


def test_one_objective_has_reasons_too(tmp_path):
    objectives = (Objective("worms", "maximize", ("earthworms",), unit="ha %"),)
    found = make_solved(objectives)
    reasons = write_unit_tables(
        tmp_path,
        landscape=found["landscape"],
        problem=found["problem"],
        front=found["front"],
        chosen=found["shortlist"],
    )
    (one,) = reasons.values()
    assert np.isnan(one.next_money).all() or (one.next_money >= 0).all()
    assert len(pd.read_csv(tmp_path / "units.csv")) == 60
