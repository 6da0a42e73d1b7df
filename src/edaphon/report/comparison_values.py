"""A comparison of portfolios as plain values, for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.portfolio.diverse import good_rows, spending_distance
from edaphon.portfolio.groups import no_regret
from edaphon.problem.constraints import Budget
from edaphon.report.comparison import LETTERS, Side, swap_kinds

if TYPE_CHECKING:
    import pandas as pd

    from edaphon.portfolio.compare import Comparison


def comparison_values(sides: Sequence[Side], found: Sequence[Comparison]) -> dict[str, Any]:
    """Return the comparison as plain values, for JSON; every swap stands in it.

    If one of the runs is anonymous, swaps are summed by kind, and no unit or farm is named.
    """
    hidden = any(side.anonymous for side in sides)
    return {
        "portfolios": [
            {
                "letter": LETTERS[k],
                "portfolio": side.label,
                "what": side.what,
                "certified_gap": side.front.certified_gap[side.row],
                "feasible": bool(side.front.feasible[side.row]),
                "regions": _records(side.groups("region")),
                "farms": [] if hidden else _records(side.groups("farm")),
            }
            for k, side in enumerate(sides)
        ],
        "runs": [
            {
                "run": side.label.rpartition(":")[0],
                "budgets": {
                    rule.ledger: rule.limit
                    for rule in side.problem.constraints
                    if isinstance(rule, Budget)
                },
                "interventions": list(side.problem.interventions),
            }
            for side in {id(side.problem): side for side in sides}.values()
        ],
        "pairs": [
            _pair_values(sides[0], sides[k], one, hidden) for k, one in enumerate(found, start=1)
        ],
        "no_regret": _agreed_values(sides, hidden),
    }


def _records(table: pd.DataFrame | None) -> list[dict[str, Any]]:
    if table is None:
        return []
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _pair_values(first: Side, other: Side, found: Comparison, hidden: bool) -> dict[str, Any]:
    """Return one pair's figures."""
    distance = None
    if first.problem is other.problem:
        distance = spending_distance(first.problem, np.stack([first.plan, other.plan]))[0, 1]
    options = found.interventions
    return {
        "a": first.label,
        "b": other.label,
        "distance": distance,
        "level": found.level,
        "objectives": [
            {
                "name": name,
                "unit": found.objective_units[m],
                "a": found.a_values[m],
                "b": found.b_values[m],
                "difference": found.difference[m],
                "lower": found.lower[m],
                "upper": found.upper[m],
                "probability_a_better": found.probability_a_better[m],
                "swaps_exact": bool(found.swaps_exact[m]),
                "elsewhere": found.elsewhere[m],
                "rates": dict(zip(found.objectives, found.rates[m], strict=True)),
            }
            for m, name in enumerate(found.objectives)
        ],
        "interventions": [
            {
                "intervention": name,
                "a_area_ha": found.a_area_ha[a],
                "b_area_ha": found.b_area_ha[a],
                "a_spent": dict(zip(found.ledgers, found.a_spent[a], strict=True)),
                "b_spent": dict(zip(found.ledgers, found.b_spent[a], strict=True)),
            }
            for a, name in enumerate(options)
        ],
        "swaps": _kinds_of_swaps(found) if hidden else _swaps(found),
        "findings": [] if hidden else [finding.as_dict() for finding in found.findings],
    }


def _swaps(found: Comparison) -> list[dict[str, Any]]:
    """Return what every unit that differs adds to the difference."""
    options = found.interventions
    return [
        {
            "unit_id": unit,
            "a": options[found.a_options[s]],
            "b": options[found.b_options[s]],
            "change": dict(zip(found.objectives, found.swap_change[s], strict=True)),
        }
        for s, unit in enumerate(found.unit_ids)
    ]


def _kinds_of_swaps(found: Comparison) -> list[dict[str, Any]]:
    """Return what all units with the same swap add to the difference, and how many they are."""
    return [
        {"units": units, "a": a, "b": b, "change": dict(zip(found.objectives, change, strict=True))}
        for b, a, units, change in swap_kinds(found)
    ]


def _agreed_values(sides: Sequence[Side], hidden: bool) -> list[dict[str, Any]]:
    """Return the units on which each run's good portfolios agree."""
    made = []
    for side in {id(side.front): side for side in sides}.values():
        rows = good_rows(side.front)
        agreed, option = no_regret(side.front, rows)
        treated = np.flatnonzero(agreed & (option > 0))
        made.append(
            {
                "run": side.label.rpartition(":")[0] or side.label,
                "portfolios": len(rows),
                "treated": len(treated),
                "units": []
                if hidden
                else [
                    {
                        "unit_id": str(side.problem.unit_ids[i]),
                        "intervention": side.problem.interventions[option[i]],
                    }
                    for i in treated
                ],
                "left_as_they_are": int((agreed & (option == 0)).sum()),
            }
        )
    return made
