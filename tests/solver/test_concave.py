import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize
from solve_case import every_feasible, random_problem

from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.values import Problem
from edaphon.solver.concave import answer_weights
from edaphon.solver.core import Effort
from edaphon.solver.front import solve
from edaphon.solver.oracle import maximize
from edaphon.solver.table import make_table, outcome_columns, single_row


def engine(problem, effort=None):
    formulation = formulate(problem)
    table = make_table(problem, formulation, single_row(problem, formulation))
    return table, lambda coefficients: maximize(table, coefficients, effort)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), budget=st.sampled_from([0.1, 0.4, None]))
def test_bound_holds_for_every_portfolio(seed, budget):
    problem = random_problem(6, 3, seed=seed, saturating=True, budget=budget)
    table, oracle = engine(problem)
    weights = np.array([1.0, 0.02, 0.001])
    cut = answer_weights(oracle, table.outcome, weights)
    best = (every_feasible(problem) @ weights).max()
    reached = cut.values @ weights
    assert reached <= best + 1e-12
    assert cut.bound >= best - 1e-12


BENEFITS = ({"power": 0.25}, {"log": 10.0}, {"exponential": 5.0}, {"ramp": 0.4}, {"worst": 0.4})


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000), benefit=st.sampled_from(BENEFITS))
def test_bound_holds_for_every_benefit(seed, benefit):
    problem = random_problem(6, 3, seed=seed, benefit=benefit)
    table, oracle = engine(problem)
    weights = np.array([1.0, 0.02, 0.001])
    cut = answer_weights(oracle, table.outcome, weights)
    best = (every_feasible(problem) @ weights).max()
    assert cut.values @ weights <= best + 1e-12
    assert cut.bound >= best - 1e-12


@pytest.mark.parametrize("benefit", BENEFITS[:3])
def test_gap_of_every_smooth_benefit(benefit):
    problem = random_problem(3000, benefit=benefit, cost_objective=False)
    table, oracle = engine(problem)
    cut = answer_weights(oracle, table.outcome, np.array([1.0, 0.1 / 3000]))
    assert cut.bound - cut.values @ cut.weights <= 1e-4 * abs(cut.bound)


def test_gap_shrinks_with_the_number_of_units():
    for n_units, gap in ((100, 1e-2), (2000, 2e-4)):
        problem = random_problem(n_units, saturating=True, seed=1)
        table, oracle = engine(problem)
        weights = np.array([1.0, 0.1 / n_units, 0.001 / n_units])
        cut = answer_weights(oracle, table.outcome, weights)
        assert cut.bound - cut.values @ weights <= gap * abs(cut.bound)


def test_values_are_those_of_evaluate():
    problem = random_problem(30, saturating=True)
    table, oracle = engine(problem)
    cut = answer_weights(oracle, table.outcome, np.array([1.0, 0.01, 0.01]))
    worth = evaluate(problem, cut.allocation)
    assert cut.values == pytest.approx(worth.values * [1.0, 1.0, -1.0])


def test_relaxed_optimum_against_a_general_solver():
    problem = random_problem(8, 3, seed=4, saturating=True, cost_objective=False)
    table, oracle = engine(problem, Effort(units=0, states=1, goal=0.0))
    weights = np.array([1.0, 0.05])
    cut = answer_weights(oracle, table.outcome, weights)
    columns, outcome = outcome_columns(problem, formulate(problem).total)
    flat = columns.transpose(0, 2, 1).reshape(len(columns), -1)
    n_pairs = flat.shape[1]
    open_ = (problem.allowed == 0).ravel()

    def loss(share):
        return -float(outcome.values(flat @ share) @ weights)

    def slope(share):
        return -(flat.T @ outcome.slope(flat @ share, weights))

    choose = np.kron(np.eye(problem.n_units), np.ones(problem.n_interventions))
    budget = problem.constraints[0].limit
    start = np.zeros(n_pairs)
    start[:: problem.n_interventions] = 1.0
    found = minimize(
        loss,
        start,
        jac=slope,
        method="SLSQP",
        bounds=[(0.0, float(ok)) for ok in open_],
        constraints=[
            LinearConstraint(choose, 1.0, 1.0),
            LinearConstraint(problem.cost[:, :, 0].ravel()[None, :], -np.inf, budget),
        ],
        options={"maxiter": 500, "ftol": 1e-12},
    )
    assert cut.bound >= -found.fun - 1e-6
    assert cut.bound == pytest.approx(-found.fun, rel=2e-3)


@pytest.mark.parametrize("benefit", ["saturating", {"ramp": 0.5}, {"worst": 0.5}])
def test_an_objective_that_nothing_raises_is_0_and_solved(benefit):
    effects = np.zeros((6, 3, 1))
    effects[:, 1:] = -1.0
    cost = np.ones((6, 3))
    cost[:, 0] = 0.0
    words = {"a": {"maximize": ["a"], "benefit": benefit}}
    problem = Problem.from_arrays(effects, cost, None, words, {"budget": 3.0}, features=["a"])
    front = solve(problem, portfolios=2)
    assert front.values[front.on_front].tolist() == [[0.0]]
    assert front.bound[front.on_front] == pytest.approx(0.0, abs=1e-12)
