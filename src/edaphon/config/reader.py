"""Reading a config: file, overrides, sections, and everything that is wrong with them at once."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from edaphon.config.checks import cross_checks
from edaphon.config.faults import Remark, as_sentence, remarks_of
from edaphon.config.origin import Origin, as_spelled
from edaphon.config.sections import Config
from edaphon.config.sound import KeyPath, SoundPart, leave_out
from edaphon.config.suggest import did_you_mean
from edaphon.config.units import CURRENCIES
from edaphon.config.yaml_text import Document, read_yaml
from edaphon.errors import ConfigError, Finding, path_of

_LARGEST = 2_000_000
"""Bytes of the largest file that is read as a config."""


def read_config(
    source: str | Path | Mapping[str, Any], overrides: Sequence[str] | Mapping[str, Any] = ()
) -> Config:
    """Read and check a config.

    Parameters
    ----------
    source : path or mapping
        YAML 1.2, UTF-8; or what such a file holds:
        ``{"name": "valley", "landscape": {"file": "units.gpkg"}, ...}``, whose paths start from
        the working directory.
    overrides : sequence of str, or mapping
        "key.sub=value" texts, the value read as YAML; a list item by its position
        ("interventions.use.0=compost"). Or the values by their keys, as {"solve.portfolios": 30}.
        A `base` given here starts from the working directory, one in the file from the file's
        folder.

    Returns
    -------
    Config
        Frozen sections that remember their positions.

    Raises
    ------
    ConfigError
        With every fault: where (file:line:column: key), what and how to mend it; its `partial` is
        the `SoundPart` that can be judged all the same, or None.
    """
    if isinstance(source, Mapping):
        return config_from_mapping(source, overrides=overrides)
    wanted = "the path of a config file, or what it holds as a dict"
    path = path_of(source, "config", wanted, ConfigError)
    document = read_yaml(_text(path))
    places = {key: f"{path}:{line}:{column}" for key, (line, column) in document.places.items()}
    faults = _document_faults(document, path)
    if not isinstance(document.content, dict):
        raise ConfigError(faults or _no_keys(path, document.content))
    origin = Origin(path, path.parent, places)
    return _overridden(document.content, origin, faults, overrides)


def _overridden(
    content: dict[str, Any],
    origin: Origin,
    faults: list[Finding],
    overrides: Sequence[str] | Mapping[str, Any],
) -> Config:
    """Put overrides in the places of what they replace; build the config."""
    places, folder = dict(origin.positions), origin.folder
    for override in _assignments(overrides):
        key, fault = _apply(content, override)
        faults += fault
        places = {
            one: place for one, place in places.items() if not f"{one}.".startswith(f"{key}.")
        }
        places[key] = "--set"
        if key == "base" and content.get("base"):
            folder = Path()
    return _build(content, Origin(origin.path, folder, places), faults)


def config_from_mapping(
    mapping: Mapping[str, Any],
    folder: str | Path = ".",
    overrides: Sequence[str] | Mapping[str, Any] = (),
) -> Config:
    """Build and check a config in Python.

    Parameters
    ----------
    mapping : mapping
        As the file would hold it: ``{"name": "valley", "landscape": {"file": "units.gpkg"}, ...}``.
    folder : path
        Where its paths start; a `base` in the mapping is relative to it.
    overrides : sequence of str, or mapping
        As `read_config`.

    Returns
    -------
    Config

    Raises
    ------
    ConfigError
        With every fault, at "config: key"; `partial` as `read_config`.
    """
    return _overridden(_plain(mapping), Origin(None, Path(folder)), [], overrides)


def _build(content: dict[str, Any], origin: Origin, faults: list[Finding]) -> Config:
    """Validate the sections and what lies between them, and attach the origin."""
    base = content.get("base")
    if isinstance(base, str):
        origin = Origin(origin.path, as_spelled(origin.folder, base), origin.positions)
    config, remarks = _judged(content, origin)
    if faults or config is None:
        sound = None if faults else _sound_part(content, origin, remarks)
        raise ConfigError(_findings(origin, faults, remarks), partial=sound)
    return config


def _judged(content: dict[str, Any], origin: Origin) -> tuple[Config | None, list[Remark]]:
    """Return the config if it has no fault, and what is wrong with it else."""
    remarks = [*_base_remarks(content, origin), *_currency_remarks(content)]
    remarks += cross_checks(content)
    try:
        config = Config.model_validate(content, context={"currency": _currency(content)})
    except ValidationError as error:
        return None, [*remarks, *remarks_of(error)]
    config._origin = origin
    return None if remarks else config, remarks


def _sound_part(content: dict[str, Any], origin: Origin, remarks: list[Remark]) -> SoundPart | None:
    """Leave out what is wrong, and what is wrong without it, until the rest is a config."""
    rest, gone, config = deepcopy(content), set[KeyPath](), None
    while config is None:
        taken = leave_out(rest, (remark.key for remark in remarks))
        if not taken:
            return None
        gone |= taken
        config, remarks = _judged(rest, origin)
    return SoundPart(config, frozenset(gone))


def _text(path: Path) -> str:
    """Read the file's text, an accent typed in two ways being one (Unicode NFC)."""
    try:
        size = path.stat().st_size
        if size > _LARGEST:
            what = f"a file of {size / 1e6:,.0f} MB is no config"
            hint = "A config names its data; it does not hold them. Give the YAML file."
            raise ConfigError(Finding(str(path), what, hint))
        return unicodedata.normalize("NFC", path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError as error:
        there = [one.name for one in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        hint = f"In its folder: {did_you_mean(path.name, there)}" if there else "Check the path."
        raise ConfigError(Finding(str(path), "there is no such config file", hint)) from error
    except UnicodeDecodeError as error:
        what = f"the file is not UTF-8 (byte {error.start + 1})"
        hint = "Save it as UTF-8 in your editor, if it is a config at all."
        raise ConfigError(Finding(str(path), what, hint)) from error
    except OSError as error:
        what = f"the config file cannot be read: {error.strerror or error}"
        raise ConfigError(Finding(str(path), what, "Give the path of a readable file.")) from error


def _document_faults(document: Document, path: Path) -> list[Finding]:
    """Turn faults of the YAML text into findings."""
    return [
        Finding(f"{path}:{line}:{column}" + (f": {key}" if key else ""), what, hint)
        for (line, column), key, what, hint in document.faults
    ]


def _no_keys(path: Path, content: object) -> Finding:
    """Say that a file holds no config at all."""
    hint = "Start from an example: edaphon init writes one."
    if content is None:
        return Finding(f"{path}:1:1", "the config file is empty", hint)
    return Finding(f"{path}:1:1", "a config is made of keys and values (key: value)", hint)


def _assignments(overrides: Sequence[str] | Mapping[str, Any]) -> Sequence[str]:
    """Return overrides as texts; one text alone is one override."""
    if isinstance(overrides, str):
        return (overrides,)
    if isinstance(overrides, Mapping):  # JSON is YAML; numbers of NumPy have an item
        return [
            f"{key}={json.dumps(value, default=lambda one: getattr(one, 'item', one.__str__)())}"
            for key, value in overrides.items()
        ]
    return overrides


def _apply(content: dict[str, Any], override: str) -> tuple[str, list[Finding]]:
    """Set one key in the content; return the key and what is wrong with the override."""
    key, sign, text = override.partition("=")
    key = key.strip()
    where = f"--set {override}"
    if not sign or not key:
        return key, [Finding(where, "an override needs a key and a value", "Write key=value.")]
    document = read_yaml(unicodedata.normalize("NFC", text))
    if document.faults and text.strip() and text.strip()[0] not in "[{'\"":
        document = Document(text.strip(), {}, [])  # a sign that YAML keeps for itself, as in unit=%
    if document.faults:
        return key, [Finding(where, what, hint) for _, _, what, hint in document.faults]
    *above, last = key.split(".")
    node: Any = content
    for part in above:
        node = _step(node, part)
    if isinstance(node, list) and last.isdigit() and int(last) < len(node):
        node[int(last)] = document.content
    elif isinstance(node, dict):
        node[last] = document.content
    else:
        what = f"{key!r} leads into a value that has no keys"
        return key, [Finding(where, what, "Set the key above it as a whole.")]
    return key, []


def _step(node: Any, part: str) -> Any:
    """Go one key down; a section that is not there yet is made."""
    if isinstance(node, list):
        return node[int(part)] if part.isdigit() and int(part) < len(node) else None
    if not isinstance(node, dict):
        return None
    if node.get(part) is None:
        node[part] = {}
    return node[part]


def _plain(value: Any) -> Any:
    """Copy a mapping made in Python as what YAML would give, accents as one sign."""
    if isinstance(value, Mapping):
        return {_plain(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return _plain(value.as_posix())
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _currency(content: Mapping[str, Any]) -> str:
    """Return the config's currency; the default where it names none that is known."""
    named = content.get("currency")
    return named if isinstance(named, str) and named in CURRENCIES else "EUR"


def _currency_remarks(content: Mapping[str, Any]) -> list[Remark]:
    named = content.get("currency")
    if not isinstance(named, str) or named in CURRENCIES:
        return []
    hint = did_you_mean(named, CURRENCIES)
    return [
        Remark(
            "currency",
            f"no currency {named!r} is known",
            as_sentence(f"write its ISO code; {hint}"),
        )
    ]


def _base_remarks(content: Mapping[str, Any], origin: Origin) -> list[Remark]:
    if not isinstance(content.get("base"), str) or origin.folder.is_dir():
        return []
    hint = "Paths start from base; it is relative to the config's folder, and to the working "
    hint += "directory where it comes from --set."
    return [Remark("base", f"there is no folder {str(origin.folder)!r}", hint)]


def _findings(origin: Origin, faults: list[Finding], remarks: list[Remark]) -> list[Finding]:
    """Give remarks their places; sort all as they stand in the file, without repeated ones."""

    def place(finding: Finding) -> tuple[int, ...]:
        numbers = finding.where.split(": ")[0].rsplit(":", 2)[1:]
        return tuple(int(one) for one in numbers if one.isdigit())

    found = [Finding(origin.where(one.key), one.what, one.hint) for one in remarks]
    return sorted(dict.fromkeys([*faults, *found]), key=place)
