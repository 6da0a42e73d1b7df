"""One choice per farm."""

from itertools import product

import numpy as np
import pytest
from solve_case import senses

from edaphon.errors import DataError
from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.farms import deciders, farm_plans
from edaphon.problem.store import load_problem, save_problem
from edaphon.problem.values import Problem
from edaphon.solver.deciding import deciding_units
from edaphon.solver.front import solve

FARM = ["p", "q", "p", "", "q", "p", ""]


def problem(seed=0, rules=None, **objectives):
    rng = np.random.default_rng(seed)
    effects = rng.gamma(2.0, 1.0, size=(7, 3, 2))
    effects[:, 0] = 0.0
    cost = rng.gamma(2.0, 10.0, size=(7, 3)) * [0.0, 1.0, 1.0]
    allowed = rng.random((7, 3)) > 0.25
    allowed[:, 0] = True
    allowed[4, :] = [False, False, True]
    return Problem.from_arrays(
        effects,
        cost,
        allowed,
        objectives or {"worms": {"maximize": "worms"}, "cost": {"minimize": "cost"}},
        rules if rules is not None else {"budget": 0.4 * float(cost.mean(axis=1).sum())},
        features=["worms", "yield"],
        area_ha=rng.uniform(1.0, 5.0, 7),
        region=["north" if k % 2 else "south" for k in range(7)],
        farm=FARM,
    )


def every_plan(made):
    """All choices: farm p, farm q, and the two units without a farm."""
    plans, group = farm_plans(made), deciders(made.farm)
    for choice in product(range(3), repeat=4):
        yield plans[np.array(choice)[group], np.arange(7)]


def test_farms_are_numbered_and_units_without_one_decide_alone():
    assert deciders(np.array(FARM)).tolist() == [0, 1, 0, 2, 1, 0, 3]


def test_a_choice_falls_back_where_it_is_not_allowed():
    made = problem()
    for choice, plan in enumerate(farm_plans(made)):
        for unit, taken in enumerate(plan):
            if made.allowed[unit, choice] == 0:
                assert taken == choice
            else:
                assert taken == (2 if unit == 4 else 0)


def test_farms_that_split_are_told():
    made = problem(rules={})
    split = np.array([1, 0, 2, 0, 2, 1, 0])
    split[made.allowed[np.arange(7), split] != 0] = 0
    worth = evaluate(made, [1, 0, 0, 0, 2, 0, 0] if made.allowed[2, 1] == 0 else split)
    assert any("more than one choice" in finding.what for finding in worth.violations)
    assert evaluate(made, farm_plans(made)[0]).feasible


RULES = (
    None,
    {"budget": 100.0, "targets": {"yield": 0.3}, "area": {"treated": {"max": 12, "by": "region"}}},
)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rules", RULES)
def test_fronts_against_every_choice_of_the_farms(seed, rules):
    made = problem(seed, rules)
    worths = [evaluate(made, plan) for plan in every_plan(made)]
    values = np.array([worth.values * senses(made) for worth in worths if worth.feasible])
    if not len(values):
        return
    front = solve(made, portfolios=8)
    for k in np.flatnonzero(front.on_front):
        assert evaluate(made, front.portfolios[k]).feasible
        raw = front.weights[k] / front.scales
        best = (values @ raw).max()
        assert front.bound[k] >= best - 1e-9
        assert (front.values[k] * senses(made)) @ raw == pytest.approx(best, abs=1e-7)


def test_the_smaller_problem_counts_what_the_whole_one_counts():
    made = problem(3)
    formulation = formulate(made)
    deciding = deciding_units(made, formulation)
    choice = np.array([1, 2, 0, 1], dtype=np.uint8)
    plan = deciding.spread(choice)
    whole = evaluate(made, plan, formulation=formulation)
    small = evaluate(deciding.problem, choice, formulation=deciding.formulation)
    assert small.values == pytest.approx(whole.values)
    assert small.spent == pytest.approx(whole.spent)
    sums = [row.activity(plan.astype(int))[0] for row in formulation.rows]
    small_sums = [row.activity(choice.astype(int))[0] for row in deciding.formulation.rows]
    assert small_sums == pytest.approx(sums)


def test_saturating_objectives_with_farms():
    both = {"maximize": ["worms", "yield"], "benefit": "saturating"}
    made = problem(1, life=both, cost={"minimize": "cost"})
    front = solve(made, portfolios=6, generations=3)
    assert front.feasible[front.on_front].all()


def test_farms_survive_the_file_and_must_fit(tmp_path):
    made = problem()
    save_problem(tmp_path / "p.npz", made)
    assert load_problem(tmp_path / "p.npz").farm.tolist() == FARM
    with pytest.raises(DataError, match="there are 1 for 2 units"):
        Problem.from_arrays(np.zeros((2, 2, 1)), np.zeros((2, 2)), farm=["p"])
