"""Small landscapes with neighbors, shared by the tests of exposed boundary."""

from itertools import product

import numpy as np

from edaphon.data.landscape import Neighbours
from edaphon.problem.boundary import Boundary
from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.values import Problem

SENSE = np.array([1.0, -1.0, -1.0])


def neighbours_of(first, second, length):
    low, high = np.minimum(first, second), np.maximum(first, second)
    return Neighbours(low.astype(np.int32), high.astype(np.int32), np.asarray(length, float), 0.0)


def grid(side):
    """Neighbors of a square grid of cells of 1 m."""
    cell = np.arange(side * side).reshape(side, side)
    first = np.concatenate([cell[:, :-1].ravel(), cell[:-1].ravel()])
    second = np.concatenate([cell[:, 1:].ravel(), cell[1:].ravel()])
    return neighbours_of(first, second, np.ones(len(first)))


def small(seed, n_units=6, n_options=3):
    """Three objectives (gain, priced cost, boundary) on a random graph, some with constraints."""
    rng = np.random.default_rng(seed)
    pairs = np.array([(i, j) for i in range(n_units) for j in range(i)])
    pairs = pairs[rng.permutation(len(pairs))[: int(rng.integers(4, 12))]]
    effects = rng.gamma(2, 1, (n_units, n_options, 2))
    effects[:, 0] = 0
    cost = rng.gamma(2, 10, (n_units, n_options))
    cost[:, 0] = 0
    allowed = rng.random((n_units, n_options)) > 0.2
    allowed[:, 0] = True
    rules = {"budget": 0.4 * float(cost.mean(axis=1).sum())} if seed % 3 else {}
    if seed % 3 == 2:
        rules["targets"] = {"b": 0.2}
    between = ("treated", "interventions")[seed % 2]
    return Problem.from_arrays(
        effects,
        cost,
        allowed,
        {
            "a": {"maximize": "a"},
            "cost": {"minimize": "cost", "boundary": float(rng.random() * 5)},
            "edge": {"minimize": "boundary"},
        },
        rules,
        features=["a", "b"],
        neighbours=neighbours_of(pairs[:, 0], pairs[:, 1], rng.random(len(pairs)) * 2),
        boundary=Boundary(between, rng.random(n_units) if seed % 5 == 0 else None),
    )


def every_value(problem):
    """Values, turned to maximize, of every feasible portfolio."""
    shared = formulate(problem)
    choices = [np.flatnonzero(row == 0) for row in problem.allowed]
    found = (evaluate(problem, np.array(plan), formulation=shared) for plan in product(*choices))
    return np.array([worth.values * SENSE for worth in found if worth.feasible]).reshape(-1, 3)
