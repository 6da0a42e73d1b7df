"""Side by side with the nearest rival's recorded figures on three shared instances.

One JSON line per run: hypervolume as share of the certified bound (reference: worst payoff minus
10 % of its range), the largest gap, CPU seconds, and the ratio to what multiscape 1.1.3 with CBC
took for the same number of portfolios (recorded, not run here).

Run: OMP_NUM_THREADS=1 python benchmarks/multi_action.py; the data folder is EDAPHON_DATA (default
../shared/data), its part `multi_action` as its README says.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from edaphon.problem.evaluate import formulate
from edaphon.problem.values import Front, Problem
from edaphon.solver.dominance import hypervolume
from edaphon.solver.front import solve
from edaphon.solver.oracle import maximize
from edaphon.solver.table import make_table, single_row

NAMES = ("bio", "carbon", "profit")
ONE_WEIGHT = np.array([1.0, 1.0, 0.5])
FRONTS = (("g100_k4", 91, 45.6), ("g1000_k4", 28, 29.4))
"""Instance, portfolios and the rival's CPU seconds."""
DRAWS = 400_000


def load(folder: Path) -> Problem:
    """Read one instance; pairs without a cost and locked units are forbidden."""
    units = pd.read_csv(folder / "units.csv")
    actions = pd.read_csv(folder / "actions.csv")
    costs = pd.read_csv(folder / "costs.csv")
    effects = pd.read_csv(folder / "effects.csv")
    budget = json.loads((folder / "meta.json").read_text())["budget"]
    row = {unit: k for k, unit in enumerate(units.iloc[:, 0])}
    column = {action: k + 1 for k, action in enumerate(actions.iloc[:, 0])}
    shape = (len(units), len(actions) + 1)
    cost = np.full(shape, np.nan)
    cost[:, 0] = 0.0
    cost[costs.pu.map(row), costs.action.map(column)] = costs.cost
    gains = np.zeros((*shape, 3))
    gains[effects.pu.map(row), effects.action.map(column)] = effects[list(NAMES)].to_numpy()
    allowed = ~np.isnan(cost)
    allowed[units.locked_out.to_numpy(dtype=bool), 1:] = False
    objectives = {name: {"maximize": name} for name in NAMES}
    return Problem.from_arrays(gains, cost, allowed, objectives, {"budget": budget}, features=NAMES)


def outer_volume_share(front: Front, problem: Problem) -> float:
    """Hypervolume over the volume under the proven bounds, above the README's reference."""
    table = make_table(problem, formulate(problem), single_row(problem, formulate(problem)))
    payoff = np.array([maximize(table, weights).totals for weights in np.eye(3)])
    reference = payoff.min(axis=0) - 0.1 * np.ptp(payoff, axis=0)
    rows = front.on_front & np.isfinite(front.bound)
    walls = front.weights[rows] / front.scales
    top = payoff.max(axis=0)
    draws = reference + np.random.default_rng(0).random((DRAWS, 3)) * (top - reference)
    inside = np.ones(len(draws), dtype=bool)
    for wall, bound in zip(walls, front.bound[rows], strict=True):
        inside &= draws @ wall <= bound
    return hypervolume(front.values[front.on_front], reference, top) / float(inside.mean())


def one_weight(problem: Problem) -> tuple[float, float]:
    """Value and bound of the one weighting that all peers answered."""
    table = make_table(problem, formulate(problem), single_row(problem, formulate(problem)))
    answer = maximize(table, ONE_WEIGHT)
    return float(answer.totals @ ONE_WEIGHT), answer.bound


def main() -> None:
    """Print a line per front, and one for the single weighting."""
    folder = Path(os.environ.get("EDAPHON_DATA", "../shared/data")) / "multi_action"
    with threadpool_limits(1):
        for name, portfolios, peer in FRONTS:
            problem = load(folder / name)
            start = time.process_time()
            front = solve(problem, portfolios=portfolios)
            seconds = time.process_time() - start
            gaps = front.certified_gap[front.on_front]
            line = {
                "bench": "multi_action", "instance": name, "units": problem.n_units,
                "options": problem.n_interventions, "objectives": 3, "portfolios": portfolios,
                "found": int(front.on_front.sum()),
                "hypervolume_share": outer_volume_share(front, problem),
                "gap_median": float(np.median(gaps)), "gap_max": float(gaps.max()),
                "seconds": seconds, "peer": "multiscape 1.1.3 CBC, recorded",
                "peer_seconds": peer, "ratio": seconds / peer,
            }  # fmt: skip
            print(json.dumps(line), flush=True)
        problem = load(folder / "g10000_k7")
        start = time.process_time()
        value, bound = one_weight(problem)
        seconds = time.process_time() - start
        line = {
            "bench": "multi_action", "instance": "g10000_k7", "units": problem.n_units,
            "options": problem.n_interventions, "objectives": 1, "portfolios": 1,
            "value": value, "bound": bound, "gap_max": (bound - value) / bound,
            "seconds": seconds, "peer": "multiscape 1.1.3 CBC, recorded",
            "peer_seconds": 22.6, "ratio": seconds / 22.6,
        }  # fmt: skip
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
