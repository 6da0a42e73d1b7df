"""Row filters: "slope_pct < 15 and land_use == 'arable'", parsed by a small grammar, never by eval.

The grammar stands in `edaphon.config.filter_syntax`.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from edaphon.config.derivable import how_to_derive
from edaphon.config.filter_syntax import (
    Among,
    Column,
    Combined,
    Constant,
    FilterError,
    Node,
    Not,
    parse_node,
)
from edaphon.config.suggest import did_you_mean

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Filter", "FilterError", "parse_filter"]

Kind = Literal["number", "text", "truth"]

_COMPARE = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_KINDS: dict[str, Kind] = {
    "integer": "number", "floating": "number", "mixed-integer-float": "number",
    "decimal": "number", "string": "text", "boolean": "truth",
}  # fmt: skip
_SAID = {"number": "numbers", "text": "text", "truth": "true or false"}


@dataclass(frozen=True)
class Filter:
    """A parsed row filter.

    Attributes
    ----------
    text : str
        As written.
    node : Node
        The syntax tree.
    """

    text: str
    node: Node

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that it reads, in order of appearance."""
        return tuple(dict.fromkeys(column.name for column in _columns(self.node)))

    def evaluate(self, table: pd.DataFrame, expected: Collection[str] = ()) -> NDArray[np.bool_]:
        """Return which rows pass.

        Parameters
        ----------
        table : DataFrame, n rows
            A GeoDataFrame will do.
        expected : collection of str
            Columns of numbers whose values are not known yet: a row passes if it may pass.

        Returns
        -------
        bool array, shape (n,)
            A comparison (``!=`` and ``not in`` too) with a missing value is false; ``not`` then
            turns that false into true.

        Raises
        ------
        FilterError
            If a column is not there, or text is compared with a number: names the column.
        """
        known = [*map(str, table.columns), *expected]
        for column in _columns(self.node):
            if column.name not in known:
                hint = how_to_derive(column.name) or did_you_mean(column.name, known)
                raise FilterError(f"there is no column {column.name!r}; {hint}", column.at)
        unknown = frozenset(expected) - set(map(str, table.columns))
        return _passes(self.node, _Given(table, unknown), may=True)


@dataclass(frozen=True)
class _Given:
    """A table, and the columns that it does not hold yet."""

    table: pd.DataFrame
    unknown: frozenset[str]

    def everywhere(self, may: bool, *sides: Column | Constant) -> NDArray[np.bool_] | None:
        """Return what a comparison with an unknown column may be, None if it has none."""
        if not any(isinstance(side, Column) and side.name in self.unknown for side in sides):
            return None
        return np.full(len(self.table), may, dtype=np.bool_)


def parse_filter(text: str) -> Filter:
    """Parse a row filter.

    Parameters
    ----------
    text : str
        For instance ``slope_pct < 15 and land_use in ('arable', 'fallow')``.

    Returns
    -------
    Filter

    Raises
    ------
    FilterError
        With the position, counted from 1, and what would be right there.
    """
    return Filter(text, parse_node(text))


def _columns(node: Node) -> Iterator[Column]:
    """Every mention of a column, in order."""
    if isinstance(node, Not):
        yield from _columns(node.part)
    elif isinstance(node, Combined):
        for part in node.parts:
            yield from _columns(part)
    elif isinstance(node, Among):
        yield node.column
    else:
        yield from (side for side in (node.left, node.right) if isinstance(side, Column))


def _passes(node: Node, given: _Given, *, may: bool) -> NDArray[np.bool_]:
    """Evaluate a syntax tree; `may` is what counts where a column is unknown."""
    if isinstance(node, Not):
        return ~_passes(node.part, given, may=not may)
    if isinstance(node, Combined):
        rows = [_passes(part, given, may=may) for part in node.parts]
        joined = np.logical_and if node.word == "and" else np.logical_or
        return np.asarray(joined.reduce(rows), dtype=np.bool_)
    sides = (node.column,) if isinstance(node, Among) else (node.left, node.right)
    unknown = given.everywhere(may, *sides)
    if unknown is not None:
        return unknown
    table = given.table
    if isinstance(node, Among):
        tests = [_compare(table, node.column, "==", choice) for choice in node.choices]
        found = np.asarray(np.logical_or.reduce(tests), dtype=np.bool_)
        present: NDArray[np.bool_] = table[node.column.name].notna().to_numpy(dtype=np.bool_)
        return present & ~found if node.negated else found
    return _compare(table, node.left, node.sign, node.right)


def _compare(
    table: pd.DataFrame, left: Column | Constant, sign: str, right: Column | Constant
) -> NDArray[np.bool_]:
    """Compare row by row where nothing is missing."""
    sides = (left, right)
    present = np.ones(len(table), dtype=np.bool_)
    for side in sides:
        if isinstance(side, Column):
            present &= table[side.name].notna().to_numpy(dtype=np.bool_)
    rows = np.zeros(len(table), dtype=np.bool_)
    if present.any():
        kinds = [_kind(table, side) for side in sides]
        _check_kinds(sides, kinds, sign)
        values = [_values(table, side, present) for side in sides]
        rows[present] = np.asarray(_COMPARE[sign](*values), dtype=np.bool_)
    return rows


def _kind(table: pd.DataFrame, side: Column | Constant) -> Kind:
    """Return whether an operand is a number, a text or true or false."""
    if isinstance(side, Constant):
        if isinstance(side.value, bool):
            return "truth"
        return "text" if isinstance(side.value, str) else "number"
    from pandas.api.types import infer_dtype

    series = table[side.name]
    values = series.cat.categories if series.dtype == "category" else series
    found = infer_dtype(values, skipna=True)
    if found not in _KINDS:
        message = f"the column {side.name!r} holds {found} values, which cannot be compared"
        raise FilterError(message, side.at)
    return _KINDS[found]


def _check_kinds(sides: tuple[Column | Constant, ...], kinds: list[Kind], sign: str) -> None:
    """Raise where text meets a number, or true and false are put in order."""
    if kinds[0] == kinds[1] and not (kinds[0] == "truth" and sign not in ("==", "!=")):
        return
    shown = [
        f"the column {side.name!r} ({_SAID[kind]})"
        if isinstance(side, Column)
        else repr(side.value)
        for side, kind in zip(sides, kinds, strict=True)
    ]
    column = next(side for side in sides if isinstance(side, Column))
    message = f"cannot compare {shown[0]} with {shown[1]} by {sign}"
    raise FilterError(message, column.at)


def _values(table: pd.DataFrame, side: Column | Constant, rows: NDArray[np.bool_]) -> Any:
    """Return a constant, or a column's values in the given rows."""
    return side.value if isinstance(side, Constant) else np.asarray(table[side.name][rows])
