"""Smallest patches of five units: what the rule costs, and small problems beside an exact program.

    OMP_NUM_THREADS=1 python benchmarks/patches.py [--sides 6 8 100] [--options 8] [--seeds 2]

Square grids under a budget, options that vary over short and long distances, a fifth of the pairs
forbidden; "noise" is the share of the variation that is drawn for every cell alone. Where it is
null, gains and costs are those of three objectives added up (log-normal fields of three scales, the
finest below a cell, times a factor of the option, some options trading one for the others), and 3 %
of the cells are locked to the baseline: about a quarter of the cells then lie in small patches as
long as none are asked for. "price" is how
far the found portfolio lies below the bound of the problem without the rule, so an upper limit of
what the rule costs; "small_before" the share of units that lie in smaller patches without it;
"short" counts patches that are too small. Up to 500 units HiGHS solves the program with the rule:
"proven_gap" is the gap to its bound. Up to 100 there are at most four options. One JSON line per
problem.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace

import numpy as np
from linking import Ground
from scipy.ndimage import gaussian_filter
from threadpoolctl import threadpool_limits

from edaphon.data.landscape import Neighbours
from edaphon.problem.boundary import Boundary
from edaphon.problem.evaluate import formulate
from edaphon.problem.patches import patches_of
from edaphon.problem.values import Problem
from edaphon.solver.space.oracle import maximize_spatial
from edaphon.solver.space.spatial import make_spatial

LEAST = 5
EXACT = 100
SCALES = (0.5, 2.0, 8.0)


def problem_on(
    value: np.ndarray, cost: np.ndarray, allowed: np.ndarray, budget: float, between: str
) -> Problem:
    """One objective on a square grid under a budget."""
    side = round(len(value) ** 0.5)
    cell = np.arange(len(value)).reshape(side, side)
    first = np.concatenate([cell[:, :-1].ravel(), cell[:-1].ravel()]).astype(np.int32)
    second = np.concatenate([cell[:, 1:].ravel(), cell[1:].ravel()]).astype(np.int32)
    return Problem.from_arrays(
        value[:, :, None], cost, allowed, {"value": {"maximize": "value"}},
        {"budget": budget}, features=["value"],
        neighbours=Neighbours(first, second, np.ones(len(first)), 0.0),
        boundary=Boundary(between, None, LEAST),
    )  # fmt: skip


def landscape(side: int, options: int, noise: float, between: str, seed: int) -> Problem:
    """One objective under a budget of 35 % of the mean cost of everything."""
    rng = np.random.default_rng(seed)

    def field() -> np.ndarray:
        made = np.zeros((side, side))
        for scale in (1.0, 3.0, 9.0):
            one = gaussian_filter(rng.normal(size=(side, side)), scale)
            made += (one - one.mean()) / one.std() / 3
        return ((1 - noise) * made + noise * rng.normal(size=(side, side))).ravel()

    value = np.stack([0.5 + 0.5 * field() for _ in range(options)], axis=1)
    cost = np.stack([np.exp(0.4 * field()) for _ in range(options)], axis=1)
    value[:, 0] = cost[:, 0] = 0.0
    allowed = rng.random(value.shape) > 0.2
    allowed[:, 0] = True
    return problem_on(value, cost, allowed, 0.35 * float(cost.mean(axis=1).sum()), between)


def gains(side: int, options: int, between: str, seed: int) -> Problem:
    """Three gains added up, under a budget of 35 % of the mean cost of an intervention."""
    ground = Ground(side * side, seed)
    n_units, rng = ground.n_units, ground.rng
    value, cost = np.zeros((n_units, options)), np.zeros((n_units, options))
    for k in range(1, options):
        for objective in range(3):
            part = np.exp(0.5 * ground.field(*SCALES)) * rng.gamma(2, 0.5)
            value[:, k] += -0.5 * part if objective == 1 and k < 4 else part
        cost[:, k] = rng.gamma(3, 10) * np.exp(0.3 * ground.field(*SCALES))
    allowed = rng.random((n_units, options)) > 0.2
    allowed[:, 0] = True
    locked = rng.random(n_units) < 0.03
    allowed[locked, 1:] = False
    return problem_on(value, cost, allowed, 0.35 * n_units * cost[:, 1:].mean(), between)


def measure(side: int, options: int, noise: float | None, between: str, seed: int) -> dict:
    """Solve with and without the rule."""
    if noise is None:
        problem = gains(side, options, between, seed)
    else:
        problem = landscape(side, options, noise, between, seed)
    spatial = make_spatial(problem, formulate(problem), 60.0)
    only = np.array([1.0])
    free = maximize_spatial(replace(spatial, least_patch=1), only)
    start = time.process_time()
    answer = maximize_spatial(spatial, only)
    seconds = time.process_time() - start

    def sizes(allocation: np.ndarray) -> np.ndarray:
        group = allocation.astype(np.intp)
        group = np.minimum(group, 1) if between == "treated" else group
        return patches_of(spatial.graph.matrix, group)[1]

    before = sizes(free.allocation)
    value = float(answer.totals[0])
    return {
        "bench": "patches", "units": problem.n_units, "options": options, "noise": noise,
        "between": between, "seed": seed, "seconds": round(seconds, 2),
        "price": 1.0 - value / free.bound, "proven_gap": 1.0 - value / answer.bound,
        "certified_by": answer.certified_by,
        "small_before": float(before[before < LEAST].sum() / problem.n_units),
        "short": int((sizes(answer.allocation) < LEAST).sum()),
    }  # fmt: skip


def main() -> None:
    """Print one line per problem."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sides", type=int, nargs="*", default=[6, 100])
    parser.add_argument("--options", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=1)
    given = parser.parse_args()
    with threadpool_limits(limits=1):
        for side in given.sides:
            for noise in (0.0, 0.3, None):
                for between in ("treated", "interventions"):
                    for seed in range(given.seeds):
                        options = min(4, given.options) if side**2 <= EXACT else given.options
                        line = measure(side, options, noise, between, seed)
                        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
