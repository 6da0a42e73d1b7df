"""Where the truth is known, matched folds promise the error that the map has."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from folds import SAMPLED, SIDE, compare, measure, sampled, world


def test_worlds_follow_their_seed_and_samples_are_cells():
    one, two = (world(np.random.default_rng(3)) for _ in range(2))
    for first, second in zip(one, two, strict=True):
        np.testing.assert_array_equal(first, second)
    for sampling in ("random", "clustered"):
        cells = sampled(np.random.default_rng(0), sampling)
        assert len(np.unique(cells)) == SAMPLED
        assert cells.max() < SIDE**2
    assert compare("random", 1) == compare("random", 1)


@pytest.mark.slow
def test_matched_folds_promise_what_the_map_holds():
    found = {(row["sampling"], row["folds"]): row for row in measure(12)}
    for sampling in ("random", "clustered"):
        matched = found[sampling, "matched"]
        assert 0.95 <= matched["promised_over_true"] <= 1.05
        assert 0.87 <= matched["coverage90"] <= 0.93
    assert found["clustered", "random"]["promised_over_true"] < 0.7
    assert found["clustered", "random"]["coverage90"] < 0.8
    assert found["random", "blocks"]["promised_over_true"] > 1.2
