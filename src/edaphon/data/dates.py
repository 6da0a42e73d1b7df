"""Columns of dates as decimal years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.config.dates import DateError, decimal_year
from edaphon.data.messages import name_some
from edaphon.errors import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray


def decimal_years(column: pd.Series) -> NDArray[np.float64]:
    """Return dates as decimal years (`edaphon.config.dates.decimal_year`).

    Parameters
    ----------
    column : Series, n rows
        Dates, text, or years as numbers.

    Returns
    -------
    float64 array, shape (n,)
        nan where a cell is empty or no date.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m-%d")
    elif pd.api.types.is_float_dtype(column) and bool((column.dropna() % 1 == 0).all()):
        column = column.astype("Int64")
    known = {}
    for cell in column.dropna().unique():
        try:
            known[cell] = decimal_year(str(cell))
        except DateError:
            known[cell] = np.nan
    return column.map(known).to_numpy(np.float64, na_value=np.nan)


def date_column(
    table: pd.DataFrame, column: str, source: str
) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    """Return a column of dates as decimal years, with a finding for what is no date.

    Parameters
    ----------
    table : DataFrame
        From `edaphon.data.delimited.read_table`; the index holds line numbers.
    column : str
    source : str
        File name.

    Returns
    -------
    years : float64 array, shape (n_rows,)
        nan where missing or no date.
    findings : tuple of Finding
        One error that names lines and values, if there is something else than dates.
    """
    given = table[column]
    years = decimal_years(given)
    bad = np.asarray(given.notna()) & ~np.isfinite(years)
    if not bad.any():
        return years, ()
    lines = table.index[bad]
    some = name_some(
        f"line {line}: '{value}'" for line, value in zip(lines, given[bad], strict=True)
    )
    what = f"{bad.sum()} of {len(given)} rows hold no date ({some})"
    hint = "Write 2022-07-18, 18.07.2022, 2022-07 or 2022; leave missing dates empty."
    return years, (Finding(f"{source}: line {lines[0]}: {column}", what, hint),)
