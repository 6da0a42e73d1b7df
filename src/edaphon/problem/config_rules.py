"""The constraints of a config, with its names and units resolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.errors import Finding
from edaphon.practices.ledgers import budget_limit
from edaphon.practices.values import holding
from edaphon.problem.constraints import (
    AreaLimit,
    Budget,
    ChangeLimit,
    OutsideLimit,
    RegionShare,
    Target,
    UnitLimit,
)
from edaphon.problem.spoken import keep_targets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from numpy.typing import NDArray

    from edaphon.config.quantity import Quantity
    from edaphon.config.rules import PartSection
    from edaphon.config.sections import Config
    from edaphon.config.values import TargetValue
    from edaphon.data.landscape import Landscape
    from edaphon.problem.constraints import Constraint
    from edaphon.problem.values import Feature


@dataclass(frozen=True)
class _Reading:
    """What every reader needs, and the faults that it adds to."""

    config: Config
    landscape: Landscape
    faults: list[Finding]

    def where(self, key: str) -> str:
        return self.config.where(f"constraints.{key}")

    def places(self, by: str, where: str) -> list[str | None]:
        """All regions, or the landscape as a whole."""
        if not by:
            return [None]
        if self.landscape.region is None:
            hint = "Name the column of regions in landscape.region."
            self.faults.append(Finding(where, "there are no regions to go by", hint))
            return []
        return list(dict.fromkeys(sorted(map(str, self.landscape.region))))

    def area(self, place: str | None) -> float:
        """Area of a region, or of the landscape, in ha."""
        if place is None or self.landscape.region is None:
            return float(self.landscape.area_ha.sum())
        return float(self.landscape.area_ha[self.landscape.region == place].sum())


def constraints_of(
    config: Config, landscape: Landscape, features: Sequence[Feature], faults: list[Finding]
) -> tuple[Constraint, ...]:
    """Read all constraints of a config; what is wrong in their figures joins `faults`.

    Names of interventions, features and regions are checked elsewhere.
    """
    reading = _Reading(config, landscape, faults)
    rules = config.constraints
    made: list[Constraint] = [
        Budget(ledger, budget_limit(config, ledger, limit), reading.where("budget"))
        for ledger, limit in rules.budgets
    ]
    units = {feature.name: feature.unit for feature in features}
    for name, target in rules.targets.items():
        made += _targets(reading, name, target, units)
    for name, keep in rules.keep.items():
        where = reading.where(f"keep.{name}")
        share = keep.share.to("")
        made += keep_targets(
            name, share, keep.by or None, landscape.region, where=where, faults=faults
        )
    made += _areas(reading)
    for name, count in rules.units.items():
        where = reading.where(f"units.{name}")
        high = np.inf if count.max is None else float(count.max)
        for place in reading.places(count.by, where):
            made.append(UnitLimit(name, float(count.min), high, where, place))
    made += _shares(reading, "spending", rules.regions.spending)
    made += _shares(reading, "area", rules.regions.area)
    if rules.outside_applicability is not None:
        where = reading.where("outside_applicability")
        made.append(OutsideLimit(rules.outside_applicability.to(""), where))
    return (*made, *_changes(reading))


def _targets(
    reading: _Reading, name: str, target: TargetValue, units: Mapping[str, str]
) -> list[Constraint]:
    where = reading.where(f"targets.{name}")
    unit = units.get(name, "") if target.kind == "absolute" else ""
    amount = _number(target.quantity, unit, where, reading.faults)
    places = reading.places(target.by, where)
    return [Target(name, amount, target.kind, place, where) for place in places]


def _areas(reading: _Reading) -> list[Constraint]:
    made: list[Constraint] = []
    for name, area in reading.config.constraints.area.items():
        where = reading.where(f"area.{name}")
        for place in reading.places(area.by, where):
            whole = reading.area(place)
            ends = [(area.min, 0.0), (area.max, np.inf)]
            low, high = (
                other if end is None else _hectares(end, whole, where, reading.faults)
                for end, other in ends
            )
            made.append(AreaLimit(name, low, high, where, place))
    return made


def _shares(
    reading: _Reading, of: Literal["spending", "area"], part: PartSection
) -> list[Constraint]:
    where = reading.where(f"regions.{of}")
    sides: tuple[tuple[Literal["min", "max"], Quantity | None], ...] = (
        ("min", part.min),
        ("max", part.max),
    )
    return [
        RegionShare(str(place), of, limit.to(""), side, where)
        for side, limit in sides
        if limit is not None
        for place in reading.places("region", where)
    ]


def _changes(reading: _Reading) -> list[Constraint]:
    near = reading.config.constraints.near
    made: list[Constraint] = []
    if near is not None and near.max is not None:
        where = reading.where("near.max")
        limit = _hectares(near.max, reading.area(None), where, reading.faults)
        made.append(ChangeLimit(limit, "area", where))
    if near is not None and near.max_units is not None:
        made.append(ChangeLimit(float(near.max_units), "units", reading.where("near.max_units")))
    return made


def _number(quantity: Quantity, unit: str, where: str, faults: list[Finding]) -> float:
    """Read a quantity in a unit, or add a finding and return 0."""
    try:
        return quantity.to(unit)
    except ValueError as error:
        faults.append(Finding(where, str(error), f"Give it in {unit or '%'}."))
        return 0.0


def _hectares(quantity: Quantity, whole: float, where: str, faults: list[Finding]) -> float:
    """Read an area, or a share of an area, in ha."""
    try:
        return quantity.to("") * whole
    except ValueError:
        return _number(quantity, "ha", where, faults)


def apply_transitions(  # noqa: PLR0917 - one value per label
    config: Config,
    landscape: Landscape,
    interventions: tuple[str, ...],
    allowed: NDArray[np.uint8],
    reasons: tuple[str, ...],
    faults: list[Finding],
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Forbid what may not follow on the present land use.

    A bundle may follow where it is named, or each of its parts is.

    Parameters
    ----------
    allowed : uint8 array, shape (n_units, n_interventions)
        Reason codes, 0 = allowed.
    reasons : tuple of str
    faults : list of Finding
        Appended to: unknown columns, interventions and land uses, units left without an option.

    Returns
    -------
    allowed, reasons
        With a reason for each land use that closes options.
    """
    rule = config.constraints.transitions
    if rule is None:
        return allowed, reasons
    where = config.where("constraints.transitions.column")
    table = landscape.attributes
    if rule.column not in table.columns:
        hint = did_you_mean(rule.column, [str(column) for column in table.columns])
        faults.append(Finding(where, f"the landscape has no column {rule.column!r}", hint))
        return allowed, reasons
    present = table[rule.column].astype(str).to_numpy()
    codes, known = allowed.copy(), list(reasons)
    for use, names in rule.allow.items():
        place = config.where(f"constraints.transitions.allow.{use}")
        for name in names:
            if not holding(interventions, name).any():
                what = f"no intervention is called {name!r}"
                faults.append(Finding(place, what, did_you_mean(name, interventions)))
        here = present == str(use)
        if not here.any():
            what = f"no unit has {rule.column} {use!r}"
            faults.append(Finding(place, what, did_you_mean(str(use), np.unique(present)[:1000])))
        open_ = {*names, *(one for one in interventions if {*one.split("+")} <= {*names})}
        shut = np.array([name not in open_ for name in interventions])
        shut[0] = False
        pairs = here[:, None] & shut & (codes == 0)
        if pairs.any():
            codes[pairs] = len(known)
            known.append(f"may not follow on {use}")
    stuck = np.flatnonzero((codes != 0).all(axis=1))
    if len(stuck):
        what = f"{len(stuck)} unit(s) are left without any option, first {landscape.ids[stuck[0]]}"
        hint = "Take out their locks, or allow what they are locked to."
        faults.append(Finding(where, what, hint))
    return codes, tuple(known)
