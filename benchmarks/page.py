"""How large the report's page is, when it is ready, and how fast it follows a click or a slider.

One JSON line per size: megabytes, milliseconds from navigation to the page's own mark
"edaphon-ready", and medians of choosing another portfolio and of moving a slider of "Make your
own", each up to the next painted frame. Needs a headless Chromium; the network is off.

Run: OMP_NUM_THREADS=1 python benchmarks/page.py [UNITS ...] [--repeats 9]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from threadpoolctl import threadpool_limits

from edaphon.portfolio.shortlist import shortlist
from edaphon.report.page import write_page

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS / "report"), str(TESTS)]

from conftest import Browser, find_browser  # noqa: E402
from run_case import make_front, make_landscape, make_problem  # noqa: E402

SIZES = (600, 5_000, 100_000)
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


def write_case(folder: Path, n_units: int) -> Path:
    """Write the page of a made-up run with 5 options and 4 objectives."""
    landscape = make_landscape(n_units)
    problem = make_problem(landscape, budget=BUDGET_PER_UNIT * n_units)
    front = make_front(problem, 50)
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


def measure(n_units: int, repeats: int) -> dict[str, object]:
    """Figures of one size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_case(folder, n_units)
        browser = Browser(find_browser(), folder / "profile")
        try:
            browser.open(path)
            ready = browser.run("performance.getEntriesByName('edaphon-ready')[0].startTime")
            choose = [browser.run(TIMED % f"edaphon.choose({2 + k % 20})") for k in range(repeats)]
            resolves = browser.run("Boolean(edaphon.resolver)")
            slide = [
                browser.run(TIMED % (SLIDE % (40 + 5 * k)))
                for k in range(repeats if resolves else 0)
            ]
            complaints = browser.complaints()
        finally:
            browser.close()
        return {
            "bench": "page",
            "units": n_units,
            "options": 5,
            "objectives": 4,
            "megabytes": round(path.stat().st_size / 1e6, 2),
            "ready_ms": round(ready),
            "choose_ms": round(statistics.median(choose), 1),
            "slider_ms": round(statistics.median(slide), 1) if slide else None,
            "complaints": complaints,
        }


def main() -> None:
    """Print a line per size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("units", nargs="*", type=int, default=SIZES)
    parser.add_argument("--repeats", type=int, default=9)
    asked = parser.parse_args()
    with threadpool_limits(1):
        for size in asked.units:
            print(json.dumps(measure(size, asked.repeats)), flush=True)


if __name__ == "__main__":
    main()
