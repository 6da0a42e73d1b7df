import numpy as np
import pytest
from solve_case import random_problem, senses

from edaphon.problem.evaluate import evaluate, formulate
from edaphon.solver.front import solve
from edaphon.solver.pymoo_adapter import Search, refine
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
        wild = rng.integers(0, problem.n_interventions, size=problem.n_units)
        assert evaluate(problem, search.repaired(wild, rng)).feasible


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
