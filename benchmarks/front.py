"""CPU time and memory of a whole certified front, beside one HiGHS LP; and its sandwich ratio.

    OMP_NUM_THREADS=1 python benchmarks/front.py [UNITS ...] [--portfolios 91] [--peer]
    OMP_NUM_THREADS=1 python benchmarks/front.py --sandwich [UNITS ...]

Prints one JSON line per size, each from a process of its own. "peak_over_input" is the most memory
that building and solving the problem took at once, imports aside, over what effects and costs take
in single precision; the problem itself is part of it. With --sandwich: autocorrelated grids with
three to five objectives (with "cost" among them where it is said), as many weights as the goals of
the sandwich ratio name, and how long choosing and answering them took.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from linking import Ground
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack
from threadpoolctl import threadpool_limits

from edaphon.problem.evaluate import objective_gains
from edaphon.problem.values import Problem
from edaphon.solver.front import solve

OPTIONS = 8
SIZES = (1_000, 10_000)
PEER_UNITS = 20_000
"""Above this the linear program takes minutes and is run only with --peer."""
DRAWN = 65_536
"""Units that are drawn at once."""
SANDWICHES = (
    (3, False, (60, 110)),
    (4, False, (60, 200)),
    (4, True, (60, 200)),
    (5, True, (250,)),
)
"""Objectives, whether cost is one of them, and numbers of weights."""
GAINS = ("bio", "prod", "soc", "water", "pollination")


def random_problem(n_units: int, seed: int = 0) -> Problem:
    """Three objectives that partly contradict each other, a fifth of the pairs forbidden."""
    rng = np.random.default_rng(seed)
    effects = np.empty((n_units, OPTIONS, 3), dtype=np.float32)
    cost, allowed = np.empty((n_units, OPTIONS)), np.empty((n_units, OPTIONS), dtype=bool)
    for start in range(0, n_units, DRAWN):
        rows = slice(start, min(start + DRAWN, n_units))
        gains = rng.gamma(2.0, 1.0, size=effects[rows].shape)
        gains[:, :, 1] -= 0.7 * gains[:, :, 0]
        gains[:, 0] = 0.0
        effects[rows] = gains
        cost[rows] = rng.gamma(2.0, 10.0, size=cost[rows].shape) * (0.5 + gains[:, :, 0])
        allowed[rows] = rng.random(cost[rows].shape) > 0.2
    cost[:, 0] = 0.0
    allowed[:, 0] = True
    names = GAINS[:3]
    objectives = {name: {"maximize": name} for name in names}
    budget = 0.35 * float(cost.mean(axis=1).sum())
    return Problem.from_arrays(
        effects, cost, allowed, objectives, {"budget": budget}, features=names
    )


def grid_problem(n_units: int, n_objectives: int, with_cost: bool, seed: int = 0) -> Problem:
    """Gains where a feature is at home, some options trading the second for the others."""
    ground = Ground(n_units, seed)
    names = GAINS[: n_objectives - with_cost]
    effects = np.zeros((ground.n_units, OPTIONS, len(names)))
    cost = np.zeros((ground.n_units, OPTIONS))
    for f in range(len(names)):
        home = np.exp(0.5 * ground.field(1, 3, 9))
        for k in range(1, OPTIONS):
            response = ground.rng.gamma(2, 0.5) * np.exp(0.2 * ground.field(1, 3, 9))
            effects[:, k, f] = home * response
    for k in range(1, OPTIONS):
        cost[:, k] = ground.rng.gamma(3, 10) * np.exp(0.3 * ground.field(1, 3, 9))
    effects[:, 1:4, 1] *= -0.5
    objectives: dict[str, object] = {name: {"maximize": name} for name in names}
    if with_cost:
        objectives["cost"] = {"minimize": "cost"}
    budget = 0.35 * float(cost.mean(axis=1).sum())
    return Problem.from_arrays(
        effects, cost, ground.allowed(), objectives, {"budget": budget}, features=names
    )


def highs_seconds(problem: Problem) -> float:
    """CPU seconds of the linear relaxation for one weight."""
    gains = objective_gains(problem)
    value = (gains / np.nanmax(np.abs(gains), axis=(0, 1))).sum(axis=2)
    unit, option = np.nonzero(problem.allowed == 0)
    count = len(unit)
    choose = csr_array((np.ones(count), (unit, np.arange(count))))
    money = csr_array(problem.cost[unit, option, 0][None, :])
    start = time.process_time()
    found = linprog(
        -value[unit, option],
        A_ub=vstack([money]),
        b_ub=[problem.constraints[0].limit],
        A_eq=choose,
        b_eq=np.ones(problem.n_units),
        bounds=(0, 1),
        method="highs",
    )
    if found.status != 0:
        raise RuntimeError(found.message)
    return time.process_time() - start


def _peak() -> int:
    """Bytes of the largest memory that this process has held."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measure(n_units: int, portfolios: int, seed: int, peer: bool) -> dict[str, object]:
    """Figures of one size."""
    with threadpool_limits(limits=1):
        solve(random_problem(100), portfolios=9)  # what is imported late counts as an import
        imports = _peak()
        problem = random_problem(n_units, seed)
        start = time.process_time()
        front = solve(problem, portfolios=portfolios)
        seconds = time.process_time() - start
        memory = _peak() - imports
        lp = highs_seconds(problem) if peer else None
    gaps = front.certified_gap[front.on_front]
    return {
        "bench": "front",
        "units": n_units,
        "options": OPTIONS,
        "objectives": 3,
        "seed": seed,
        "portfolios": portfolios,
        "found": int(front.on_front.sum()),
        "seconds": seconds,
        "peer": "one linear program by HiGHS" if peer else None,
        "peer_seconds": lp,
        "ratio": None if lp is None else seconds / lp,
        "gap_median": float(np.median(gaps)),
        "gap_max": float(gaps.max()),
        "sandwich_ratio": front.sandwich_ratio,
        "peak_over_input": memory / (4 * n_units * OPTIONS * 4),
    }


def measure_sandwich(
    n_units: int, n_objectives: int, with_cost: bool, portfolios: int, seed: int
) -> dict[str, object]:
    """Sandwich ratio of one problem with a number of weights."""
    with threadpool_limits(limits=1):
        problem = grid_problem(n_units, n_objectives, with_cost, seed)
        start = time.process_time()
        front = solve(problem, portfolios=portfolios)
        seconds = time.process_time() - start
    gaps = front.certified_gap[front.on_front]
    return {
        "bench": "front-sandwich",
        "units": problem.n_units,
        "options": OPTIONS,
        "objectives": n_objectives,
        "with_cost": with_cost,
        "seed": seed,
        "portfolios": portfolios,
        "found": int(front.on_front.sum()),
        "seconds": seconds,
        "gap_median": float(np.median(gaps)),
        "gap_max": float(gaps.max()),
        "sandwich_ratio": front.sandwich_ratio,
    }


def main() -> None:
    """Print a line per size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("units", nargs="*", type=int, default=SIZES)
    parser.add_argument("--portfolios", type=int, default=91, help="weights asked")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--peer", action="store_true", help="the linear program at any size")
    parser.add_argument("--sandwich", action="store_true", help="ratios for 3 to 5 objectives")
    asked = parser.parse_args()
    jobs = []
    for size in asked.units:
        if asked.sandwich:
            jobs += [
                partial(measure_sandwich, size, count, with_cost, portfolios, asked.seed)
                for count, with_cost, numbers in SANDWICHES
                for portfolios in numbers
            ]
        else:
            peer = asked.peer or size <= PEER_UNITS
            jobs.append(partial(measure, size, asked.portfolios, asked.seed, peer))
    for job in jobs:
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawned) as pool:
            print(json.dumps(pool.submit(job).result()), flush=True)


if __name__ == "__main__":
    main()
