"""Interventions kept apart, connectivity and contiguity: certified gaps, and what refinement adds.

    OMP_NUM_THREADS=1 python benchmarks/neighbors.py [--apart 10 50] [--connected 12 30] [--seeds 1]

Square grids under a budget, three options that vary over short and long distances. "apart": the
first two interventions may not lie side by side; gaps are certified for two objectives, gain and
cost. "connected": gain, cost and equivalent connected area, where one cell between two patches is
crossed with probability 0.4 (pc) or counts as a link (iic), or the effective mesh size (mesh);
"before" is the largest such area of the certified portfolios, "after" that of all after 60
generations of NSGA-II. One JSON line per problem; seconds are CPU seconds of one core.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from typing import Any

import numpy as np
from patches import landscape
from threadpoolctl import threadpool_limits

from edaphon.problem.network import Network
from edaphon.problem.values import Objective, Problem
from edaphon.solver.front import solve

OPTIONS = 3
PORTFOLIOS = 15
CROSSING = 0.4


def plain(side: int, seed: int) -> Problem:
    """Two objectives under a budget, no rule of space."""
    problem = landscape(side, OPTIONS, 0.3, "treated", seed)
    cost = Objective("cost", "minimize", ledgers=("cost",))
    return replace(problem, boundary=None, objectives=(*problem.objectives, cost))


def with_network(problem: Problem, side: int, index: str) -> Problem:
    """Add connectivity: cells that touch are one patch, those with one between have a way."""
    row, column = np.divmod(np.arange(side * side), side)
    gap = np.abs(row[:, None] - row) + np.abs(column[:, None] - column)
    far = np.argwhere(np.triu(gap == 2))
    near = problem.neighbours
    network = Network(
        "pc" if index == "mesh" else index,
        np.concatenate([near.first, far[:, 0]]).astype(np.intp),
        np.concatenate([near.second, far[:, 1]]).astype(np.intp),
        np.concatenate([np.ones(len(near.first)), np.full(len(far), CROSSING)]),
    )
    mesh = index == "mesh"
    linked = Objective("linked", "maximize", unit="ha", connectivity=True, contiguity=mesh)
    return replace(problem, network=network, objectives=(*problem.objectives, linked))


def timed(problem: Problem, **settings: Any) -> tuple[Any, float]:
    """Solve and return the front with its CPU seconds."""
    start = time.process_time()
    front = solve(problem, portfolios=PORTFOLIOS, **settings)
    return front, time.process_time() - start


def line(bench: str, problem: Problem, seed: int, front: Any, seconds: float) -> dict[str, Any]:
    """What every line holds."""
    gaps = front.certified_gap[front.on_front]
    return {
        "bench": bench, "units": problem.n_units, "options": OPTIONS,
        "objectives": len(problem.objectives), "seed": seed, "seconds": round(seconds, 2),
        "portfolios": int(front.on_front.sum()), "gap_median": float(np.nanmedian(gaps)),
        "gap_max": float(np.nanmax(gaps)),
    }  # fmt: skip


def main() -> None:
    """Print one line per problem."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--apart", type=int, nargs="*", default=[10, 30])
    parser.add_argument("--connected", type=int, nargs="*", default=[12])
    parser.add_argument("--seeds", type=int, default=1)
    given = parser.parse_args()
    with threadpool_limits(limits=1):
        for seed in range(given.seeds):
            for side in given.apart:
                problem = plain(side, seed)
                ruled = replace(problem, apart=(problem.interventions[1:3],))
                front, seconds = timed(ruled)
                print(json.dumps(line("apart", ruled, seed, front, seconds)), flush=True)
            for side in given.connected:
                for index in ("pc", "iic", "mesh"):
                    linked = with_network(plain(side, seed), side, index)
                    before, _ = timed(linked, generations=0)
                    front, seconds = timed(linked)
                    made = line(f"connected_{index}", linked, seed, front, seconds)
                    areas = [one.values[one.on_front, 2].max() for one in (before, front)]
                    made |= {"before": float(areas[0]), "after": float(areas[1])}
                    print(json.dumps(made), flush=True)


if __name__ == "__main__":
    main()
