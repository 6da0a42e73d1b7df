"""The section of evidence: what makes effects differ between units, if it passes its test.

The text under each key becomes docs/reference/config.md and the JSON Schema.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from edaphon.config.kinds import Names, Text
from edaphon.config.section import Section


class LearnerSection(Section):
    """An effect learned from samples of places with and without the practice."""

    surrogate: Text
    """State surrogate whose samples come from both kinds of places; the features made of it take
    the effect."""
    treated: Text
    """Column of its samples: true (or 1) where the practice was there."""
    learner: Literal["T", "S"] = "T"
    """T: one model for the places with the practice and one for those without; S: one model that
    has the practice among its predictors."""


class EvidenceSection(Section):
    """What makes effects differ between units; without held-out skill the pooled evidence stands.

    A finding says what was used and what was refused, and why.
    """

    moderators: Names = ()
    """Columns of `trials` by which effects may differ (clay, rain, duration); the units have them
    under the same names, as columns or predictors. They count only where they predict studies that
    were left out better than the mean of the practice does."""
    model: Literal["linear", "surrogate"] = "linear"
    """How effects follow the moderators: linearly, or by the candidates of the surrogates."""
    learners: dict[str, LearnerSection] = Field(default_factory=dict)
    """Intervention: how its effect is learned from samples, unit by unit."""
