"""Does the evidence predict studies that it has not seen? Calibration on held-out studies.

    python benchmarks/effects.py [--json] [--part all|design|sealed] [--tables a,b]

Every outcome with at least 40 studies in SoilHealthDB and ERA (folder EDAPHON_DATA, default
../shared/data). Studies are dealt into ten folds; each fold's cells (mean lnRR of one practice in
one study, sampling noise included) are predicted from the other nine. Beside the hierarchical
model (`edaphon.effects.pooling`) stand one mean for all practices under a t distribution with 4
degrees of freedom, integrated on a grid ("overall t"), and restricted likelihood per practice,
its figures plugged in ("REML"). `ours` and `baseline` (overall t) are mean log predictive densities
per cell. What a study says of its own pairs' variance is known, as in any meta-analysis.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from threadpoolctl import threadpool_limits

from edaphon.effects.cells import Cells, cells_of
from edaphon.effects.hierarchical import sample_posterior
from edaphon.effects.pooling import pool
from edaphon.effects.predictive import log_density, new_study, quantiles
from edaphon.errors import DataError

ROOT = Path(__file__).parents[1]
sys.path += [str(ROOT / "scripts"), str(ROOT / "benchmarks")]
DATA = Path(os.environ.get("EDAPHON_DATA", "../shared/data"))
LEAST_STUDIES = 40
FOLDS = 10
COVERED = (50, 80, 90)
SOILHEALTHDB = (
    "OC", "OC_Con", "Yield", "MBC", "SWC", "BD", "Aggre", "N", "P", "K", "pH", "Erosion", "CEC",
    "BiomassCash", "Leaching", "Runoff", "MBN", "Infiltration",
)  # fmt: skip
GAINS = {"soilhealthdb Yield": 0.14, "era Crop Yield": 0.14, "era Variable Cost": 0.14}
"""Gain in log density over overall t that these tables ought to show."""


def tables(part: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every outcome with enough studies, with the asked part of its studies."""
    from raw_trials import era_pairs, read_era, read_soilhealthdb, soilhealthdb_pairs
    from tables import is_sealed

    raw, era = read_soilhealthdb(DATA), read_era(DATA)
    named = [(f"soilhealthdb {name}", soilhealthdb_pairs(raw, name)) for name in SOILHEALTHDB]
    named += [(f"era {name}", era_pairs(era, name)) for name in sorted(era["Out.SubInd"].unique())]
    for name, pairs in named:
        if pairs["study"].nunique() >= LEAST_STUDIES:
            sealed = pairs["study"].map(is_sealed)
            yield name, pairs if part == "all" else pairs[sealed == (part == "sealed")]


def folds_of(cells: Cells, seed: int) -> np.ndarray:
    """Fold of each cell: whole studies, dealt out evenly."""
    order = np.random.default_rng(seed).permutation(len(cells.studies))
    return (np.argsort(order) % FOLDS)[cells.study]


def ours(train: Cells, test: Cells, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Log density of each cell, and its 50, 80 and 90 % intervals, by the hierarchical model."""
    posterior = sample_posterior(train, seed=seed)
    rng = np.random.default_rng([seed, 2])
    levels = np.array([q for c in COVERED for q in (0.5 - c / 200, 0.5 + c / 200)])
    density, bounds = [], []
    for k in range(len(test.mean)):
        practice = test.practices[test.practice[k]]
        told = {"square": test.square[k], "pairs": int(test.pairs[k])}
        mixture = new_study(posterior, practice, train.noise, rng, **told)
        density.append(log_density(mixture, test.mean[k]))
        bounds.append(quantiles(mixture, levels, rng))
    return np.array(density), np.array(bounds)


def overall_t(train: Cells, test: Cells) -> np.ndarray:
    """Log density by one mean and spread for all: t with 4 degrees, on a grid of both."""
    weights = stats.gamma(2, scale=0.5).ppf((np.arange(48) + 0.5) / 48)
    taus = np.geomspace(0.01, 1.5, 32)
    middle, reach = np.median(train.mean), 4 * train.mean.std() / np.sqrt(len(train.mean))
    means = middle + max(reach, 0.02) * np.linspace(-1, 1, 33)

    def density(cells: Cells, tau: float, variance: np.ndarray) -> np.ndarray:
        sd = np.sqrt(tau**2 / weights + variance[:, None])
        z = (cells.mean[None, :, None] - means[:, None, None]) / sd
        return np.asarray((np.exp(-0.5 * z**2) / sd).mean(axis=2) / np.sqrt(2 * np.pi))

    fit = np.array([np.log(density(train, tau, train.variance) + 1e-300).sum(1) for tau in taus])
    fit = fit - 0.5 * (taus[:, None] / 0.5) ** 2 + np.log(taus)[:, None]
    chance = np.exp(fit - fit.max())
    chance /= chance.sum()
    known = seen_variance(train, test)
    mixed = sum(w @ density(test, tau, known) for w, tau in zip(chance, taus, strict=True))
    return np.log(mixed + 1e-300)


def seen_variance(train: Cells, test: Cells) -> np.ndarray:
    """Sampling variance of the held-out means, drawn toward that of the others."""
    known = train.noise.known
    total = known * train.noise.variance + test.square
    return np.asarray(total / (known + test.pairs - 1.0) / test.pairs)


def plug_in(train: Cells, test: Cells, pairs: pd.DataFrame) -> np.ndarray:
    """Log density by restricted likelihood of each practice, of all where it has two studies."""
    found = {}
    for practice, rows in [("", pairs), *pairs.groupby("practice")]:
        try:
            found[practice] = pool(rows["lnrr"], rows["study"])
        except DataError:
            continue
    known = seen_variance(train, test)
    told = [found.get(test.practices[p], found[""]) for p in test.practice]
    sd = np.sqrt(np.array([one.tau for one in told]) ** 2 + known)
    return stats.norm(np.array([one.mean for one in told]), sd).logpdf(test.mean)


def measure(name: str, pairs: pd.DataFrame, seed: int) -> dict[str, Any]:
    """All figures of one table."""
    start = time.process_time()
    cells = cells_of(pairs["lnrr"], pairs["study"], pairs["practice"])
    fold = folds_of(cells, seed)
    density = np.zeros((3, len(fold)))
    bounds = np.zeros((len(fold), 2 * len(COVERED)))
    studies = np.array(cells.studies)
    for f in range(FOLDS):
        train, test = cells.of(fold != f), cells.of(fold == f)
        seen = pairs[pairs["study"].isin(studies[np.unique(cells.study[fold != f])])]
        density[0, fold == f], bounds[fold == f] = ours(train, test, seed)
        density[1, fold == f] = overall_t(train, test)
        density[2, fold == f] = plug_in(train, test, seen)
    seconds = time.process_time() - start
    return row_of(name, cells, density, bounds) | {"seconds": seconds}


def row_of(name: str, cells: Cells, density: np.ndarray, bounds: np.ndarray) -> dict[str, Any]:
    """The line of one table."""
    gain = density[0] - density[1]
    covered = {
        f"coverage{c}": float(
            ((cells.mean >= bounds[:, 2 * k]) & (cells.mean <= bounds[:, 2 * k + 1])).mean()
        )
        for k, c in enumerate(COVERED)
    }
    low, high = bounds[:, -2], bounds[:, -1]
    beyond = np.maximum(low - cells.mean, 0) + np.maximum(cells.mean - high, 0)
    inside = (cells.mean >= low) & (cells.mean <= high)
    often = np.flatnonzero(np.bincount(cells.practice) >= 15)
    worst = min((float(inside[cells.practice == p].mean()) for p in often), default=None)
    return {
        "table": name,
        "metric": "log density",
        "ours": float(density[0].mean()),
        "baseline": float(density[1].mean()),
        "reml": float(density[2].mean()),
        "difference": float(gain.mean()),
        "difference_se": clustered(gain, cells.study),
        **covered,
        "interval_score": float((high - low + 20.0 * beyond).mean()),
        "worst_practice": worst,
        "n": len(cells.mean),
        "groups": len(cells.studies),
        "practices": len(cells.practices),
        "best_baseline": "overall t",
    }


def clustered(gain: np.ndarray, study: np.ndarray) -> float:
    """Standard error of a mean over cells, whole studies together."""
    sums = np.bincount(study, gain - gain.mean())
    count = (np.bincount(study) > 0).sum()
    return float(np.sqrt((sums**2).sum() * count / (count - 1)) / len(gain))


def missed(row: Mapping[str, Any]) -> Iterator[str]:
    """What one table ought to show and does not."""
    if row["coverage90"] < 0.85:
        yield f"90 % intervals cover {row['coverage90']:.3f}, not .85"
    if row["difference"] < -2 * row["difference_se"]:
        yield "log density below overall t by more than two standard errors"
    if row["difference"] < GAINS.get(row["table"], -np.inf):
        yield f"gain of {row['difference']:+.3f}, not {GAINS[row['table']]:+.2f}"


def shown(row: Mapping[str, Any]) -> str:
    """One table for people."""
    covered = "/".join(f"{row[f'coverage{c}']:.3f}" for c in COVERED)
    worst = "     " if row["worst_practice"] is None else f"{row['worst_practice']:.3f}"
    line = (
        f"{row['table']:32}{row['n']:5}{row['groups']:6}{row['practices']:5}{row['ours']:9.3f}"
        f"{row['baseline']:9.3f}{row['difference']:+9.3f} se {row['difference_se']:.3f}"
        f"{row['reml']:9.3f}   {covered}  {worst}{row['interval_score']:9.3f}{row['seconds']:7.1f}"
    )
    return "\n".join([line, *(f"    misses: {words}" for words in missed(row))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON line per table")
    parser.add_argument("--part", choices=("all", "design", "sealed"), default="all")
    parser.add_argument("--tables", help="names, separated by commas; all if not given")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if not DATA.is_dir():
        parser.error(f"no real data at {DATA}; set EDAPHON_DATA")
    if not given.json:
        print(
            f"{'table':32}{'cells':>5}{'studies':>6}{'':5}{'ours':>8}{'overall t':>10}"
            f"{'difference':>13}{'REML':>13}   covered 50/80/90   worst practice, interval score, s"
        )
    rows = []
    for name, pairs in tables(given.part):
        if given.tables is None or name in given.tables.split(","):
            rows.append(measure(name, pairs, given.seed))
            print(json.dumps(rows[-1]) if given.json else shown(rows[-1]), flush=True)
    if not given.json and rows:
        covered = [row["coverage90"] for row in rows]
        print(
            f"{len(rows)} tables: 90 % intervals cover {np.mean(covered):.3f} on average, "
            f"{min(covered):.3f} at least; {sum(row['seconds'] for row in rows):.0f} s of CPU"
        )


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        main()
