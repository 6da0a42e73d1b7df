import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solve_case import every_feasible, random_problem

from edaphon.problem.evaluate import formulate
from edaphon.solver import bounded
from edaphon.solver.bounded import bound_weights, guessed_prices
from edaphon.solver.dual import find_price
from edaphon.solver.engine import answer_in_turn, find_payoff, make_engine
from edaphon.solver.front import solve
from edaphon.solver.pairs import make_pairs
from edaphon.solver.table import make_table, single_row


def asked_of(problem):
    """An engine, its scales, and answers to the single objectives and to some mixtures."""
    engine = make_engine(problem, formulate(problem), 10.0)
    payoff = find_payoff(engine)
    scales, corners = payoff.scales, payoff.cuts
    rng = np.random.default_rng(5)
    mixtures = rng.dirichlet(np.ones(len(scales)), size=6) / scales
    return engine, scales, corners + answer_in_turn(engine, mixtures)


def weights_for(scales, count, seed=1):
    return np.random.default_rng(seed).dirichlet(np.ones(len(scales)), size=count) / scales


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    budget=st.sampled_from([0.0, 1e-3, 0.2, 0.6, 3.0, None]),
    cost_objective=st.booleans(),
)
def test_no_portfolio_beats_a_bound(seed, budget, cost_objective):
    problem = random_problem(5, 3, seed=seed, budget=budget, cost_objective=cost_objective)
    engine, scales, asked = asked_of(problem)
    weights = weights_for(scales, 9, seed)
    proven = bound_weights(engine.table, asked, weights, scales)
    best = (every_feasible(problem) @ weights.T).max(axis=0)
    assert len(proven) == len(weights)
    assert (np.array([cut.bound for cut in proven]) >= best).all()


def test_at_the_exact_price_the_bound_is_that_of_the_relaxation():
    problem = random_problem(5000, 5, seed=2, budget=0.3)
    engine, scales, asked = asked_of(problem)
    table = engine.table
    for cut in (cut for cut in asked if (cut.weights > 0).all()):
        (proven,) = bound_weights(table, [cut], cut.weights[None], scales)
        value = table.value(table.outcome.matrix @ cut.weights)
        price = find_price(value, table.cost, table.limit).price
        relaxed = (value - price * table.cost).max(axis=0).sum() + price * table.limit
        assert proven.price == pytest.approx(price, rel=1e-12)
        assert proven.bound == pytest.approx(relaxed, rel=1e-9)
        assert relaxed <= proven.bound


def test_a_guessed_price_proves_nearly_as_much():
    problem = random_problem(5000, 5, seed=2, budget=0.3)
    engine, scales, asked = asked_of(problem)
    weights = weights_for(scales, 20)
    proven = bound_weights(engine.table, asked, weights, scales)
    exact = np.array([cut.bound for cut in answer_in_turn(engine, weights)])
    range_ = np.array([abs(row @ scales) for row in weights])
    worse = (np.array([cut.bound for cut in proven]) - exact) / range_
    assert worse.min() >= -1e-12
    assert np.median(worse) < 0.01


def test_pairs_and_table_prove_the_same(monkeypatch):
    problem = random_problem(5000, 5, seed=4)
    _, scales, asked = asked_of(problem)
    weights = weights_for(scales, 7)
    formulation = formulate(problem)
    row = single_row(problem, formulation)
    made = []
    for table in (make_table(problem, formulation, row), make_pairs(problem, formulation, row)):
        for at_once in (1, 3, 8):
            monkeypatch.setattr(bounded, "AT_ONCE", at_once)
            made.append([cut.bound for cut in bound_weights(table, asked, weights, scales)])
    np.testing.assert_allclose(made, [made[0]] * len(made), rtol=1e-12, atol=1e-13)


def test_prices_that_are_linear_in_the_weights_are_told_exactly():
    rng = np.random.default_rng(3)
    known = rng.dirichlet(np.ones(3), size=40)
    weights = 7.0 * known[:5] @ np.full((3, 3), 0.2) + 0.4 * known[:5]
    slope = np.array([3.0, 1.0, 2.0])
    told = guessed_prices(known, known @ slope, weights)
    assert told == pytest.approx(weights @ slope, rel=1e-6)


def test_a_guess_stays_within_the_nearest_prices():
    known = np.array([[0.6, 0.4], [0.5, 0.5], [0.4, 0.6], [0.0, 1.0]])
    told = guessed_prices(known, np.array([1.0, 2.0, 1.0, 9.0]), np.array([[1.0, 1.0], [2.0, 0.0]]))
    assert 2.0 <= told[0] <= 4.0
    assert 2.0 <= told[1] <= 4.0


def test_where_the_nearest_limit_does_not_bind_the_price_is_none():
    known = np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]])
    told = guessed_prices(known, np.array([0.0, 1.0, 2.0]), np.array([[0.8, 0.2], [0.2, 0.8]]))
    assert told[0] == 0.0
    assert told[1] > 0.0


def test_without_a_known_price_nothing_is_proven():
    problem = random_problem(20, constraints={"targets": {"worms": 0.2}})
    engine = make_engine(problem, formulate(problem), 10.0)
    scales = find_payoff(engine).scales
    assert not engine.plain
    assert bound_weights(engine.table, [], weights_for(scales, 2), scales) == []


def test_bounds_between_answers_prove_more_of_the_same_portfolios(monkeypatch):
    problem = random_problem(400)
    front = solve(problem, portfolios=20)
    monkeypatch.setattr("edaphon.solver.front.bound_weights", lambda *_: [])
    bare = solve(problem, portfolios=20)
    assert front.portfolios.tobytes() == bare.portfolios.tobytes()
    assert 1.0 - front.sandwich_ratio < 0.85 * (1.0 - bare.sandwich_ratio)
    assert (front.certified_gap[front.on_front] <= bare.certified_gap[bare.on_front]).all()


def test_an_interrupt_while_bounds_are_proven_keeps_the_portfolios(monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    problem = random_problem(60)
    whole = solve(problem, portfolios=12)
    monkeypatch.setattr("edaphon.solver.front.bound_weights", stop)
    front = solve(problem, portfolios=12)
    assert front.interrupted
    assert front.portfolios.tobytes() == whole.portfolios.tobytes()
