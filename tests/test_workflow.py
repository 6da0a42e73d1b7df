"""The main job: same bytes, stages, what a run directory says, and whether the advice is right."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

import edaphon
from edaphon.data.examples import write_example
from edaphon.data.synthetic import valley
from edaphon.errors import ConfigError, EdaphonError, RunError
from run_case import write_quick_example

SAME_BYTES = ("front.csv", "portfolios.parquet", "effects.parquet", "surrogates.json")
FILES = {
    "run.json", "config.yaml", "findings.json", "surrogates.json", "surrogates", "surrogates.html",
    "state.parquet", "layers.parquet", "effects.parquet", "problem.npz", "front.csv",
    "portfolios.parquet", "portfolios.gpkg", "report.html", "figures", "carbon.csv", "gsocseq.csv",
    "units.parquet", "units.csv", "reasons.parquet", "reasons.csv", "brief.pdf", "policy.html",
    "policy_regions.csv", "policy_indicators.csv", "portfolios.csv", "portfolios.geojson",
    "portfolios.geo.parquet",
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_quick_example(folder)
    return folder


@pytest.fixture(scope="module")
def done(project):
    return edaphon.run(project / "edaphon.yaml", out=project / "one")


def test_a_run_directory_is_complete(done):
    assert {path.name for path in done.folder.iterdir()} == FILES
    record = json.loads((done.folder / "run.json").read_text())
    assert record["status"] == "complete"
    assert set(record["stages"]) == {"fit", "effects", "solve", "report"}
    files = {"units.gpkg", "soil.csv", "species.csv", "locks.csv"}
    assert set(record["inputs"]) >= files
    assert record["counts"]["n_samples"] == {"soc": 320, "earthworms": 120}


def test_the_front_keeps_its_promises(done):
    front, problem = done.front, done.problem
    rows = np.flatnonzero(front.on_front)
    assert len(rows) >= 30
    assert front.kinds[:2] == ("baseline", "policy")
    assert front.feasible[rows].all()
    assert len({front.portfolios[k].tobytes() for k in rows}) == len(rows)
    sense = [1 if o.sense == "maximize" else -1 for o in front.objectives]
    worth = front.values[rows] * sense
    for k, one in enumerate(worth):
        no_worse = (worth >= one).all(axis=1) & (worth > one).any(axis=1)
        assert not no_worse.any(), front.names[rows[k]]
    assert np.median(front.certified_gap[rows]) <= 1e-4
    for k in rows[::10]:
        again = edaphon.evaluate(problem, front.portfolios[k])
        assert again.feasible
        np.testing.assert_allclose(again.values, front.values[k], rtol=1e-12, atol=1e-9)


def test_the_same_bytes_twice_and_with_two_workers(project, done):
    again = edaphon.run(project / "edaphon.yaml", out=project / "two", workers=2, until="solve")
    for name in SAME_BYTES:
        assert (again.folder / name).read_bytes() == (done.folder / name).read_bytes(), name


def test_later_stages_work_from_the_files_of_the_earlier_ones(project, done):
    before = {name: (done.folder / name).read_bytes() for name in SAME_BYTES}
    page = (done.folder / "report.html").read_bytes()
    for stage in ("effects", "solve", "report"):
        again = edaphon.run(project / "edaphon.yaml", out=done.folder, start=stage, until=stage)
        assert stage in again.record["stages"]
    assert again.record["status"] == "complete"
    for name in SAME_BYTES:
        assert (done.folder / name).read_bytes() == before[name], name
    assert abs(len((done.folder / "report.html").read_bytes()) - len(page)) < 2000


def test_the_config_in_a_run_directory_runs_again(done, project):
    again = edaphon.run(done.folder / "config.yaml", out=project / "again", until="fit")
    assert again.record["config_hash"] == done.record["config_hash"]
    name = "surrogates.json"
    assert (again.folder / name).read_bytes() == (done.folder / name).read_bytes()
    assert again.record["status"] == "complete until fit"
    assert again.front is None


def test_a_run_reads_back(done):
    again = edaphon.read_run(done.folder)
    assert again.cards == done.cards
    assert again.front.names == done.front.names
    assert again.front.tags == done.front.tags
    for name in ("portfolios", "values", "lower", "upper", "weights", "certified_gap", "scales"):
        np.testing.assert_array_equal(getattr(again.front, name), getattr(done.front, name))
    np.testing.assert_array_equal(again.problem.cost, done.problem.cost)


def test_another_config_needs_force(project, done):
    with pytest.raises(RunError, match="another config"):
        edaphon.run(project / "edaphon.yaml", out=done.folder, overrides=["seed=8"])


def test_stages_in_the_wrong_order_or_missing_are_told(project):
    config = project / "edaphon.yaml"
    with pytest.raises(ConfigError, match="comes after"):
        edaphon.run(config, start="solve", until="fit")
    with pytest.raises(RunError, match="needs the stage fit"):
        edaphon.run(config, out=project / "empty", start="solve")
    with pytest.raises(RunError, match=r"no run\.json"):
        edaphon.read_run(project)


def test_a_feature_that_fit_did_not_predict_is_told_as_that(project, copied):
    kept = (copied / "run.json").read_text()
    with pytest.raises(RunError) as caught:
        edaphon.run(
            project / "edaphon.yaml",
            out=copied,
            overrides={"objectives.productivity.maximize": "infiltration"},
            start="effects",
            force=True,
        )
    (told,) = caught.value.findings
    assert told.where.endswith("objectives.productivity.maximize.0")
    assert "without the feature infiltration" in told.what
    assert told.hint.startswith("Run without --from")
    assert (copied / "run.json").read_text() == kept


def test_a_config_may_be_what_its_file_would_hold(project, done, monkeypatch):
    monkeypatch.chdir(project)
    held = YAML(typ="safe").load(project / "edaphon.yaml")
    assert edaphon.read_config(held).hash == done.record["config_hash"]
    edaphon.check(held)
    assert edaphon.read_config(held, {"seed": 8}).seed == 8


def test_changed_input_is_not_mixed_with_earlier_stages(project, done):
    samples = project / "soil.csv"
    text = samples.read_text()
    try:
        samples.write_text(text + "\n")
        with pytest.raises(RunError, match=r"soil\.csv changed"):
            edaphon.run(project / "edaphon.yaml", out=done.folder, start="report")
    finally:
        samples.write_text(text)


@pytest.fixture
def copied(done, tmp_path):
    """A copy of the run that a test may go on with."""
    shutil.copytree(done.folder, tmp_path / "run")
    return tmp_path / "run"


def stop_at(stage_to_stop, count=1):
    def stop(stage, done, _total):
        if stage.partition(" (")[0] == stage_to_stop and done >= count:
            raise KeyboardInterrupt

    return stop


def test_an_interrupt_keeps_what_was_finished(project, copied, monkeypatch):
    def stop(*_args, **_keys):
        raise KeyboardInterrupt

    config = project / "edaphon.yaml"
    with monkeypatch.context() as patch:
        patch.setattr("edaphon.workflow.solve", stop)
        with pytest.raises(KeyboardInterrupt):
            edaphon.run(config, out=copied, start="effects")
    record = json.loads((copied / "run.json").read_text())
    assert record["status"] == "interrupted during solve"
    assert set(record["stages"]) == {"fit", "effects"}
    assert edaphon.read_run(copied).problem is not None
    assert not list(copied.glob(".*"))
    assert edaphon.run(config, out=copied, start="solve", until="solve").front is not None


def test_an_interrupt_of_the_search_keeps_the_front_found_so_far(project, copied):
    config = project / "edaphon.yaml"
    with pytest.raises(KeyboardInterrupt, match="--from report goes on with it"):
        edaphon.run(config, out=copied, start="solve", progress=stop_at("solve", 16))
    record = json.loads((copied / "run.json").read_text())
    assert record["status"] == "interrupted during solve"
    assert set(record["stages"]) == {"fit", "effects", "solve"}
    kept = edaphon.read_run(copied).front
    assert kept.feasible[kept.on_front].all()
    assert np.isfinite(kept.certified_gap[kept.on_front]).all()
    done = edaphon.run(config, out=copied, start="report")
    assert done.record["status"] == "complete"
    assert (done.front.portfolios == kept.portfolios).all()
    assert any("the search was interrupted" in found.what for found in done.findings)


def test_a_search_out_of_time_reports_the_front_it_has(project, copied):
    done = edaphon.run(
        project / "edaphon.yaml",
        out=copied,
        start="solve",
        force=True,
        overrides=["solve.search_time=0.001 s"],
    )
    assert done.record["status"] == "complete"
    assert any(found.where == "solve.search_time" for found in done.findings)
    assert done.front.on_front.sum() == 1
    assert (copied / "report.html").exists()


def test_a_forced_rerun_leaves_nothing_of_the_other_config(project, copied):
    again = edaphon.run(
        project / "edaphon.yaml", out=copied, overrides=["seed=8"], until="fit", force=True
    )
    assert again.record["status"] == "complete until fit"
    kept = {path.name for path in copied.iterdir()}
    assert kept == {
        "run.json", "config.yaml", "findings.json", "surrogates.json", "surrogates",
        "surrogates.html", "state.parquet", "layers.parquet",
    }  # fmt: skip


def test_large_effects_are_written_for_the_shortlist(project, copied, monkeypatch):
    monkeypatch.setattr("edaphon.workflow.MAX_EFFECT_ROWS", 0)
    run = edaphon.run(project / "edaphon.yaml", out=copied, start="effects")
    table = pd.read_parquet(copied / "effects.parquet")
    chosen = set(np.unique(run.front.portfolios)) - {0}
    listed = {run.problem.interventions.index(name) for name in table["intervention"].unique()}
    assert listed <= chosen
    whole = edaphon.run(
        project / "edaphon.yaml", out=copied, start="effects", until="effects", all_effects=True
    )
    table = pd.read_parquet(copied / "effects.parquet")
    assert set(table["intervention"]) == set(whole.problem.interventions[1:])


@pytest.mark.slow
def test_what_is_recommended_is_right_in_the_true_valley(tmp_path):
    """The truth draws its own effects: portfolios chosen for an objective must do well there."""
    write_example(tmp_path / "valley")
    done = edaphon.run(tmp_path / "valley" / "edaphon.yaml", out=tmp_path / "run", until="solve")
    assert all(card.used for card in done.cards)
    truth, front = valley().truth, done.front
    rows = np.flatnonzero(front.on_front)
    names = list(truth.features)
    assert truth.interventions == done.problem.interventions
    totals = np.array([truth.totals(front.portfolios[k]) for k in rows])
    for objective, feature in (("productivity", "yield"), ("soil_carbon", "soc_stock")):
        m = done.problem.objective_names.index(objective)
        predicted, true = front.values[rows, m], totals[:, names.index(feature)]
        assert np.corrcoef(predicted, true)[0, 1] > 0.5, objective
        low, high = front.lower[rows, m], front.upper[rows, m]
        assert np.mean((low <= true) & (true <= high)) >= 0.9, objective
    carbon = names.index("soc_stock")
    rng = np.random.default_rng(1)
    better = [
        totals[k, carbon]
        > np.mean(
            [
                truth.totals(_shuffled(done.problem, front.portfolios[rows[k]], rng))[carbon]
                for _ in range(5)
            ]
        )
        for k in range(0, len(rows), 5)
    ]
    # Where nearly every unit is treated alike, chance places as well: not every one must win.
    assert np.mean(better) >= 0.8


def _shuffled(problem, allocation, rng):
    """The same mix of interventions on units drawn at random among those where each may go."""
    drawn = np.zeros_like(allocation)
    free = np.ones(problem.n_units, dtype=bool)
    for a in np.unique(allocation[allocation > 0]):
        places = np.flatnonzero(free & (problem.allowed[:, a] == 0))
        count = min(len(places), int((allocation == a).sum()))
        chosen = rng.choice(places, count, replace=False)
        drawn[chosen], free[chosen] = a, False
    return drawn


def test_effects_file_has_a_row_per_unit_intervention_and_feature(done):
    table = pd.read_parquet(done.folder / "effects.parquet")
    n_units, n_options, n_features = done.problem.effects.shape
    assert len(table) == n_units * (n_options - 1) * n_features
    none = table[table["basis"] == "none"]
    assert (none["mean"] == 0).all()
    assert (none["sd_shared"] > 0).all()
    yields = table[(table["intervention"] == "agroforestry") & (table["feature"] == "yield")]
    assert (yields["mean"] == 0).all()
    assert not yields["applicable"].any()


def test_the_saturating_config_returns_no_less(tmp_path):
    write_quick_example(tmp_path / "s", "valley_saturating")
    run = edaphon.run(
        tmp_path / "s" / "edaphon.yaml",
        out=tmp_path / "out",
        overrides=["solve.portfolios=15", "solve.generations=10"],
        until="solve",
    )
    seeds = edaphon.solve(run.problem, portfolios=15, generations=0, seed=7)
    assert run.front.feasible[run.front.on_front].all()
    sense = [1 if o.sense == "maximize" else -1 for o in run.front.objectives]
    found, given = (front.values[front.on_front] * sense for front in (run.front, seeds))
    for one in given:  # every seed is there, or something at least as good
        assert (found >= one - 1e-9).all(axis=1).any()


def test_check_returns_findings_and_raises_faults(project):
    findings = edaphon.check(project / "edaphon.yaml")
    assert all(found.severity != "error" for found in findings)
    with pytest.raises(EdaphonError, match="Did you mean 'yield'"):
        edaphon.check(
            project / "edaphon.yaml", overrides=["objectives.productivity.maximize=yeild"]
        )


def test_a_config_that_was_read_takes_no_overrides(project):
    config = edaphon.read_config(project / "edaphon.yaml")
    with pytest.raises(ConfigError, match="has been read already"):
        edaphon.run(config, out=project / "never", overrides=["seed=8"])
    assert not (project / "never").exists()
