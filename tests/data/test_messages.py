"""Wording of findings."""

from pathlib import Path

import pytest

from edaphon.data.messages import amount, counted, missing_file, name_some


@pytest.mark.parametrize(
    ("count", "noun", "said"),
    [
        (1, "unit", "1 unit"),
        (1200, "unit", "1,200 units"),
        (3, "species", "3 species"),
        (2, "study", "2 studies"),
        (2, "survey", "2 surveys"),
        (0, "study", "0 studies"),
    ],
)
def test_a_count_goes_with_its_noun(count, noun, said):
    assert counted(count, noun) == said


def test_a_few_of_many_are_named():
    assert name_some(range(3)) == "0, 1, 2"
    assert name_some("abcdefg", limit=2) == "a, b and 5 more"


@pytest.mark.parametrize("folder", [".", "configs", "/data/job"])
def test_an_address_on_the_web_is_told_wherever_paths_start(folder):
    found = missing_file("file", Path(folder) / "https://example.org/u.gpkg")
    assert found.what == "https://example.org/u.gpkg is an address on the web"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1_500_000.0, "EUR", "1,500,000 EUR"),
        (-175_763.4, "EUR", "-175,763 EUR"),
        (99_999.94, "t", "99,999.9 t"),
        (0.25, "", "0.25"),
        (1.2e-7, "t", "1.2e-07 t"),
    ],
)
def test_amounts_are_written_out(value, unit, text):
    assert amount(value, unit) == text
