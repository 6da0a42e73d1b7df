"""Columns of shares and amounts that a config names for its units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.quantity import QuantityError, parse_quantity
from edaphon.data.columns import unit_numbers
from edaphon.data.messages import counted, name_some, unknown_column
from edaphon.errors import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Landscape


def share_column(
    landscape: Landscape, column: str, where: str, findings: list[Finding]
) -> NDArray[np.float64]:
    """Read a column of shares from 0 to 1.

    Parameters
    ----------
    landscape : Landscape
    column : str
    where : str
        Where the config names it.
    findings : list of Finding
        Appended to: an error where it is not there, or holds text or values outside 0 to 1.

    Returns
    -------
    float64 array, shape (n_units,)
        nan where missing.
    """
    if column not in landscape.attributes.columns:
        columns = landscape.attributes.columns
        findings.append(unknown_column(where, column, columns, landscape.source))
        return np.full(landscape.n_units, np.nan)
    values, found = unit_numbers(landscape, column)
    findings += found
    outside = (values < 0) | (values > 1)
    if outside.any():
        units = f"{counted(int(outside.sum()), 'unit')} ({name_some(landscape.ids[outside])})"
        what = f"{column} lies outside 0 to 1 in {units}"
        findings.append(Finding(where, what, "Write shares: 30 % is 0.3."))
    return values


def column_or_quantity(
    landscape: Landscape, given: str, unit: str, where: str, findings: list[Finding]
) -> NDArray[np.float64]:
    """Read a column, whose numbers are in `unit`, or a quantity that holds for all units.

    Parameters
    ----------
    landscape : Landscape
    given : str
        Name of a column, or text as "800 EUR/ha/yr".
    unit : str
    where : str
        Where the config holds it.
    findings : list of Finding
        Appended to: an error where it is neither.

    Returns
    -------
    float64 array, shape (n_units,)
        nan where missing.
    """
    if given in landscape.attributes.columns:
        values, found = unit_numbers(landscape, given)
        findings += found
        return values
    try:
        return np.full(landscape.n_units, parse_quantity(given, unit).to(unit))
    except QuantityError as error:
        columns = landscape.attributes.columns
        missing = unknown_column(where, given, columns, landscape.source)
        if given[:1].isdigit():
            findings.append(Finding(where, error.what, error.hint))
        else:
            findings.append(missing)
        return np.full(landscape.n_units, np.nan)
