"""The catalogue as people read it: tables of everything, and one practice explained."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from math import exp, expm1, isnan
from typing import TYPE_CHECKING

from edaphon.config.context import LogisticSection
from edaphon.config.filters import parse_filter
from edaphon.config.suggest import did_you_mean
from edaphon.errors import EdaphonError, Finding, raise_errors
from edaphon.practices.catalogue import catalogue_names, whole_catalogue
from edaphon.practices.combinations import read_factors
from edaphon.practices.evidence import ALL, CLIMATES, basis_of, best_grade, read_evidence
from edaphon.practices.guards import guard_texts
from edaphon.practices.shipped import filter_columns, shipped_pairs
from edaphon.practices.threats import MEASURED, threat_matrix
from edaphon.practices.values import MIDDLING_EASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edaphon.practices.values import Evidence, Intervention, Pair

Row = dict[str, str]
ADOPTION_NOTE = (
    "by the default of the section adoption, of its ease alone; costs over income, tenure and use "
    "nearby move it (judgement)"
)
GRADES = ("A", "B", "C", "D")
Q95 = 1.645
"""95 % quantile of the normal distribution."""


def catalogue_table() -> list[Row]:
    """Return what ships as rows of text, one per intervention and measured bundle.

    Returns
    -------
    list of dict of str to str
        Keys intervention, title, kind of, rests on, grade, where, establishment, annual, cost
        source, time to effect, ease, labor, adoption, stays, in the field, needs, guards, risks,
        threats. Grade is the best of its effect sizes, D where nothing was measured.
    """
    return [_catalogue_row(intervention) for intervention in whole_catalogue().interventions]


def evidence_table() -> list[Row]:
    """Return the evidence that ships as rows of text.

    Returns
    -------
    list of dict of str to str
        Keys intervention, outcome, climate, change, interval (90 %, of the mean), se, tau,
        studies, pairs, years, grade, basis, source. Empty where a source prints no figure.
        Intervention "any" is the spread of an outcome over all practices.
    """
    return [_evidence_row(row) for row in read_evidence()]


def pair_table() -> list[Row]:
    """Return what practices do to each other as rows of text.

    Returns
    -------
    list of dict of str to str
        Keys practices, kind, factor, why, source.
    """
    return [
        {
            "practices": " + ".join(pair.practices),
            "kind": pair.kind,
            "factor": "" if pair.factor is None else f"{pair.factor[0]:g} to {pair.factor[1]:g}",
            "why": pair.why,
            "source": pair.source,
        }
        for pair in shipped_pairs()
    ]


@dataclass(frozen=True)
class Question:
    """Which practices are asked for; "" = whatever.

    Attributes
    ----------
    name : str
        One intervention or bundle.
    outcome : str
        Those with an effect size on it.
    climate : str
        Those with an effect size of its own studies, or of a worldwide review.
    grade : str
        Those with an effect size of this grade or a better one; with D all.
    land_use : str
        Those that may go there, whatever else their filter asks for.
    """

    name: str = ""
    outcome: str = ""
    climate: str = ""
    grade: str = ""
    land_use: str = ""


def answer(question: Question) -> dict[str, list[Row]]:
    """Return the practices that satisfy every condition of a question, and their evidence.

    Parameters
    ----------
    question : Question

    Returns
    -------
    dict
        Keys interventions (rows of `catalogue_table`), evidence (rows of `evidence_table`, as far
        as they satisfy outcome, climate and grade) and pairs (rows of `pair_table` that name one of
        the interventions).

    Raises
    ------
    EdaphonError
        A name, outcome, climate, grade or land use that the catalogue does not have.
    """
    catalogue = whole_catalogue()
    known = {
        "intervention": (question.name, catalogue.names[1:]),
        "outcome": (question.outcome, tuple(catalogue.outcomes)),
        "climate": (question.climate, CLIMATES),
        "grade": (question.grade, GRADES),
        "land use": (question.land_use, _land_uses(catalogue.interventions)),
    }
    raise_errors(
        (
            Finding("command", f"the catalogue has no {kind} {given!r}", did_you_mean(given, names))
            for kind, (given, names) in known.items()
            if given and given not in names
        ),
        EdaphonError,
    )
    evidence = [row for row in read_evidence() if _speaks(row, question)]
    measured = question.outcome or question.climate or question.grade not in ("", "D")
    names = [
        one.name
        for one in catalogue.interventions
        if question.name in ("", one.name)
        and (not measured or any(row.intervention == one.name for row in evidence))
        and (not question.land_use or _may_go(one, question.land_use))
    ]
    return {
        "interventions": [row for row in catalogue_table() if row["intervention"] in names],
        "evidence": [_evidence_row(row) for row in evidence if row.intervention in names],
        "pairs": [row for row in pair_table() if set(row["practices"].split(" + ")) & set(names)],
    }


def short(rows: list[Row]) -> list[Row]:
    """Return the columns of `catalogue_table` that a list shows."""
    heads = ("intervention", "rests on", "grade", "ease", "establishment", "annual", "where")
    return [{head: row[head] for head in heads} for row in rows]


def explained(name: str) -> str:
    """Return all that the catalogue knows of one practice, as text of 96 columns.

    Parameters
    ----------
    name : str
        Of `whole_catalogue`.

    Returns
    -------
    str
    """
    one = next(one for one in whole_catalogue().interventions if one.name == name)
    row = _catalogue_row(one)
    lines = [f"{one.title} ({name})", ""]
    for head in ("rests on", "grade", "kind of", "where", "establishment", "annual"):
        lines += _paragraph(head, row[head])
    lines += _paragraph("costs from", row["cost source"])
    for head in (
        "time to effect",
        "ease",
        "labor",
        "stays",
        "in the field",
        "needs",
        "guards",
        "risks",
    ):
        lines += _paragraph(head, row[head])
    effects = [e for e in read_evidence() if e.intervention == name]
    if row["adoption"]:
        lines += _paragraph("adoption", f"{row['adoption']} {ADOPTION_NOTE}")
    for text in _threat_texts(one, effects):
        lines += _paragraph("threats", text)
    for pair in shipped_pairs():
        if name in pair.practices:
            lines += _paragraph("with others", _pair_text(pair))
    for text in _factor_texts(one):
        lines += _paragraph("together", text)
    columns = filter_columns()
    read = parse_filter(one.where).columns if one.where else ()
    lines += _paragraph("columns", "; ".join(f"{c}: {columns[c]}" for c in read))
    lines += ["", "Effects" if effects else "Effects: none measured; mean 0, wide spread"]
    for effect in map(_evidence_row, effects):
        between = f" ({effect['interval']})" if effect["interval"] else ""
        studies = f", {effect['studies']} studies" if effect["studies"] else ""
        head = f"{effect['outcome']}, {effect['climate']}"
        text = (
            f"{effect['change']}{between}{studies}, grade {effect['grade']}, {effect['basis']}: "
            f"{effect['source']}"
        )
        lines += _paragraph(head, text, 36)
    return "\n".join(lines)


def _speaks(row: Evidence, question: Question) -> bool:
    """Whether an effect size satisfies outcome, climate and grade."""
    climate = question.climate
    return (
        question.outcome in ("", row.outcome)
        and (climate in ("", row.climate) or (row.climate == ALL and row.basis != "pooled"))
        and (not question.grade or row.grade <= question.grade)
    )


def _land_uses(interventions: Iterable[Intervention]) -> tuple[str, ...]:
    """Return the land uses that filters and guards name; filters compare no other words."""
    words: dict[str, None] = {}
    for one in interventions:
        words |= dict.fromkeys(re.findall(r"'(\w+)'", one.where))
        words |= dict.fromkeys(one.guards.excluded_land_uses)
    return tuple(words)


def _may_go(one: Intervention, land_use: str) -> bool:
    """Whether an intervention may go where the land use is known and nothing else."""
    import pandas as pd

    if land_use in one.guards.excluded_land_uses:
        return False
    if not one.where:
        return True
    rows = parse_filter(one.where)
    return bool(rows.evaluate(pd.DataFrame({"land_use": [land_use]}), rows.columns)[0])


def _catalogue_row(one: Intervention) -> Row:
    """Return one intervention as text."""
    evidence = [row for row in read_evidence() if row.intervention == one.name]
    times = ", ".join(f"{out} {years:g} yr" for out, years in sorted(one.time_to_effect_yr.items()))
    labor, stays = one.labor_h_per_ha_yr, one.establishment_probability
    field = one.greenhouse_to_field
    return {
        "intervention": one.name,
        "title": one.title,
        "kind of": one.parent,
        "rests on": _rests_on(one, evidence),
        "grade": best_grade(evidence),
        "where": one.where or "anywhere",
        "establishment": _establishment(one),
        "annual": _money(one, one.annual_per_ha, one.annual_range, "per ha and year"),
        "cost source": one.cost_source,
        "time to effect": times,
        "ease": "" if one.ease is None else f"{one.ease} of 5",
        "labor": "" if labor is None else f"{labor:g} h per ha and year",
        "adoption": _adoption(one),
        "stays": "" if stays is None else f"with a chance of {stays[0]:g} to {stays[1]:g}",
        "in the field": ""
        if field is None
        else f"{field[0]:g} to {field[1]:g} of the effect in greenhouses",
        "needs": "; ".join(one.needs),
        "guards": "; ".join(guard_texts(one.guards)),
        "risks": one.risks,
        "threats": "; ".join(_threat_texts(one, evidence)),
    }


def _adoption(one: Intervention) -> str:
    """Return how likely it is taken up by the logistic default, of its ease alone."""
    rule = LogisticSection()
    if one.ease is None:
        return ""
    chance = 1.0 / (1.0 + exp(-rule.intercept - rule.ease * (one.ease - MIDDLING_EASE)))
    return f"{100 * chance:.0f} %"


def _threat_texts(one: Intervention, evidence: list[Evidence]) -> Iterator[str]:
    """Return what a practice takes off each threat, or adds to it."""
    measured = {row.outcome for row in evidence if row.basis != "judgement"}
    for threat, outcome in MEASURED.items():
        if outcome in measured:
            yield f"{threat}: as trials measured, see the effects on {outcome}"
    for (name, threat), found in threat_matrix().items():
        if name == one.name:
            low, high = (100 * (found.mean + sign * Q95 * found.sd) for sign in (-1, 1))
            yield f"{threat}: takes off {100 * found.mean:.0f} % ({low:.0f} to {high:.0f}), " + (
                found.source
            )


def _factor_texts(one: Intervention) -> Iterator[str]:
    """Return what trials say a practice brings together with others, as shares of the sum."""
    for (members, outcome), factor in read_factors().items():
        if set(one.parts or (one.name,)) <= members:
            names = " and ".join(name for name in catalogue_names() if name in members)
            yield (
                f"{names} bring {factor.mean:.2f} +- {factor.sd:.2f} of the sum of their lnRR on "
                f"{outcome} ({factor.studies} studies: {factor.source})"
            )


def _rests_on(one: Intervention, evidence: list[Evidence]) -> str:
    """Return the basis of an intervention in words."""
    if one.parts and not evidence:
        return "its parts"
    basis = basis_of(evidence)
    return "judgement: only on request" if basis == "judgement" else f"{basis} evidence"


def _establishment(one: Intervention) -> str:
    """Return the cost of establishment in words, per m3 where it is paid by volume."""
    if one.establishment_per_m3 is None:
        return _money(one, one.establishment_per_ha, one.establishment_range, "per ha")
    per_m3 = _money(one, one.establishment_per_m3, one.establishment_range, "per m3")
    return f"{per_m3}; {one.establishment_per_ha:.0f} per ha at {one.treated_depth_m:g} m depth"


def _money(one: Intervention, cost: float, between: tuple[float, float] | None, per: str) -> str:
    """Return a cost with its range in words."""
    if isnan(cost):
        return "sum of its parts"
    spread = "" if between is None else f" ({between[0]:g} to {between[1]:g})"
    return f"{cost:g}{spread} {one.currency} of {one.currency_year} {per}"


def _evidence_row(row: Evidence) -> Row:
    """Return one effect size as text."""
    ends = [expm1(row.lnrr + sign * Q95 * row.se) for sign in (-1, 1)]
    between = "" if isnan(row.se) else f"{100 * ends[0]:+.1f} to {100 * ends[1]:+.1f} %"
    return {
        "intervention": row.intervention,
        "outcome": row.outcome,
        "climate": row.climate,
        "change": f"{100.0 * expm1(row.lnrr):+.1f} %",
        "interval": between,
        "se": "" if isnan(row.se) else f"{row.se:.3f}",
        "tau": "" if isnan(row.tau) else f"{row.tau:.3f}",
        "studies": str(row.studies or ""),
        "pairs": str(row.pairs or ""),
        "years": row.years,
        "grade": row.grade,
        "basis": row.basis,
        "source": row.source,
    }


def _pair_text(pair: Pair) -> str:
    """Return what practices do to each other in words."""
    first, *others = pair.practices
    source = "" if pair.source == "judgement" else f" ({pair.source})"
    if pair.kind == "excludes":
        return f"not with {first} and {others[0]} on one unit: {pair.why}{source}"
    if pair.kind == "needs":
        return f"{first} needs one of {', '.join(others)}: {pair.why}{source}"
    low, high = pair.factor or (1.0, 1.0)
    return (
        f"{first} and {' and '.join(others)}: {pair.why}; factor {low:g} to {high:g} on the sum, "
        f"a judgement{source}"
    )


def _paragraph(head: str, text: str, width: int = 16) -> Iterable[str]:
    """Return a heading with its text beside it, wrapped; nothing without text."""
    return _wrapped(head, text, width) if text else ()


def _wrapped(head: str, text: str, width: int) -> Iterator[str]:
    lines = textwrap.wrap(text, 96 - width)
    yield f"{head:<{width}}{lines[0]}"
    for line in lines[1:]:
        yield " " * width + line
