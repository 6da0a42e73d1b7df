"""Side by side with the nearest rival's published figures on the shared instances."""

import sys
from pathlib import Path

import numpy as np
import pytest

from edaphon.problem.evaluate import evaluate, formulate
from edaphon.solver.front import solve
from edaphon.solver.oracle import maximize
from edaphon.solver.table import make_table, single_row

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from front import shared_problem
from multi_action import ONE_WEIGHT, load, outer_volume_share


@pytest.mark.parametrize(("name", "mark"), [("g1000_k4", 1199.8927), ("g10000_k7", 12651.9015)])
def test_one_weight_reaches_the_rival(real_data, name, mark):
    problem = load(real_data / "multi_action" / name)
    formulation = formulate(problem)
    table = make_table(problem, formulation, single_row(problem, formulation))
    answer = maximize(table, ONE_WEIGHT)
    worth = evaluate(problem, answer.allocation)
    assert worth.feasible
    assert worth.values @ ONE_WEIGHT >= mark * (1 - 1e-6)
    assert worth.values @ ONE_WEIGHT <= answer.bound


@pytest.mark.parametrize(
    ("name", "portfolios", "share"), [("g100_k4", 91, 0.897), ("g1000_k4", 28, 0.809)]
)
def test_fronts_reach_the_rivals_exact_programs(real_data, name, portfolios, share):
    problem = load(real_data / "multi_action" / name)
    front = solve(problem, portfolios=portfolios)
    assert np.isfinite(front.certified_gap[front.on_front]).all()
    assert outer_volume_share(front, problem) >= share


@pytest.mark.slow
@pytest.mark.parametrize(
    ("with_cost", "portfolios", "ratio"),
    [(False, 60, 0.99), (False, 110, 0.995), (True, 60, 0.95), (True, 200, 0.98)],
)
def test_few_portfolios_reach_most_of_what_is_possible(
    real_data, monkeypatch, with_cost, portfolios, ratio
):
    monkeypatch.setenv("EDAPHON_DATA", str(real_data))
    front = solve(shared_problem(with_cost), portfolios=portfolios)
    assert front.on_front.sum() == portfolios
    assert front.sandwich_ratio >= ratio
