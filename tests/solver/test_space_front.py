"""Fronts where exposed boundary counts, against brute force."""

from dataclasses import replace

import numpy as np
import pytest
from space_case import SENSE, every_value, grid, small

from edaphon.errors import InfeasibleError
from edaphon.problem.boundary import Boundary
from edaphon.problem.evaluate import evaluate
from edaphon.problem.values import Problem
from edaphon.solver.front import solve


@pytest.mark.parametrize("seed", range(8))
def test_fronts_match_brute_force(seed):
    problem = small(seed)
    every = every_value(problem)
    if not len(every):
        with pytest.raises(InfeasibleError):
            solve(problem, portfolios=9)
        return
    front = solve(problem, portfolios=9)
    shown = front.on_front
    assert shown.any()
    assert front.feasible[shown].all()
    for k in np.flatnonzero(shown):
        weights = front.weights[k] / front.scales
        best = (every @ weights).max()
        assert front.bound[k] >= best - 1e-9 * abs(best)
        reached = front.values[k] * SENSE @ weights
        assert reached == pytest.approx(best, rel=1e-4, abs=1e-6)
        again = evaluate(problem, front.portfolios[k])
        np.testing.assert_array_equal(again.values, front.values[k])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8, 80))
def test_more_fronts_match_brute_force(seed):
    test_fronts_match_brute_force(seed)


def landscape(between, price, *, side=15, budget=0.3, seed=0, targets=False):
    rng = np.random.default_rng(seed)
    n_units = side * side
    field = np.add.outer(np.sin(np.arange(side) / 3), np.cos(np.arange(side) / 4)).ravel()
    effects = np.stack([np.zeros(n_units), field + 0.5, 0.9 - field], axis=1)
    effects = effects[:, :, None] + rng.normal(0, 0.4, (n_units, 3, 1))
    effects[:, 0] = 0
    cost = rng.uniform(1, 2, (n_units, 3))
    cost[:, 0] = 0
    rules = {"budget": budget * n_units} if budget else {}
    if targets:
        rules["area"] = {"one": {"min": 30}, "two": {"min": 30, "max": 60}}
    return Problem.from_arrays(
        effects,
        cost,
        None,
        {"gain": {"maximize": "gain", "boundary": price}},
        rules,
        features=["gain"],
        interventions=["one", "two"],
        neighbours=grid(side),
        boundary=Boundary(between),
    )


@pytest.mark.parametrize("between", ["treated", "interventions"])
@pytest.mark.parametrize(("price", "gap"), [(0.1, 1e-3), (0.4, 5e-3)])
def test_gaps_are_small_on_a_grid(between, price, gap):
    front = solve(landscape(between, price, side=23), portfolios=1)
    (k,) = np.flatnonzero(front.on_front)
    assert front.feasible[k]
    assert 0 <= front.optimality_gap[k] < gap
    assert front.certified_by[k] == "tree"


@pytest.mark.parametrize(("between", "price"), [("treated", 0.4), ("interventions", 0.1)])
def test_up_to_five_hundred_units_are_exact(between, price):
    front = solve(landscape(between, price, side=20), portfolios=1)
    (k,) = np.flatnonzero(front.on_front)
    assert front.feasible[k]
    assert 0 <= front.optimality_gap[k] < 1e-7
    assert front.certified_by[k] == "milp"


def test_without_constraints_two_groups_are_exact():
    front = solve(landscape("treated", 0.5, budget=0), portfolios=1)
    (k,) = np.flatnonzero(front.on_front)
    assert front.optimality_gap[k] < 1e-6


def test_constraints_hold_beside_boundary():
    problem = landscape("interventions", 0.2, targets=True)
    front = solve(problem, portfolios=1)
    (k,) = np.flatnonzero(front.on_front)
    assert front.feasible[k]
    assert front.optimality_gap[k] < 0.02


def test_boundary_shrinks_as_its_price_rises():
    lengths = []
    for price in (0.0, 0.2, 0.6):
        problem = landscape("treated", price, side=9)
        front = solve(problem, portfolios=1)
        bare = replace(problem, objectives=(replace(problem.objectives[0], boundary=0.0),))
        plan = front.portfolios[np.flatnonzero(front.on_front)[0]]
        gain = evaluate(bare, plan).values[0]
        paid = (gain - evaluate(problem, plan).values[0]) / price if price else None
        lengths.append((gain, paid))
    assert lengths[0][0] > lengths[1][0] > lengths[2][0]
    assert lengths[1][1] > lengths[2][1]


@pytest.mark.slow
def test_the_same_front_with_two_workers():
    problem = small(1, n_units=7)
    one, two = (solve(problem, portfolios=7, workers=workers) for workers in (1, 2))
    np.testing.assert_array_equal(one.portfolios, two.portfolios)
    np.testing.assert_array_equal(one.bound, two.bound)


def test_boundary_without_neighbors_is_refused():
    problem = landscape("treated", 0.2)
    from edaphon.errors import DataError
    from edaphon.problem.build import check_labels

    with pytest.raises(DataError, match="neighbors"):
        check_labels(replace(problem, neighbours=None))
