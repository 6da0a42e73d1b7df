"""Numbers as people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence

MINUS = "\u2212"
UNKNOWN = "\u2013"


def significant(value: float, digits: int = 3) -> str:
    """Return a number with `digits` significant digits and thousands separators.

    12345.6 gives "12,300", 0.012345 "0.0123", 20.0 "20"; numbers that are not finite a dash.
    """
    if not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{round(value, decimals):,.{max(decimals, 0)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def aligned(rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Return the lines of a table, the first `left` columns to the left, the others to the right.

    Parameters
    ----------
    rows : sequence of sequences of str
        The head first; every row of the same length.
    left : int
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if c < left else cell.rjust(width)
            for c, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
