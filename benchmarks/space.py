"""Exposed boundary: certified gaps for one weight, beside simulated annealing in the same CPU time.

    OMP_NUM_THREADS=1 python benchmarks/space.py [--only parcels grid linked] [--units N]

"parcels": Voronoi parcels with their shared edges, no constraint; "grid": a square grid under a
budget; "linked": parcels under a budget and a target for each of twenty features. Boundary is
exposed between different interventions (hard), or between treated and untreated units (a cut).
The price of boundary is moderate or strong; "boundary_share" is the priced boundary over the
objective. Gaps are relative to the objective, whose range runs from doing nothing, worth 0, to the
bound. The peer is Metropolis sampling with geometric cooling from the temperature that accepts half
of all changes, one color of units at a time, on the same problem at our price of the budget; it is
run only where no other constraint stands. One JSON line per problem.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import Voronoi
from threadpoolctl import threadpool_limits

from edaphon.data.landscape import Neighbours
from edaphon.problem.boundary import Boundary
from edaphon.problem.evaluate import formulate
from edaphon.problem.values import Problem
from edaphon.solver.space.local import Plan
from edaphon.solver.space.oracle import maximize_spatial
from edaphon.solver.space.spatial import Spatial, make_spatial

PRICES = {"moderate": 0.1, "strong": 0.3}


def voronoi(n_units: int, rng: np.random.Generator) -> tuple[np.ndarray, Neighbours]:
    """Centers of parcels in a square, and the edges that they share."""
    side = n_units**0.5
    center = rng.random((n_units, 2)) * side
    mirrored = [center * (-1, 1), center * (1, -1), (2 * side, 0) + center * (-1, 1)]
    cells = Voronoi(np.vstack([center, *mirrored, (0, 2 * side) + center * (1, -1)]))
    inside = (cells.ridge_points < n_units).all(axis=1)
    ends = cells.vertices[np.array(cells.ridge_vertices)[inside]]
    length = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    pairs = np.sort(cells.ridge_points[inside], axis=1).astype(np.int32)
    return center, Neighbours(pairs[:, 0], pairs[:, 1], length, 0.0)


def square(n_units: int) -> tuple[np.ndarray, Neighbours]:
    """Cells of a grid and their edges of length 1."""
    side = round(n_units**0.5)
    cell = np.arange(side * side).reshape(side, side)
    first = np.concatenate([cell[:, :-1].ravel(), cell[:-1].ravel()]).astype(np.int32)
    second = np.concatenate([cell[:, 1:].ravel(), cell[1:].ravel()]).astype(np.int32)
    center = np.stack(np.unravel_index(np.arange(side * side), (side, side)), axis=1) + 0.5
    return center, Neighbours(first, second, np.ones(len(first)), 0.0)


def field(center: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Standardized, autocorrelated values at some places, shape (n_units,)."""
    side = int(center.max()) + 1
    noise = rng.normal(size=(3, side, side))
    scales = zip(noise, (1, 4, 12), (0.5, 1, 1), strict=True)
    made = sum(weight * scale * gaussian_filter(one, scale) for one, scale, weight in scales)
    made = (made - made.mean()) / made.std()
    place = center.astype(int)
    return made[place[:, 0], place[:, 1]]


def landscape(kind: str, n_units: int, options: int, seed: int) -> Problem:
    """One objective, worth 0 where nothing is done."""
    rng = np.random.default_rng(seed)
    center, neighbours = square(n_units) if kind == "grid" else voronoi(n_units, rng)
    n_units = len(center)
    value = np.stack([0.5 * field(center, rng) for _ in range(options)], axis=1)
    value += rng.normal(0.0, 0.25, value.shape)
    cost = np.exp(rng.normal(0.0, 0.5, value.shape)) * (1 + np.arange(options) / 2 / options)
    value[:, 0] = cost[:, 0] = 0.0
    allowed = rng.random(value.shape) > 0.2
    allowed[:, 0] = True
    effects, names, rules = [value], ["value"], {}
    if kind != "parcels":
        rules["budget"] = 0.35 * float(cost.mean(axis=1).sum())
    if kind == "linked":
        names += [f"species {k}" for k in range(20)]
        response = np.clip(rng.normal(0.6, 0.4, (20, options)), 0.0, None)
        response[:, 0] = 0.0
        effects += [np.maximum(field(center, rng), 0.0)[:, None] * row for row in response]
        rules["targets"] = dict.fromkeys(names[1:], 0.3)
    objectives = {"value": {"maximize": "value"}}
    return Problem.from_arrays(
        np.stack(effects, axis=2), cost, allowed, objectives, rules,
        features=names, neighbours=neighbours,
    )  # fmt: skip


def anneal(spatial: Spatial, value: np.ndarray, price: float, seconds: float, seed: int) -> float:
    """Best sum of values less priced boundary within the CPU time, at a price of the budget."""
    rng = np.random.default_rng(seed)
    n_options, n_units = value.shape
    color = spatial.graph.colors
    classes = [np.flatnonzero(color == c) for c in range(color.max() + 1)]
    plan = Plan(spatial, value, price, value.argmax(axis=0))
    best, matrix = -np.inf, spatial.graph.matrix
    jumps = np.abs(plan.gains()[np.isfinite(plan.gains())])
    hot, cold = float(np.median(jumps)) / np.log(2.0), 1e-3 * float(np.median(jumps))
    place, start = plan.place, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        heat = hot * (cold / hot) ** (spent / seconds)
        for units in classes:
            around = np.zeros((n_units, spatial.n_groups))
            around[np.arange(n_units), spatial.groups_at(place)] = 1.0
            near = matrix[units] @ around
            to = rng.integers(0, n_options, len(units))
            some = np.arange(len(units))
            gain = value[to, units] - value[place[units], units]
            gain += price * near[some, spatial.group[to, units]]
            gain -= price * near[some, spatial.group[place[units], units]]
            taken = np.log(rng.random(len(units))) * heat < gain
            place[units[taken]] = to[taken]
        best = max(best, spatial.worth(value, price, place))
    return best


def measure(kind: str, n_units: int, options: int, between: str, strength: str, seed: int) -> dict:
    """Solve one weight, and let the peer try for as long."""
    price = PRICES[strength]
    problem = landscape(kind, n_units, options, seed)
    objective = replace(problem.objectives[0], boundary=price)
    problem = replace(problem, objectives=(objective,), boundary=Boundary(between))
    spatial = make_spatial(problem, formulate(problem), 60.0)
    coefficients = np.array([1.0, price])
    start = time.process_time()
    answer = maximize_spatial(spatial, coefficients)
    seconds = time.process_time() - start
    worth = float(answer.totals @ coefficients)
    line = {
        "bench": "space", "problem": kind, "units": problem.n_units, "options": options,
        "between": between, "boundary": strength, "seed": seed, "seconds": round(seconds, 3),
        "gap_max": (answer.bound - worth) / answer.bound, "certified_by": answer.certified_by,
        "boundary_share": round(-float(answer.totals[1]) * price / worth, 3),
    }  # fmt: skip
    if kind == "linked":
        return line
    value = spatial.table.value(coefficients)
    limits = 0.0
    if kind == "grid":
        value = value - answer.price * spatial.linked.rows[0]
        limits = answer.price * float(spatial.linked.limits[0])
    reached = anneal(spatial, value, price, seconds, seed) + limits
    return line | {
        "peer": "annealing", "peer_seconds": round(seconds, 3),
        "peer_gap": (answer.bound - reached) / answer.bound,
    }  # fmt: skip


def main() -> None:
    """Print one line per problem."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", nargs="*", default=["parcels", "grid", "linked"])
    parser.add_argument("--units", type=int, help="in place of 5,000, 10,000 and 2,000")
    parser.add_argument("--options", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sizes = {"parcels": 5_000, "grid": 10_000, "linked": 2_000}
    with threadpool_limits(limits=1):
        for kind in given.only:
            for between in ("treated", "interventions"):
                for strength in PRICES:
                    units = given.units or sizes[kind]
                    line = measure(kind, units, given.options, between, strength, given.seed)
                    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
