"""Parsed values: targets, safeguards and area limits, and ages of samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edaphon.config.quantity import Quantity


@dataclass(frozen=True)
class TargetValue:
    """The least gain of a feature.

    Attributes
    ----------
    kind : {"share", "gain", "absolute"}
        "share": of total_amount (the sum of each unit's largest allowed effect); "gain": of
        today's stock; "absolute": an amount of its own.
    quantity : Quantity
        In % for "share" and "gain", in any unit for "absolute".
    by : {"", "region"}
        Overall, or in each region.
    """

    kind: Literal["share", "gain", "absolute"]
    quantity: Quantity
    by: Literal["", "region"] = ""

    def as_written(self) -> object:
        """Return what a config would hold: "30 %", {gain: 10 %}, {share: 20 %, by: region}."""
        if self.kind != "gain" and not self.by:
            return str(self.quantity)
        key = "amount" if self.kind == "absolute" else self.kind
        return {key: str(self.quantity)} | ({"by": self.by} if self.by else {})


@dataclass(frozen=True)
class KeepValue:
    """A safeguard: how far a feature may fall below today's stock.

    Attributes
    ----------
    share : Quantity
        In %, 0 or negative.
    by : {"", "region"}
        Overall, or in each region too.
    """

    share: Quantity
    by: Literal["", "region"] = ""

    def as_written(self) -> object:
        """Return what a config would hold: "-2 %" or {min: -2 %, by: region}."""
        return {"min": str(self.share), "by": self.by} if self.by else str(self.share)


@dataclass(frozen=True)
class AreaValue:
    """Limits to the area of an intervention.

    Attributes
    ----------
    min, max : Quantity or None
        In % of the landscape's (each region's) area or as an area (ha); at least one is given.
    by : {"", "region"}
        Overall, or in each region.
    """

    min: Quantity | None = None
    max: Quantity | None = None
    by: Literal["", "region"] = ""

    def as_written(self) -> object:
        """Return what a config would hold: {min: 50 ha, max: 20 %}."""
        ends = {"min": self.min, "max": self.max}
        written = {end: str(limit) for end, limit in ends.items() if limit is not None}
        return written | ({"by": self.by} if self.by else {})


@dataclass(frozen=True)
class AgeValue:
    """How much rows count that are older than an age.

    Attributes
    ----------
    age : Quantity
        A time, above 0.
    weight : float
        Above 0, up to 1: weight of an older row beside 1.
    """

    age: Quantity
    weight: float = 0.5

    def as_written(self) -> object:
        """Return what a config would hold: {age: 15 yr, weight: 0.5}."""
        return {"age": str(self.age), "weight": self.weight}


@dataclass(frozen=True)
class BenefitValue:
    """What the share of a feature counts.

    Attributes
    ----------
    kind : {"linear", "saturating", "power", "log", "exponential", "ramp", "worst"}
    shape : float, mapping of str to float, or None
        Exponent or rate; for ramp and worst the share (0 to 1) at which it ends, for all features
        or by name. None = the default.
    """

    kind: Literal["linear", "saturating", "power", "log", "exponential", "ramp", "worst"] = "linear"
    shape: float | dict[str, float] | None = None

    def as_written(self) -> object:
        """Return what a config would hold: "saturating", {power: 0.5}, {ramp: 30 %}."""
        if self.shape is None:
            return self.kind
        if self.kind not in ("ramp", "worst"):
            return {self.kind: self.shape}
        if isinstance(self.shape, dict):
            return {self.kind: {name: _percent(end) for name, end in self.shape.items()}}
        return {self.kind: _percent(self.shape)}


def _percent(share: float) -> str:
    return f"{share * 100.0:.15g} %"
