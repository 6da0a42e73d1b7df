"""Dates as people write them, as decimal years."""

from __future__ import annotations

import calendar
import re
from datetime import date

FIRST_YEAR, LAST_YEAR = 1800, 2100

_ISO = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2})(?:[T ].*)?)?)?")
_DOTS = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_PLAIN = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DECIMAL = re.compile(r"\d{4}\.\d*")


class DateError(ValueError):
    """A text that is no date."""


def decimal_year(text: str) -> float:
    """Return a date as a decimal year.

    Parameters
    ----------
    text : str
        2022-07-18 (with a time of day or without), 2022/07/18, 18.07.2022, 20220718, 2022-07, 2022,
        or 2022.54. A year alone is its middle, a month alone too.

    Returns
    -------
    float
        The middle of the day: year + (day of the year - 0.5) / days of the year.

    Raises
    ------
    DateError
        If it is none of these, or no year between 1800 and 2100.
    """
    written = text.strip()
    if _DECIMAL.fullmatch(written):
        return _in_range(float(written), text)
    found = _ISO.fullmatch(written) or _PLAIN.fullmatch(written)
    parts = found.groups() if found else None
    if parts is None:
        dotted = _DOTS.fullmatch(written)
        parts = dotted.groups()[::-1] if dotted else None
    if parts is None:
        raise DateError(f"{text!r} is no date")
    year, month, day = (int(part) if part else 0 for part in parts)
    _in_range(year, text)
    try:
        return day_of(year, month, day)
    except ValueError as error:
        raise DateError(f"{text!r} is no date: {error}") from error


def day_of(year: int, month: int = 0, day: int = 0) -> float:
    """Return a day as a decimal year; the middle of the month or year where parts are 0.

    Raises
    ------
    ValueError
        If there is no such day.
    """
    length = 366 if calendar.isleap(year) else 365
    if not month:
        return year + 0.5
    first = date(year, month, day or 1).timetuple().tm_yday
    if day:
        return year + (first - 0.5) / length
    return year + (first - 1 + calendar.monthrange(year, month)[1] / 2) / length


def _in_range(year: float, text: str) -> float:
    if not FIRST_YEAR <= year < LAST_YEAR + 1:
        raise DateError(f"{text!r} is no date between {FIRST_YEAR} and {LAST_YEAR}")
    return year
