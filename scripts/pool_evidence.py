"""Rebuild the pooled rows of evidence.csv, and combinations.csv, from the raw tables of trials.

Run ``python scripts/pool_evidence.py`` with EDAPHON_DATA naming the folder that holds soilhealthdb
and era_africa (default ../shared/data); it takes some minutes. Rows of other bases (literature) are
kept as they are. The tables themselves may not be passed on; pooled figures may, with citation.

A database's code stands for a practice only where it means the same thing: ERA's yields under
intercropping are those of the main crop alone, its alley cropping and pruned trees are not the
agroforestry of the catalogue, its green manures are no cover crops; they stay out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from raw_trials import era_pairs, read_era, read_soilhealthdb, soilhealthdb_pairs

from edaphon.effects.pooling import Pooled, PooledEffect, pool_practices
from edaphon.effects.spread import QUANTILE_RANGE
from edaphon.practices.combinations import COMBINATIONS_FILE
from edaphon.practices.evidence import ALL, ANY, CLIMATES, EVIDENCE_FILE, grade_of

HOW = "pooled by study (hierarchical over practices)"
SHDB_SOURCE = (
    "SoilHealthDB V2, Jian, Du & Stewart 2020, Scientific Data 7:16, "
    f"doi 10.1038/s41597-020-0356-3; {HOW}"
)
ERA_SOURCE = (
    "ERA (Evidence for Resilient Agriculture, CIAT and ICRAF), table ERA.Compiled of the package "
    f"ERAg, github EiA2030/ERAg; trials in Africa; {HOW}"
)
SHDB_CODES = {
    "CC": "cover_crop",
    "NT": "no_till",
    "RT": "reduced_tillage",
    "AF": "agroforestry",
    "OF": "organic",
    "SR": "mulch",
}
SHDB_COLUMNS = {
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
ERA_CODES = {
    "NoTill": "no_till",
    "MinTill": "reduced_tillage",
    "Inputs Manure": "manure",
    "Inputs Compost": "compost",
    "Biochar": "biochar",
    **{f"Mulch ({kind})": "mulch" for kind in ("nonNfix", "Nfix", "noID", "Other", "Mixed")},
    **{f"Rotation ({kind})": "diversified_rotation" for kind in ("nonNfix", "Nfix", "Mixed")},
    **{f"Intercrop ({kind})": "intercropping" for kind in ("nonNfix", "Nfix", "Mixed", "Unsp.")},
}
ERA_OUTCOMES = {
    "soc": "Soil Organic Carbon",
    "yield": "Crop Yield",
    "soil_water": "Soil Moisture",
    "infiltration": "Infiltration Rate",
    "erosion": "Erosion",
    "runoff": "Runoff",
}
OTHER_MEANING = {("intercropping", "yield")}
"""Practices whose trials in ERA measure something else than the catalogue's outcome."""
MIN_STUDIES = 3
KEPT = 4000
"""Rounds of the sampler: its own error is then under a tenth of the standard errors."""
DECIMALS = 4
SURE, WIDEST, LEAST_TOGETHER = 0.95, 0.5, 5
"""A factor is told where the parts' sum has one sign in this share of the draws, where its own
spread is no wider than this, and where at least so many studies tried the practices together: few
studies are drawn toward the mean of all practices, and so their factor toward 1 / number of parts.
"""


@dataclass(frozen=True)
class Source:
    """One database: how its pairs are read, and what it is cited as."""

    name: str
    citation: str
    outcomes: Mapping[str, str]
    worldwide: bool
    """Whether it tells how far any practice spreads; ERA's fertilizers in Africa do not."""

    def tables(self, folder: Path) -> Iterator[tuple[str, pd.DataFrame]]:
        """Every outcome with its pairs, practices by the names of the catalogue."""
        if self.name == "soilhealthdb":
            read, codes = partial(soilhealthdb_pairs, read_soilhealthdb(folder)), SHDB_CODES
        else:
            raw = read_era(folder).assign(PrName=_finer)
            read, codes = partial(era_pairs, raw), ERA_CODES
        for outcome, key in self.outcomes.items():
            pairs = read(key)
            names = pairs["practice"].map(partial(_practice, codes=codes))
            yield outcome, pairs.assign(practice=names)


SOURCES = (
    Source("soilhealthdb", SHDB_SOURCE, SHDB_COLUMNS, worldwide=True),
    Source("era", ERA_SOURCE, ERA_OUTCOMES, worldwide=False),
)


def _finer(raw: pd.DataFrame) -> pd.Series:
    """ERA's finer codes where every one of them is a practice of the catalogue, else the coarse."""
    fine = raw["SubPrName"].fillna("")
    known = fine.map(lambda code: set(code.split("-")) <= set(ERA_CODES))
    return raw["PrName"].where(~known, fine)


def _practice(code: str, codes: Mapping[str, str]) -> str:
    """Return the catalogue's name of a code, or of codes joined by "-"; else it in brackets."""
    parts = code.split("-")
    if not set(parts) <= set(codes):
        return f"({code})"
    named = {codes[part] for part in parts}
    return "+".join(name for name in dict.fromkeys(codes.values()) if name in named)


def evidence_row(
    effect: PooledEffect, key: tuple[str, str, str], years: pd.Series, citation: str
) -> dict[str, object]:
    """One row of evidence.csv; `key` is practice, outcome and climate."""
    practice, outcome, climate = key
    years = years.dropna()
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
        "source": citation,
    }


def pooled_rows(
    outcome: str, pairs: pd.DataFrame, source: Source
) -> tuple[list[dict[str, object]], Pooled]:
    """Rows of one outcome, over all climates and by climate, and the pool over all climates."""
    rows, whole = [], None
    for climate in (ALL, *CLIMATES):
        here = pairs if climate == ALL else pairs[pairs["climate"] == climate]
        if here["study"].nunique() < MIN_STUDIES:
            continue
        pooled = pool_practices(here["lnrr"], here["study"], here["practice"], kept=KEPT)
        whole = pooled if climate == ALL else whole
        for practice, effect in pooled.effects.items():
            anything = practice == ANY
            if practice.startswith("(") or (anything and (climate != ALL or not source.worldwide)):
                continue
            if effect.studies < MIN_STUDIES or means_otherwise(practice, outcome):
                continue
            years = here["year"] if anything else here["year"][here["practice"] == practice]
            rows.append(evidence_row(effect, (practice, outcome, climate), years, source.citation))
    assert whole is not None
    return rows, whole


def means_otherwise(practice: str, outcome: str) -> bool:
    """Whether the trials of a practice, or of one of its parts, measure something else."""
    return any((part, outcome) in OTHER_MEANING for part in practice.split("+"))


def combination_rows(outcome: str, pooled: Pooled, citation: str) -> Iterator[dict[str, object]]:
    """Factors of the bundles that trials have: observed lnRR over the sum of the parts'."""
    draws = dict(zip(pooled.posterior.practices, pooled.posterior.mean.T, strict=True))
    enough = {name for name, one in pooled.effects.items() if one.studies >= MIN_STUDIES}
    for bundle in sorted(name for name in enough if "+" in name and not name.startswith("(")):
        parts, studies = bundle.split("+"), pooled.effects[bundle].studies
        few = not set(parts) <= enough or studies < LEAST_TOGETHER
        if few or means_otherwise(bundle, outcome):
            continue
        total = np.sum([draws[part] for part in parts], axis=0)
        if max((total > 0).mean(), (total < 0).mean()) < SURE:
            continue
        low, middle, high = np.quantile(draws[bundle] / total, [0.05, 0.5, 0.95])
        if high - low > WIDEST * QUANTILE_RANGE:
            continue
        yield {
            "bundle": bundle,
            "outcome": outcome,
            "factor": round(float(middle), 3),
            "sd": round(float((high - low) / QUANTILE_RANGE), 3),
            "studies": studies,
            "source": citation,
        }


def rebuilt(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the pooled rows of evidence.csv, and combinations.csv."""
    rows, factors = [], []
    for source in SOURCES:
        for outcome, pairs in source.tables(folder):
            found, whole = pooled_rows(outcome, pairs, source)
            rows += found
            factors += combination_rows(outcome, whole, source.citation)
    return pd.DataFrame(rows), pd.DataFrame(factors)


def main() -> None:
    """Replace the pooled rows of the shipped tables."""
    folder = Path(os.environ.get("EDAPHON_DATA", "../shared/data"))
    pooled, factors = rebuilt(folder)
    others = pd.read_csv(EVIDENCE_FILE, keep_default_na=False, dtype=str).query("basis != 'pooled'")
    pd.concat([pooled, others]).to_csv(EVIDENCE_FILE, index=False, lineterminator="\n")
    factors.to_csv(COMBINATIONS_FILE, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
