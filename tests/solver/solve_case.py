"""Random instances and brute force, shared by the solver's tests."""

from itertools import product

import numpy as np
from scipy.optimize import linprog

from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.values import Problem
from edaphon.solver.linked import link
from edaphon.solver.table import make_table


def random_problem(
    n_units=30,
    n_options=4,
    *,
    seed=0,
    budget=0.35,
    saturating=False,
    cost_objective=True,
    constraints=None,
    benefit=None,
):
    rng = np.random.default_rng(seed)
    effects = rng.gamma(2.0, 1.0, size=(n_units, n_options, 3))
    effects[:, :, 1] -= 0.8 * effects[:, :, 0]
    effects[:, 0] = 0.0
    cost = rng.gamma(2.0, 10.0, size=(n_units, n_options))
    cost[:, 0] = 0.0
    allowed = rng.random((n_units, n_options)) > 0.2
    allowed[:, 0] = True
    rules = dict(constraints or {})
    if budget is not None:
        rules["budget"] = budget * float(cost.mean(axis=1).sum())
    benefit = benefit or ("saturating" if saturating else "linear")
    objectives = {
        "life": {"maximize": ["worms", "fungi"], "benefit": benefit},
        "yield": {"maximize": "yield"},
    }
    if cost_objective:
        objectives["cost"] = {"minimize": "cost"}
    return Problem.from_arrays(
        effects,
        cost,
        allowed,
        objectives,
        rules,
        features=["worms", "yield", "fungi"],
        stock=np.full((n_units, 3), 5.0),
        region=["north" if k % 2 else "south" for k in range(n_units)],
    )


RULES = {"targets": {"worms": 0.3}, "area": {"option 1": {"max": 6}}}


def ruled_problem(n_units, seed):
    """A budget, a target and a cap of area."""
    return random_problem(n_units, seed=seed, budget=0.5, constraints=RULES)


def linked_values(problem):
    """Its linking rows, and what every option is worth at equal weights."""
    formulation = formulate(problem)
    linked = link(make_table(problem, formulation), formulation, 20.0, strict=False)
    return linked, linked.table.value(np.ones(len(linked.table.columns)))


def senses(problem):
    return np.array([1.0 if o.sense == "maximize" else -1.0 for o in problem.objectives])


def every_feasible(problem):
    """Values (turned to maximize) of every feasible portfolio of a tiny problem."""
    shared = formulate(problem)
    choices = [np.flatnonzero(row == 0) for row in problem.allowed]
    found = []
    for plan in product(*choices):
        worth = evaluate(problem, np.array(plan), formulation=shared)
        if worth.feasible:
            found.append(worth.values * senses(problem))
    return np.array(found)


def lp_optimum(value, allowed, rows):
    """Optimum of the linear relaxation by scipy's HiGHS: value (n, a), rows of (coef, limit)."""
    n_units, n_options = value.shape
    choose = np.kron(np.eye(n_units), np.ones(n_options))
    found = linprog(
        -value.ravel(),
        A_ub=np.array([coefficients.ravel() for coefficients, _ in rows]) if rows else None,
        b_ub=np.array([limit for _, limit in rows]) if rows else None,
        A_eq=choose,
        b_eq=np.ones(n_units),
        bounds=[(0.0, 1.0 if ok else 0.0) for ok in allowed.ravel()],
        method="highs",
    )
    return -found.fun if found.status == 0 else None
