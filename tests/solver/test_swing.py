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
from edaphon.solver.swing import swing


@pytest.fixture(autouse=True)
def _a_short_search(monkeypatch):
    monkeypatch.setattr(swing_module, "_STEPS", 1_200)


def priced(problem):
    linked, value = linked_values(problem)
    prices = relax(linked, value).prices
    return linked, value, value - np.tensordot(prices, linked.rows, axes=1), prices


def started(linked, value, reduced, prices):
    place = repair(linked, reduced, reduced.argmax(axis=0))
    assert place is not None
    return improve(linked, value, prices, place)


def worth(value, place):
    return value[place, np.arange(len(place))].sum()


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


@pytest.mark.parametrize("seed", range(4))
def test_small_problems_end_at_the_best_of_all_portfolios(seed):
    problem = random_problem(6, seed=seed, budget=0.5, constraints=RULES)
    linked, value, reduced, prices = priced(problem)
    made = swing(linked, reduced, prices, started(linked, value, reduced, prices), 0.0)
    assert holds(linked, made)
    options = [np.flatnonzero(np.isfinite(column)) for column in value.T]
    plans = (np.array(plan) for plan in product(*options))
    best = max(worth(value, plan) for plan in plans if holds(linked, plan))
    assert worth(value, made) == pytest.approx(best, rel=1e-9)


def test_a_short_search_closes_a_tenth_of_the_gap_of_many_targets():
    problem = many_targets(400, 40, 0)
    linked, value, reduced, prices = priced(problem)
    start = started(linked, value, reduced, prices)
    bound = reduced.max(axis=0).sum() + prices @ linked.limits
    made = swing(linked, reduced, prices, start, 0.0)
    assert evaluate(problem, linked.table.allocation(made)).feasible
    before, after = bound - worth(value, start), bound - worth(value, made)
    assert after < 0.9 * before
    assert (made == swing(linked, reduced, prices, start, 0.0)).all()


def test_it_ends_where_the_gap_is_small_enough_or_nothing_can_move():
    problem = random_problem(40, seed=0, budget=0.5, constraints=RULES)
    linked, value, reduced, prices = priced(problem)
    start = started(linked, value, reduced, prices)
    assert swing(linked, reduced, prices, start, np.inf) is start
    alone = np.where(np.arange(len(reduced))[:, None] == start, reduced, -np.inf)
    assert (swing(linked, alone, prices, start, 0.0) == start).all()
