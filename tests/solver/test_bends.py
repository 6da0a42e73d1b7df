"""Ramps: the bound is the linear relaxation's, and portfolios come near it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from solve_case import every_feasible, random_problem

from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.values import Problem
from edaphon.solver.bends import all_ramps, find_bends, near_bends
from edaphon.solver.climb import holds_within
from edaphon.solver.concave import answer_weights
from edaphon.solver.engine import make_engine


def many(n_units, n_features, *, seed=0, end=0.3, budget=0.5, options=4):
    """Features that each live on a third of the units, and cost as another objective."""
    rng = np.random.default_rng(seed)
    names = tuple(f"s{f}" for f in range(n_features))
    lives = rng.random((n_units, 1, n_features)) < 1 / 3
    effects = lives * rng.gamma(2.0, 1.0, size=(n_units, options, n_features))
    effects[:, 0] = 0.0
    cost = rng.gamma(3.0, 1.0, size=(n_units, options))
    cost[:, 0] = 0.0
    return Problem.from_arrays(
        effects,
        cost,
        np.ones((n_units, options), dtype=bool),
        {"life": {"maximize": names, "benefit": {"ramp": end}}, "cost": {"minimize": "cost"}},
        {"budget": budget * float(cost.mean(axis=1).sum())},
        features=names,
    )


def engine_of(problem):
    return make_engine(problem, formulate(problem), 10.0)


def relaxed(engine, weights):
    """Best value where units may be split, by HiGHS."""
    ground = engine.ground()
    table = ground.table
    touched = table.outcome.matrix @ weights
    bent = np.flatnonzero(table.outcome.saturating)
    ends = np.full(len(touched), np.nan)
    for columns, benefit in table.outcome.concave:
        ends[list(columns)] = benefit.shape
    place, unit = np.nonzero(~np.isneginf(table.barrier))
    plain = np.where(table.outcome.saturating, 0.0, touched)
    gains = plain @ table.columns[:, place, unit]
    shares = table.columns[bent][:, place, unit] / ends[bent, None]
    fill = np.hstack([-shares, np.eye(len(bent))])
    rows = np.hstack([ground.rows[:, place, unit], np.zeros((len(ground.rows), len(bent)))])
    choose = np.zeros((table.n_units, len(unit) + len(bent)))
    choose[unit, np.arange(len(unit))] = 1.0
    found = linprog(
        -np.concatenate([gains, touched[bent]]),
        A_ub=np.vstack([fill, rows]),
        b_ub=np.concatenate([np.zeros(len(bent)), ground.limits]),
        A_eq=choose,
        b_eq=np.ones(table.n_units),
        bounds=[(0, 1)] * len(unit) + [(None, 1)] * len(bent),
    )
    return -found.fun


@pytest.mark.parametrize("weights", [(1.0, 1e-3), (1.0, 1e-2), (1.0, 3e-2)])
@pytest.mark.parametrize("end", [0.3, 0.7])
def test_the_bound_is_that_of_the_linear_relaxation(weights, end):
    engine = engine_of(many(120, 6, end=end))
    weights = np.array(weights)
    cut = answer_weights(engine.oracle(), engine.outcome, weights, engine.polish())
    best = relaxed(engine, weights)
    # up to 500 units the oracle proves what whole units leave, so it may lie a little lower
    assert cut.bound == pytest.approx(best, rel=5e-4)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), budget=st.sampled_from([0.1, 0.4, None]))
def test_the_bound_holds_for_every_portfolio(seed, budget):
    problem = random_problem(6, 3, seed=seed, budget=budget, benefit={"ramp": 0.4})
    engine = engine_of(problem)
    weights = np.array([1.0, 0.02, 0.001])
    cut = answer_weights(engine.oracle(), engine.outcome, weights, engine.polish())
    best = float((every_feasible(problem) @ weights).max())
    assert cut.bound >= best - 1e-12 * abs(best)
    assert cut.values @ weights <= best + 1e-12


def test_several_limits_count_too():
    problem = random_problem(80, benefit={"ramp": 0.4}, constraints={"targets": {"worms": 0.3}})
    engine = engine_of(problem)
    weights = np.array([1.0, 2e-4, 2e-5])
    cut = answer_weights(engine.oracle(), engine.outcome, weights, engine.polish())
    best = relaxed(engine, weights)
    assert cut.bound >= best - 1e-7
    assert cut.bound == pytest.approx(best, rel=1e-3)
    assert evaluate(problem, cut.allocation).feasible


@pytest.mark.parametrize("end", [0.3, 0.5])
def test_gap_where_every_bend_meets_with_cost(end):
    engine = engine_of(many(3000, 12, end=end))
    weights = np.array([1.0, 2e-4])
    cut = answer_weights(engine.oracle(), engine.outcome, weights, engine.polish())
    assert cut.bound - cut.values @ weights <= 4e-4 * cut.bound


@pytest.mark.parametrize("seed", range(2))
def test_limits_hold_nothing_gets_worse_and_it_can_be_repeated(seed):
    engine = engine_of(many(90, 6, seed=seed, budget=0.2))
    ground, weights = engine.ground(), np.array([1.0, 1e-4])
    assert all_ramps(ground)
    bends = find_bends(ground, weights)
    start = np.zeros(90, dtype=np.intp)
    made = near_bends(ground, weights, bends, start, 0.0)
    assert holds_within(ground, made)
    outcome, table = engine.outcome, ground.table
    before = outcome.values(table.totals(start)) @ weights
    assert outcome.values(table.totals(made)) @ weights > before
    again = near_bends(ground, weights, find_bends(ground, weights), start, 0.0)
    assert np.array_equal(made, again)


def test_a_portfolio_that_is_good_enough_is_left_alone():
    engine = engine_of(many(60, 3))
    ground, weights = engine.ground(), np.array([1.0, 1e-4])
    start = np.zeros(60, dtype=np.intp)
    made = near_bends(ground, weights, find_bends(ground, weights), start, np.inf)
    assert np.array_equal(made, start)


def test_other_benefits_have_no_bends():
    for benefit in ("saturating", {"worst": 0.4}, {"log": 10.0}):
        assert not all_ramps(engine_of(random_problem(30, benefit=benefit)).ground())
    assert not all_ramps(engine_of(random_problem(30)).ground())
