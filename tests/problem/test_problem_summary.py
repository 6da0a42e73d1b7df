from dataclasses import replace

import numpy as np

from edaphon.data.landscape import Neighbours
from edaphon.problem.boundary import Boundary
from edaphon.problem.constraints import RegionShare
from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.summary import said_rules
from edaphon.problem.values import Problem
from edaphon.solver.front import solve


def problem(budget=30.0):
    effects = np.zeros((10, 3, 2))
    effects[:, 1:] = np.random.default_rng(0).gamma(2.0, 1.0, (10, 2, 2))
    return Problem.from_arrays(
        effects,
        np.tile([0.0, 5.0, 9.0], (10, 1)),
        None,
        {"life": {"maximize": "worms"}, "cost": {"minimize": "cost"}},
        {"budget": budget, "units": {"mulch": {"min": 1, "max": 4}}},
        interventions=["mulch", "compost"],
        features=["worms", "yield"],
        region=["x", "y"] * 5,
    )


def test_a_problem_in_a_few_lines():
    lines = str(problem()).splitlines()
    assert lines == [
        "Problem: 10 units (10 ha, 2 regions), 2 interventions and the baseline, 2 features",
        "allowed pairs: 30 of 30, 0 units without the baseline",
        "objectives: maximize life (worms); minimize cost (cost)",
        "rules: budget of cost at most 30; number of units with mulch at least 1 and at most 4",
        "checks: ok",
    ]


def test_a_problem_says_what_is_wrong_with_it():
    assert "the budget of cost is 0" in str(problem(0.0)).splitlines()[-1]


def test_a_front_in_a_few_lines():
    front = solve(problem(), portfolios=6)
    text = str(front)
    assert text.startswith(f"Front: {int(front.on_front.sum())} portfolios (and 1 baseline)\n")
    values = front.values[front.on_front, 0]
    assert f"life (maximize): {values.min():,.6g} to {values.max():,.6g}" in text
    assert "certified gap: median" in text
    assert text.endswith("checks: ok")


def test_a_portfolio_in_a_few_lines():
    asked = problem()
    text = str(evaluate(asked, [1, 2, *[0] * 8]))
    worth = evaluate(asked, [1, 2, *[0] * 8])
    assert text.splitlines() == [
        f"Portfolio: 2 ha treated; spent cost {worth.spent[0]:,.6g}",
        f"  life (maximize): {worth.values[0]:,.6g}",
        f"  cost (minimize): {worth.values[1]:,.6g}",
        "checks: ok",
    ]


def test_a_portfolio_says_which_rules_it_breaks():
    text = str(evaluate(problem(), [2] * 10))
    assert "budget of cost" in text.splitlines()[-1]
    assert "number of units with mulch" in text.splitlines()[-1]


def test_rules_of_space_are_told():
    row = Neighbours(np.arange(9, dtype=np.int32), np.arange(1, 10, dtype=np.int32), np.ones(9))
    spatial = replace(
        problem(), neighbours=row, apart=(("mulch", "compost"),), boundary=Boundary(least_patch=3)
    )
    rules = str(spatial).splitlines()[3]
    told = "rules: mulch and compost not side by side; patches of at least 3 units; "
    assert rules.startswith(told)


def test_a_share_of_a_region_and_one_choice_per_farm_are_told_in_words():
    rules = (RegionShare("x", "spending", 0.15), RegionShare("y", "area", 0.4, "max"))
    asked = replace(problem(), constraints=rules, farm=np.array(["a", "b"] * 5))
    assert said_rules(asked, formulate(asked)) == [
        "one choice per farm",
        "spending in x at least 15 % of all spending",
        "treated area in y at most 40 % of all treated area",
    ]
