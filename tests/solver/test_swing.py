from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from solve_case import RULES, linked_values, random_problem

from edaphon.problem.evaluate import evaluate
from edaphon.problem.values import Problem
from edaphon.solver import swing as swing_module
from edaphon.solver.highs import relax
from edaphon.solver.linked import holds
from edaphon.solver.repair import improve, repair
from edaphon.solver.swing import Course, swing


@pytest.fixture(autouse=True)
def _a_short_search(monkeypatch):
    monkeypatch.setattr(swing_module, "STEPS", 1_200)


def priced(problem):
    linked, value = linked_values(problem)
    relaxed = relax(linked, value)
    prices, hard = relaxed.prices, np.full(len(linked.limits), np.inf)
    reduced = value - np.tensordot(prices, linked.rows, axes=1)
    course = Course(linked.rows, linked.limits, prices, hard, reduced, relaxed.share)
    return linked, value, course


def started(linked, value, reduced, prices):
    place = repair(linked, reduced, reduced.argmax(axis=0))
    assert place is not None
    return improve(linked, value, prices, place)


def worth(value, place):
    return value[place, np.arange(len(place))].sum()


def test_a_unit_with_very_many_tied_options_is_rounded():
    share = np.full((150, 3), 1 / 150)
    rows = np.arange(150.0)[None, :, None] * np.ones((1, 1, 3))
    never = np.full(1, np.inf)
    course = Course(rows, np.full(1, 220.0), np.ones(1), never, np.zeros((150, 3)), share)
    for place in course.rounded(3):
        # within half a step of the mean of each unit, 74.5, all deviations together
        assert abs(place.sum() - 3 * 74.5) <= 0.5


def many_targets(n_units, n_features, seed):
    rng = np.random.default_rng(seed)
    effects = rng.gamma(1.0, size=(n_units, 3, n_features))
    effects *= rng.random((n_units, 1, n_features)) < 0.3
    effects[:, 0] = 0.0
    cost = rng.gamma(3.0, size=(n_units, 3))
    cost[:, 0] = 0.0
    names = tuple(f"species {f}" for f in range(n_features))
    return Problem.from_arrays(
        effects,
        cost,
        np.ones((n_units, 3), dtype=bool),
        {"cost": {"minimize": "cost"}},
        {"targets": dict.fromkeys(names, 0.3)},
        features=names,
    )


def gap_of(linked, value, course, place):
    bound = course.reduced.max(axis=0).sum() + course.prices @ linked.limits
    return bound - worth(value, place)


@pytest.mark.parametrize("seed", range(4))
def test_small_problems_end_at_the_best_of_all_portfolios(seed):
    problem = random_problem(6, seed=seed, budget=0.5, constraints=RULES)
    linked, value, course = priced(problem)
    start = started(linked, value, course.reduced, course.prices)
    made = swing(course, [start], 0.0)
    assert holds(linked, made)
    options = [np.flatnonzero(np.isfinite(column)) for column in value.T]
    plans = (np.array(plan) for plan in product(*options))
    best = max(worth(value, plan) for plan in plans if holds(linked, plan))
    assert worth(value, made) == pytest.approx(best, rel=1e-9)


def test_a_short_search_closes_a_tenth_of_the_gap_of_many_targets():
    problem = many_targets(400, 40, 0)
    linked, value, course = priced(problem)
    start = started(linked, value, course.reduced, course.prices)
    made = swing(course, [start], 0.0)
    assert evaluate(problem, linked.table.allocation(made)).feasible
    before = gap_of(linked, value, course, start)
    assert gap_of(linked, value, course, made) < 0.9 * before
    assert (made == swing(course, [start], 0.0)).all()


def test_walks_from_near_the_relaxed_optimum_end_in_what_can_be():
    linked, value, course = priced(many_targets(400, 40, 1))
    start = started(linked, value, course.reduced, course.prices)
    two = list(course.rounded(2))
    assert not any(holds(linked, place) for place in two)
    made = [swing(course, walks, 0.0) for walks in ([start], two, [start, *two])]
    assert all(holds(linked, place) for place in made)
    gaps = [gap_of(linked, value, course, place) for place in made]
    assert max(gaps) < 0.9 * gap_of(linked, value, course, start)
    assert gaps[2] <= gaps[0]


def test_rounded_portfolios_lie_near_the_relaxed_sums():
    problem = many_targets(400, 40, 0)
    _, value, course = priced(problem)
    relaxed = (course.rows * course.share).sum(axis=(1, 2))
    units = np.arange(400)

    def off(place):
        chosen = course.rows[:, place, units].sum(axis=1)
        return course.least @ np.abs(chosen - relaxed)

    made = list(course.rounded(3))
    assert all(np.isfinite(value[place, units]).all() for place in made)
    split = course.share.max(axis=0) < 1 - 1e-6
    assert all((place == course.share.argmax(axis=0))[~split].all() for place in made)
    assert np.mean([off(place) for place in made]) < off(course.share.argmax(axis=0))


def test_what_a_bend_loses_is_weighed_and_needs_no_room():
    """Two rows whose limits are bends: brute force over what falls short and what is left."""
    rng = np.random.default_rng(4)
    value, use = rng.random((3, 7)), rng.random((2, 3, 7))
    prices, short = np.array([0.4, 0.7]), np.array([0.3, 0.1])
    limits, reduced = np.array([3.1, 3.9]), value - np.tensordot(prices, use, axes=1)
    course = Course(use, limits, prices, short, reduced, np.full((3, 7), 1 / 3))

    def loss(place):
        units = np.arange(7)
        room = limits - use[:, place, units].sum(axis=1)
        lost = (reduced.max(axis=0) - reduced[place, units]).sum()
        return lost + np.maximum(room * prices, -room * short).sum()

    best = min(loss(np.array(plan)) for plan in product(range(3), repeat=7))
    made = swing(course, course.rounded(3), 0.0)
    assert loss(made) == pytest.approx(best, rel=1e-6)


def test_it_ends_where_the_gap_is_small_enough_or_nothing_can_move():
    problem = random_problem(40, seed=0, budget=0.5, constraints=RULES)
    linked, value, course = priced(problem)
    start = started(linked, value, course.reduced, course.prices)
    assert (swing(course, [start], np.inf) == start).all()
    alone = np.where(np.arange(len(value))[:, None] == start, course.reduced, -np.inf)
    assert (swing(replace(course, reduced=alone), [start], 0.0) == start).all()
    nothing = replace(course, limits=course.limits - 1e9)
    assert swing(nothing, [start], 0.0) is None
