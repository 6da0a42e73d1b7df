"""Two portfolios on one footing: units, objectives and features of two runs, aligned by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.effects.values import FactoredEffects
from edaphon.errors import DataError, Finding
from edaphon.problem.evaluate import formulate
from edaphon.problem.rows import best_gains

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.values import Objective, Problem

_AREA_TOLERANCE = 0.01
ABSENT = -1
"""Position of a unit that a run does not have."""


@dataclass(frozen=True)
class Aligned:
    """Two problems whose objectives mean the same.

    Attributes
    ----------
    a, b : Problem
        With the same objectives in the same order; all else as it was.
    a_units, b_units : intp arrays, shape (n_units,)
        Position of every unit of either in a and in b, ABSENT where it is not there.
    a_total, b_total : float64 arrays, shape (n_features of each,)
        What shares are of: the largest expected gain that either run allows, by feature.
    same : bool
        One problem stands on both sides.
    findings : tuple of Finding
        What could not be compared, or not quite.
    """

    a: Problem
    b: Problem
    a_units: NDArray[np.intp]
    b_units: NDArray[np.intp]
    a_total: NDArray[np.float64]
    b_total: NDArray[np.float64]
    same: bool
    findings: tuple[Finding, ...] = ()


def align(a: Problem, b: Problem) -> Aligned:
    """Put two problems on one footing.

    Units are matched by id; a unit that one run does not have counts there as left as it is. An
    objective is compared if both runs can work it out: it is taken as defined in `a`, else as in
    `b`, and features and ledgers are matched by name and unit. Shares of the largest gain are of
    the largest gain that either run allows, unit by unit, so that 1 means the same on both sides;
    they can therefore differ from what each run says of itself.

    Raises
    ------
    DataError
        If no unit or no objective is common to both.
    """
    if a is b:
        units = np.arange(a.n_units)
        total = formulate(a).total
        return Aligned(a, b, units, units, total, total, same=True)
    a_units, b_units, findings = _units(a, b)
    chosen, left = _objectives(a, b)
    findings += left
    totals = _totals(a, b, a_units, b_units)
    findings += _moved(a, b, totals)
    return Aligned(
        replace(a, objectives=chosen),
        replace(b, objectives=chosen),
        a_units,
        b_units,
        np.array([totals[feature.name] for feature in a.features]),
        np.array([totals[feature.name] for feature in b.features]),
        same=False,
        findings=tuple(findings),
    )


def _units(a: Problem, b: Problem) -> tuple[NDArray[np.intp], NDArray[np.intp], list[Finding]]:
    """Match the units by id, those of a first."""
    places = {str(unit): i for i, unit in enumerate(b.unit_ids)}
    known = np.array([places.pop(str(unit), ABSENT) for unit in a.unit_ids], dtype=np.intp)
    rest = np.array(sorted(places.values()), dtype=np.intp)
    a_units = np.concatenate([np.arange(a.n_units), np.full(len(rest), ABSENT)])
    b_units = np.concatenate([known, rest])
    common = (a_units >= 0) & (b_units >= 0)
    if not common.any():
        hint = "Compare runs of one landscape."
        raise DataError(Finding("compare", "the runs have no planning unit in common", hint))
    findings = []
    if not common.all():
        lone_a, lone_b = int((b_units < 0).sum()), int((a_units < 0).sum())
        what = f"{lone_a:,} unit(s) are in the first run only and {lone_b:,} in the second only"
        hint = "They count as left as they are where they are missing."
        findings.append(Finding("compare: units", what, hint, "warning"))
    area_a, area_b = a.area_ha[a_units[common]], b.area_ha[b_units[common]]
    other = np.abs(area_a - area_b) > _AREA_TOLERANCE * np.maximum(area_a, area_b)
    if other.any():
        first = a.unit_ids[a_units[common][other][0]]
        what = f"{other.sum():,} unit(s) have another area in the other run, {first} among them"
        hint = "Are these runs of the same landscape?"
        findings.append(Finding("compare: units", what, hint, "warning"))
    return a_units, b_units, findings


def _objectives(a: Problem, b: Problem) -> tuple[tuple[Objective, ...], list[Finding]]:
    """Choose the objectives that both sides can work out."""
    names = dict.fromkeys([*a.objective_names, *b.objective_names])
    owned_a = {objective.name: objective for objective in a.objectives}
    owned_b = {objective.name: objective for objective in b.objectives}
    chosen, findings = [], []
    for name in names:
        definitions = [one[name] for one in (owned_a, owned_b) if name in one]
        missing = [_missing(definitions[0], problem) for problem in (a, b)]
        if any(missing):
            what = f"{name}: one run knows nothing of {next(m for m in missing if m)}"
            hint = "This objective is left out."
            findings.append(Finding("compare: objectives", what, hint, "warning"))
            continue
        if len(definitions) == 2 and _meaning(definitions[0]) != _meaning(definitions[1]):
            what = f"{name} is defined otherwise in the second run"
            hint = "Both are worked out as the first defines it."
            findings.append(Finding("compare: objectives", what, hint, "warning"))
        chosen.append(definitions[0])
    if not chosen:
        what = "the runs have no objective that both can work out"
        raise DataError(Finding("compare", what, "Compare runs with the same features."))
    return tuple(chosen), findings


def _meaning(objective: Objective) -> Objective:
    """Return an objective as far as it decides values."""
    return replace(objective, unit="")


def _missing(objective: Objective, problem: Problem) -> str:
    """Return the first thing that an objective needs and a problem lacks."""
    features = {feature.name for feature in problem.features}
    ledgers = {ledger.name for ledger in problem.ledgers}
    for name in objective.features:
        if name not in features:
            return f"the feature {name}"
    for name in objective.ledgers:
        if name not in ledgers:
            return f"the ledger {name}"
    if (objective.boundary or objective.contiguity) and problem.neighbours is None:
        return "neighbors"
    if objective.connectivity and not objective.contiguity and problem.network is None:
        return "ways between units"
    return ""


def _totals(
    a: Problem, b: Problem, a_units: NDArray[np.intp], b_units: NDArray[np.intp]
) -> dict[str, float]:
    """Largest expected gain of each feature that either problem allows, summed over units."""
    best_a, best_b = best_gains(a), best_gains(b)
    names_a = [feature.name for feature in a.features]
    names_b = [feature.name for feature in b.features]
    total = {}
    for name in dict.fromkeys([*names_a, *names_b]):
        best = np.zeros(len(a_units))
        for names, gains, units in ((names_a, best_a, a_units), (names_b, best_b, b_units)):
            if name in names:
                there = units >= 0
                column = gains[units[there], names.index(name)]
                best[there] = np.maximum(best[there], column)
        total[name] = float(best.sum())
    return total


def _moved(a: Problem, b: Problem, total: dict[str, float]) -> list[Finding]:
    """Say that shares have another base than in the runs themselves."""
    shares = {name for o in a.objectives if o.unit in ("share", "benefit") for name in o.features}
    for problem in (a, b):
        own = dict(zip((f.name for f in problem.features), formulate(problem).total, strict=True))
        if any(name in own and own[name] < 0.999 * total[name] for name in shares):
            what = "the runs allow different largest gains, of which some objectives are shares"
            hint = "Both are stated here as shares of what either run allows."
            return [Finding("compare: objectives", what, hint, "note")]
    return []


def deviation_names(problem: Problem) -> tuple[str, ...]:
    """Say whose each shared deviation is: that of the option which has it alone.

    Two runs share a deviation if it is that of the same practice; one that cannot be told gets a
    name of its own and is shared with none.
    """
    effects = problem.effects
    if not isinstance(effects, FactoredEffects):
        return problem.interventions
    loads = np.abs(effects.sizes.ratio_loading).max(axis=(0, 3)) > 0
    if effects.modeled is not None:
        loads |= np.abs(effects.modeled.loading).max(axis=(0, 3)) > 0
    names = [f"deviation {d}" for d in range(loads.shape[1])]
    for option, row in zip(problem.interventions, loads, strict=True):
        if row.sum() == 1:
            names[int(row.argmax())] = option
    return tuple(names)


def shared_loading(
    problem: Problem, allocation: NDArray[np.integer]
) -> dict[tuple[str, str], float]:
    """Signed loading of each held amount on each shared deviation, by (deviation, feature)."""
    shared, _ = problem.effects.total_spread(allocation)
    known = deviation_names(problem)
    names = [*known, *(f"deviation {d}" for d in range(len(known), len(shared)))]
    return {
        (names[d], feature.name): float(shared[d, f])
        for d in range(len(shared))
        for f, feature in enumerate(problem.features)
    }
