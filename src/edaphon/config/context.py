"""The sections of context: threats, the need of intervention, and who takes it up.

The text under each key becomes docs/reference/config.md and the JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edaphon.config.fields import quantity
from edaphon.config.kinds import Name, Text
from edaphon.config.quantity import Quantity
from edaphon.config.section import Section

Coefficient = Annotated[float, Field(allow_inf_nan=False)]
Reduction = Annotated[Quantity, quantity("%", called="a reduction")]
Probability = Annotated[Quantity, quantity("%", least=0, called="a probability")]
Fraction = Annotated[float, Field(ge=0, le=1)]


class LogisticSection(Section):
    """Chance of adoption where no survey tells it.

    logit(p) = intercept + ease (e - 3) + returns (-cost / income) + tenure (t - 1/2) + users u,
    with e from 1 (hard) to 5 (easy) and the mean cost of a year, net of payments. The figures are
    judgements: set your own.
    """

    intercept: Coefficient = 0.0
    """Log odds for an intervention of middling ease that costs nothing; 0 = one in two."""
    ease: Coefficient = 0.5
    """For each step of ease."""
    returns: Coefficient = 2.0
    """For a gain as large as the income."""
    income: str = ""
    """Income from the land today: a column or a quantity (800 EUR/ha/yr); empty = costs do not
    count."""
    tenure: Coefficient = 1.0
    """Between land that is leased and land that is owned."""
    owned: str = ""
    """Column of the share that is owned, 0 to 1."""
    users: Coefficient = 1.0
    """Between nobody around and everybody."""
    use_nearby: str = ""
    """Column of the share of farms nearby that use it already, 0 to 1."""


class AdoptionSection(Section):
    """Who takes an intervention up: effects count by the probability, costs in full."""

    column: str = ""
    """Column of the probability, 0 to 1, for every intervention: a survey's."""
    columns: dict[str, Text] = Field(default_factory=dict)
    """Intervention: its own such column. A bundle without one is as likely as its least likely
    part."""
    logistic: LogisticSection = LogisticSection()
    """For interventions without a column, and for units where it is empty."""


class ThreatsSection(Section):
    """What threatens the soil of the units, and what practices take off it.

    The landscape gains a column `threat`, from 0 to 1; a feature with `model: threats` counts it.
    """

    layers: dict[Name, Text]
    """Threat (erosion, compaction, pesticide, salinity, monoculture, climate, or one of your own):
    the column of its intensity, from 0 (none) to 1 (all is lost)."""
    weights: dict[str, Fraction] = Field(default_factory=dict)
    """Threat: the share of its full intensity that counts; 1 if not given."""
    combine: Literal["product", "max", "sum"] = "product"
    """product: 1 - product of (1 - weight x intensity), what one leaves the next can take; max: the
    worst; sum: the sum, at most 1."""
    reductions: dict[str, dict[str, Reduction]] = Field(default_factory=dict)
    """Intervention: {threat: "60 %"}, what it takes off a threat, in place of the matrix that
    ships; below 0 = it adds."""


class ReferenceSection(Section):
    """The reference that a feature is held against; give one of the two."""

    reference: str = ""
    """Amount in the feature's unit per ha: a column, or a quantity (60 t/ha)."""
    quantile: Probability | None = None
    """Quantile among the units of the same stratum: 50 % is their median."""


class NeedSection(Section):
    """Which units need intervention: the probability that a feature falls short of its reference.

    The landscape gains the columns `need_NAME` and `need`, from 0 to 1, for row filters.
    """

    of: dict[str, ReferenceSection]
    """Feature: its reference."""
    stratum: str = ""
    """Column of soils and climates that are alike; empty = all units are."""
    least: Probability | None = None
    """Units with a smaller `need` keep the baseline; empty = all may be treated."""
