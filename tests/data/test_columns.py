import numpy as np
import pandas as pd
import pytest

from edaphon.data.columns import as_text, categorical, code_type, unit_numbers
from edaphon.data.landscape import Landscape


def landscape(values):
    n = len(values)
    return Landscape(
        ids=np.array([f"u{k}" for k in range(n)]),
        area_ha=np.ones(n),
        attributes=pd.DataFrame({"v": values}),
        latitude=np.full(n, 47.0),
        longitude=np.full(n, 15.0),
        source="units.gpkg",
    )


def test_text_has_no_blanks_around_it_and_whole_numbers_no_point():
    assert as_text(pd.Series([1.0, np.nan, 20.0])).tolist() == ["1", "", "20"]
    assert as_text(pd.Series([" a", None, "b "])).tolist() == ["a", "", "b"]
    assert as_text(pd.Series([1.5, 2.0])).tolist() == ["1.5", "2.0"]
    assert as_text(pd.Series([1e308, 2.0])).tolist() == ["1e+308", "2.0"]


def test_numbers_may_be_stored_as_text_and_infinite_ones_are_missing():
    values, found = unit_numbers(landscape(["6.5", None, "inf"]), "v")
    np.testing.assert_array_equal(values, [6.5, np.nan, np.nan])
    assert found == ()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["6.5", "acid"], "text in the numeric column v in 1 unit (unit u1: 'acid')"),
        (pd.to_datetime(["2020-01-01", None]), "dates in the numeric column v in 1 unit (unit u0"),
        ([[1, 2], [3]], "text in the numeric column v in 2 units"),
    ],
)
def test_what_is_no_number_is_named(values, kind):
    _, (fault,) = unit_numbers(landscape(values), "v")
    assert fault.where == "units.gpkg: v"
    assert fault.what.startswith(kind)


def test_codes_are_whole_numbers_or_text_and_never_infinite():
    assert code_type(pd.Series([3.0, 1.0, np.inf, np.nan])).categories.tolist() == [1, 3]
    assert code_type(pd.Series(["b", None, "a"])).categories.tolist() == ["a", "b"]
    assert code_type(pd.Series([1, "1"], dtype=object)).categories.tolist() == ["1"]
    assert code_type(pd.Series([1.5, 2.0])).categories.tolist() == ["1.5", "2.0"]


def test_codes_that_the_type_does_not_know_are_missing():
    numbers = categorical(pd.Series([1.0, 9.0, np.inf]), pd.CategoricalDtype([1, 3]))
    assert numbers.isna().tolist() == [False, True, True]
    words = categorical(pd.Series([1.0, 2.0, np.nan]), pd.CategoricalDtype(["1", "3"]))
    assert words.isna().tolist() == [False, True, True]
