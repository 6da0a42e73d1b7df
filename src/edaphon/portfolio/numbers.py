"""Numbers as people read them."""

from __future__ import annotations

import math

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
