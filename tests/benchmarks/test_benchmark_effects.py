"""The benchmark of the evidence: its baseline, its folds and its figures."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from edaphon.effects.cells import cells_of
from effects import FOLDS, clustered, folds_of, measure, missed, overall_t, row_of, seen_variance


def trials(seed, studies=50, pairs=3):
    rng = np.random.default_rng(seed)
    study = np.repeat([f"s{k}" for k in range(studies)], pairs)
    away = np.repeat(0.2 * rng.standard_t(4, studies), pairs)
    lnrr = 0.1 + away + rng.normal(0, 0.1, len(study))
    practice = np.repeat(rng.choice(["a", "b", "c"], studies), pairs)
    return pd.DataFrame({"lnrr": lnrr, "study": study, "practice": practice})


def cells(seed):
    pairs = trials(seed)
    return cells_of(pairs["lnrr"], pairs["study"], pairs["practice"])


def test_folds_are_of_whole_studies():
    found = cells(1)
    fold = folds_of(found, 0)
    assert set(fold) == set(range(FOLDS))
    for study in range(len(found.studies)):
        assert len(set(fold[found.study == study])) == 1


def test_overall_t_integrates_mean_and_spread_of_one_t_for_all():
    train, test = cells(2), cells(3)
    told = overall_t(train, test)
    known = seen_variance(train, test)
    grid = np.linspace(-4, 4, 1001)

    def density(values, variance, mean, scale):
        between = stats.t(4, loc=mean, scale=scale).pdf(grid)
        noise = stats.norm.pdf(values[:, None], grid, np.sqrt(variance)[:, None])
        return integrate.simpson(between * noise, x=grid, axis=1)

    places = [(m, s) for m in np.linspace(-0.1, 0.3, 11) for s in np.linspace(0.08, 0.44, 10)]
    fit = np.array([np.log(density(train.mean, train.variance, *place)).sum() for place in places])
    fit -= np.array([0.5 * (s / 0.5) ** 2 for _, s in places])
    chance = np.exp(fit - fit.max())
    chance /= chance.sum()
    mixed = chance @ np.array([density(test.mean, known, *place) for place in places])
    assert told == pytest.approx(np.log(mixed), abs=0.03)


def test_clustered_errors_count_studies():
    study = np.repeat(np.arange(200), 5)
    gain = np.repeat(np.random.default_rng(0).normal(0, 1, 200), 5)
    assert clustered(gain, study) == pytest.approx(1 / np.sqrt(200), rel=0.1)


def test_figures_of_a_table():
    found = cells(4)
    n = len(found.mean)
    density = np.zeros((3, n))
    density[0] = 0.5
    bounds = np.tile([-9.0, 9.0], (n, 3))
    bounds[: n // 4, -2] = 8.0  # a quarter lies below the 90 % interval
    row = row_of("made up", found, density, bounds)
    assert row["difference"] == 0.5
    assert row["coverage80"] == 1.0
    assert row["coverage90"] == pytest.approx(1 - (n // 4) / n)
    assert row["interval_score"] > 18
    assert list(missed(row)) == ["90 % intervals cover 0.760, not .85"]
    assert {"table", "metric", "ours", "baseline", "coverage90", "n", "groups"} <= row.keys()
    json.dumps(row)


@pytest.mark.slow
def test_a_made_up_table_is_covered_and_beats_a_plug_in():
    row = measure("made up", trials(5, studies=80), 0)
    assert 0.8 <= row["coverage90"] <= 1.0
    assert row["ours"] > row["reml"]
