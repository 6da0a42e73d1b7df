from dataclasses import replace

import numpy as np
import pytest

from edaphon.surrogates.card import judge, score
from edaphon.surrogates.held_out import Held, hold_out
from edaphon.surrogates.learner import Data


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(50, 2))
    response = 5 + matrix[:, 0] + rng.normal(0, 0.3, 50)
    together = np.arange(50) // 5
    return Data(matrix, np.array([0, 1]), response, together, "none", 0.9, 0)


@pytest.mark.slow
def test_predictions_for_a_block_do_not_know_its_measurements(data):
    seen = []
    before = hold_out(data, progress=lambda *step: seen.append(step))
    hidden = data.together == 3
    after = hold_out(replace(data, response=np.where(hidden, 8.0, data.response)))
    for field in ("fitted", "plain", "forest", "width", "mean"):
        one, other = getattr(before, field), getattr(after, field)
        np.testing.assert_array_equal(one[:, hidden], other[:, hidden])
        assert (one[:, ~hidden] != other[:, ~hidden]).any()
    assert seen[-1] == ("held-out blocks", 25, 25)
    assert len(seen) == 25
    for folds in before.folds:
        assert all(len(np.unique(folds[data.together == label])) == 1 for label in range(10))
    assert len({folds.tobytes() for folds in before.folds}) == 5


def held(fitted, plain):
    n = len(fitted[0])
    flags = np.ones((len(fitted), n), dtype=bool)
    zeros = np.zeros((len(fitted), n))
    return Held(
        folds=zeros.astype(int),
        fitted=np.array(fitted),
        plain=np.array(plain),
        forest=zeros,
        inside=flags,
        plain_inside=flags,
        width=zeros,
        mean=zeros,
        gain=np.zeros(2),
    )


def test_the_gate_by_hand(data):
    small = replace(
        data, response=np.array([1.0, -1.0, 2.0, -2.0]), together=np.array([0, 0, 1, 1])
    )
    verdict = judge(small, held([[1.0, -1.0, 0.0, 0.0]] * 3, [[0.0] * 4] * 3))
    # gains 2 and 0 of 10 in all; standard error sqrt(2 * 2) / 10
    assert verdict.skill == pytest.approx(0.2)
    assert verdict.skill_se == pytest.approx(0.2)
    assert not verdict.used
    better = judge(small, held([[1.0, -1.0, 1.0, -1.0]] * 3, [[0.0] * 4] * 3))
    # gains 2 and 6
    assert better.skill == pytest.approx(0.8)
    assert better.skill_se == pytest.approx(0.4)
    assert better.used


def test_r2_is_pooled_over_rows_and_averaged_over_assignments():
    truth = np.array([0.0, 2.0])
    found = score(truth, np.array([[0.0, 2.0], [1.0, 1.0]]), np.ones((2, 2)), "words", "log")
    assert found.r2 == pytest.approx(0.5)
    assert found.rmse == pytest.approx(0.5)
    assert found.rmse_mean == 1
