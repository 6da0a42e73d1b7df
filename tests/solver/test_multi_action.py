"""Side by side with the nearest rival's published figures on the shared instances."""

import json

import numpy as np
import pandas as pd
import pytest

from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.values import Problem
from edaphon.solver.dominance import hypervolume
from edaphon.solver.front import solve
from edaphon.solver.oracle import maximize
from edaphon.solver.table import make_table, single_row

NAMES = ("bio", "carbon", "profit")


def load(folder):
    units = pd.read_csv(folder / "units.csv")
    actions = pd.read_csv(folder / "actions.csv")
    costs = pd.read_csv(folder / "costs.csv")
    effects = pd.read_csv(folder / "effects.csv")
    budget = json.loads((folder / "meta.json").read_text())["budget"]
    row = {unit: k for k, unit in enumerate(units.iloc[:, 0])}
    column = {action: k + 1 for k, action in enumerate(actions.iloc[:, 0])}
    shape = (len(units), len(actions) + 1)
    cost = np.full(shape, np.nan)
    cost[:, 0] = 0.0
    cost[costs.pu.map(row), costs.action.map(column)] = costs.cost
    gains = np.zeros((*shape, 3))
    gains[effects.pu.map(row), effects.action.map(column)] = effects[list(NAMES)].to_numpy()
    allowed = ~np.isnan(cost)
    allowed[units.locked_out.to_numpy(dtype=bool), 1:] = False
    objectives = {name: {"maximize": name} for name in NAMES}
    return Problem.from_arrays(gains, cost, allowed, objectives, {"budget": budget}, features=NAMES)


@pytest.mark.parametrize(("name", "mark"), [("g1000_k4", 1199.8927), ("g10000_k7", 12651.9015)])
def test_one_weight_reaches_the_rival(real_data, name, mark):
    problem = load(real_data / "multi_action" / name)
    formulation = formulate(problem)
    table = make_table(problem, formulation, single_row(problem, formulation))
    weights = np.array([1.0, 1.0, 0.5])
    answer = maximize(table, weights)
    worth = evaluate(problem, answer.allocation)
    assert worth.feasible
    assert worth.values @ weights >= mark * (1 - 1e-6)
    assert worth.values @ weights <= answer.bound


def outer_volume_share(front, problem):
    """Hypervolume over that of the certified bound, reference 10 % of the range below the worst."""
    points = front.values[front.on_front]
    pure = np.eye(3)
    formulation = formulate(problem)
    table = make_table(problem, formulation, single_row(problem, formulation))
    payoff = np.array([maximize(table, weights).totals for weights in pure])
    span = np.ptp(payoff, axis=0)
    reference = payoff.min(axis=0) - 0.1 * span
    rows = front.on_front & np.isfinite(front.bound)
    walls = front.weights[rows] / front.scales
    top = payoff.max(axis=0)
    rng = np.random.default_rng(0)
    draws = reference + rng.random((400_000, 3)) * (top - reference)
    inside = np.ones(len(draws), dtype=bool)
    for wall, bound in zip(walls, front.bound[rows], strict=True):
        inside &= draws @ wall <= bound
    return hypervolume(points, reference, top) / inside.mean()


def test_small_instance_reaches_the_rivals_exact_programs(real_data):
    problem = load(real_data / "multi_action" / "g100_k4")
    front = solve(problem, portfolios=91)
    assert set(front.certified_by) <= {"none", "dp"}
    assert outer_volume_share(front, problem) >= 0.895
