"""Arrays and plain values in a form that a page can carry."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
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


def pack(arrays: Mapping[str, NDArray[Any]]) -> tuple[dict[str, Any], str]:
    """Pack arrays into one compressed block.

    Parameters
    ----------
    arrays : mapping of str to array
        Of int8, uint8, int16, uint16, int32 or float32.

    Returns
    -------
    index : dict
        Name: [kind of JavaScript's typed array, first byte, number of values].
    block : str
        zlib-compressed little-endian bytes as base64; each array starts at a multiple of 4.
    """
    index: dict[str, Any] = {}
    block = bytearray()
    for name, array in arrays.items():
        values = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
        index[name] = [_KINDS[values.dtype.str[1:]], len(block), values.size]
        block += values.tobytes()
        block += bytes(-len(block) % 4)
    return index, base64.b64encode(zlib.compress(bytes(block), 9)).decode("ascii")


def script_json(value: Any) -> str:
    """Return JSON that can stand inside a script element: no character of it can end it."""
    text = json.dumps(plain(value), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
