"""Forbidden neighbors in the search: optimal where small, bounds valid, told where impossible."""

from dataclasses import replace

import numpy as np
import pytest
from space_case import SENSE, every_value, grid, small

from edaphon.errors import InfeasibleError
from edaphon.problem.evaluate import evaluate
from edaphon.problem.values import Problem
from edaphon.solver.front import solve

ONE, TWO = "option 1", "option 2"


@pytest.mark.parametrize("pairs", [((ONE, TWO),), ((ONE, ONE), (ONE, TWO))])
@pytest.mark.parametrize("seed", range(3))
def test_against_brute_force(seed, pairs):
    check_against_all(seed, pairs)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 203))
def test_many_against_brute_force(seed):
    check_against_all(seed, ((ONE, TWO),) if seed % 4 else ((ONE, ONE), (ONE, TWO)))


def check_against_all(seed, pairs):
    """The same verdict on feasibility, the same optimum, a bound that holds."""
    problem = replace(small(seed), apart=pairs)
    possible = every_value(problem)
    if not len(possible):
        with pytest.raises(InfeasibleError):
            solve(problem, portfolios=6)
        return
    front = solve(problem, portfolios=6)
    rows = np.flatnonzero(front.on_front)
    assert front.feasible[rows].all()
    for k in rows:
        weights = front.weights[k] / front.scales
        best = float((possible @ weights).max())
        value = float(front.values[k] * SENSE @ weights)
        assert front.bound[k] >= best - 1e-9 * abs(best)
        assert value == pytest.approx(best, abs=1e-6 * max(1.0, abs(best)))


def landscape(side, seed=0, budget=0.3):
    """Two good options that may not touch on a smooth landscape, no boundary counted."""
    rng = np.random.default_rng(seed)
    count = side * side
    wave = np.sin(np.arange(side) / 3)[:, None] + np.cos(np.arange(side) / 4)
    effects = np.zeros((count, 3, 1))
    effects[:, 1, 0] = 2.0 + wave.ravel() + rng.normal(0, 0.5, count)
    effects[:, 2, 0] = 2.0 - wave.ravel() + rng.normal(0, 0.5, count)
    cost = np.exp(rng.normal(0, 0.3, (count, 3)))
    cost[:, 0] = 0.0
    return Problem.from_arrays(
        effects,
        cost,
        None,
        {"gain": {"maximize": "worms"}, "cost": {"minimize": "cost"}},
        {"budget": budget * count, "apart": [(ONE, TWO)]},
        features=["worms"],
        neighbours=grid(side),
    )


def test_larger_landscapes_keep_the_rule_and_the_bound_without_it():
    problem = landscape(16)
    front = solve(problem, portfolios=8)
    free = solve(replace(problem, apart=()), portfolios=8)
    shown = front.on_front
    assert front.feasible[shown].all()
    assert shown.sum() >= 6
    sense = np.array([1.0, -1.0])
    points, walls = front.values[shown] * sense, free.weights[free.on_front] / free.scales
    assert (points @ walls.T <= free.bound[free.on_front] + 1e-9).all()
    assert np.nanmedian(front.certified_gap[shown]) < 0.02


def test_windows_of_neighbors_never_break_the_rule():
    problem = landscape(23, seed=1)
    front = solve(problem, portfolios=4)
    assert "milp" not in front.certified_by
    assert all(evaluate(problem, plan).feasible for plan in front.portfolios[front.on_front])


def test_what_cannot_be_says_that_neighbors_are_part_of_it():
    side = 4
    problem = landscape(side, budget=10.0)
    needed = {"units": {ONE: {"min": 6}, TWO: {"min": 10}}, "apart": [(ONE, TWO)]}
    stuck = Problem.from_arrays(
        problem.effects, problem.cost, None, {"gain": {"maximize": "worms"}}, needed,
        features=["worms"], neighbours=problem.neighbours,
    )  # fmt: skip
    with pytest.raises(InfeasibleError, match="forbidden neighbors"):
        solve(stuck, portfolios=1)


@pytest.mark.slow
def test_same_bytes_whatever_the_workers():
    problem = landscape(8)
    one, two = (solve(problem, portfolios=10, workers=count) for count in (1, 2))
    assert one.portfolios.tobytes() == two.portfolios.tobytes()
    assert one.bound.tobytes() == two.bound.tobytes()
