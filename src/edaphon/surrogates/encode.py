"""Predictor tables as plain number matrices: amounts as they are, categories one column a code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.errors import DataError, Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Encoder:
    """How a predictor table becomes a matrix.

    Attributes
    ----------
    predictors : tuple of str
    codes : dict of str to tuple of str
        Codes seen in training, by predictor of categories.
    medians : dict of str to float
        Training medians of the other predictors; they stand in where a value is missing.
    """

    predictors: tuple[str, ...]
    codes: dict[str, tuple[str, ...]]
    medians: dict[str, float]

    @property
    def owners(self) -> NDArray[np.int64]:
        """Position of the predictor that each column of the matrix comes from, shape (p,)."""
        widths = [len(self.codes.get(name, (name,))) for name in self.predictors]
        return np.repeat(np.arange(len(self.predictors)), widths)

    def only(self, predictors: tuple[str, ...]) -> Encoder:
        """Return the encoder of some of the predictors; unknown names are passed over."""
        kept = tuple(name for name in self.predictors if name in predictors)
        return Encoder(
            kept,
            {name: codes for name, codes in self.codes.items() if name in kept},
            {name: middle for name, middle in self.medians.items() if name in kept},
        )


def _text_codes(column: pd.Series) -> NDArray[np.object_]:
    """Codes as text, 3.0 and 3 alike; "" where missing."""
    values = column.astype(object).to_numpy()
    present = column.notna().to_numpy()
    texts = [
        str(int(value)) if isinstance(value, float | np.floating) and value == int(value) else
        str(value)
        for value in values[present]
    ]  # fmt: skip
    codes = np.full(len(values), "", dtype=object)
    codes[present] = texts
    return codes


def fit_encoder(table: pd.DataFrame) -> Encoder:
    """Learn codes and medians from the predictors of the samples.

    Parameters
    ----------
    table : DataFrame, (n_samples, n_predictors)
        Numeric and boolean columns are amounts; categorical and text columns are codes.

    Returns
    -------
    Encoder
    """
    names = tuple(str(name) for name in table.columns)
    codes: dict[str, tuple[str, ...]] = {}
    medians: dict[str, float] = {}
    for name in names:
        column = table[name]
        if pd.api.types.is_numeric_dtype(column):
            medians[name] = float(np.nanmedian(column.to_numpy(float)))
        else:
            codes[name] = tuple(sorted(set(_text_codes(column)) - {""}))
    return Encoder(names, codes, medians)


def encode(encoder: Encoder, table: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Turn a predictor table into a matrix.

    Parameters
    ----------
    encoder : Encoder
    table : DataFrame, (n, n_predictors)
        Must hold the encoder's predictors; further columns are ignored.

    Returns
    -------
    matrix : float64 array, shape (n, p)
        Missing and infinite amounts replaced by the training median, unknown codes all 0.
    complete : bool array, shape (n,)
        False where something was missing or a code is unknown.

    Raises
    ------
    DataError
        If a predictor is missing from the table, or text stands where amounts are expected.
    """
    findings = []
    complete = np.ones(len(table), dtype=bool)
    columns: list[NDArray[np.float64]] = []
    for name in encoder.predictors:
        if name not in table.columns:
            known = ", ".join(str(column) for column in table.columns)
            findings.append(
                Finding(
                    f"predictors: {name}", "this predictor is missing", f"The table has {known}."
                )
            )
        elif name in encoder.codes:
            texts = _text_codes(table[name])
            flags = np.column_stack([texts == code for code in encoder.codes[name]])
            complete &= flags.any(axis=1)
            columns.extend(flags.T.astype(float))
        elif not pd.api.types.is_numeric_dtype(table[name]):
            findings.append(
                Finding(
                    f"predictors: {name}",
                    "the surrogate learned numbers here, this table holds text",
                    "Give numbers, or list the predictor under predictors.categories.",
                )
            )
        else:
            values = table[name].to_numpy(float)
            finite = np.isfinite(values)
            complete &= finite
            columns.append(np.where(finite, values, encoder.medians[name]))
    if findings:
        raise DataError(findings)
    return np.column_stack([np.zeros((len(table), 0)), *columns]), complete
