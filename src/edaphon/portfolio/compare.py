"""Compare two portfolios: paired intervals, the probability that one is better, and the swaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from edaphon.errors import DataError, Finding
from edaphon.portfolio.numbers import significant
from edaphon.portfolio.tables import by_intervention, spent_by_intervention
from edaphon.problem.evaluate import (
    benefit_slope,
    evaluate,
    formulate,
    share_weights,
)
from edaphon.problem.rows import blocks, signs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from edaphon.problem.values import Objective, Problem


@dataclass(frozen=True, repr=False)
class Comparison:
    """What differs between portfolio a and portfolio b, where, and how sure.

    Printing it shows a table.

    Attributes
    ----------
    objectives, objective_units : tuple of str
    a_values, b_values : float64 arrays, shape (n_objectives,)
        In each objective's own sense and unit.
    difference, lower, upper : float64 arrays, shape (n_objectives,)
        a minus b, and its paired interval at `level`: what both share cancels.
    probability_a_better : float64 array, shape (n_objectives,)
        Probability that a is better than b; .5 where they are equal.
    level : float
    units : int array, shape (n_swaps,)
        Positions of the units whose intervention differs.
    a_options, b_options : uint8 arrays, shape (n_swaps,)
        What is done there in a and in b.
    swap_area_ha : float
        Area of those units.
    interventions, ledgers, ledger_units : tuple of str
    a_area_ha, b_area_ha : float64 arrays, shape (n_interventions,)
    a_spent, b_spent : float64 arrays, shape (n_interventions, n_ledgers)
    """

    objectives: tuple[str, ...]
    objective_units: tuple[str, ...]
    a_values: NDArray[np.float64]
    b_values: NDArray[np.float64]
    difference: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    probability_a_better: NDArray[np.float64]
    level: float
    units: NDArray[np.intp]
    a_options: NDArray[np.uint8]
    b_options: NDArray[np.uint8]
    swap_area_ha: float
    interventions: tuple[str, ...]
    ledgers: tuple[str, ...]
    ledger_units: tuple[str, ...]
    a_area_ha: NDArray[np.float64]
    b_area_ha: NDArray[np.float64]
    a_spent: NDArray[np.float64]
    b_spent: NDArray[np.float64]

    def __repr__(self) -> str:
        """Return a table of objectives, one of interventions, and a line on the swaps."""
        noun = "unit differs" if len(self.units) == 1 else "units differ"
        swaps = f"{len(self.units):,} {noun}, {significant(self.swap_area_ha)} ha"
        tables = (_aligned(_objective_rows(self)), _aligned(_intervention_rows(self)))
        return "\n\n".join(["\n".join(lines) for lines in tables] + [swaps])


def _objective_rows(found: Comparison) -> list[list[str]]:
    """Return the head and a row per objective."""
    rows = [["objective", "a", "b", "a - b", f"{found.level:.0%} interval", "a better"]]
    for m, (name, unit) in enumerate(zip(found.objectives, found.objective_units, strict=True)):
        figures = (found.a_values[m], found.b_values[m], found.difference[m])
        interval = f"{significant(found.lower[m])} to {significant(found.upper[m])}"
        sure = f"{found.probability_a_better[m]:.0%}"
        label = f"{name} [{unit}]" if unit else name
        rows.append([label, *(significant(value) for value in figures), interval, sure])
    return rows


def _intervention_rows(found: Comparison) -> list[list[str]]:
    """Return the head and a row per intervention that a or b uses."""
    ledgers = [
        f"{side}: {ledger} [{unit}]"
        for ledger, unit in zip(found.ledgers, found.ledger_units, strict=True)
        for side in ("a", "b")
    ]
    rows = [["intervention", "a: area [ha]", "b: area [ha]", *ledgers]]
    for option, name in enumerate(found.interventions):
        areas = (found.a_area_ha[option], found.b_area_ha[option])
        paid = np.stack([found.a_spent[option], found.b_spent[option]], axis=1).ravel()
        if max(areas) > 0:
            rows.append([name, *(significant(value) for value in (*areas, *paid))])
    return rows


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table, the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if c == 0 else cell.rjust(width)
            for c, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def compare(problem: Problem, a: ArrayLike, b: ArrayLike, level: float = 0.9) -> Comparison:
    """Compare two portfolios of one problem.

    The uncertainty is paired. A shared deviation (is this practice as good as the studies say?)
    is the same in both portfolios, so the loadings of the totals are subtracted before they are
    squared; a unit with the same intervention in both has the same local deviation, which cancels
    where the objective is linear. Deviations of two different interventions in one unit count as
    independent, which is slightly too wide where both stand on the same stock. The difference is
    taken as normal; a saturating benefit enters with its slope at each portfolio (delta method).

    Parameters
    ----------
    problem : Problem
    a, b : int arrays, shape (n_units,)
        Positions of interventions.
    level : float
        Level of the intervals, between 0 and 1.

    Returns
    -------
    Comparison

    Raises
    ------
    DataError
        If an allocation has not one known intervention per unit, or `level` is outside (0, 1).
    """
    findings = [*_faults(problem, a, "a"), *_faults(problem, b, "b")]
    if not 0.0 < level < 1.0:
        findings.append(Finding("compare: level", f"{level} is not between 0 and 1", "Try 0.9."))
    if findings:
        raise DataError(findings)
    first, second = np.asarray(a, dtype=np.uint8), np.asarray(b, dtype=np.uint8)
    formulation = formulate(problem)
    ours = evaluate(problem, first, level, formulation)
    theirs = evaluate(problem, second, level, formulation)
    sd = _paired_sd(problem, (first, second), (ours.held, theirs.held), formulation.total)
    difference = ours.values - theirs.values
    half = norm.ppf(0.5 + level / 2) * sd
    turned = np.array([1.0 if o.sense == "maximize" else -1.0 for o in problem.objectives])
    units = np.flatnonzero(first != second)
    return Comparison(
        objectives=problem.objective_names,
        objective_units=tuple(objective.unit for objective in problem.objectives),
        a_values=ours.values,
        b_values=theirs.values,
        difference=difference,
        lower=difference - half,
        upper=difference + half,
        probability_a_better=_probability(difference * turned, sd),
        level=level,
        units=units,
        a_options=first[units],
        b_options=second[units],
        swap_area_ha=float(problem.area_ha[units].sum()),
        interventions=problem.interventions,
        ledgers=tuple(ledger.name for ledger in problem.ledgers),
        ledger_units=tuple(ledger.unit for ledger in problem.ledgers),
        a_area_ha=by_intervention(problem, first, problem.area_ha),
        b_area_ha=by_intervention(problem, second, problem.area_ha),
        a_spent=spent_by_intervention(problem, first),
        b_spent=spent_by_intervention(problem, second),
    )


def _faults(problem: Problem, allocation: ArrayLike, name: str) -> list[Finding]:
    """Return findings on an allocation that does not fit the problem."""
    where = f"compare: portfolio {name}"
    chosen = np.asarray(allocation)
    if chosen.shape != (problem.n_units,):
        what = f"has shape {chosen.shape}, but the problem has {problem.n_units} units"
        return [Finding(where, what, "Give one position of an intervention per unit.")]
    if chosen.dtype.kind not in "iu" or (chosen < 0).any():
        return [Finding(where, "holds something else than positions 0, 1, 2, ...", "Use integers.")]
    if (chosen >= problem.n_interventions).any():
        what = f"names intervention {chosen.max()}, but the last is {problem.n_interventions - 1}"
        return [Finding(where, what, "Positions count from 0, the baseline.")]
    return []


def _probability(gain: NDArray[np.float64], sd: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability that a normal difference of mean `gain` is above 0; .5, 0 or 1 without spread."""
    certain = np.where(gain > 0, 1.0, np.where(gain < 0, 0.0, 0.5))
    spread = sd > 0
    return np.where(spread, norm.cdf(gain / np.where(spread, sd, 1.0)), certain)


def _paired_sd(
    problem: Problem,
    allocations: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    held: tuple[NDArray[np.float64], NDArray[np.float64]],
    total: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the standard deviation of the difference of each objective, shape (n_objectives,)."""
    a, b = allocations
    slope_a = np.array([_slope(problem, o, held[0], total) for o in problem.objectives])
    slope_b = np.array([_slope(problem, o, held[1], total) for o in problem.objectives])
    shared_a, _ = problem.effects.total_spread(a)
    shared_b, _ = problem.effects.total_spread(b)
    loading = slope_a[:, None, :] * shared_a - slope_b[:, None, :] * shared_b
    variance: NDArray[np.float64] = (loading**2).sum(axis=(1, 2))
    for rows in blocks(problem.n_units):
        _, local = problem.effects.block_sd(rows)
        position = np.arange(len(a[rows]))
        own, other = local[position, a[rows]] ** 2, local[position, b[rows]] ** 2
        same = (a[rows] == b[rows])[:, None]
        variance += (slope_a - slope_b) ** 2 @ (own * same).sum(axis=0)
        variance += slope_a**2 @ (own * ~same).sum(axis=0)
        variance += slope_b**2 @ (other * ~same).sum(axis=0)
    return np.asarray(np.sqrt(variance), dtype=np.float64)


def _slope(
    problem: Problem,
    objective: Objective,
    held: NDArray[np.float64],
    total: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Slope of an objective in each feature's held amount (own sense), shape (n_features,)."""
    if objective.sense == "minimize":
        return np.zeros(len(problem.features))
    sign = signs(problem)
    slope: NDArray[np.float64] = sign * share_weights(problem, objective, total)
    if objective.benefit == "saturating":
        share = np.divide(sign * held, total, out=np.zeros_like(total), where=total > 0)
        slope = slope * benefit_slope(share)
    return slope
