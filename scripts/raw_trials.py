"""The raw tables of trials that pooled figures come from, as pairs: read, never passed on.

Each reader returns one row per pair of a control and a treatment: study, practice (the database's
own code), climate (by latitude, "" where unknown), year, lnrr, and what may moderate an effect.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from edaphon.effects.climate import climate_of

LARGEST_LNRR = 2.5
"""Ratios beyond twelvefold are taken for errors of unit or transcription and left out."""
UNKNOWN = "unknown"
SHDB, ERA = "soilhealthdb", "era_africa"
AFRICA = (-35.0, 38.0)
"""Latitudes of the continent that ERA covers; what lies beyond is a slip and tells no climate."""
WORMS = r"(?i)earthwarm|earthworm"


def read_soilhealthdb(folder: Path) -> pd.DataFrame:
    """SoilHealthDB without its duplicated rows."""
    path = folder / SHDB / "SoilHealthDB_V2.csv"
    return pd.read_csv(path, encoding="latin-1", low_memory=False).drop_duplicates()


def read_era(folder: Path) -> pd.DataFrame:
    """ERA's slim table without its duplicated rows."""
    table = pd.read_csv(folder / ERA / "era_slim.csv.gz", low_memory=False)
    return table.drop_duplicates(subset=[name for name in table.columns if name != "Index"])


def soilhealthdb_pairs(raw: pd.DataFrame, column: str) -> pd.DataFrame:
    """Pairs of one outcome of SoilHealthDB, by the start of its columns (OC, Yield, ...)."""
    sides = [pd.to_numeric(raw[f"{column}_{side}"], errors="coerce") for side in "CT"]
    rows = raw[(sides[0] > 0) & (sides[1] > 0)]
    if column == "SoilFauna":
        rows = rows[rows["26.SoilFauna_Comments"].fillna("").str.contains(WORMS)]
    control, treated = (side.loc[rows.index] for side in sides)
    moderators = ("Duration", "MAT", "MAP", "ClayPerc", "SandPerc", "SoilpH", "BackgroundSOC")
    return _kept(
        study=rows["StudyID"].astype(str),
        practice=rows["Conservation_Type"],
        latitude=rows["Latitude"],
        year=rows["YearPublication"],
        lnrr=np.log(treated / control),
        **{name: pd.to_numeric(rows[name], errors="coerce") for name in moderators},
    )


def era_pairs(raw: pd.DataFrame, outcome: str, *, finer: bool = False) -> pd.DataFrame:
    """Pairs of one outcome of ERA; `finer`: by sub-practice."""
    rows = raw[(raw["Out.SubInd"] == outcome) & (raw["MeanC"] > 0) & (raw["MeanT"] > 0)]
    moderators = {
        "Duration": "Duration",
        "MAT": "Mean.Annual.Temp",
        "MAP": "Mean.Annual.Precip",
        "ClayPerc": "CLY",
        "SandPerc": "SND",
        "SoilpH": "Soil.pH",
    }
    return _kept(
        study=rows["Code"].astype(str),
        practice=rows["SubPrName" if finer else "PrName"],
        latitude=rows["Latitude"].where(rows["Latitude"].between(*AFRICA)),
        year=rows["Date"],
        lnrr=np.log(rows["MeanT"] / rows["MeanC"]),
        **{name: pd.to_numeric(rows[key], errors="coerce") for name, key in moderators.items()},
    )


def _kept(**columns: pd.Series) -> pd.DataFrame:
    """Return the pairs without those that are no effects."""
    table = pd.DataFrame(columns)
    latitude = pd.to_numeric(table.pop("latitude"), errors="coerce")
    table["practice"] = table["practice"].fillna(UNKNOWN)
    table["year"] = pd.to_numeric(table["year"], errors="coerce")
    table["climate"] = climate_of(latitude.to_numpy(float))
    return table[table["lnrr"].abs() <= LARGEST_LNRR].reset_index(drop=True)
