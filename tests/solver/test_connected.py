"""Fronts with connectivity: certified in the others, never less than without, feasible."""

from dataclasses import replace
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
from edaphon.solver.start import start_from

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


def test_contiguity_reaches_the_best_of_all_portfolios_of_a_small_grid():
    plain = landscape(3, share=0.6)
    made = {o.name: o for o in plain.objectives}
    whole = replace(made["linked"], contiguity=True)
    few = replace(whole, name="second", interventions=("option_2",))
    problem = replace(
        plain, objectives=(made["life"], whole, made["cost"], few), network=None,
        interventions=("baseline", "option_1", "option_2"),
    )  # fmt: skip
    front = solve(problem, portfolios=24, generations=40)
    assert front.feasible[front.on_front].all()
    shared = formulate(problem)
    best = np.zeros(2)
    for plan in product((0, 1), repeat=9):
        for option in (1, 2):
            worth = evaluate(problem, option * np.array(plan), formulation=shared)
            if worth.feasible:
                best = np.maximum(best, worth.values[[1, 3]])
    found = front.values[front.on_front][:, [1, 3]].max(axis=0)
    assert (found >= 0.97 * best).all()
    assert [one.where for one in front.findings] == ["objectives.linked", "objectives.second"]


def test_the_search_time_bounds_all_its_parts_and_is_told_once():
    problem = landscape(20)
    # so many generations never end by themselves
    front = solve(problem, portfolios=200, generations=100_000, search_time=0.5)
    assert front.feasible[front.on_front].all()
    told = [one.what for one in front.findings if one.where == "solve.search_time"]
    assert len(told) == 1
    assert "ended after 0.5 s" in told[0]


def test_generations_are_told():
    told = []
    solve(landscape(4), portfolios=6, generations=5, progress=lambda *step: told.append(step))
    assert told[-1] == ("refine", 5, 5)
    assert told[0] == ("solve", 0, 8)


def test_an_earlier_front_is_never_lost():
    problem = landscape(5)
    front = solve(problem, portfolios=8, generations=20)
    again = solve(problem, portfolios=8, generations=0, start=start_from(front, problem, problem))
    made = again.values[again.on_front] * SENSE
    for values in front.values[front.on_front] * SENSE:
        assert (made >= values - 1e-9).all(axis=1).any()


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
