"""The same bytes for any number of blocks of units that are worked on at once, and of workers."""

import numpy as np
import pytest
from joblib import Parallel
from space_case import grid

from edaphon.problem.boundary import Boundary
from edaphon.problem.evaluate import formulate
from edaphon.problem.rows import BLOCK, block_totals, blocks
from edaphon.problem.values import Problem
from edaphon.solver.engine import answer_at_once, make_engine
from edaphon.solver.pairs import LARGE, Pairs

EVERYTHING = 1_000
"""Blocks at once above what any problem here has."""


def landscape(n_units, rules, *, objectives=None, options=4, **space):
    rng = np.random.default_rng(n_units)
    effects = rng.gamma(2, 1, (n_units, options, 3))
    cost = rng.gamma(2, 10, (n_units, options))
    effects[:, 0] = cost[:, 0] = 0
    allowed = rng.random((n_units, options)) > 0.2
    allowed[:, 0] = True
    default = {"a": {"maximize": "a"}, "b": {"maximize": ["b", "c"]}, "cost": {"minimize": "cost"}}
    rules = {"budget": 0.3 * float(cost.mean(axis=1).sum()), **rules}
    return Problem.from_arrays(
        effects, cost, allowed, objectives or default, rules, features=["a", "b", "c"], **space
    )


def answers(problem, at_once, workers=1):
    engine = make_engine(problem, formulate(problem, at_once), 60.0, at_once)
    count = len(problem.objectives)
    weights = (np.ones((2, count)) + np.eye(2, count)) / [1.0, 1.0, 10.0][:count]
    with Parallel(n_jobs=workers) as pool:
        found = list(answer_at_once(engine, weights, pool, workers))
    parts = [(c.allocation.tobytes(), c.values.tobytes(), c.bound, c.rounding) for c in found]
    assert len(parts) == 2
    return engine, parts


def check(problem, *, several=True):
    assert problem.n_units > 2 * BLOCK
    engine, once = answers(problem, 1)
    for at_once in (2, 3, EVERYTHING):
        assert answers(problem, at_once)[1] == once
    if several:
        assert answers(problem, 2, workers=2)[1] == once
    return engine


def test_where_units_are_read_where_they_lie():
    engine = check(landscape(LARGE + 700, {}), several=False)
    assert isinstance(engine.table, Pairs)


def test_under_rules_that_link():
    rules = {"targets": {"a": 0.2}}
    check(landscape(2 * BLOCK + 300, rules, options=2), several=False)


@pytest.mark.slow
def test_under_several_rules_and_targets():
    area = {"option 1": {"max": 2_000}, "option 2": {"min": 500}}
    check(landscape(2 * BLOCK + 300, {"targets": {"a": 0.2, "b": 0.1}, "area": area}))


def test_saturating_benefits():
    objectives = {"a": {"maximize": ["a", "b"], "benefit": "saturating"}, "c": {"maximize": "c"}}
    check(landscape(2 * BLOCK + 300, {}, objectives=objectives), several=False)


@pytest.mark.slow
def test_with_boundary_and_targets():
    side = 93
    objectives = {
        "a": {"maximize": "a"},
        "b": {"maximize": ["b", "c"]},
        "cost": {"minimize": "cost", "boundary": 2.0},
    }
    space = {"neighbours": grid(side), "boundary": Boundary("treated")}
    rules = {"targets": {"a": 0.2}}
    check(landscape(side * side, rules, objectives=objectives, options=3, **space))


@pytest.mark.slow
def test_a_problem_that_fills_many_processes():
    check(landscape(5 * LARGE, {}, options=8))


def test_blocks_at_once_are_whole_blocks_and_sum_alike():
    n_units = 3 * BLOCK + 5
    values = np.random.default_rng(0).normal(size=(n_units, 2))
    single = [values[rows].sum(axis=0) for rows in blocks(n_units)]
    for at_once in (1, 2, 3, EVERYTHING):
        chunks = blocks(n_units, at_once)
        assert all(chunk.start % BLOCK == 0 for chunk in chunks)
        assert [chunk.stop for chunk in chunks[:-1]] == [chunk.start for chunk in chunks[1:]]
        totals = [one for chunk in chunks for one in block_totals(values[chunk])]
        np.testing.assert_array_equal(totals, single)
