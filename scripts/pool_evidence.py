"""Rebuild the pooled rows of src/edaphon/practices/evidence.csv from SoilHealthDB.

Run ``python scripts/pool_evidence.py`` with EDAPHON_DATA naming the folder that holds
soilhealthdb/SoilHealthDB_V2.csv (default ../shared/data). Rows of other bases (literature) are
kept as they are. The table itself may not be passed on; its pooled figures may, with citation.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from edaphon.effects.climate import climate_of
from edaphon.effects.pooling import PooledEffect, pool
from edaphon.practices.evidence import ANY, EVIDENCE_FILE, grade_of

SOURCE = (
    "SoilHealthDB V2, Jian, Du & Stewart 2020, Scientific Data 7:16, "
    "doi 10.1038/s41597-020-0356-3; pooled by study (REML)"
)
CODES = {
    "cover_crop": ("CC",),
    "no_till": ("NT",),
    "agroforestry": ("AF",),
    "organic": ("OF",),
    "cover_crop+no_till": ("CC-NT",),
    ANY: (),
}
COLUMNS = {
    "soc": "OC",
    "yield": "Yield",
    "microbial_biomass": "MBC",
    "earthworm_abundance": "SoilFauna",
    "soil_water": "SWC",
    "infiltration": "Infiltration",
    "aggregate_stability": "Aggre",
    "erosion": "Erosion",
    "runoff": "Runoff",
}
WORMS = r"(?i)earthwarm|earthworm"
LARGEST_LNRR = 2.5
MIN_STUDIES = 3
DECIMALS = 6


def read_trials(folder: Path) -> pd.DataFrame:
    """Return SoilHealthDB without its duplicated rows."""
    path = folder / "soilhealthdb" / "SoilHealthDB_V2.csv"
    return pd.read_csv(path, encoding="latin-1", low_memory=False).drop_duplicates()


def lnrr_table(trials: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Return study, practice code, climate, year and lnRR of the pairs of one outcome."""
    column = COLUMNS[outcome]
    control, treated = trials[f"{column}_C"], trials[f"{column}_T"]
    usable = (control > 0) & (treated > 0)
    if outcome == "earthworm_abundance":
        usable &= trials["26.SoilFauna_Comments"].fillna("").str.contains(WORMS)
    rows = trials[usable]
    table = pd.DataFrame(
        {
            "study": rows["StudyID"],
            "code": rows["Conservation_Type"],
            "climate": climate_of(rows["Latitude"].to_numpy(float)),
            "year": rows["YearPublication"],
            "lnrr": np.log(treated[usable] / control[usable]),
        }
    )
    return table[table["lnrr"].abs() <= LARGEST_LNRR]


def evidence_row(
    practice: str, outcome: str, climate: str, pairs: pd.DataFrame
) -> dict[str, object]:
    """Return one row of evidence.csv."""
    effect: PooledEffect = pool(pairs["lnrr"], pairs["study"])
    years = pairs["year"].dropna()
    return {
        "intervention": practice,
        "outcome": outcome,
        "climate": climate,
        "lnrr": round(effect.mean, DECIMALS),
        "se": round(effect.se, DECIMALS),
        "tau": round(effect.tau, DECIMALS),
        "sigma": round(effect.sigma, DECIMALS),
        "studies": effect.studies,
        "pairs": effect.pairs,
        "years": f"{years.min():.0f}-{years.max():.0f}" if len(years) else "",
        "grade": grade_of(effect.studies),
        "basis": "pooled",
        "source": SOURCE,
    }


def pooled_rows(trials: pd.DataFrame) -> pd.DataFrame:
    """Pool every practice, outcome and climate with at least three studies."""
    rows = []
    for outcome in COLUMNS:
        table = lnrr_table(trials, outcome)
        for practice, codes in CODES.items():
            chosen = table[table["code"].isin(codes)] if codes else table
            climates = ("all",) if practice == ANY else ("all", *sorted(set(chosen["climate"])))
            for climate in climates:
                pairs = chosen if climate == "all" else chosen[chosen["climate"] == climate]
                if climate and pairs["study"].nunique() >= MIN_STUDIES:
                    rows.append(evidence_row(practice, outcome, climate, pairs))
    return pd.DataFrame(rows)


def main() -> None:
    """Replace the pooled rows of the shipped table."""
    folder = Path(os.environ.get("EDAPHON_DATA", "../shared/data"))
    pooled = pooled_rows(read_trials(folder))
    others = pd.read_csv(EVIDENCE_FILE, keep_default_na=False, dtype=str).query("basis != 'pooled'")
    pd.concat([pooled, others]).to_csv(EVIDENCE_FILE, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
