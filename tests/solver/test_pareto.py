"""The whole Pareto front: brute force, published fronts, and where it has to give up."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from solve_case import every_feasible, random_problem, senses

import edaphon
from edaphon.solver import pareto
from edaphon.solver.dominance import nondominated
from edaphon.solver.pareto import local_upper_bounds

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from exact_fronts import read_knapsacks


def shown(front, problem):
    return front.values[front.on_front] * senses(problem)


def same_points(one, other):
    ordered = [points[np.lexsort(points.T)] for points in (one, other)]
    return len(one) == len(other) and np.allclose(*ordered, rtol=1e-9, atol=1e-9)


CASES = {
    "seed": st.integers(0, 10_000),
    "saturating": st.booleans(),
    "budget": st.sampled_from([None, 0.2, 0.5]),
    "targets": st.sampled_from([{}, {"targets": {"worms": 0.2, "fungi": 0.1}}]),
}


def hold_against_brute_force(seed, saturating, budget, targets):
    problem = random_problem(
        6, 3, seed=seed, saturating=saturating, budget=budget, constraints=targets
    )
    everything = every_feasible(problem)
    if not len(everything):
        with pytest.raises(edaphon.errors.InfeasibleError):
            edaphon.solve(problem, portfolios=10, whole=True)
        return
    front = edaphon.solve(problem, portfolios=10, whole=True)
    assert same_points(shown(front, problem), everything[nondominated(everything)])
    assert front.complete
    assert front.feasible[front.on_front].all()
    assert (front.certified_gap[front.on_front] == 0).all()


@settings(max_examples=10, deadline=None)
@given(**CASES)
@example(seed=223, saturating=False, budget=0.2, targets={})
def test_equals_brute_force(seed, saturating, budget, targets):
    hold_against_brute_force(seed, saturating, budget, targets)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(**CASES)
def test_equals_brute_force_often(seed, saturating, budget, targets):
    hold_against_brute_force(seed, saturating, budget, targets)


def test_says_when_it_is_out_of_reach(monkeypatch):
    monkeypatch.setattr(pareto, "MAX_PARTIAL", 20)
    problem = random_problem(30, 4)
    front = edaphon.solve(problem, portfolios=10, whole=True)
    assert not front.complete
    assert [finding.where for finding in front.findings] == ["solve.whole"]
    plain = edaphon.solve(problem, portfolios=10)
    assert (front.portfolios == plain.portfolios).all()


@given(st.integers(0, 1_000), st.integers(2, 4))
def test_corners_part_what_is_covered_from_what_is_not(seed, count):
    rng = np.random.default_rng(seed)
    known = rng.integers(0, 6, size=(8, count)).astype(float)
    corners = local_upper_bounds(known)
    for point in rng.integers(0, 6, size=(40, count)).astype(float):
        covered = (known >= point).all(axis=1).any()
        above = (point > corners).all(axis=1).any()
        assert above != covered


def compare(folder, part):
    cases = [case for case in read_knapsacks(folder) if part in case.name and case.in_reach]
    assert cases
    for case in cases:
        front = edaphon.solve(case.problem(), portfolios=91, whole=True)
        assert front.complete
        assert (np.unique(front.values[front.on_front], axis=0) == case.front).all(), case.name


@pytest.mark.parametrize("part", ["2KP50", "3D_20", "5D_10"])
def test_published_fronts_point_for_point(real_data, part):
    compare(real_data / "fronts", part)


@pytest.mark.slow
@pytest.mark.parametrize("part", ["2KP100", "2D_100", "4D_20", "6D_10"])
def test_more_published_fronts_point_for_point(real_data, part):
    compare(real_data / "fronts", part)
