import numpy as np
import pytest
from scipy.special import expit
from species_case import occurrence

from edaphon.surrogates.species.ensemble import HeldOccurrence, assign
from edaphon.surrogates.species.learner import (
    answer_occurrence,
    cross,
    fit_instability,
    fit_occurrence,
    judge_occurrence,
)
from edaphon.surrogates.species.occurrence import Occurrence

NAMES = ("logistic",)


def held(data, odds, noise=0.3):
    """Predictions as held-out fits would give them: odds of the truth, with some noise."""
    folds = assign(data, 3, 0)
    rng = np.random.default_rng(0)
    told = expit(odds - np.log(data.odds) + rng.normal(0, noise, (3, len(odds))))
    return HeldOccurrence(NAMES, folds, told[:, None, :])


def true_odds(data):
    warm, acid, wood = data.matrix.T
    return -0.8 + 1.6 * warm - 0.8 * acid**2 + wood


@pytest.fixture
def data():
    return occurrence(500)


def test_each_fold_is_calibrated_by_the_others(data):
    crossed = cross(data, held(data, true_odds(data)))
    assert crossed.probability.shape == (3, 500)
    assert crossed.probability.mean() == pytest.approx(data.found.mean(), abs=0.02)
    folds = assign(data, 3, 0)[0]
    others = folds != 2
    assert crossed.plain[0, ~others][0] == pytest.approx(data.found[others].mean())


def test_scores_by_hand(data):
    crossed = cross(data, held(data, true_odds(data)))
    scores = judge_occurrence(data, crossed)
    truth = data.found.astype(float)
    assert scores.brier == pytest.approx(((crossed.probability - truth) ** 2).mean())
    assert scores.variance == pytest.approx(truth.var())
    p, q = crossed.probability, crossed.plain
    ours = -np.where(data.found, np.log(p), np.log(1 - p)).mean()
    plain = -np.where(data.found, np.log(q), np.log(1 - q)).mean()
    assert scores.skill.share == pytest.approx(1 - ours / plain)


def test_presences_alone_are_judged_by_ranks(data):
    alone = Occurrence(data.matrix, data.presence, np.ones(500), data.together, True)
    good = fit_occurrence(alone, held(alone, true_odds(data)), seed=0)
    assert good.used
    assert good.scores.skill.share == pytest.approx(2 * good.scores.auc - 1)
    bad = fit_occurrence(alone, held(alone, np.zeros(500)), seed=0)
    assert not bad.used
    told = answer_occurrence(bad.learner, alone.matrix)
    np.testing.assert_array_equal(told.mean, 0.5)


@pytest.mark.parametrize("alone", [False, True])
def test_the_gate_lets_chance_through_rarely(alone):
    """Patchy species and predictions that share nothing but the blocks both are patchy in."""
    passed = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        blocks = np.repeat(np.arange(20), rng.integers(3, 30, 20))
        patchy = 0.8 * rng.normal(size=20)[blocks] - 0.7
        found = (rng.random(len(blocks)) < expit(patchy)).astype(float)
        data = Occurrence(
            np.zeros((len(blocks), 1)), found, np.ones(len(found)) if alone else 1 - found, blocks,
            alone,
        )  # fmt: skip
        noise = rng.normal(size=20)[blocks] + 0.5 * rng.normal(size=len(blocks))
        told = expit(noise + 0.3 * rng.normal(size=(3, len(blocks))))
        tried = HeldOccurrence(NAMES, assign(data, 3, seed), told[:, None, :])
        passed.append(judge_occurrence(data, cross(data, tried)).skill.clear)
    assert np.mean(passed) <= 0.06


def test_the_gate_wants_more_than_a_standard_error(data):
    fit = fit_occurrence(data, held(data, np.zeros(500)), seed=0)
    assert not fit.used
    assert fit.cuts == {}
    told = answer_occurrence(fit.learner, data.matrix)
    np.testing.assert_allclose(told.mean, data.found.mean(), atol=0.01)
    assert (told.upper > told.mean).all()


def test_thresholds_are_on_the_scale_that_is_told(data):
    fit = fit_occurrence(data, held(data, true_odds(data)), seed=0)
    assert fit.told.min() <= min(fit.cuts.values()) <= max(fit.cuts.values()) <= fit.told.max()
    known = Occurrence(data.matrix, data.presence, np.ones(500), data.together, True)
    half = fit_occurrence(known, held(known, true_odds(data)), seed=0, prevalence=0.1)
    assert half.told.mean() == pytest.approx(0.1, abs=0.01)
    assert "prevalence matched" in half.cuts


def test_fits_that_disagree_widen_the_interval(data):
    steady, shaky = (
        fit_occurrence(data, held(data, true_odds(data), noise), seed=0) for noise in (0.01, 1.0)
    )
    assert shaky.learner.instability > 10 * steady.learner.instability
    assert fit_instability(held(data, true_odds(data)).told[:1, 0]) == 0


def test_instability_is_a_jackknife():
    rng = np.random.default_rng(0)
    told = expit(rng.normal(0, 0.2, (3, 4000)))
    assert fit_instability(told) == pytest.approx(2 * 0.2, rel=0.05)
