"""The sections below `constraints` that hold more than one value each."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from edaphon.config.fields import quantity
from edaphon.config.kinds import Names, Text
from edaphon.config.limits import EXTENT
from edaphon.config.quantity import Quantity
from edaphon.config.section import Section

Part = Annotated[Quantity, quantity("%", least=0, called="a share")]
Extent = Annotated[Quantity, EXTENT]
ChangePrice = Annotated[Quantity, quantity("currency/ha", least=0, called="the price of a change")]


class UnitsSection(Section):
    """How many planning units take an intervention."""

    min: Annotated[int, Field(ge=0)] = 0
    """At least so many: pilots."""
    max: Annotated[int, Field(ge=0)] | None = None
    """At most so many."""
    by: Literal["", "region"] = ""
    """`region`: in each region."""


class PartSection(Section):
    """Share that each region receives."""

    min: Part | None = None
    """At least this share of the whole in each region; with n regions at most 100 % / n."""
    max: Part | None = None
    """At most this share of the whole in each region."""


class RegionsSection(Section):
    """How the regions share in what is done."""

    spending: PartSection = PartSection()
    """Of the money spent."""
    area: PartSection = PartSection()
    """Of the area that is not left to the baseline."""


class NearSection(Section):
    """How close a portfolio stays to an earlier one."""

    file: str = ""
    """CSV of unit_id, intervention (units left out: baseline); empty = the present policy, which
    `landscape.policy` names."""
    max: Extent | None = None
    """Most that may differ: "20 %" of the landscape's area, or "300 ha"."""
    max_units: Annotated[int, Field(ge=0)] | None = None
    """Most planning units that may differ."""
    price: ChangePrice | None = None
    """What changing a hectare costs; joins `minimize: cost` as the ledger `change`."""


class TransitionsSection(Section):
    """What may follow on the present land use."""

    column: Text
    """Landscape column of the present land use."""
    allow: dict[str, Names] = Field(default_factory=dict)
    """Value of the column: the interventions that may follow there. Values that are not listed
    leave every intervention open; the baseline is always open, and [] leaves nothing else."""

    @field_validator("allow")
    @classmethod
    def _name_the_baseline(cls, allow: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Say "nothing else" by name: empty lists are left out where a config is written."""
        return {use: names or ("baseline",) for use, names in allow.items()}
