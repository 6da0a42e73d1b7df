"""The sections of interventions: what may be done, and what a planner changes of the catalogue.

The text under each key becomes docs/reference/config.md and the JSON Schema.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from edaphon.config.carbon import CarbonFlow, MonthNumbers
from edaphon.config.context import Probability
from edaphon.config.kinds import Annual, Depth, Distance, Establishment, Name, RowFilter
from edaphon.config.own import OwnSection
from edaphon.config.safety import Labor, SpeciesOrigin, Water
from edaphon.config.section import Section


class OptionSection(Section):
    """What the planner changes in one row of the catalogue."""

    establishment: Establishment | None = None
    """Cost of establishing it: "85 EUR/ha", or "90 EUR/m3" of a practice paid by treated volume."""
    depth: Depth = ""
    """Treated depth of a practice paid by volume, as 0-30 cm; empty = the catalogue's."""
    annual: Annual | None = None
    """Cost of each year."""
    where: RowFilter = ""
    """Row filter that replaces the catalogue's: "land_use == 'arable' and slope_pct < 15"."""
    risk_assessed: bool = False
    """Whether the risk of releasing live organisms has been assessed; without, it goes nowhere."""
    origin: SpeciesOrigin = ""
    """Where the released species comes from, native or alien; alien ones are forbidden."""
    native_where: RowFilter = ""
    """Row filter of the units where the released species is native; empty = everywhere."""
    legal_where: RowFilter = ""
    """Row filter of the units where law allows it; empty = as `guards.law` says."""
    water_distance: Distance | None = None
    """Distance that it keeps from wells and water; empty = the catalogue's."""
    years_since: str = ""
    """Column of the years since its last dose, empty cells = never, for what is given once within
    the horizon; empty = the column years_since_NAME if there is one."""
    establishes: Probability | None = None
    """Chance that what is released stays in a unit; empty = the catalogue's range."""
    payment: Annual | None = None
    """What is paid for it each year (a subsidy, a premium), taken off its cost."""
    labor: Labor | None = None
    """Work that it adds in an average year; empty = the catalogue's."""
    water: Water | None = None
    """Water that it takes in an average year besides rain; below 0 = saved."""
    carbon_input: CarbonFlow | None = None
    """For RothC: carbon that the practice brings into the soil each year, besides today's."""
    carbon_rate: CarbonFlow | None = None
    """For RothC, instead of carbon_input: gain in organic carbon per year that trials measured, as
    a mean over 20 years; the input is set so that cropland gains as much on average."""
    carbon_sd: CarbonFlow | None = None
    """Standard deviation of carbon_input or carbon_rate; empty = that of the evidence's effect
    sizes."""
    carbon_kind: Literal["plant", "manure"] = "plant"
    """Whether that carbon comes as plant material or as manure or compost."""
    cover: MonthNumbers = ()
    """For RothC: months in which plants grow besides those of the land use."""


class InterventionsSection(Section):
    """What may be done."""

    use: tuple[str, ...]
    """Interventions of the catalogue and of `own`."""
    bundles: tuple[tuple[str, ...], ...] = ()
    """Interventions applied together in one unit, each bundle a list of names."""
    options: dict[str, OptionSection] = Field(default_factory=dict)
    """Costs and places of your own, by intervention (a bundle's name joins its parts with +)."""
    own: dict[Name, OwnSection] = Field(default_factory=dict)
    """Practices that the catalogue does not have, by a name of your choice that `use` takes up."""
