from dataclasses import replace

import numpy as np
import pytest

from edaphon.surrogates.learner import Data, answer, learn, settled

QUICK = ("ridge", "extra_trees")


def made(n, seed, transform, limits=(0.0, np.inf), spread=0.7):
    """Skewed responses whose spread differs between rows, on a known scale."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, 3))
    center = 0.5 * matrix[:, 0] + 1.0
    noise = rng.normal(size=n) * spread * np.where(matrix[:, 1] > 0, 1.4, 0.4)
    back = {
        "log": np.exp,
        "log1p": lambda v: np.maximum(np.expm1(v), 0),
        "logit": lambda v: 1 / (1 + np.exp(-v)),
        "none": lambda v: v,
    }
    response = back[transform](center + noise)
    return Data(
        matrix, np.arange(3), response, np.arange(n) // 4, transform, 0.9, 0,
        limits=limits, candidates=QUICK,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("transform", "limits"),
    [("log", (0, np.inf)), ("log1p", (0, np.inf)), ("logit", (0, 1)), ("none", (-np.inf, np.inf))],
)
def test_means_brought_back_have_no_bias(transform, limits):
    data, new = made(600, 1, transform, limits), made(20_000, 2, transform, limits)
    told = answer(learn(data, 0), new.matrix)
    error = new.response.std() / np.sqrt(len(data.response))
    assert told.mean.mean() == pytest.approx(new.response.mean(), abs=2.5 * error)
    assert (told.mean >= limits[0]).all()
    assert (told.mean <= limits[1]).all()
    assert (told.lower >= limits[0]).all()
    assert (told.upper <= limits[1]).all()
    inside = (told.lower <= new.response) & (new.response <= told.upper)
    assert 0.85 < inside.mean() < 0.95


def test_without_smearing_means_would_be_biased():
    data, new = made(600, 1, "log"), made(20_000, 2, "log")
    told = answer(learn(data, 0), new.matrix)
    assert np.exp(told.fitted).mean() < 0.9 * new.response.mean()


def test_the_shipped_mean_is_monotone_where_asked():
    rng = np.random.default_rng(3)
    data = made(300, 3, "log")
    every = ("ridge", "splines", "extra_trees", "boosting")
    bound = replace(data, signs=np.array([1, 0, 0]), candidates=every)
    learner = learn(bound, 0)
    assert learner.monotone
    for base in rng.normal(size=(20, 3)):
        line = np.tile(base, (200, 1))
        line[:, 0] = np.linspace(-4, 4, 200)
        assert (np.diff(answer(learner, line).mean) >= -1e-12).all()


def test_a_response_that_nothing_explains_gets_little_but_its_mean():
    rng = np.random.default_rng(4)
    data = replace(made(150, 4, "log"), response=rng.lognormal(size=150))
    told = answer(learn(data, 0), data.matrix)
    assert told.mean.mean() == pytest.approx(data.response.mean(), rel=0.05)
    assert np.ptp(told.fitted) < 0.6
    alone = learn(data, 0, ())
    assert alone.stack.names == ()
    assert np.ptp(answer(alone, data.matrix).mean) == 0


def test_weights_move_the_mean():
    data = made(200, 5, "none", (-np.inf, np.inf))
    heavy = np.where(data.response > np.median(data.response), 9.0, 1.0)
    weighted = answer(learn(replace(data, weights=heavy), 0, ()), data.matrix).mean[0]
    assert weighted == pytest.approx(np.average(data.response, weights=heavy), rel=0.01)
    assert weighted > data.response.mean() + 0.2


def test_answers_take_all_columns_whatever_sets_were_refused():
    rng = np.random.default_rng(0)
    data, group = made(300, 6, "none", (-np.inf, np.inf), 0.1), np.arange(300) // 10
    places = group[:, None] + rng.normal(0, 0.01, (300, 2))
    wider = replace(
        data,
        response=3 * data.matrix[:, 0] + rng.normal(0, 2, 30)[group],
        together=group,
        matrix=np.column_stack([data.matrix[:, 1:], places, data.matrix[:, :1]]),
        owners=np.arange(5),
        offered={"places": (2, 3), "signal": (4,)},
        names=("b", "c", "n1", "n2", "a"),
    )
    learner = learn(wider, 0)
    assert list(learner.accepted) == ["signal"]
    assert list(learner.refused) == ["places"]
    np.testing.assert_array_equal(learner.stack.columns, [0, 1, 4])
    told = answer(learner, wider.matrix)
    changed = wider.matrix.copy()
    changed[:, 2:4] = 99.0
    np.testing.assert_array_equal(told.mean, answer(learner, changed).mean)
    used, choice = settled(wider, 0)
    assert used.names == ("b", "c", "a")
    assert used.offered == {}
    np.testing.assert_array_equal(used.owners, [0, 1, 2])
    alone = answer(learn(used, 0), used.matrix)
    np.testing.assert_array_equal(alone.mean, told.mean)
    assert list(choice.accepted) == ["signal"]


def test_the_same_seed_gives_the_same_bytes():
    data = made(120, 7, "log")
    one, other = (answer(learn(data, 5), data.matrix) for _ in range(2))
    assert one.mean.tobytes() == other.mean.tobytes()
    assert one.lower.tobytes() == other.lower.tobytes()
