"""Runs that build on runs: more portfolios between two, and a warm start, from end to end."""

import json

import numpy as np
import pytest

import edaphon
from command import edaphon as command
from edaphon.errors import ConfigError
from run_case import write_quick_example

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("additions")
    write_quick_example(folder)
    return edaphon.run(
        folder / "edaphon.yaml", out=folder / "run", overrides=["solve.portfolios=25"]
    )


def test_portfolios_between_two_join_the_run(run):
    shown = [run.front.names[k] for k in np.flatnonzero(run.front.on_front)]
    done = command("between", run.folder, shown[0], shown[1], "--count", "2", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["found"]
    again = edaphon.read_run(run.folder)
    assert again.record["status"] == "complete"
    assert [one["portfolio"] for one in again.record["adopted"]] == [
        one["portfolio"] for one in told["found"]
    ]
    assert again.front.names[-1] == told["found"][-1]["portfolio"]
    exact = edaphon.evaluate(again.problem, again.front.portfolios[-1])
    np.testing.assert_allclose(again.front.values[-1], exact.values, rtol=1e-12)
    assert "certified gap" in command("between", run.folder, shown[0], shown[2]).stdout
    wrong = command("between", run.folder, shown[0], "p999")
    assert wrong.exit_code == 2
    assert "there is no portfolio 'p999'" in wrong.stderr


def test_a_run_starts_from_an_earlier_one(run):
    config = run.folder.parent / "edaphon.yaml"
    few = ["solve.portfolios=4"]
    plain = edaphon.run(config, out=run.folder.parent / "plain", overrides=few, until="solve")
    start = [*few, f"solve.start={run.folder.name}"]
    warm = edaphon.run(config, out=run.folder.parent / "warm", overrides=start, until="solve")
    assert warm.front.hypervolume >= plain.front.hypervolume
    assert warm.front.on_front.sum() > plain.front.on_front.sum()
    assert warm.front.sandwich_ratio >= plain.front.sandwich_ratio
    with pytest.raises(ConfigError, match=r"nowhere: there is no run\.json"):
        edaphon.check(config, overrides=["solve.start=nowhere"])


def test_a_run_asks_more_weights_than_it_shows_portfolios(run):
    config = run.folder.parent / "edaphon.yaml"
    few = ["solve.portfolios=6", "solve.weights=25"]
    done = edaphon.run(config, out=run.folder.parent / "few", overrides=few, until="solve")
    assert done.front.on_front.sum() == 6
    assert done.front.ideal.tolist() == run.front.ideal.tolist()
    assert done.front.sandwich_ratio < run.front.sandwich_ratio
