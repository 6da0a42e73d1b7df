"""Files on single planning units: how much each matters, and why it gets what it gets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from edaphon.portfolio.importance import importance
from edaphon.portfolio.reasons import Reasons, reason_table, reasons_for
from edaphon.portfolio.worth import worth_near
from edaphon.report.run_files import write_csv, write_parquet

if TYPE_CHECKING:
    from edaphon.data.landscape import Landscape
    from edaphon.problem.values import Front, Problem

CSV_UNITS = 20_000
"""Units up to which the tables are written as CSV, too."""


def write_unit_tables(
    folder: Path,
    *,
    landscape: Landscape,
    problem: Problem,
    front: Front,
    chosen: Sequence[int],
    anonymous: bool = False,
) -> dict[int, Reasons]:
    """Write units.parquet and reasons.parquet, and both as CSV for people.

    units: one row per unit, with region, farm and adviser where the landscape names them, and the
    importance that belongs to the first portfolio of the shortlist. reasons: one row per treated
    unit of each shortlisted portfolio. The CSV files are for handing on: an anonymous run does
    without them. A run of more than 20,000 units does without them and without the sentences.

    Returns
    -------
    dict of int to Reasons
        By row of the front.
    """
    found: dict[int, Reasons] = {}
    tables = []
    few = problem.n_units <= CSV_UNITS
    for number, row in enumerate(chosen):
        near = worth_near(problem, front, row)
        found[row] = reasons_for(problem, front, row, near)
        tables.append(reason_table(problem, front, row, found[row], spoken=few))
        if number == 0:
            units = importance(problem, front, row, near)
            units = _placed(landscape, units)
            units["portfolio"] = front.names[row]
            write_parquet(folder / "units.parquet", [units])
            if few and not anonymous:
                write_csv(folder / "units.csv", units)
    filled = [table for table in tables if len(table)] or tables[:1]
    if filled:
        reasons = pd.concat(filled, ignore_index=True)
        write_parquet(folder / "reasons.parquet", [reasons])
        if few and not anonymous:
            write_csv(folder / "reasons.csv", reasons)
    return found


def _placed(landscape: Landscape, units: pd.DataFrame) -> pd.DataFrame:
    """Add the columns by which people find a unit, behind its id."""
    made = units.copy()
    at = 1
    for name in ("region", "farm", "adviser"):
        values = getattr(landscape, name)
        if values is not None:
            made.insert(at, name, values)
            at += 1
    return made
