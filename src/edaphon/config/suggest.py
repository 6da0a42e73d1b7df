"""Suggestions for names that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 12


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Return a hint for an unknown name: the choice that looks like it, or all choices.

    Parameters
    ----------
    name : str
        What was written.
    choices : iterable of str
        What would have been right; the order is kept when they are listed.

    Returns
    -------
    str
        "did you mean 'x'?", else "known: a, b, c" (the first twelve), else "none is known".
        Names differing only in case always match; otherwise the ratio of Python's difflib
        (Ratcliff and Obershelp's matching blocks) decides, from 0.6 on.
    """
    known = list(dict.fromkeys(str(choice) for choice in choices))
    folded = {choice.casefold(): choice for choice in reversed(known)}
    close = get_close_matches(str(name).casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"did you mean {folded[close[0]]!r}?"
    if not known:
        return "none is known"
    more = len(known) - _SHOWN
    return f"known: {', '.join(known[:_SHOWN])}" + (f" and {more} more" if more > 0 else "")
