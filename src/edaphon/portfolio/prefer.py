"""The portfolio of a front that fits a stated preference: weights, aims, or floors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.errors import ConfigError, Finding, raise_errors
from edaphon.portfolio.numbers import significant
from edaphon.portfolio.shortlist import normalized

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.values import Front

_SLOPE = 1e-4
_RULE = re.compile(r"\s*(.+?)\s*(>=|<=)\s*([-+0-9.eE_]+)\s*(%?)\s*")
_PAIR = re.compile(r"\s*(.+?)\s*=\s*([-+0-9.eE_]+)\s*")


@dataclass(frozen=True)
class Rule:
    """One condition on an objective: at least, or at most, so much.

    Attributes
    ----------
    objective : str
    side : {">=", "<="}
    amount : float
        In the objective's own sense and unit, or a share of the best on the front.
    share : bool
    """

    objective: str
    side: str
    amount: float
    share: bool = False


def parse_rule(text: str) -> Rule:
    """Read a condition as a person writes it: "soil_carbon >= 80 %", "cost <= 500000".

    Raises
    ------
    ConfigError
        If it is no such condition.
    """
    found = _RULE.fullmatch(text)
    number = None if found is None else _number(found[3])
    if found is None or number is None:
        hint = 'Write it as "soil_carbon >= 80 %" or "cost <= 500000".'
        raise ConfigError(Finding("preference", f"{text!r} is not a condition", hint))
    share = found[4] == "%"
    return Rule(found[1], found[2], number / 100.0 if share else number, share)


def parse_pairs(texts: Sequence[str]) -> dict[str, float]:
    """Read "name=number" texts, as weights and aims are given.

    Raises
    ------
    ConfigError
        If one is not of that form.
    """
    pairs: dict[str, float] = {}
    for text in texts:
        found = _PAIR.fullmatch(text)
        number = None if found is None else _number(found[2])
        if found is None or number is None:
            hint = 'Write it as "soil_carbon=2".'
            raise ConfigError(Finding("preference", f"{text!r} is not NAME=NUMBER", hint))
        pairs[found[1]] = number
    return pairs


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def by_weights(front: Front, weights: Mapping[str, float]) -> int:
    """Return the row with the largest weighted sum of its objectives.

    Every objective counts as the share of its span from worst (0) to best (1) on the front, so a
    weight says how much that whole span is worth; objectives without a weight count nothing.

    Raises
    ------
    ConfigError
        If an objective is unknown, a weight is negative, or no weight is above 0.
    """
    wanted = np.zeros(len(front.objectives))
    for position, weight in _positions(front, weights).items():
        wanted[position] = weight
    if (wanted < 0).any() or not wanted.any():
        what = "weights have to be 0 or more, and one of them above 0"
        raise ConfigError(
            Finding("preference: weights", what, "soil_carbon=2 cost=1, for example.")
        )
    return _best(front, normalized(front) @ wanted)


def by_aims(front: Front, aims: Mapping[str, float]) -> int:
    """Return the row that comes nearest to the aims, or goes beyond them most evenly.

    Wierzbicki's achievement scalarizing function (1980, "The use of reference objectives in
    multiobjective optimization", LNEMS 177, 468-486): the worst of the differences to the aims,
    divided by the spans, is made as good as possible; a small share of their sum breaks ties.

    Parameters
    ----------
    front : Front
    aims : mapping of str to float
        Objective: the value wished for, in its own sense and unit. Objectives that are not named
        do not count.

    Raises
    ------
    ConfigError
        If an objective is unknown or none is named.
    """
    positions = _positions(front, aims)
    if not positions:
        raise ConfigError(Finding("preference: aims", "no aim is given", "soil_carbon=8000"))
    columns = list(positions)
    span = np.abs(front.ideal - front.nadir)[columns]
    sense = _senses(front)[columns]
    aim = np.array([positions[m] for m in columns])
    reached = (front.values[:, columns] - aim) * sense / np.where(span > 0, span, 1.0)
    return _best(front, reached.min(axis=1) + _SLOPE * reached.sum(axis=1))


def by_rules(front: Front, rules: Sequence[Rule], then: str) -> int:
    """Return the best row in one objective of those that keep every rule.

    "At least 80 % of the best carbon at the lowest cost" is
    ``by_rules(front, [Rule("soil_carbon", ">=", 0.8, share=True)], "cost")``. Among equals the
    best of the others.

    Raises
    ------
    ConfigError
        If an objective is unknown, a share is asked of an objective that has no best amount above
        0, or no portfolio of the front keeps every rule; the finding says what can be reached.
    """
    column = next(iter(_positions(front, {then: 0.0})))
    keeps = np.array(front.on_front)
    for rule in rules:
        keeps &= _keeps(front, rule)
    if not keeps.any():
        spans = [
            f"{o.name} from {significant(front.nadir[m])} to {significant(front.ideal[m])} {o.unit}"
            for m, o in enumerate(front.objectives)
        ]
        what = f"no portfolio of the front keeps {in_words(front, rules)}"
        hint = f"From worst to best the front has {'; '.join(map(str.rstrip, spans))}."
        raise ConfigError(Finding("preference", what, hint))
    scaled = normalized(front)
    order = np.lexsort((-scaled.sum(axis=1), -scaled[:, column], ~keeps))
    return int(order[0])


def in_words(front: Front, rules: Sequence[Rule]) -> str:
    """Return conditions with their units: "carbon >= 80 % of the best (9,600 t) and ..."."""
    told = []
    for rule in rules:
        position = next(iter(_positions(front, {rule.objective: 0.0})))
        unit = front.objectives[position].unit
        digits = 3 if rule.share else 6  # an amount as it was given
        limit = f"{significant(_limit(front, position, rule), digits)} {unit}".rstrip()
        if rule.share:
            limit = f"{significant(100 * rule.amount)} % of the best ({limit})"
        told.append(f"{rule.objective} {rule.side} {limit}")
    return " and ".join(told)


def idle_rules(front: Front, rules: Sequence[Rule]) -> list[Finding]:
    """Return a note for every floor in an amount that the whole front keeps anyway.

    Whoever writes "soil_carbon >= 80" most often means 80 % of the best.
    """
    return [
        Finding(
            "preference",
            f"every portfolio of the front keeps {in_words(front, [rule])}",
            f'For a share of the best write "{rule.objective} >= {rule.amount:g} %".',
            "note",
        )
        for rule in rules
        if rule.side == ">=" and not rule.share and _keeps(front, rule)[front.on_front].all()
    ]


def _keeps(front: Front, rule: Rule) -> NDArray[np.bool_]:
    """Return which portfolios keep a rule, up to rounding."""
    position = next(iter(_positions(front, {rule.objective: 0.0})))
    limit = _limit(front, position, rule)
    value = front.values[:, position]
    room = 1e-9 * max(abs(limit), float(np.abs(value).max()))
    kept: NDArray[np.bool_] = value >= limit - room if rule.side == ">=" else value <= limit + room
    return kept


def _limit(front: Front, position: int, rule: Rule) -> float:
    """Return a rule's limit in the objective's unit."""
    if not rule.share:
        return rule.amount
    best = float(front.ideal[position])
    if rule.side == "<=" or front.objectives[position].sense == "minimize" or not best > 0:
        what = f"{rule.objective}: a share of the best is asked, but there is no gain to share"
        hint = f'Give an amount, as "{rule.objective} {rule.side} {best:.6g}".'
        raise ConfigError(Finding("preference", what, hint))
    return rule.amount * best


def _positions(front: Front, wanted: Mapping[str, float]) -> dict[int, float]:
    """Return the figures by position of their objective."""
    names = [objective.name for objective in front.objectives]
    raise_errors(
        [
            Finding("preference", f"there is no objective {name!r}", did_you_mean(name, names))
            for name in wanted
            if name not in names
        ],
        ConfigError,
    )
    return {names.index(name): value for name, value in wanted.items()}


def _senses(front: Front) -> NDArray[np.float64]:
    return np.array([1.0 if o.sense == "maximize" else -1.0 for o in front.objectives])


def _best(front: Front, score: NDArray[np.float64]) -> int:
    """Return the row of kind front with the largest score, among equals the first."""
    return int(np.argmax(np.where(front.on_front, score, -np.inf)))
