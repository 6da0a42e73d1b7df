"""Checks of a whole problem before anything is solved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.errors import Finding
from edaphon.problem.constraints import Budget
from edaphon.problem.evaluate import formulate, objective_gains
from edaphon.problem.rows import tolerance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.rows import LinkingRow
    from edaphon.problem.values import Problem

_BADLY_SCALED = 1e9


def check_problem(problem: Problem, formulation: Formulation | None = None) -> tuple[Finding, ...]:
    """Look for what makes a problem impossible or pointless.

    Errors prove that no portfolio is feasible (exit code 3): a constraint that even the best
    choice for it alone cannot satisfy. Warnings: a budget of zero, figures of very different size.

    Returns
    -------
    tuple of Finding
    """
    shared = formulate(problem) if formulation is None else formulation
    found = _zero_budgets(problem) + _first_years(problem) + _scaling(problem, shared)
    for row in shared.rows:
        found += _reachable(problem, row)
    return tuple(found)


def _zero_budgets(problem: Problem) -> list[Finding]:
    return [
        Finding(
            constraint.where,
            f"the budget of {constraint.ledger} is 0, so only options that cost nothing are left",
            "Give an amount above 0 to fund interventions.",
            "warning",
        )
        for constraint in problem.constraints
        if isinstance(constraint, Budget) and constraint.limit == 0
    ]


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
    raw = objective_gains(problem, formulation.total)
    moves = (np.nanmax(raw, axis=1) > np.nanmin(raw, axis=1)).any(axis=0)
    gains = np.abs(np.nan_to_num(raw))
    found = []
    for j, (name, objective) in enumerate(
        zip(problem.objective_names, problem.objectives, strict=True)
    ):
        if not moves[j] and objective.boundary == 0:
            what = f"nothing that is allowed changes {name}: all portfolios are alike in it"
            hint = "Take the objective out, or allow interventions that change it."
            found.append(Finding(f"objectives.{name}", what, hint, "warning"))
        used = gains[:, :, j][gains[:, :, j] > 0]
        if len(used) and used.max() > _BADLY_SCALED * np.median(used):
            what = (
                f"the largest effect on {name} is {used.max():.3g}, "
                f"{used.max() / np.median(used):.1g} times the median"
            )
            hint = "Check the units of the data: single values decide every portfolio."
            found.append(Finding(f"objectives.{name}", what, hint, "warning"))
    return found


def _extreme(problem: Problem, table: NDArray[np.float64], largest: bool) -> float:
    """Largest or smallest sum that the allowed options could reach for one row alone."""
    closed = problem.allowed != 0
    if largest:
        return float(np.where(closed, -np.inf, table).max(axis=1).sum())
    return float(np.where(closed, np.inf, table).min(axis=1).sum())


def _reachable(problem: Problem, row: LinkingRow) -> list[Finding]:
    """Return an error if no portfolio at all satisfies this row."""
    size = float(np.abs(row.coefficients).max(axis=1).sum())
    least = _extreme(problem, row.coefficients, largest=False)
    most = _extreme(problem, row.coefficients, largest=True)
    if least > row.high + tolerance(row.high, size):
        locked = int((problem.allowed[:, 0] != 0).sum())
        what = (
            f"{row.name}: locked pairs and the cheapest options need {least:,.6g} {row.unit}, "
            f"more than the limit of {row.high:,.6g} {row.unit} ({locked} unit(s) are locked in)"
        )
        return [Finding(row.where, " ".join(what.split()), "Raise the limit or unlock units.")]
    if most < row.low - tolerance(row.low, size):
        what = (
            f"{row.name}: asks for {row.low:,.6g} {row.unit}, but the allowed options reach at "
            f"most {most:,.6g} {row.unit}"
        )
        return [Finding(row.where, " ".join(what.split()), "Lower it or allow more options.")]
    return []
