"""Columns of tables as text, numbers or codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from edaphon.data.messages import counted, name_some
from edaphon.errors import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Landscape


def as_text(values: pd.Series) -> NDArray[np.str_]:
    """Text of a column without blanks around it; missing values "", whole numbers without point.

    Parameters
    ----------
    values : Series, n rows

    Returns
    -------
    str array, shape (n,)
    """
    if pd.api.types.is_float_dtype(values):
        given = values.dropna()
        if bool(((given % 1 == 0) & (given.abs() < 2**53)).all()):  # whole and exact
            values = values.astype("Int64")
    text = values.astype(object).where(values.notna(), "").map(str)
    return np.char.strip(text.to_numpy(dtype=str))


def unit_numbers(
    landscape: Landscape, column: str, hint: str = "Write numbers only; leave missing values empty."
) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    """Read a column of the landscape as numbers.

    Parameters
    ----------
    landscape : Landscape
    column : str
        One of its attributes.
    hint : str
        Remedy for text among the numbers.

    Returns
    -------
    values : float64 array, shape (n_units,)
        nan where missing, not finite or not a number.
    findings : tuple of Finding
        One error that names units and values, if there is text, a date or a list.
    """
    given = landscape.attributes[column]
    dated = pd.api.types.is_datetime64_any_dtype(given) or pd.api.types.is_timedelta64_dtype(given)
    numbers = pd.to_numeric(given.map(str) if dated else given, errors="coerce")
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    text = (given.notna() & numbers.isna()).to_numpy(dtype=bool)
    values = np.where(np.isfinite(values), values, np.nan)
    if not text.any():
        return values, ()
    some = name_some(
        f"unit {unit}: '{value}'"
        for unit, value in zip(landscape.ids[text], given[text], strict=True)
    )
    kind = "dates" if dated else "text"
    what = f"{kind} in the numeric column {column} in {counted(text.sum(), 'unit')} ({some})"
    return values, (Finding(f"{landscape.source}: {column}", what, hint),)


def code_type(values: pd.Series) -> pd.CategoricalDtype:
    """Return the type of a column of codes: sorted, whole numbers as int64, others as text.

    Missing and infinite values are no codes.
    """
    codes = values.dropna()
    if pd.api.types.is_numeric_dtype(codes) and not pd.api.types.is_bool_dtype(codes):
        numbers = codes.to_numpy(dtype=np.float64)
        numbers = np.unique(numbers[np.isfinite(numbers)])
        if (numbers == np.round(numbers)).all():
            return pd.CategoricalDtype(pd.Index(numbers.astype(np.int64)))
    return pd.CategoricalDtype(np.unique(as_text(codes)).astype(object).tolist())


def categorical(values: pd.Series, dtype: Any) -> pd.Series:
    """Return values as a predictor's type; codes that the type does not know become missing.

    Parameters
    ----------
    values : Series
        Numbers, text, or already of the type.
    dtype : CategoricalDtype or numpy dtype
        From `code_type`, or of a numeric column, which is converted as it is.
    """
    if not isinstance(dtype, pd.CategoricalDtype) or isinstance(values.dtype, pd.CategoricalDtype):
        return values.astype(dtype)
    if pd.api.types.is_integer_dtype(dtype.categories.dtype):
        codes = pd.to_numeric(values, errors="coerce").astype(np.float64)
    else:
        codes = pd.Series(as_text(values).astype(object), index=values.index)
    return codes.where(codes.isin(dtype.categories)).astype(dtype)
