import numpy as np
import pytest
from solve_case import random_problem

from edaphon.problem.evaluate import formulate
from edaphon.solver.dominance import sandwich_ratio
from edaphon.solver.engine import answer_in_turn, find_payoff, make_engine
from edaphon.solver.facets import Box, next_weights
from edaphon.solver.front import solve
from edaphon.solver.weights import FLOOR, floored, lattice


@pytest.fixture(scope="module")
def engine():
    problem = random_problem(60, 5, seed=3, budget=0.4)
    return make_engine(problem, formulate(problem), 10.0)


def ratio(cuts, box):
    return sandwich_ratio(
        np.array([cut.values for cut in cuts]),
        np.array([cut.weights for cut in cuts]),
        np.array([cut.bound for cut in cuts]),
        box.reference,
        box.ideal,
    )


def test_asking_at_the_widest_gap_beats_even_weights(engine):
    payoff, scales, corners = find_payoff(engine)
    box = Box(payoff.min(axis=0), payoff.max(axis=0))
    even = corners + answer_in_turn(engine, floored(lattice(3, 28)) / scales)
    asked = list(corners)
    number = 0
    while len(asked) < len(even):
        weights, _ = next_weights(asked, box, min(8, len(even) - len(asked)), number)
        assert len(weights)
        asked += answer_in_turn(engine, weights)
        number += 1
    assert ratio(asked, box) > ratio(even, box)


def test_weights_are_new_positive_and_within_the_count(engine):
    payoff, _, cuts = find_payoff(engine)
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


def test_the_search_ends_where_no_gap_is_left():
    problem = random_problem(4, 2, seed=1, budget=0.5)
    front = solve(problem, portfolios=2000)
    assert front.on_front.sum() < 20


def test_a_flat_objective_is_left_out():
    problem = random_problem(20, 3, seed=2, budget=0.0)
    front = solve(problem, portfolios=12)
    assert front.on_front.sum() >= 1
