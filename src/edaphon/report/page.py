"""The page: one HTML file that needs no network, for planners, mayors and advisers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup
from scipy.stats import norm

from edaphon.effects.values import BASES, GRADES, FactoredEffects
from edaphon.report.cards import card_rows
from edaphon.report.environment import environment
from edaphon.report.packing import script_json
from edaphon.report.page_data import page_data
from edaphon.report.run_files import write_aside
from edaphon.report.text import shown_objectives, words

if TYPE_CHECKING:
    from edaphon.data.landscape import Landscape
    from edaphon.effects.values import EffectSizes
    from edaphon.errors import Finding
    from edaphon.portfolio.reasons import Reasons
    from edaphon.problem.values import Front, Problem
    from edaphon.surrogates.state import Card

_SEVERITIES = ("error", "warning", "note")


def write_page(
    path: Path,
    *,
    run: Mapping[str, Any],
    landscape: Landscape,
    problem: Problem,
    front: Front,
    shortlist: Sequence[int],
    cards: Sequence[Card],
    findings: Sequence[Finding],
    evidence: EffectSizes | None,
    carbon: Mapping[str, Any] | None = None,
    reasons: Mapping[int, Reasons] | None = None,
    anonymous: bool = False,
) -> None:
    """Write report.html.

    Parameters
    ----------
    path : Path
        The file to write; it is filled aside and renamed.
    run : mapping
        What is known of the run: name, started, config_hash, seed, versions, stages (seconds),
        horizon_years, discount_rate (a share), stand_ins (the audited surrogates by objective).
        Keys that are missing are not shown.
    landscape, problem, front
        Of the same units in the same order.
    shortlist : sequence of int
        Rows of `front`; the page opens with the first.
    cards : sequence of Card
    findings : sequence of Finding
    evidence : EffectSizes or None
        None where effects were given as arrays.
    carbon : mapping, optional
        From `edaphon.report.carbon.write_carbon`.
    reasons : mapping, optional
        Why the units of some portfolios get what they get, by row of the front.
    anonymous : bool
        Leave out ids, farms and geometry finer than the region.
    """
    text = page_text(
        run=run,
        landscape=landscape,
        problem=problem,
        front=front,
        shortlist=shortlist,
        cards=cards,
        findings=findings,
        evidence=evidence,
        carbon=carbon,
        reasons=reasons,
        anonymous=anonymous,
    )
    write_aside(path, lambda part: part.write_text(text, encoding="utf-8"))


def page_text(
    *,
    run: Mapping[str, Any],
    landscape: Landscape,
    problem: Problem,
    front: Front,
    shortlist: Sequence[int],
    cards: Sequence[Card],
    findings: Sequence[Finding],
    evidence: EffectSizes | None,
    carbon: Mapping[str, Any] | None = None,
    reasons: Mapping[int, Reasons] | None = None,
    anonymous: bool = False,
) -> str:
    """Return the page as text; parameters as in `write_page`."""
    contents, block = page_data(
        landscape=landscape,
        problem=problem,
        front=front,
        shortlist=shortlist or _first_rows(front),
        cards=cards,
        stand_ins=run.get("stand_ins") or {},
        reasons=reasons or {},
        anonymous=anonymous,
    )
    contents["horizon"] = run.get("horizon_years")
    shown, hidden = visible_findings(findings, landscape, anonymous)
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            run=run,
            n_regions=0 if landscape.region is None else len(np.unique(landscape.region)),
            **_front_values(problem, front),
            cards=card_rows(cards),
            stand_ins=run.get("stand_ins") or {},
            evidence=evidence_rows(evidence, problem, front.level),
            carbon=carbon,
            findings=shown,
            hidden_findings=hidden,
            anonymous=anonymous,
            resolve=contents["resolve"],
            data=Markup(script_json(contents)),
            block=block,
        )
    )


def _front_values(problem: Problem, front: Front) -> dict[str, Any]:
    """Return what the template shows of the problem and its front."""
    return {
        "n_units": problem.n_units,
        "area_ha": float(problem.area_ha.sum()),
        "portfolios": _portfolio_rows(front),
        "objectives": front.objectives,
        "shown": shown_objectives(front, problem),
        "ledgers": problem.ledgers,
        "other_ledgers": _other_ledgers(problem),
        "level": front.level,
        "certificate": _certificate(front),
        "sandwich_ratio": front.sandwich_ratio,
    }


def _first_rows(front: Front) -> list[int]:
    """Rows to begin with where nothing was shortlisted: one of the front, else the first."""
    rows = np.flatnonzero(front.on_front)
    return [int(rows[0]) if len(rows) else 0]


def _other_ledgers(problem: Problem) -> list[int]:
    """Ledgers that are no objective by themselves and need a column of their own."""
    alone = {o.ledgers[0] for o in problem.objectives if len(o.ledgers) == 1}
    return [number for number, ledger in enumerate(problem.ledgers) if ledger.name not in alone]


def _portfolio_rows(front: Front) -> list[dict[str, Any]]:
    """Rows of the table of all portfolios."""
    gaps = front.certified_gap
    if len(front.objectives) == 1:
        gaps = np.where(front.on_front, front.optimality_gap, np.nan)
    return [
        {
            "name": name,
            "kind": front.kinds[k],
            "tags": words(front.tags[k]),
            "values": front.values[k],
            "area": front.treated_area_ha[k],
            "spent": front.spent[k],
            "gap": gaps[k],
            "feasible": bool(front.feasible[k]),
        }
        for k, name in enumerate(front.names)
    ]


def _certificate(front: Front) -> dict[str, Any]:
    """Median and largest certified gap of the front, and how many portfolios have one.

    With a single objective there are no ranges and the optimality gap stands in.
    """
    alone = len(front.objectives) == 1
    gaps = (front.optimality_gap if alone else front.certified_gap)[front.on_front]
    known = gaps[np.isfinite(gaps)]
    return {
        "n": len(gaps),
        "proven": len(known),
        "median": float(np.median(known)) if len(known) else np.nan,
        "largest": float(known.max()) if len(known) else np.nan,
    }


def evidence_rows(
    sizes: EffectSizes | None, problem: Problem, level: float
) -> list[dict[str, Any]]:
    """Return the evidence by intervention, feature and stratum, for the page's table.

    Figures are relative changes, exp(lnRR) - 1 or what a process model gives on average over the
    stratum's stock, with the interval of the shared spread at
    `level`: what the practice does on this landscape on average.
    """
    if sizes is None:
        return []
    effects = problem.effects
    if isinstance(effects, FactoredEffects):
        means, spreads = effects.mean_ratio()
    else:
        means, spreads = np.expm1(sizes.lnrr), sizes.ratio_sd_shared
    reach = float(norm.ppf(0.5 + level / 2))
    rows = []
    for a, f, s in np.ndindex(len(sizes.interventions), len(sizes.features), len(sizes.strata)):
        if a == 0:
            continue
        at = (s, a, f)
        mean = float(means[at])
        half = reach * float(spreads[at])
        rows.append(
            {
                "intervention": sizes.interventions[a],
                "feature": sizes.features[f],
                "stratum": sizes.strata[s] if len(sizes.strata) > 1 else "",
                "mean": mean,
                "lower": max(mean - half, -1.0),
                "upper": mean + half,
                "grade": GRADES[sizes.grade[at]],
                "basis": BASES[sizes.basis[at]],
                "studies": int(sizes.studies[at]),
                "applicable": bool(sizes.applicable[at]),
                "source": str(sizes.source[at]),
            }
        )
    return rows


def visible_findings(
    findings: Iterable[Finding], landscape: Landscape, anonymous: bool
) -> tuple[list[Finding], int]:
    """Return the findings to show, gravest first, and how many are left out.

    An anonymous page leaves out every finding in which the id of a unit or the name of a farm or
    an adviser stands as a word.
    """
    ordered = sorted(findings, key=lambda found: _SEVERITIES.index(found.severity))
    if not anonymous:
        return ordered, 0
    secret = {str(name) for name in landscape.ids}
    for names in (landscape.farm, landscape.adviser):
        secret.update(() if names is None else {str(name) for name in names})
    secret.discard("")
    shown = [found for found in ordered if not _names_one(str(found), secret)]
    return shown, len(ordered) - len(shown)


def _names_one(text: str, secret: set[str]) -> bool:
    """Whether one of the names stands in a text, as a word or as a phrase."""
    tokens = {token.strip(".,:;!?()[]'\"") for token in text.split()}
    return bool(tokens & secret) or any(" " in name and name in text for name in secret)
