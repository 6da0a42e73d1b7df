"""Where a config comes from: its file, the folder of its paths, the place of every key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import normalize


@dataclass(frozen=True)
class Origin:
    """Where a config comes from.

    Attributes
    ----------
    path : Path or None
        The file; None if it was built in Python.
    folder : Path
        Where its paths start.
    positions : mapping of str to str
        Dotted key ("interventions.use.2" for a list item) to "file:line:column".
    """

    path: Path | None = None
    folder: Path = Path()
    positions: Mapping[str, str] = field(default_factory=dict)

    def where(self, key: str) -> str:
        """Return the place of a key, or of the nearest key above it, and the key."""
        above = key
        while above and above not in self.positions:
            above = above.rpartition(".")[0]
        start = "config" if self.path is None else f"{self.path}"
        return f"{self.positions.get(above, start)}: {key}"


def as_spelled(folder: Path, name: str | Path) -> Path:
    """Return a path below a folder, with accents spelled as the disk has them.

    A config is read with composed accents (Unicode NFC), and other systems may have stored names of
    files and folders with decomposed ones.
    """
    path = folder / name
    if str(name).isascii() or path.exists():
        return path
    found = folder
    for part in Path(name).parts:
        there = found / part
        if not there.exists() and found.is_dir():
            alike = sorted(one for one in found.iterdir() if normalize("NFC", one.name) == part)
            there = next(iter(alike), there)
        found = there
    return found
