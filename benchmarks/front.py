"""CPU time and memory of a whole certified front, beside one HiGHS LP; and its sandwich ratio.

    OMP_NUM_THREADS=1 python benchmarks/front.py [UNITS ...] [--portfolios 91] [--peer]
    OMP_NUM_THREADS=1 python benchmarks/front.py --sandwich [UNITS ...] [--times 1 4]

Prints one JSON line per size, each from a process of its own. "peak_over_input" is the most memory
that building and solving the problem took at once, imports aside, over what effects and costs take
in single precision; the problem itself is part of it. With --sandwich: as many portfolios as the
goals of the sandwich ratio name, from as many weights (and each objective alone) or chosen from 4
times as many (--times), how long all of it took, and what the simplex lattice nearest in size
reaches ("even").
"multi_action/g10000_k7" is the shared instance of that name (EDAPHON_DATA, default ../shared/data;
left out where absent), "grid" an autocorrelated grid of the given size, on which as many portfolios
leave more between them.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from linking import Ground
from multi_action import load
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack
from threadpoolctl import threadpool_limits

from edaphon.problem.evaluate import formulate, objective_gains
from edaphon.problem.values import Problem
from edaphon.solver.dominance import sandwich_ratio
from edaphon.solver.engine import answer_in_turn, find_payoff, make_engine
from edaphon.solver.front import solve
from edaphon.solver.weights import floored, lattice

OPTIONS = 8
SIZES = (1_000, 10_000)
PEER_UNITS = 20_000
"""Above this the linear program takes minutes and is run only with --peer."""
DRAWN = 65_536
"""Units that are drawn at once."""
SHARED = "g10000_k7"
GRID = "grid"
SANDWICHES = (
    (SHARED, 3, False, (60, 110), 16),
    (SHARED, 4, True, (60, 200), 4),
    (GRID, 3, False, (60, 110), 16),
    (GRID, 4, False, (60, 200), 4),
    (GRID, 4, True, (60, 200), 4),
    (GRID, 5, True, (250,), 1),
)
"""Landscape, objectives, whether cost is one of them, numbers of portfolios, and up to how many
times as many weights are asked."""
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


def shared_problem(with_cost: bool) -> Problem:
    """Return the shared instance, with cost as one more objective if asked for."""
    problem = load(_shared_folder())
    if not with_cost:
        return problem
    objectives: dict[str, object] = {name: {"maximize": name} for name in problem.objective_names}
    return Problem.from_arrays(
        problem.effects.mean,
        problem.cost[:, :, 0],
        problem.allowed == 0,
        objectives | {"cost": {"minimize": "cost"}},
        {"budget": problem.constraints[0].limit},
        features=problem.objective_names,
    )


def _shared_folder() -> Path:
    return Path(os.environ.get("EDAPHON_DATA", "../shared/data")) / "multi_action" / SHARED


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
    n_units: int, objectives: tuple[str, int, bool], portfolios: int, times: int, seed: int
) -> dict[str, object]:
    """Sandwich ratio of one problem with a number of portfolios and of weights."""
    landscape, n_objectives, with_cost = objectives
    shared = landscape == SHARED
    with threadpool_limits(limits=1):
        if shared:
            problem = shared_problem(with_cost)
        else:
            problem = grid_problem(n_units, n_objectives, with_cost, seed)
        start = time.process_time()
        weights = portfolios + n_objectives if times == 1 else times * portfolios
        front = solve(problem, portfolios=portfolios, weights=weights)
        seconds = time.process_time() - start
        even, even_ratio = even_weights(problem, portfolios)
    gaps = front.certified_gap[front.on_front]
    return {
        "bench": "front-sandwich",
        "landscape": f"multi_action/{SHARED}" if shared else landscape,
        "units": problem.n_units,
        "options": OPTIONS,
        "objectives": n_objectives,
        "with_cost": with_cost,
        "seed": None if shared else seed,
        "portfolios": portfolios,
        "weights": weights,
        "found": int(front.on_front.sum()),
        "seconds": seconds,
        "gap_median": float(np.median(gaps)),
        "gap_max": float(gaps.max()),
        "sandwich_ratio": front.sandwich_ratio,
        "even": even,
        "even_ratio": even_ratio,
    }


def even_weights(problem: Problem, count: int) -> tuple[int, float]:
    """Size of the simplex lattice nearest to `count`, and the sandwich ratio of its answers.

    The optima of single objectives prove and are shown besides.
    """
    engine = make_engine(problem, formulate(problem), 60.0)
    payoff = find_payoff(engine)
    weights = lattice(payoff.values.shape[1], count)
    cuts = [*answer_in_turn(engine, floored(weights) / payoff.scales), *payoff.cuts]
    values = np.array([cut.values for cut in cuts])
    ratio = sandwich_ratio(
        values,
        np.array([cut.weights for cut in cuts]),
        np.array([cut.bound for cut in cuts]),
        payoff.values.min(axis=0),
        values.max(axis=0),
    )
    return len(weights), ratio


def sandwich_jobs(
    sizes: Sequence[int], times: Sequence[int], seed: int
) -> Iterator[Callable[[], dict[str, object]]]:
    """Give the measurements of the sandwich ratio; the shared instance has one size."""
    for landscape, n_objectives, with_cost, numbers, most in SANDWICHES:
        if landscape == SHARED and not _shared_folder().is_dir():
            continue
        for size in sizes if landscape == GRID else (0,):
            for portfolios in numbers:
                for factor in (factor for factor in times if factor <= most):
                    objectives = (landscape, n_objectives, with_cost)
                    yield partial(measure_sandwich, size, objectives, portfolios, factor, seed)


def main() -> None:
    """Print a line per size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("units", nargs="*", type=int, default=SIZES)
    parser.add_argument("--portfolios", type=int, default=91, help="weights asked")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--peer", action="store_true", help="the linear program at any size")
    parser.add_argument("--sandwich", action="store_true", help="ratios for 3 to 5 objectives")
    parser.add_argument(
        "--times", type=int, nargs="+", default=(1, 4), help="weights asked per portfolio shown"
    )
    asked = parser.parse_args()
    jobs: Iterable[Callable[[], dict[str, object]]]
    if asked.sandwich:
        jobs = sandwich_jobs(asked.units, asked.times, asked.seed)
    else:
        jobs = [
            partial(measure, size, asked.portfolios, asked.seed, asked.peer or size <= PEER_UNITS)
            for size in asked.units
        ]
    for job in jobs:
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawned) as pool:
            print(json.dumps(pool.submit(job).result()), flush=True)


if __name__ == "__main__":
    main()
