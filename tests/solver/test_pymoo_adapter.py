from dataclasses import replace

import numpy as np
import pytest
from solve_case import random_problem, senses

from edaphon.data.landscape import Neighbours
from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.patches import patches_of
from edaphon.solver.front import solve
from edaphon.solver.pymoo_adapter import refine
from edaphon.solver.search import Search, Trial
from edaphon.solver.table import outcome_columns


@pytest.fixture(scope="module")
def case():
    problem = random_problem(40, saturating=True)
    formulation = formulate(problem)
    search = Search(problem, formulation, *outcome_columns(problem, formulation.total))
    front = solve(problem, portfolios=15, generations=0)
    return problem, search, front.portfolios[front.on_front]


def test_values_and_excess_are_those_of_evaluate(case):
    problem, search, plans = case
    rng = np.random.default_rng(0)
    wild = rng.integers(0, problem.n_interventions, size=(20, problem.n_units))
    for plan in [*plans.astype(np.intp), *wild]:
        worth = evaluate(problem, plan)
        assert search.values(plan[None])[0] == pytest.approx(worth.values * senses(problem))
        over = any("budget" in finding.what for finding in worth.violations)
        assert (search.excess(plan[None])[0] > 0) == over


def test_repair_makes_any_plan_feasible(case):
    problem, search, _ = case
    rng = np.random.default_rng(1)
    for _ in range(50):
        wild = rng.integers(0, problem.n_interventions, size=problem.n_units, dtype=np.uint8)
        search.repair(wild, rng)
        assert evaluate(problem, wild).feasible


def test_never_returns_less_than_it_was_given(case):
    problem, search, plans = case
    found = refine(search, plans, generations=15, seed=0)
    given, made = (search.values(p.astype(np.intp)) for p in (plans, found))
    for values in given:
        assert (made >= values - 1e-12).all(axis=1).any()
    for plan in found:
        assert evaluate(problem, plan).feasible
    assert len(found) > len(plans)


def test_same_seed_same_portfolios(case):
    _, search, plans = case
    one = refine(search, plans, generations=5, seed=3)
    assert (one == refine(search, plans, generations=5, seed=3)).all()


def test_no_generations_gives_back_what_came(case):
    _, search, plans = case
    assert (refine(search, plans, generations=0, seed=0) == plans).all()


def test_what_is_measured_by_differences_is_what_is_summed_anew(case):
    _, search, plans = case
    rng = np.random.default_rng(2)
    trial = Trial(plans[0].copy())
    search.measure(trial)
    for _ in range(200):
        trial = trial.child()
        search.mutate(trial.plan, rng)
        search.repair(trial.plan, rng)
        assert trial.origin is not None
        search.measure(trial)
        assert trial.worth == pytest.approx(search.values(trial.plan[None])[0], rel=1e-12)
        assert search.over(trial.used, trial.size) == search.excess(trial.plan[None])[0] == 0.0


def test_blocks_are_made_of_neighbors_where_neighbors_are_known(case):
    problem, search, _ = case
    rng = np.random.default_rng(4)
    run = search.block(rng)
    assert (np.diff(run) == 1).all()
    side = 6
    cells = np.arange(side * side).reshape(side, side)
    first = np.concatenate([cells[:, :-1].ravel(), cells[:-1].ravel()]).astype(np.int32)
    second = np.concatenate([cells[:, 1:].ravel(), cells[1:].ravel()]).astype(np.int32)
    spatial = replace(
        random_problem(side * side, saturating=True),
        neighbours=Neighbours(first, second, np.ones(len(first))),
    )
    rules = formulate(spatial)
    found = Search(spatial, rules, *outcome_columns(spatial, rules.total))
    for _ in range(20):
        block = found.block(rng)
        group = np.zeros(side * side, dtype=np.intp)
        group[block] = 1
        assert len(patches_of(found.beside, group)[1]) == 1
    assert problem.neighbours is None


def test_portfolios_are_bytes_and_pymoo_sees_numbers(case):
    _, search, plans = case
    found = refine(search, plans, generations=3, seed=1)
    assert found.dtype == np.uint8
    assert len(refine(search, plans[:0], generations=3, seed=1)) == 0
    one = refine(search, plans[:1], generations=3, seed=1)
    assert (search.values(one) >= search.values(plans[:1])[0] - 1e-12).all(axis=1).any()


@pytest.mark.filterwarnings("error")
def test_an_excess_over_a_limit_of_0_is_counted():
    rules = {"area": {"option 1": {"max": 0.0}}}
    problem = random_problem(12, budget=None, constraints=rules)
    formulation = formulate(problem)
    search = Search(problem, formulation, *outcome_columns(problem, formulation.total))
    plans = np.array([np.zeros(12), np.ones(12)], dtype=np.uint8)
    none, over = search.excess(plans)
    assert none == 0.0
    assert 0.0 < over < np.inf
