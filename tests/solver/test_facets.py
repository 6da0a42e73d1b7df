from itertools import combinations

import numpy as np
import pytest
from solve_case import random_problem

from edaphon.problem.evaluate import formulate
from edaphon.solver.concave import Cut
from edaphon.solver.dominance import sandwich_ratio
from edaphon.solver.engine import answer_in_turn, find_payoff, make_engine
from edaphon.solver.facets import ROUND, Box, choose_answers, next_weights, open_facets
from edaphon.solver.front import solve
from edaphon.solver.weights import FLOOR, floored, lattice


@pytest.fixture(scope="module")
def engine():
    problem = random_problem(60, 5, seed=3, budget=0.4)
    return make_engine(problem, formulate(problem), 10.0)


def ratio(cuts, box, proofs=None):
    proofs = proofs or cuts
    return sandwich_ratio(
        np.array([cut.values for cut in cuts]),
        np.array([cut.weights for cut in proofs]),
        np.array([cut.bound for cut in proofs]),
        box.reference,
        box.ideal,
    )


def searched(engine, count, at_once=ROUND):
    """Answers to weights asked round by round, and their box."""
    found = find_payoff(engine)
    payoff, asked = found.values, found.cuts
    box = Box(payoff.min(axis=0), payoff.max(axis=0))
    number = 0
    while len(asked) < count:
        weights, _ = next_weights(asked, box, min(at_once, count - len(asked)), number)
        assert len(weights)
        asked += answer_in_turn(engine, weights)
        number += 1
    return asked, box


def test_asking_at_the_widest_gap_beats_even_weights(engine):
    found = find_payoff(engine)
    scales, corners = found.scales, found.cuts
    even = corners + answer_in_turn(engine, floored(lattice(3, 28)) / scales)
    asked, box = searched(engine, len(even))
    assert ratio(asked, box) > ratio(even, box)


def test_a_round_closes_as_much_as_weights_one_by_one(engine):
    together, box = searched(engine, 34)
    one_by_one, _ = searched(engine, 34, at_once=1)
    assert 1.0 - ratio(together, box) <= 1.1 * (1.0 - ratio(one_by_one, box))


def test_weights_are_new_positive_and_within_the_count(engine):
    found = find_payoff(engine)
    payoff, cuts = found.values, found.cuts
    box = Box(payoff.min(axis=0), payoff.max(axis=0))
    weights, gap = next_weights(cuts, box, 4, 0)
    assert 1 <= len(weights) <= 4
    shares = weights * box.span
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert (shares >= 0.9 * FLOOR).all()
    again, less = next_weights(cuts + answer_in_turn(engine, weights), box, 4, 0)
    for row in again:
        assert np.abs(weights - row).max(axis=1).min() > 0
    assert 0.0 < less < gap < 1.0


def test_open_facets_come_widest_gap_first_and_hold_the_next_weights(engine):
    asked, box = searched(engine, 20)
    weights = open_facets(asked, asked, box)
    shares = weights * box.span
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert (shares >= 0.9 * FLOOR).all()
    following, _ = next_weights(asked, box, 1, 0)
    assert weights[0] == pytest.approx(following[0])
    assert len(weights) <= 2 * (len(asked) + 3)
    more = asked + answer_in_turn(engine, weights)
    assert ratio(asked, box) < ratio(asked, box, more) < 1.0


def test_open_facets_of_an_arc_point_halfway_between_its_points():
    answers = arc(np.arange(5) / 4 * np.pi / 2)
    weights = open_facets(answers, answers, QUARTER)
    angles = np.sort(np.arctan2(weights[:, 0], weights[:, 1]))
    assert angles == pytest.approx((np.arange(4) + 0.5) / 4 * np.pi / 2)


def test_without_a_range_no_facet_is_open():
    answers = arc(np.array([0.5, 0.5]))
    flat = Box(answers[0].values, answers[0].values)
    assert open_facets(answers, answers, flat).shape == (0, 2)


def test_the_search_ends_where_no_gap_is_left():
    problem = random_problem(4, 2, seed=1, budget=0.5)
    front = solve(problem, portfolios=2000)
    assert front.on_front.sum() < 20


def test_a_flat_objective_is_left_out():
    problem = random_problem(20, 3, seed=2, budget=0.0)
    front = solve(problem, portfolios=12)
    assert front.on_front.sum() >= 1


def arc(angles):
    """Points of a quarter circle with the tangents that prove them."""
    points = np.column_stack([np.sin(angles), np.cos(angles)])
    nothing = np.zeros(0, dtype=np.uint8)
    return [Cut(row, nothing, row, 1.0, "lp_dual") for row in points]


QUARTER = Box(np.zeros(2), np.ones(2))


@pytest.mark.parametrize(("count", "steps"), [(2, 16), (3, 8), (5, 4), (17, 1), (40, 1)])
def test_answers_shown_halve_an_arc(count, steps):
    answers = arc(np.arange(17) / 16 * np.pi / 2)
    assert choose_answers(answers, answers, QUARTER, count) == answers[::steps]


def test_answers_within_the_hull_are_not_shown():
    answers = arc(np.arange(5) / 4 * np.pi / 2)
    nothing = np.zeros(0, dtype=np.uint8)
    inside = Cut(np.full(2, 0.5), nothing, np.array([0.3, 0.6]), 1.0, "lp_dual")
    twice = [*answers, inside, *answers]
    assert choose_answers(twice, answers, QUARTER, 12) == answers


def test_the_best_of_each_objective_is_shown_however_few():
    answers = arc(np.arange(17) / 16 * np.pi / 2)
    assert choose_answers(answers, answers, QUARTER, 1) == [answers[0], answers[-1]]


def test_without_a_range_one_answer_is_shown():
    answers = arc(np.array([0.5, 0.5]))
    flat = Box(answers[0].values, answers[0].values)
    assert choose_answers(answers, answers, flat, 1) == answers[:1]


def test_answers_shown_leave_at_most_a_fifth_more_than_the_best_choice(engine):
    asked, box = searched(engine, 14)
    answers = [cut for cut in asked if (cut.weights > 0).all()]
    chosen = choose_answers(answers, asked, box, 6)
    best = max(
        ratio(list(some), box, asked) for some in combinations(answers, 6) if _ends(some, answers)
    )
    assert len(chosen) == 6
    assert 1.0 - ratio(chosen, box, asked) <= 1.2 * (1.0 - best)


def _ends(some, answers):
    """Whether the best of each objective is among them."""
    top = np.max([cut.values for cut in answers], axis=0)
    return (np.max([cut.values for cut in some], axis=0) == top).all()
