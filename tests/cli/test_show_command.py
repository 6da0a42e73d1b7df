"""`edaphon show` as a user runs it."""

import json

import numpy as np
import pytest

from command import edaphon
from edaphon.report.text import significant
from run_case import write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "small"
    _, _, front = write_run(folder)
    return folder, front


def show(*words):
    return edaphon("show", *words)


def test_show_prints_front_plot_and_the_runs_own_shortlist(run):
    folder, front = run
    done = show(folder)
    assert done.exit_code == 0, done.output
    own = json.loads((folder / "run.json").read_text())["shortlist"]
    told = json.loads(show(folder, "--json").stdout)
    assert told["shortlist"][2:] == own
    assert len(told["front"]) == len(front.names)
    assert "capitals: the shortlist" in done.stdout
    assert show(folder, "--quiet").stdout == done.stdout


def test_a_preference_chooses_one_portfolio(run):
    folder, front = run
    told = json.loads(show(folder, "--keep", "carbon >= 80 %", "--json").stdout)
    chosen = front.names.index(told["shortlist"][-1]["portfolio"])
    assert len(told["shortlist"]) == 3
    keeps = front.on_front & (front.values[:, 0] >= 0.8 * front.ideal[0])
    assert front.values[chosen, 3] == front.values[keeps, 3].min()
    limit = significant(0.8 * front.ideal[0])
    assert told["preference"].startswith(f"best cost with carbon >= 80 % of the best ({limit}")
    for words in (("--weights", "carbon=2", "--weights", "cost=1"), ("--aim", "cost=8000")):
        assert show(folder, *words).exit_code == 0


def test_amounts_are_in_the_units_of_the_tables(run):
    folder, front = run
    shares = [m for m, o in enumerate(front.objectives) if o.unit == "share"]
    name = front.objectives[shares[0]].name
    middle = float(np.median(front.values[front.on_front, shares[0]]))
    told = json.loads(show(folder, "--keep", f"{name} >= {100 * middle:.9f}", "--json").stdout)
    keeps = front.on_front & (front.values[:, shares[0]] >= middle - 1e-9)
    chosen = front.names.index(told["shortlist"][-1]["portfolio"])
    assert front.values[chosen, 3] == front.values[keeps, 3].min()
    assert "From worst to best" in show(folder, "--keep", f"{name} >= 1000").stderr


def test_a_floor_that_everything_keeps_is_told(run):
    folder, _ = run
    done = show(folder, "--keep", "carbon >= -1e9")
    assert done.exit_code == 0
    assert "every portfolio of the front keeps carbon >=" in done.stderr


def test_a_diverse_shortlist_says_how_far_apart_it_is(run):
    folder, _ = run
    done = show(folder, "--diverse", "--shortlist", 4)
    assert "every two of these 4 differ in at least" in done.stdout
    assert done.exit_code == 0


def test_the_bends_of_the_front_are_shown(run):
    folder, _ = run
    told = json.loads(show(folder, "--knees", "--shortlist", 3, "--json").stdout)
    assert 1 <= len(told["shortlist"]) - 2 <= 3
    assert show(folder, "--knees").exit_code == 0


def test_faults_end_with_2_and_a_hint(run, tmp_path):
    folder, _ = run
    for words, told in (
        ((tmp_path,), "no run.json"),
        ((folder, "--aim", "carbn=3"), "Did you mean 'carbon'"),
        ((folder, "--aim", "carbon=3", "--keep", "cost <= 1"), "different kinds of preference"),
    ):
        done = show(*words)
        assert done.exit_code == 2
        assert told in done.stderr
    (tmp_path / "run.json").write_text('{"stages": {}, "status": "complete until fit"}')
    (tmp_path / "findings.json").write_text("[]")
    assert "has no front yet" in show(tmp_path).stderr
