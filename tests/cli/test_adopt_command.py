"""`edaphon adopt` as a user runs it, on a run of the example."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

import edaphon
from command import edaphon as command
from run_case import write_quick_example

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adopt")
    write_quick_example(folder)
    return edaphon.run(
        folder / "edaphon.yaml", out=folder / "run", overrides=["solve.portfolios=8"]
    )


def test_a_table_is_adopted_repaired_and_stands_in_every_file(run, tmp_path):
    first = run.front.portfolios[run.front.on_front][0]
    plan = np.where(np.arange(run.problem.n_units) % 3 == 0, first.max(), first)
    names = np.array(run.problem.interventions)
    file = tmp_path / "all of it.csv"
    pd.DataFrame({"unit_id": run.problem.unit_ids, "intervention": names[plan]}).to_csv(
        file, index=False
    )
    before = (run.folder / "front.csv").read_text()
    done = command("adopt", run.folder, file)
    assert done.exit_code == 0, done.output
    assert "adopted as a01 (all of it)" in done.stdout
    assert "unit(s) were changed" in done.stdout
    assert done.stdout.count("exact") == 1  # the config gives the costs, so they have no interval
    again = edaphon.read_run(run.folder)
    assert again.record["status"] == "complete"
    assert again.record["adopted"][0]["portfolio"] == "a01"
    assert again.record["front"] == json.loads(json.dumps(run.record["front"]))
    assert again.front.kinds[-1] == "adopted"
    assert again.front.feasible[-1]
    exact = edaphon.evaluate(again.problem, again.front.portfolios[-1])
    np.testing.assert_allclose(again.front.values[-1], exact.values, rtol=1e-12)
    assert (run.folder / "front.csv").read_text().startswith(before)
    assert '"a01"' in (run.folder / "report.html").read_text()
    shown = command("show", run.folder)
    assert "a01" in shown.stdout
    whole = edaphon.run(run.folder / "config.yaml", out=run.folder, start="report")
    assert whole.front.names[-1] == "a01"
    assert whole.record["adopted"] == again.record["adopted"]


def test_what_does_not_fit_changes_nothing(run, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("# problem: of another run\nunit_id,intervention\n")
    before = {path: path.read_bytes() for path in run.folder.glob("*.*")}
    done = command("adopt", run.folder, file)
    assert done.exit_code == 2
    assert "another problem" in done.stderr
    assert {path: path.read_bytes() for path in run.folder.glob("*.*")} == before
    assert command("adopt", tmp_path, file).exit_code == 2


def own_plan(run):
    """A table of a portfolio that the run does not have."""
    first = run.front.portfolios[run.front.on_front][0]
    plan = np.where(np.arange(run.problem.n_units) % 4 == 0, first.max(), first)
    names = np.array(run.problem.interventions)[plan]
    return pd.DataFrame({"unit_id": run.problem.unit_ids, "intervention": names})


def test_a_config_that_is_not_the_runs_is_told(run, tmp_path):
    own = tmp_path / "run"
    shutil.copytree(run.folder, own)
    text = (own / "config.yaml").read_text(encoding="utf-8")
    (own / "config.yaml").write_text(text.replace("seed: 7", "seed: 8"), encoding="utf-8")
    own_plan(run).to_csv(tmp_path / "own.csv", index=False)
    done = command("adopt", own, tmp_path / "own.csv")
    assert done.exit_code == 2
    assert "this is not the config of the run" in done.stderr
    assert "--force" in done.stderr


def test_a_run_of_another_version_says_so_and_how_to_redo_it(run, tmp_path):
    own = run.folder.parent / "made before"  # its config names files beside it
    shutil.copytree(run.folder, own)
    record = json.loads((own / "run.json").read_text(encoding="utf-8"))
    record["versions"]["edaphon"] = "0.0.1"
    record["config_hash"] = "0" * 64
    (own / "run.json").write_text(json.dumps(record), encoding="utf-8")
    own_plan(run).to_csv(tmp_path / "own.csv", index=False)
    for words in (
        ("adopt", own, tmp_path / "own.csv"),
        ("run", own / "config.yaml", "--out", own, "--from", "report"),
    ):
        done = command(*words)
        assert done.exit_code == 2
        assert "edaphon 0.0.1 made the run" in done.stderr
        assert f"edaphon run {own / 'config.yaml'} --out {own} --force" in done.stderr
