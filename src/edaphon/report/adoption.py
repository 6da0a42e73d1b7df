"""What `edaphon adopt` and `edaphon between` say of the portfolios they added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.portfolio.numbers import aligned
from edaphon.report.summary import on_console
from edaphon.report.text import shown_objectives, significant, words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edaphon.portfolio.adopt import Adoption
    from edaphon.problem.values import Front, Problem

_LISTED = 10


def adoption_text(folder: Path, problem: Problem, front: Front, found: Adoption) -> str:
    """Say under which name it stands in the run, what was repaired and what it is worth.

    Parameters
    ----------
    folder : Path
        The run directory.
    problem : Problem
    front : Front
        With the adopted portfolio.
    found : Adoption
    """
    called = f" ({found.tag})" if found.tag else ""
    lines = [f"adopted as {found.name}{called}", *_repair_lines(problem, found)]
    row = front.names.index(found.name)
    table = [["objective", "expected", f"{front.level:.0%} interval"]]
    for objective, shown, value, low, high in zip(
        front.objectives,
        shown_objectives(front, problem),
        front.values[row],
        front.lower[row],
        front.upper[row],
        strict=True,
    ):
        expected, *ends = (significant(shown.factor * one) for one in (value, low, high))
        name = words(objective.name)
        span = " to ".join(ends) if low < high else "exact"
        table.append([name, f"{expected} {shown.unit}".rstrip(), span])
    lines += ["", *aligned(table), "", f"open {folder / 'report.html'}"]
    return on_console("\n".join(lines))


def between_text(
    folder: Path,
    problem: Problem,
    front: Front,
    ends: tuple[str, str],
    found: Sequence[Adoption],
) -> str:
    """Say what lies between two portfolios: objectives and certified gaps, the two beside them.

    Parameters
    ----------
    folder : Path
        The run directory.
    problem : Problem
    front : Front
        With the portfolios found.
    ends : tuple of str
        Names of the two portfolios.
    found : sequence of Adoption
    """
    if not found:
        return f"nothing more was found between {ends[0]} and {ends[1]}; the run is as it was"
    shown = shown_objectives(front, problem)
    heads = [
        f"{words(o.name)}, {unit}" if (unit := one.unit) else words(o.name)
        for o, one in zip(front.objectives, shown, strict=True)
    ]
    table = [["portfolio", *heads, "certified gap"]]
    for name in (ends[0], *(one.name for one in found), ends[1]):
        row = front.names.index(name)
        values = [
            significant(one.factor * value)
            for one, value in zip(shown, front.values[row], strict=True)
        ]
        gap = front.certified_gap[row]
        table.append([name, *values, f"{100 * gap:.2g} %" if np.isfinite(gap) else ""])
    lines = [f"added {len(found)} between {ends[0]} and {ends[1]}", "", *aligned(table)]
    return on_console("\n".join([*lines, "", f"open {folder / 'report.html'}"]))


def _repair_lines(problem: Problem, found: Adoption) -> list[str]:
    """Say which rules it broke, and which units changed for that."""
    if not found.broken:
        return ["It keeps every rule as it was."]
    lines = [f"It broke {len(found.broken)} rule(s):"]
    lines += [f"  {one.what}" for one in found.broken]
    lines.append(f"{len(found.changed)} unit(s) were changed to keep them:")
    names = problem.interventions
    for unit in found.changed[:_LISTED]:
        before, after = names[found.proposed[unit]], names[found.allocation[unit]]
        lines.append(f"  {problem.unit_ids[unit]}: {words(after)} instead of {words(before)}")
    more = len(found.changed) - _LISTED
    return [*lines, f"  and {more} more"] if more > 0 else lines
