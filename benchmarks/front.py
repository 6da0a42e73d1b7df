"""CPU time of a whole certified front over that of one HiGHS LP, in the same process.

Prints one JSON line per size. Run: OMP_NUM_THREADS=1 python benchmarks/front.py [n_units ...]
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack
from threadpoolctl import threadpool_limits

from edaphon.problem.evaluate import objective_gains
from edaphon.problem.values import Problem
from edaphon.solver.front import solve

OPTIONS = 8
SIZES = (1_000, 10_000)


def random_problem(n_units: int, seed: int = 0) -> Problem:
    """Three objectives that partly contradict each other, a fifth of the pairs forbidden."""
    rng = np.random.default_rng(seed)
    effects = rng.gamma(2.0, 1.0, size=(n_units, OPTIONS, 3))
    effects[:, :, 1] -= 0.7 * effects[:, :, 0]
    effects[:, 0] = 0.0
    cost = rng.gamma(2.0, 10.0, size=(n_units, OPTIONS)) * (0.5 + effects[:, :, 0])
    cost[:, 0] = 0.0
    allowed = rng.random((n_units, OPTIONS)) > 0.2
    allowed[:, 0] = True
    names = ("bio", "prod", "soc")
    objectives = {name: {"maximize": name} for name in names}
    budget = 0.35 * float(cost.mean(axis=1).sum())
    return Problem.from_arrays(
        effects, cost, allowed, objectives, {"budget": budget}, features=names
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


def measure(n_units: int) -> dict[str, float | int | str]:
    """Figures of one size."""
    problem = random_problem(n_units)
    lp = highs_seconds(problem)
    start = time.process_time()
    front = solve(problem)
    whole = time.process_time() - start
    gaps = front.certified_gap[front.on_front]
    return {
        "benchmark": "front",
        "n_units": n_units,
        "portfolios": int(front.on_front.sum()),
        "front_over_one_lp": round(whole / lp, 3),
        "certified_gap_median": float(np.median(gaps)),
        "certified_gap_max": float(gaps.max()),
        "sandwich_ratio": round(front.sandwich_ratio, 4),
    }


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        for size in tuple(map(int, sys.argv[1:])) or SIZES:
            print(json.dumps(measure(size)), flush=True)
