"""CPU seconds and memory of effects and joint draws for a million units.

    OMP_NUM_THREADS=1 python benchmarks/draws.py [--json] [--units 1000000] [--draws 1000]

The state of the units has a benchmark of its own, predict.py; this one begins where that ends.
A made-up landscape with 8 interventions and 4 features. Timed, in one process with one thread:
the mean, shared and local sd of every unit, intervention and feature, block after block; draws of
the totals of ten portfolios and of their differences; some joint draws of the effects of all units,
block after block. Beside it stands the plainest way, numpy filling an array of units x
interventions x features with normal numbers once. Memory is the peak of the resident set over what
it was with the landscape in it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from edaphon.effects.draws import draw_effects
from edaphon.effects.values import BLOCK_UNITS, EffectSizes, FactoredEffects

sys.path.append(str(Path(__file__).parent))

INTERVENTIONS, FEATURES, STRATA, PORTFOLIOS, WHOLE_DRAWS = 8, 4, 3, 10, 5


def landscape(n_units: int) -> FactoredEffects:
    """Made-up state and effect sizes; the baseline is one of the interventions' positions."""
    rng = np.random.default_rng(0)
    shape = (STRATA, INTERVENTIONS + 1, FEATURES)
    loading = np.zeros((STRATA, INTERVENTIONS + 1, INTERVENTIONS, FEATURES))
    for a in range(INTERVENTIONS):
        loading[:, a + 1, a] = rng.uniform(0.05, 0.3, (STRATA, FEATURES))
    lnrr, local = rng.normal(0.05, 0.1, shape), np.full(shape, 0.3)
    lnrr[:, 0] = local[:, 0] = 0.0
    names = tuple(f"practice {a}" for a in range(INTERVENTIONS))
    sizes = EffectSizes(
        strata=tuple(f"stratum {s}" for s in range(STRATA)),
        interventions=("baseline", *names),
        features=tuple(f"feature {f}" for f in range(FEATURES)),
        lnrr=lnrr,
        ratio_loading=loading,
        ratio_sd_local=local,
        grade=np.ones(shape, np.uint8),
        basis=np.ones(shape, np.uint8),
        applicable=np.ones(shape, bool),
        source=np.full(shape, "made up", object),
        studies=np.full(shape, 10, np.int32),
    )
    stock = rng.lognormal(3.0, 0.5, (n_units, FEATURES))
    return FactoredEffects(
        stock=stock,
        stock_sd=0.2 * stock,
        stratum=rng.integers(0, STRATA, n_units).astype(np.int16),
        sizes=sizes,
        state_applicable=np.ones((n_units, FEATURES), bool),
    )


def all_blocks(effects: FactoredEffects) -> np.ndarray:
    """Mean, shared and local sd of everything, summed so that each is needed."""
    total = np.zeros(3)
    for start in range(0, effects.shape[0], BLOCK_UNITS):
        rows = slice(start, start + BLOCK_UNITS)
        shared, local = effects.block_sd(rows)
        total += effects.block(rows).sum(), shared.sum(), local.sum()
    return total


def seconds(work: Any) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def measure(n_units: int, n_draws: int) -> dict[str, Any]:
    """All figures."""
    from predict import forget_peak, resident

    effects = landscape(n_units)
    rng = np.random.default_rng(1)
    portfolios = rng.integers(0, INTERVENTIONS + 1, (PORTFOLIOS, n_units)).astype(np.uint8)
    forget_peak()
    before = resident("VmRSS")
    draws = draw_effects(effects, n_draws)
    spent = {
        "effects": seconds(lambda: all_blocks(effects)),
        "totals": seconds(lambda: [draws.totals(one) for one in portfolios]),
        "differences": seconds(
            lambda: [draws.totals(one, portfolios[0]) for one in portfolios[1:]]
        ),
        "unit_draws": seconds(
            lambda: [block.sum() for s in range(WHOLE_DRAWS) for block in draws.blocks(s)]
        ),
    }
    grown = resident("VmHWM") - before
    size = (n_units, INTERVENTIONS + 1, FEATURES)
    bare = seconds(lambda: np.random.default_rng(2).standard_normal(size))
    return {
        "benchmark": "draws",
        "n_units": n_units,
        "n_draws": n_draws,
        "cpu_seconds": sum(spent.values()),
        "by_task": spent,
        "bare_seconds": bare,
        "peak_mb_over_input": grown,
        "dense_mb": np.prod(size) * 8 / 2**20,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--units", type=int, default=1_000_000)
    parser.add_argument("--draws", type=int, default=1_000)
    asked = parser.parse_args()
    with threadpool_limits(limits=1):
        found = measure(asked.units, asked.draws)
    if asked.json:
        print(json.dumps(found))
        return
    print(f"{asked.units:,} units x {INTERVENTIONS} interventions x {FEATURES} features")
    words = {
        "effects": "mean, shared and local sd of everything",
        "totals": f"{asked.draws:,} draws of the totals of {PORTFOLIOS} portfolios",
        "differences": f"{asked.draws:,} draws of {PORTFOLIOS - 1} differences",
        "unit_draws": f"{WHOLE_DRAWS} joint draws of the effects of all units",
    }
    for task, spent in found["by_task"].items():
        print(f"  {spent:6.1f} s  {words[task]}")
    print(f"  {found['cpu_seconds']:6.1f} s of CPU in all")
    print(
        f"  {found['bare_seconds']:6.1f} s  numpy's normal numbers alone, for one draw of all units"
    )
    print(
        f"memory at its peak {found['peak_mb_over_input']:.0f} MB over the input; "
        f"one array of everything would take {found['dense_mb']:.0f} MB"
    )


if __name__ == "__main__":
    main()
