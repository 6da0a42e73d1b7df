"""Inoculants and releases: whether they stay, and what is left of a greenhouse effect outdoors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, expm1, hypot, log1p, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edaphon.effects.choose import Size
    from edaphon.practices.values import Intervention

INTERVAL_SDS = 3.29
"""Width of a 90 % interval in standard deviations (normal distribution)."""


@dataclass(frozen=True)
class Uptake:
    """What an effect is multiplied by before it counts.

    Attributes
    ----------
    chance, chance_sd : float
        Probability that what is released stays in a unit, and how well that is known.
    outdoors, outdoors_sd : float
        Effect in the field over that in the greenhouse.
    """

    chance: float = 1.0
    chance_sd: float = 0.0
    outdoors: float = 1.0
    outdoors_sd: float = 0.0

    @property
    def factor(self) -> float:
        """Mean factor on the effect."""
        return self.chance * self.outdoors

    @property
    def factor_sd(self) -> float:
        """Standard deviation of the factor, common to all units."""
        return hypot(self.chance_sd * self.outdoors, self.chance * self.outdoors_sd)


def uptake_of(intervention: Intervention | None) -> Uptake:
    """Return what the effects of an intervention are multiplied by.

    Parameters
    ----------
    intervention : Intervention or None

    Returns
    -------
    Uptake
        Ranges of the catalogue, which are judgements, count as 90 % intervals around their middle;
        1 without spread where there are none.
    """
    if intervention is None:
        return Uptake()
    low, high = intervention.establishment_probability or (1.0, 1.0)
    least, most = intervention.greenhouse_to_field or (1.0, 1.0)
    return Uptake(
        chance=(low + high) / 2.0,
        chance_sd=(high - low) / INTERVAL_SDS,
        outdoors=(least + most) / 2.0,
        outdoors_sd=(most - least) / INTERVAL_SDS,
    )


def established(size: Size, intervention: Intervention | None) -> Size:
    """Return an effect size as it counts where what is released may fail.

    Parameters
    ----------
    size : Size
        As the evidence has it.
    intervention : Intervention or None

    Returns
    -------
    Size
        ``exp(lnRR) - 1`` times chance and discount. To the first order on the lnRR scale the shared
        sd is that of the evidence and of the factor, and the local variance that of a product with
        a yes-or-no variable of each unit: ``p l^2 + p (1 - p) E^2``.
    """
    uptake = uptake_of(intervention)
    if uptake == Uptake():
        return size
    change = expm1(size.lnrr)
    lnrr = log1p(uptake.factor * change)
    slope = exp(size.lnrr - lnrr)
    full = change * exp(-lnrr)
    shared = hypot(uptake.factor * slope * size.shared, uptake.factor_sd * full)
    ratio = shared / size.shared if size.shared > 0 else 1.0
    p, kept = uptake.chance, uptake.outdoors
    local = sqrt(p * (kept * slope * size.local) ** 2 + p * (1.0 - p) * (kept * full) ** 2)
    deviations = {name: sd * ratio for name, sd in size.deviations.items()}
    return replace(size, lnrr=lnrr, deviations=deviations, local=local)
