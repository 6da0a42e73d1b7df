"""Put more portfolios between two of a front, beside the front like adopted ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edaphon.config.suggest import did_you_mean
from edaphon.errors import DataError, Finding, expect
from edaphon.portfolio.adopt import KIND, Adoption, with_row
from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.values import Front, Problem
from edaphon.solver.between import fill_between

if TYPE_CHECKING:
    from collections.abc import Callable


def between(
    problem: Problem,
    front: Front,
    first: str,
    second: str,
    *,
    count: int = 3,
    time_limit: float = 60.0,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[Front, tuple[Adoption, ...]]:
    """Find up to `count` portfolios between two of a front, also where no weights lead.

    Ranges, hypervolume and the certificates of the front stay as they are. Each portfolio gets the
    certified gap that the bounds stored with the front prove for it (design, section 3).

    Parameters
    ----------
    problem : Problem
    front : Front
    first, second : str
        Names of two feasible portfolios, as "p03".
    count : int
    time_limit : float
        Seconds of one mixed-integer program.
    progress : callable, optional
        Called with ("between", done, count).

    Returns
    -------
    front : Front
        With one row more, of kind "adopted", per portfolio found; a finding says where the time
        limit ended a search.
    found : tuple of Adoption
        From the first to the second; empty where nothing that is not dominated lies between.

    Raises
    ------
    DataError
        If a name is unknown, a portfolio is not feasible, or both are the same.
    InfeasibleError
        If the two differ in no objective that is a plain sum over units.
    """
    expect(problem=(problem, Problem), front=(front, Front))
    ends = _rows(front, first, second)
    rules = formulate(problem)
    plans, findings = fill_between(
        problem, rules, front, ends, count=count, time_limit=time_limit, progress=progress
    )
    front = replace(front, findings=(*front.findings, *findings))
    made = []
    for number, plan in enumerate(plans, 1):
        name = f"a{1 + sum(kind == KIND for kind in front.kinds):02d}"
        tag = f"between {first} and {second} ({number})"
        if any(tag in tags.split(", ") for tags in front.tags):
            tag = f"{tag} ({name})"
        worth = evaluate(problem, plan, front.level, rules)
        made.append(Adoption(name, tag, worth, (), plan, plan))
        front = with_row(problem, front, made[-1])
    return front, tuple(made)


def _rows(front: Front, first: str, second: str) -> tuple[int, int]:
    faults = []
    for name in (first, second):
        if name not in front.names:
            hint = did_you_mean(name, front.names)
            faults.append(Finding("between", f"there is no portfolio {name!r}", hint))
        elif not front.feasible[front.names.index(name)]:
            what = f"{name} is not feasible, so nothing can lie between it and another"
            faults.append(Finding("between", what, "Name a feasible one."))
    if first == second:
        faults.append(Finding("between", f"{first} is named twice", "Name two portfolios."))
    if faults:
        raise DataError(faults)
    return front.names.index(first), front.names.index(second)
