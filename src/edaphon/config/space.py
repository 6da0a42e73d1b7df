"""The section `space`: which units are neighbors and which boundary between them counts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edaphon.config.fields import quantity
from edaphon.config.kinds import Distance
from edaphon.config.quantity import Quantity
from edaphon.config.section import Section

CONNECTIVITY = "connectivity"
"""What ``maximize`` names to maximize the equivalent connected area."""
CONTIGUITY = "contiguity"
"""What ``maximize`` names to maximize the effective mesh size."""
LINKED = (CONNECTIVITY, CONTIGUITY)
"""What ``maximize`` may name beside features: how what is treated hangs together."""

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
    connectivity: Literal["", "pc", "iic"] = ""
    """For objectives that `maximize: connectivity`: the probability of connectivity (pc) or the
    integral index of connectivity (iic) of what is treated, shown as equivalent connected area."""
    distance: Distance | None = None
    """For connectivity, from edge to edge: what every second disperser covers (pc; up to 4.32 times
    that counts as a way, where 5 % arrive), or the longest way (iic)."""
    boundaries: str = ""
    """CSV of unit_id, neighbor, length_m that replaces the neighbors found from geometry, each pair
    once; a unit beside itself has that much boundary toward the outside, exposed where treated."""
