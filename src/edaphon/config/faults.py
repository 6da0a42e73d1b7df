"""What pydantic finds wrong, said to a planner."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from edaphon.config.fields import FieldError
from edaphon.config.section import Section
from edaphon.config.sections import Config
from edaphon.config.suggest import did_you_mean

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_SAID = {
    "string_type": ("must be text, not {input}", "Put it in quotes if it is meant as text."),
    "int_type": ("must be a whole number, not {input}", ""),
    "int_parsing": ("must be a whole number, not {input}", ""),
    "int_from_float": ("must be a whole number, not {input}", ""),
    "float_type": ("must be a number, not {input}", ""),
    "float_parsing": ("must be a number, not {input}", ""),
    "finite_number": ("must be a finite number, not {input}", ""),
    "bool_type": ("must be true or false, not {input}", ""),
    "bool_parsing": ("must be true or false, not {input}", ""),
    "tuple_type": ("must be a list, not {input}", "Write [a, b]."),
    "dict_type": ("must hold names with values, not {input}", "Write name: value below it."),
    "model_type": ("must hold keys with values, not {input}", "Write key: value below it."),
    "greater_than_equal": ("must be at least {ge}, not {input}", ""),
    "less_than_equal": ("must be at most {le}, not {input}", ""),
    "string_too_short": ("must not be empty", "Write a value, or take the key out."),
    "too_short": ("must not be empty", ""),
    "literal_error": ("must be {expected}, not {input}", ""),
    "string_pattern_mismatch": (
        "{input} cannot be a name",
        "Start with a letter from a to z or a digit; these, '_', '-' and '.' may follow.",
    ),
}


@dataclass(frozen=True)
class Remark:
    """Something about a key of the config, before it has a position."""

    key: str
    what: str
    hint: str = ""


def remarks_of(error: ValidationError) -> list[Remark]:
    """Return everything that pydantic found, in words a planner reads."""
    return [remark for one in error.errors(include_url=False) for remark in _remarks(one)]


def _remarks(error: ErrorDetails) -> Iterator[Remark]:
    """One remark, or several where one value of ours holds several faults."""
    loc = tuple(part for part in error["loc"] if part != "[key]")
    key = ".".join(str(part) for part in loc)
    context: Mapping[str, Any] = error.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, FieldError):
        for fault in cause.faults:
            below = ".".join(str(part) for part in (*loc, *fault.path))
            yield Remark(below, fault.what, as_sentence(fault.hint))
    elif error["type"] == "extra_forbidden":
        yield Remark(key, "this key is not known", as_sentence(_alternatives(loc)))
    elif error["type"] == "missing":
        yield Remark(key, "this key is missing", _meaning(loc))
    elif error["type"] in _SAID:
        what, hint = _SAID[error["type"]]
        if loc[-1] == "crs" and isinstance(error["input"], int):
            hint = f"Write EPSG:{error['input']}."
        hint = hint or _meant(error["input"], str(context.get("expected", "")))
        shown = _shown(error["input"])
        yield Remark(key, what.format(input=shown, **context), hint)
    else:
        yield Remark(key, _shown(error["input"]) + f" cannot stand here: {error['msg']}")


def _meant(value: object, expected: str) -> str:
    """Suggest the choice that was meant, if one looks like it."""
    choices = re.findall(r"'([^']+)'", expected)
    hint = did_you_mean(value, choices) if isinstance(value, str) and choices else ""
    return as_sentence(hint) if hint.endswith("?") else ""


def _shown(value: object) -> str:
    """Show a value shortly."""
    if isinstance(value, Mapping):
        return "keys with values"
    if isinstance(value, bool):
        return str(value).lower()
    text = "a list" if isinstance(value, list | tuple) else repr(value)
    return "nothing" if value is None else text if len(text) <= 60 else f"{text[:57]}..."


def _alternatives(loc: tuple[int | str, ...]) -> str:
    """Suggest the key that was meant."""
    section = section_at(loc[:-1])
    return did_you_mean(str(loc[-1]), keys_of(section)) if section else ""


def _meaning(loc: tuple[int | str, ...]) -> str:
    """Say what a missing key would hold."""
    section = section_at(loc[:-1])
    one = keys_of(section).get(str(loc[-1])) if section else None
    text = " ".join((one or "").split())
    return f"It holds: {text}" if text else ""


def keys_of(section: type[Section]) -> dict[str, str]:
    """Return the keys of a section as the file writes them, with their meaning."""
    return {one.alias or name: one.description or "" for name, one in section.model_fields.items()}


def section_at(loc: tuple[int | str, ...]) -> type[Section] | None:
    """Return the section that a path of keys leads to."""
    section: type[Section] | None = Config
    inside_names = False
    for part in loc:
        if inside_names:
            inside_names = False
            continue
        if section is None:
            return None
        field = next(
            (one for name, one in section.model_fields.items() if part in (name, one.alias)), None
        )
        section = section_of(field.annotation) if field else None
        inside_names = field is not None and "dict" in str(field.annotation)
    return section


def section_of(annotation: object) -> type[Section] | None:
    """Return the section in an annotation: X, X | None or dict[str, X]."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    found = (section_of(part) for part in get_args(annotation))
    return next((one for one in found if one), None)


def as_sentence(hint: str) -> str:
    """Begin with a capital and end with a stop."""
    text = hint[:1].upper() + hint[1:]
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."
