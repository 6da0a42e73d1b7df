"""How single values of the config are read: the annotation, and quantities, units, filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from edaphon.config.filters import FilterError, parse_filter
from edaphon.config.quantity import Quantity, QuantityError, parse_depth, parse_quantity
from edaphon.config.units import UnitError, check_unit
from edaphon.config.values import AgeValue, AreaValue, BenefitValue, KeepValue, TargetValue

QUANTITY_SCHEMA: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "number"}]}


@dataclass(frozen=True)
class Fault:
    """Something wrong in a value: where inside it, what, and how to mend it."""

    path: tuple[str | int, ...]
    what: str
    hint: str = ""


class FieldError(ValueError):
    """All faults of one value."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("; ".join(fault.what for fault in faults))

    def inside(self, *path: str | int) -> FieldError:
        """Return the same faults as those of a part of a value."""
        return FieldError(*(Fault((*path, *one.path), one.what, one.hint) for one in self.faults))


@dataclass(frozen=True)
class Parsed:
    """Annotation of a field that one of our functions reads.

    Attributes
    ----------
    read : callable
        (value, currency) -> parsed value; raises FieldError.
    shown : str
        What the reference calls the type: "quantity (EUR/ha)".
    schema : mapping
        JSON Schema of what may be written.
    written : callable, optional
        Parsed value -> what a config would hold; `as_written` if not given.
    """

    read: Callable[[object, str], Any]
    shown: str
    schema: Mapping[str, Any] = field(default_factory=dict, hash=False)
    written: Callable[[object], object] | None = None

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let `read` do the whole work; write the value back as a config would hold it."""
        return core_schema.with_info_plain_validator_function(
            self._validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                self.written or as_written
            ),
        )

    def __get_pydantic_json_schema__(
        self, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the schema as given."""
        return dict(self.schema)

    def _validate(self, value: object, info: ValidationInfo) -> Any:
        context = info.context or {}
        return self.read(value, context.get("currency", "EUR"))


def as_written(value: object) -> object:
    """Return a parsed value in the form in which a config holds it."""
    if isinstance(value, TargetValue | KeepValue | AreaValue | AgeValue | BenefitValue):
        return value.as_written()
    if isinstance(value, tuple):
        return [as_written(item) for item in value]
    if isinstance(value, Mapping):
        return {key: as_written(item) for key, item in value.items()}
    return str(value) if isinstance(value, Quantity) else value


def bounded(
    value: object,
    unit: str,
    *,
    also: tuple[str, ...] = (),
    least: float | None = None,
    above: float | None = None,
    called: str = "it",
) -> Quantity:
    """Read a quantity between bounds.

    Parameters
    ----------
    value : object
    unit : str
        Unit of a bare number.
    also : tuple of str
        Other units that are welcome.
    least, above : float, optional
        Smallest value, or the one that it must exceed (0, so that the unit does not matter).
    called : str
        How messages name it: "a budget".

    Raises
    ------
    FieldError
    """
    try:
        read = parse_quantity(value, unit, also)
    except QuantityError as error:
        raise FieldError(Fault((), error.what, error.hint)) from error
    if least is not None and read.value < least:
        what = f"{called} must not be negative, as {read} is"
        raise FieldError(Fault((), what, "Write 0 or more."))
    if above is not None and read.value <= above:
        raise FieldError(Fault((), f"{called} must be above {above:g}, and {read} is not"))
    return read


def quantity(
    unit: str,
    *also: str,
    least: float | None = None,
    above: float | None = None,
    called: str = "it",
) -> Parsed:
    """Return the annotation of a quantity; see `bounded` for the parameters.

    "currency" in a unit stands for the currency of the config.
    """

    def read(value: object, currency: str) -> Quantity:
        own, *others = (one.replace("currency", currency) for one in (unit, *also))
        return bounded(value, own, also=tuple(others), least=least, above=above, called=called)

    shown = unit.replace("currency", "EUR")
    description = f"A number (in {shown}) or text with a unit, as '10 {shown}'."
    return Parsed(read, f"quantity ({shown})", {**QUANTITY_SCHEMA, "description": description})


def read_unit(value: object, _currency: str) -> str:
    """Read the text of a unit that the registry must know."""
    text = _text(value, "a unit")
    try:
        check_unit(text)
    except UnitError as error:
        raise FieldError(Fault((), str(error))) from error
    return text.strip()


def read_depth(value: object, _currency: str) -> str:
    """Read the text of a depth interval, "" for none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise FieldError(Fault((), f"{value} is not a depth", f"write it as 0-{value} cm"))
    text = _text(value, "a depth")
    try:
        _ = parse_depth(text) if text else None
    except QuantityError as error:
        raise FieldError(Fault((), error.what, error.hint)) from error
    return text


def read_filter(value: object, _currency: str) -> str:
    """Read the text of a row filter, "" for none."""
    text = _text(value, "a row filter")
    try:
        _ = parse_filter(text) if text.strip() else None
    except FilterError as error:
        hint = "write it as \"slope_pct < 15 and land_use == 'arable'\""
        raise FieldError(Fault((), f"the filter cannot be read: {error}", hint)) from error
    return text.strip()


def name_or(unit: str) -> Callable[[object, str], str]:
    """Return a reader of a name, or of a quantity (which starts with a digit) in some unit."""

    def read(value: object, _currency: str) -> str:
        if isinstance(value, str) and not value[:1].isdigit():
            return value.strip()
        return str(bounded(value, unit, least=0.0))

    return read


def read_names(value: object, _currency: str) -> tuple[str, ...]:
    """Read one name or a list of names."""
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        hint = "write one name, or several in brackets: [a, b]"
        raise FieldError(Fault((), f"{value!r} is neither a name nor a list of names", hint))
    return tuple(names)


def _text(value: object, called: str) -> str:
    if isinstance(value, str):
        return value
    raise FieldError(Fault((), f"{value!r} is not {called}", "put it in quotes if it is text"))
