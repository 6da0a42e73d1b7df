"""Tables in Marxan's dialects: any separator, quotes and case; faults told by file and line."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.errors import DataError, Finding, raise_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHOWN = 5
"""Faults of one kind that are told one by one."""


def file_of(folder: Path, name: str) -> Path | None:
    """Return a file of a folder, whatever the case of its name."""
    if (folder / name).is_file():
        return folder / name
    if not folder.is_dir():
        return None
    same = (one for one in sorted(folder.iterdir()) if one.name.casefold() == name.casefold())
    return next((one for one in same if one.is_file()), None)


def text_of(path: Path) -> str:
    """Return the text of a file in UTF-8 or Windows-1252."""
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def table_of(path: Path) -> pd.DataFrame:
    """Read one table as text; its index holds the line in the file, attrs its name.

    The separator is the first of tab, comma and semicolon that the header holds, else spaces.
    """
    lines = [(k, line) for k, line in enumerate(text_of(path).splitlines(), 1) if line.strip()]
    if not lines:
        raise DataError(Finding(path.name, "is empty"))
    header = lines[0][1]
    mark = next((mark for mark in "\t,;" if mark in header), " ")
    # line by line: a quote that is never closed would swallow the lines that follow
    plain = (" ".join(line.split()) if mark == " " else line for _, line in lines)
    rows = [next(csv.reader([line], delimiter=mark)) for line in plain]
    names = [_plain(name).casefold() for name in rows[0]]
    faults = [
        Finding(
            f"{path.name}: line {number}",
            f"has {len(row)} values for {len(names)} columns",
            "Every line needs as many as the header.",
        )
        for (number, _), row in zip(lines[1:], rows[1:], strict=True)
        if len(row) != len(names)
    ]
    raise_errors(faults[:SHOWN], DataError)
    cells = [[_plain(cell) for cell in row] for row in rows[1:]]
    table = pd.DataFrame(cells, columns=names, index=[number for number, _ in lines[1:]], dtype=str)
    table.attrs["name"] = path.name
    return table


def _plain(cell: str) -> str:
    return cell.strip().strip("\"'").strip()


def column_of(table: pd.DataFrame, *names: str) -> pd.Series:
    """Return the first column of these names, as text."""
    for name in names:
        if name in table.columns:
            found: pd.Series = table[name]
            return found
    what = f"has no column {names[0]}"
    hint = f"Its columns are {', '.join(map(str, table.columns))}."
    raise DataError(Finding(f"{table.attrs['name']}: header", what, hint))


def numbers_of(table: pd.DataFrame, name: str, default: float | None = None) -> NDArray[np.float64]:
    """Return a column of numbers; `default` where the column or the value is missing."""
    if default is not None and name not in table.columns:
        return np.full(len(table), default)
    text = column_of(table, name)
    values = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
    blank = text.str.casefold().isin(["", "na", "nan"]).to_numpy()
    if default is not None:
        values = np.where(blank, default, values)
    wrong = np.flatnonzero(~np.isfinite(values))[:SHOWN]
    raise_errors(
        [
            Finding(
                f"{table.attrs['name']}: line {table.index[k]}",
                f"{name} is {text.iloc[k]!r}",
                "Give a number.",
            )
            for k in wrong
        ],
        DataError,
    )
    return values


def ids_of(text: pd.Series) -> NDArray[np.str_]:
    """Return ids as text, 3.0 as 3."""
    return np.array([one.removesuffix(".0") for one in text.tolist()], dtype=np.str_)


def check_once(ids: NDArray[np.str_], table: pd.DataFrame) -> None:
    """Raise for ids that stand twice, or are empty."""
    seen: set[str] = set()
    faults = []
    for k, one in enumerate(ids.tolist()):
        if one in seen or not one:
            what = f"id {one} stands twice" if one else "has no id"
            faults.append(Finding(f"{table.attrs['name']}: line {table.index[k]}", what))
        seen.add(one)
    raise_errors(faults[:SHOWN], DataError)
