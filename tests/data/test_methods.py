import pytest

from edaphon.data.indicators import indicators
from edaphon.data.methods import (
    check_methods,
    indicator_table,
    method_of,
    method_table,
    methods,
)


def test_the_registry_of_methods_is_sound():
    assert set(methods()) <= set(indicators())
    for name, group in methods().items():
        words = [word for one in group for word in {one.code, *one.aliases}]
        assert len(words) == len(set(words)), name
        for one in group:
            assert one.title
            assert one.procedure
            assert one.checked in ("read in a second source", "title page read", "memory", "none")
            assert (one.procedure == "none") == (one.checked == "none")


@pytest.mark.parametrize(
    ("text", "indicator", "expected"),
    [
        ("Walkley-Black", "soc", "walkley_black"), ("WB", "soc", "walkley_black"),
        ("dry combustion", "soc", "dry_combustion"), ("pH (H2O)", "ph", "ph_h2o"),
        ("H2O", "ph", "ph_h2o"), ("Olsen", "phosphorus", "olsen"), ("magic", "soc", None),
        ("olsen", "soc", None),
    ],
)  # fmt: skip
def test_words_for_methods(text, indicator, expected):
    found = method_of(text, indicators()[indicator])
    assert (found.code if found else None) == expected


def test_one_method_is_no_finding():
    soc = indicators()["soc"]
    assert check_methods(["WB", "walkley_black", "Walkley-Black"], soc, "x") == ()
    assert check_methods(["", ""], soc, "x") == ()
    assert check_methods([], soc, "x") == ()


def test_mixed_methods_are_a_warning():
    (warning,) = check_methods(["WB"] * 3 + ["Dumas"] * 2, indicators()["soc"], "soil.csv: method")
    assert warning.severity == "warning"
    assert "by 2 methods (walkley_black: 3, dry_combustion: 2)" in warning.what


def test_unknown_and_missing_methods_are_notes():
    unknown, silent = check_methods(["walkly black", "walkly black", ""], indicators()["soc"], "x")
    assert unknown.severity == silent.severity == "note"
    assert "'walkly black': 2" in unknown.what
    assert "did you mean 'walkley_black'" in unknown.hint
    assert "no method in 1 sample" in silent.what
    both = check_methods(["WB", "secret"], indicators()["soc"], "x")
    assert [one.severity for one in both] == ["warning", "note"]


def test_reference_tables_have_a_row_each():
    assert len(indicator_table()) == len(indicators())
    assert len(method_table()) == sum(map(len, methods().values()))
