"""The surrogates' cards: their figures, their words, and the page of their own."""

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from report_case import make_card, make_case, unpack

from edaphon.report.cards import (
    audit_row,
    better_row,
    card_rows,
    cards_page_text,
    score_rows,
    width_plot,
    write_cards_page,
)
from edaphon.report.page import page_text
from edaphon.report.page_data import page_data
from edaphon.report.summary import summary
from edaphon.report.text import MINUS, UNKNOWN
from edaphon.surrogates.state import GRADES, Audit, Score

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&"


def rich_card():
    """A card with everything that a card may hold."""
    audit = Audit("soil life", "not supported", -0.02, -0.1, 0.01, -0.2, 0.6, 0.3, 19, "By chance.")
    return replace(
        make_card(),
        matched=Score("matched folds", 0.48, 0.44, 0.64, "log"),
        coverage_at={"0.9": 0.89, "0.5": 0.52, "0.8": 0.8},
        coverage_by_region={"north": 0.91, "south": 0.85},
        coverage_by_width=(0.93, 0.9, 0.88, 0.9, 0.91, 0.9, 0.87, 0.92, 0.9, 0.82),
        interval_score=1.8,
        interval_score_plain=2.0,
        share_beyond=0.04,
        refused={"focal": "No gain on held-out ground.", "ridge": "Weight 0."},
        thresholds={"largest_sum_of_rates": 0.31},
        audit=audit,
    )


def words_of(text):
    return " ".join(re.sub(r"<[^>]*>", " ", text.split("<main>")[1].split("<script")[0]).split())


def test_scores_stand_in_the_order_of_their_weight():
    rows = score_rows(rich_card())
    places = ["for this map", "in a new place", "on random folds, too optimistic"]
    assert [row["where"] for row in rows] == places
    assert [row["r2"] for row in rows] == ["44 %", "38 %", "48 %"]
    assert [row["optimistic"] for row in rows] == ["", "", "yes"]
    place = Score("blocks", 0.4, math.nan, 0.5, "probability", auc=0.74, cor=0.2)
    species = replace(make_card(), held_out=place)
    (row, *_) = score_rows(species)
    assert (row["auc"], row["cor"], row["r2"]) == ("0.74", "0.2", UNKNOWN)


@pytest.mark.parametrize(
    ("learns", "scale", "said"),
    [
        ("state", "log", ("the mean", "31 ± 4.2 % of squared error, in a new place")),
        ("species", "probability", ("its prevalence", "31 ± 4.2 % of log loss, in a new place")),
        (
            "species",
            "log1p",
            (
                "the mean",
                "31 ± 4.2 % of squared error of the logarithm of 1 + value, in a new place",
            ),
        ),
        (
            "species",
            "record among background",
            ("chance", "0.16 ± 0.021 in AUC, which is 0.5 by chance, in a new place"),
        ),
    ],
)
def test_every_card_says_what_it_gains(learns, scale, said):
    score = replace(make_card().held_out, scale=scale)
    card = replace(make_card(), learns=learns, held_out=score, skill=0.312, skill_se=0.042)
    assert better_row(card) == said


def test_the_plot_of_widths_keeps_to_its_frame():
    plot = width_plot(rich_card())
    assert len(plot["points"]) == 10
    assert all(34 <= x <= 236 and 8 <= y <= 86 for x, y in plot["points"])
    highest = min(plot["points"], key=lambda point: point[1])
    assert highest == plot["points"][0]
    assert plot["said"].startswith("93")
    deep = width_plot(replace(make_card(), coverage_by_width=(0.0, 1.0)))
    assert [y for _, y in deep["points"]] == [86.0, 8.0]
    assert width_plot(replace(make_card(), coverage_by_width=())) is None


@pytest.mark.parametrize("grade", GRADES)
def test_every_grade_has_a_badge(grade):
    row = audit_row(Audit("x", grade))
    assert row["badge"] in {"good", "bad", ""}
    assert (row["badge"] == "good") == (grade == "supported")
    assert row["figures"] == []


def test_a_page_of_cards_tells_all_and_asks_for_nothing(tmp_path):
    cards = [
        rich_card(),
        replace(make_card(), name="worms", used=False, reason="Refused: no gain."),
    ]
    write_cards_page(tmp_path / "surrogates.html", {"name": "valley"}, cards)
    text = (tmp_path / "surrogates.html").read_text(encoding="utf-8")
    said = words_of(text)
    for part in (
        "not supported as a stand-in",
        "Stands for soil life: not supported. By chance.",
        f"rank correlation {MINUS}0.02",
        "For this map",
        "too optimistic",
        "50 % intervals 52",
        "10 % better than one width for all",
        "lie beyond the sampled range",
        "Offered and refused: 2",
        "focal : No gain on held-out ground.",
        "31 %: largest sum of rates",
        "Refused: no gain.",
        "Depths below 30 cm.",
        "north 91",
    ):
        assert part.replace("\u00a0", " ") in said.replace("\u00a0", " "), part
    assert not re.search(r'(src|href)="(?!data:,)', text)
    contents, arrays, _ = unpack(text)
    assert contents["scatter_log"] == [True, True]
    assert arrays["observed_1"] == pytest.approx(cards[1].observed, rel=1e-6)


def test_text_from_data_stays_text_in_cards():
    audit = Audit(HOSTILE, "weak", reason=HOSTILE)
    card = replace(
        rich_card(),
        name=HOSTILE,
        response=HOSTILE,
        unit=HOSTILE,
        reason=HOSTILE,
        refused={HOSTILE: HOSTILE},
        thresholds={HOSTILE: 0.2},
        coverage_by_region={HOSTILE: 0.2},
        audit=audit,
    )
    text = cards_page_text({"name": HOSTILE}, [card])
    assert "<img" not in text
    assert text.count("<script") == 3


def test_the_grade_stands_beside_the_objective():
    case = make_case()
    found = {"soil_life": [{"surrogate": "worms", "stands_for": "soil_life", "grade": "weak"}]}
    page = {**case.page(), "run": {**case.run, "stand_ins": found}, "cards": [rich_card()]}
    text = page_text(**page)
    assert '<small class="grade">worms: weak</small>' in text
    assert "Supported, weak, not supported" in text
    contents, _, _ = unpack(text)
    assert contents["objectives"][0]["standIns"] == [
        {"surrogate": "worms", "standsFor": "soil life", "grade": "weak"}
    ]
    assert contents["objectives"][1]["standIns"] == []
    record = {"status": "complete", "stages": {}, "stand_ins": found}
    told = summary(Path("x"), record, case.problem, case.front, [])
    assert "soil_life rests on worms, as a stand-in for soil_life: weak" in told
    assert "stand-in" not in page_text(**case.page()).split("<main>")[1].split("<script")[0]


def test_cards_without_the_newer_figures_are_shown():
    (row,) = card_rows([make_card()])
    assert row["levels"] == []
    assert row["narrower"] == ""
    assert row["audit"] is None
    contents, _ = page_data(
        **make_case().files(),
        cards=[make_card()],
        stand_ins={},
        anonymous=False,
    )
    json.dumps(contents["objectives"])


def test_the_plot_of_an_occurrence_is_captioned_with_its_calibration():
    card = replace(make_card(), learns="species", observed=(0.1, 0.62), predicted=(0.12, 0.6))
    surveyed = replace(card, held_out=replace(card.held_out, scale="probability"))
    said = words_of(cards_page_text({"name": "run"}, [surveyed])).replace("\u00a0", " ")
    assert "in 2 parts from the least to the most probable" in said
    assert "share of sites that held the species: 12 % and 10 %, 60 % and 62 %. On the line" in said
    recorded = replace(card, held_out=replace(card.held_out, scale="record among background"))
    assert "share of records among background: 12" in words_of(
        cards_page_text({"name": "run"}, [recorded])
    )
    assert "Calibration" not in words_of(cards_page_text({"name": "run"}, [make_card()]))
