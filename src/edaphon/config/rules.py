"""The section `constraints`, and those below it that hold more than one value each."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from edaphon.config.fields import Fault, FieldError, Parsed, quantity, read_names
from edaphon.config.kinds import Area, Budget, Keep, Names, Target, Text
from edaphon.config.limits import EXTENT
from edaphon.config.quantity import Quantity
from edaphon.config.section import Section
from edaphon.config.units import currency_of

Part = Annotated[Quantity, quantity("%", least=0, called="a share")]
Extent = Annotated[Quantity, EXTENT]


def _read_pair(value: object, currency: str) -> tuple[str, ...]:
    """Read two names."""
    names = read_names(value, currency)
    if isinstance(value, str) or len(names) != 2:
        hint = "Write [compost, biochar]; [compost, compost] keeps one from its like."
        raise FieldError(Fault((), f"{', '.join(names)} is no pair of interventions", hint))
    return names


ApartPair = Annotated[
    tuple[str, str],
    Parsed(
        _read_pair,
        "pair of texts",
        {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
    ),
]
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
    leave every intervention open; the baseline is always open, and [] leaves nothing else. A bundle
    is open where it is listed, or each of its parts is."""

    @field_validator("allow")
    @classmethod
    def _name_the_baseline(cls, allow: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Say "nothing else" by name: empty lists are left out where a config is written."""
        return {use: names or ("baseline",) for use, names in allow.items()}


class ConstraintsSection(Section):
    """Rules that every portfolio satisfies."""

    budget: Budget | None = None
    """"500000 EUR" bounds the present value, "25000 EUR/yr" the payments of each year,
    {annual: 25000 EUR/yr} the annual costs alone."""
    targets: dict[str, Target] = Field(default_factory=dict)
    """Feature: "30 %" of the largest gain, {gain: 10 %} of today's stock, or "1200 t"; in each
    region by {share: 20 %, by: region} (also gain or amount): so no region is left behind."""
    keep: dict[str, Keep] = Field(default_factory=dict)
    """Feature: "-2 %", how far it may fall below today's stock; {min: -2 %, by: region}."""
    area: dict[str, Area] = Field(default_factory=dict)
    """Intervention, bundles that hold it included, or `treated` for all but the baseline: {max:
    20 %} of the landscape's area, {min: 50 ha}; with `by: region` in each region (of its area)."""
    units: dict[str, UnitsSection] = Field(default_factory=dict)
    """Intervention, bundles that hold it included, or `treated`: how many planning units, {min: 5}
    for pilots."""
    regions: RegionsSection = RegionsSection()
    """Shares of the regions in spending and treated area."""
    outside_applicability: Part | None = None
    """Largest share of the spending outside the area of applicability."""
    apart: tuple[ApartPair, ...] = ()
    """Pairs of interventions that may not lie on neighboring units, as [[compost, biochar]];
    [[biochar, biochar]] keeps one from its like. Bundles are kept apart by what they hold."""
    near: NearSection | None = None
    """Stay close to an earlier portfolio."""
    transitions: TransitionsSection | None = None
    """What may follow on the present land use."""
    per_farm: bool = False
    """One choice per farm (`landscape.farm`), as organic conversion is bought: all its units where
    the intervention is allowed take it, the others keep the baseline."""

    @property
    def budgets(self) -> tuple[tuple[str, Quantity], ...]:
        """The ledgers that the budget bounds, with their limits.

        "cost" is the present value, "first_year" the undiscounted payments of year 1
        (establishment and annual cost), "annual" the annual cost alone.
        """
        if self.budget is None:
            return ()
        if isinstance(self.budget, dict):
            return tuple(self.budget.items())
        plain = self.budget.unit == currency_of(self.budget.unit)
        return (("cost" if plain else "first_year", self.budget),)
