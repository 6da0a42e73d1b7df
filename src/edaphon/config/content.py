"""The plain content of a config, valid or not, and remarks on the names in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from edaphon.config.faults import Remark, as_sentence
from edaphon.config.suggest import did_you_mean

Content = Mapping[str, Any]


def section_in(content: Content, *keys: str) -> Content:
    """Return a section, empty where it is not there or no section."""
    for key in keys:
        found = content.get(key)
        content = found if isinstance(found, Mapping) else {}
    return content


def named_parts(content: Content, key: str) -> Iterator[tuple[str, Content]]:
    """Return the named sections below a key; one without a value is empty."""
    for name, part in section_in(content, key).items():
        if part is None or isinstance(part, Mapping):
            yield str(name), part or {}


def names_in(value: object) -> list[str]:
    """Return the texts of a list, or of a single text."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def unknown(key: str, name: object, known: Iterable[str], what: str) -> Iterator[Remark]:
    """Return a remark if a text is not among the known names."""
    choices = list(known)
    if isinstance(name, str) and name and name not in choices:
        hint = did_you_mean(name, choices)
        yield Remark(key, f"{what} {name!r}", as_sentence(hint))


def repeated(key: str, names: list[str], what: str) -> Iterator[Remark]:
    """Return a remark for each name that stands twice."""
    for position, name in enumerate(names):
        if name in names[:position]:
            yield Remark(f"{key}.{position}", f"{what} {name!r} stands twice", "Remove one.")
