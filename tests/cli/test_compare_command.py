"""`edaphon compare` as an extension agency runs it: two budgets, one intervention more."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from command import edaphon
from edaphon.portfolio.compare import compare as compare_plans
from edaphon.problem.constraints import AreaLimit, OutsideLimit
from edaphon.report.comparison import Side, compare_sides, comparison_text, run_rows
from edaphon.report.geopackage import write_geopackage
from edaphon.report.run_files import write_parquet
from run_case import OPTIONS, write_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    made = {}
    for name, changes in {
        "wide": {"budget": 20_000.0},
        "tight": {"budget": 9_000.0, "options": OPTIONS[:4]},
    }.items():
        landscape, problem, front = write_run(folder / name, name, **changes)
        made[name] = (problem, front)
        write_geopackage(folder / name / "portfolios.gpkg", landscape, problem, front, [2])
    units = {"unit_id": problem.unit_ids, "farm": landscape.farm}
    for name in made:
        write_parquet(folder / name / "units.parquet", [pd.DataFrame(units)])
    return folder, made


def compare(*words):
    return edaphon("compare", *words)


def test_two_runs_are_compared_in_the_terminal_and_on_a_page(runs, tmp_path):
    folder, _ = runs
    page = tmp_path / "compare.html"
    done = compare(folder / "wide:balanced", folder / "tight:cheapest", "--page", page)
    assert done.exit_code == 0, done.output
    for told in (
        "A  wide:",
        f"wide   cost 20,000 EUR  {OPTIONS[4]}",
        "tight  cost 9,000 EUR   none",
        "B  tight:",
        "A better",
        "What one more unit costs",
        "by region",
        "by farm",
        "units differ",
        "No regret",
    ):
        assert told in done.stdout, told
    text = page.read_text(encoding="utf-8")
    assert 'id="difference"' in text
    assert "A against B" in text
    assert "Interventions that not every run has" in text
    assert str(folder) not in text


def test_json_holds_every_swap_and_sums_to_the_difference(runs):
    folder, made = runs
    done = compare(f"{folder / 'wide'}:p02", f"{folder / 'tight'}:p01", "--json")
    told = json.loads(done.stdout)
    (pair,) = told["pairs"]
    assert [run["budgets"] for run in told["runs"]] == [{"cost": 20_000.0}, {"cost": 9_000.0}]
    (problem, front), (other, second) = made["wide"], made["tight"]
    found = compare_plans(
        problem,
        front.portfolios[front.names.index("p02")],
        second.portfolios[second.names.index("p01")],
        other=other,
    )
    assert len(pair["swaps"]) == len(found.units)
    for m, objective in enumerate(pair["objectives"]):
        assert objective["difference"] == found.difference[m]
        added = sum(swap["change"][objective["name"]] for swap in pair["swaps"])
        assert added + objective["elsewhere"] == pytest.approx(objective["difference"], abs=1e-9)
    assert {one["group"] for one in told["portfolios"][0]["farms"]} == {
        f"farm {i}" for i in range(6)
    }
    assert pair["findings"][0]["severity"] == "note"


def test_an_anonymous_run_names_no_unit_and_no_farm(runs, tmp_path):
    folder, made = runs
    problem, _ = made["wide"]
    hidden = tmp_path / "hidden"
    shutil.copytree(folder / "wide", hidden)
    record = json.loads((hidden / "run.json").read_text(encoding="utf-8"))
    (hidden / "run.json").write_text(json.dumps({**record, "anonymous": True}), encoding="utf-8")
    sides = (f"{folder / 'wide'}:balanced", f"{hidden}:cheapest")
    text, values = compare(*sides).stdout, compare(*sides, "--json").stdout
    farms = np.unique(pd.read_parquet(folder / "wide" / "units.parquet")["farm"])
    for said in (text, values):
        words = set(re.findall(r"[\w-]+", said))
        assert not words & {*problem.unit_ids, *farms}
    shown = (f"{folder / 'wide'}:balanced", f"{folder / 'wide'}:cheapest")
    whole = json.loads(compare(*shown, "--json").stdout)
    (open_pair,), (pair,) = whole["pairs"], json.loads(values)["pairs"]
    assert sum(one["units"] for one in pair["swaps"]) == len(open_pair["swaps"])
    for name in (one["name"] for one in pair["objectives"]):
        total = sum(one["change"][name] for one in pair["swaps"])
        assert total == pytest.approx(sum(one["change"][name] for one in open_pair["swaps"]))


def test_one_run_alone_compares_its_shortlist(runs):
    folder, _ = runs
    own = json.loads((folder / "wide" / "run.json").read_text())["shortlist"]
    told = json.loads(compare(folder / "wide", "--json").stdout)
    assert [one["portfolio"] for one in told["portfolios"]] == [
        f"wide:{one['portfolio']}" for one in own
    ]
    assert len(told["pairs"]) == len(own) - 1
    assert all(np.isfinite(pair["distance"]) for pair in told["pairs"])


def test_portfolios_are_found_by_what_they_are_called(runs):
    folder, _ = runs
    told = json.loads(
        compare(folder / "wide:policy", folder / "wide:carbon first", "--json").stdout
    )
    assert told["portfolios"][0]["what"] == "present policy"
    assert "carbon first" in told["portfolios"][1]["what"]


def test_faults_end_with_2(runs, tmp_path):
    folder, _ = runs
    for words, hint in (
        ((folder / "wide:p02",), "Name two to 8"),
        ((folder / "wide:p02", folder / "wide:balansed"), "Did you mean 'balanced'"),
        ((folder / "wide:p02", tmp_path), "no run.json"),
        ((folder / "wide:p02", folder / "wide:p03", "--level", 2), "not between 0 and 1"),
    ):
        done = compare(*words)
        assert done.exit_code == 2, done.output
        assert hint in done.stderr


def test_rules_that_not_every_run_has_are_told(runs):
    _, made = runs
    problem, front = made["wide"]
    rules = (*problem.constraints, *(AreaLimit(name, 1.0) for name in OPTIONS[1:4]))
    other = replace(problem, constraints=(*rules, OutsideLimit(0.2)))
    sides = [Side(f"{name}:p01", "", one, front, 1) for name, one in (("a", problem), ("b", other))]
    head, first, second = run_rows(sides)
    assert head[3] == "rules that not every run has"
    assert first[3] == "none"
    told = second[3].split("; ")
    assert len(told) == 4
    assert told[-1] == "spending outside the area of applicability at most 20 % of all spending"
    text = comparison_text(sides, compare_sides(sides, 0.9), 0)
    assert f"\nb: {second[3]}\n" in text
    assert run_rows([sides[0], sides[0]]) == []
