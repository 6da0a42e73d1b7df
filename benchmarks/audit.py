"""The proxy audit on real surveys and where the answers are known.

Bird surveys of the Wet Tropics and plant plots of New Zealand (disdat's presence-absence sites,
used here as survey data, apart from all models that are scored on them): grades of a few species
drawn at random as stand-ins for all others, once added up as they are and once fitted to the
others, and of the species' own models. Then made-up communities: surrogates that share the
driver of richness, that half do, and that do not.

Run: OMP_NUM_THREADS=1 python benchmarks/audit.py [--json] [--sets 3] [--species 5] [--sites 600]
[--most 20] [--worlds 1]; the data folder is EDAPHON_DATA (default ../shared/data).
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from edaphon.config.quantity import Quantity
from edaphon.data.observations import Observations
from edaphon.surrogates.audit import FEWEST_OCCURRENCES, audit_basis
from edaphon.surrogates.grading import AuditBasis, grade_set, reference_correlation
from edaphon.surrogates.state import GRADES, Audit

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("EDAPHON_DATA", ROOT.parent / "shared" / "data")) / "disdat"
SURVEYS = {"AWT birds": ("AWT", "_bird"), "NZ plants": ("NZ", "")}
CODES = ("age", "toxicats")
BLOCK = Quantity(27.8, "km")
"""0.25 degrees, the default side of blocks, on ground whose coordinates are in meters."""


def survey(name: str, most_sites: int, most_species: int) -> Observations:
    """Read the sites of a survey, at most so many of them and of its species, drawn once."""
    region, suffix = SURVEYS[name]
    env = pd.read_csv(DATA / f"{region}test_env{suffix}.csv.gz")
    found = pd.read_csv(DATA / f"{region}test_pa{suffix}.csv.gz")
    rows = np.arange(len(env))
    if most_sites < len(rows):
        rows = np.sort(np.random.default_rng(0).choice(rows, most_sites, replace=False))
    env, found = env.iloc[rows].reset_index(drop=True), found.iloc[rows].reset_index(drop=True)
    table = found.drop(columns=["group", "siteid", "x", "y"])
    often = np.minimum(table.sum(), len(table) - table.sum()) >= FEWEST_OCCURRENCES
    kept = np.flatnonzero(often)
    if most_species < len(kept):
        kept = np.sort(np.random.default_rng(1).choice(kept, most_species, replace=False))
    predictors = env.drop(columns=["group", "siteid", "x", "y"])
    codes = {code: predictors[code].astype("category") for code in CODES if code in predictors}
    return Observations.from_frames(
        table.iloc[:, kept], predictors.assign(**codes), kind="presence_absence",
        x=env.x, y=env.y, name=name, source=region,
    )  # fmt: skip


def tried(
    observations: Observations, targets: tuple[str, ...], block: Quantity, seed: int = 0
) -> AuditBasis:
    """Try all species on common folds."""
    basis = audit_basis(observations, observations.species, targets=targets, block=block, seed=seed)
    if isinstance(basis, str):
        raise RuntimeError(basis)
    return basis


def row(case: str, surrogates: str, audits: list[Audit], seconds: float) -> dict[str, object]:
    """One line of figures: grades, and means over the sets."""
    grades = Counter(audit.grade for audit in audits)

    def mean(key: str) -> float:
        values = [getattr(audit, key) for audit in audits]
        return round(float(np.mean([value for value in values if value is not None])), 3)

    return {
        "benchmark": "audit", "case": case, "surrogates": surrogates, "sets": len(audits),
        **{grade: grades[grade] for grade in GRADES[:3]},
        "rank_correlation": mean("rank_correlation"), "efficiency": mean("efficiency"),
        "sai": mean("sai"), "sai_lower": mean("sai_lower"), "targets": audits[0].n_targets,
        "cpu_seconds": round(seconds, 1),
    }  # fmt: skip


def surveyed(name: str, asked: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Grade the species' own models and random sets of them on a survey."""
    start = time.process_time()
    observations = survey(name, asked.sites, asked.most)
    species = observations.species
    basis = tried(observations, species, BLOCK)
    own = grade_set(basis, species, species, n_random=0)
    yield row(name, "their own models, summed", [own], time.process_time() - start)
    start = time.process_time()
    rng = np.random.default_rng(0)
    graded: dict[bool, list[Audit]] = {False: [], True: []}
    for _ in range(asked.sets):
        drawn = tuple(species[k] for k in rng.choice(len(species), asked.species, replace=False))
        others = tuple(each for each in species if each not in drawn)
        best = reference_correlation(basis, others)
        for fitted, audits in graded.items():
            audits.append(
                grade_set(basis, drawn, others, fitted=fitted, n_random=0, reference=best)
            )
    seconds = (time.process_time() - start) / 2
    for fitted, audits in graded.items():
        words = f"{asked.species} random species, {'fitted' if fitted else 'added up'}"
        yield row(name, words, audits, seconds)


def made_up(seed: int, n_sites: int = 250, n_targets: int = 10) -> Observations:
    """Sites on gradients a and b without correlation; target richness rises with a alone."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 100_000, (2, n_sites))

    def gradient() -> np.ndarray:
        waves, phase = rng.normal(0, 1 / 4_000, (60, 2)), rng.uniform(0, 2 * np.pi, 60)
        return np.sqrt(2 / 60) * np.cos(np.outer(x, waves[:, 0]) + np.outer(y, waves[:, 1]) + phase
                                        ).sum(axis=1)  # fmt: skip

    a, b, c = gradient(), gradient(), gradient()
    b = b - a * (a @ b) / (a @ a)
    b = b / b.std()
    drivers = {"target": a, "true": a, "some": 0.45 * a + 0.9 * b, "none": b}
    columns = {}
    for kind, driver in drivers.items():
        for k in range(n_targets if kind == "target" else 3):
            odds = rng.uniform(-1.5, 0.0) + rng.uniform(1.5, 2.5) * driver
            columns[f"{kind}{k}"] = (rng.random(n_sites) < 1 / (1 + np.exp(-odds))) * 1.0
    predictors = pd.DataFrame({"a": a, "b": b, "c": c}) + rng.normal(0, 0.1, (n_sites, 3))
    return Observations.from_frames(
        pd.DataFrame(columns), predictors, kind="presence_absence", x=x, y=y, name="made up"
    )


def simulated(worlds: int) -> Iterator[dict[str, object]]:
    """Grade surrogates whose worth is known."""
    start = time.process_time()
    words = {
        "true": "share the driver of richness",
        "some": "share a fifth of its variance",
        "none": "have another driver",
    }
    graded: dict[str, list[Audit]] = {kind: [] for kind in words}
    for seed in range(worlds):
        observations = made_up(seed)
        targets = tuple(name for name in observations.species if name.startswith("target"))
        basis = tried(observations, targets, Quantity(10, "km"), seed)
        best = reference_correlation(basis, targets)
        for kind, audits in graded.items():
            surrogates = tuple(name for name in observations.species if name.startswith(kind))
            audits.append(grade_set(basis, surrogates, targets, n_random=0, reference=best))
    seconds = (time.process_time() - start) / len(graded)
    for kind, audits in graded.items():
        yield row("made up", words[kind], audits, seconds)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one line per case")
    parser.add_argument("--sets", type=int, default=3, help="random sets per survey")
    parser.add_argument("--species", type=int, default=5, help="species of a random set")
    parser.add_argument("--sites", type=int, default=600, help="most sites of a survey")
    parser.add_argument("--most", type=int, default=20, help="most species of a survey")
    parser.add_argument("--worlds", type=int, default=1, help="made-up communities")
    asked = parser.parse_args()
    with threadpool_limits(1):
        head = f"{'case':<10} {'surrogates':<30} {'sup':>4} {'weak':>4} {'not':>4} "
        if not asked.json:
            print(head + "   rho     E   SAI lower  CPU s")
        cases = [simulated(asked.worlds)] + [surveyed(name, asked) for name in SURVEYS]
        for case in cases:
            for one in case:
                if asked.json:
                    print(json.dumps(one), flush=True)
                    continue
                grades = " ".join(f"{one[grade]:>4}" for grade in GRADES[:3])
                figures = " ".join(
                    f"{one[key]:5.2f}"
                    for key in ("rank_correlation", "efficiency", "sai", "sai_lower")
                )
                told = f"{one['case']:<10} {one['surrogates']:<30} {grades}  {figures}"
                print(f"{told}  {one['cpu_seconds']}", flush=True)


if __name__ == "__main__":
    main()
