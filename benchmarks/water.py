"""Saxton-Rawls beside the learned surrogate on UNSODA, by publication, with the bias by texture.

    python benchmarks/water.py [--json] [--part all|design|sealed] [--assignments 3] [--seed 0]
                               [--workers 1]

Both are scored on the same soils: those inside the range of the equations (clay up to 60 %, organic
matter up to 8 %). The equations were fitted to other soils and see no UNSODA measurement; the
learned surrogate predicts each publication from the others, as a mean over its fold assignments.
Where organic matter is unknown its median over the soils stands in, for both. A third line scores
the equations' available water (33 kPa minus 1,500 kPa) where both were measured.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tables import DATA, is_sealed, read
from threadpoolctl import threadpool_limits

from edaphon.soil.texture import TEXTURE_CLASSES, texture_class
from edaphon.soil.water import (
    MAX_CLAY_PERCENT,
    MAX_ORGANIC_MATTER_PERCENT,
    saxton_rawls_moisture,
)
from surrogates import ask

if TYPE_CHECKING:
    from numpy.typing import NDArray

TABLES = {"theta33": 1, "theta1500": 0}
"""Position of each table in what `saxton_rawls_moisture` gives."""

KPA = {"theta33": "33", "theta1500": "1,500"}


@dataclass(frozen=True)
class Scored:
    """Soils that both can answer for.

    truth, equations: (n,); learned: (n_assignments, n); texture: codes (n,); known: organic matter
    was measured (n,); left_out: soils outside the range of the equations.
    """

    truth: NDArray[np.float64]
    equations: NDArray[np.float64]
    learned: NDArray[np.float64]
    texture: NDArray[np.uint8]
    known: NDArray[np.bool_]
    publications: int
    left_out: int


def predicted(name: str, given: argparse.Namespace) -> Scored:
    part = given.part
    sealed = part == "sealed"
    table = read(name) if sealed else read(name).part(part)
    told, _ = ask(
        table,
        sealed=sealed,
        seed=given.seed,
        assignments=given.assignments,
        workers=given.workers,
    )
    asked = np.array([is_sealed(label) == sealed or part == "all" for label in table.labels])
    columns, labels = table.samples.predictors[asked], table.labels[asked]
    sand, clay, matter = (columns[name].to_numpy(float) for name in ("sand", "clay", "OM"))
    inside = (clay <= MAX_CLAY_PERCENT) & (matter >= 0) & (matter <= MAX_ORGANIC_MATTER_PERCENT)
    inside &= sand + clay <= 100
    equations = saxton_rawls_moisture(sand[inside], clay[inside], matter[inside])
    return Scored(
        truth=told.truth[inside],
        equations=equations[TABLES[table.name]],
        learned=told.ours[:, inside],
        texture=texture_class(sand[inside], clay[inside]),
        known=columns["OM_known"].to_numpy(float)[inside] > 0,
        publications=len(np.unique(labels[inside])),
        left_out=int((~inside).sum()),
    )


def r2(truth: NDArray[np.float64], told: NDArray[np.float64]) -> float:
    return float(1 - ((truth - told) ** 2).mean() / truth.var())


def rmse(truth: NDArray[np.float64], told: NDArray[np.float64]) -> float:
    return float(np.sqrt(((truth - told) ** 2).mean()))


def bias(soils: Scored) -> list[dict[str, object]]:
    """Mean of predicted minus measured by texture class, in % of the volume."""
    rows = []
    for code, name in enumerate(TEXTURE_CLASSES):
        of = soils.texture == code
        if of.any():
            rows.append(
                {
                    "texture": name,
                    "n": int(of.sum()),
                    "saxton_rawls": float(100 * (soils.equations - soils.truth)[of].mean()),
                    "learned": float(100 * (soils.learned.mean(axis=0) - soils.truth)[of].mean()),
                }
            )
    return rows


def score(name: str, given: argparse.Namespace) -> dict[str, object]:
    soils = predicted(name, given)
    known = soils.known
    return {
        "table": name,
        "part": given.part,
        "metric": "r2",
        "ours": r2(soils.truth, soils.learned),
        "baseline": r2(soils.truth, soils.equations),
        "n": len(soils.truth),
        "groups": soils.publications,
        "rmse_learned": rmse(soils.truth, soils.learned),
        "rmse_saxton_rawls": rmse(soils.truth, soils.equations),
        "bias_saxton_rawls": float((soils.equations - soils.truth).mean()),
        "n_organic_matter_known": int(known.sum()),
        "saxton_rawls_where_known": r2(soils.truth[known], soils.equations[known]),
        "learned_where_known": r2(soils.truth[known], soils.learned[:, known]),
        "left_out": soils.left_out,
        "bias_by_texture": bias(soils),
    }


def available(part: str) -> dict[str, object]:
    """Score available water by the equations, mm per 100 mm of soil."""
    table = pd.read_csv(DATA / "unsoda" / "unsoda_wide.csv", dtype={"publication": str})
    matter = table["OM"].fillna(table["OM"].median())
    asked = {"all": (True, False), "design": (False,), "sealed": (True,)}[part]
    kept = table["publication"].map(is_sealed).isin(asked)
    kept &= table[["th33", "th1500", "sand", "clay"]].notna().all(axis=1)
    kept &= (table["clay"] <= MAX_CLAY_PERCENT) & (matter <= MAX_ORGANIC_MATTER_PERCENT)
    kept &= table["sand"] + table["clay"] <= 100
    soils = table[kept]
    dry, moist = saxton_rawls_moisture(soils["sand"], soils["clay"], matter[kept])
    truth = 100 * (soils["th33"] - soils["th1500"]).to_numpy()
    return {
        "table": "available_water",
        "part": part,
        "metric": "rmse_mm_per_100mm",
        "baseline": rmse(truth, 100 * (moist - dry)),
        "bias_saxton_rawls": float((100 * (moist - dry) - truth).mean()),
        "sd_measured": float(truth.std()),
        "n": len(soils),
        "groups": int(soils["publication"].nunique()),
    }


def show_available(row: dict[str, object]) -> str:
    return (
        f"available water: {row['n']} soils of {row['groups']} publications; Saxton-Rawls rmse "
        f"{row['baseline']:.1f}, bias {row['bias_saxton_rawls']:+.1f}, measured sd "
        f"{row['sd_measured']:.1f} mm per 100 mm"
    )


def show(row: dict[str, object]) -> str:
    lines = [
        f"{row['table']}: {row['n']} soils of {row['groups']} publications, "
        f"{row['left_out']} outside the range of the equations",
        f"  r2    learned {row['ours']:.3f}, Saxton-Rawls {row['baseline']:.3f}; organic matter "
        f"known ({row['n_organic_matter_known']}): {row['learned_where_known']:.3f}, "
        f"{row['saxton_rawls_where_known']:.3f}",
        f"  rmse  learned {row['rmse_learned']:.3f}, Saxton-Rawls {row['rmse_saxton_rawls']:.3f} "
        f"(bias {row['bias_saxton_rawls']:+.3f}) cm3/cm3",
    ]
    return "\n".join(lines)


def show_bias(rows: list[dict[str, object]]) -> str:
    """Table of docs/explanation/soil.md: predicted minus measured, % of the volume."""
    found = [{one["texture"]: one for one in row["bias_by_texture"]} for row in rows]
    heads = [f"{KPA[row['table']]} kPa: Saxton-Rawls | learned | soils" for row in rows]
    lines = [f"| texture | {' | '.join(heads)} |", "|---" * (1 + 3 * len(rows)) + "|"]
    for name in TEXTURE_CLASSES:
        cells = [
            f"{one[name]['saxton_rawls']:+.1f} | {one[name]['learned']:+.1f} | {one[name]['n']}"
            if name in one
            else " | | 0"
            for one in found
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--part", choices=("all", "design", "sealed"), default="all")
    parser.add_argument("--assignments", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    rows = []
    for name in TABLES:
        rows.append(score(name, given))
        print(json.dumps(rows[-1]) if given.json else show(rows[-1]), flush=True)
    water = available(given.part)
    print(json.dumps(water) if given.json else show_available(water))
    if not given.json:
        print(f"\nPredicted minus measured, % of the volume:\n\n{show_bias(rows)}")


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        main()
