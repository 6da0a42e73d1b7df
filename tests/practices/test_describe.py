"""The catalogue as people read it."""

import pytest

from edaphon.errors import EdaphonError
from edaphon.practices.catalogue import whole_catalogue
from edaphon.practices.describe import (
    Question,
    answer,
    catalogue_table,
    evidence_table,
    explained,
    pair_table,
    short,
)


def names(**question):
    return [row["intervention"] for row in answer(Question(**question))["interventions"]]


def test_the_tables_show_everything_as_text():
    rows = catalogue_table()
    assert [row["intervention"] for row in rows] == list(whole_catalogue().names[1:])
    assert rows[-1]["annual"] == "sum of its parts"
    evidence = evidence_table()
    for table in (rows, evidence, pair_table(), short(rows)):
        assert all(set(row) == set(table[0]) for row in table)
        assert all(isinstance(value, str) for row in table for value in row.values())
    worms = next(
        r
        for r in evidence
        if (r["intervention"], r["outcome"]) == ("no_till", "earthworm_abundance")
    )
    assert worms["change"] == "+137.0 %"


def test_the_interval_is_that_of_the_mean():
    row = next(
        r
        for r in evidence_table()
        if (r["intervention"], r["outcome"], r["climate"]) == ("organic", "yield", "all")
        and r["basis"] == "literature"
    )
    # -0.213193 -/+ 1.645 x 0.046874
    assert row["interval"] == "-25.2 to -12.7 %"


def test_a_question_without_conditions_shows_all():
    assert names() == list(whole_catalogue().names[1:])


def test_conditions_hold_together():
    assert names(outcome="contaminant_removal") == ["bioremediation", "bioaugmentation"]
    assert set(names(outcome="yield", climate="tropical")) > {"agroforestry", "biochar"}
    assert "agroforestry" not in names(outcome="yield", climate="cold")
    assert "rhizobia" not in names(outcome="yield", climate="temperate")
    assert "rhizobia" not in names(grade="C")
    assert "interseeding" in names(grade="D")
    assert names(outcome="yield", climate="cold", grade="A", land_use="grassland") == ["organic"]


def test_land_use_asks_for_the_filter_and_the_guards():
    grass = names(land_use="grassland")
    assert {"silvopasture", "agroforestry", "manure"} <= set(grass)
    assert "cover_crop" not in grass
    assert names(land_use="native_grassland") == [
        "bioremediation",
        "biostimulation",
        "bioaugmentation",
        "biosorption",
    ]


def test_the_evidence_of_an_answer_is_what_was_asked_for():
    told = answer(Question(name="biochar", climate="temperate"))
    assert [(r["outcome"], r["climate"]) for r in told["evidence"]] == [
        ("yield", "temperate"),
        ("soc", "all"),
    ]
    assert [row["practices"] for row in told["pairs"]] == ["biochar + compost"]


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ({"name": "biochr"}, "biochar"),
        ({"outcome": "yeild"}, "yield"),
        ({"climate": "tropic"}, "tropical"),
        ({"grade": "E"}, "A, B, C, D"),
        ({"land_use": "grasland"}, "grassland"),
    ],
)
def test_what_does_not_exist_is_told(question, meant):
    with pytest.raises(EdaphonError) as caught:
        answer(Question(**question))
    (finding,) = caught.value.findings
    assert meant in finding.hint


@pytest.mark.parametrize("name", whole_catalogue().names[1:])
def test_every_practice_is_explained(name):
    text = explained(name)
    assert f"({name})" in text
    assert "grade" in text
    assert max(map(len, text.splitlines())) <= 96


def test_an_explanation_holds_places_costs_guards_risks_and_effects():
    text = " ".join(explained("manure").split())
    assert "240 (100 to 400) EUR of 2024 per ha and year" in text
    assert "slope_pct: slope, %" in text
    assert "keeps 50 m from wells and water" in text
    assert "antibiotic resistance" in text
    assert "soc, temperate" in text
    assert "Bolinder" in text
    assert "not with manure and bioaugmentation on one unit" in text
    assert "376200 per ha at 0.3 m depth" in explained("bioremediation")
    assert "none measured" in explained("interseeding")
    assert "chance of 0.3 to 0.7" in " ".join(explained("rhizobia").split())


def test_an_explanation_holds_threats_adoption_needs_exclusions_factors_and_sources():
    text = " ".join(explained("cover_crop").split())
    # logistic: 1 / (1 + exp(-0.5 (4 - 3))) = 0.622
    assert "62 % by the default of the section adoption" in text
    assert "erosion: as trials measured, see the effects on erosion" in text
    assert "monoculture: takes off 30 % (10 to 50), judgement: a second plant" in text
    assert "pesticide: takes off 10 % (-10 to 30)" in text
    assert "cover_crop and no_till bring 0.49 +- 0.11 of the sum of their lnRR on soc" in text
    assert "SoilHealthDB" in text
    assert "Myers, Weber & Tellatin 2019" in text
    bundle = " ".join(explained("cover_crop+no_till").split())
    assert "bring 0.49 +- 0.11" in bundle
    assert "cover_crop and organic" not in bundle
    fungi = " ".join(explained("mycorrhiza").split())
    assert "mycorrhiza needs one of" in fungi
    assert "salinity: takes off 5 %" in fungi
