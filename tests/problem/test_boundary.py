"""Exposed boundary by hand, in values, findings and files."""

from dataclasses import replace

import numpy as np
import pytest

from edaphon.data.landscape import Neighbours
from edaphon.errors import DataError
from edaphon.problem.boundary import Boundary, exposed_boundary
from edaphon.problem.evaluate import evaluate
from edaphon.problem.store import load_problem, problem_hash, save_problem
from edaphon.problem.values import Problem

PAIRS = Neighbours(
    np.array([0, 1, 2], np.int32), np.array([1, 2, 3], np.int32), np.array([10.0, 20.0, 30.0])
)


def row_of_four(between="treated", outer=None, **changes):
    effects = np.ones((4, 3, 1))
    effects[:, 0] = 0
    cost = np.tile([0.0, 2.0, 3.0], (4, 1))
    objectives = {
        "gain": {"maximize": "gain"},
        "cost": {"minimize": "cost", "boundary": 0.5},
        "edge": {"minimize": "boundary"},
    }
    problem = Problem.from_arrays(
        effects, cost, None, objectives, features=["gain"], neighbours=PAIRS,
        boundary=Boundary(between, outer),
    )  # fmt: skip
    return replace(problem, **changes)


def test_lengths_by_hand():
    plan = np.array([0, 1, 2, 2])
    assert exposed_boundary(row_of_four(), plan) == 10.0
    assert exposed_boundary(row_of_four("interventions"), plan) == 30.0
    outer = np.array([1.0, 2.0, 4.0, 8.0])
    assert exposed_boundary(row_of_four("treated", outer), plan) == 10.0 + 14.0
    assert exposed_boundary(row_of_four(), np.zeros(4, int)) == 0.0


def test_values_price_the_boundary():
    worth = evaluate(row_of_four("interventions"), [0, 1, 2, 2])
    assert worth.values.tolist() == [3.0, 8.0 + 15.0, 30.0]
    assert worth.lower.tolist() == worth.upper.tolist() == worth.values.tolist()
    assert row_of_four().objectives[2].unit == "m"


def test_what_is_maximized_loses_the_priced_boundary():
    problem = row_of_four()
    priced = (replace(problem.objectives[0], boundary=0.1), *problem.objectives[1:])
    assert evaluate(replace(problem, objectives=priced), [0, 1, 1, 1]).values[0] == 3.0 - 1.0


def test_a_negative_price_is_refused():
    effects = np.zeros((4, 2, 1))
    with pytest.raises(DataError, match="price of exposed boundary"):
        Problem.from_arrays(
            effects, np.ones((4, 2)), None, {"cost": {"minimize": "cost", "boundary": -1}},
            neighbours=PAIRS,
        )  # fmt: skip


def test_a_problem_with_boundary_comes_back_from_its_file(tmp_path):
    problem = row_of_four("interventions", np.arange(4.0))
    save_problem(tmp_path / "problem.npz", problem)
    back = load_problem(tmp_path / "problem.npz")
    assert back.objectives == problem.objectives
    assert back.boundary.between == "interventions"
    np.testing.assert_array_equal(back.boundary.outer_m, np.arange(4.0))
    assert problem_hash(back) == problem_hash(problem)
    assert problem_hash(row_of_four()) != problem_hash(problem)
