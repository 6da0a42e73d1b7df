"""Warm starts: never worse than without, feasible, aligned by name."""

from dataclasses import replace

import numpy as np
import pytest
from solve_case import random_problem, senses

from edaphon.problem.constraints import Budget
from edaphon.problem.evaluate import evaluate, formulate
from edaphon.solver.front import solve
from edaphon.solver.start import Start, start_from


def tighter(problem, share):
    rules = tuple(
        replace(rule, limit=share * rule.limit) if isinstance(rule, Budget) else rule
        for rule in problem.constraints
    )
    return replace(problem, constraints=rules)


def covers(problem, front, other):
    """Whether every portfolio of the other front is met or dominated by one of this."""
    made = front.values[front.on_front] * senses(problem)
    given = other.values[other.on_front] * senses(problem)
    return all((made >= values).all(axis=1).any() for values in given)


@pytest.mark.parametrize("saturating", [False, True])
def test_never_worse_than_without(saturating):
    problem = random_problem(80, saturating=saturating)
    earlier = solve(problem, portfolios=40, generations=5)
    new = tighter(problem, 0.9)
    plain = solve(new, portfolios=12, generations=5)
    warm = solve(new, portfolios=12, generations=5, start=start_from(earlier, problem, new))
    assert covers(new, warm, plain)
    assert warm.on_front.sum() > plain.on_front.sum()
    assert warm.hypervolume >= plain.hypervolume
    assert warm.sandwich_ratio >= plain.sandwich_ratio
    assert warm.feasible[warm.on_front].all()


def test_what_is_still_good_stays():
    problem = random_problem(60)
    earlier = solve(problem, portfolios=30)
    again = solve(problem, portfolios=5, start=start_from(earlier, problem, problem))
    assert covers(problem, again, earlier)


def test_mended_portfolios_keep_every_rule():
    problem = random_problem(60)
    earlier = solve(problem, portfolios=20)
    new = tighter(problem, 0.5)
    rules = formulate(new)
    start = start_from(earlier, problem, new)
    broken = [not evaluate(new, plan, formulation=rules).feasible for plan in start.plans]
    assert any(broken)
    made = start.feasible(new, rules, earlier.scales)
    assert len(made) > len(broken) - sum(broken)
    assert all(evaluate(new, plan, formulation=rules).feasible for plan in made)


def test_units_interventions_and_objectives_are_found_by_name():
    problem = random_problem(30)
    earlier = solve(problem, portfolios=8)
    turn = np.arange(30)[::-1]
    renamed = replace(
        problem,
        unit_ids=np.array([*problem.unit_ids[turn][:-1], "new"]),
        interventions=("baseline", "option 2", "option 1", "other"),
        objectives=problem.objectives[::-1],
    )
    start = start_from(earlier, problem, renamed)
    plan, before = start.plans[3], earlier.portfolios[earlier.on_front][3][turn]
    assert (plan[-1], renamed.unit_ids[-1]) == (0, "new")
    assert (plan[:-1] == np.array([0, 2, 1, 0])[before[:-1]]).all()
    shown = earlier.weights[earlier.on_front]
    raw = (shown / earlier.scales)[np.isfinite(shown).all(axis=1)]
    assert start.weights == pytest.approx(raw[:, ::-1])
    fewer = replace(problem, objectives=problem.objectives[:2])
    assert start_from(earlier, problem, fewer).weights.shape == (0, 2)


def test_weights_that_were_asked_are_not_asked_again():
    weights = np.array([[0.5, 0.5], [0.2, 0.8], [0.2, 0.8], [5.0, 20.0]])
    start = Start(np.zeros((0, 3), dtype=np.uint8), weights)
    fresh = start.unasked(np.array([[1.0, 1.0]]), np.ones(2))
    assert fresh == pytest.approx(np.array([[0.2, 0.8]]))
    assert len(start.feasible(random_problem(3), formulate(random_problem(3)), np.ones(3))) == 0
