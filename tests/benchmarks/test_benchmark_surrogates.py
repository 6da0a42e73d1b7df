"""The figures of the surrogate benchmark, against brute force and on simulated tables."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from edaphon.data.landscape import Samples

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from tables import Table, blocks_of, is_sealed

from surrogates import (
    Told,
    ask,
    interval_figures,
    measure,
    missed,
    paired,
    r2,
    shown,
    worst_by_chance,
)


def simulated(n, blocks, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n)})
    frame["lon"] = rng.integers(0, blocks, n) + 0.5
    frame["lat"] = 0.5
    frame["y"] = 3 * frame["a"] - frame["b"] + rng.normal(size=n)
    samples = Samples.from_frame(
        frame, response="y", predictors=["a", "b"], longitude="lon", latitude="lat"
    )
    labels = blocks_of(samples.longitude, samples.latitude, 1.0)
    return Table("simulated", samples, "none", labels, 0.5, 1.0)


@pytest.fixture
def told():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=200)
    width = rng.uniform(0.5, 3.0, size=(2, 200))
    sides = np.stack([width * share for share in (0.4, 0.8, 1.2)])
    flat = np.ones_like(sides)
    together = rng.integers(0, 20, 200)
    return Told(truth, 0.5 * truth + np.zeros((2, 200)), -sides, sides, -flat, flat, {}, together)


def test_r2_is_that_of_scikit_learn(told):
    predicted = told.truth + np.random.default_rng(1).normal(size=(3, 200))
    each = [r2_score(told.truth, one) for one in predicted]
    assert r2(told.truth, predicted) == pytest.approx(np.mean(each))


def test_the_paired_error_is_that_of_rows_where_each_is_a_group():
    losses = np.random.default_rng(0).normal(1.0, 2.0, size=400)
    mean, error = paired(losses, np.arange(400))
    assert mean == pytest.approx(losses.mean())
    assert error == pytest.approx(losses.std(ddof=1) / 20)


def test_repeated_rows_of_a_group_add_no_certainty():
    losses = np.random.default_rng(0).normal(size=50)
    once = paired(losses, np.arange(50))
    many = paired(np.repeat(losses, 9), np.repeat(np.arange(50), 9))
    assert many == pytest.approx(once)


def test_interval_figures_by_brute_force(told):
    found = interval_figures(told)
    lower, upper = told.lower[2, 0], told.upper[2, 0]
    inside = [(low <= y <= up) for y, low, up in zip(told.truth, lower, upper, strict=True)]
    by_width = sorted(zip(upper - lower, inside, strict=True))
    first = np.mean([one for _, one in by_width[:20]])
    again = interval_figures(
        Told(
            told.truth,
            told.ours[:1],
            told.lower[:, :1],
            told.upper[:, :1],
            told.pooled_lower[:, :1],
            told.pooled_upper[:, :1],
            {},
            told.together,
        )
    )
    assert again["coverage90"] == pytest.approx(np.mean(inside))
    assert again["width_deciles"][0] == pytest.approx(first)
    missed_by = np.maximum(np.abs(told.truth) - 1.0, 0)
    assert found["interval_score_pooled"] == pytest.approx(np.mean(2 + 20 * missed_by))
    assert found["worst_width_decile"] == min(found["width_deciles"])


def test_a_table_is_measured_and_shown():
    row = measure(simulated(90, 9), assignments=1, workers=1)
    assert row["n"] == 90
    assert row["groups"] == 9
    assert row["ours"] > 0.8
    assert row["baseline"] == max(row["baselines"].values())
    assert row["difference"] == pytest.approx(row["ours"] - row["baseline"])
    assert "r2 0.9" not in " ".join(missed(row))
    assert shown(row).startswith("simulated")


def test_nothing_learns_from_sealed_groups():
    table = simulated(120, 16)
    sealed = np.array([is_sealed(label) for label in table.labels])
    changed = table.samples.response.copy()
    changed[sealed] = 50 - 7 * changed[sealed]
    moved = replace(table, samples=replace(table.samples, response=changed))
    settings = {"sealed": True, "seed": 3, "assignments": 1, "workers": 1}
    (first, _), (second, _) = ask(table, **settings), ask(moved, **settings)
    assert first.ours.shape == (1, sealed.sum())
    np.testing.assert_array_equal(first.truth, table.samples.response[sealed])
    np.testing.assert_array_equal(second.truth, changed[sealed])
    for name in ("ours", "lower", "pooled_upper"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    for name in first.others:
        np.testing.assert_array_equal(first.others[name], second.others[name])


def test_a_worst_tenth_by_chance_knows_how_misses_cluster_but_not_widths():
    rng = np.random.default_rng(2)
    width, together = rng.uniform(1, 2, (1, 400)), np.repeat(np.arange(40), 10)
    alone = rng.random((1, 400)) < 0.9
    mean, as_low = worst_by_chance(alone, width, together)
    # The smallest of ten binomial shares, 40 draws at .9 each, by simulation.
    wanted = (rng.binomial(40, 0.9, (20_000, 10)) / 40).min(axis=1).mean()
    assert mean == pytest.approx(wanted, abs=0.02)
    assert as_low > 0.05
    by_group = np.repeat(rng.random((1, 40)) < 0.9, 10, axis=1)
    ordered = np.sort(width)  # widths of one group are alike, too
    assert worst_by_chance(by_group, ordered, together)[0] < mean - 0.1
    narrow = width >= np.quantile(width, 0.1)  # all that is missed is narrow
    assert worst_by_chance(narrow, width, together)[1] == 0
