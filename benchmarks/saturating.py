"""Saturating benefits: the certified gap of every shape, with and without cost as an objective.

    OMP_NUM_THREADS=1 python benchmarks/saturating.py [--units 1000 10000] [--features 40]
        [--seed 0]

An autocorrelated grid, eight options, a fifth of the pairs forbidden, a budget of 35 % of the mean
cost; every feature lives in patches of its own, about a third of the landscape, and answers each
option differently. One objective is the benefit of all features, the other, with a weight of "cost"
of the whole, what it costs; both are weighed over their largest values. "gap" is relative to the
bound, "bends" counts the features whose share lies within 1 % of the end of their ramp. One JSON
line per shape, weight and size.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
from linking import OPTIONS, Ground, habitats
from threadpoolctl import threadpool_limits

from edaphon.problem.evaluate import formulate
from edaphon.problem.values import Problem
from edaphon.solver.concave import answer_weights
from edaphon.solver.engine import make_engine

SHAPES = {
    "saturating": "saturating",
    "power": {"power": 0.25},
    "log": {"log": 10.0},
    "exponential": {"exponential": 5.0},
    "ramp": {"ramp": 0.3},
    "ramp, high": {"ramp": 0.6},
}
WEIGHTS = (0.0, 0.1, 0.3)
BUDGET = 0.35


def landscape(
    n_units: int, n_features: int, benefit: object, weighs_cost: bool, seed: int = 0
) -> Problem:
    """Benefit of all features, and cost as another objective where asked, under a budget."""
    ground = Ground(n_units, seed)
    names = tuple(f"s{f}" for f in range(n_features))
    effects, cost = habitats(ground, n_features)
    objectives: dict[str, object] = {"life": {"maximize": names, "benefit": benefit}}
    if weighs_cost:
        objectives["cost"] = {"minimize": "cost"}
    limit = BUDGET * float(cost.mean(axis=1).sum())
    return Problem.from_arrays(
        effects, cost, ground.allowed(), objectives, {"budget": limit}, features=names
    )


def measure(units: int, features: int, shape: str, weight: float, seed: int) -> dict[str, object]:
    """Figures of one weighting."""
    problem = landscape(units, features, SHAPES[shape], weight > 0, seed)
    engine = make_engine(problem, formulate(problem), 60.0)
    largest = engine.outcome.values(np.ones(len(engine.table.columns)))[0]
    weights = np.array([(1.0 - weight) / largest, weight / problem.constraints[0].limit])
    start = time.process_time()
    cut = answer_weights(
        engine.oracle(), engine.outcome, weights[: 1 + (weight > 0)], engine.polish()
    )
    seconds = time.process_time() - start
    share = engine.table.totals((engine.table.order == cut.allocation).argmax(axis=0))[:features]
    end = SHAPES[shape].get("ramp", np.inf) if isinstance(SHAPES[shape], dict) else np.inf
    return {
        "bench": "saturating", "units": problem.n_units, "options": OPTIONS, "shape": shape,
        "features": features, "objectives": len(problem.objectives), "cost": weight, "seed": seed,
        "seconds": round(seconds, 2), "gap": (cut.bound - cut.values @ cut.weights) / cut.bound,
        "bends": int((np.abs(share / end - 1.0) < 0.01).sum()),
    }  # fmt: skip


def main() -> None:
    """Print one line per shape, weight and size."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--units", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--features", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0, help="of the landscape")
    given = parser.parse_args()
    with threadpool_limits(limits=1):
        for units in given.units:
            for shape in SHAPES:
                for weight in WEIGHTS:
                    line = measure(units, given.features, shape, weight, given.seed)
                    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
