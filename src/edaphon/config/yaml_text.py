"""YAML 1.2 with the position of every key, by way of ruamel.yaml."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from io import StringIO
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

Place = tuple[int, int]
"""Line and column, counted from 1."""

_MOST_NODES = 100_000
_DEEPEST = 50
_TOO_DEEP = "the values are nested too deeply for a config"
_CORE = "tag:yaml.org,2002:"
_SPECIAL = "%@`&*!|>{}[]"


@dataclass
class Document:
    """A YAML text as plain values.

    Attributes
    ----------
    content : object
        dicts, lists, texts, numbers, true and false, None.
    places : dict
        Dotted key ("interventions.use.2" for a list item) to line and column.
    faults : list of (place, key, what, hint)
        Everything wrong with it as YAML.
    """

    content: Any = None
    places: dict[str, Place] = field(default_factory=dict)
    faults: list[tuple[Place, str, str, str]] = field(default_factory=list)


def read_yaml(text: str) -> Document:
    """Read a YAML text; faults are collected, not raised.

    Duplicate keys, tags, loops of aliases, and keys that are neither text nor, below the top
    level, whole numbers or dates are faults; the first of two duplicates counts.
    """
    document = Document()
    try:
        root = _loader().compose(StringIO(text))
    except MarkedYAMLError as error:
        document.faults.append(_syntax_fault(error, text))
        return document
    except ReaderError as error:
        odd = chr(error.character)
        before = text[: text.find(odd)]
        place = before.count("\n") + 1, len(before) - before.rfind("\n")
        what = f"this is not YAML: the sign {odd!r} cannot stand in a text"
        document.faults.append((place, "", what, "Remove it."))
        return document
    except YAMLError as error:
        document.faults.append(((1, 1), "", f"this is not YAML: {one_line(str(error))}", ""))
        return document
    except RecursionError:
        document.faults.append(((1, 1), "", _TOO_DEEP, "Check brackets and the indentation."))
        return document
    if root is not None:
        document.content = _Reader(document).value(root, "", ())
    return document


def write_yaml(content: dict[str, Any]) -> str:
    """Write plain values as YAML, keys in their order."""
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 100
    stream = StringIO()
    yaml.dump(content, stream)
    return stream.getvalue()


@lru_cache(maxsize=1)
def _constructor() -> Any:
    return YAML(typ="safe", pure=True).constructor


def _loader() -> YAML:
    return YAML(typ="safe", pure=True)


class _Reader:
    """Turns nodes into plain values, noting places and faults."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.nodes = 0

    def value(self, node: Node, key: str, above: tuple[Node, ...]) -> Any:
        self.nodes += 1
        if self.nodes > _MOST_NODES:
            if self.nodes == _MOST_NODES + 1:
                self.fault(node, key, "aliases unfold to more values than a config can hold")
            return None
        if any(node is one for one in above):
            hint = "Write the value itself."
            self.fault(node, key, "an alias refers to the value that it is part of", hint)
            return None
        if len(above) > _DEEPEST:
            self.fault(node, key, _TOO_DEEP)
            return None
        if isinstance(node, MappingNode):
            return self.mapping(node, key, (*above, node))
        if isinstance(node, SequenceNode):
            return [
                self.item(part, f"{key}.{position}" if key else str(position), (*above, node))
                for position, part in enumerate(node.value)
            ]
        return self.scalar(node, key)

    def item(self, node: Node, key: str, above: tuple[Node, ...]) -> Any:
        self.document.places[key] = _place(node)
        return self.value(node, key, above)

    def mapping(self, node: MappingNode, key: str, above: tuple[Node, ...]) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        read: dict[str, Any] = {}
        for name_node, part in node.value:
            name = str(name_node.value) if isinstance(name_node, ScalarNode) else "?"
            below = f"{key}.{name}" if key else name
            if name_node.tag == f"{_CORE}merge":
                merged |= self.merged(part, key, above)
                continue
            dated = bool(key) and name_node.tag in (f"{_CORE}int", f"{_CORE}timestamp")
            if name_node.tag != f"{_CORE}str" and not dated:
                self.fault(name_node, below, "a key must be text", "Put it in quotes.")
            if name in read:
                line = self.document.places[below][0]
                self.fault(name_node, below, f"this key stands in line {line} already",
                           "Remove one of the two.")  # fmt: skip
                continue
            self.document.places[below] = _place(name_node)
            read[name] = self.value(part, below, above)
        return {**merged, **read}

    def merged(self, node: Node, key: str, above: tuple[Node, ...]) -> dict[str, Any]:
        """Read what ``<<`` takes over, the first of several winning."""
        sources = node.value if isinstance(node, SequenceNode) else [node]
        taken: dict[str, Any] = {}
        for source in sources:
            found = self.value(source, key, above)
            if isinstance(found, dict):
                taken = {**found, **taken}
            else:
                hint = "Write <<: *NAME of keys with values."
                self.fault(source, key, "<< takes over keys, and this has none", hint)
        return taken

    def scalar(self, node: Node, key: str) -> Any:
        tag = str(node.tag).removeprefix(_CORE)
        if tag in ("str", "timestamp"):
            return node.value
        if tag in ("int", "float", "bool", "null"):
            try:
                return _constructor().construct_object(node)
            except (ValueError, YAMLError):
                return node.value
        self.fault(node, key, f"the tag {node.tag} has no meaning here", "Remove it.")
        return node.value

    def fault(self, node: Node, key: str, what: str, hint: str = "") -> None:
        self.document.faults.append((_place(node), key, what, hint))


def _place(node: Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _syntax_fault(error: MarkedYAMLError, text: str) -> tuple[Place, str, str, str]:
    """Say where the text stops being YAML, and what is usually meant there."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines() or [""]
    written = lines[min(line, len(lines) - 1)]
    rest = written[column : column + 1]
    hint = ""
    if "\t" in written[: column + 1]:
        hint = "Indent with blanks, not with tabs."
    elif rest and rest in _SPECIAL:
        hint = f"Put a text that starts with {rest} in quotes."
    elif rest == ":" or "mapping values" in str(error.problem):
        hint = "Put a text that holds a colon in quotes, and check the indentation."
    elif error.context:
        hint = "Check brackets, quotes and the indentation here and above."
    said = one_line(" ".join(str(one) for one in (error.context, error.problem) if one))
    return (line + 1, column + 1), "", f"this is not YAML: {said}", hint


def one_line(text: str) -> str:
    """Return a text with every run of blanks and line ends as one blank."""
    return " ".join(text.split())
