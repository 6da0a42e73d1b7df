"""Arrays and plain values in a form that a page can carry."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.report.run_files import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KINDS = {
    "i1": "Int8",
    "u1": "Uint8",
    "i2": "Int16",
    "u2": "Uint16",
    "i4": "Int32",
    "f4": "Float32",
}


@dataclass(frozen=True)
class Coded:
    """Figures rounded to one byte each.

    Attributes
    ----------
    codes : uint8 array
    steps : list of float
        What each code stands for.
    error : float
        No figure is off by more than this share of itself.
    """

    codes: NDArray[np.uint8]
    steps: list[float]
    error: float


def coded(values: NDArray[np.float64]) -> Coded | None:
    """Round figures to steps of equal ratio, and 0; None where one is negative or not finite."""
    if not (np.isfinite(values).all() and (values >= 0).all()):
        return None
    above = values[values > 0]
    low, high = (np.log(above.min()), np.log(above.max())) if len(above) else (0.0, 0.0)
    step = (high - low) / 254
    codes = np.zeros(values.shape, dtype=np.uint8)
    codes[values > 0] = 1 + (np.rint((np.log(above) - low) / step) if step > 0 else 0)
    steps = [0.0, *np.exp(low + step * np.arange(255)).tolist()]
    return Coded(codes, steps, float(np.expm1(step / 2)))


def pack(arrays: Mapping[str, NDArray[Any] | Coded]) -> tuple[dict[str, Any], str]:
    """Pack arrays into one compressed block.

    Parameters
    ----------
    arrays : mapping of str to array or Coded
        Of int8, uint8, int16, uint16, int32 or float32.

    Returns
    -------
    index : dict
        Name: [kind of JavaScript's typed array, first byte, number of values], and for coded ones
        what each code stands for.
    block : str
        zlib-compressed little-endian bytes as base64; each array starts at a multiple of 4.
    """
    index: dict[str, Any] = {}
    block = bytearray()
    for name, given in arrays.items():
        array = given.codes if isinstance(given, Coded) else given
        values = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
        index[name] = [_KINDS[values.dtype.str[1:]], len(block), values.size]
        if isinstance(given, Coded):
            index[name].append(given.steps)
        block += values.tobytes()
        block += bytes(-len(block) % 4)
    return index, base64.b64encode(zlib.compress(bytes(block), 9)).decode("ascii")


def script_json(value: Any) -> str:
    """Return JSON that can stand inside a script element: no character of it can end it."""
    text = json.dumps(plain(value), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
