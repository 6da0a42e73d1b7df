import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solve_case import every_feasible, lp_optimum, random_problem, senses

from edaphon.problem.evaluate import evaluate, formulate, objective_gains
from edaphon.problem.rows import block_sum
from edaphon.problem.values import Problem
from edaphon.solver.core import Effort
from edaphon.solver.dual import best_places, find_price
from edaphon.solver.oracle import QUICK, THOROUGH, maximize
from edaphon.solver.table import make_table, single_row

NO_POLISH = Effort(units=0, states=1, goal=0.0)


def table_of(problem):
    formulation = formulate(problem)
    return make_table(problem, formulation, single_row(problem, formulation))


def relaxed_optimum(problem, weights):
    value = np.nan_to_num(objective_gains(problem)) @ weights
    limit = problem.constraints[0].limit if problem.constraints else None
    rows = [(problem.cost[:, :, 0], limit)] if limit is not None else []
    return lp_optimum(value, problem.allowed == 0, rows)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_units=st.integers(1, 40),
    budget=st.sampled_from([0.0, 0.01, 0.2, 0.5, 3.0, None]),
    mix=st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3).filter(lambda w: sum(w) > 0.01),
)
def test_dual_bound_agrees_with_highs_and_never_falls_below(seed, n_units, budget, mix):
    problem = random_problem(n_units, seed=seed, budget=budget)
    weights = np.array(mix) / sum(mix)
    answer = maximize(table_of(problem), weights, NO_POLISH)
    optimum = relaxed_optimum(problem, weights)
    size = max(1.0, abs(optimum))
    assert answer.bound >= optimum - 1e-9 * size  # HiGHS itself errs by as much
    assert answer.bound == pytest.approx(optimum, abs=1e-6 * size)


def test_dual_bound_agrees_with_highs_at_a_thousand_units():
    problem = random_problem(1000, 6, seed=5)
    weights = np.array([0.5, 0.3, 0.2])
    answer = maximize(table_of(problem), weights, NO_POLISH)
    assert answer.bound == pytest.approx(relaxed_optimum(problem, weights), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_units=st.integers(1, 6),
    budget=st.sampled_from([0.0, 0.1, 0.3, 0.6, None]),
    mix=st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3),
)
def test_small_problems_are_solved_to_the_proven_optimum(seed, n_units, budget, mix):
    problem = random_problem(n_units, 3, seed=seed, budget=budget)
    weights = np.array(mix)
    answer = maximize(table_of(problem), weights)
    best = (every_feasible(problem) @ weights).max()
    worth = evaluate(problem, answer.allocation)
    assert worth.feasible
    assert worth.values * senses(problem) @ weights == pytest.approx(best, abs=1e-9)
    assert answer.certified_by == "dp"
    assert answer.bound >= best - 1e-12 * abs(best)
    assert answer.bound == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("effort", [NO_POLISH, QUICK, THOROUGH])
def test_effort_never_breaks_budget_or_bound(effort):
    problem = random_problem(200, seed=3)
    table = table_of(problem)
    tight = maximize(table, np.array([0.6, 0.3, 0.1]), THOROUGH)
    answer = maximize(table, np.array([0.6, 0.3, 0.1]), effort)
    assert evaluate(problem, answer.allocation).feasible
    value = answer.totals @ [0.6, 0.3, 0.1]
    assert value <= tight.bound
    assert tight.totals @ [0.6, 0.3, 0.1] <= answer.bound
    assert answer.bound >= tight.bound - 1e-9


def test_totals_are_those_of_the_allocation():
    problem = random_problem(50, seed=1)
    answer = maximize(table_of(problem), np.array([0.2, 0.2, 0.6]))
    worth = evaluate(problem, answer.allocation)
    assert answer.totals == pytest.approx(worth.values * senses(problem))


def test_ties_go_to_the_cheapest_then_the_first():
    effects = np.zeros((1, 5, 1))
    effects[0, 1:] = 1.0
    cost = np.array([[0.0, 7.0, 5.0, 5.0, 9.0]])
    problem = Problem.from_arrays(effects, cost, None, {"a": {"maximize": "feature 1"}})
    assert maximize(table_of(problem), np.ones(1)).allocation.tolist() == [2]


def test_negative_gains_are_not_taken():
    effects = -np.ones((3, 2, 1))
    effects[:, 0] = 0.0
    problem = Problem.from_arrays(effects, np.zeros((3, 2)), None, {"a": {"maximize": "feature 1"}})
    answer = maximize(table_of(problem), np.ones(1))
    assert answer.allocation.tolist() == [0, 0, 0]
    assert answer.bound == pytest.approx(0.0, abs=1e-12)


def test_exhausted_budget_is_no_answer():
    cost = np.array([[5.0, 8.0], [5.0, 8.0]])
    effects = np.array([[[0.0], [1.0]], [[0.0], [1.0]]])
    problem = Problem.from_arrays(
        effects, cost, None, {"a": {"maximize": "feature 1"}}, {"budget": 9.0}
    )
    assert maximize(table_of(problem), np.ones(1)) is None


def test_a_single_target_is_a_bounded_sum_too():
    problem = random_problem(40, seed=8, budget=None, constraints={"targets": {"worms": 0.5}})
    weights = np.array([0.0, 0.0, 1.0])
    formulation = formulate(problem)
    answer = maximize(table_of(problem), weights, NO_POLISH)
    value = np.nan_to_num(objective_gains(problem)) @ weights
    row = formulation.rows[0]
    optimum = lp_optimum(value, problem.allowed == 0, [(-row.coefficients, -row.low)])
    assert answer.bound == pytest.approx(optimum, rel=1e-6)
    assert evaluate(problem, answer.allocation).feasible


def test_price_of_a_knapsack_by_hand():
    # value per cost 3, 2, 1 and a limit that stops inside the second: its ratio is the price
    value = np.array([[0.0, 0.0, 0.0], [30.0, 20.0, 10.0]])
    cost = np.array([[0.0, 0.0, 0.0], [10.0, 10.0, 10.0]])
    dual = find_price(value, cost, 15.0)
    assert dual.price == pytest.approx(2.0)
    assert dual.within.tolist() == [1, 0, 0]
    assert dual.beyond.tolist() == [1, 1, 0]
    assert best_places(value, cost, 2.5).tolist() == [1, 0, 0]


def test_sums_in_fixed_blocks():
    values = np.random.default_rng(0).normal(size=10_001)
    parts = [values[k : k + 4096].sum() for k in (0, 4096, 8192)]
    assert block_sum(values) == pytest.approx(sum(parts), rel=1e-14)
    assert block_sum(values[:0]) == 0.0
