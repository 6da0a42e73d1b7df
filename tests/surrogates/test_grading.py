"""Grades from held-out probabilities that are made up, so that the answers are known."""

from dataclasses import replace

import numpy as np
import pytest
from community_case import BLOCK, made_up_community, named
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from edaphon.surrogates.crossed import CrossedSpecies, common_folds
from edaphon.surrogates.folds import held_together
from edaphon.surrogates.grading import AuditBasis, grade_of, grade_set, within_folds
from edaphon.surrogates.models.linear import PENALTIES
from edaphon.surrogates.representation import lay_yardstick
from edaphon.surrogates.stand_in import fit_stand_in, stand_in_layers


def basis_of(noise=0.3, seed=0):
    """Predictions = the drivers themselves with some noise, as a good model would tell them."""
    observations = made_up_community(n=260, seed=seed)
    rng = np.random.default_rng(seed)
    together = held_together(observations.x, observations.y, 12_000.0)
    folds = common_folds(together, seed)
    driver = {
        "target": observations.predictors.a,
        "true": observations.predictors.a,
        "some": 0.45 * observations.predictors.a + 0.9 * observations.predictors.b,
        "none": observations.predictors.b,
    }
    odds = np.column_stack(
        [driver[name.rstrip("0123456789")].to_numpy() for name in observations.species]
    )
    told = np.stack([1 / (1 + np.exp(-2 * odds - rng.normal(0, noise, odds.shape))) for _ in folds])
    crossed = CrossedSpecies(observations.species, observations.table, together, folds, told, told)
    return AuditBasis(observations, crossed, BLOCK, (), seed)


@pytest.fixture(scope="module")
def basis():
    return basis_of()


@pytest.mark.parametrize("fitted", [True, False])
@pytest.mark.parametrize(
    ("kind", "grade"), [("true", "supported"), ("some", "weak"), ("none", "not supported")]
)
def test_known_answers(basis, kind, grade, fitted):
    audit = grade_set(
        basis, named(basis.observations, kind), named(basis.observations, "target"),
        fitted=fitted, n_random=0, reference=0.8,
    )  # fmt: skip
    assert audit.grade == grade
    assert audit.sai_lower < audit.sai
    assert audit.efficiency == pytest.approx(audit.rank_correlation / 0.8)
    assert audit.n_targets == 10
    assert audit.reason.count(". ") == 0
    assert audit.reason.endswith(".")


def test_random_sets_are_compared_with(basis):
    """Of 3 random species, few sets do better than 3 that share the targets' driver."""
    targets = named(basis.observations, "target")
    best, worst = (
        grade_set(basis, named(basis.observations, kind), targets, n_random=8, reference=0.8)
        for kind in ("true", "none")
    )
    assert best.better_random_sets < 0.5 < worst.better_random_sets
    assert worst.sai < best.random_sai < best.sai
    assert 0 < best.random_spread < 0.2
    steps = (best.sai - best.sai_lower) / best.sai_spread
    assert steps == pytest.approx(student.ppf(0.95, int(basis.crossed.together.max())))
    alone = grade_set(basis, named(basis.observations, "true"), targets, n_random=0, reference=0.8)
    assert alone.random_sai is alone.random_spread is alone.better_random_sets is None


def test_a_group_stands_for_itself_by_its_own_models(basis):
    targets = named(basis.observations, "target")
    own = stand_in_layers(basis.crossed, targets, targets, fitted=True)
    columns = basis.crossed.columns(targets)
    np.testing.assert_array_equal(own, basis.crossed.probability[:, :, columns])
    audit = grade_set(basis, targets, targets, n_random=0)
    assert audit.grade == "supported"
    assert audit.efficiency <= 1


def test_no_held_out_target_reaches_its_own_layer(basis):
    """Turning the targets around in one part changes the layers of the other parts only."""
    crossed, targets = basis.crossed, named(basis.observations, "target")
    held = crossed.folds[0] == 2
    turned = crossed.found.copy()
    turned[held] = 1 - turned[held]
    changed = CrossedSpecies(
        crossed.species, turned, crossed.together, crossed.folds, crossed.leveled,
        crossed.probability,
    )  # fmt: skip
    surrogates = named(basis.observations, "some")
    before = stand_in_layers(crossed, surrogates, targets, fitted=True)[0]
    after = stand_in_layers(changed, surrogates, targets, fitted=True)[0]
    np.testing.assert_array_equal(before[held], after[held])
    assert not np.allclose(before[~held], after[~held])


def test_stand_in_sums_to_a_ridge_of_richness(basis):
    crossed = basis.crossed
    surrogates, targets = named(basis.observations, "some"), named(basis.observations, "target")
    inputs = crossed.probability[0][:, crossed.columns(surrogates)]
    found = crossed.found[:, crossed.columns(targets)]
    folds = crossed.folds[0]
    fit = fit_stand_in(surrogates, targets, inputs, found, folds)
    signal = np.log(inputs / (1 - inputs)).mean(axis=1)
    plain = np.polyfit((signal - signal.mean()) / signal.std(), found.sum(axis=1), 1)
    # On a signal of variance 1 the ridge divides the slope by 1 + penalty.
    shrinkage = plain[0] / fit.slopes.sum() - 1
    assert np.abs(shrinkage - PENALTIES).min() < 0.005
    assert fit.prevalences.sum() == pytest.approx(plain[1])
    assert ((fit.predict(inputs) >= 0) & (fit.predict(inputs) <= 1)).all()
    constant = fit_stand_in(surrogates, targets, np.full(inputs.shape, 0.3), found, folds)
    np.testing.assert_allclose(constant.predict(inputs[:2]), np.tile(found.mean(axis=0), (2, 1)))


def test_traces_of_predictors_do_not_make_a_stand_in(basis):
    """Surrogates whose predictions differ by the targets' driver, but do not follow it."""
    crossed, targets = basis.crossed, named(basis.observations, "target")
    table, columns = (
        basis.observations.predictors,
        crossed.columns(named(basis.observations, "none")),
    )
    told = crossed.probability.copy()
    for column, trace in zip(columns, (0.3, 0.0, -0.3), strict=True):
        told[:, :, column] = 1 / (1 + np.exp(-2 * table.b - trace * table.a))
    traced = replace(basis, crossed=replace(crossed, probability=told))
    audit = grade_set(traced, named(basis.observations, "none"), targets, n_random=0, reference=0.8)
    assert audit.grade == "not supported"


def test_index_is_the_mean_of_its_parts(basis):
    crossed, targets = basis.crossed, named(basis.observations, "target")
    found = crossed.found[:, crossed.columns(targets)]
    layers = np.broadcast_to(found, (len(crossed.folds), *found.shape))
    assert basis.index(layers, targets, 0.3) == pytest.approx(1, abs=0.02)
    parts = [lay_yardstick(found[f == k], 0.3, np.random.default_rng()) for f in crossed.folds
             for k in np.unique(f)]  # fmt: skip
    assert all(part.optimum > part.by_chance for part in parts)


def test_a_model_that_knows_only_the_mean_has_no_rank_correlation():
    """Pooled over folds it would run against the truth: rich ground lowers what it tells of it."""
    folds = np.repeat([0, 1], 50)
    truth = np.r_[np.full(50, 5.0) + np.arange(50) % 3, np.arange(50) % 3]
    told = np.where(folds == 0, truth[50:].mean(), truth[:50].mean())
    assert np.corrcoef(told, truth)[0, 1] < -0.5
    assert within_folds(told, truth, folds) == 0


@given(st.floats(-1, 1), st.one_of(st.none(), st.floats(-2, 2)))
def test_grades_follow_their_definition(lower, efficiency):
    grade = grade_of(lower, efficiency)
    assert (grade == "not supported") == (not lower > 0)
    assert (grade == "supported") == (lower > 0 and efficiency is not None and efficiency >= 0.7)


@pytest.mark.parametrize("budget", [0.0, 1.0, 30.0])
def test_a_budget_is_a_share(basis, budget):
    with pytest.raises(ValueError, match="budget"):
        grade_set(basis, basis.crossed.species[:1], basis.crossed.species[1:], budget=budget)
