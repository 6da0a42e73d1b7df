import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.problem.values import Objective
from edaphon.report.palette import intervention_colors
from edaphon.report.text import (
    MINUS,
    UNKNOWN,
    capital,
    compact,
    file_name,
    percent,
    shown_unit,
    significant,
    title,
    words,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (12345.6, "12,300"),
        (999.9, "1,000"),
        (0.012345, "0.0123"),
        (-4.5, f"{MINUS}4.5"),
        (20.0, "20"),
        (1_234_567, "1,230,000"),
        (float("nan"), UNKNOWN),
        (float("inf"), UNKNOWN),
    ],
)
def test_three_significant_digits(value, text):
    assert significant(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.5, "50\u00a0%"), (1e-7, "< 0.01\u00a0%"), (0, "0\u00a0%"), (float("nan"), UNKNOWN)],
)
def test_percent(share, text):
    assert percent(share) == text


def test_axes_are_short():
    assert [compact(value) for value in (950, 12_000, 2.5e6)] == ["950", "12k", "2.5M"]


def test_names_become_words():
    assert words("cover_crop+no_till") == "cover crop + no till"
    assert words("baseline") == "do nothing new"
    assert capital("soil Organic carbon") == "Soil Organic carbon"
    assert capital("") == ""


def test_colors_differ():
    names = ("baseline", *(f"own {k}" for k in range(17)))
    colors = intervention_colors(names)
    assert len(set(colors)) == 18
    assert intervention_colors(names[:1]) == (colors[0],)
    assert len(intervention_colors([str(k) for k in range(255)])) == 255


def test_colors_follow_the_name_not_the_position():
    one = ("baseline", "cover_crop", "no_till", "compost", "cover_crop+no_till", "hedge")
    first = dict(zip(one, intervention_colors(one), strict=True))
    for two in (one, (one[0], *reversed(one[1:])), ("baseline", "compost", "hedge", "manure")):
        second = dict(zip(two, intervention_colors(two), strict=True))
        for name in {*one}.intersection(two):
            assert first[name] == second[name]
    assert first["cover_crop"] == "#0072b2"


@given(st.sets(st.text(max_size=8), min_size=1, max_size=17))
def test_colors_of_any_names_differ_and_do_not_depend_on_their_order(given_names):
    names = ("baseline", *sorted(given_names))
    colors = dict(zip(names[1:], intervention_colors(names)[1:], strict=True))
    assert len({*colors.values(), "#dcdcd6"}) == len(names)
    back = (names[0], *reversed(names[1:]))
    assert dict(zip(back[1:], intervention_colors(back)[1:], strict=True)) == colors


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("/home/ann/my land/valley.yaml:3:5: seed", "valley.yaml:3:5: seed"),
        (r"C:\land\valley.yaml:3:5: seed", "valley.yaml:3:5: seed"),
        ("evidence: a/b on yield", "evidence: a/b on yield"),
        ("unit 12/3: soc", "unit 12/3: soc"),
        ("evidence", "evidence"),
    ],
)
def test_a_finding_names_the_file_without_its_folders(where, expected):
    assert file_name(where) == expected


def test_the_name_of_a_run_becomes_a_title():
    assert title("north-macedonia") == "North Macedonia"
    assert title("upper_valley") == "Upper Valley"


def test_soc_is_written_in_capitals():
    assert words("soc_stock") == "SOC stock"
    assert words("social") == "social"


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        (Objective("a", "maximize", ("x", "y"), unit="share"), (100.0, "%", False)),
        (
            Objective("a", "maximize", ("x",), benefit="saturating", unit="benefit"),
            (100.0, "points", False),
        ),
        (Objective("a", "maximize", ("x",), unit="ha %"), (1 / 50, "%", True)),
        (Objective("a", "maximize", ("x",), unit="t"), (1.0, "t", True)),
        (Objective("a", "minimize", ledgers=("cost",), unit="EUR"), (1.0, "EUR", False)),
    ],
)
def test_objectives_are_shown_in_units_that_people_know(objective, expected):
    shown = shown_unit(objective, 50.0)
    assert (shown.factor, shown.unit, shown.change) == expected
    assert bool(shown.of_what) == (objective.unit in ("share", "benefit", "ha %"))


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        (
            Objective("a", "minimize", ledgers=("cost",), unit="EUR", boundary=2.0),
            " with exposed boundary at 2 EUR/m, which no budget counts",
        ),
        (
            Objective("a", "maximize", ("x",), unit="share", boundary=0.0001),
            " of the largest expected gain, less exposed boundary at 0.01 %/m",
        ),
        (
            Objective("a", "maximize", ("x",), boundary=3.0),
            ", less exposed boundary at 3 per m",
        ),
        (Objective("a", "minimize", unit="m", boundary=1.0), ""),
    ],
)
def test_a_price_on_boundary_is_told(objective, expected):
    assert shown_unit(objective, 50.0).of_what == expected
