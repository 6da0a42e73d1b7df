"""The example of Marxan's files, imported and run: gaps, and values beside the best known.

    OMP_NUM_THREADS=1 python benchmarks/marxan.py [--data ../shared/data]

Reads the folder marxan_example (1,751 units, 17 features, boundaries), imports it as the command
`edaphon import marxan` does and runs the config up to its front: the cheapest set at 30 % and at
17 % of every feature, both without and with a price on boundary. "over_known" is the value relative
to the best known one (HiGHS without boundary, proven; the best known by the folder's README with
it), negative where ours is better; "marxan" is what simulated annealing reached there (Marxan
4.0.6, ten runs of a million iterations, as the folder's README reports). One JSON line per problem.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from edaphon.data.marxan import read_marxan
from edaphon.report.marxan import write_import
from edaphon.workflow import run

CASES = (
    (0.30, 0.0, 95_722_060.31, 0.0207),
    (0.17, 0.0, 88_440_963.09, 0.0116),
    (0.30, 4.4, 111_703_116.0, 0.0277),
    (0.17, 5.6, 103_714_384.0, 0.0214),
)
"""Share of every feature, price of boundary, best known value, what Marxan is off."""


def measure(folder: Path, share: float, price: float, known: float, marxan: float) -> dict:
    """Import, run and compare one problem."""
    data = read_marxan(folder)
    data = replace(data, target=share * data.total(), boundary_price=price)
    with tempfile.TemporaryDirectory() as place:
        files, _ = write_import(data, Path(place) / "imported")
        start = time.process_time()
        done = run(files[0], out=Path(place) / "run", until="solve")
        seconds = time.process_time() - start
    front = done.front
    (row,) = np.flatnonzero(front.on_front)
    return {
        "bench": "marxan", "units": done.problem.n_units, "features": len(data.features),
        "share": share, "boundary_price": price, "seconds": round(seconds, 2),
        "gap_max": front.optimality_gap[row], "certified_by": front.certified_by[row],
        "value": front.values[row, 0], "over_known": front.values[row, 0] / known - 1.0,
        "marxan": marxan, "feasible": bool(front.feasible[row]),
    }  # fmt: skip


def main() -> None:
    """Print one line per problem."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    default = os.environ.get("EDAPHON_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    folder = parser.parse_args().data / "marxan_example"
    if not folder.is_dir():
        print(json.dumps({"bench": "marxan", "skipped": f"no folder {folder}"}))
        return
    with threadpool_limits(limits=1):
        for case in CASES:
            print(json.dumps(measure(folder, *case)), flush=True)


if __name__ == "__main__":
    main()
