"""How budgets, targets, safeguards and area limits are read.

Each reader takes what the file holds (or a value that is read already) and raises one FieldError
with every fault in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal, TypeVar

from edaphon.config.fields import QUANTITY_SCHEMA, Fault, FieldError, Parsed, bounded
from edaphon.config.quantity import Quantity, QuantityError, parse_quantity
from edaphon.config.suggest import did_you_mean
from edaphon.config.units import UnitError, parse_unit
from edaphon.config.values import AreaValue, KeepValue, TargetValue

LEDGER_UNITS = {
    "cost": "currency", "first_year": "currency/yr", "annual": "currency/yr",
    "net_cost": "currency", "labor": "h", "water": "m3",
}  # fmt: skip
"""What a budget can bound, with its unit: the present value, year 1, the annual costs, the present
value less what yields earn, and labor and water over the horizon (or per year)."""
_PER_YEAR = {"labor": "h/yr", "water": "m3/yr"}
_SPELLED = {"labour": "labor"}

_NONE = Quantity(0.0, "%")
_Value = TypeVar("_Value")


def read_budget(value: object, currency: str) -> Quantity | dict[str, Quantity]:
    """Read "500000 EUR", "25000 EUR/yr" or {annual: 25000 EUR/yr}."""
    if not isinstance(value, Mapping):
        return _money(value, currency, (f"{currency}/yr",))
    value = {_SPELLED.get(key, key): limit for key, limit in value.items()}
    faults = _unknown_keys(value, LEDGER_UNITS, "a budget cannot bound")
    read: dict[str, Quantity] = {}
    for ledger, unit in LEDGER_UNITS.items():
        if ledger in value:
            own = unit.replace("currency", currency)
            also = (_PER_YEAR[ledger],) if ledger in _PER_YEAR else ()
            limit = _part(faults, ledger, _money, value[ledger], own, also)
            read |= {} if limit is None else {ledger: limit}
    if not value:
        faults.append(Fault((), "the budget bounds nothing", "write 500000 EUR"))
    return _or_raise(read, faults)


def read_ledger(value: object, _currency: str) -> str:
    """Read the name of a ledger, in either spelling."""
    if not isinstance(value, str):
        hint = "write the name of one ledger, as cost"
        raise FieldError(Fault((), f"{value!r} is no name", hint))
    return _SPELLED.get(value, value)


def read_target(value: object, _currency: str) -> TargetValue:
    """Read "30 %", {gain: 10 %}, "1200 t" or {share: 20 %, by: region}."""
    if isinstance(value, TargetValue):
        return value
    if not isinstance(value, Mapping):
        return _plain_target(value)
    faults = _unknown_keys(value, ("share", "gain", "amount", "by"), "a target has no")
    given = [key for key in ("share", "gain", "amount") if value.get(key) is not None]
    by = _by_region(value, "a target", faults)
    if len(given) != 1:
        hint = "write one of share: 20 %, gain: 10 % and amount: 1200 t"
        raise FieldError(*faults, Fault((), "the target has no one size", hint))
    (key,) = given
    if key == "gain":
        gain = _part(faults, "gain", _gain, value["gain"])
        return _or_raise(TargetValue("gain", gain or Quantity(0.0, "%"), by), faults)
    plain = _part(faults, key, _plain_target, value[key])
    kind = "absolute" if key == "amount" else "share"
    if plain is not None and plain.kind != kind:
        hint = "a share is in %, an amount in a unit of its own"
        faults.append(Fault((key,), f"{plain.quantity} is no {key}", hint))
    return _or_raise(replace(plain, by=by) if plain else TargetValue("share", _NONE), faults)


def _plain_target(value: object) -> TargetValue:
    hint = "write 30 % of the largest gain, {gain: 10 %} of today's stock, or an amount as 1200 t"
    amount = _with_unit(value, hint)
    if amount.value < 0:
        what = f"a target must not be negative, as {amount} is"
        raise FieldError(Fault((), what, "To bound a loss, use keep."))
    if not _is_share(amount):
        return TargetValue("absolute", amount)
    if amount.value > 100.0:
        what = f"no portfolio reaches {amount} of the largest gain"
        hint = "write at most 100 %, or {gain: ...} for a share of today's stock"
        raise FieldError(Fault((), what, hint))
    return TargetValue("share", amount)


def _by_region(value: Mapping[Any, Any], said: str, faults: list[Fault]) -> Literal["", "region"]:
    by = value.get("by") or ""
    if by not in ("", "region"):
        faults.append(Fault(("by",), f"{said} cannot go by {by!r}", "write by: region"))
    return "region" if by else ""


def read_keep(value: object, _currency: str) -> KeepValue:
    """Read "-2 %" or {min: -2 %, by: region}."""
    if isinstance(value, KeepValue):
        return value
    if not isinstance(value, Mapping):
        return KeepValue(_loss(value))
    faults = _unknown_keys(value, ("min", "by"), "keep has no")
    share = _part(faults, "min", _loss, value.get("min"))
    by = _by_region(value, "keep", faults)
    return _or_raise(KeepValue(share or _NONE, by), faults)


def read_area(value: object, _currency: str) -> AreaValue:
    """Read {max: 20 %} or {min: 50 ha, max: 200 ha}."""
    if isinstance(value, AreaValue):
        return value
    if not isinstance(value, Mapping):
        hint = "write {max: 20 %} of the landscape, or {min: 50 ha}"
        raise FieldError(Fault((), f"{value!r} does not say whether it is min or max", hint))
    faults = _unknown_keys(value, ("min", "max", "by"), "an area limit has no")
    ends = {
        end: _part(faults, end, _extent, value[end])
        for end in ("min", "max")
        if value.get(end) is not None
    }
    by = _by_region(value, "an area limit", faults)
    limits = AreaValue(ends.get("min"), ends.get("max"), by)
    if not ends and not faults:
        faults.append(Fault((), "the area limit says nothing", "write {max: 20 %}"))
    if limits.min is not None and limits.max is not None:
        faults.extend(_crossed(limits.min, limits.max))
    return _or_raise(limits, faults)


def _crossed(low: Quantity, high: Quantity) -> list[Fault]:
    """Return a fault if the lower limit lies above the upper, where both have one base."""
    try:
        crossed = low.to(high.unit) > high.value
    except UnitError:
        crossed = False
    return [Fault((), f"min ({low}) lies above max ({high})", "swap them")] if crossed else []


def _money(value: object, unit: str, also: tuple[str, ...] = ()) -> Quantity:
    return bounded(value, unit, also=also, least=0.0, called="a budget")


def _gain(value: object) -> Quantity:
    return bounded(value, "%", least=0.0, called="a target")


def _loss(value: object) -> Quantity:
    share = bounded(value, "%")
    if -100.0 <= share.to("%") <= 0.0:
        return share
    hint = "write how far it may fall, from 0 % to -100 %; for a gain use targets"
    raise FieldError(Fault((), f"keep bounds a loss, and {share} is none", hint))


def _extent(value: object) -> Quantity:
    """Read a share of the landscape's area, or an area."""
    extent = _with_unit(value, "write 20 % of the landscape, or an area as 50 ha")
    share = _is_share(extent)
    if not share:
        extent = bounded(value, "ha")
    if extent.value < 0 or (share and extent.value > 100.0):
        what = f"{extent} is no part of the landscape"
        raise FieldError(Fault((), what, "write 0 % to 100 %, or an area as 50 ha"))
    return extent


def _with_unit(value: object, hint: str) -> Quantity:
    """Read a quantity whose unit tells what is meant, so that it must be there."""
    try:
        read = parse_quantity(value)
    except QuantityError as error:
        raise FieldError(Fault((), error.what, error.hint or hint)) from error
    if not read.unit:
        raise FieldError(Fault((), f"{value!r} has no unit", hint))
    return read


def _is_share(amount: Quantity) -> bool:
    return parse_unit(amount.unit) == parse_unit("%")


def _unknown_keys(value: Mapping[Any, Any], known: Iterable[str], said: str) -> list[Fault]:
    return [
        Fault((key,), f"{said} {key!r}", did_you_mean(key, known))
        for key in value
        if key not in known
    ]


def _part(
    faults: list[Fault], key: str, read: Callable[..., _Value], *values: object
) -> _Value | None:
    """Read a part of a value; what is wrong in it joins the faults."""
    try:
        return read(*values)
    except FieldError as error:
        faults.extend(error.inside(key).faults)
        return None


def _or_raise(value: _Value, faults: list[Fault]) -> _Value:
    if faults:
        raise FieldError(*faults)
    return value


_SHARE = {"type": "string", "description": "Text as '30 %'."}


def _keys(**parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": parts, "additionalProperties": False}


BUDGET = Parsed(
    read_budget,
    "budget",
    {
        "anyOf": [
            *QUANTITY_SCHEMA["anyOf"],
            {"type": "null"},
            _keys(**dict.fromkeys(LEDGER_UNITS, QUANTITY_SCHEMA)),
        ]
    },
)
LEDGER = Parsed(read_ledger, "text", {"type": "string"})
_BY = {"const": "region"}
TARGET = Parsed(
    read_target,
    "target",
    {
        "anyOf": [
            {"type": "string"},
            _keys(**dict.fromkeys(("share", "gain", "amount"), QUANTITY_SCHEMA), by=_BY),
        ]
    },
)
KEEP = Parsed(
    read_keep,
    "safeguard",
    {"anyOf": [*QUANTITY_SCHEMA["anyOf"], _keys(min=QUANTITY_SCHEMA, by=_BY)]},
)
AREA = Parsed(read_area, "area limit", _keys(min=_SHARE, max=_SHARE, by=_BY))
EXTENT = Parsed(lambda value, _currency: _extent(value), "share of the landscape, or area", _SHARE)
