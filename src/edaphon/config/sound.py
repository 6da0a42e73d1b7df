"""What of a faulty config can be judged all the same, so that every fault is told in one round."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edaphon.config.sections import Config
    from edaphon.errors import Finding

KeyPath = tuple[str | int, ...]
"""Keys, and positions in lists, from the top of a config down."""

_NAMED = ("surrogates", "features", "objectives")
"""Sections whose keys are names of the planner's choice."""
_WHOLE = ("base", "currency", "edaphon", "landscape", "predictors", "tables")
"""Sections on which so much rests that one wrong key spoils them all."""
_STAND_INS: Mapping[str, Any] = {"name": "unnamed", "landscape": {"file": "unnamed"}}
"""What stands where a config must say something; no finding is made of it."""


@dataclass(frozen=True)
class SoundPart:
    """A config without its faulty parts, good for looking for further faults and nothing else.

    Attributes
    ----------
    config : Config
    left_out : frozenset of tuple
        Where each part that was left out stood.
    """

    config: Config
    left_out: frozenset[KeyPath]

    @property
    def lost(self) -> frozenset[str]:
        """Sections that nothing can be judged by, unknown keys at the top among them."""
        known = {one.alias or key for key, one in type(self.config).model_fields.items()}
        least = {**dict.fromkeys(_NAMED, 2), "interventions": 3}
        return frozenset(
            str(path[0])
            for path in self.left_out
            if path[0] in _WHOLE or path[0] not in known or len(path) < least.get(str(path[0]), 1)
        )

    def follows(self, finding: Finding) -> bool:
        """Say whether a finding may be there only because of what was left out.

        It may where it lies in the same part of the config, or tells of that part by name.
        """
        key = finding.where.rpartition(": ")[2]
        return any(
            f"{key}.".startswith(f"{part}.")
            or re.search(rf"\b{re.escape(name)}", f"{key} {finding.what}", re.IGNORECASE)
            for part, name in map(_part, self.left_out - {("name",)})
        )


def leave_out(content: dict[str, Any], keys: Iterable[str]) -> frozenset[KeyPath] | None:
    """Take what stands at keys out of a config's content.

    Parameters
    ----------
    content : dict
        Changed in place.
    keys : iterable of str
        Dotted. A key that is missing takes the part that should hold it along, and one of a
        surrogate the whole surrogate: its data are read by all its keys together.

    Returns
    -------
    frozenset of tuple, or None
        What was left out; None where too little would be left.
    """
    paths = {_path(content, key) for key in keys}
    paths = {path[:2] if path[0] == "surrogates" else path for path in paths}
    if any(path[0] not in {*content, *_STAND_INS} for path in paths):
        return None
    # positions in lists hold as long as later ones go first, and parts of a part before it
    order = {path: tuple(f"{one:06}" if isinstance(one, int) else one for one in path)
             for path in paths}  # fmt: skip
    for path in sorted(paths, key=order.__getitem__, reverse=True):
        holder: Any = content
        for one in path[:-1]:
            holder = holder[one]
        if len(path) == 1 and path[0] in _STAND_INS:
            holder[path[0]] = _STAND_INS[str(path[0])]
        else:
            del holder[path[-1]]
    return frozenset(paths)


def _path(content: Mapping[str, Any], key: str) -> KeyPath:
    """Return where a dotted key stands, or the part that should hold it; names may hold dots."""
    node: Any = content
    path: list[str | int] = []
    rest = key.split(".")
    while rest:
        if isinstance(node, list) and rest[0].isdigit() and int(rest[0]) < len(node):
            step: str | int | None = int(rest[0])
            taken = 1
        else:
            heads = {".".join(rest[:n]): n for n in range(len(rest), 0, -1)}
            step = next((one for one in heads if isinstance(node, Mapping) and one in node), None)
            taken = heads.get(str(step), 0)
        if step is None:
            break
        path.append(step)
        node, rest = node[step], rest[taken:]
    return tuple(path) or (key,)


def _part(path: KeyPath) -> tuple[str, str]:
    """Return the key of the part that a path spoils, and the name that others know it by."""
    depth = {**dict.fromkeys(_NAMED, 2), "interventions": 3, "constraints": 3}
    part = path[: depth.get(str(path[0]), 1)]
    texts = [one for one in part if isinstance(one, str)]
    return ".".join(texts), texts[-1]
