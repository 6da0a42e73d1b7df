from dataclasses import replace

import pytest
from solve_case import every_feasible, random_problem
from test_exact import marxan_problem

from edaphon.problem.constraints import Budget
from edaphon.problem.values import Objective
from edaphon.solver.front import solve

RULES = {"keep": {"yield": {"min": -0.5, "by": "region"}}, "units": {"treated": {"max": 5}}}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("rules", [None, RULES])
@pytest.mark.parametrize("kind", ["ramp", "worst"])
def test_least_shortfall_against_all_portfolios(seed, rules, kind):
    problem = random_problem(6, 4, seed=seed, constraints=rules, budget=0.4)
    weights = (2.0, 1.0) if kind == "ramp" else ()
    life = Objective("life", "maximize", ("worms", "fungi"), weights, (), kind, "benefit")
    problem = replace(problem, objectives=(replace(life, shape=(0.4, 0.6)),))
    best = every_feasible(problem).max()
    front = solve(problem)
    assert front.values[1, 0] == pytest.approx(best, abs=1e-9)
    assert front.bound[1] >= best - 1e-12
    assert front.bound[1] <= best + 1e-5
    assert front.feasible[1]


@pytest.mark.slow
def test_least_shortfall_of_the_marxan_example(real_data):
    problem = marxan_problem(real_data / "marxan_example" / "input", 0.3)
    locked = float(problem.cost[problem.allowed[:, 0] != 0, 1, 0].sum())
    budget = Budget("cost", locked + 0.5 * (95_722_060.31 - locked))
    names = tuple(feature.name for feature in problem.features)
    ramp = Objective("held", "maximize", names, benefit="ramp", shape=(0.3,))
    front = solve(replace(problem, objectives=(ramp,), constraints=(budget,)))
    shortfall = len(names) * (1.0 - front.values[1, 0])
    assert shortfall == pytest.approx(2.159523, abs=1e-6)
    assert front.certified_by[1] == "milp"
    assert front.optimality_gap[1] < 2e-6
