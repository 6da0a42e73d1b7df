"""Wording shared by the findings of the data stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from edaphon.config.suggest import did_you_mean
from edaphon.errors import Finding

if TYPE_CHECKING:
    from pathlib import Path

Where = Callable[[str], str]


def name_some(names: Iterable[object], limit: int = 5) -> str:
    """Join a few names in words: ``"a, b, c and 12 more"``."""
    listed = [str(name) for name in names]
    text = ", ".join(listed[:limit])
    return text if len(listed) <= limit else f"{text} and {len(listed) - limit} more"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: ``"1 unit"``, ``"1,200 units"``, ``"3 species"``."""
    same = count == 1 or noun.endswith("species")
    return f"{count:,} {noun}" if same else f"{count:,} {noun}s"


def unknown_column(where: str, column: str, columns: Iterable[object], source: str) -> Finding:
    """Return the finding for a column that `source` does not have, with "did you mean"."""
    known = [str(name) for name in columns]
    return Finding(where, f"{source} has no column '{column}'", did_you_mean(column, known))


def missing_file(where: str, path: Path) -> Finding:
    """Return the finding for a file that does not exist, with "did you mean" from its folder."""
    if not path.parent.is_dir():
        what = f"{path} does not exist: there is no folder {path.parent}"
        return Finding(where, what, "Check the path and `base`.")
    beside = [other.name for other in path.parent.iterdir() if other.suffix == path.suffix]
    hint = did_you_mean(path.name, sorted(beside)) if beside else "Check the path and `base`."
    return Finding(where, f"{path} does not exist", hint)
