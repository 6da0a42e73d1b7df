"""The sections of safety and law: what guards go by.

The text under each key becomes docs/reference/config.md and the JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Literal

from edaphon.config.fields import quantity
from edaphon.config.kinds import Distance, Names, RowFilter
from edaphon.config.quantity import Quantity
from edaphon.config.section import Section

ProtectedLand = Literal["native_grassland", "forest", "wetland", "peatland"]
Labor = Annotated[Quantity, quantity("h/ha/yr", called="labor")]
Water = Annotated[Quantity, quantity("m3/ha/yr", called="water")]
SpeciesOrigin = Literal["", "native", "alien"]


class GuardsSection(Section):
    """Where land lies that practices are kept off, and what law forbids where.

    Of each kind of land: a row filter; empty = a true-or-false column of that name, or units whose
    `land_use` says so.
    """

    contaminated: RowFilter = ""
    """Units whose contaminants exceed the limits: "exceedance_ratio > 1". They take remediation, or
    what nobody eats. Empty = the column contaminated, or exceeded (of `landscape.derive`) above
    0."""
    native_grassland: RowFilter = ""
    """Grassland that was never plowed: no trees are planted on it."""
    forest: RowFilter = ""
    """Forest."""
    wetland: RowFilter = ""
    """Wetland."""
    peatland: RowFilter = ""
    """Peat: protected from a change of the land use."""
    black_soil: RowFilter = ""
    """Black soil: protected from a change of the land use."""
    water_distance: Names = ()
    """Columns of the distance to wells and to water, in m; the least counts. Empty = those of
    water_distance_m, distance_to_water_m, well_distance_m and distance_to_well_m that are there."""
    jurisdiction: str = ""
    """Column that says under whose law a unit falls."""
    law: str = ""
    """CSV of what law forbids: jurisdiction (* = everywhere), intervention, why."""


class OwnGuardsSection(Section):
    """Rules of safety that a practice of the planner's own is bound to."""

    live_release: bool = False
    """It brings live organisms in: allowed only with `risk_assessed: true` in its options."""
    native_only: bool | None = None
    """Alien species are forbidden; empty = where it brings live organisms in."""
    water_distance: Distance = Quantity(0.0, "m")
    """Distance that it keeps from wells and water."""
    antibiotic_resistance: bool = False
    """It may spread genes of antibiotic resistance."""
    contaminated_only: bool = False
    """For contaminated units only: it remediates."""
    edible: bool = True
    """Its product is eaten: not on contaminated units."""
    excluded_land: tuple[ProtectedLand, ...] = ()
    """Land that it never goes to: native_grassland, forest, wetland, peatland."""
    converts_land: bool = False
    """It changes the land use: not on peat and black soil."""
    once_per_horizon: bool = False
    """One dose within the horizon."""
