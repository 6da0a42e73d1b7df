"""The sections of soil properties: where they stand, what is derived of them, soil health.

The text under each key becomes docs/reference/config.md and the JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edaphon.config.kinds import Depth, Text, Unit
from edaphon.config.section import Section

Number = Annotated[float, Field(allow_inf_nan=False)]


class SoilSection(Section):
    """Where soil properties of the units stand, as far as names do not say it, and how they count.

    A property is found by the names that the registry of indicators knows (clay_pct, sand, ph,
    zn_mg_kg, ...), among the columns of the landscape, then among the surrogates.
    """

    columns: dict[str, Text] = Field(default_factory=dict)
    """Indicator of the registry (clay, sand, soc, coarse, ph, zinc, ...): the column of the
    landscape, or the surrogate, that holds it."""
    units: dict[str, Unit] = Field(default_factory=dict)
    """Indicator: unit of its column; else the unit at the end of the column's name (clay_g_kg),
    else that of the registry."""
    depth: Depth = "0-30 cm"
    """Layer of derived stocks and available water."""
    limits: Literal["upper", "lower"] = "upper"
    """Which end of the directive's ranges metals are compared with."""


class CurveSection(Section):
    """How an indicator is scored from 0 to 1: by `better`, by a peak, or by a plateau.

    Figures are in the registry's unit of the indicator, for a column in its own.
    """

    better: Literal["registry", "higher", "lower"] = "registry"
    """Which values score high among the soils of the stratum: as the registry of indicators says,
    higher, or lower."""
    mean: Number | None = None
    """Mean of the soils to compare with; empty = of the stratum."""
    sd: Number | None = None
    """Their standard deviation."""
    best: Number | None = None
    """Value that scores 1, where neither more nor less is better (pH); needs `width`."""
    width: Number | None = None
    """Distance from the best value at which the score has fallen to 0.61."""
    low: Number | None = None
    """Score 0 up to here, rising to `good_from`: a plateau instead of a peak."""
    good_from: Number | None = None
    """Score 1 from here ..."""
    good_to: Number | None = None
    """... to here, ..."""
    high: Number | None = None
    """... falling to 0 here."""


class HealthSection(Section):
    """A score of soil health from 0 to 1, never without its parts.

    The landscape gains the columns soil_health, soil_health_INDICATOR for each part, and
    soil_health_limiting, the indicator with the lowest score.
    """

    indicators: dict[str, CurveSection]
    """Indicator of the registry, or column of the landscape: how it is scored."""
    stratum: str = ""
    """Column of the classes within which soils are compared, as texture_group; empty = all with
    all."""
    combine: Literal["mean", "geometric", "minimum"] = "mean"
    """How the parts make the score: a good part makes up for a bad one, less so, or not at all."""
