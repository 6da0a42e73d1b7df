"""What `edaphon show` says of a run: the front, a plot of it, and the shortlist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.portfolio.numbers import aligned
from edaphon.portfolio.shortlist import names_of
from edaphon.report.summary import in_brackets, on_console, proven
from edaphon.report.text import compact, percent, shown_objectives, significant, told_units

if TYPE_CHECKING:
    from edaphon.portfolio.diverse import Diverse
    from edaphon.problem.values import Front, Problem

_WIDE, _HIGH = 60, 14
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OTHERS = {"baseline": "o", "policy": "x", "adopted": "+"}


def beside(front: Front, chosen: Sequence[int]) -> list[int]:
    """Return the rows of a comparing table: baseline, present policy, adopted, then the chosen."""
    others = [row for row, kind in enumerate(front.kinds) if kind != "front"]
    return [*others, *(row for row in chosen if row not in others)]


def show_text(
    problem: Problem,
    front: Front,
    chosen: Sequence[int],
    *,
    diverse: Diverse | None = None,
    fits: str = "",
) -> str:
    """Return the front as a table, a plot of cost and first gain, and the shortlist as a table.

    Parameters
    ----------
    problem : Problem
    front : Front
    chosen : sequence of int
        Rows of the shortlist.
    diverse : Diverse, optional
        How far the chosen differ, where they were chosen for that.
    fits : str
        The preference that the chosen portfolio answers, in words.
    """
    rows = beside(front, chosen)
    marks = dict(zip(chosen, _LETTERS, strict=False))
    marks |= {row: _OTHERS[front.kinds[row]] for row in rows if front.kinds[row] in _OTHERS}
    lines = ["Front", *_front_table(problem, front, marks)]
    if len(front.objectives) > 1:
        lines += ["", *_plot(problem, front, marks)]
    lines += ["", f"Shortlist, chosen as {fits}" if fits else "Shortlist"]
    lines += _shortlist_table(problem, front, rows, marks)
    lines.append("; ".join([*in_brackets(front, rows), proven(front)]))
    lines += told_units(front, problem)
    if diverse is not None:
        lines.append(diverse.sentence())
    return on_console("\n".join(lines))


def _heads(problem: Problem, front: Front) -> list[str]:
    """Name of each objective with its unit and an arrow in the better direction."""
    return [
        f"{objective.name}{' [' + one.unit + ']' if one.unit else ''} "
        f"{'^' if objective.sense == 'maximize' else 'v'}"
        for objective, one in zip(front.objectives, shown_objectives(front, problem), strict=True)
    ]


def _front_table(problem: Problem, front: Front, marks: Mapping[int, str]) -> list[str]:
    """Return every portfolio in a line: values, treated area, what is proven, tags."""
    factors = [one.factor for one in shown_objectives(front, problem)]
    alone = len(front.objectives) == 1
    gaps = front.optimality_gap if alone else front.certified_gap
    gap = "optimality gap" if alone else "certified gap"
    table = [["", "portfolio", *_heads(problem, front), "treated [ha]", gap, "tags"]]
    for row, name in enumerate(front.names):
        values = [significant(v * f) for v, f in zip(front.values[row], factors, strict=True)]
        area = significant(front.treated_area_ha[row])
        broken = "" if front.feasible[row] else "breaks a rule"
        tags = ", ".join(part for part in (front.tags[row], broken) if part)
        table.append([marks.get(row, ""), name, *values, area, percent(gaps[row]), tags])
    ends = [line[:-1] for line in table]
    return [
        f"{line}  {cells[-1]}".rstrip()
        for line, cells in zip(aligned(ends, left=2), table, strict=True)
    ]


def _shortlist_table(
    problem: Problem, front: Front, rows: Sequence[int], marks: Mapping[int, str]
) -> list[str]:
    """Return the chosen portfolios with their intervals, baseline and policy first."""
    factors = np.array([one.factor for one in shown_objectives(front, problem)])
    table = [["", "what it is", "portfolio", *_heads(problem, front), "treated [ha]", "outside"]]
    for row, name in zip(rows, names_of(problem, front, rows), strict=True):
        figures = zip(
            front.values[row] * factors,
            front.lower[row] * factors,
            front.upper[row] * factors,
            strict=True,
        )
        cells = [
            f"{significant(v)} ({significant(a)} to {significant(b)})" if a < b else significant(v)
            for v, a, b in figures
        ]
        area = significant(front.treated_area_ha[row])
        outside = percent(front.share_outside_applicability[row])
        table.append([marks.get(row, ""), name, front.names[row], *cells, area, outside])
    lines = aligned(table, left=3)
    lines.append("outside: share of the spending where samples or evidence do not reach")
    return lines


def _axes(front: Front) -> tuple[int, int]:
    """Objectives across and up: the first minimized one (else the first), the first other."""
    down = [m for m, o in enumerate(front.objectives) if o.sense == "minimize"]
    across = down[0] if down else 0
    return across, next(m for m in range(len(front.objectives)) if m != across)


def _plot(problem: Problem, front: Front, marks: Mapping[int, str]) -> list[str]:
    """Draw two objectives with letters: dots are the front, capitals the shortlist."""
    across, up = _axes(front)
    shown = shown_objectives(front, problem)
    x = front.values[:, across] * shown[across].factor
    y = front.values[:, up] * shown[up].factor
    sheet = [[" "] * _WIDE for _ in range(_HIGH)]

    def cell(values: np.ndarray, row: int, size: int) -> int:
        low, span = values.min(), np.ptp(values)
        return round((size - 1) * (values[row] - low) / span) if span > 0 else 0

    for row in sorted(range(len(x)), key=lambda row: row in marks):
        sheet[_HIGH - 1 - cell(y, row, _HIGH)][cell(x, row, _WIDE)] = marks.get(row, ".")
    heads = _heads(problem, front)
    ends = [compact(float(y.max())), compact(float(y.min()))]
    width = max(map(len, ends))
    lines = [heads[up]]
    for number, cells in enumerate(sheet):
        label = ends[0] if number == 0 else ends[1] if number == _HIGH - 1 else ""
        lines.append(f"{label:>{width}} |{''.join(cells)}".rstrip())
    left, right = compact(float(x.min())), compact(float(x.max()))
    lines.append(f"{'':>{width}} +{'-' * _WIDE}")
    lines.append(f"{'':>{width}}  {left}{right:>{_WIDE - len(left)}}  {heads[across]}")
    kinds = {"o": "nothing new", "x": "present policy", "+": "adopted"}
    others = [f"{mark} {kinds[mark]}" for mark in kinds if mark in marks.values()]
    lines.append("; ".join(["capitals: the shortlist", *others, "dots: other portfolios"]))
    return lines


def show_values(
    problem: Problem,
    front: Front,
    chosen: Sequence[int],
    *,
    diverse: Diverse | None = None,
) -> dict[str, Any]:
    """Return the same as plain values, for JSON: objectives, front, shortlist."""
    rows = beside(front, chosen)
    names = dict(zip(rows, names_of(problem, front, rows), strict=True))
    found: dict[str, Any] = {
        "interval_level": front.level,
        "objectives": [
            {
                "name": objective.name,
                "sense": objective.sense,
                "unit": objective.unit,
                "ideal": front.ideal[m],
                "nadir": front.nadir[m],
            }
            for m, objective in enumerate(front.objectives)
        ],
        "front": [_portfolio(problem, front, row) for row in range(len(front.names))],
        "shortlist": [{"portfolio": front.names[row], "what": names[row]} for row in rows],
    }
    if diverse is not None:
        found["diverse"] = {
            "least_distance": diverse.least,
            "largest_possible": diverse.possible,
            "proven": diverse.proven,
            "candidates": diverse.candidates,
            "largest_gap": diverse.gap,
        }
    return found


def _portfolio(problem: Problem, front: Front, row: int) -> dict[str, Any]:
    """Return one portfolio's figures, in each objective's own sense and unit."""
    names = [objective.name for objective in front.objectives]
    ledgers = [ledger.name for ledger in problem.ledgers]
    return {
        "portfolio": front.names[row],
        "kind": front.kinds[row],
        "tags": front.tags[row],
        "feasible": bool(front.feasible[row]),
        "values": dict(zip(names, front.values[row], strict=True)),
        "lower": dict(zip(names, front.lower[row], strict=True)),
        "upper": dict(zip(names, front.upper[row], strict=True)),
        "certified_gap": front.certified_gap[row],
        "optimality_gap": front.optimality_gap[row],
        "certified_by": front.certified_by[row],
        "treated_area_ha": front.treated_area_ha[row],
        "spent": dict(zip(ledgers, front.spent[row], strict=True)),
        "share_outside_applicability": front.share_outside_applicability[row],
    }
