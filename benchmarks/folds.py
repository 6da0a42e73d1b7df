"""Errors that folds promise over the true error of the map, where the truth is known.

    python benchmarks/folds.py [--json] [--repeats 20]

Fields that vary smoothly in space are made up, with a response that depends on some of them, on
smooth ground that nobody measured, and on noise. 300 cells are sampled, at random or in clusters;
extra trees learn from them and predict every other cell. Each way to fold the samples promises a
root mean squared error and 90 % intervals; both are held against the truth of the whole map.
The table gives means over repeats: promised over true error with its standard error, coverage of
the map, and the distance in cells from a held-out sample to the nearest other one over that from
a cell of the map to the nearest sample (medians).
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree
from threadpoolctl import threadpool_limits

from edaphon.surrogates.conformal import conformal_bounds
from edaphon.surrogates.folds import assign_folds, held_together
from edaphon.surrogates.matched import distances_between, matched_folds
from edaphon.surrogates.models import fit_trees

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SIDE = 80
SAMPLED = 300
CLUSTERS = 15
BLOCK = 20
RANGES = (3, 5, 8, 8, 12, 16, 5, 5, 5, 5)
"""Smoothness of the predictors in cells; the last four say nothing of the response."""

SAMPLINGS = ("random", "clustered")


def world(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Predictors (cells, 10), response (cells,) and places (cells, 2) of one made-up map."""

    def field(smooth: int) -> Array:
        rough = gaussian_filter(rng.normal(size=(SIDE, SIDE)), smooth, mode="reflect")
        return ((rough - rough.mean()) / rough.std()).ravel()

    seen = np.column_stack([field(smooth) for smooth in RANGES])
    a, b, c, d, e = seen.T[:5]
    trend = a + np.sin(1.5 * b) + 0.7 * c * d + 0.5 * np.abs(e)
    response = trend + field(5) + 0.5 * rng.normal(size=SIDE**2)
    places = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).reshape(-1, 2)
    return seen, response, places.astype(float)


def sampled(rng: np.random.Generator, sampling: str) -> NDArray[np.int64]:
    """Cells that are measured, at random or around a few centers."""
    if sampling == "random":
        return rng.choice(SIDE**2, SAMPLED, replace=False)
    centers = rng.uniform(0, SIDE, (CLUSTERS, 2))
    cells: set[int] = set()
    while len(cells) < SAMPLED:
        x, y = np.round(centers[rng.integers(CLUSTERS)] + rng.normal(0, 3, 2)).astype(int)
        if 0 <= x < SIDE and 0 <= y < SIDE:
            cells.add(int(y * SIDE + x))
    return np.array(sorted(cells))


def foldings(places: Array, area: Array, seed: int) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """The ways to fold the samples that are compared."""
    yield "matched", matched_folds(*places.T, *area.T, seed=seed).folds
    yield "random", assign_folds(np.arange(len(places)), 10, seed)
    yield "blocks", assign_folds(held_together(*places.T, BLOCK), 5, seed)


def predicted(seen: Array, response: Array, asked: Array, seed: int) -> Array:
    return fit_trees(seen, response, seed, n_trees=60).predict(asked)


def compare(sampling: str, seed: int) -> dict[str, tuple[float, float, float]]:
    """Promised over true error, coverage of the map and ratio of distances, by folding."""
    rng = np.random.default_rng(seed)
    seen, response, places = world(rng)
    cells = sampled(rng, sampling)
    rest = np.setdiff1d(np.arange(SIDE**2), cells)
    error = response[rest] - predicted(seen[cells], response[cells], seen[rest], seed)
    true = np.sqrt((error**2).mean())
    far = np.median(cKDTree(places[cells]).query(places[rest])[0])
    found = {}
    for name, folds in foldings(places[cells], places[rest], seed):
        left = np.zeros(len(cells))
        for fold in np.unique(folds):
            held = folds == fold
            kept = cells[~held]
            told = predicted(seen[kept], response[kept], seen[cells[held]], seed)
            left[held] = response[cells[held]] - told
        low, high = conformal_bounds(left, 0.9)
        found[name] = (
            float(np.sqrt((left**2).mean()) / true),
            float(((error >= low) & (error <= high)).mean()),
            float(np.median(distances_between(places[cells], folds)) / far),
        )
    return found


def measure(repeats: int) -> Iterator[dict[str, Any]]:
    """Figures of every sampling and folding, means over repeats."""
    for sampling in SAMPLINGS:
        rows: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
        for seed in range(repeats):
            for name, figures in compare(sampling, seed).items():
                rows[name].append(figures)
        for name, figures in rows.items():
            ratio, covered, distance = np.array(figures).T
            yield {
                "benchmark": "folds",
                "sampling": sampling,
                "folds": name,
                "promised_over_true": float(ratio.mean()),
                "se": float(ratio.std(ddof=1) / np.sqrt(repeats)),
                "coverage90": float(covered.mean()),
                "distance_ratio": float(distance.mean()),
                "repeats": repeats,
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one line per sampling and folding")
    parser.add_argument("--repeats", type=int, default=20)
    asked = parser.parse_args()
    if not asked.json:
        print(f"{'sampling':10}{'folds':9}{'promised / true':>17}{'se':>7}{'cov 90':>8}{'near':>7}")
    with threadpool_limits(limits=1):
        for row in measure(asked.repeats):
            if asked.json:
                print(json.dumps(row), flush=True)
            else:
                print(
                    f"{row['sampling']:10}{row['folds']:9}{row['promised_over_true']:17.3f}"
                    f"{row['se']:7.3f}{row['coverage90']:8.3f}{row['distance_ratio']:7.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
