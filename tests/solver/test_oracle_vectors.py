"""The vectors that the report's page answers too, answered by the package and by brute force."""

from itertools import product

import numpy as np
import pytest

from edaphon.problem.evaluate import formulate
from edaphon.solver.oracle import maximize
from edaphon.solver.table import make_table, single_row
from oracle_vectors import NAMES, VECTORS, vector_problem


@pytest.mark.parametrize("vector", VECTORS, ids=NAMES)
def test_the_package_answers_the_vectors(vector):
    problem = vector_problem(vector)
    rules = formulate(problem)
    table = make_table(problem, rules, single_row(problem, rules))
    weights = np.array(vector["weights"])
    found = maximize(table, weights)
    assert found.allocation.tolist() == vector["allocation"]
    assert found.price == pytest.approx(vector["price"])
    at_price = (table.value(weights) - found.price * table.cost).max(axis=0).sum()
    bound = at_price + (found.price * vector["limit"] if found.price else 0)
    assert bound == pytest.approx(vector["bound"], abs=1e-12)


@pytest.mark.parametrize("vector", VECTORS, ids=NAMES)
def test_nothing_else_is_better(vector):
    gains = np.tensordot(vector["weights"], np.array(vector["gains"], dtype=float), axes=1)
    cost = np.array(vector["cost"], dtype=float)
    free = np.array(vector.get("allowed", np.ones_like(cost)), dtype=bool)
    units = np.arange(len(cost))
    values = [
        gains[units, plan].sum()
        for plan in map(list, product(range(cost.shape[1]), repeat=len(cost)))
        if free[units, plan].all() and cost[units, plan].sum() <= vector["limit"]
    ]
    assert gains[units, vector["allocation"]].sum() == pytest.approx(max(values))
    assert vector["bound"] >= max(values) - 1e-12
