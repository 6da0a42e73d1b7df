"""Forbidden neighbors: said where broken, refused where they cannot be kept."""

import numpy as np
import pytest

from edaphon.data.landscape import Neighbours
from edaphon.errors import DataError
from edaphon.problem.boundary import Boundary
from edaphon.problem.check import check_problem
from edaphon.problem.evaluate import evaluate
from edaphon.problem.store import load_problem, problem_hash, save_problem
from edaphon.problem.values import Problem
from edaphon.solver.front import solve


def beside(lengths):
    """Four units in a row."""
    first = np.arange(3, dtype=np.int32)
    return Neighbours(first, first + 1, np.array(lengths), 0.0)


def problem(apart=(("mulch", "compost"),), *, allowed=None, **more):
    effects = np.zeros((4, 3, 1))
    effects[:, 1], effects[:, 2] = 1.0, 2.0
    return Problem.from_arrays(
        effects,
        np.zeros((4, 3)),
        allowed,
        {"gain": {"maximize": "worms"}},
        {"apart": apart},
        interventions=["mulch", "compost"],
        features=["worms"],
        **{"neighbours": beside([5.0, 0.0, 1.0])} | more,
    )


def test_neighbors_that_clash_are_named():
    broken = evaluate(problem(), [1, 2, 0, 0]).violations
    assert [one.where for one in broken] == ["constraints.apart"]
    assert "mulch and compost lie side by side 1 time(s)" in broken[0].what
    assert "units 1 and 2" in broken[0].what


@pytest.mark.parametrize("plan", [[1, 1, 2, 2], [0, 2, 2, 0], [1, 0, 2, 2]])
def test_units_without_shared_boundary_and_alike_ones_may_touch(plan):
    assert evaluate(problem(), plan).feasible


def test_bundles_are_kept_apart_by_their_parts():
    effects = np.ones((4, 4, 1)) * np.arange(4.0)[:, None]
    bundled = Problem.from_arrays(
        effects,
        np.zeros((4, 4)),
        None,
        {"gain": {"maximize": "worms"}},
        {"apart": [("mulch", "compost"), ("compost", "compost")]},
        interventions=["mulch", "compost", "mulch+compost"],
        features=["worms"],
        neighbours=beside([5.0, 1.0, 1.0]),
    )
    assert not evaluate(bundled, [1, 3, 0, 0]).feasible
    assert not evaluate(bundled, [3, 3, 0, 0]).feasible
    assert not evaluate(bundled, [2, 3, 0, 0]).feasible
    assert evaluate(bundled, [3, 0, 3, 0]).feasible
    best = solve(bundled).portfolios[-1]
    assert evaluate(bundled, best).feasible
    # of the 256 portfolios the best has the bundle on every second unit
    assert evaluate(bundled, best).values[0] == pytest.approx(6.0)


def test_one_intervention_may_be_kept_from_its_like():
    alike = problem([("compost", "compost")])
    assert not evaluate(alike, [2, 2, 0, 0]).feasible
    assert evaluate(alike, [2, 0, 0, 2]).feasible


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"apart": [("mulch", "compst")]}, "no intervention is called 'compst'"),
        ({"apart": [("mulch", "baseline")]}, "baseline cannot be kept apart"),
        ({"apart": [("mulch",)]}, "no pair of interventions"),
        ({"neighbours": None}, "not known which units are neighbors"),
        ({"farm": ["a", "a", "b", "b"]}, "one choice per farm"),
        ({"boundary": Boundary("treated", None, 2)}, "smallest patch"),
    ],
)
def test_what_cannot_be_is_refused(more, said):
    with pytest.raises(DataError, match=said):
        problem(**more)


def test_locked_neighbors_that_clash_are_found_before_solving():
    allowed = np.ones((4, 3), dtype=bool)
    allowed[0, [0, 2]] = False
    allowed[1, [0, 1]] = False
    (found,) = [one for one in check_problem(problem(allowed=allowed)) if one.severity == "error"]
    assert "units 1 and 2" in found.what
    allowed[1, 0] = True
    assert not [one for one in check_problem(problem(allowed=allowed)) if one.severity == "error"]


def test_it_is_kept_in_the_file_and_counts_in_the_hash(tmp_path):
    asked = problem()
    save_problem(tmp_path / "problem.npz", asked)
    again = load_problem(tmp_path / "problem.npz")
    assert again.apart == (("mulch", "compost"),)
    assert problem_hash(again) == problem_hash(asked)
    assert problem_hash(problem(())) != problem_hash(asked)
