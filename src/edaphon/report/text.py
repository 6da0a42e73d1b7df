"""Numbers and names as people read them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.portfolio.numbers import MINUS, UNKNOWN, significant

if TYPE_CHECKING:
    from edaphon.problem.values import Front, Objective, Problem

__all__ = [
    "DO_NOTHING", "MINUS", "UNKNOWN", "Shown", "as_shown", "capital", "compact", "file_name",
    "percent", "shown_objectives", "shown_unit", "significant", "title", "told_units", "words",
]  # fmt: skip
DO_NOTHING = "do nothing new"
_SMALLEST_PERCENT = 0.01


def compact(value: float) -> str:
    """Return a number for an axis: "12.3k", "1.5M"."""
    size = abs(value)
    if size >= 1e6:
        return f"{significant(value / 1e6)}M"
    return f"{significant(value / 1e3)}k" if size >= 1e4 else significant(value)


def percent(share: float) -> str:
    """Return a share as a percentage, small ones as "< 0.01 %"; not finite ones as a dash."""
    if not math.isfinite(share):
        return UNKNOWN
    value = 100 * share
    if value != 0 and abs(value) < _SMALLEST_PERCENT:
        return f"< {_SMALLEST_PERCENT}\u00a0%"
    return f"{significant(value, 2)}\u00a0%"


def words(name: str) -> str:
    """Return a name of the config as words: "cover_crop+no_till" gives "cover crop + no till"."""
    if name == "baseline":
        return DO_NOTHING
    parts = name.replace("_", " ").replace("+", " + ").split()
    return " ".join("SOC" if part == "soc" else part for part in parts)


def file_name(where: str) -> str:
    """Return the place of a finding with the folders of its file left out.

    "/home/ann/valley.yaml:3:5: seed" gives "valley.yaml:3:5: seed": what is handed on should not
    tell whose machine it was made on.
    """
    if not re.match(r"[/~]|[A-Za-z]:[/\\]|\\", where):
        return where
    head, colon, rest = where.partition(": ")
    return re.split(r"[/\\]", head)[-1] + colon + rest


def title(name: str) -> str:
    """Return the name of a run as a title: "north-macedonia" gives "North Macedonia"."""
    return " ".join(capital(part) for part in words(name).replace("-", " ").split())


def capital(text: str) -> str:
    """Return `text` with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Shown:
    """How an objective's values are shown to people.

    Attributes
    ----------
    factor : float
        What a value is multiplied by.
    unit : str
        Unit of the product.
    of_what : str
        What the figure is a share of, and that it holds priced boundary, with a leading space;
        empty for plain amounts.
    change : bool
        Whether it is a change against today, shown with its sign.
    """

    factor: float
    unit: str
    of_what: str
    change: bool


def shown_unit(objective: Objective, area_ha: float) -> Shown:
    """Return how an objective is shown.

    Shares become percent, a concave benefit points of 100, and hectares x percent, which no
    one can picture, the mean change in percent over the whole landscape (the state of a relative
    feature is 100 per ha, so that a gain in ha % divided by the area is that mean). Where exposed
    boundary has a price, that is said: budgets bound spending alone, so a cost may exceed them.

    Parameters
    ----------
    objective : Objective
    area_ha : float
        Area of the landscape.
    """
    shown = _plain_unit(objective, area_ha)
    if not objective.boundary or not (objective.features or objective.ledgers):
        return shown
    rate = significant(objective.boundary * shown.factor)
    price = f"{rate} {shown.unit}/m".replace(" /", " per ")
    if objective.sense == "maximize":
        return replace(shown, of_what=f"{shown.of_what}, less exposed boundary at {price}")
    told = f" with exposed boundary at {price}, which no budget counts"
    return replace(shown, of_what=shown.of_what + told)


def _plain_unit(objective: Objective, area_ha: float) -> Shown:
    """Return how an objective without a price on boundary is shown."""
    if objective.benefit != "linear" and objective.unit in ("share", "benefit"):
        return Shown(100.0, "points", " of 100", False)
    if objective.unit == "share":
        return Shown(100.0, "%", " of the largest expected gain", False)
    if objective.unit == "ha %":
        return Shown(1.0 / area_ha, "%", " of today's, averaged over all land", True)
    return Shown(1.0, objective.unit, "", objective.sense == "maximize")


def shown_objectives(front: Front, problem: Problem) -> tuple[Shown, ...]:
    """Return how each objective of a front is shown."""
    area = float(problem.area_ha.sum())
    return tuple(shown_unit(objective, area) for objective in front.objectives)


def told_units(front: Front, problem: Problem) -> list[str]:
    """Say of each objective whose unit alone does not tell it what its figure is."""
    return [
        f"{objective.name}: {one.unit}{one.of_what}"
        for objective, one in zip(front.objectives, shown_objectives(front, problem), strict=True)
        if one.of_what
    ]


def as_shown(front: Front, problem: Problem) -> Front:
    """Return a front with values, ideal and nadir in the units in which people see them."""
    shown = shown_objectives(front, problem)
    factors = np.array([one.factor for one in shown])
    return replace(
        front,
        objectives=tuple(
            replace(objective, unit=one.unit)
            for objective, one in zip(front.objectives, shown, strict=True)
        ),
        values=front.values * factors,
        ideal=front.ideal * factors,
        nadir=front.nadir * factors,
    )
