"""Where a config comes from: its file, the folder of its paths, the place of every key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


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
