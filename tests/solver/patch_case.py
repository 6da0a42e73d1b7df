"""The exact best portfolio with patches of a smallest size, by a program over placed patches."""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array


def connected_sets(near, size):
    """Every set of `size` units that hang together."""
    found = {frozenset([unit]) for unit in range(len(near))}
    for _ in range(size - 1):
        found = {
            one | {other}
            for one in found
            for unit in one
            for other in near[unit]
            if other not in one
        }
    return sorted(map(sorted, found))


def best_with_patches(problem, group, size, weights=(1.0, 0.0), price=0.0):
    """Largest weighted sum under all budgets; None where impossible.

    Weighted are the total of the first feature's effects and, negated, the cost with a price on
    boundary between groups.

    A unit in a group other than 0 lies in a connected set of `size` units that are all in it.
    """
    n_units, n_options = problem.allowed.shape
    near = [set() for _ in range(n_units)]
    for i, j in zip(problem.neighbours.first, problem.neighbours.second, strict=True):
        near[i].add(int(j))
        near[j].add(int(i))
    places = connected_sets(near, size)
    groups = range(1, int(max(group)) + 1)
    n_pairs, n_places = n_units * n_options, len(places)
    rows, columns, data, low, high = [], [], [], [], []

    def add(entries, least, most):
        for column, value in entries:
            rows.append(len(low))
            columns.append(column)
            data.append(value)
        low.append(least)
        high.append(most)

    of = [[a for a in range(n_options) if group[a] == g] for g in range(max(group) + 1)]
    for i in range(n_units):
        add([(i * n_options + a, 1.0) for a in range(n_options)], 1, 1)
    for g in groups:
        start = n_pairs + (g - 1) * n_places
        covers = [[] for _ in range(n_units)]
        for p, place in enumerate(places):
            for i in place:
                covers[i].append(p)
                inside = [(i * n_options + a, -1.0) for a in of[g]]
                add([(start + p, 1.0), *inside], -np.inf, 0)
        for i in range(n_units):
            taken = [(i * n_options + a, 1.0) for a in of[g]]
            add(taken + [(start + p, -1.0) for p in covers[i]], -np.inf, 0)
    for rule in problem.constraints:
        cost = problem.cost[:, :, [ledger.name for ledger in problem.ledgers].index(rule.ledger)]
        add(list(enumerate(cost.ravel())), -np.inf, rule.limit)
    n_placed = n_pairs + len(groups) * n_places
    near = problem.neighbours
    edges = zip(near.first, near.second, strict=True) if price * weights[1] > 0 else ()
    exposed = []
    for e, (i, j) in enumerate(edges):
        exposed.append(price * weights[1] * near.length_m[e])
        for g in range(max(group) + 1):
            here = [(i * n_options + a, 1.0) for a in of[g]]
            there = [(j * n_options + a, -1.0) for a in of[g]]
            add([*here, *there, (n_placed + e, -1.0)], -np.inf, 0)
    size_of = n_placed + len(exposed)
    value = np.zeros(size_of)
    value[n_placed:] = -np.array(exposed)
    value[:n_pairs] = weights[0] * problem.effects.block(slice(None))[:, :, 0].ravel()
    value[:n_pairs] -= weights[1] * problem.cost[:, :, 0].ravel()
    upper = np.ones(size_of)
    upper[:n_pairs] = (problem.allowed == 0).ravel()
    whole = np.zeros(size_of)
    whole[:n_pairs] = 1
    matrix = coo_array((data, (rows, columns)), shape=(len(low), size_of)).tocsr()
    found = milp(
        -value, constraints=LinearConstraint(matrix, low, high), integrality=whole,
        bounds=Bounds(0.0, upper), options={"mip_rel_gap": 0.0},
    )  # fmt: skip
    return None if found.x is None else float(-found.fun)
