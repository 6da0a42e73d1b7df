"""The section `space`: which units are neighbors and which boundary between them counts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edaphon.config.fields import quantity
from edaphon.config.quantity import Quantity
from edaphon.config.section import Section

BoundaryPrice = Annotated[
    Quantity, quantity("currency/m", least=0, called="the price of exposed boundary")
]


class SpaceSection(Section):
    """What counts as exposed boundary, for objectives that minimize or price it."""

    between: Literal["treated", "interventions"] = "treated"
    """Boundary is exposed where one neighbor is treated and the other keeps the baseline
    (treated), or wherever two neighbors take different interventions (interventions)."""
    patch: Annotated[int, Field(ge=1)] = 1
    """Fewest units of a patch: treated units (or, with between: interventions, units with the same
    intervention) that are neighbors of each other; 1 asks for nothing. What it costs is told by the
    optimality gap, whose bound does not know the rule."""
    boundaries: str = ""
    """CSV of unit_id, neighbor, length_m that replaces the neighbors found from geometry, each pair
    once; a unit beside itself has that much boundary toward the outside, exposed where treated."""
