import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solve_case import random_problem, senses

from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.values import Problem
from edaphon.solver import engine as engine_module
from edaphon.solver.core import Effort
from edaphon.solver.dual import find_price
from edaphon.solver.front import solve
from edaphon.solver.narrow import narrow
from edaphon.solver.oracle import THOROUGH, maximize
from edaphon.solver.pairs import make_pairs
from edaphon.solver.table import make_table, single_row


def both(problem):
    formulation = formulate(problem)
    row = single_row(problem, formulation)
    return make_table(problem, formulation, row), make_pairs(problem, formulation, row)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_units=st.integers(1, 300),
    budget=st.sampled_from([0.0, 1e-3, 0.05, 0.35, 0.8, 3.0, None]),
    mix=st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3).filter(lambda w: sum(w) > 0.01),
)
def test_price_between_brackets_is_that_of_the_whole_problem(seed, n_units, budget, mix):
    problem = random_problem(n_units, 5, seed=seed, budget=budget)
    table, pairs = both(problem)
    weights = np.array(mix)
    value = table.value(weights)
    exact = find_price(value, table.cost, table.limit)
    look = narrow(pairs, weights)
    assert look.dual.price == pytest.approx(exact.price, rel=1e-9, abs=1e-12)
    top = (value - exact.price * table.cost).max(axis=0).sum()
    decided = look.decided_value - look.dual.price * look.decided_cost
    near = (look.value - look.dual.price * look.cost).max(axis=0).sum()
    assert decided + near == pytest.approx(top, rel=1e-9, abs=1e-9)
    spent = problem.cost[np.arange(n_units), look.whole(look.dual.within), 0].sum()
    assert spent <= table.limit * (1 + 1e-12)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_units=st.integers(2, 200),
    budget=st.sampled_from([0.01, 0.35, None]),
    single=st.booleans(),
)
def test_answers_and_bounds_are_those_of_a_table(seed, n_units, budget, single):
    problem = random_problem(n_units, seed=seed, budget=budget)
    if single:
        mean = problem.effects.mean.astype(np.float32)
        problem = Problem.from_arrays(
            mean,
            problem.cost,
            problem.allowed == 0,
            problem.objectives,
            problem.constraints,
            features=problem.features,
        )
        assert problem.effects.mean.dtype == np.float32
    table, pairs = both(problem)
    weights = np.array([0.5, 0.3, 0.01])
    one, other = maximize(table, weights, THOROUGH), maximize(pairs, weights, THOROUGH)
    size = abs(one.bound) + 1e-9
    relaxed = maximize(table, weights, Effort(units=0, states=1, goal=0.0))
    assert other.bound <= relaxed.bound + other.rounding
    worth = evaluate(problem, other.allocation)
    assert worth.feasible
    assert other.totals == pytest.approx(worth.values * senses(problem), rel=1e-9, abs=1e-9)
    assert other.bound >= one.totals @ weights - 1e-12 * size
    assert one.bound >= other.totals @ weights - 1e-12 * size


def test_a_lower_limit_and_many_features():
    # far more features than columns: columns are made once, and a target is the bounded sum
    rng = np.random.default_rng(3)
    names = [f"s{k}" for k in range(8)]
    effects = rng.gamma(2.0, 1.0, size=(3_000, 5, 8))
    effects[:, 0] = 0.0
    cost = rng.gamma(2.0, 10.0, size=(3_000, 5))
    cost[:, 0] = 0.0
    objectives = {"all": {"maximize": names}, "cost": {"minimize": "cost"}}
    problem = Problem.from_arrays(
        effects, cost, None, objectives, {"targets": {"s1": 0.5}}, features=names
    )
    table, pairs = both(problem)
    assert pairs.gains.shape == (3_000, 5, 2)
    for weights in ([1.0, 1e-3], [0.0, 1.0]):
        one, other = (maximize(source, np.array(weights)) for source in (table, pairs))
        assert other.bound == pytest.approx(one.bound, rel=1e-6)
        assert other.price == pytest.approx(one.price, rel=1e-9, abs=1e-12)
        assert evaluate(problem, other.allocation).feasible


def test_ties_and_what_no_budget_pays_for():
    effects = np.zeros((40, 5, 1))
    effects[:, 1:] = 1.0
    cost = np.tile([1.0, 7.0, 5.0, 5.0, 9.0], (40, 1))
    objectives = {"a": {"maximize": "feature 1"}}
    _, pairs = both(Problem.from_arrays(effects, cost, None, objectives))
    assert (maximize(pairs, np.ones(1)).allocation == 2).all()
    _, pairs = both(Problem.from_arrays(effects, cost, None, objectives, {"budget": 39.0}))
    assert maximize(pairs, np.ones(1)) is None
    _, pairs = both(Problem.from_arrays(effects, cost, None, objectives, {"budget": 40.0}))
    assert (maximize(pairs, np.ones(1)).allocation == 0).all()
    _, pairs = both(Problem.from_arrays(effects, cost, None, objectives, {"budget": 51.0}))
    answer = maximize(pairs, np.ones(1))
    assert sorted(np.bincount(answer.allocation).tolist()) == [0, 2, 38]
    assert answer.bound == pytest.approx(2.75)


@pytest.mark.slow
def test_the_same_front_bytes_for_any_number_of_workers(monkeypatch):
    problem = random_problem(700, seed=4)
    plain = solve(problem, portfolios=20)
    monkeypatch.setattr(engine_module, "LARGE", 100)
    monkeypatch.setattr(engine_module, "WORTH_A_PROCESS", 0)
    one = solve(problem, portfolios=20)
    two = solve(problem, portfolios=20, workers=2)
    assert one.portfolios.tobytes() == two.portfolios.tobytes()
    assert one.values.tobytes() == two.values.tobytes()
    assert one.bound.tobytes() == two.bound.tobytes()
    assert one.feasible.all()
    assert one.sandwich_ratio == pytest.approx(plain.sandwich_ratio, abs=1e-4)
    assert np.nanmax(one.certified_gap[one.on_front]) < 1e-4
