"""Land as a ledger: treated and changed area, where an objective asks for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.practices.values import Ledger
from edaphon.problem.constraints import Budget
from edaphon.problem.rows import changed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.values import Problem

TREATED_AREA = "treated_area"
CHANGED_AREA = "changed_area"
AREA_UNITS = {TREATED_AREA: "ha", CHANGED_AREA: "ha"}
"""Ledgers that every problem can have, with their unit."""


def with_area_ledgers(problem: Problem) -> Problem:
    """Add the area ledgers that objectives or budgets name and the problem does not have yet.

    "treated_area" counts the hectares of every option but the baseline, "changed_area" those of
    every option but the earlier portfolio's (only where there is one).
    """
    known = {ledger.name for ledger in problem.ledgers}
    asked = {name for objective in problem.objectives for name in objective.ledgers}
    asked |= {rule.ledger for rule in problem.constraints if isinstance(rule, Budget)}
    new = [name for name in AREA_UNITS if name in asked - known]
    if problem.earlier is None and CHANGED_AREA in new:
        new.remove(CHANGED_AREA)
    if not new:
        return problem
    columns = [_pairs(problem, name) * problem.area_ha[:, None] for name in new]
    return replace(
        problem,
        cost=np.concatenate([problem.cost, np.stack(columns, axis=2)], axis=2),
        ledgers=(*problem.ledgers, *(Ledger(name, "ha", money=False) for name in new)),
    )


def _pairs(problem: Problem, name: str) -> NDArray[np.bool_]:
    if name == CHANGED_AREA:
        return changed(problem)
    treated = np.ones(problem.allowed.shape, dtype=bool)
    treated[:, 0] = False
    return treated
