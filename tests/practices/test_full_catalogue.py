"""The valley and North Macedonia run on every practice of the catalogue."""

import json

import numpy as np
import pandas as pd
import pytest

from command import edaphon
from edaphon.effects.values import BASES
from edaphon.practices.catalogue import catalogue_names
from edaphon.workflow import read_run

ALL = f"interventions.use=[{', '.join(catalogue_names())}]"
QUICK = ("solve.portfolios=8", "report.shortlist=2")


def run_all(root, out, config, *overrides):
    """Check and run a config on the whole catalogue; return what check says, and the run."""
    words = [part for text in (ALL, *overrides) for part in ("--set", text)]
    told = edaphon("check", config, *words, "--json", cwd=root)
    assert told.exit_code == 0, told.stderr
    done = edaphon("run", config, *words, "--out", out, "--quiet", cwd=root)
    assert done.exit_code == 0, done.stderr
    return json.loads(told.stdout)["findings"], read_run(out)


def assert_told(findings, run):
    """Pairs by basis are listed by check and counted by the report."""
    sizes = run.problem.effects.sizes
    pairs = sizes.basis[0, 1:].size
    (note,) = [f["what"] for f in findings if "intervention and feature rest on" in f["what"]]
    assert note.startswith(f"what {pairs} pairs")
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    bases = np.array(BASES)[sizes.basis[0, 1:]]
    known = sizes.applicable[0, 1:] & (bases != "none")
    words = {"pooled": "pooled trials", "literature": "published figures"}
    for basis, text in words.items():
        count = int((known & (bases == basis)).sum())
        assert count > 5
        assert f"{text} {count} (" in note
        assert f"{count} rest on {text}" in page
    missing = int((bases == "none").sum())
    assert f"nothing {missing} (" in note
    assert f"{missing} of {pairs} pairs have no evidence" in page
    assert "may spread genes of antibiotic resistance" in page
    front = pd.read_csv(run.folder / "front.csv")
    assert front.loc[front["kind"] == "front", "feasible"].all()
    assert (front["kind"] == "front").sum() > 3


def guarded(run, name):
    """Whether a guard keeps a practice off every unit."""
    codes = run.problem.allowed[:, run.problem.interventions.index(name)]
    return all(run.problem.reasons[code].startswith("guarded: ") for code in np.unique(codes))


@pytest.mark.slow
def test_the_valley_runs_on_the_full_catalogue(root, tmp_path):
    told = run_all(root, tmp_path / "run", "configs/valley.yaml", *QUICK)
    assert_told(*told)
    released = ("rhizobia", "earthworm_release")
    assert not (told[1].problem.allowed[:, 1:] == 0).all()
    codes = told[1].problem.allowed[:, [told[1].problem.interventions.index(n) for n in released]]
    assert (codes > 0).all()


@pytest.mark.slow
def test_north_macedonia_runs_on_the_full_catalogue(root, real_data, tmp_path):
    base = real_data / "fao_macedonia_soc"
    quick = (
        "surrogates.soc.candidates=[ridge]",
        "predictors.focal=none",
        "predictors.terrain=none",
    )
    config = "configs/north_macedonia.yaml"
    told = run_all(root, tmp_path / "run", config, f"base={base}", *quick, *QUICK)
    assert_told(*told)
    assert guarded(told[1], "rhizobia")
    assert guarded(told[1], "earthworm_release")
    chosen = told[1].front.portfolios[told[1].front.on_front]
    used = {told[1].problem.interventions[a] for a in np.unique(chosen)}
    assert not used & {"rhizobia", "mycorrhiza", "earthworm_release", "bioremediation"}


def test_the_config_names_the_whole_catalogue_for_copying(root):
    text = (root / "configs" / "north_macedonia.yaml").read_text(encoding="utf-8")
    listed = text.split('"interventions.use=[')[1].split("]")[0].replace("#", "")
    assert [name.strip() for name in listed.split(",")] == list(catalogue_names())
