"""Fronts with connectivity: certified in the others, never less than without, feasible."""

from itertools import product

import numpy as np
import pytest
from space_case import grid

from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.network import Network
from edaphon.problem.values import Problem
from edaphon.solver import pymoo_adapter
from edaphon.solver.dominance import nondominated
from edaphon.solver.front import solve

SENSE = np.array([1.0, 1.0, -1.0])


def landscape(side, seed=0, index="pc", share=0.35):
    """Cells that touch are one patch; one cell between them is crossed with probability 0.4."""
    rng = np.random.default_rng(seed)
    count = side * side
    effects = rng.gamma(2.0, 1.0, (count, 3, 1))
    effects[:, 0] = 0.0
    cost = rng.uniform(1, 2, (count, 3)) * [0, 1, 1.5]
    near = grid(side)
    row, column = np.divmod(np.arange(count), side)
    gap = np.abs(row[:, None] - row) + np.abs(column[:, None] - column)
    far = np.argwhere(np.triu(gap == 2))
    network = Network(
        index,
        np.concatenate([near.first, far[:, 0]]).astype(np.intp),
        np.concatenate([near.second, far[:, 1]]).astype(np.intp),
        np.concatenate([np.ones(len(near.first)), np.full(len(far), 0.4)]),
    )
    return Problem.from_arrays(
        effects,
        cost,
        None,
        {
            "life": {"maximize": "worms"},
            "linked": {"maximize": "connectivity"},
            "cost": {"minimize": "cost"},
        },
        {"budget": share * float(cost.mean(axis=1).sum())},
        features=["worms"],
        neighbours=near,
        network=network,
    )


@pytest.mark.parametrize("index", ["pc", "iic"])
def test_bounds_hold_for_every_portfolio_of_a_small_problem(index):
    problem = landscape(3, index=index, share=0.8)
    front = solve(problem, portfolios=8, generations=20)
    shared = formulate(problem)
    options = np.array(list(product((0, 1), repeat=9)), dtype=np.uint8)
    worths = [evaluate(problem, plan, formulation=shared) for plan in options]
    possible = np.array([one.values * SENSE for one in worths if one.feasible])
    rows = np.flatnonzero(front.on_front)
    assert front.feasible[rows].all()
    for k in rows[np.isfinite(front.bound[rows])]:
        weights = front.weights[k] / front.scales
        assert weights[1] == 0.0
        assert front.bound[k] >= float((possible @ weights).max()) - 1e-9
    points = front.values[rows] * SENSE
    assert len(nondominated(points)) == len(rows)
    best = possible[:, 1].max()
    assert points[:, 1].max() >= 0.97 * best


def test_never_less_than_without_connectivity_and_better_connected():
    problem = landscape(8)
    plain = solve(problem, portfolios=8, generations=0)
    front = solve(problem, portfolios=8, generations=20)
    rows = front.on_front
    made, given = front.values[rows] * SENSE, plain.values[plain.on_front] * SENSE
    for values in given:
        assert (made >= values - 1e-9).all(axis=1).any()
    assert made[:, 1].max() > 1.2 * given[:, 1].max()
    assert front.feasible[rows].all()
    assert np.isfinite(front.certified_gap[rows]).all()
    assert "no quick bound exists for linked" in front.findings[-1].what
    assert front.findings[-1].severity == "note"


@pytest.mark.slow
def test_same_bytes_whatever_the_workers_and_a_note_on_whole_fronts():
    problem = landscape(6)
    one, two = (
        solve(problem, portfolios=8, generations=10, workers=count, whole=True, seed=3)
        for count in (1, 2)
    )
    assert one.portfolios.tobytes() == two.portfolios.tobytes()
    assert not one.complete
    assert len(one.findings) == 2


def test_an_interrupt_of_the_refinement_keeps_the_certified_front(monkeypatch):
    def stop(*_args, **_keys):
        raise KeyboardInterrupt

    problem = landscape(6)
    plain = solve(problem, portfolios=8, generations=0)
    monkeypatch.setattr(pymoo_adapter, "refine", stop)
    front = solve(problem, portfolios=8, generations=5)
    assert front.interrupted
    assert (front.portfolios == plain.portfolios).all()
