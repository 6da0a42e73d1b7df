import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from edaphon.surrogates.candidates import CANDIDATES, FITTERS, Lesson
from edaphon.surrogates.stack import fit_stack, stack_weights


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_weights_are_the_best_that_are_not_negative_and_sum_to_one_at_most(seed):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=60)
    departures = truth[:, None] * rng.uniform(-1, 2, 3) + rng.normal(size=(60, 3))
    counts = rng.uniform(0.5, 2, 60)
    weights = stack_weights(departures, truth, counts)
    assert (weights >= 0).all()
    assert weights.sum() <= 1 + 1e-12
    even = counts / counts.mean()

    def loss(shares):
        return even @ (truth - departures @ shares) ** 2

    best = minimize(
        loss,
        np.full(3, 0.2),
        bounds=[(0, 1)] * 3,
        constraints={"type": "ineq", "fun": lambda shares: 1 - shares.sum()},
        method="SLSQP",
        options={"ftol": 1e-12},
    )
    assert loss(weights) <= best.fun * (1 + 1e-6) + 1e-9


def test_a_perfect_candidate_takes_all_and_a_worthless_one_nothing():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=500)
    weights = stack_weights(np.column_stack([truth, -truth]), truth)
    np.testing.assert_allclose(weights, [1, 0], atol=1e-9)


def test_candidates_that_say_nothing_get_nothing():
    np.testing.assert_array_equal(stack_weights(np.zeros((9, 2)), np.ones(9)), [0, 0])


def test_noise_leaves_nothing_but_the_training_mean():
    rng = np.random.default_rng(1)
    matrix, response = rng.normal(size=(200, 3)), rng.normal(5, 1, 200)
    training = fit_stack(matrix, response, np.arange(200) % 5, 0)
    assert training.stack.models == ()
    np.testing.assert_array_equal(training.stack.predict(matrix), response.mean())


@pytest.mark.parametrize(("signal", "least", "most"), [(3.0, 0.95, 1.0), (0.7, 0.4, 0.98)])
def test_evidence_decides_how_much_of_a_gain_is_kept(signal, least, most):
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(40), rng.permutation(np.arange(40)) + 1)
    matrix = rng.normal(size=(len(groups), 1))
    response = signal * matrix[:, 0] + rng.normal(size=len(groups)) + rng.normal(size=40)[groups]
    training = fit_stack(matrix, response, groups % 5, 0, ("ridge",), groups=groups)
    assert least <= sum(training.stack.weights) <= most


def test_without_candidates_the_stack_is_the_weighted_mean_of_the_other_folds():
    response, folds = np.array([1.0, 2.0, 3.0, 6.0]), np.array([0, 0, 1, 1])
    training = fit_stack(np.zeros((4, 1)), response, folds, 0, ())
    np.testing.assert_array_equal(training.fitted, [4.5, 4.5, 1.5, 1.5])
    np.testing.assert_array_equal(training.stack.predict(np.zeros((2, 1))), [3, 3])
    weights = np.array([1.0, 3.0, 1.0, 1.0])
    training = fit_stack(np.zeros((4, 1)), response, folds, 0, (), weights=weights)
    np.testing.assert_allclose(training.fitted, [4.5, 4.5, 1.75, 1.75])
    assert training.stack.mean == pytest.approx(16 / 6)


def test_only_candidates_with_weight_are_kept_and_only_their_columns_asked_for():
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(300, 3))
    response = matrix[:, 2] * 2 + rng.normal(0, 0.01, 300)
    training = fit_stack(matrix, response, np.arange(300) % 5, 0, ("ridge", "extra_trees"),
                         columns=np.array([2]))  # fmt: skip
    assert training.stack.names == ("ridge",)
    assert sum(training.stack.weights) == pytest.approx(1, abs=1e-3)
    asked = rng.normal(size=(20, 3))
    told = training.stack.predict(asked)
    np.testing.assert_allclose(told, 2 * asked[:, 2], atol=0.02)
    np.testing.assert_array_equal(told, training.stack.predict(asked * [0, 0, 1]))


def test_predictions_of_a_fold_do_not_know_its_response():
    rng = np.random.default_rng(5)
    matrix, folds = rng.normal(size=(100, 2)), np.arange(100) // 20
    response = matrix[:, 0] + rng.normal(0, 0.3, 100)
    changed = np.where(folds == 2, rng.permutation(response), response)
    for name in CANDIDATES:
        before, after = (
            fit_stack(matrix, values, folds, 0, (name,)).fitted for values in (response, changed)
        )
        assert np.corrcoef(before[folds == 2], after[folds == 2])[0, 1] > 0.999


@pytest.mark.parametrize("name", CANDIDATES)
def test_every_candidate_learns_with_weights_and_from_a_column_of_zeros(name):
    rng = np.random.default_rng(6)
    matrix = np.column_stack([rng.normal(size=(150, 2)), np.zeros(150)])
    response = matrix[:, 0] - matrix[:, 1] + rng.normal(0, 0.2, 150)
    weights, folds = rng.uniform(0.5, 2, 150), np.arange(150) % 5
    model = FITTERS[name](Lesson(matrix, response, weights, folds, seed=0, signs=None))
    assert np.corrcoef(model.predict(matrix), response)[0, 1] > 0.9
    assert model.predict(matrix[:0]).shape == (0,)


def test_where_one_group_holds_all_there_is_to_explain_the_mean_is_kept():
    response = np.where(np.arange(60) < 12, np.linspace(-3, 3, 60), 0.0)
    response[:12] -= response[:12].mean()
    matrix, groups = response[:, None], np.arange(60) // 12
    training = fit_stack(matrix, response, np.arange(60) % 5, 0, ("ridge",), groups=groups)
    assert training.trust == 0
    np.testing.assert_array_equal(training.stack.predict(matrix), response.mean())


def studies(seed, signal):
    """Rows of 30 groups of unequal size, which share errors; one column says something."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(30), np.ceil(np.exp(rng.normal(2, 0.8, 30))).astype(int))
    matrix = np.column_stack([rng.normal(size=(30, 2))[groups], rng.normal(size=len(groups))])
    own = rng.standard_t(4, 30)[groups] / 2 + rng.normal(0, 0.7, len(groups))
    return matrix, signal * matrix[:, 2] + own, groups


@pytest.mark.parametrize(("signal", "least", "most"), [(0.0, -0.01, 1e-9), (1.5, 0.55, 1.0)])
def test_without_skill_new_groups_get_the_mean_and_with_it_the_stack(signal, least, most):
    """Twenty tables each: the mean share of the squared error saved on groups never seen."""
    saved = []
    for seed in range(20):
        matrix, response, groups = studies(seed, signal)
        stack = fit_stack(
            matrix, response, groups % 5, seed, ("ridge", "splines"), groups=groups
        ).stack
        asked, truth, _ = studies(seed + 1000, signal)
        plain = ((truth - response.mean()) ** 2).sum()
        saved.append(1 - ((truth - stack.predict(asked)) ** 2).sum() / plain)
    assert least <= np.mean(saved) <= most


def test_candidates_count_alike_unless_fitted_weights_do_better_elsewhere():
    rng = np.random.default_rng(7)
    matrix = rng.normal(size=(400, 2))
    response = matrix[:, 0] + np.abs(matrix[:, 1]) + rng.normal(0, 0.5, 400)
    names = ("ridge", "splines")
    told = fit_stack(matrix, response, np.arange(400) % 5, 0, names).stack
    assert told.names == ("splines",)
    line = fit_stack(matrix[:40], matrix[:40, 0] + rng.normal(0, 0.8, 40), np.arange(40) % 5, 0,
                     ("ridge", "ridge", "ridge")).stack  # fmt: skip
    np.testing.assert_allclose(line.weights, np.full(3, line.weights[0]))
