"""What `edaphon compare` says: portfolios of one run or of several, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.messages import counted
from edaphon.portfolio.compare import Comparison, compare, intervention_rows, objective_rows
from edaphon.portfolio.diverse import GAP, good_rows
from edaphon.portfolio.exchange import exchange_rates
from edaphon.portfolio.groups import NO_REGRET, group_table, no_regret
from edaphon.portfolio.numbers import aligned
from edaphon.problem.constraints import Budget
from edaphon.problem.evaluate import formulate
from edaphon.problem.summary import said_rules
from edaphon.report.summary import on_console
from edaphon.report.text import percent, shown_unit, significant

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edaphon.problem.values import Front, Problem

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_GROUPS = 15
_RULES = 6
"""Most rules of a run that are told; a rule per region would fill pages."""


@dataclass(frozen=True)
class Side:
    """One portfolio that is compared.

    Attributes
    ----------
    label : str
        "RUN:PORTFOLIO".
    what : str
        What it is, in a few words.
    problem : Problem
    front : Front
    row : int
    farm : str array, shape (n_units,), or None
    anonymous : bool
        Nothing finer than the region may be handed on.
    """

    label: str
    what: str
    problem: Problem
    front: Front
    row: int
    farm: NDArray[np.str_] | None = None
    anonymous: bool = False

    @property
    def plan(self) -> NDArray[np.uint8]:
        """The allocation, shape (n_units,)."""
        chosen: NDArray[np.uint8] = self.front.portfolios[self.row]
        return chosen

    def groups(self, kind: str) -> pd.DataFrame | None:
        """Sum the portfolio by "region" or "farm"; None where the run has none or hides them."""
        farm = None if self.anonymous else self.farm
        names = self.problem.region if kind == "region" else farm
        return None if names is None else group_table(self.problem, self.plan, names)


def compare_sides(sides: Sequence[Side], level: float) -> list[Comparison]:
    """Compare the first with each of the others."""
    first = sides[0]
    return [
        compare(
            first.problem,
            first.plan,
            other.plan,
            level,
            other=None if other.problem is first.problem else other.problem,
        )
        for other in sides[1:]
    ]


def comparison_text(sides: Sequence[Side], found: Sequence[Comparison], swaps: int) -> str:
    """Return the comparison as text for a terminal.

    Parameters
    ----------
    sides : sequence of Side
        Two or more.
    found : sequence of Comparison
        From `compare_sides`.
    swaps : int
        Single units to list for each pair; none if one of the runs is anonymous.
    """
    swaps = 0 if any(side.anonymous for side in sides) else swaps
    names = [["", "portfolio", "what it is"]]
    names += [[LETTERS[k], side.label, side.what] for k, side in enumerate(sides)]
    runs = run_rows(sides)
    parts = ["\n".join(aligned(names, left=3))]
    parts.append("\n".join(aligned([row[:3] for row in runs], left=3)))
    if any(row[3] != "none" for row in runs[1:]):
        parts.append("\n".join([runs[0][3], *(f"{row[0]}: {row[3]}" for row in runs[1:])]))
    for k, one in enumerate(found, start=1):
        parts += _pair_text(sides[0], sides[k], one, ("A", LETTERS[k]), swaps)
    parts.append("\n".join(["No regret", *agreement_lines(sides)]))
    return on_console("\n\n".join(part for part in parts if part))


def run_rows(sides: Sequence[Side]) -> list[list[str]]:
    """Return in what the runs differ that the sides come from; nothing if all are of one run.

    Returns
    -------
    list of list of str
        The head, and a row per run: its name, its budgets, the interventions that not every run
        may use, and the other rules that not every run has.
    """
    runs = {id(side.problem): side for side in sides}.values()
    if len(runs) == 1:
        return []
    offered = [set(side.problem.interventions) for side in runs]
    common = set.intersection(*offered)
    rules = [_rules(side.problem) for side in runs]
    head = ["interventions that not every run has", "rules that not every run has"]
    rows = [["run", "budget", *head]]
    for side, kept in zip(runs, rules, strict=True):
        units = units_of(side)
        budgets = [
            f"{rule.ledger} {significant(rule.limit)} {units.get(rule.ledger, '')}".rstrip()
            for rule in side.problem.constraints
            if isinstance(rule, Budget)
        ]
        own = [name for name in side.problem.interventions if name not in common]
        run = side.label.rpartition(":")[0] or side.label
        told = [rule for rule in kept if not all(rule in other for other in rules)]
        if len(told) > _RULES:
            told[_RULES:] = [f"and {len(told) - _RULES:,} more"]
        cells = (", ".join(budgets), ", ".join(own), "; ".join(told))
        rows.append([run, *(cell or "none" for cell in cells)])
    return rows


def _rules(problem: Problem) -> list[str]:
    """Say the rules of a run but its budgets."""
    kept = [rule for rule in problem.constraints if not isinstance(rule, Budget)]
    bare = replace(problem, constraints=tuple(kept))
    return said_rules(bare, formulate(bare))


def _pair_text(
    first: Side, other: Side, found: Comparison, letters: tuple[str, str], swaps: int
) -> list[str]:
    """Return the parts of the text on one pair."""
    shown = shown_in(first, found)
    parts = ["\n".join(aligned(objective_rows(found, letters, shown)))]
    parts.append("\n".join([*_price_lines(first, other, found, letters)]))
    parts.append("\n".join(aligned(intervention_rows(found, letters))))
    for kind in ("region", "farm"):
        tables = first.groups(kind), other.groups(kind)
        if tables[0] is not None and tables[1] is not None:
            parts.append(
                "\n".join(_group_lines(kind, tables[0], tables[1], letters, units_of(first)))
            )
    parts.append("\n".join(_swap_lines(found, letters, shown, swaps)))
    return parts


def units_of(side: Side) -> dict[str, str]:
    """Return the unit of each ledger and feature, by name."""
    problem = side.problem
    units = {ledger.name: ledger.unit for ledger in problem.ledgers}
    return units | {feature.name: feature.unit for feature in problem.features}


def shown_in(side: Side, found: Comparison) -> list[tuple[float, str]]:
    """Factor and unit in which each objective is shown."""
    area = float(side.problem.area_ha.sum())
    own = {objective.name: objective for objective in side.problem.objectives}
    made = []
    for name, unit in zip(found.objectives, found.objective_units, strict=True):
        one = shown_unit(own[name], area) if name in own else None
        made.append((one.factor, one.unit) if one is not None else (1.0, unit))
    return made


def price_rows(
    first: Side, other: Side, found: Comparison, letters: tuple[str, str]
) -> list[tuple[str, str, str]]:
    """Return what one more unit of each objective costs in each minimized one, in words.

    Returns
    -------
    list of (what, between, near)
        "1 t more carbon, in cost [EUR]"; the rate between the two; the rates near each of them,
        from the weights that they answer.
    """
    sides = (first, other)
    own = {o.name: o for side in reversed(sides) for o in side.problem.objectives}
    senses = {name: own[name].sense for name in found.objectives if name in own}
    shown = shown_in(first, found)
    rows = []
    for j, name in enumerate(found.objectives):
        for k, paid in enumerate(found.objectives):
            if senses.get(name) != "maximize" or senses.get(paid) != "minimize":
                continue
            near = []
            for letter, side in zip(letters, sides, strict=True):
                rate = _near(side, name, paid) / shown[j][0]
                if np.isfinite(rate):
                    near.append(f"near {letter} {significant(rate)}")
            factor, unit = shown[j]
            between = found.rates[j, k] / factor
            said = f"1 {unit}".strip()
            what = f"{said} more {name} in {paid} [{found.objective_units[k]}]"
            if np.isfinite(between) or near:
                told = significant(between) if np.isfinite(between) else ""
                rows.append((what, told, ", ".join(near)))
    return rows


def _near(side: Side, gained: str, paid: str) -> float:
    """Exchange rate at the weights that a portfolio answers; nan where it answers none."""
    names = list(side.problem.objective_names)
    if gained not in names or paid not in names:
        return float("nan")
    rates = exchange_rates(side.front, side.row)
    return float(rates[names.index(gained), names.index(paid)])


def _price_lines(
    first: Side, other: Side, found: Comparison, letters: tuple[str, str]
) -> list[str]:
    rows = price_rows(first, other, found, letters)
    if not rows:
        return []
    lines = ["What one more unit costs"]
    for what, between, near in rows:
        said = [f"{between} from the one to the other"] if between else []
        lines.append(f"{what}: {'; '.join([*said, *([near] if near else [])])}")
    return lines


def group_rows(
    a: pd.DataFrame,
    b: pd.DataFrame,
    kind: str,
    letters: tuple[str, str],
    units: Mapping[str, str],
) -> list[list[str]]:
    """Return the head and a row per group: land, treated area and money of both, and what a gains.

    The groups that either spends most in stand first.

    Parameters
    ----------
    a, b : DataFrame
        From `edaphon.portfolio.groups.group_table`.
    kind : str
        "region" or "farm".
    letters : tuple of str
        What a and b are called.
    units : mapping of str to str
        Unit of each ledger and feature.
    """
    names = sorted({*a["group"], *b["group"]})
    ours, theirs = (table.set_index("group").reindex(names).fillna(0.0) for table in (a, b))
    spent = next((c for c in a.columns if c.startswith("spent_")), "treated_ha")
    gains = [c for c in a.columns if c.startswith("gain_") and c in theirs]
    most = np.maximum(ours[spent].to_numpy(float), theirs[spent].to_numpy(float))
    first, second = letters

    def head(prefix: str, column: str) -> str:
        name = column.removeprefix("spent_").removeprefix("gain_")
        return f"{prefix}: {name} [{units[name]}]" if units.get(name) else f"{prefix}: {name}"

    rows = [[kind, "of land", *(f"{x}: treated [ha]" for x in letters)]]
    rows[0] += [head(x, spent) for x in letters]
    rows[0] += [f"{x}: of spending" for x in letters]
    rows[0] += [head(f"{first} - {second}", column) for column in gains]
    for group in ours.index[np.argsort(-most, kind="stable")]:
        sides = ours.loc[group], theirs.loc[group]
        land = max(float(side["share_of_area"]) for side in sides)
        cells = [str(group) or "(none)", percent(land)]
        cells += [significant(float(side["treated_ha"])) for side in sides]
        cells += [significant(float(side[spent])) for side in sides]
        cells += [percent(float(side["share_of_spending"])) for side in sides]
        cells += [significant(float(sides[0][c]) - float(sides[1][c])) for c in gains]
        rows.append(cells)
    return rows


def _group_lines(
    kind: str, a: pd.DataFrame, b: pd.DataFrame, letters: tuple[str, str], units: Mapping[str, str]
) -> list[str]:
    rows = group_rows(a, b, kind, letters, units)
    lines = [f"Who gains and who pays, by {kind}", *aligned(rows[: _GROUPS + 1])]
    if len(rows) - 1 > _GROUPS:
        lines.append(f"... and {len(rows) - 1 - _GROUPS:,} more")
    return lines


def swap_kinds(found: Comparison) -> list[tuple[str, str, int, NDArray[np.float64]]]:
    """Return the swaps by what is done in b and in a: names, number of units, summed changes.

    The most frequent first.
    """
    pairs = np.stack([found.b_options, found.a_options], axis=1).astype(int)
    kinds, which, counts = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    which = np.asarray(which).reshape(-1)
    made = []
    for k in np.lexsort((np.arange(len(kinds)), -counts)):
        b, a = kinds[k]
        change = found.swap_change[which == k].sum(axis=0)
        made.append((found.interventions[b], found.interventions[a], int(counts[k]), change))
    return made


def largest_swaps(found: Comparison, count: int) -> NDArray[np.intp]:
    """Return the swaps that change most, measured by the sum of all swaps' absolute changes."""
    size = np.abs(found.swap_change)
    whole = size.sum(axis=0)
    weight = (size / np.where(whole > 0, whole, 1.0)).sum(axis=1)
    return np.argsort(-weight, kind="stable")[:count]


def _swap_lines(
    found: Comparison, letters: tuple[str, str], shown: Sequence[tuple[float, str]], count: int
) -> list[str]:
    a, b = letters
    number = len(found.units)
    noun = "unit differs" if number == 1 else "units differ"
    lines = [f"{number:,} {noun}, {significant(found.swap_area_ha)} ha"]
    if not number:
        return lines
    factors = np.array([factor for factor, _ in shown])
    heads = [f"{n} [{u}]" if u else n for n, (_, u) in zip(found.objectives, shown, strict=True)]

    def cells(change: NDArray[np.float64]) -> list[str]:
        return [significant(value) for value in change * factors]

    rows = [[f"from {b}", f"to {a}", "units", *heads]]
    rows += [[x, y, f"{n:,}", *cells(change)] for x, y, n, change in swap_kinds(found)]
    if found.elsewhere.any():
        rows.append(["same choice", "other figures", "", *cells(found.elsewhere)])
    lines += aligned(rows, left=2)
    units = [["unit", b, a, *heads]]
    for s in largest_swaps(found, count):
        names = (found.interventions[found.b_options[s]], found.interventions[found.a_options[s]])
        units.append([found.unit_ids[s], *names, *cells(found.swap_change[s])])
    if count:
        lines += ["", f"The {len(units) - 1} units that change most", *aligned(units, left=3)]
    loose = [n for n, exact in zip(found.objectives, found.swaps_exact, strict=True) if not exact]
    if loose:
        lines.append(f"{', '.join(loose)}: counted one swap after the other, in the order of units")
    return lines


def agreement_lines(sides: Sequence[Side]) -> list[str]:
    """Say on how many units the good portfolios of each run agree, a line per run."""
    lines = []
    for side in {id(side.front): side for side in sides}.values():
        rows = good_rows(side.front)
        agreed, option = no_regret(side.front, rows)
        treated = agreed & (option > 0)
        run = side.label.rpartition(":")[0] or side.label
        area = significant(float(side.problem.area_ha[treated].sum()))
        lines.append(
            f"{run}: {counted(int(treated.sum()), 'unit')}, {area} ha, with the same intervention "
            f"in at least {NO_REGRET:.0%} of its {len(rows)} portfolios with a certified gap of at "
            f"most {GAP:.0%}; {(agreed & ~treated).sum():,} that stay as they are in as many"
        )
    return lines
