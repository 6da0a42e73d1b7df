"""Samples made of a table that is in memory already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from edaphon.data.columns import categorical, code_type
from edaphon.data.dates import decimal_years
from edaphon.data.geometry import WGS84, centered_projection, transform_points
from edaphon.data.landscape import Samples
from edaphon.data.messages import counted, unknown_column
from edaphon.errors import DataError, Finding, expect, raise_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SOURCE = "samples"
"""What messages call a table that has no file."""


def samples_from_frame(
    frame: pd.DataFrame,
    *,
    response: str,
    predictors: Sequence[str],
    unit: str = "",
    group: str | None = None,
    longitude: str | None = None,
    latitude: str | None = None,
    x: str | None = None,
    y: str | None = None,
    weight: str | None = None,
    date: str | None = None,
    name: str = "",
    categories: Sequence[str] = (),
    sets: Mapping[str, Sequence[str]] | None = None,
) -> Samples:
    """Take samples from the columns of a table, one row per measurement.

    Parameters
    ----------
    frame : DataFrame, n rows
    response : str
        Column of measured values; rows without one are left out, with a note.
    predictors : sequence of str
        Columns learned from. Text and categoricals are categories, all else amounts.
    unit : str
        Of the response.
    group : str, optional
        Column of the study, provider or profile; an empty cell is a group of its own.
    longitude, latitude : str, optional
        Columns in degrees (WGS 84).
    x, y : str, optional
        Columns in meters of an equal-area projection; made of the degrees if not given.
    weight : str, optional
        Column of weights above 0.
    date : str, optional
        Column of dates or years (`edaphon.config.dates.decimal_year`).
    name : str
        Of the surrogate; the response if empty.
    categories : sequence of str
        Predictors whose numbers are codes.
    sets : mapping of str to sequence of str, optional
        Optional sets of predictors that the fit accepts or refuses as a whole.

    Returns
    -------
    Samples

    Raises
    ------
    DataError
        If a column is missing, numbers are none, weights are not above 0, or neither a group nor
        coordinates are named.
    """
    expect(frame=(frame, pd.DataFrame))
    named = {"response": response, "group": group, "longitude": longitude, "latitude": latitude,
             "x": x, "y": y, "weight": weight, "date": date}  # fmt: skip
    columns = {key: column for key, column in named.items() if column is not None}
    offered = {key: tuple(held) for key, held in (sets or {}).items()}
    used = tuple(dict.fromkeys([*predictors, *(c for part in offered.values() for c in part)]))
    raise_errors(_unknown(frame, columns, (*used, *categories)))
    numbers = {
        key: _numbers(frame, key, column)
        for key, column in columns.items()
        if key not in ("group", "date")
    }
    measured = np.isfinite(numbers["response"])
    kept = frame[measured].reset_index(drop=True)
    values: dict[str, Any] = {key: held[measured] for key, held in numbers.items()}
    raise_errors(_place_faults(values, group, _SOURCE))
    values |= _projected(values)
    table = pd.DataFrame({str(column): _predictor(kept[column], column in categories)
                          for column in used})  # fmt: skip
    return Samples(
        name=name or response,
        response=values["response"],
        unit=unit,
        predictors=table,
        **{key: values.get(key) for key in ("x", "y", "longitude", "latitude", "weight")},
        group=None if group is None else _groups(kept[group]),
        year=None if date is None else decimal_years(kept[date]),
        sets=offered,
        findings=_left_out(measured, response),
        source=_SOURCE,
    )


def _unknown(
    frame: pd.DataFrame, columns: Mapping[str, str], predictors: Sequence[str]
) -> list[Finding]:
    """Columns that are named and not there."""
    named = {column: key for key, column in columns.items()}
    named |= dict.fromkeys(predictors, "predictors")
    return [
        unknown_column(key, column, frame.columns, _SOURCE)
        for column, key in named.items()
        if column not in frame.columns
    ]


def _projected(values: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """Coordinates in meters made of degrees, where only these are given."""
    if "longitude" not in values or "x" in values:
        return {}
    east, north = values["longitude"], values["latitude"]
    x, y = transform_points(east, north, WGS84, centered_projection(east, north))
    return {"x": x, "y": y}


def _left_out(measured: NDArray[np.bool_], response: str) -> tuple[Finding, ...]:
    """Note rows without a measured value."""
    if measured.all():
        return ()
    what = f"left out {counted((~measured).sum(), 'row')} without a value of {response}"
    return (Finding(_SOURCE, what, severity="note"),)


def _numbers(frame: pd.DataFrame, key: str, column: str) -> NDArray[np.float64]:
    """Return a column as float64, NaN where a cell is empty."""
    try:
        return pd.to_numeric(frame[column]).to_numpy(np.float64)
    except (ValueError, TypeError) as error:
        hint = "Give numbers only, or leave cells empty."
        raise DataError(Finding(f"{key}: {column}", f"text stands here ({error})", hint)) from error


def _place_faults(values: dict[str, Any], group: str | None, source: str) -> list[Finding]:
    """Faults of coordinates and weights, and the want of a group."""
    findings = []
    for one, other in (("longitude", "latitude"), ("x", "y")):
        if (one in values) != (other in values):
            findings.append(Finding(source, f"{one} and {other} go together", "Name both."))
    if group is None and not {"longitude", "x"} & set(values):
        hint = "Name group, or longitude and latitude, or x and y."
        what = "without a group or coordinates nothing can be held out together"
        findings.append(Finding(source, what, hint))
    for key in ("longitude", "latitude", "x", "y"):
        missing = int((~np.isfinite(values.get(key, np.zeros(0)))).sum())
        if missing:
            what = f"no number in {counted(missing, 'row')}"
            findings.append(Finding(f"{source}: {key}", what, "Fill them in or remove the rows."))
    bad = int((~(values.get("weight", np.ones(0)) > 0)).sum())
    if bad:
        what = f"{counted(bad, 'weight')} missing or not above 0"
        findings.append(Finding(f"{source}: weight", what, "Weights lie above 0."))
    return findings


def _predictor(column: pd.Series, coded: bool) -> pd.Series:
    """Return amounts as they are, and codes as a categorical."""
    text = not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column
    return categorical(column, code_type(column)) if coded or text else column


def _groups(column: pd.Series) -> NDArray[np.str_]:
    """Return labels as text, each empty cell a label of its own."""
    labels = column.astype(object).to_numpy()
    missing = column.isna().to_numpy()
    own = [f"row {k + 1}" for k in range(len(labels))]
    return np.where(missing, own, labels.astype(str)).astype(str)
