"""The rules that a portfolio keeps: each is one sum over unit-intervention pairs between limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from edaphon.practices.values import holding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TREATED = "treated"
"""In place of an intervention's name: every option but the baseline."""


def counted(interventions: Sequence[str], name: str) -> NDArray[np.bool_]:
    """Options that a limit on an intervention counts, (n_interventions,): those holding it.

    All but the first for "treated".
    """
    if name == TREATED and name not in interventions:
        return np.arange(len(interventions)) > 0
    return holding(interventions, name)


@dataclass(frozen=True)
class Budget:
    """Upper limit on the total of one ledger."""

    ledger: str
    limit: float
    where: str = "budget"


@dataclass(frozen=True)
class Target:
    """Least gain of a feature: held >= amount, in the feature's unit.

    Attributes
    ----------
    feature : str
    amount : float
        Absolute amount if `kind` is "absolute"; share of total_amount if "share"; share of
        today's stock if "gain".
    kind : {"absolute", "share", "gain"}
    region : str or None
        Only units of this region count, None = all; shares are of the region's own
        total_amount or stock.
    where : str
        Place in the config, for messages.
    """

    feature: str
    amount: float
    kind: Literal["absolute", "share", "gain"] = "share"
    region: str | None = None
    where: str = "targets"


@dataclass(frozen=True)
class AreaLimit:
    """Area of one intervention between two limits, in ha.

    Attributes
    ----------
    intervention : str
        Bundles that hold it count too. Or "treated": every option but the baseline.
    low_ha, high_ha : float
    where : str
    region : str or None
        Only units of this region count, None = all.
    """

    intervention: str
    low_ha: float = 0.0
    high_ha: float = np.inf
    where: str = "area"
    region: str | None = None


@dataclass(frozen=True)
class UnitLimit:
    """Number of units with one intervention between two limits (pilots: at least so many).

    Attributes
    ----------
    intervention : str
        Bundles that hold it count too. Or "treated": every option but the baseline.
    low, high : float
    where : str
    region : str or None
        Only units of this region count, None = all.
    """

    intervention: str
    low: float = 0.0
    high: float = np.inf
    where: str = "units"
    region: str | None = None


@dataclass(frozen=True)
class RegionShare:
    """Share of all spending, or of the treated area, that falls to one region.

    Attributes
    ----------
    region : str
    of : {"spending", "area"}
        Money ledgers together, or the area that is not left to the baseline.
    share : float
        From 0 to 1.
    side : {"min", "max"}
        Whether the region receives at least or at most that share.
    where : str
    """

    region: str
    of: Literal["spending", "area"]
    share: float
    side: Literal["min", "max"] = "min"
    where: str = "regions"


@dataclass(frozen=True)
class OutsideLimit:
    """Largest share of the spending outside the area of applicability, from 0 to 1."""

    share: float
    where: str = "outside_applicability"


@dataclass(frozen=True)
class ChangeLimit:
    """Most that may differ from the problem's earlier portfolio.

    Attributes
    ----------
    limit : float
        In ha, or a number of units.
    counts : {"area", "units"}
    where : str
    """

    limit: float
    counts: Literal["area", "units"] = "area"
    where: str = "near"


Constraint = Budget | Target | AreaLimit | UnitLimit | RegionShare | OutsideLimit | ChangeLimit
