"""How the benefit of an objective is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from edaphon.config.fields import QUANTITY_SCHEMA, Fault, FieldError, Parsed, bounded
from edaphon.config.suggest import did_you_mean
from edaphon.config.values import BenefitValue

Kind = Literal["linear", "saturating", "power", "log", "exponential", "ramp", "worst"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_SHAPED: tuple[Kind, ...] = ("power", "log", "exponential", "ramp", "worst")


_ENDING: tuple[Kind, ...] = ("ramp", "worst")


def read_benefit(value: object, _currency: str) -> BenefitValue:
    """Read "saturating", {power: 0.5} or {ramp: 30 %}."""
    if isinstance(value, BenefitValue):
        return value
    shape: object = None
    name = value
    if isinstance(value, Mapping) and len(value) == 1:
        ((name, shape),) = value.items()
    known: tuple[Kind, ...] = KINDS if shape is None else _SHAPED
    kind = next((one for one in known if one == name), None)
    if kind is None:
        hint = did_you_mean(str(name), known) or "write saturating, {power: 0.5} or {ramp: 30 %}"
        raise FieldError(Fault((), f"there is no benefit {name!r}", hint))
    if shape is None and kind not in _ENDING:
        return BenefitValue(kind)
    if kind in _ENDING:
        return BenefitValue(kind, _ends(shape))
    rate = bounded(shape, "", called="the shape of a benefit").value
    most = 1.0 if kind == "power" else 1e4
    if not 0.0 < rate < most:
        what = f"the shape of {kind} lies above 0 and below {most:g}, and {rate:g} does not"
        raise FieldError(Fault((kind,), what))
    return BenefitValue(kind, rate)


def _ends(shape: object) -> float | dict[str, float]:
    """Read the share at which a ramp ends, for all features or by feature."""
    if shape is None:
        hint = "write {ramp: 30 %}: what lies above 30 % of the largest gain counts no more"
        raise FieldError(Fault((), "a ramp does not say where it ends", hint))
    if isinstance(shape, Mapping):
        return {str(name): _end(one) for name, one in shape.items()}
    return _end(shape)


def _end(value: object) -> float:
    share = bounded(value, "%", called="the end of a ramp").to("")
    if not 0.0 < share <= 1.0:
        raise FieldError(Fault(("ramp",), f"a ramp ends above 0 %, up to 100 %, not at {value}"))
    return share


_NUMBER: dict[str, Any] = {"type": "number"}
_ENDS: dict[str, Any] = {
    "anyOf": [
        *QUANTITY_SCHEMA["anyOf"],
        {"type": "object", "additionalProperties": QUANTITY_SCHEMA},
    ]
}
BENEFIT = Parsed(
    read_benefit,
    "linear, saturating, or {power, log, exponential, ramp, worst}",
    {
        "anyOf": [
            {"enum": [kind for kind in KINDS if kind not in _ENDING]},
            {
                "type": "object",
                "properties": {
                    **dict.fromkeys(("power", "log", "exponential"), _NUMBER),
                    "ramp": _ENDS,
                    "worst": _ENDS,
                },
                "additionalProperties": False,
            },
        ]
    },
)
Benefit = Annotated[BenefitValue, BENEFIT]
