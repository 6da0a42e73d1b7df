"""CSV files as people save them: any delimiter, decimal commas, BOM, old encodings."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.data.columns import as_text
from edaphon.data.messages import counted, missing_file, name_some, unreadable_file
from edaphon.errors import DataError, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

MISSING = ("", "na", "nan", "n/a", "#n/a", "null", "none", "-", ".")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ("\t", ";", ",", "|")
_DECIMAL_COMMA = r"[+-]?(?:\d+(?:\.\d{3})*)?,\d+(?:[eE][+-]?\d+)?"
_DECIMAL_POINT = r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?"
_MOSTLY = 0.5
"""From this share of numbers on a column counts as one of numbers with texts among them."""
_CODE = r"[+-]?(?:0\d+|\d{16,})"
"""Whole numbers that a float would not give back: with leading zeros, or too long."""
_IDS = ("unit_id", "neighbor")
"""Columns whose texts are names even where they look like decimals: parcel 12.10 is not 12.1."""


def read_table(path: Path, where: str | None = None) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Read a CSV with commas, semicolons, tabs or bars, in UTF-8, UTF-16 or Windows-1252.

    Columns whose values are all numbers (with decimal points or commas) become float64, others
    stay text; missing values (empty, NA, nan, null, -) are nan or None. Codes with leading zeros
    or more than 15 digits stay text, so do ids of units that are no whole numbers. Text is
    normalized (Unicode NFC), so that an accent typed in two ways is one.

    Parameters
    ----------
    path : Path
    where : str, optional
        Place in the config, for findings about the file as a whole.

    Returns
    -------
    table : DataFrame
        Its index, named "line", holds the line of each row in the file.
    findings : tuple of Finding
        Notes on the encoding and on decimal commas.

    Raises
    ------
    DataError
        For a missing, empty, unreadable or binary file, doubled column names and rows of another
        length.
    """
    place = where or path.name
    if not path.exists():
        raise DataError(missing_file(place, path))
    text, notes = _decode(path, place)
    header, rows, lines = _parse(path, text, place)
    faults = _shape_faults(path, header, rows, lines)
    if faults:
        raise DataError(faults)
    table = pd.DataFrame(rows, columns=header, index=pd.Index(lines, name="line"), dtype=object)
    with_commas = [name for name in header if _convert(table, name)]
    return table, (*notes, *_commas_read(path.name, with_commas))


def read_commas(
    table: pd.DataFrame, names: Iterable[str], source: str
) -> tuple[dict[str, pd.Series], tuple[Finding, ...]]:
    """Read decimal commas where a file of shapes or a frame holds numbers as text.

    Parameters
    ----------
    table : DataFrame
    names : iterable of str
        Columns that may hold such text.
    source : str
        File name.

    Returns
    -------
    columns : dict of str to Series
        Those that do, with numbers for what is one; other text in them stays as it is.
    findings : tuple of Finding
        A note that names them.
    """
    read = {}
    for name in names:
        texts = table[name].dropna()
        if pd.api.types.is_string_dtype(texts) and texts.astype("str").str.contains(",").any():
            column = pd.DataFrame({name: as_text(table[name]).astype(object)})
            if _convert(column, name):
                read[name] = column[name]
    return read, _commas_read(source, list(read))


def _commas_read(source: str, names: list[str]) -> tuple[Finding, ...]:
    what = f"decimal commas were read in {name_some(names)}"
    return (Finding(source, what, severity="note"),) if names else ()


def _decode(path: Path, place: str) -> tuple[str, list[Finding]]:
    try:
        raw = path.read_bytes()
    except OSError as fault:
        raise DataError(unreadable_file(place, path, fault, "a CSV file")) from fault
    if not raw.strip():
        raise DataError(Finding(place, f"{path.name} is empty", "Give a CSV with a header line."))
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            note = Finding(path.name, f"read as {encoding} (byte order mark)", severity="note")
            return raw.decode(encoding, errors="replace"), [note]
    if b"\x00" in raw:
        hint = "Save it as CSV (UTF-8) from the spreadsheet."
        raise DataError(Finding(place, f"{path.name} is no text file", hint))
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError:
        what = "not UTF-8, read as latin-1 (Windows-1252)"
        hint = "If letters look wrong, save it as CSV UTF-8."
        note = Finding(path.name, what, hint, "note")
        return raw.decode("cp1252", errors="replace"), [note]


def _parse(path: Path, text: str, place: str) -> tuple[list[str], list[list[str]], list[int]]:
    text = unicodedata.normalize("NFC", text)
    first = next((line for line in text.splitlines() if line.strip()), "")
    counts = {mark: first.count(mark) for mark in _DELIMITERS}
    delimiter = max(counts, key=lambda mark: counts[mark])
    delimiter = delimiter if counts[delimiter] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        parsed = [
            ([field.strip() for field in row], reader.line_num)
            for row in reader
            if any(field.strip() for field in row)
        ]
    except csv.Error as fault:
        hint = "Close the quotes, or save it as CSV from the spreadsheet."
        what = f"cannot be read as a table ({fault})"
        raise DataError(Finding(f"{path.name}: line {reader.line_num}", what, hint)) from fault
    if not parsed:
        what = f"{path.name} holds no text"
        raise DataError(Finding(place, what, "Give a CSV with a header line."))
    rows = [row for row, _ in parsed]
    while len(rows[0]) > 1 and all(len(row) == len(rows[0]) and not row[-1] for row in rows):
        rows = [row[:-1] for row in rows]  # empty columns at the end, as spreadsheets leave them
    return rows[0], rows[1:], [line for _, line in parsed[1:]]


def _shape_faults(
    path: Path, header: list[str], rows: list[list[str]], lines: list[int]
) -> list[Finding]:
    faults = []
    doubled = sorted({name for name in header if header.count(name) > 1})
    for name in doubled:
        at = " and ".join(str(k + 1) for k, other in enumerate(header) if other == name)
        what = f"column '{name}' occurs more than once (columns {at})"
        faults.append(Finding(f"{path.name}: header", what, "Rename or remove one of them."))
    if not rows:
        what = "there is a header but no row"
        faults.append(Finding(path.name, what, "Give at least one row of data."))
    ragged = [line for row, line in zip(rows, lines, strict=True) if len(row) != len(header)]
    if ragged:
        what = f"not {len(header)} fields in {counted(len(ragged), 'line')} ({name_some(ragged)})"
        hint = "Put text that holds the delimiter in quotes, and fill in missing fields as empty."
        faults.append(Finding(f"{path.name}: line {ragged[0]}", what, hint))
    return faults


def _convert(table: pd.DataFrame, name: str) -> bool:
    """Make a column float64 in place if all its values are numbers; True for decimal commas.

    A column with decimal commas and decimal points stays text: 1.234 may be a thousand or one.
    In a column of numbers with a few texts only these stay as they are, so that they are named.
    """
    text = table[name].astype("str")
    missing = text.str.lower().isin(MISSING)
    table[name] = text.astype(object).where(~missing, None)
    filled = text[~missing]
    commas = filled.str.fullmatch(_DECIMAL_COMMA)
    if commas.any() and filled[~commas].str.fullmatch(_DECIMAL_POINT).any():
        return False
    points = filled.where(~commas, filled.str.replace(".", "").str.replace(",", "."))
    numbers = pd.to_numeric(points, errors="coerce")
    if not len(filled) or _are_codes(name, filled):
        return False
    if numbers.notna().all():
        table[name] = numbers.reindex(table.index).astype(np.float64)
    elif numbers.notna().mean() >= _MOSTLY:
        table.loc[filled.index, name] = points.astype(object)
    else:
        return False
    return bool(commas.any())


def _are_codes(name: str, filled: pd.Series) -> bool:
    """Return whether texts that look like numbers are names, which a float would change."""
    whole = filled.str.fullmatch(r"[+-]?\d+(?:\.0+)?")
    is_id = name.casefold() in _IDS and not bool(whole.all())
    return is_id or bool(filled.str.fullmatch(_CODE).any())


def numeric_column(
    table: pd.DataFrame, column: str, source: str
) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    """Return a column as numbers, with a finding for text and for infinite values among them.

    Parameters
    ----------
    table : DataFrame
        From `read_table`; the index holds line numbers.
    column : str
    source : str
        File name.

    Returns
    -------
    values : float64 array, shape (n_rows,)
        nan where missing or not a number.
    findings : tuple of Finding
        One error that names lines and values, if there is text or an infinite value.
    """
    given = table[column]
    numbers = pd.to_numeric(given, errors="coerce")
    values: NDArray[np.float64] = np.asarray(numbers, dtype=np.float64)
    text = np.asarray(given.notna() & numbers.isna())
    bad = text | np.isinf(values)
    if not bad.any():
        return values, ()
    lines = table.index[bad]
    some = name_some(
        f"line {line}: '{value}'" for line, value in zip(lines, given[bad], strict=True)
    )
    kind = "text among the numbers" if text.any() else "an infinite number"
    what = f"{kind} in {bad.sum()} of {len(given)} rows ({some})"
    hint = "Write numbers only, with units in the header; leave missing values empty."
    where = f"{source}: line {lines[0]}: {column}"
    return values, (Finding(where, what, hint),)
