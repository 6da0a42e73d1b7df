"""Objectives and constraints of an analyst, said as plain mappings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.errors import Finding
from edaphon.problem.area_ledgers import AREA_UNITS
from edaphon.problem.benefits import BenefitName
from edaphon.problem.boundary import priced_boundary
from edaphon.problem.constraints import (
    AreaLimit,
    Budget,
    ChangeLimit,
    Constraint,
    OutsideLimit,
    RegionShare,
    Target,
    UnitLimit,
)
from edaphon.problem.network import connectivity_objective
from edaphon.problem.values import Objective

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.practices.values import Ledger
    from edaphon.problem.values import Feature

_OBJECTIVE_KEYS = ("maximize", "minimize", "weights", "benefit", "boundary", "interventions")
_CONSTRAINT_KEYS = (
    "budget", "targets", "keep", "area", "units", "regions", "outside_applicability", "near",
    "apart",
)  # fmt: skip
_EXAMPLES = {
    "budget": '{"budget": 1000} or {"budget": {"labor": 200}}',
    "targets": '{"targets": {"worms": 0.3, "carbon": {"amount": 1200}}}',
    "keep": '{"keep": {"yield": -0.02}}',
    "area": '{"area": {"compost": {"max": 50}}}',
    "units": '{"units": {"treated": {"min": 3}}}',
    "regions": '{"regions": {"spending": {"min": 0.05}}}',
    "outside_applicability": '{"outside_applicability": 0.2}',
    "near": '{"near": {"max": 30}}',
}
_TARGET_KINDS: dict[str, Literal["absolute", "share", "gain"]] = {
    "share": "share",
    "gain": "gain",
    "amount": "absolute",
}


def money_ledgers(name: str, ledgers: Sequence[Ledger]) -> tuple[str, ...]:
    """Ledgers that ``minimize: name`` sums: all money for "cost", else the one named."""
    if name == "cost":
        return tuple(ledger.name for ledger in ledgers if ledger.money) or (name,)
    return (name,)


def objective_unit(
    features: Sequence[str], ledgers: Sequence[str], benefit: str, units: Mapping[str, str]
) -> str:
    """Return the unit on the axis: the feature's or ledger's own, "share" or "benefit"."""
    if benefit != "linear":
        return "benefit"
    names = (*features, *ledgers)
    if len(features) > 1:
        return "share"
    return units.get(names[0], "") if names else ""


def objectives_from(
    spoken: Any, features: Sequence[Feature], ledgers: Sequence[Ledger], faults: list[Finding]
) -> tuple[Objective, ...]:
    """Read objectives from a mapping, a sequence of Objective, or None (one per feature, and cost).

    Faults of form are added to `faults`; names are checked elsewhere.
    """
    if spoken is None:
        spoken = {feature.name: {"maximize": feature.name} for feature in features}
        spoken[ledgers[0].name] = {"minimize": ledgers[0].name}
    if not isinstance(spoken, Mapping):
        return _all_of(spoken, (Objective,), "objectives", faults)
    units = {feature.name: feature.unit for feature in features}
    units |= AREA_UNITS | {ledger.name: ledger.unit for ledger in ledgers}
    made = []
    for name, words in spoken.items():
        where = f"objectives.{name}"
        if not isinstance(words, Mapping):
            hint = 'Write {"maximize": feature} or {"minimize": ledger}.'
            faults.append(Finding(where, f"is {words!r}", hint))
            continue
        faults += _strange_keys(words, _OBJECTIVE_KEYS, where)
        try:
            one = _objective(str(name), words, ledgers, units, faults)
        except (TypeError, ValueError) as error:
            faults.append(Finding(where, f"cannot be read: {_told(error)}"))
            continue
        made.append(connectivity_objective(one, tuple(feature.name for feature in features)))
    return tuple(made)


def _objective(
    name: str,
    words: Mapping[str, Any],
    ledgers: Sequence[Ledger],
    units: Mapping[str, str],
    faults: list[Finding],
) -> Objective:
    wanted = words.get("maximize", ())
    features = (wanted,) if isinstance(wanted, str) else tuple(map(str, wanted))
    books = money_ledgers(str(words["minimize"]), ledgers) if "minimize" in words else ()
    benefit, shape = _benefit(words.get("benefit", "linear"), features, name, faults)
    of = words.get("interventions", ())
    made = Objective(
        name=name,
        sense="minimize" if books else "maximize",
        features=features,
        weights=_weights(name, words.get("weights", ()), features, faults),
        ledgers=books,
        benefit=benefit,
        unit=objective_unit(features, books, benefit, units),
        shape=shape,
        interventions=(of,) if isinstance(of, str) else tuple(map(str, of)),
    )
    return priced_boundary(made, _number(words.get("boundary", 0.0)))


def _benefit(
    spoken: Any, features: Sequence[str], name: str, faults: list[Finding]
) -> tuple[BenefitName, tuple[float, ...]]:
    """Read a benefit: its name, or {name: shape}, the shape one number or one per feature."""
    where = f"objectives.{name}"
    kind, shape = spoken, None
    if isinstance(spoken, Mapping) and len(spoken) == 1:
        ((kind, shape),) = spoken.items()
    known: tuple[BenefitName, ...] = get_args(BenefitName)
    for one in known:
        if one != kind:
            continue
        if isinstance(shape, Mapping):
            faults += _strange_keys(shape, features, f"{where}.benefit")
            return one, tuple(_number(shape.get(feature, 1.0)) for feature in features)
        return one, () if shape is None else (_number(shape),)
    faults.append(Finding(where, f"benefit is {kind!r}", did_you_mean(str(kind), known)))
    return "linear", ()


def _weights(
    name: str, weights: Any, features: Sequence[str], faults: list[Finding]
) -> tuple[float, ...]:
    """One weight per feature from a mapping or a sequence; a mapping leaves the others at 1."""
    if isinstance(weights, Mapping):
        faults += _strange_keys(weights, features, f"objectives.{name}.weights")
        weights = [weights.get(feature, 1.0) for feature in features] if weights else ()
    return tuple(_number(weight) for weight in weights)


def constraints_from(
    spoken: Any,
    ledgers: Sequence[Ledger],
    region: NDArray[np.str_] | None,
    faults: list[Finding],
) -> tuple[Constraint, ...]:
    """Read constraints from a mapping, a sequence, or None."""
    if spoken is None:
        return ()
    if not isinstance(spoken, Mapping):
        return _all_of(spoken, get_args(Constraint), "constraints", faults)
    faults += _strange_keys(spoken, _CONSTRAINT_KEYS, "constraints")
    readers: dict[str, Callable[[Any], list[Constraint]]] = {
        "budget": lambda words: _budgets(words, ledgers),
        "targets": lambda words: _each(words, partial(_targets, region=region, faults=faults)),
        "keep": lambda words: _each(words, partial(_keep, region=region, faults=faults)),
        "area": lambda words: _limits(AreaLimit, "area", words, region, faults),
        "units": lambda words: _limits(UnitLimit, "units", words, region, faults),
        "regions": lambda words: _shares(words, region, faults),
        "outside_applicability": lambda words: [OutsideLimit(_number(words))],
        "near": lambda words: _changes(words, faults),
    }
    made: list[Constraint] = []
    for key, read in readers.items():
        if spoken.get(key) is None:
            continue
        try:
            made += read(spoken[key])
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            what = f"cannot be read: {_told(error)}"
            faults.append(Finding(f"constraints.{key}", what, f"Write {_EXAMPLES[key]}."))
    return tuple(made)


def _number(value: Any) -> float:
    """Turn into a number what a caller gave for one, or say that it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is no number") from None


def _told(error: Exception) -> str:
    """Say what is wrong with words that have another form than they should."""
    if isinstance(error, KeyError):
        return f"{error.args[0]!r} is missing"
    return str(error) if isinstance(error, ValueError) else "it has another form"


def _each(words: Mapping[str, Any], read: Callable[[str, Any], list[Constraint]]) -> list[Any]:
    return [one for name, said in words.items() for one in read(str(name), said)]


def _budgets(spoken: Any, ledgers: Sequence[Ledger]) -> list[Constraint]:
    limits = spoken if isinstance(spoken, Mapping) else {ledgers[0].name: spoken}
    where = "constraints.budget"
    return [Budget(str(name), _number(limit), where) for name, limit in limits.items()]


def _places(
    words: Mapping[str, Any], region: NDArray[np.str_] | None, where: str, faults: list[Finding]
) -> list[str | None]:
    """Regions that a rule speaks of: one, each (by: region), or None for the landscape."""
    if words.get("region") is not None:
        return [str(words["region"])]
    if not words.get("by"):
        return [None]
    if words["by"] != "region" or region is None:
        hint = "Only by: region is known, and the units must have regions."
        faults.append(Finding(where, f"cannot go by {words['by']!r}", hint))
        return []
    return [*sorted({*map(str, region)})]


def _targets(
    feature: str, words: Any, region: NDArray[np.str_] | None, faults: list[Finding]
) -> list[Constraint]:
    where = f"constraints.targets.{feature}"
    if not isinstance(words, Mapping):
        return [Target(feature, _number(words), "share", None, where)]
    faults += _strange_keys(words, (*_TARGET_KINDS, "region", "by"), where)
    places = _places(words, region, where, faults)
    for key, kind in _TARGET_KINDS.items():
        if key in words:
            return [Target(feature, _number(words[key]), kind, place, where) for place in places]
    raise ValueError(f"the target of {feature} names none of {', '.join(_TARGET_KINDS)}")


def _limits(
    kind: type[AreaLimit | UnitLimit],
    key: str,
    spoken: Mapping[str, Any],
    region: NDArray[np.str_] | None,
    faults: list[Finding],
) -> list[Constraint]:
    made: list[Constraint] = []
    for name, words in spoken.items():
        where = f"constraints.{key}.{name}"
        faults += _strange_keys(words, ("min", "max", "region", "by"), where)
        low, high = _number(words.get("min", 0.0)), _number(words.get("max", np.inf))
        for place in _places(words, region, where, faults):
            made.append(kind(str(name), low, high, where, place))
    return made


def _shares(
    spoken: Mapping[str, Any], region: NDArray[np.str_] | None, faults: list[Finding]
) -> list[Constraint]:
    kinds: tuple[Literal["spending", "area"], ...] = ("spending", "area")
    sides: tuple[Literal["min", "max"], ...] = ("min", "max")
    faults += _strange_keys(spoken, kinds, "constraints.regions")
    made: list[Constraint] = []
    for of in kinds:
        words, where = spoken.get(of, {}), f"constraints.regions.{of}"
        faults += _strange_keys(words, sides, where)
        for side in sides:
            if side in words:
                places = _places({"by": "region"}, region, where, faults)
                share = _number(words[side])
                made += [RegionShare(str(place), of, share, side, where) for place in places]
    return made


def _changes(spoken: Mapping[str, Any], faults: list[Finding]) -> list[Constraint]:
    kinds: dict[str, Literal["area", "units"]] = {"max": "area", "max_units": "units"}
    faults += _strange_keys(spoken, tuple(kinds), "constraints.near")
    return [
        ChangeLimit(_number(spoken[key]), counts, f"constraints.near.{key}")
        for key, counts in kinds.items()
        if key in spoken
    ]


def _keep(
    feature: str, words: Any, region: NDArray[np.str_] | None, faults: list[Finding]
) -> list[Constraint]:
    where = f"constraints.keep.{feature}"
    if not isinstance(words, Mapping):
        return [Target(feature, _number(words), "gain", None, where)]
    faults += _strange_keys(words, ("min", "by"), where)
    return keep_targets(
        feature, _number(words["min"]), words.get("by"), region, where=where, faults=faults
    )


def keep_targets(
    feature: str,
    share: float,
    by: str | None,
    region: NDArray[np.str_] | None,
    *,
    where: str,
    faults: list[Finding],
) -> list[Constraint]:
    """Targets of a safeguard: no more than a share of today's stock lost, overall or by region."""
    if not by:
        return [Target(feature, share, "gain", None, where)]
    if by != "region" or region is None:
        hint = "Only by: region is known, and the units must have regions."
        faults.append(Finding(where, f"cannot be kept by {by!r}", hint))
        return []
    places: list[str | None] = [None, *sorted({*map(str, region)})]
    return [Target(feature, share, "gain", place, where) for place in places]


def _strange_keys(words: Iterable[str], known: Sequence[str], where: str) -> list[Finding]:
    return [
        Finding(where, f"{key!r} is not known here", did_you_mean(str(key), known))
        for key in words
        if key not in known
    ]


def _all_of(
    items: Iterable[Any], kinds: tuple[type, ...], where: str, faults: list[Finding]
) -> tuple[Any, ...]:
    listed = tuple(items)
    names = ", ".join(kind.__name__ for kind in kinds)
    for item in listed:
        if not isinstance(item, kinds):
            faults.append(Finding(where, f"{item!r} is none of {names}", "Or give a mapping."))
    return tuple(item for item in listed if isinstance(item, kinds))
