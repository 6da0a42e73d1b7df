"""Checks of a whole problem before anything is solved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.messages import amount
from edaphon.errors import Finding
from edaphon.problem.apart import locked_side_by_side
from edaphon.problem.constraints import Budget
from edaphon.problem.evaluate import formulate, gain_blocks
from edaphon.problem.patches import locked_in_small_patches
from edaphon.problem.rows import blocks, tolerance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.rows import LinkingRow
    from edaphon.problem.values import Problem

_BADLY_SCALED = 1e9
_SAMPLED = 100_000
"""Units above which the median effect is that of a sample."""


def check_problem(problem: Problem, formulation: Formulation | None = None) -> tuple[Finding, ...]:
    """Look for what makes a problem impossible or pointless.

    Errors prove that no portfolio is feasible (exit code 3): a constraint that even the best
    choice for it alone cannot satisfy. Warnings: a budget that pays for nothing, figures of very
    different size.

    Returns
    -------
    tuple of Finding
    """
    shared = formulate(problem) if formulation is None else formulation
    found = _small_budgets(problem) + _first_years(problem) + _scaling(problem, shared)
    for row in shared.rows:
        found += _reachable(problem, row)
    return (*found, *locked_side_by_side(problem), *locked_in_small_patches(problem))


def _small_budgets(problem: Problem) -> list[Finding]:
    """Warn of budgets that pay for no unit at all: mostly a slip of the unit or the separator."""
    ledgers = [ledger.name for ledger in problem.ledgers]
    found = []
    for constraint in problem.constraints:
        if not isinstance(constraint, Budget) or constraint.ledger not in ledgers:
            continue
        k, allowed = ledgers.index(constraint.ledger), problem.allowed[:, 1:] == 0
        least = np.min(problem.cost[:, 1:, k], where=allowed, initial=math.inf)
        if constraint.limit == 0:
            what = f"the budget of {constraint.ledger} is 0, so only what costs nothing is left"
            hint = "Give an amount above 0 to fund interventions."
        elif constraint.limit < least < math.inf:
            unit = problem.ledgers[k].unit
            what = (
                f"the budget of {constraint.ledger}, {amount(constraint.limit, unit)}, pays for "
                f"no unit at all: the cheapest takes {amount(least, unit)}"
            )
            hint = "Raise it; was a separator read as a decimal point?"
        else:
            continue
        found.append(Finding(constraint.where, what, hint, "warning"))
    return found


def _first_years(problem: Problem) -> list[Finding]:
    """Say which year a yearly budget binds."""
    return [
        Finding(
            constraint.where,
            "a budget per year bounds the payments of each year, so year 1 binds: establishment "
            "and annual costs together; later years pay annual costs only",
            "To bound the annual costs alone, write budget: {annual: ...}.",
            "note",
        )
        for constraint in problem.constraints
        if isinstance(constraint, Budget) and constraint.ledger == "first_year"
    ]


def _scaling(problem: Problem, formulation: Formulation) -> list[Finding]:
    """Warn of objectives that nothing changes, or whose gains differ by more than 1e9."""
    count = len(problem.objectives)
    moves, largest = np.zeros(count, dtype=bool), np.zeros(count)
    sample: list[NDArray[np.float32]] = []
    for gains in gain_blocks(problem, formulation.total):
        moves |= (np.nanmax(gains, axis=1) > np.nanmin(gains, axis=1)).any(axis=0)
        sizes = np.abs(np.nan_to_num(gains))
        largest = np.maximum(largest, sizes.max(axis=(0, 1)))
        sample.append(sizes[:: 1 + problem.n_units // _SAMPLED].astype(np.float32))
    found = []
    for j, (name, objective) in enumerate(
        zip(problem.objective_names, problem.objectives, strict=True)
    ):
        if not moves[j] and objective.boundary == 0 and not objective.connectivity:
            what = f"nothing that is allowed changes {name}: all portfolios are alike in it"
            hint = "Take the objective out, or allow interventions that change it."
            found.append(Finding(f"objectives.{name}", what, hint, "warning"))
        used = np.concatenate([sizes[:, :, j][sizes[:, :, j] > 0] for sizes in sample])
        if len(used) and largest[j] > _BADLY_SCALED * np.median(used):
            what = (
                f"the largest effect on {name} is {largest[j]:.3g}, "
                f"{largest[j] / np.median(used):.1g} times the median"
            )
            hint = "Check the units of the data: single values decide every portfolio."
            found.append(Finding(f"objectives.{name}", what, hint, "warning"))
    return found


def _extremes(problem: Problem, row: LinkingRow) -> tuple[float, float, float]:
    """Smallest and largest sum that allowed options could reach for one row alone, and its size."""
    least, most, size = [], [], []
    for rows in blocks(problem.n_units):
        closed, table = problem.allowed[rows] != 0, row.coefficients[rows]
        least.append(np.where(closed, np.inf, table).min(axis=1).sum())
        most.append(np.where(closed, -np.inf, table).max(axis=1).sum())
        size.append(np.abs(table).max(axis=1).sum())
    return math.fsum(least), math.fsum(most), math.fsum(size)


def _reachable(problem: Problem, row: LinkingRow) -> list[Finding]:
    """Return an error if no portfolio at all satisfies this row."""
    least, most, size = _extremes(problem, row)
    if least > row.high + tolerance(row.high, size):
        locked = int((problem.allowed[:, 0] != 0).sum())
        what = (
            f"{row.name}: locked pairs and the cheapest options need {amount(least, row.unit)}, "
            f"more than the limit of {amount(row.high, row.unit)} ({locked} unit(s) are locked in)"
        )
        return [Finding(row.where, " ".join(what.split()), "Raise the limit or unlock units.")]
    if most < row.low - tolerance(row.low, size):
        what = (
            f"{row.name}: asks for {amount(row.low, row.unit)}, but the allowed options "
            f"reach at most {amount(most, row.unit)}"
        )
        return [Finding(row.where, " ".join(what.split()), "Lower it or allow more options.")]
    return []
