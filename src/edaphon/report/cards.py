"""The surrogates' cards as people read them: in the page, and as a page of their own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from edaphon.report.environment import environment
from edaphon.report.packing import pack, script_json
from edaphon.report.run_files import write_aside
from edaphon.report.text import UNKNOWN, percent, significant
from edaphon.surrogates.species.thresholds import MEANING
from edaphon.surrogates.state import PROBABILITY, RECORD

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from edaphon.surrogates.state import Audit, Card, Score

SCALES = {
    "log": "the logarithm",
    "log1p": "the logarithm of 1 + value",
    "logit": "the logit",
    "logit %": "the logit",
}
"""How a scale other than the response's own is called."""

BADGES = {"supported": "good", "weak": "bad", "not supported": "bad", "unaudited": ""}
"""Class of an audit's grade."""

_LOG_AXES = ("log", "log1p")
_OPTIMISTIC = "neighbors of each sample were in training"


def write_cards_page(path: Path, run: Mapping[str, Any], cards: Sequence[Card]) -> None:
    """Write surrogates.html: every card on one page that needs no network.

    Parameters
    ----------
    path : Path
        The file to write; it is filled aside and renamed.
    run : mapping
        What is known of the run: name, started, versions.
    cards : sequence of Card
    """
    text = cards_page_text(run, cards)
    write_aside(path, lambda part: part.write_text(text, encoding="utf-8"))


def cards_page_text(run: Mapping[str, Any], cards: Sequence[Card]) -> str:
    """Return the page of the cards as text; parameters as in `write_cards_page`."""
    empty = ("objectives", "interventions", "features", "ledgers", "portfolios")
    contents: dict[str, Any] = {key: [] for key in empty}
    contents["scatter_log"] = scatter_log(cards)
    contents["arrays"], block = pack(card_arrays(cards))
    return (
        environment()
        .get_template("surrogates.html.j2")
        .render(run=run, cards=card_rows(cards), data=Markup(script_json(contents)), block=block)
    )


def card_arrays(cards: Sequence[Card]) -> dict[str, NDArray[Any]]:
    """Return the held-out pairs of each card, for the plots."""
    arrays: dict[str, NDArray[Any]] = {}
    for number, card in enumerate(cards):
        arrays[f"observed_{number}"] = np.array(card.observed, dtype="f4")
        arrays[f"predicted_{number}"] = np.array(card.predicted, dtype="f4")
    return arrays


def scatter_log(cards: Sequence[Card]) -> list[bool]:
    """Return which cards' plots have logarithmic axes."""
    return [card.transform in _LOG_AXES for card in cards]


def card_rows(cards: Sequence[Card]) -> list[dict[str, Any]]:
    """Return what the templates show of each card.

    Parameters
    ----------
    cards : sequence of Card

    Returns
    -------
    list of dict
        The card itself under "card", with rows of scores, coverage and audit in words.
    """
    return [
        {
            "card": card,
            "scores": score_rows(card),
            "species": card.held_out.auc is not None,
            "better": better_row(card),
            "of_scale": of_scale(card.held_out.scale),
            "levels": [
                (f"{100 * float(level):g} %", percent(share))
                for level, share in sorted(card.coverage_at.items(), key=lambda one: float(one[0]))
                if not math.isclose(float(level), card.level)
            ],
            "widths": width_plot(card),
            "narrower": _narrower(card),
            "audit": None if card.audit is None else audit_row(card.audit),
            "cuts": [
                (value, name, MEANING.get(name, ""))
                for name, value in sorted(card.thresholds.items(), key=lambda one: one[1])
            ],
            "ranked": sorted(card.importance.items(), key=lambda one: (-one[1], one[0])),
        }
        for card in cards
    ]


def score_rows(card: Card) -> list[dict[str, str]]:
    """Return the scores of a card, the figure that counts first, random folds last."""
    found: list[tuple[str, str, Score | None]] = [
        ("for this map", "", card.matched),
        ("in a new place", "", card.held_out),
        ("a plain forest, in a new place", "for comparison", card.forest),
        (
            "on random folds, too optimistic",
            _OPTIMISTIC,
            card.random,
        ),
    ]
    return [
        {
            "where": where,
            "remark": remark,
            "r2": f"{significant(100 * score.r2, 2)} %" if math.isfinite(score.r2) else UNKNOWN,
            "auc": _number(score.auc),
            "cor": _number(score.cor),
            "rmse": _number(score.rmse),
            "mean": _number(score.rmse_mean),
            "folds": score.folds,
            "optimistic": "yes" if score.optimistic else "",
        }
        for where, remark, score in found
        if score is not None
    ]


def better_row(card: Card) -> tuple[str, str]:
    """Return how much better than knowing no place a surrogate is in a new one: what, and by."""
    than, what, unit = "the mean", "% of squared error", 100.0
    if card.learns == "species" and card.held_out.scale == RECORD:
        than, what, unit = "chance", "in AUC, which is 0.5 by chance", 0.5
    elif card.learns == "species" and card.held_out.scale == PROBABILITY:
        than, what = "its prevalence", "% of log loss"
    elif card.learns == "species":
        what += of_scale(card.held_out.scale)
    gain, error = (significant(unit * share, 2) for share in (card.skill, card.skill_se))
    return than, f"{gain} ± {error} {what}, in a new place"


def of_scale(scale: str) -> str:
    """Return " of the logarithm" for a scale, nothing for the response's own."""
    return f" of {SCALES[scale]}" if scale in SCALES else ""


def width_plot(card: Card) -> dict[str, Any] | None:
    """Return the plot of coverage by width of the interval, as points of a drawing 240 x 110."""
    shares = card.coverage_by_width
    if not shares:
        return None
    floor = 0.1 * math.floor(10 * min(0.5, *shares))

    def down(share: float) -> float:
        return round(8 + 78 * (1 - share) / (1 - floor), 1)

    step = 200 / len(shares)
    ticks = [floor, (1 + floor) / 2, 1.0]
    return {
        "points": [
            (round(34 + step * (k + 0.5), 1), down(share)) for k, share in enumerate(shares)
        ],
        "level": down(card.level),
        "ticks": [(down(tick), f"{100 * tick:.0f} %") for tick in ticks],
        "said": ", ".join(percent(share) for share in shares),
    }


def _narrower(card: Card) -> str:
    """Say how the interval score compares with that of plain pooled residuals."""
    ours, plain = card.interval_score, card.interval_score_plain
    if ours is None or plain is None or plain <= 0:
        return ""
    change = 1 - ours / plain
    word = "better" if change >= 0 else "worse"
    return f"{percent(abs(change))} {word} than one width for all (interval score)"


def audit_row(audit: Audit) -> dict[str, Any]:
    """Return an audit in words: the grade with its badge, and its figures."""
    figures = [
        ("rank correlation", _number(audit.rank_correlation)),
        ("efficiency", _number(audit.efficiency)),
        ("species accumulation index", _number(audit.sai)),
        ("its standard deviation over blocks", _number(audit.sai_spread)),
        ("its lower 90 % bound", _number(audit.sai_lower)),
        ("index of random sets of as many species", _number(audit.random_sai)),
        ("its standard deviation over these sets", _number(audit.random_spread)),
        ("random sets that do better", _percent(audit.better_random_sets)),
        ("at a budget of", _percent(audit.budget)),
    ]
    return {
        "stands_for": audit.stands_for,
        "grade": audit.grade,
        "badge": BADGES.get(audit.grade, ""),
        "reason": audit.reason,
        "figures": [(name, value) for name, value in figures if value != UNKNOWN],
    }


def _number(value: float | None) -> str:
    return UNKNOWN if value is None or not math.isfinite(value) else significant(value, 2)


def _percent(share: float | None) -> str:
    return UNKNOWN if share is None or not math.isfinite(share) else percent(share)
