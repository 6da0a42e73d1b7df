"""Several linking constraints: certified portfolios beside HiGHS' linear relaxation alone.

    OMP_NUM_THREADS=1 python benchmarks/linking.py [--units 1000 10000] [--features 100] [--seed 0]

Two problems on an autocorrelated grid, both with a fifth of the pairs forbidden: "eleven" has three
ledgers with a budget each, three area limits and five regional floors under four objectives;
"targets" asks for 30 % of every feature at least cost. Prints one JSON line per problem and size:
CPU seconds of ours (prices, bound and portfolio of one weight, its mean over four weights) and of
one HiGHS relaxation of the same weight, their ratio, and the gaps relative to the bound.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter
from threadpoolctl import threadpool_limits

from edaphon.practices.values import Ledger
from edaphon.problem.evaluate import formulate
from edaphon.problem.values import AreaLimit, Budget, Problem, Target
from edaphon.solver.engine import make_engine
from edaphon.solver.exact import maximize_linked
from edaphon.solver.highs import relax

OPTIONS = 8
WEIGHTS = (
    (0.4, 0.3, 0.2, 0.1),
    (0.97, 0.01, 0.01, 0.01),
    (0.01, 0.97, 0.01, 0.01),
    (0.01, 0.01, 0.49, 0.49),
)


class Ground:
    """A square grid with autocorrelated fields."""

    def __init__(self, n_units: int, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.side = round(n_units**0.5)
        self.n_units = self.side**2

    def field(self, *scales: float) -> np.ndarray:
        """Standardized field of the given correlation lengths, shape (n_units,)."""
        made = sum(
            gaussian_filter(self.rng.normal(size=(self.side, self.side)), scale) * scale
            for scale in scales
        )
        return ((made - made.mean()) / made.std()).ravel()

    def allowed(self) -> np.ndarray:
        """A fifth of the pairs is forbidden, the baseline never."""
        allowed = self.rng.random((self.n_units, OPTIONS)) > 0.2
        allowed[:, 0] = True
        return allowed


def eleven(n_units: int, seed: int = 0) -> Problem:
    """Four objectives under three budgets, three area limits and five regional floors."""
    ground = Ground(n_units, seed)
    n, rng = ground.n_units, ground.rng
    names = ("bio", "prod", "soc", "water")
    effects = np.zeros((n, OPTIONS, 4))
    cost = np.zeros((n, OPTIONS, 3))
    for k in range(1, OPTIONS):
        for f in range(4):
            effects[:, k, f] = np.exp(0.5 * ground.field(1, 3, 9)) * rng.gamma(2, 0.5)
        for ledger in range(3):
            cost[:, k, ledger] = rng.gamma(3, 10) * np.exp(0.3 * ground.field(1, 3, 9))
    effects[:, 1:4, 1] *= -0.5
    allowed = ground.allowed()
    region = np.repeat([f"r{4 * row // ground.side}" for row in range(ground.side)], ground.side)
    best = np.where(allowed[:, :, None], effects, 0.0).max(axis=1)
    ledgers = (Ledger("money", "EUR"), Ledger("labor", "h"), Ledger("water", "m3"))
    rules = [
        *(
            Budget(ledger.name, 0.35 * n * cost[:, 1:, k].mean())
            for k, ledger in enumerate(ledgers)
        ),
        *(AreaLimit(f"option {k}", 0.0, 0.12 * n) for k in (2, 4, 6)),
        *(
            Target("soc", 0.35 * best[region == f"r{r}", 2].sum(), "absolute", f"r{r}")
            for r in range(4)
        ),
        Target("bio", 0.3 * best[region == "r1", 0].sum(), "absolute", "r1"),
    ]
    problem = Problem.from_arrays(
        effects, cost[:, :, 0], allowed, {f: {"maximize": f} for f in names}, features=names
    )
    return replace(problem, cost=cost, ledgers=ledgers, constraints=tuple(rules), region=region)


def habitats(ground: Ground, n_features: int) -> tuple[np.ndarray, np.ndarray]:
    """Effects on features that live in patches, and costs of every option."""
    n, rng = ground.n_units, ground.rng
    effects = np.zeros((n, OPTIONS, n_features))
    response = rng.gamma(2, 0.5, size=(OPTIONS, n_features))
    response[0] = 0.0
    for f in range(n_features):
        lives = ground.field(rng.uniform(2, 8)) > rng.uniform(0, 1.2)
        habitat = np.where(lives, rng.gamma(2, 0.5, size=n), 0.0)
        noise = rng.uniform(0.7, 1.3, size=(n, OPTIONS))
        effects[:, :, f] = habitat[:, None] * response[:, f] * noise
    cost = np.zeros((n, OPTIONS))
    for k in range(1, OPTIONS):
        cost[:, k] = rng.gamma(3, 10, size=n) * np.exp(0.3 * ground.field(1, 3, 9))
    return effects, cost


def targets(n_units: int, n_features: int, seed: int = 0) -> Problem:
    """Least cost under a target of 30 % for every feature."""
    ground = Ground(n_units, seed)
    names = tuple(f"s{f}" for f in range(n_features))
    effects, cost = habitats(ground, n_features)
    return Problem.from_arrays(
        effects,
        cost,
        ground.allowed(),
        {"cost": {"minimize": "cost"}},
        {"targets": dict.fromkeys(names, 0.3)},
        features=names,
    )


def measure(name: str, problem: Problem, seed: int) -> dict[str, object]:
    """Figures of one problem."""
    engine = make_engine(problem, formulate(problem), 60.0)
    linked, table = engine.linked, engine.table
    scales = np.array([column.max(axis=0).sum() for column in table.columns])
    asked = WEIGHTS if name == "eleven" else ((1.0,),)
    ours = peer = 0.0
    gaps = []
    for weights in asked:
        size = np.where(scales > 0, scales, 1.0) if name == "eleven" else np.ones(1)
        coefficients = table.outcome.matrix @ (np.array(weights) / size)
        start = time.process_time()
        answer = maximize_linked(linked, coefficients)
        ours += time.process_time() - start
        start = time.process_time()
        relax(linked, table.value(coefficients))
        peer += time.process_time() - start
        gaps.append((answer.bound - coefficients @ answer.totals) / abs(answer.bound))
    return {
        "bench": f"linking-{name}",
        "units": problem.n_units,
        "options": problem.n_interventions,
        "objectives": len(problem.objectives),
        "rows": len(linked.limits),
        "seed": seed,
        "seconds": round(ours / len(asked), 3),
        "peer": "HiGHS relaxation (scipy linprog)",
        "peer_seconds": round(peer / len(asked), 3),
        "ratio": round(ours / peer, 3),
        "gap_median": float(np.median(gaps)),
        "gap_max": float(max(gaps)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--features", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="of the landscape")
    asked = parser.parse_args()
    with threadpool_limits(limits=1):
        for units in asked.units:
            print(json.dumps(measure("eleven", eleven(units, asked.seed), asked.seed)), flush=True)
        largest = max(asked.units)
        problem = targets(largest, asked.features, asked.seed)
        print(json.dumps(measure("targets", problem, asked.seed)), flush=True)


if __name__ == "__main__":
    main()
