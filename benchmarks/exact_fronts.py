"""Published Pareto fronts of small knapsacks, point for point, and how far weights alone come.

Run: OMP_NUM_THREADS=1 python benchmarks/exact_fronts.py [--json] [--portfolios 91] [--only 2KP];
the data folder is EDAPHON_DATA (default ../shared/data), its part `fronts` as its README says.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import moocore
import numpy as np
from threadpoolctl import threadpool_limits

from edaphon.problem.values import Problem
from edaphon.solver.front import solve


@dataclass(frozen=True)
class Knapsack:
    """A knapsack with its published front, both sorted as rows."""

    name: str
    profits: np.ndarray
    weights: np.ndarray
    capacity: float
    front: np.ndarray

    @property
    def in_reach(self) -> bool:
        """Whether the whole front is asked for: two objectives or at most 20 items."""
        return self.profits.shape[1] == 2 or len(self.profits) <= 20

    def problem(self) -> Problem:
        """Two options per unit, baseline and take; the capacity is the budget."""
        n_units, count = self.profits.shape
        effects = np.stack([np.zeros((n_units, count)), self.profits], axis=1)
        cost = np.column_stack([np.zeros(n_units), self.weights])
        names = [f"profit_{j}" for j in range(count)]
        objectives = {name: {"maximize": name} for name in names}
        return Problem.from_arrays(
            effects, cost, None, objectives, {"budget": self.capacity}, features=names
        )


def _numbers(path: Path) -> list[float]:
    lines = (line.split("#")[0] for line in path.read_text().splitlines())
    return [float(word) for line in lines for word in line.split()]


def read_knapsacks(folder: Path) -> Iterator[Knapsack]:
    """Read all instances of the folder `fronts`, small ones first in their family."""
    for path in sorted((folder / "voptlib_ukp").glob("*.dat")):
        numbers = _numbers(path)
        n_units, count = int(numbers[0]), int(numbers[1])
        body = np.array(numbers[3:])
        profits = body[: n_units * count].reshape(count, n_units).T
        weights = body[n_units * count :][:n_units]
        front = np.array(_numbers(path.with_suffix(".Y"))).reshape(-1, count)
        yield Knapsack(path.stem, profits, weights, body[-1], _sorted(front))
    for path in sorted((folder / "mobkp").glob("*.in")):
        numbers = _numbers(path)
        n_units, count = int(numbers[0]), int(numbers[1])
        table = np.array(numbers[3 : 3 + n_units * (count + 1)]).reshape(n_units, count + 1)
        front = np.array(numbers[4 + table.size :]).reshape(-1, count)
        yield Knapsack(path.stem, table[:, 1:], table[:, 0], numbers[2], _sorted(front))


def _sorted(points: np.ndarray) -> np.ndarray:
    return np.unique(points, axis=0)


def measure(case: Knapsack, portfolios: int) -> dict[str, object]:
    """Solve one instance and hold the answer against the published front."""
    start = time.process_time()
    front = solve(case.problem(), portfolios=portfolios, whole=case.in_reach)
    seconds = time.process_time() - start
    found = _sorted(np.rint(front.values[front.on_front]))
    published = {tuple(point) for point in case.front}
    worst = case.front.min(axis=0) - 1.0
    volume = [moocore.hypervolume(points, worst, maximise=True) for points in (found, case.front)]
    return {
        "bench": "exact_fronts",
        "instance": case.name,
        "units": len(case.profits),
        "options": 2,
        "objectives": case.profits.shape[1],
        "points": len(case.front),
        "found": len(found),
        "on_published": sum(tuple(point) in published for point in found),
        "complete": front.complete and len(found) == len(case.front),
        "hypervolume_share": float(volume[0] / volume[1]),
        "seconds": round(seconds, 2),
    }


def main() -> None:
    """Print a line per instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON line per instance")
    parser.add_argument("--portfolios", type=int, default=91, help="weights asked")
    parser.add_argument("--only", default="", help="part of an instance's name")
    asked = parser.parse_args()
    folder = Path(os.environ.get("EDAPHON_DATA", "../shared/data")) / "fronts"
    with threadpool_limits(1):
        for case in read_knapsacks(folder):
            if asked.only not in case.name:
                continue
            line = measure(case, asked.portfolios)
            if asked.json:
                print(json.dumps(line), flush=True)
                continue
            whole = "whole" if line["complete"] else "part"
            print(
                f"{case.name:<32} {line['found']:>5} of {line['points']:>5} points, "
                f"{line['on_published']:>5} on the published front, {whole:<5} "
                f"{line['hypervolume_share']:.4f} of its hypervolume {line['seconds']:>6} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
