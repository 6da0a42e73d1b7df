"""How large the report's page is, when it is ready, and how fast it follows a click or a slider.

One JSON line per size: megabytes, milliseconds from navigation to the page's own mark
"edaphon-ready", and medians of choosing another portfolio and of moving a slider of "Make your
own", each up to the next painted frame, and whether that keeps the aims (`AIMS`). Needs a headless
Chromium; the network is off. With --map, polygons are drawn as such or as an id raster whatever
their number: that is how the switch between the two was chosen.

Run: OMP_NUM_THREADS=1 python benchmarks/page.py [UNITS ...] [--repeats 9] [--map vector|raster]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from threadpoolctl import threadpool_limits

import edaphon.report.map
from edaphon.portfolio.shortlist import shortlist
from edaphon.report.page import write_page

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS / "report"), str(TESTS)]

from conftest import Browser, find_browser  # noqa: E402
from run_case import make_front, make_landscape, make_problem  # noqa: E402

SIZES = (600, 5_000, 100_000)
AIMS = {5_000: (2_000, 5), 100_000: (3_000, 12), 1_000_000: (3_000, 10)}
"""Units: milliseconds until the page is ready, and megabytes."""
BUDGET_PER_UNIT = 300.0
PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
TIMED = (
    "(async () => { const begin = performance.now(); %s; "
    f"await {PAINTED}; return performance.now() - begin; }})()"
)
SLIDE = (
    "const e = document.getElementById('resolve-budget'); e.value = %d; "
    "e.dispatchEvent(new Event('input'))"
)


def write_case(folder: Path, n_units: int, portfolios: int) -> Path:
    """Write the page of a made-up run with 5 options and 4 objectives."""
    landscape = make_landscape(n_units)
    problem = make_problem(landscape, budget=BUDGET_PER_UNIT * n_units)
    front = make_front(problem, portfolios)
    path = folder / "report.html"
    write_page(
        path,
        run={"name": "benchmark"},
        landscape=landscape,
        problem=problem,
        front=front,
        shortlist=shortlist(problem, front, 5),
        cards=[],
        findings=[],
        evidence=None,
    )
    return path


def measure(n_units: int, repeats: int, portfolios: int) -> dict[str, object]:
    """Figures of one size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_case(folder, n_units, portfolios)
        browser = Browser(find_browser(), folder / "profile")
        try:
            browser.open(path)
            ready = browser.run("performance.getEntriesByName('edaphon-ready')[0].startTime")
            rows = browser.run("document.querySelectorAll('#portfolios tbody tr').length")
            choose = [
                browser.run(TIMED % f"edaphon.choose({2 + k % (rows - 2)})") for k in range(repeats)
            ]
            resolves = browser.run("Boolean(edaphon.resolver)")
            slide = [
                browser.run(TIMED % (SLIDE % (40 + 5 * k)))
                for k in range(repeats if resolves else 0)
            ]
            kind = browser.run("edaphon.mapKind")
            complaints = browser.complaints()
        finally:
            browser.close()
        megabytes = path.stat().st_size / 1e6
        aim = AIMS.get(n_units)
        return {
            "bench": "page",
            "units": n_units,
            "options": 5,
            "objectives": 4,
            "portfolios": rows,
            "map": kind,
            "megabytes": round(megabytes, 2),
            "ready_ms": round(ready),
            "choose_ms": round(statistics.median(choose), 1),
            "slider_ms": round(statistics.median(slide), 1) if slide else None,
            "aims_kept": bool(ready <= aim[0] and megabytes <= aim[1]) if aim else None,
            "complaints": complaints,
        }


def main() -> None:
    """Print a line per size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("units", nargs="*", type=int, default=SIZES)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--portfolios", type=int, default=50)
    parser.add_argument("--map", choices=("vector", "raster"))
    asked = parser.parse_args()
    if asked.map:
        edaphon.report.map.VECTOR_LIMIT = sys.maxsize if asked.map == "vector" else 0
    with threadpool_limits(1):
        for size in asked.units:
            line = measure(size, asked.repeats, asked.portfolios)
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
