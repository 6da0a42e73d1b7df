from dataclasses import replace

import numpy as np
import pytest
from species_case import occurrence

from edaphon.surrogates.species.abundance import (
    answer_abundance,
    fit_abundance,
)
from edaphon.surrogates.species.amounts import abundance_rises, fit_amounts, run_amount_fold
from edaphon.surrogates.species.ensemble import HeldOccurrence, assign, run_fold

NAMES = ("logistic",)


def counts(data, strength=0.8, seed=5):
    rng = np.random.default_rng(seed)
    size = np.exp(1 + strength * data.matrix[:, 0] + rng.normal(0, 0.6, len(data.found)))
    return np.where(data.found, size, 0.0)


def fitted(data, amount, level=0.9):
    folds = assign(data, 2, 0)
    told, logs = np.zeros((2, 1, len(amount))), np.zeros(folds.shape)
    for k, each in enumerate(folds):
        for fold in np.unique(each):
            held = each == fold
            told[k][:, held] = run_fold(data, each, fold, seed=0, names=NAMES)[1]
            amounts = run_amount_fold(data, amount, each, fold, 0)
            logs[k, held] = amounts.predict(data.matrix[held])
    return fit_abundance(
        data, amount, HeldOccurrence(NAMES, folds, told), logs, seed=0, level=level
    )


@pytest.fixture(scope="module")
def learned():
    data = occurrence(500)
    return data, counts(data), fitted(data, counts(data))


def test_the_mean_is_unbiased_on_new_ground(learned):
    _, _, fit = learned
    assert fit.used
    sums = []
    for seed in range(20, 28):
        data = occurrence(1500, seed)
        told = answer_abundance(fit.learner, data.matrix)
        sums.append(told.mean.sum() / counts(data, seed=seed).sum())
    assert np.mean(sums) == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize("everywhere", [False, True])
def test_importance_counts_what_drives_finding_it_and_what_drives_the_amount(everywhere):
    data = occurrence(500)
    if everywhere:
        data = replace(data, presence=np.ones(500), background=np.zeros(500))
    rng = np.random.default_rng(5)
    amount = np.where(data.found, np.exp(2 + data.matrix[:, 2] + rng.normal(0, 0.3, 500)), 0.0)
    held = np.arange(500) % 5 == 0
    folds, owners = held.astype(np.int64), np.array([0, 1, 2])
    ensemble, _ = run_fold(data, folds, 1, seed=0, names=NAMES)
    amounts = run_amount_fold(data, amount, folds, 1, 0)
    rises = abundance_rises(ensemble, amounts, data, amount, held, owners=owners, seed=0)
    assert rises[2] > 0
    if everywhere:
        np.testing.assert_array_less(5 * np.abs(rises[:2]), rises[2])
    else:
        assert rises[0] > 0.2 * rises[2]


def test_held_out_means_sum_to_what_was_counted(learned):
    _, amount, fit = learned
    assert fit.scores.told.sum() == pytest.approx(amount.sum(), rel=0.05)


def test_intervals_hold_new_counts_and_respect_zero(learned):
    _, _, fit = learned
    data = occurrence(4000, 30)
    amount, told = counts(data, seed=30), answer_abundance(fit.learner, data.matrix)
    inside = (amount >= told.lower) & (amount <= told.upper)
    assert 0.87 <= inside.mean() <= 0.95
    assert told.lower.min() == 0
    assert (told.lower[told.mean < 0.3] == 0).all()
    assert (told.lower <= told.upper).all()
    assert (told.sd > 0).all()
    assert 0.85 <= fit.scores.inside[0.9].mean() <= 0.96
    assert fit.scores.width.shape == fit.scores.inside[0.9].shape


def test_amounts_say_more_than_presence_does(learned):
    _, _, fit = learned
    assert fit.scores.r2 > 0.15
    assert fit.scores.cor > 0.3
    assert fit.learner.stack.names


def test_noise_is_refused_and_the_mean_stands_in():
    data = occurrence(300)
    rng = np.random.default_rng(3)
    noise = type(data)(
        rng.normal(size=data.matrix.shape), data.presence, data.background, data.together, False
    )
    amount = counts(data, 0.0)[rng.permutation(300)]
    amount = np.where(data.found, np.where(amount > 0, amount, 2.0), 0.0)
    fit = fitted(noise, amount)
    told = answer_abundance(fit.learner, noise.matrix[:10])
    assert not fit.used
    assert np.ptp(told.mean) == 0
    assert told.mean[0] == pytest.approx(amount.mean(), rel=0.02)
    assert told.lower[0] == 0
    # All that may be missed lies above, as the lower bound is 0.
    assert (amount <= told.upper[0]).mean() == pytest.approx(0.9, abs=0.025)


def test_a_species_found_everywhere_has_amounts_all_the_same():
    data = occurrence(300)
    everywhere = type(data)(data.matrix, np.ones(300), np.zeros(300), data.together, False)
    amount = counts(everywhere)
    fit = fitted(everywhere, amount)
    told = answer_abundance(fit.learner, everywhere.matrix)
    assert fit.used
    assert told.lower.min() > 0
    assert told.mean.mean() == pytest.approx(amount.mean(), rel=0.05)


def test_few_amounts_are_told_by_their_mean():
    data = occurrence(60)
    amount = np.where(np.arange(60) < 10, 3.0, 0.0)
    stack = fit_amounts(data.matrix, amount, data.together, 0)
    np.testing.assert_allclose(stack.predict(data.matrix), np.log(3.0))
