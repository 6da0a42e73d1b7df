from itertools import combinations, product

import numpy as np
import pytest
from solve_case import linked_values, ruled_problem

from edaphon.problem.evaluate import evaluate
from edaphon.solver.exchange import MOST_ROWS, exchange, few_priced
from edaphon.solver.highs import relax
from edaphon.solver.linked import holds
from edaphon.solver.repair import improve, repair


def case(n_units, seed):
    problem = ruled_problem(n_units, seed)
    linked, value = linked_values(problem)
    prices = relax(linked, value).prices
    reduced = value - np.tensordot(prices, linked.rows, axes=1)
    place = repair(linked, reduced, reduced.argmax(axis=0))
    assert place is not None
    return problem, linked, value, reduced, prices, improve(linked, value, prices, place)


def worth(value, place):
    return value[place, np.arange(len(place))].sum()


@pytest.mark.parametrize("seed", range(6))
def test_no_set_of_two_moves_is_better_in_a_small_problem(seed):
    _, linked, value, reduced, prices, start = case(12, seed)
    made = exchange(linked, reduced, prices, start, 0.0)
    assert holds(linked, made)
    assert worth(value, made) >= worth(value, start)
    options = [np.flatnonzero(np.isfinite(value[:, i])) for i in range(12)]
    for i, j in combinations(range(12), 2):
        for a, b in product(options[i], options[j]):
            other = made.copy()
            other[[i, j]] = a, b
            better = worth(value, other) > worth(value, made) + 1e-9 * abs(worth(value, made))
            assert not (better and holds(linked, other))


def test_gaps_close_and_every_constraint_holds():
    left = []
    for seed in range(5):
        problem, linked, value, reduced, prices, start = case(900, seed)
        bound = reduced.max(axis=0).sum() + prices @ linked.limits
        made = exchange(linked, reduced, prices, start, 0.0)
        assert evaluate(problem, linked.table.allocation(made)).feasible
        left.append((bound - worth(value, made)) / (bound - worth(value, start)))
        assert left[-1] <= 1
    assert np.median(left) < 0.5


def test_it_ends_where_the_gap_is_small_enough_and_repeats_itself():
    _, linked, value, reduced, prices, start = case(900, 0)
    gap = reduced.max(axis=0).sum() + prices @ linked.limits - worth(value, start)
    made = exchange(linked, reduced, prices, start, 0.0)
    assert (made == exchange(linked, reduced, prices, start, 0.0)).all()
    enough = exchange(linked, reduced, prices, start, 0.99 * gap)
    assert worth(value, start) < worth(value, enough) < worth(value, made)


def test_nothing_is_looked_for_without_prices_or_with_too_many():
    _, linked, _, reduced, prices, start = case(40, 0)
    assert few_priced(prices)
    assert not few_priced(0.0 * prices)
    assert not few_priced(np.ones(MOST_ROWS + 1))
    assert exchange(linked, reduced, 0.0 * prices, start, 0.0) is start


def test_a_small_gap_is_left_as_it_is():
    _, linked, _, reduced, prices, start = case(40, 0)
    assert exchange(linked, reduced, prices, start, np.inf) is start
