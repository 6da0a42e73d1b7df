"""How the values of predictors and surrogates are read: radii, files by date, ages, levels."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from edaphon.config.dates import DateError, decimal_year
from edaphon.config.fields import (
    QUANTITY_SCHEMA,
    Fault,
    FieldError,
    Parsed,
    as_written,
    bounded,
)
from edaphon.config.quantity import Quantity, QuantityError, parse_quantity
from edaphon.config.suggest import did_you_mean
from edaphon.config.units import UnitError
from edaphon.config.values import AgeValue

NONE = "none"
"""Switches off what would be offered by default."""

_STRING: dict[str, Any] = {"type": "string"}
_WIDEST = 45.0
"""Degrees above which a bare number was rather meant as meters (judgement)."""


def read_radii(value: object, _currency: str) -> tuple[Quantity, ...]:
    """Read [2, 5 km], one radius, or none (an empty tuple).

    A bare number counts cells of the raster, from 1 up.
    """
    if value in (NONE, (), []):
        return ()
    given = value if isinstance(value, list | tuple) else [value]
    faults: list[Fault] = []
    read: list[Quantity] = []
    for position, one in enumerate(given):
        try:
            read.append(_radius(one))
        except FieldError as error:
            place = (position,) if isinstance(value, list | tuple) else ()
            faults += error.inside(*place).faults
    if faults:
        raise FieldError(*faults)
    return tuple(dict.fromkeys(read))


def _radius(value: object) -> Quantity:
    hint = "write a number of cells, as 3, a length, as 5 km, or none"
    try:
        radius = parse_quantity(value)
    except QuantityError as error:
        raise FieldError(Fault((), f"cannot read {value!r} as a radius", hint)) from error
    if not radius.unit:
        if radius.value < 1 or radius.value % 1:
            what = f"a radius counts whole cells, and {radius} does not"
            raise FieldError(Fault((), what, hint))
        return radius
    return bounded(value, "m", above=0.0, called="a radius")


def written_radii(value: object) -> object:
    """Return radii as a config would hold them: a list, or none."""
    return as_written(value) or NONE


def read_raster_files(value: object, _currency: str) -> str | dict[str, str]:
    """Read the file of a raster, or the files of its dates."""
    if isinstance(value, str) and value:
        return value
    hint = "write a file, or {2018: a.tif, 2022: b.tif}"
    if not isinstance(value, Mapping) or not value:
        raise FieldError(Fault((), f"{value!r} is neither a file nor files by date", hint))
    faults = []
    for when, file in value.items():
        try:
            decimal_year(str(when))
        except DateError as error:
            faults.append(Fault((str(when),), str(error), hint))
        if not isinstance(file, str) or not file:
            faults.append(Fault((str(when),), f"{file!r} is no file", hint))
    if faults:
        raise FieldError(*faults)
    return {str(when): file for when, file in value.items()}


def read_date(value: object, _currency: str) -> str:
    """Read a date as text, "" for none."""
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        raise FieldError(Fault((), f"{value!r} is no date", "write 2024 or 2024-06-30"))
    try:
        _ = decimal_year(text) if text else 0.0
    except DateError as error:
        raise FieldError(Fault((), str(error), "write 2024 or 2024-06-30")) from error
    return text.strip()


def read_age(value: object, _currency: str) -> AgeValue:
    """Read "15 yr" or {age: 15 yr, weight: 0.2}."""
    if isinstance(value, AgeValue):
        return value
    if not isinstance(value, Mapping):
        return AgeValue(bounded(value, "yr", above=0.0, called="an age"))
    known = ("age", "weight")
    faults = [
        Fault((key,), f"older_than has no {key!r}", did_you_mean(str(key), known))
        for key in value
        if key not in known
    ]
    weight = value.get("weight", 0.5)
    if not isinstance(weight, int | float) or isinstance(weight, bool) or not 0 < weight <= 1:
        what = f"a weight lies above 0 and up to 1, and {weight!r} does not"
        faults.append(Fault(("weight",), what, "write 0.5 for half as much"))
    try:
        age = bounded(value.get("age"), "yr", above=0.0, called="an age")
    except FieldError as error:
        raise FieldError(*faults, *error.inside("age").faults) from error
    if faults:
        raise FieldError(*faults)
    return AgeValue(age, float(weight))


def share(low: float, high: float, called: str) -> Parsed:
    """Return the annotation of a percentage from `low` (inclusive) to below `high`."""

    def read(value: object, _currency: str) -> Quantity:
        given = bounded(value, "%", called=called)
        if not low <= given.to("%") < high:
            what = f"{called} lies from {low:g} % to below {high:g} %, and {given} does not"
            hint = f"write {100 * given.value:g} %" if 0 < given.value < 1 else ""
            raise FieldError(Fault((), what, hint))
        return given

    return Parsed(read, "quantity (%)", {**QUANTITY_SCHEMA, "description": "Text as '90 %'."})


def read_side(value: object, _currency: str) -> Quantity:
    """Read the side of a block; a bare number counts in degrees, so meters must say so."""
    side = bounded(value, "degrees", also=("m",), above=0.0, called="the side of a block")
    with suppress(UnitError):  # a length
        if side.to("degrees") > _WIDEST:
            what = f"the side of a block is {side}, which is wider than any land"
            raise FieldError(Fault((), what, f"write {side.value:g} m if that is meant"))
    return side


SIDE = Parsed(
    read_side,
    "quantity (degrees)",
    {**QUANTITY_SCHEMA, "description": "A number (in degrees) or text with a unit, as '500 m'."},
)
RADII = Parsed(
    read_radii,
    "list (number of cells, or length), or `none`",
    {"anyOf": [*QUANTITY_SCHEMA["anyOf"], {"type": "array", "items": QUANTITY_SCHEMA}]},
    written_radii,
)
RASTER_FILES = Parsed(
    read_raster_files,
    "file, or files by date",
    {"anyOf": [_STRING, {"type": "object", "additionalProperties": _STRING}]},
)
DATE = Parsed(read_date, "date", {"anyOf": [_STRING, {"type": "number"}]})
AGE = Parsed(
    read_age,
    "time, or {age, weight}",
    {
        "anyOf": [
            *QUANTITY_SCHEMA["anyOf"],
            {"type": "null"},
            {
                "type": "object",
                "properties": {"age": QUANTITY_SCHEMA, "weight": {"type": "number"}},
                "additionalProperties": False,
            },
        ]
    },
)
