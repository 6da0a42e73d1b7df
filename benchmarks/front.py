"""CPU time of a whole certified front over that of one HiGHS LP, in the same process.

Prints one JSON line per size.
Run: OMP_NUM_THREADS=1 python benchmarks/front.py [UNITS ...] [--portfolios 91] [--peer]
"""

from __future__ import annotations

import argparse
import json
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
PEER_UNITS = 20_000
"""Above this the linear program takes minutes and is run only with --peer."""


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


def measure(n_units: int, portfolios: int, seed: int, peer: bool) -> dict[str, object]:
    """Figures of one size."""
    problem = random_problem(n_units, seed)
    lp = highs_seconds(problem) if peer else None
    start = time.process_time()
    front = solve(problem, portfolios=portfolios)
    seconds = time.process_time() - start
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
    }


def main() -> None:
    """Print a line per size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("units", nargs="*", type=int, default=SIZES)
    parser.add_argument("--portfolios", type=int, default=91, help="weights asked")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--peer", action="store_true", help="the linear program at any size")
    asked = parser.parse_args()
    with threadpool_limits(limits=1):
        for size in asked.units:
            peer = asked.peer or size <= PEER_UNITS
            line = measure(size, asked.portfolios, asked.seed, peer)
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
