"""What the brief says: the lead of its first page and the caveats of its second."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.data.messages import counted
from edaphon.effects.values import FactoredEffects
from edaphon.portfolio.shortlist import names_of
from edaphon.report.cards import SCALES
from edaphon.report.page import visible_findings
from edaphon.report.show import beside
from edaphon.report.text import capital, file_name, percent, shown_objectives, significant, words

if TYPE_CHECKING:
    from edaphon.data.landscape import Landscape
    from edaphon.errors import Finding
    from edaphon.problem.values import Front, Problem
    from edaphon.surrogates.state import Card


@dataclass(frozen=True)
class Brief:
    """What a brief is made from.

    Attributes
    ----------
    record : mapping
        run.json: name, started, horizon_years, discount_rate.
    landscape, problem, front
        Of the same units in the same order.
    chosen : sequence of int
        Rows of the shortlist; the first is the one shown. Where it is empty, the first of the
        front, else the baseline.
    cards : sequence of Card
    findings : sequence of Finding
        Only warnings are told.
    anonymous : bool
        Show regions by the share of their area that is treated instead of planning units.
    """

    record: Mapping[str, Any]
    landscape: Landscape
    problem: Problem
    front: Front
    chosen: Sequence[int]
    cards: Sequence[Card]
    findings: Sequence[Finding]
    anonymous: bool = False

    @property
    def rows(self) -> list[int]:
        """Rows of the front that the brief shows, never empty."""
        return list(self.chosen) or [int(np.argmax(self.front.on_front))]

    @property
    def listed(self) -> dict[int, str]:
        """Rows of the table to what they are: doing nothing new, present policy, the shortlist."""
        rows = beside(self.front, self.rows)
        return dict(zip(rows, map(words, names_of(self.problem, self.front, rows)), strict=True))

    def called(self, row: int, most: int) -> str:
        """Return what a row of the table is, with its own name behind it."""
        name, own = self.listed[row], self.front.names[row]
        return own if name == own else f"{short(name, most)} ({own})"


def short(text: str, most: int) -> str:
    """Return a text of at most `most` characters, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def lead(case: Brief) -> Iterator[str]:
    """Yield the paragraphs that open the brief."""
    problem, front, row = case.problem, case.front, case.rows[0]
    area = float(problem.area_ha.sum())
    treated = float(front.treated_area_ha[row])
    yield (
        f"For {counted(problem.n_units, 'planning unit')} ({significant(area)} ha) and "
        f"{counted(problem.n_interventions - 1, 'intervention')}, {_sought(front)} {_proven(front)}"
    )
    gains = [
        f"{words(objective.name)} {significant(front.values[row, m] * one.factor)} {one.unit}"
        + _between(front, row, m, one.factor)
        for m, (objective, one) in enumerate(
            zip(front.objectives, shown_objectives(front, problem), strict=True)
        )
    ]
    yield (
        f"Shown here is {case.called(row, 40)}: something new is done on "
        f"{significant(treated)} ha ({percent(treated / area)} of the land). It reaches "
        f"{'; '.join(gains)}."
    )


def _sought(front: Front) -> str:
    """Say what was looked for, and how much of it was found."""
    if len(front.objectives) == 1:
        return f"the portfolio that is best in {words(front.objectives[0].name)} was sought."
    found = int(front.on_front.sum())
    return (
        f"{counted(found, 'portfolio')} {'was' if found == 1 else 'were'} found of which none is "
        "better than another in everything."
    )


def _between(front: Front, row: int, m: int, factor: float) -> str:
    """Return an interval in words, nothing where it is a point."""
    low, high = (significant(x[row, m] * factor) for x in (front.lower, front.upper))
    return "" if low == high else f" (between {low} and {high})"


def _proven(front: Front) -> str:
    """Say in plain words how good the portfolios are proven to be."""
    alone = len(front.objectives) == 1
    gaps = (front.optimality_gap if alone else front.certified_gap)[front.on_front]
    known = gaps[np.isfinite(gaps)]
    if not len(known):
        return "How much better others could be is not proven."
    what = "it could be better" if alone else "all its objectives could be better at once"
    much = f"For each the computation proves by how much {what}: by {percent(float(known.max()))}"
    span = "" if alone else " of their ranges"
    some = "" if len(known) == len(gaps) else f" (proven for {len(known)} of {len(gaps)})"
    return f"{much}{span} at most{some}."


def caveats(case: Brief) -> list[str]:
    """Return what to keep in mind, the most important first."""
    problem, front, row = case.problem, case.front, case.rows[0]
    told = [*_money(case.record, problem)]
    outside = float(front.share_outside_applicability[row])
    if outside > 0:
        told.append(
            f"{percent(outside)} of the money of {front.names[row]} goes to land that no "
            "sample resembles, or to practices without studies from this climate: look there first."
        )
    told += map(_card, case.cards)
    told += _evidence(problem)
    if front.tags[row] == "balanced":
        told.append(
            "\u201cBalanced\u201d is the bend of the front, a point of geometry. It is no "
            "recommendation: which portfolio is right depends on what people here want."
        )
    if isinstance(problem.effects, FactoredEffects):
        told.append(
            "Pooled studies tell practices apart better than fields: for one field the figures "
            "are rough. The plan is made for the landscape as a whole."
        )
    shown, hidden = visible_findings(case.findings, case.landscape, case.anonymous)
    warned = [short(capital(_told(one)), 280) for one in shown if one.severity == "warning"]
    told += [f"{text.rstrip('.')}." for text in dict.fromkeys(warned)]
    if hidden:
        told.append(f"{counted(hidden, 'finding')} on single units or farms left out here.")
    return told


def _told(finding: Finding) -> str:
    """Say what was found, with its file or unit, but no line or key of a config."""
    place, _, field = finding.where.rpartition(": ")
    if not place or re.search(r":\d+:\d+$|\.ya?ml$|^--set$|^config$", place):
        return finding.what
    return f"{file_name(place)}: {field}: {finding.what}"


def _money(record: Mapping[str, Any], problem: Problem) -> Iterator[str]:
    """Yield what an amount of money means."""
    years = record.get("horizon_years")
    if not problem.ledgers or years is None:
        return
    rate = float(record.get("discount_rate") or 0.0)
    yield (
        f"Money is in {problem.ledgers[0].unit}, over {significant(float(years))} years, in "
        f"today's money (discounted by {percent(rate)} a year)."
    )
    if isinstance(problem.effects, FactoredEffects):
        yield (
            "Gains are those at the end of these years for what builds up, as carbon, and those of "
            "an average year for what flows, as yields."
        )


def _card(card: Card) -> str:
    """Say of a surrogate how well it was tested, or that it was refused."""
    name = capital(words(card.name))
    if not card.used:
        why = card.reason.removeprefix("Refused:").strip().rstrip(".")
        return f"{name}: the model was refused{f': {why}' if why else ''}."
    place = card.held_out
    if place.auc is not None and place.scale not in SCALES:
        how = f"tells presence from absence with an AUC of {significant(place.auc, 2)}"
    else:
        how = f"explains {percent(max(place.r2, 0.0))} of the differences"
    here = percent(card.share_applicable)
    return (
        f"{name} is predicted by a model, which {how} on ground that it never saw; {here} of the "
        "units resemble its samples."
    )


def _evidence(problem: Problem) -> Iterator[str]:
    """Yield how many pairs of practice and feature no study speaks of."""
    if not isinstance(problem.effects, FactoredEffects):
        return
    sizes = problem.effects.sizes
    known, fits = sizes.basis[:, 1:] > 0, sizes.applicable[:, 1:]
    none = int((~known).all(axis=0).sum())
    foreign = int((known & ~fits).any(axis=0).sum())
    pairs = known[0].size
    if none:
        yield (
            f"No study speaks of {none} of {pairs} pairs of practice and feature: no change is "
            "expected of them, and their interval is wide."
        )
    if foreign:
        yield (
            f"Only studies from other climates speak of {foreign} of {pairs} pairs of practice and "
            "feature, here or in a part of the land: no change is expected of them there."
        )
