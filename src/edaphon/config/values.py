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
    """

    kind: Literal["share", "gain", "absolute"]
    quantity: Quantity

    def as_written(self) -> object:
        """Return what a config would hold: "30 %", {gain: 10 %} or "1200 t"."""
        return {"gain": str(self.quantity)} if self.kind == "gain" else str(self.quantity)


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
        In % of the landscape's area or as an area (ha); at least one is given.
    """

    min: Quantity | None = None
    max: Quantity | None = None

    def as_written(self) -> object:
        """Return what a config would hold: {min: 50 ha, max: 20 %}."""
        ends = {"min": self.min, "max": self.max}
        return {end: str(limit) for end, limit in ends.items() if limit is not None}


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
