import operator

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edaphon.config.filters import FilterError, parse_filter

TABLE = pd.DataFrame(
    {
        "slope": [1.0, 20.0, np.nan, 7.0],
        "use": ["arable", "grass", None, "it's"],
        "parcel id": pd.array([1, 2, None, 9007199254740993], dtype="Int64"),
        "organic": [True, False, True, False],
        "soil": pd.Categorical(["clay", "sand", None, "clay"]),
        "code": pd.Categorical([1, 2, None, 1]),
        "count": [1, 2, 3, 4],
        "limit": [5, 5, 5, 5],
        "mixed": [1, "a", 2.0, None],
        "nothing": [None, None, None, None],
        "day": pd.to_datetime(["2024-01-01"] * 4),
    }
)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("slope < 15 and use == 'arable'", [1, 0, 0, 0]),
        ("slope<15 AND NOT use=='arable'", [0, 0, 0, 1]),
        ("use != 'arable'", [0, 1, 0, 1]),
        ("not use == 'arable'", [0, 1, 1, 1]),
        ("not not use == 'arable'", [1, 0, 0, 0]),
        ("use not in ('arable', 'grass')", [0, 0, 0, 1]),
        ("use in ('arable', 'grass',)", [1, 1, 0, 0]),
        ('use == "it\'s"', [0, 0, 0, 1]),
        ("`parcel id` == 9007199254740993", [0, 0, 0, 1]),
        ("`parcel id` == 9007199254740992", [0, 0, 0, 0]),
        ("organic == true", [1, 0, 1, 0]),
        ("organic != True", [0, 1, 0, 1]),
        ("soil == 'clay' or slope >= 20", [1, 1, 0, 1]),
        ("code in (1, 3)", [1, 0, 0, 1]),
        ("count < limit and count > 1.5", [0, 1, 1, 1]),
        ("-2 < slope", [1, 1, 0, 1]),
        ("slope > -2e0", [1, 1, 0, 1]),
        ("nothing == 3", [0, 0, 0, 0]),
        ("count == 1 or count == 2 and slope > 100", [1, 0, 0, 0]),
        ("(count == 1 or count == 2) and slope > 10", [0, 1, 0, 0]),
        ("use >= 'b'", [0, 1, 0, 1]),
    ],
)
def test_known_rows(text, rows):
    found = parse_filter(text).evaluate(TABLE)
    assert found.dtype == np.bool_
    assert found.tolist() == [bool(row) for row in rows]


def test_columns_in_order_without_repeats():
    text = "b < 3 and (`a b` == 'x' or not b > c) and 2 < d"
    assert parse_filter(text).columns == ("b", "a b", "c", "d")


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("use = 'a'", 5, "write == to compare"),
        ("slope <", 8, "the filter ends where a column"),
        ("", 1, "the filter ends"),
        ("(slope < 1", 11, "')' should follow"),
        ("slope < 1)", 10, "where and, or or the end"),
        ("1 < slope < 3", 11, "cannot be chained"),
        ("1 < 2", 1, "needs a column"),
        ("1 in (2)", 1, "a column should stand before in"),
        ("use in (arable)", 9, "write 'arable'"),
        ("use in ()", 9, "a column, a number"),
        ("use == 'a", 8, "quote is not closed"),
        ("slope < 1 && use == 'a'", 11, "write and"),
        ("slope ≤ 1", 7, "write <="),
        ("slope", 6, "a comparison"),
        ("a.b == 1", 2, "backquotes"),
        ("__import__('os')", 11, "a comparison"),
        ("(" * 500 + "a < 1", 62, "nested too deeply"),
    ],
)
def test_what_cannot_be_parsed_has_a_position(text, at, said):
    with pytest.raises(FilterError, match=r"at character \d+") as caught:
        parse_filter(text)
    assert said in caught.value.message
    assert caught.value.column == at


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("count > 0 and slpe < 3", 15, "there is no column 'slpe'; did you mean 'slope'?"),
        ("slope < '3'", 1, "cannot compare the column 'slope' (numbers) with '3' by <"),
        ("3 == use", 6, "cannot compare 3 with the column 'use' (text)"),
        ("use in ('a', 3)", 1, "the column 'use' (text) with 3"),
        ("use == slope", 1, "the column 'use' (text) with the column 'slope' (numbers)"),
        ("organic < true", 1, "(true or false)"),
        ("organic == 1", 1, "(true or false)"),
        ("mixed == 1", 1, "the column 'mixed' holds mixed"),
        ("day == '2024-01-01'", 1, "the column 'day' holds datetime64"),
    ],
)
def test_what_does_not_fit_the_table_names_the_column(text, at, said):
    with pytest.raises(FilterError, match=r"at character \d+") as caught:
        parse_filter(text).evaluate(TABLE)
    assert said in caught.value.message
    assert caught.value.column == at


def test_long_chains_are_flat():
    text = " or ".join(["count == 3"] * 3000) + " and " + "not " * 3001 + "count == 1"
    assert parse_filter(text).evaluate(TABLE).tolist() == [False, False, True, False]


# A filter is grown together with a plain Python function of a row, which is its meaning.
SIGNS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.5, -1.5, 2.0])
TEXTS = st.sampled_from(["a", "b", "c d"])


@st.composite
def comparisons(draw):
    sign = draw(st.sampled_from(sorted(SIGNS)))
    if draw(st.booleans()):
        name, value = draw(st.sampled_from(["x", "y z"])), draw(NUMBERS)
    else:
        name, value = "t", draw(TEXTS)
    column = f"`{name}`" if " " in name or draw(st.booleans()) else name
    if draw(st.booleans()):

        def test(row):
            return row[name] is not None and SIGNS[sign](row[name], value)

        return f"{column} {sign} {value!r}", test
    if draw(st.booleans()):

        def test(row):
            return row[name] is not None and SIGNS[sign](value, row[name])

        return f"{value!r}{sign}{column}", test
    others = [value, *draw(st.lists(TEXTS if name == "t" else NUMBERS, max_size=2))]
    word = draw(st.sampled_from(["in", "not in"]))

    def test(row):
        return row[name] is not None and ((row[name] in others) == (word == "in"))

    return f"{column} {word} ({', '.join(map(repr, others))})", test


def joined(parts):
    def both(two):
        (left, f), (right, g) = two
        return f"({left}) and ({right})", lambda row: f(row) and g(row)

    def either(two):
        (left, f), (right, g) = two
        return f"({left}) or ({right})", lambda row: f(row) or g(row)

    def loose(three):
        (a, f), (b, g), (c, h) = three
        return f"({a}) or ({b}) and not ({c})", lambda row: f(row) or (g(row) and not h(row))

    return (
        st.tuples(parts, parts).map(both)
        | st.tuples(parts, parts).map(either)
        | st.tuples(parts, parts, parts).map(loose)
        | parts.map(lambda one: (f"not ({one[0]})", lambda row: not one[1](row)))
    )


ROWS = st.lists(
    st.fixed_dictionaries(
        {"x": st.none() | NUMBERS, "y z": st.none() | NUMBERS, "t": st.none() | TEXTS}
    ),
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(st.recursive(comparisons(), joined, max_leaves=6), ROWS)
def test_agrees_with_plain_python_row_by_row(grown, rows):
    text, meaning = grown
    table = pd.DataFrame(rows, columns=["x", "y z", "t"])
    table[["x", "y z"]] = table[["x", "y z"]].astype(float)
    assert parse_filter(text).evaluate(table).tolist() == [bool(meaning(row)) for row in rows]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab<>=!()',`\"&| 0.e-inortd", max_size=25))
def test_any_text_is_a_filter_or_refused(text):
    at = 1
    try:
        columns = parse_filter(text).columns
    except FilterError as error:
        columns, at = ("refused",), error.column
    assert columns
    assert 1 <= at <= len(text) + 1


UNKNOWN = st.recursive(
    st.sampled_from(
        ["count > 2", "count in (1, 3)", "count not in (2, 4)", "limit < count", "slope < 15"]
    ),
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            "({0[0]}) {0[1]} ({0[2]})".format
        ),
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(text=UNKNOWN, counts=st.lists(st.integers(0, 5), min_size=4, max_size=4))
def test_what_may_pass_passes_while_values_are_unknown(text, counts):
    """Whatever the values will be, no row passes then that does not pass now."""
    known = TABLE.assign(count=counts)
    now = parse_filter(text).evaluate(TABLE.drop(columns="count"), ["count"])
    assert (now | ~parse_filter(text).evaluate(known)).all()
    assert (
        parse_filter(text).evaluate(known, ["count"]) == parse_filter(text).evaluate(known)
    ).all()


def test_an_unknown_column_decides_nothing_that_others_decide():
    table = TABLE.drop(columns="count")

    def passes(text):
        return parse_filter(text).evaluate(table, ["count"]).tolist()

    assert passes("count > 2 and slope < 15") == [True, False, False, True]
    assert passes("not (count > 2 or slope < 15)") == [False, True, True, False]
    assert passes("count > 2 or slope < 15") == [True] * 4
    with pytest.raises(FilterError, match="did you mean 'count'"):
        parse_filter("cuont > 2").evaluate(table, ["count"])
