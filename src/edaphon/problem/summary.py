"""Problems, portfolios and fronts in a few readable lines, as `print` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.messages import amount
from edaphon.problem.boundary import boundary_of
from edaphon.problem.check import check_problem
from edaphon.problem.evaluate import formulate
from edaphon.problem.rows import LESS

if TYPE_CHECKING:
    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.rows import LinkingRow
    from edaphon.problem.values import Evaluation, Front, Objective, Problem

MOST_RULES = 12


def problem_summary(problem: Problem) -> str:
    """Say counts, objectives, rules and what the checks say; formulates the problem."""
    formulation = formulate(problem)
    regions = "" if problem.region is None else f", {len(np.unique(problem.region))} regions"
    allowed = int((problem.allowed == 0).sum())
    locked = int((problem.allowed[:, 0] != 0).sum())
    head = (
        f"Problem: {problem.n_units:,} units ({amount(problem.area_ha.sum())} ha{regions}), "
        f"{problem.n_interventions - 1} interventions and the baseline, "
        f"{len(problem.features)} features"
    )
    pairs = f"{allowed:,} of {problem.allowed.size:,}, {locked:,} units without the baseline"
    lines = [head, f"allowed pairs: {pairs}"]
    lines.append(f"objectives: {'; '.join(map(_objective, problem.objectives))}")
    told = said_rules(problem, formulation)
    rules, more = told[:MOST_RULES], max(len(told) - MOST_RULES, 0)
    lines.append(f"rules: {'; '.join(rules) or 'none'}" + (f"; and {more} more" if more else ""))
    found = check_problem(problem, formulation)
    wrong = [finding for finding in found if finding.severity != "note"]
    lines.append("checks: " + ("; ".join(finding.what for finding in wrong) or "ok"))
    return "\n".join(lines)


def said_rules(problem: Problem, formulation: Formulation) -> list[str]:
    """Say what portfolios have to keep besides allowed pairs, a sentence per rule.

    Rules on which units go together stand first: they are few.
    """
    told = [f"{one} and {other} not side by side" for one, other in problem.apart]
    if boundary_of(problem).least_patch > 1:
        told.append(f"patches of at least {boundary_of(problem).least_patch} units")
    if problem.farm is not None:
        told.append("one choice per farm")
    return [*told, *map(_rule, formulation.rows)]


def _objective(objective: Objective) -> str:
    linked = "contiguity" if objective.contiguity else "connectivity"
    of = f" of {' or '.join(objective.interventions)}" if objective.interventions else ""
    space = (linked + of,) * objective.connectivity + ("boundary",) * (objective.boundary > 0)
    parts = ", ".join((*objective.features, *objective.ledgers, *space))
    benefit = "" if objective.benefit == "linear" else f", {objective.benefit}"
    unit = f" [{objective.unit}]" if objective.unit else ""
    return f"{objective.sense} {objective.name}{unit} ({parts}{benefit})"


def _rule(row: LinkingRow) -> str:
    part, _, share = row.name.partition(LESS)
    if share and 0.0 in (row.low, row.high):
        return f"{part} at {'least' if row.low == 0.0 else 'most'} {share}"
    ends = [f"at least {amount(row.low)}"] if np.isfinite(row.low) else []
    ends += [f"at most {amount(row.high)}"] if np.isfinite(row.high) else []
    return f"{row.name} {' and '.join(ends) or 'free'} {row.unit}".strip()


def portfolio_summary(worth: Evaluation) -> str:
    """Say area, spending, objectives with their intervals, and which rules do not hold."""
    spent = ", ".join(
        f"{ledger.name} {amount(paid, ledger.unit)}"
        for ledger, paid in zip(worth.ledgers, worth.spent, strict=True)
    )
    lines = [
        f"Portfolio: {amount(worth.treated_area_ha, 'ha')} treated; spent {spent or 'nothing'}"
    ]
    ends = zip(worth.objectives, worth.values, worth.lower, worth.upper, strict=True)
    for objective, value, low, high in ends:
        unit = f" {objective.unit}" if objective.unit else ""
        wide = f" ({amount(low)} to {amount(high)} at {worth.level:.0%})" if high > low else ""
        lines.append(f"  {objective.name} ({objective.sense}): {amount(value)}{unit}{wide}")
    broken = "; ".join(finding.what for finding in worth.violations)
    return "\n".join([*lines, f"checks: {broken or 'ok'}"])


def front_summary(front: Front) -> str:
    """Say counts, ranges of the objectives, certificates and what there is to say."""
    shown = front.on_front
    counts = {kind: front.kinds.count(kind) for kind in dict.fromkeys(front.kinds)}
    others = ", ".join(f"{count} {kind}" for kind, count in counts.items() if kind != "front")
    lines = [f"Front: {int(shown.sum())} portfolios" + (f" (and {others})" if others else "")]
    for j, objective in enumerate(front.objectives):
        values = front.values[shown, j]
        ends = f"{amount(values.min())} to {amount(values.max(), objective.unit)}"
        lines.append(f"  {objective.name} ({objective.sense}): {ends}")
    gaps = front.certified_gap[shown]
    if front.complete:
        lines.append("certified: the whole Pareto front")
    elif np.isfinite(gaps).any():
        worst, middle = float(np.nanmax(gaps)), float(np.nanmedian(gaps))
        lines.append(f"certified gap: median {100 * middle:.2g} %, largest {100 * worst:.2g} %")
    else:
        gap = float(np.nanmax(front.optimality_gap[shown], initial=0.0))
        lines.append(f"optimality gap: {100 * gap:.2g} %")
    if np.isfinite(front.sandwich_ratio):
        lines.append(
            f"sandwich ratio {front.sandwich_ratio:.4f}, hypervolume {front.hypervolume:.4f}"
        )
    broken = int((~front.feasible[shown]).sum())
    said = [finding.what for finding in front.findings if finding.severity != "note"]
    said += [f"{broken} portfolios are not feasible"] if broken else []
    lines += [f"note: {one.what}" for one in front.findings if one.severity == "note"]
    return "\n".join([*lines, "checks: " + ("; ".join(said) or "ok")])
