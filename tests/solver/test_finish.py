"""Concave benefits beside boundary and patches, against brute force."""

from itertools import product

import numpy as np
import pytest
from space_case import SENSE, grid, neighbours_of
from test_curves import KINDS

from edaphon.problem.boundary import Boundary
from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.values import Problem
from edaphon.solver.engine import answer_in_turn, make_engine
from edaphon.solver.front import solve


def small(seed, kind, *, patch=1, n_units=6):
    """Three objectives, one of them concave, one with a price on boundary, one boundary itself."""
    rng = np.random.default_rng(seed)
    pairs = np.array([(i, j) for i in range(n_units) for j in range(i)])
    pairs = pairs[rng.permutation(len(pairs))[: int(rng.integers(6, 12))]]
    effects = rng.gamma(2, 1, (n_units, 3, 2))
    effects[:, 0] = 0
    effects[:, 1, 0] *= -1 if seed % 4 == 3 else 1
    cost = rng.gamma(2, 10, (n_units, 3))
    cost[:, 0] = 0
    allowed = rng.random((n_units, 3)) > 0.2
    allowed[:, 0] = True
    price = float(rng.random() * 5)
    outer = rng.random(n_units) if seed % 5 == 0 else None
    return Problem.from_arrays(
        effects,
        cost,
        allowed,
        {
            "gain": {"maximize": ["a", "b"], "benefit": kind},
            "cost": {"minimize": "cost", "boundary": price},
            "edge": {"minimize": "boundary"},
        },
        {"budget": 0.4 * float(cost.mean(axis=1).sum())} if seed % 3 else {},
        features=["a", "b"],
        neighbours=neighbours_of(pairs[:, 0], pairs[:, 1], rng.random(len(pairs)) * 2 + 0.01),
        boundary=Boundary(("treated", "interventions")[seed % 2], outer, patch),
    )


def check(problem):
    shared = formulate(problem)
    choices = [np.flatnonzero(row == 0) for row in problem.allowed]
    found = (evaluate(problem, np.array(plan), formulation=shared) for plan in product(*choices))
    every = np.array([worth.values * SENSE for worth in found if worth.feasible])
    front = solve(problem, portfolios=5, generations=0)
    shown = np.flatnonzero(front.on_front)
    assert len(shown)
    for k in shown:
        weights = front.weights[k] / front.scales
        best = float((every @ weights).max())
        assert best - 1e-9 <= front.bound[k] <= best + 1e-5
        assert front.values[k] * SENSE @ weights == pytest.approx(best, abs=1e-9)
        assert front.feasible[k]


def test_fronts_match_brute_force():
    check(small(1, {"ramp": 0.4}, patch=2, n_units=5))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("seed", range(3, 6))
def test_more_fronts_match_brute_force(seed, kind):
    for patch in (1, 2):
        check(small(seed, kind, patch=patch))


@pytest.mark.parametrize("kind", ["power", {"worst": 0.6}], ids=str)
def test_larger_ones_are_proven(kind):
    rng = np.random.default_rng(3)
    effects = rng.gamma(2, 1, (100, 3, 2))
    effects[:, 0] = 0
    cost = rng.uniform(1, 2, (100, 3))
    cost[:, 0] = 0
    problem = Problem.from_arrays(
        effects,
        cost,
        None,
        {
            "gain": {"maximize": ["a", "b"], "benefit": kind},
            "cost": {"minimize": "cost", "boundary": 0.2},
        },
        {"budget": 50.0},
        features=["a", "b"],
        neighbours=grid(10),
        boundary=Boundary("treated"),
    )
    engine = make_engine(problem, formulate(problem), 60.0)
    (cut,) = answer_in_turn(engine, np.array([[1.0, 0.001]]))
    assert evaluate(problem, cut.allocation).feasible
    gap = cut.bound - cut.values @ cut.weights
    assert 0 <= gap <= 1e-6 * abs(cut.bound)
    assert cut.certified_by == "milp"
