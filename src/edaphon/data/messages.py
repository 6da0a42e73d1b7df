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


def amount(value: float, unit: str = "") -> str:
    """Return an amount with its unit: ``"1,500,000 EUR"``, ``"0.25 t"``."""
    text = f"{value:,.0f}" if abs(value) >= 1e5 else f"{value:,.6g}"
    return f"{text} {unit}".rstrip()


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: ``"1 unit"``, ``"1,200 studies"``, ``"3 species"``."""
    if count == 1 or noun.endswith("species"):
        return f"{count:,} {noun}"
    changed = noun.endswith("y") and noun[-2] not in "aeiou"
    return f"{count:,} {noun[:-1]}ies" if changed else f"{count:,} {noun}s"


def unknown_column(where: str, column: str, columns: Iterable[object], source: str) -> Finding:
    """Return the finding for a column that `source` does not have, with "did you mean"."""
    known = [str(name) for name in columns]
    return Finding(where, f"{source} has no column '{column}'", did_you_mean(column, known))


def missing_file(where: str, path: Path) -> Finding:
    """Return the finding for a file that does not exist, with "did you mean" from its folder."""
    if path.is_symlink():
        hint = "Name the file itself, or mend the link."
        return Finding(where, f"{path} is a link that leads to no file", hint)
    scheme = next((part for part in path.parts if part in ("http:", "https:", "ftp:")), "")
    if scheme:  # behind the folder where paths start
        address = f"{scheme}//{path.as_posix().partition(f'{scheme}/')[2]}"
        return Finding(where, f"{address} is an address on the web", "Save it and name the file.")
    if not path.parent.is_dir():
        what = f"{path} does not exist: there is no folder {path.parent}"
        return Finding(where, what, "Check the path and `base`.")
    beside = [other.name for other in path.parent.iterdir() if other.suffix == path.suffix]
    hint = did_you_mean(path.name, sorted(beside)) if beside else "Check the path and `base`."
    return Finding(where, f"{path} does not exist", hint)


def unreadable_file(where: str, path: Path, fault: OSError, wanted: str) -> Finding:
    """Return the finding for a file that is there and cannot be opened.

    Parameters
    ----------
    where : str
    path : Path
    fault : OSError
    wanted : str
        What was asked for: "a CSV file".
    """
    if path.is_dir():
        return Finding(where, f"{path} is a folder", f"Name {wanted} in it.")
    reason = (fault.strerror or str(fault)).lower()
    hint = "Check that you may read it, and that no other program holds it."
    return Finding(where, f"{path} cannot be read ({reason})", hint)
