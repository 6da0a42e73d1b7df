"""Fitted surrogates on disk: arrays and JSON, nothing that executes on load.

A surrogate is a tree of frozen dataclasses. Their numbers, texts and tuples go to surrogate.json,
their arrays to arrays.npz; on load, classes are looked up by name among those registered here, so
a file can name no other code.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from edaphon.errors import Finding, RunError, path_of
from edaphon.surrogates.applicability import Applicability
from edaphon.surrogates.encode import Encoder
from edaphon.surrogates.fit import Surrogate
from edaphon.surrogates.intervals import Spread
from edaphon.surrogates.learner import Learner
from edaphon.surrogates.models import AdditiveSplines, GaussianProcess, Ridge, Trees
from edaphon.surrogates.place_time import PlaceTime
from edaphon.surrogates.space import Space
from edaphon.surrogates.stack import Stack
from edaphon.surrogates.state import Audit, Card, Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 3

Arrays = dict[str, "NDArray[Any]"]

_Kind = TypeVar("_Kind", bound=type[Any])
_KINDS: dict[str, type] = {}
_REGISTER_MORE = tuple(f"edaphon.surrogates.{name}" for name in ("species", "community", "proxy"))
"""Packages that register their own classes when they are imported; they import this module."""
_STORABLE = "biufU"
"""Kinds of numpy arrays that need no pickle: bool, integers, floats, fixed-width text."""


def register(kind: _Kind) -> _Kind:
    """Let surrogates on disk hold values of a frozen dataclass; can decorate the class.

    Parameters
    ----------
    kind : type
        A dataclass whose fields are arrays, numbers, texts, None, tuples and dicts of these, or
        other registered classes. It goes by its bare name.

    Returns
    -------
    type
        The same class.

    Raises
    ------
    TypeError
        If it is no dataclass.
    ValueError
        If another class of this name is registered.
    """
    if not is_dataclass(kind):
        raise TypeError(f"{kind.__name__} is no dataclass")
    if _KINDS.setdefault(kind.__name__, kind) is not kind:
        raise ValueError(f"there is another registered class {kind.__name__}")
    return kind


for _kind in (
    Surrogate, Encoder, Learner, Stack, Spread, Space, Applicability, Space, PlaceTime, Ridge,
    AdditiveSplines, GaussianProcess, Trees, Card, Score, Audit, Finding,
):  # fmt: skip
    register(_kind)


def pack(value: object, arrays: Arrays, place: str = "") -> Any:
    """Split a value into plain JSON and arrays.

    Parameters
    ----------
    value : object
        A registered dataclass or anything that its fields may hold.
    arrays : dict of str to array
        Gains the arrays of the value, named by where they stand in it.
    place : str
        Where the value stands.

    Returns
    -------
    object
        What `json` writes: lists stand for tuples, and ``{"kind": ...}`` for everything that JSON
        has no word for.

    Raises
    ------
    TypeError
        If the value holds something that cannot be stored so.
    """
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in _STORABLE:
            raise TypeError(f"{place}: arrays of {value.dtype} cannot be stored")
        arrays[place] = value
        return {"kind": "array", "name": place}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else {"kind": "float", "value": str(value)}
    if isinstance(value, tuple | list):
        return [pack(held, arrays, _below(place, k)) for k, held in enumerate(value)]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        items = {key: pack(held, arrays, _below(place, key)) for key, held in value.items()}
        return {"kind": "dict", "items": items}
    known = _KINDS.get(type(value).__name__) is type(value)
    if not known or not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{place}: values of {type(value).__name__} cannot be stored")
    names = [field.name for field in fields(value)]
    held = {name: pack(getattr(value, name), arrays, _below(place, name)) for name in names}
    return {"kind": type(value).__name__, "fields": held}


def _below(place: str, name: object) -> str:
    return f"{place}.{name}" if place else str(name)


def unpack(stated: Any, arrays: Arrays) -> Any:
    """Rebuild the value that `pack` split; lists become tuples.

    Parameters
    ----------
    stated : object
        What `pack` returned, written as JSON and read back.
    arrays : dict of str to array

    Returns
    -------
    object

    Raises
    ------
    KeyError
        If an array is missing or a class is not registered.
    TypeError
        If the fields are not those of the class.
    """
    if isinstance(stated, list):
        return tuple(unpack(held, arrays) for held in stated)
    if not isinstance(stated, dict):
        return stated
    kind = stated["kind"]
    if kind == "array":
        return arrays[stated["name"]]
    if kind == "float":
        return float(stated["value"])
    if kind == "dict":
        return {key: unpack(held, arrays) for key, held in stated["items"].items()}
    held = {name: unpack(part, arrays) for name, part in stated["fields"].items()}
    return _KINDS[kind](**held)


def save_surrogate(surrogate: object, folder: Path | str) -> None:
    """Write a surrogate to ``folder`` as surrogate.json and arrays.npz.

    Parameters
    ----------
    surrogate : Surrogate, or another registered dataclass
    folder : Path or str
        Made if it does not exist.

    Raises
    ------
    TypeError
        If it holds something that cannot be stored as plain values.
    """
    folder = path_of(folder, "folder", "the path of a folder", RunError)
    arrays: Arrays = {}
    stated = {"format": FORMAT, "surrogate": pack(surrogate, arrays)}
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / "arrays.npz", allow_pickle=False, **arrays)
    text = json.dumps(stated, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "surrogate.json").write_text(text + "\n", encoding="utf-8")


def load_surrogate(folder: Path | str) -> Any:
    """Read a surrogate that `save_surrogate` wrote; it predicts the same values.

    Parameters
    ----------
    folder : Path or str

    Returns
    -------
    Surrogate, or the registered dataclass that was saved

    Raises
    ------
    RunError
        If a file is missing, damaged, or of another format.
    """
    folder = path_of(folder, "folder", "the path of a folder", RunError)
    for module in _REGISTER_MORE:
        import_module(module)
    try:
        stated = json.loads((folder / "surrogate.json").read_text(encoding="utf-8"))
        with np.load(folder / "arrays.npz", allow_pickle=False) as stored:
            arrays: Arrays = {name: stored[name] for name in stored.files}
        if stated["format"] != FORMAT:
            raise ValueError(f"format {stated['format']}, this version reads {FORMAT}")
        return unpack(stated["surrogate"], arrays)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        what = f"this fitted surrogate cannot be read ({error})"
        raise RunError(Finding(str(folder), what, "Run again from the stage fit.")) from error
