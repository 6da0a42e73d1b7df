"""The evidence behind the interventions: evidence.csv, its classes and its grades."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from edaphon.practices.values import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable

EVIDENCE_FILE = Path(__file__).with_name("evidence.csv")
CLIMATES = ("tropical", "subtropical", "temperate", "cold")
ALL = "all"
"""Climate of a row over all climates: of every study pooled, or of a worldwide review."""
ANY = "any"
"""Intervention of a row over all practices: how far an outcome spreads whatever the practice."""
GRADE_STUDIES = ((30, "A"), (10, "B"), (3, "C"))


def grade_of(studies: int) -> str:
    """Return the grade of an effect size by its number of studies.

    Parameters
    ----------
    studies : int
        0 where the number is not known.

    Returns
    -------
    str
        "A" from 30 studies, "B" from 10, "C" from 3, "D" below: a convention of this package.
    """
    return next((grade for least, grade in GRADE_STUDIES if studies >= least), "D")


def basis_of(rows: Iterable[Evidence]) -> str:
    """Return what a practice rests on: the best basis among its effect sizes.

    Parameters
    ----------
    rows : iterable of Evidence

    Returns
    -------
    str
        "pooled", "literature", or "judgement" where nothing was measured.
    """
    found = {row.basis for row in rows}
    return next((basis for basis in ("pooled", "literature") if basis in found), "judgement")


def best_grade(rows: Iterable[Evidence]) -> str:
    """Return the best grade among a practice's effect sizes; "D" where it has none."""
    return min((row.grade for row in rows), default="D")


@cache
def read_evidence() -> tuple[Evidence, ...]:
    """Return every row of evidence.csv.

    A review that covers several climates, written ``temperate|cold``, becomes one row for each.
    Standard errors and spreads that a source does not print are nan.

    Returns
    -------
    tuple of Evidence
        In the order of the file.
    """
    with EVIDENCE_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(_evidence(row, climate) for row in rows for climate in row["climate"].split("|"))


def _evidence(row: dict[str, str], climate: str) -> Evidence:
    return Evidence(
        intervention=row["intervention"],
        outcome=row["outcome"],
        climate=climate,
        lnrr=float(row["lnrr"]),
        se=float(row["se"] or "nan"),
        tau=float(row["tau"] or "nan"),
        sigma=float(row["sigma"] or "nan"),
        studies=int(row["studies"] or 0),
        pairs=int(row["pairs"] or 0),
        years=row["years"],
        grade=row["grade"],
        basis=row["basis"],
        source=row["source"],
    )
