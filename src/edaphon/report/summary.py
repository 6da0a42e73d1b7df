"""What the terminal says when a run has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.data.messages import counted
from edaphon.portfolio.numbers import aligned
from edaphon.report.cards import SCALES
from edaphon.report.text import percent, shown_objectives, significant, told_units

if TYPE_CHECKING:
    from edaphon.problem.values import Front, Problem
    from edaphon.surrogates.state import Card

_PLAIN = str.maketrans("\u2212\u2013\u00a0", "-- ")
"""Signs that not every console shows."""


def summary(
    folder: Path,
    record: Mapping[str, Any],
    problem: Problem | None,
    front: Front | None,
    cards: Sequence[Card],
) -> str:
    """Return a few lines: surrogates, front with certificates, shortlist, where the report lies."""
    lines = [*map(_card_line, cards), *_health_lines(record.get("soil_health") or {})]
    if problem is not None and front is not None:
        lines += _front_lines(problem, front)
        lines += _stand_in_lines(record.get("stand_ins") or {})
    report = folder / "report.html"
    seconds = sum(stage["seconds"] for stage in record["stages"].values())
    lines.append(f"{record['status']} after {seconds:.0f} s in {folder}")
    if "report" in record["stages"]:
        lines.append(f"open {report}")
    return on_console("\n".join(lines))


def on_console(text: str) -> str:
    """Return a text with plain signs for those that not every console shows."""
    return text.translate(_PLAIN)


def _card_line(card: Card) -> str:
    word = "used" if card.used else "refused"
    of = f" of {card.response}" if card.learns == "species" and card.response != card.name else ""
    place, here = card.held_out, ""
    if place.auc is not None and place.scale not in SCALES:
        score = f"AUC {place.auc:.2f}"
    else:
        score = f"r2 {place.r2:.2f} ({place.scale} scale)"
        here = f", {card.matched.r2:.2f} for this map" if card.matched is not None else ""
    return (
        f"surrogate {card.name}{of}: {word}; {score} on {place.folds}{here}; {card.coverage:.0%} "
        f"of held-out {card.covered} in their {card.level:.0%} interval"
    )


def _health_lines(health: Mapping[str, Any]) -> list[str]:
    """Say the median of soil health, with those of its parts."""
    if not health:
        return []
    score, *parts = health["rows"]
    shown = ", ".join(f"{part['name']} {significant(part['median'], 2)}" for part in parts)
    return [
        f"soil health ({health['combine']} of its parts), median {significant(score['median'], 2)}:"
        f" {shown}"
    ]


def _stand_in_lines(stand_ins: Mapping[str, Sequence[Mapping[str, str]]]) -> list[str]:
    """Say beside which objectives stands a surrogate for something else, and how well."""
    return [
        f"{objective} rests on {one['surrogate']}, as a stand-in for {one['stands_for']}: "
        f"{one['grade']}"
        for objective, found in stand_ins.items()
        for one in found
    ]


def _front_lines(problem: Problem, front: Front) -> list[str]:
    rows = np.flatnonzero(front.on_front)
    lines = [
        f"{counted(len(rows), 'portfolio')} of {counted(problem.n_units, 'unit')} and "
        f"{counted(problem.n_interventions - 1, 'option')}, none dominated; {proven(front)}"
    ]
    shown = shown_objectives(front, problem)
    factors = np.array([one.factor for one in shown])
    beside = [k for k, kind in enumerate(front.kinds) if kind in ("baseline", "policy")]
    tagged = [*beside, *([k for k in rows if front.tags[k]] or rows[:1])]
    names = [f"{front.names[k]} {front.tags[k]}".strip() for k in tagged]
    heads = [
        f"{objective.name} [{one.unit}]"
        for objective, one in zip(front.objectives, shown, strict=True)
    ]
    table = [["portfolio", *heads, "treated [ha]"]]
    for name, k in zip(names, tagged, strict=True):
        cells = [
            f"{significant(value)} ({significant(low)} to {significant(high)})"
            if low < high
            else significant(value)
            for value, low, high in zip(
                front.values[k] * factors,
                front.lower[k] * factors,
                front.upper[k] * factors,
                strict=True,
            )
        ]
        table.append([name, *cells, significant(front.treated_area_ha[k])])
    lines += aligned(table)
    return [*lines, *in_brackets(front, tagged), *told_units(front, problem)]


def in_brackets(front: Front, rows: Sequence[int]) -> list[str]:
    """Say what stands in the brackets of a table of portfolios; nothing where it has none."""
    spread = (front.lower[rows] < front.upper[rows]).any()
    return [f"in brackets: {front.level:.0%} interval"] if spread else []


def proven(front: Front) -> str:
    """Return what is proven: certified gaps, or the optimality gap of a single objective."""
    alone = len(front.objectives) == 1
    name = "optimality gap" if alone else "certified gap"
    gaps = (front.optimality_gap if alone else front.certified_gap)[front.on_front]
    gaps = gaps[np.isfinite(gaps)]
    if front.complete and not alone:
        return "the whole Pareto front, proven complete"
    if not len(gaps):
        return "no bound is proven"
    if len(gaps) == 1:
        return f"{name} {percent(float(gaps[0]))}"
    middle, largest = percent(float(np.median(gaps))), percent(float(gaps.max()))
    return f"median {name} {middle}, largest {largest}"
