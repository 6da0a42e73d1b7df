"""The section of practices of the planner's own: what the catalogue does not have."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from edaphon.config.fields import quantity
from edaphon.config.kinds import Annual, Depth, Establishment, RowFilter, Text, Years
from edaphon.config.quantity import Quantity
from edaphon.config.safety import Labor, OwnGuardsSection, Water
from edaphon.config.section import Section

Change = Annotated[Quantity, quantity("%", above=-100, called="a change")]


class OwnEffectSection(Section):
    """What a practice of the planner's own changes in one outcome."""

    change: Change
    """Mean change against present management: "8 %"."""
    low: Change | None = None
    """Lower end of its 90 % interval."""
    high: Change | None = None
    """Upper end of its 90 % interval."""
    studies: Annotated[int, Field(ge=0)] = 0
    """Number of trials or studies behind it."""
    source: str = ""
    """Where the figure comes from; without one it is a judgement, which moves no mean effect."""


class OwnSection(Section):
    """A practice that the catalogue does not have, a traditional one for instance."""

    title: Text
    """Name shown to people."""
    where: RowFilter = ""
    """Row filter of the units that may have it; empty = anywhere."""
    establishment: Establishment | None = None
    """Cost of establishing it, per ha or (with `depth`) per m3; empty = 0."""
    annual: Annual | None = None
    """Cost of each year; empty = 0."""
    depth: Depth = ""
    """Treated depth of a cost per m3."""
    time_to_effect: Years | None = None
    """Years until its effects have come in full; empty = at once."""
    ease: Annotated[int, Field(ge=1, le=5)] | None = None
    """1 (hard) to 5 (easy)."""
    labor: Labor | None = None
    """Work added in an average year."""
    water: Water | None = None
    """Water that it takes in an average year besides rain; below 0 = saved."""
    guards: OwnGuardsSection = OwnGuardsSection()
    """Rules of safety that it is bound to."""
    risks: str = ""
    """Undesired effects, in words."""
    effects: dict[str, OwnEffectSection] = Field(default_factory=dict)
    """What it changes, by outcome of the catalogue."""
