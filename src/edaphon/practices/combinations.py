"""What practices applied together bring, as a share of the sum of what each brings alone."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

COMBINATIONS_FILE = Path(__file__).with_name("combinations.csv")
TYPICAL = (frozenset({"cover_crop", "no_till"}), "soc")
"""The combination with the most studies; where nothing was measured its factor stands in."""


@dataclass(frozen=True)
class Factor:
    """A factor on the parts' summed lnRR.

    Attributes
    ----------
    mean, sd : float
        Median of observed lnRR over the sum of the parts', and its spread: the width of its 90 %
        interval over 3.29.
    studies : int
        Of the practices together.
    source : str
        Citation.
    """

    mean: float
    sd: float
    studies: int
    source: str


@cache
def read_factors() -> dict[tuple[frozenset[str], str], Factor]:
    """Return the factors that trials gave, by parts and outcome, as scripts/pool_evidence.py made.

    Where two databases tell of one, the one with more studies stands.
    """
    found: dict[tuple[frozenset[str], str], Factor] = {}
    with COMBINATIONS_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = frozenset(row["bundle"].split("+")), row["outcome"]
            factor = Factor(
                float(row["factor"]), float(row["sd"]), int(row["studies"]), row["source"]
            )
            if key not in found or found[key].studies < factor.studies:
                found[key] = factor
    return found


def factors_of(parts: tuple[str, ...]) -> dict[str, Factor]:
    """Return the factors of a bundle by outcome, "default" for what was not measured of it.

    Parameters
    ----------
    parts : tuple of str

    Returns
    -------
    dict of str to Factor
    """
    known = {
        outcome: factor
        for (members, outcome), factor in read_factors().items()
        if members == frozenset(parts)
    }
    return {**known, "default": read_factors()[TYPICAL]}
