"""What the page needs to solve again by itself: gains, costs and permissions, rounded to 16 bits.

Every option is one column of 16-bit codes for each objective and each rule: the figure is
``low + step * code``, and the largest difference from the exact figure is measured and goes along.
The page (templates/resolve.js) works with the rounded figures and adds these differences to
everything it proves: a rule is kept if it is kept with every cost raised by its error, and the
bound is one on the figures lowered (costs) and raised (gains) by theirs. So what it says holds for
the exact figures, too.

The page prices one budget exactly. Other rules enter at prices that it finds by itself at the
weights and the budget asked (templates/prices.js); any prices prove a bound. Whether whole units
then keep each rule is said rule by rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.portfolio.proposal import LONGEST_NAME
from edaphon.problem.evaluate import formulate
from edaphon.problem.store import problem_hash
from edaphon.problem.values import Budget
from edaphon.solver.assemble import senses
from edaphon.solver.space.spatial import needs_neighbours
from edaphon.solver.table import outcome_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.rows import LinkingRow
    from edaphon.problem.values import Front, Problem

MOST_UNITS = 100_000
"""Above, solving would lag behind the slider, and the page would grow too heavy; judgement."""
MOST_ROWS = 12
"""Rules beyond the first budget above which the page would grow too heavy; judgement."""
_CODES = 65_535
_OUTWARD = 1.0 + 1e-9
"""Errors are raised by this share, for the rounding of their own sums (judgement: a million
float64 additions move a sum by less than 1e-9 of its absolute terms)."""


def why_not(problem: Problem, anonymous: bool) -> str:
    """Say why the page cannot solve this problem by itself; empty where it can."""
    curved = (o.benefit != "linear" and o.sense == "maximize" for o in problem.objectives)
    reasons = {
        "This page is anonymous: it holds nothing on single planning units.": anonymous,
        "An objective with diminishing returns is no plain sum over the planning units.": any(
            curved
        ),
        "An objective or a rule looks at neighboring planning units.": needs_neighbours(problem),
        "Connectivity and contiguity are no sums over the planning units.": any(
            o.connectivity for o in problem.objectives
        ),
        "Farms choose as one here, which the page's own solver does not know.": (
            problem.farm is not None
        ),
        f"There are more than {MOST_UNITS:,} planning units.": problem.n_units > MOST_UNITS,
        f"There are more than {MOST_ROWS} rules.": len(problem.constraints) > MOST_ROWS,
    }
    return next((why for why, holds in reasons.items() if holds), "")


def resolve_contents(
    arrays: dict[str, NDArray[Any]], problem: Problem, front: Front, *, anonymous: bool
) -> dict[str, Any]:
    """Add the packed columns to the page's arrays; return what the script has to know of them.

    Parameters
    ----------
    arrays : dict
        Gains "resolve_codes", uint16 (n_columns, n_interventions, n_units), and "resolve_open",
        uint8 (n_interventions, n_units), 1 where allowed.
    problem : Problem
    front : Front
    anonymous : bool

    Returns
    -------
    dict
        {"why": text} where the page cannot solve by itself.
    """
    why = why_not(problem, anonymous)
    if why:
        return {"why": why}
    rules = formulate(problem)
    gains, _ = outcome_columns(problem, rules.total)
    closed = (problem.allowed != 0).T
    columns = list(gains)
    first = next((r for r, c in enumerate(problem.constraints) if isinstance(c, Budget)), None)
    rows = [
        {**_row(row, columns, closed), "budget": r == first} for r, row in enumerate(rules.rows)
    ]
    if first is None:
        rows.append({**_spending(problem, columns, closed), "budget": True})
    packed = [_rounded(column, closed) for column in columns]
    arrays["resolve_codes"] = np.stack([codes for codes, _ in packed])
    arrays["resolve_open"] = (~closed).astype("u1")
    sense = senses(problem)
    return {
        "problem": problem_hash(problem),
        "interventions": list(problem.interventions),
        "objectives": list(problem.objective_names),
        "longest_name": LONGEST_NAME,
        "sense": sense,
        "scales": front.scales,
        "span": (front.ideal - front.nadir) * sense,
        "columns": [parts for _, parts in packed],
        "rows": rows,
    }


def _row(row: LinkingRow, columns: list[NDArray[np.float64]], closed: Any) -> dict[str, Any]:
    """Find or add the column of a rule; return what it asks for."""
    column, sign = _column(row.coefficients.T, columns, closed)
    return {
        "name": row.name,
        "unit": row.unit,
        "low": row.low,
        "high": row.high,
        "column": column,
        "sign": sign,
    }


def _spending(problem: Problem, columns: list[NDArray[np.float64]], closed: Any) -> dict[str, Any]:
    """Return a budget of the first ledger without a limit, for the slider of a run without one."""
    column, sign = _column(problem.cost[:, :, 0].T, columns, closed)
    name = f"budget of {problem.ledgers[0].name}"
    unit = problem.ledgers[0].unit
    return {"name": name, "unit": unit, "low": None, "high": None, "column": column, "sign": sign}


def _column(
    wanted: NDArray[np.float64], columns: list[NDArray[np.float64]], closed: Any
) -> tuple[int, float]:
    """Position and sign of a column that holds these figures at the open pairs; added if new."""
    open_ = ~closed
    for number, column in enumerate(columns):
        for sign in (1.0, -1.0):
            if np.array_equal(wanted[open_], sign * column[open_]):
                return number, sign
    columns.append(np.array(wanted))
    return len(columns) - 1, 1.0


def _rounded(
    column: NDArray[np.float64], closed: Any
) -> tuple[NDArray[np.uint16], dict[str, list[float]]]:
    """Round each option's figures over its own range of allowed units.

    Returns
    -------
    codes : uint16 array, shape (n_interventions, n_units)
    parts : dict
        "low", "step" and "error" of each option; the error is the largest difference measured.
    """
    codes = np.zeros(column.shape, dtype=np.uint16)
    parts: dict[str, list[float]] = {"low": [], "step": [], "error": []}
    for a, (figures, shut) in enumerate(zip(column, closed, strict=True)):
        used = figures[~shut]
        low = float(used.min()) if len(used) else 0.0
        step = (float(used.max()) - low) / _CODES if len(used) else 0.0
        if step > 0:
            codes[a, ~shut] = np.clip(np.rint((used - low) / step), 0, _CODES)
        found = low + step * codes[a, ~shut].astype(np.float64)
        error = float(np.abs(found - used).max(initial=0.0)) * _OUTWARD
        for key, value in zip(parts, (low, step, error), strict=True):
            parts[key].append(value)
    return codes, parts
