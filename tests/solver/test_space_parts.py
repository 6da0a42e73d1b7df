"""Graphs, messages, cuts and expansions against every labeling of small graphs."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from space_case import grid

from edaphon.problem.evaluate import formulate
from edaphon.problem.values import Problem
from edaphon.solver.space.bundle import Seen, find_prices
from edaphon.solver.space.cuts import cut, energy, expand
from edaphon.solver.space.graph import Graph
from edaphon.solver.space.local import Plan, repair
from edaphon.solver.space.messages import Messages
from edaphon.solver.space.spatial import make_spatial


def instance(seed, n_groups, n_units=6, forbid=0.0):
    rng = np.random.default_rng(seed)
    n_pairs = int(rng.integers(0, 12))
    first, second = rng.integers(0, n_units, (2, n_pairs))
    graph = Graph.of(n_units, first, second, rng.random(n_pairs) * 2)
    cost = rng.normal(size=(n_groups, n_units))
    closed = rng.random(cost.shape) < forbid
    closed[rng.integers(0, n_groups, n_units), np.arange(n_units)] = False
    cost[closed] = np.inf
    return graph, cost


def least(graph, cost):
    labels = product(range(len(cost)), repeat=graph.n_units)
    return min(energy(graph, cost, np.array(label)) for label in labels)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), n_groups=st.integers(2, 3))
def test_messages_never_claim_too_much_and_expansion_never_harms(seed, n_groups):
    graph, cost = instance(seed, n_groups, forbid=0.2)
    best = least(graph, cost)
    messages = Messages(graph, n_groups)
    bounds = []
    for _ in range(25):
        bound, label = messages.sweep(cost)
        bounds.append(bound)
        assert label.shape == (graph.n_units,)
    assert max(bounds) <= best + 1e-9
    start = cost.argmin(axis=0)
    grown = expand(graph, cost, start, 3)
    assert best - 1e-9 <= energy(graph, cost, grown) <= energy(graph, cost, start) + 1e-9


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_cut_is_the_optimum_of_two_groups(seed):
    graph, cost = instance(seed, 2)
    gain = cost[0] - cost[1]
    chosen, bound = cut(gain, graph.first, graph.second, graph.weight, graph.weight)
    best = least(graph, cost)
    assert energy(graph, cost, chosen.astype(np.intp)) == pytest.approx(best, abs=1e-6)
    assert best - 1e-6 <= cost[0].sum() - bound <= best + 1e-12


def test_messages_reach_the_optimum_of_a_tree():
    rng = np.random.default_rng(3)
    first = np.arange(1, 9)
    graph = Graph.of(9, first, (first - 1) // 2, rng.random(8))
    cost = rng.normal(size=(3, 9))
    messages = Messages(graph, 3)
    bound = max(messages.sweep(cost)[0] for _ in range(40))
    assert bound == pytest.approx(least(graph, cost), abs=1e-9)


def test_colors_of_a_grid_are_two_and_no_neighbors_share_one():
    cell = np.arange(30).reshape(5, 6)
    first = np.concatenate([cell[:, :-1].ravel(), cell[:-1].ravel()])
    second = np.concatenate([cell[:, 1:].ravel(), cell[1:].ravel()])
    graph = Graph.of(30, first, second, np.ones(len(first)))
    assert set(graph.colors.tolist()) == {0, 1}
    assert (graph.colors[graph.first] != graph.colors[graph.second]).all()


def test_pairs_that_stand_twice_are_summed_and_units_beside_themselves_left_out():
    graph = Graph.of(3, np.array([0, 1, 2]), np.array([1, 0, 2]), np.array([1.0, 2.0, 5.0]))
    assert graph.weight.tolist() == [3.0]
    assert graph.exposed(np.array([0, 1, 1])) == 3.0
    assert graph.exposed(np.array([1, 1, 0])) == 0.0


def test_a_unit_without_neighbors_is_chosen_by_its_gain_alone():
    nobody = np.zeros(0, dtype=np.intp)
    chosen, bound = cut(np.array([2.0, -1.0]), nobody, nobody, np.zeros(0), np.zeros(0))
    assert chosen.tolist() == [True, False]
    assert bound == 2.0


def test_prices_are_found_where_no_portfolio_is_worth_anything():
    def look(prices):
        place = np.zeros(2, dtype=np.intp)
        return Seen(float(prices @ [3.0, 0.0]), 0.0, np.array([3.0, 0.0]), place)

    found = find_prices(look, np.ones(2), 1.0)
    assert found.bound == 0.0
    assert found.prices[0] == 0.0


def test_a_large_plan_far_beyond_its_budget_is_repaired():
    """Three units in four have to give up what they do, far more than 64 in each of 400 rounds."""
    side, rng = 220, np.random.default_rng(0)
    n_units = side * side
    gain, cost = np.zeros((n_units, 2, 1)), np.zeros((n_units, 2))
    gain[:, 1, 0], cost[:, 1] = rng.gamma(2, 1, n_units), 1.0
    problem = Problem.from_arrays(
        gain,
        cost,
        objectives={"a": {"maximize": "a", "boundary": 0.1}},
        constraints={"budget": n_units / 4},
        features=["a"],
        neighbours=grid(side),
    )
    spatial = make_spatial(problem, formulate(problem), 60.0)
    value = spatial.table.value(np.array([1.0, 0.1]))
    plan = Plan(spatial, value, 0.1, np.ones(n_units, dtype=np.intp))
    assert repair(plan, np.zeros(len(plan.room)))
    assert (plan.fresh_room() >= 0).all()
    assert plan.place.sum() > 0.99 * n_units / 4
