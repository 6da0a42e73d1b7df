"""Build a Problem from plain arrays: every label checked, every fault told at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from edaphon.effects.values import DenseEffects
from edaphon.errors import DataError, Finding
from edaphon.practices.values import BASELINE, Ledger
from edaphon.problem.apart import apart_from
from edaphon.problem.area_ledgers import with_area_ledgers
from edaphon.problem.farms import read_farms
from edaphon.problem.names import check_labels, duplicates
from edaphon.problem.near import read_earlier
from edaphon.problem.spoken import constraints_from, objectives_from
from edaphon.problem.values import Feature, Problem

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edaphon.data.landscape import Neighbours
    from edaphon.effects.values import Effects
    from edaphon.problem.boundary import Boundary
    from edaphon.problem.network import Network

Faults = list[Finding]
MAX_INTERVENTIONS = 255


def problem_from_arrays(
    effects: ArrayLike | Effects,
    cost: ArrayLike,
    allowed: ArrayLike | None = None,
    objectives: Any = None,
    constraints: Any = None,
    *,
    unit_ids: Sequence[str] | None = None,
    interventions: Sequence[str] | None = None,
    features: Sequence[str | Feature] | None = None,
    area_ha: ArrayLike | None = None,
    region: Sequence[str] | None = None,
    stock: ArrayLike | None = None,
    effects_sd_shared: ArrayLike | None = None,
    effects_sd_local: ArrayLike | None = None,
    neighbours: Neighbours | None = None,
    boundary: Boundary | None = None,
    ledgers: Sequence[str | Ledger] | None = None,
    reasons: Sequence[str] | None = None,
    total_counts_forbidden: bool = False,
    earlier: ArrayLike | None = None,
    farm: Sequence[str] | None = None,
    network: Network | None = None,
) -> Problem:
    """Build a problem from plain arrays.

    Parameters
    ----------
    effects : array, shape (n_units, n_interventions, n_features), or Effects
        Change against the baseline; column 0 (the baseline) must be 0. nan is allowed in pairs
        that are not allowed and counts as 0. An array in single precision is kept as it is, which
        halves the memory of large problems; sums are made in double precision all the same.
    cost : array, shape (n_units, n_interventions) or (n_units, n_interventions, n_ledgers)
        nan as above.
    allowed : array, shape (n_units, n_interventions), optional
        bool (True = allowed) or integer reason codes (0 = allowed, else a position in `reasons`).
    objectives : mapping or sequence of Objective, optional
        ``{"biodiversity": {"maximize": "worms"}, "cost": {"minimize": "cost"}}``; also
        ``{"maximize": [..], "weights": {..}, "benefit": "saturating"}``, the benefit also
        ``{"power": 0.5}``, ``{"log": 10}``, ``{"exponential": 5}``, ``{"ramp": 0.3}``,
        ``{"worst": 0.3}``; minimize also takes "treated_area" and (with `earlier`)
        "changed_area". Without it every feature is maximized and cost minimized.
    constraints : mapping or sequence of Constraint, optional
        ``{"budget": 1000, "targets": {"worms": 0.3}, "keep": {"yield": -0.02},
        "area": {"compost": {"max": 50}}, "units": {"treated": {"min": 3}},
        "regions": {"spending": {"min": 0.05}}, "outside_applicability": 0.2,
        "near": {"max": 30}}``. A budget may be a mapping by ledger; a target is a share of
        total_amount, or ``{"gain": 0.1}`` of today's stock, or ``{"amount": 1200}``; targets,
        keep, area and units take ``"by": "region"``; areas are in ha, `near` in ha
        (``max``) or units (``max_units``) that differ from `earlier`; ``"apart": [("compost",
        "biochar")]`` names interventions that may not lie on neighboring units.
    unit_ids, interventions, features, ledgers, region : sequences, optional
        Labels; interventions with or without "baseline" in front. Features and ledgers may be
        `Feature` and `Ledger` values.
    area_ha : array, shape (n_units,), optional
        1 ha each if not given.
    stock : array, shape (n_units, n_features), optional
        Today's amounts, for targets and safeguards relative to them.
    effects_sd_shared, effects_sd_local : arrays of the shape of `effects`, optional
        Spread.
    neighbours : Neighbours, optional
    boundary : Boundary, optional
        Which boundary counts, for objectives that minimize "boundary" or price it
        (``{"minimize": "cost", "boundary": 4.4}``).
    reasons : sequence of str, optional
        Meanings of the reason codes, ``reasons[0]`` = "allowed".
    total_counts_forbidden : bool
        Whether forbidden pairs count in total_amount (imported Marxan problems).
    earlier : int array, shape (n_units,), optional
        The portfolio to stay close to, as positions of interventions.
    farm : sequence of str, optional
        Farm of every unit, "" = none; given, each farm takes one intervention wherever it is
        allowed there.
    network : Network, optional
        Ways between units, for an objective ``{"maximize": "connectivity"}``.

    Raises
    ------
    DataError
        With every fault found: shapes, nan, unknown or repeated names, units without an option.
    """
    faults: Faults = []
    values = _effects(effects, stock, effects_sd_shared, effects_sd_local, faults)
    prices = _costs(cost, values, faults)
    if prices is None or values is None:
        raise DataError(faults)
    shape = values.shape
    codes, why = _allowed(allowed, reasons, shape[:2], faults)
    ids = _unit_ids(unit_ids, shape[0], faults)
    options = _options(interventions, shape[1], faults)
    kinds = _features(features, shape[2], faults)
    books = _ledgers(ledgers, prices.shape[2], faults)
    groups = _regions(region, shape[0], faults)
    problem = Problem(
        unit_ids=ids,
        interventions=options,
        features=kinds,
        effects=_changes(values, codes, faults),
        cost=_finite("cost", prices, codes, faults),
        ledgers=books,
        allowed=codes,
        reasons=why,
        objectives=objectives_from(objectives, kinds, books, faults),
        constraints=constraints_from(constraints, books, groups, faults),
        area_ha=_areas(area_ha, shape[0], ids, faults),
        region=groups,
        neighbours=neighbours,
        boundary=boundary,
        total_counts_forbidden=total_counts_forbidden,
        earlier=read_earlier(earlier, shape, faults),
        farm=read_farms(farm, shape[0], faults),
        apart=apart_from(constraints, faults),
        network=network,
    )
    return check_labels(with_area_ledgers(problem), faults)


def _numbers(
    values: ArrayLike,
    name: str,
    dimensions: tuple[int, ...],
    faults: Faults,
    keep_single: bool = False,
) -> NDArray[Any] | None:
    """Read an array of numbers with one of the numbers of dimensions, or add a finding."""
    single = isinstance(values, np.ndarray) and values.dtype == np.float32 and keep_single
    try:
        array = np.asarray(values, dtype=np.float32 if single else np.float64)
    except (TypeError, ValueError):
        faults.append(Finding(name, "does not hold numbers only", "Give an array of numbers."))
        return None
    if array.ndim not in dimensions or 0 in array.shape:
        wanted = " or ".join(map(str, dimensions))
        what = f"has shape {array.shape}"
        faults.append(Finding(name, what, f"Give {wanted} dimensions, none of them empty."))
        return None
    return array


def _effects(
    effects: ArrayLike | Effects,
    stock: ArrayLike | None,
    sd_shared: ArrayLike | None,
    sd_local: ArrayLike | None,
    faults: Faults,
) -> Effects | None:
    if hasattr(effects, "total_spread"):
        if any(extra is not None for extra in (stock, sd_shared, sd_local)):
            what = "stock and spread are given beside Effects, which hold their own"
            faults.append(Finding("effects", what, "Leave them out."))
        return cast("Effects", effects)
    mean = _numbers(effects, "effects", (3,), faults, keep_single=True)
    if mean is None:
        return None
    amounts = _alike(stock, "stock", (mean.shape[0], mean.shape[2]), faults)
    return DenseEffects(
        mean=mean,
        stock=np.zeros((mean.shape[0], mean.shape[2])) if amounts is None else amounts,
        sd_shared=_spread(sd_shared, "effects_sd_shared", mean.shape, faults),
        sd_local=_spread(sd_local, "effects_sd_local", mean.shape, faults),
    )


def _costs(cost: ArrayLike, effects: Effects | None, faults: Faults) -> NDArray[np.float64] | None:
    """Read costs with a ledger axis, of the same units and options as the effects."""
    prices = _numbers(cost, "cost", (2, 3), faults)
    if prices is None or effects is None:
        return None
    if prices.shape[:2] != effects.shape[:2]:
        what = f"has shape {prices.shape[:2]}, but effects has {effects.shape[:2]}"
        faults.append(Finding("cost", what, "Both start with (n_units, n_interventions)."))
        return None
    return prices[:, :, None] if prices.ndim == 2 else prices


def _alike(
    values: ArrayLike | None, name: str, shape: tuple[int, ...], faults: Faults
) -> NDArray[np.float64] | None:
    """Read an optional array of a known shape with finite values."""
    if values is None:
        return None
    array = _numbers(values, name, (len(shape),), faults)
    if array is None:
        return None
    if array.shape != shape:
        faults.append(Finding(name, f"has shape {array.shape}, not {shape}"))
        return None
    if not np.isfinite(array).all():
        place = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        faults.append(Finding(name, f"is not finite at {place}", "Give finite numbers."))
        return None
    return array


def _spread(
    values: ArrayLike | None, name: str, shape: tuple[int, ...], faults: Faults
) -> NDArray[np.float64] | None:
    array = _alike(values, name, shape, faults)
    if array is not None and (array < 0).any():
        faults.append(Finding(name, "holds negative standard deviations"))
    return array


def _allowed(
    allowed: ArrayLike | None,
    reasons: Sequence[str] | None,
    shape: tuple[int, int],
    faults: Faults,
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Reason codes and their meanings, from a bool array, codes, or nothing."""
    everything = np.zeros(shape, dtype=np.uint8)
    known = tuple(reasons or ())
    if allowed is None:
        return everything, known or ("allowed",)
    array = np.asarray(allowed)
    if array.shape != shape:
        what = f"has shape {array.shape}, not {shape}"
        faults.append(Finding("allowed", what, "Give one value per unit and intervention."))
        return everything, known or ("allowed",)
    if array.dtype == np.bool_:
        codes = np.where(array, 0, 1).astype(np.uint8)
        known = known or ("allowed", "not allowed")
    elif np.issubdtype(array.dtype, np.integer) and ((array >= 0) & (array <= 255)).all():
        codes = array.astype(np.uint8)
        more = range(len(known), int(codes.max()) + 1)
        known += tuple("allowed" if k == 0 else f"reason {k}" for k in more)
    else:
        what, hint = f"holds {array.dtype} values", "Give bool, or whole numbers with 0 = allowed."
        faults.append(Finding("allowed", what, hint))
        return everything, known or ("allowed",)
    without = np.flatnonzero((codes != 0).all(axis=1))
    if len(without):
        what = f"{len(without)} unit(s) have no allowed intervention, the first at {without[0]}"
        read = "" if array.dtype == np.bool_ else "; in whole numbers 0 = allowed, 1 is not"
        faults.append(Finding("allowed", what, f"Allow the baseline or another option{read}."))
    if int(codes.max()) >= len(known):
        what = f"holds code {codes.max()}, but there are {len(known)} reasons"
        faults.append(Finding("reasons", what, "Give one text per code, the first for 0."))
    return codes, known


def _counted(key: str, names: Sequence[str], wanted: int, faults: Faults) -> None:
    """Check that there are as many names as the array of effects has places, each once."""
    if len(names) != wanted:
        what = f"there are {len(names)} for {wanted} in the array of effects"
        faults.append(Finding(key, what))
    faults += duplicates("name", names, key)


def _unit_ids(unit_ids: Sequence[str] | None, count: int, faults: Faults) -> NDArray[np.str_]:
    """Read the ids of units; without any they are counted from 1."""
    if unit_ids is None:
        return np.arange(1, count + 1).astype(f"U{len(str(count))}")
    given = list(map(str, unit_ids))
    _counted("unit_ids", given, count, faults)
    return np.array(given)


def _options(interventions: Sequence[str] | None, count: int, faults: Faults) -> tuple[str, ...]:
    """Read the names of interventions, with the baseline in front."""
    if interventions is None:
        options = [f"option {a}" for a in range(1, count)]
    else:
        options = list(map(str, interventions))
    if len(options) == count - 1 and BASELINE not in options:
        options = [BASELINE, *options]
    if options[:1] != [BASELINE]:
        what = f"the first is {options[:1]}"
        faults.append(Finding("interventions", what, f"Position 0 is {BASELINE!r}."))
    if count > MAX_INTERVENTIONS:
        faults.append(Finding("interventions", f"there are {count}", "At most 255."))
    _counted("interventions", options, count, faults)
    return tuple(options)


def _features(
    features: Sequence[str | Feature] | None, count: int, faults: Faults
) -> tuple[Feature, ...]:
    """Read features, or their names."""
    named = [f"feature {f + 1}" for f in range(count)] if features is None else features
    kinds = tuple(f if isinstance(f, Feature) else Feature(str(f)) for f in named)
    _counted("features", [kind.name for kind in kinds], count, faults)
    return kinds


def _regions(region: Sequence[str] | None, count: int, faults: Faults) -> NDArray[np.str_] | None:
    """Read the regions of units."""
    groups = None if region is None else np.array(list(map(str, region)))
    if groups is not None and len(groups) != count:
        faults.append(Finding("region", f"there are {len(groups)} for {count} units"))
    return groups


def _areas(
    area_ha: ArrayLike | None, count: int, ids: NDArray[np.str_], faults: Faults
) -> NDArray[np.float64]:
    """Read the areas of units; 1 ha each without any."""
    area = _alike(area_ha, "area_ha", (count,), faults)
    if area is not None and (area <= 0).any():
        unit = ids[int(np.argmax(area <= 0)) :][:1]  # too few ids are a fault of their own
        what = f"unit {''.join(unit)} has no area above 0"
        faults.append(Finding("area_ha", what))
    return np.ones(count) if area is None else area


def _ledgers(
    ledgers: Sequence[str | Ledger] | None, count: int, faults: Faults
) -> tuple[Ledger, ...]:
    if ledgers is None:
        names = ["cost", *(f"ledger {k}" for k in range(2, count + 1))]
        return tuple(Ledger(name, "", money=k == 0) for k, name in enumerate(names))
    books = tuple(
        book if isinstance(book, Ledger) else Ledger(str(book), "", money=str(book) == "cost")
        for book in ledgers
    )
    if len(books) != count:
        faults.append(Finding("ledgers", f"there are {len(books)} for {count} in cost"))
    faults += duplicates("ledger", (book.name for book in books), "ledgers")
    return books


def _finite(
    name: str, values: NDArray[Any], codes: NDArray[np.uint8], faults: Faults
) -> NDArray[Any]:
    """Set nan of forbidden pairs to 0; any other value that is not finite is a finding."""
    bad = ~np.isfinite(values)
    if not bad.any():
        return values
    wrong = bad & (codes == 0)[:, :, None] | np.isinf(values)
    if wrong.any():
        i, a, _ = (int(k) for k in np.argwhere(wrong)[0])
        what = f"{int(wrong.sum())} value(s) are not finite, the first at unit {i}, option {a}"
        faults.append(Finding(name, what, "Give a number, or forbid the pair."))
    return np.where(bad, 0.0, values)


def _changes(effects: Effects, codes: NDArray[np.uint8], faults: Faults) -> Effects:
    """Check that effects are finite where they are allowed, and changes against the baseline."""
    if not isinstance(effects, DenseEffects):
        return effects
    mean = _finite("effects", effects.mean, codes, faults)
    if mean[:, 0].any():
        unit = int(np.flatnonzero(mean[:, 0].any(axis=1))[0])
        what = f"the baseline (option 0) of unit {unit} has an effect"
        hint = "Effects are changes against the baseline: subtract effects[:, :1]."
        faults.append(Finding("effects", what, hint))
    return replace(effects, mean=mean)
