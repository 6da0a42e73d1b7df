"""CPU seconds and memory of the state of a million units, beside the bare estimators' predict.

    OMP_NUM_THREADS=1 python benchmarks/predict.py [--json] [--units 1000000] [--samples 2000]

Four features are learned from made-up samples with 12 amounts and one category, of four kinds: a
skewed one, a share, a count with zeros, and a plain one. What is timed is `edaphon.predict`, with
means, spreads, intervals and both flags, in one process with one thread. Beside it stand
scikit-learn's own estimators, fitted to the same samples, predicting the plain mean of the same
units. Memory is the peak of the resident set over what it was with the table of units in it; the
predictions themselves are part of it. Effects and draws for as many units are timed by draws.py.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from edaphon.data.landscape import Samples
from edaphon.surrogates.applicability import fit_applicability
from edaphon.surrogates.encode import encode
from edaphon.surrogates.fit import Surrogate, predict
from edaphon.surrogates.folds import assign_folds
from edaphon.surrogates.learner import learn
from edaphon.surrogates.prepare import prepare

FEATURES = {"carbon": "%", "clay_share": "m3/m3", "worms": "1/m2", "density": "g/cm3"}
AMOUNTS = 12


def ground(n: int, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Predictors that depend on each other, and the places they stand at."""
    x, y = rng.uniform(0, 100_000, (2, n))
    slow = np.column_stack([np.sin(x / 9_000), np.cos(y / 7_000), x / 50_000, y / 50_000])
    mixed = slow @ np.random.default_rng(1).normal(size=(4, AMOUNTS))
    table = pd.DataFrame(
        mixed + 0.5 * rng.normal(size=mixed.shape), columns=[f"p{k}" for k in range(AMOUNTS)]
    )
    cover = rng.choice(["arable", "forest", "grass", "urban"], n)
    table["cover"] = pd.Categorical(cover, categories=["arable", "forest", "grass", "urban"])
    return table, x, y


def measured(feature: str, table: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """A made-up response of one of the four kinds."""
    trend = table["p0"] + np.sin(table["p1"]) + 0.5 * table["p2"] * (table["cover"] == "forest")
    noisy = trend.to_numpy() / 2 + rng.normal(0, 0.5, len(table))
    if feature == "carbon":
        return np.exp(noisy)
    if feature == "clay_share":
        return 1 / (1 + np.exp(-noisy))
    return rng.poisson(np.exp(noisy)).astype(float) if feature == "worms" else noisy


def untested(feature: str, n_samples: int) -> tuple[Surrogate, pd.DataFrame, np.ndarray]:
    """A surrogate as `edaphon.fit` makes it, without the held-out tests that make its card."""
    rng = np.random.default_rng(len(feature))
    table, x, y = ground(n_samples, rng)
    response = measured(feature, table, rng)
    lon, lat = 15 + x / 76_000, 47 + y / 111_000
    samples = Samples(feature, response, FEATURES[feature], table, x, y, lon, lat)
    prepared = prepare(samples, block=0.1, seed=1)
    data = prepared.data
    folds = assign_folds(data.together, 5, 0)
    related = np.corrcoef(np.column_stack([data.modeled, data.matrix]), rowvar=False)[0, 1:] ** 2
    return (
        Surrogate(
            None,
            prepared.encoder,
            learn(data, 1),
            fit_applicability(data.matrix, related, folds, data.owners),
            (),
            prepared.place_time,
        ),
        data.matrix,
        data.modeled,
    )


def peers(matrix: np.ndarray, response: np.ndarray) -> dict[str, Any]:
    """scikit-learn's estimators of the sizes that edaphon uses, fitted to the same samples."""
    from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor
    from sklearn.linear_model import RidgeCV

    models = {
        "extra trees": ExtraTreesRegressor(
            100, min_samples_leaf=3, max_features=0.5, random_state=0, n_jobs=1
        ),
        "boosting": HistGradientBoostingRegressor(max_iter=150, random_state=0),
        "ridge": RidgeCV(),
    }
    return {name: model.fit(matrix, response) for name, model in models.items()}


def resident(key: str) -> float:
    """Megabytes of the resident set now (VmRSS) or at its peak (VmHWM); not a number off Linux."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return float(lines[key].split()[0]) / 1024


def forget_peak() -> None:
    """Start counting the peak of the resident set anew, where the system can."""
    switch = Path("/proc/self/clear_refs")
    if switch.exists():
        switch.write_text("5")


def seconds(work: Any) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def told_alone(models: dict[str, Any], asked: np.ndarray) -> dict[str, float]:
    """CPU seconds of each estimator's own predict."""
    return {name: seconds(lambda m=model: m.predict(asked)) for name, model in models.items()}


def measure(n_units: int, n_samples: int) -> dict[str, Any]:
    """All figures."""
    fitted = {feature: untested(feature, n_samples) for feature in FEATURES}
    first, seen, response = fitted["carbon"]
    bare = peers(seen, response)
    units, _, _ = ground(n_units, np.random.default_rng(99))
    beside = told_alone(bare, encode(first.encoder, units)[0])
    state, spent, inside = {}, {}, {}
    forget_peak()
    before = resident("VmRSS")
    for feature, (surrogate, _, _) in fitted.items():
        start = time.process_time()
        state[feature] = predict(surrogate, units)
        spent[feature] = time.process_time() - start
        inside[feature] = float(state[feature].applicable.mean())
    grown = resident("VmHWM") - before
    held = sum(array.nbytes for told in state.values() for array in vars(told).values()) / 2**20
    return {
        "benchmark": "predict",
        "n_units": n_units,
        "n_samples": n_samples,
        "cpu_seconds": sum(spent.values()),
        "by_feature": spent,
        "models": {name: one.learner.stack.names for name, (one, _, _) in fitted.items()},
        "spread": {name: one.learner.spread.kind for name, (one, _, _) in fitted.items()},
        "share_applicable": inside,
        "bare_seconds": beside,
        "peak_mb_over_input": grown,
        "state_mb": held,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--units", type=int, default=1_000_000)
    parser.add_argument("--samples", type=int, default=2_000)
    asked = parser.parse_args()
    with threadpool_limits(limits=1):
        found = measure(asked.units, asked.samples)
    if asked.json:
        print(json.dumps(found))
        return
    print(
        f"{asked.units:,} units x {len(FEATURES)} features, learned from {asked.samples:,} samples"
    )
    for feature, spent in found["by_feature"].items():
        models = ", ".join(found["models"][feature]) or "mean"
        print(f"  {feature:12}{spent:7.1f} s  ({models}; widths by {found['spread'][feature]})")
    print(f"  {'in all':12}{found['cpu_seconds']:7.1f} s of CPU, means, intervals and both flags")
    print("bare estimators, the mean of one feature:")
    for name, spent in found["bare_seconds"].items():
        print(f"  {name:12}{spent:7.1f} s")
    print(
        f"memory at its peak {found['peak_mb_over_input']:.0f} MB over the input, "
        f"{found['state_mb']:.0f} MB of it the state itself"
    )


if __name__ == "__main__":
    main()
