"""What practices take off threats to the soil: the matrix that ships."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from edaphon.practices.shipped import INTERVAL_SDS

MATRIX_FILE = Path(__file__).with_name("threats.csv")
MEASURED = {"erosion": "erosion"}
"""Threats whose reductions follow from the evidence on an outcome: 1 - exp(lnRR)."""


@dataclass(frozen=True)
class Reduction:
    """Share that a practice takes off a threat.

    Attributes
    ----------
    mean, sd : float
        Below 0 = it adds.
    source : str
    judged : bool
        Whether no trial measured it.
    """

    mean: float
    sd: float
    source: str
    judged: bool = True


@cache
def threat_matrix() -> dict[tuple[str, str], Reduction]:
    """Return what ships: (intervention, threat) to its reduction.

    The range from low to high of threats.csv is taken for a 90 % interval. Erosion by the practices
    that trials measured is not in it: that follows from evidence.csv.
    """
    with MATRIX_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        (row["intervention"], row["threat"]): Reduction(
            mean=float(row["reduction"]),
            sd=(float(row["high"]) - float(row["low"])) / INTERVAL_SDS,
            source=f"{row['basis']}: {row['source']}",
            judged=row["basis"] == "judgement",
        )
        for row in rows
    }
