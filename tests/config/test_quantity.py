import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.config.quantity import Quantity, QuantityError, parse_depth, parse_quantity


@pytest.mark.parametrize(
    ("written", "unit", "read"),
    [
        ("85 EUR/ha", "EUR/ha", Quantity(85.0, "EUR/ha")),
        ("85EUR/ha", "EUR/ha", Quantity(85.0, "EUR/ha")),
        (85, "EUR/ha", Quantity(85.0, "EUR/ha")),
        ("85", "EUR/ha", Quantity(85.0, "EUR/ha")),
        ("-2 %", "%", Quantity(-2.0, "%")),
        ("\N{MINUS SIGN}2 %", "%", Quantity(-2.0, "%")),
        ("1e-3 t C/ha", "t/ha", Quantity(0.001, "t C/ha")),
        (".5 yr", "yr", Quantity(0.5, "yr")),
        ("1200 t", "", Quantity(1200.0, "t")),
        (0.3, "", Quantity(0.3, "")),
    ],
)
def test_reads_number_and_unit(written, unit, read):
    assert parse_quantity(written, unit) == read


@pytest.mark.parametrize(
    ("written", "unit", "said"),
    [
        ("85 EURO/ha", "EUR/ha", "cannot read '85 EURO/ha' as a cost per area; write 85 EUR/ha"),
        ("5 t/ha", "EUR", "cannot read '5 t/ha' as an amount of money; write 5 EUR"),
        (
            "85 CHF/ha/yr",
            "CHF/ha",
            "cannot read '85 CHF/ha/yr' as a cost per area; write 85 CHF/ha",
        ),
        (True, "yr", "cannot read True as a time in years; write it as 10 yr"),
        (None, "%", "cannot read nothing as a share; write it as 10 %"),
        (math.nan, "%", "cannot read nan as a share; write it as 10 %"),
        ("1e999 %", "%", "cannot read '1e999 %' as a share; write it as 10 %"),
        ([3], "%", "cannot read [3] as a share; write it as 10 %"),
        ("many", "%", "cannot read 'many' as a share; write it as 10 %"),
    ],
)
def test_a_bad_text_gives_a_sentence(written, unit, said):
    with pytest.raises(QuantityError) as caught:
        parse_quantity(written, unit)
    assert str(caught.value) == said


@pytest.mark.parametrize("written", ["500,000 EUR", "500 000 EUR", "500'000 EUR", "12,5 EUR"])
def test_separators_are_not_guessed(written):
    with pytest.raises(QuantityError, match="write digits with a point for decimals"):
        parse_quantity(written, "EUR")


@pytest.mark.parametrize(
    ("written", "unit", "said"),
    [
        ("200.000 EUR", "EUR", "may mean 200000 or 200; write 200000 EUR or 200 EUR"),
        ("1.250 EUR/ha", "EUR/ha", "may mean 1250 or 1.25; write 1250 EUR/ha or 1.25 EUR/ha"),
        ("1.250", "EUR", "may mean 1250 or 1.25"),
        (0.02, "%", "0.02 may mean 2 % or 0.02 %; write 2 % or 0.02 %"),
    ],
)
def test_what_has_two_readings_is_asked_for(written, unit, said):
    with pytest.raises(QuantityError, match=said):
        parse_quantity(written, unit)


def test_what_has_one_reading_is_read():
    assert parse_quantity("1.345 g/cm3", "g/cm3").value == 1.345
    assert parse_quantity("0.250 EUR", "EUR").value == 0.25
    assert parse_quantity("1200.500 EUR", "EUR").value == 1200.5
    assert parse_quantity("0.02 %", "%").value == 0.02
    assert parse_quantity(2, "%").value == 2
    assert parse_quantity(str(Quantity(1.234, "EUR"))) == Quantity(1.234, "EUR")


def test_another_currency_is_named():
    with pytest.raises(QuantityError, match=r"is in USD, but the currency of this config is EUR"):
        parse_quantity("85 USD/ha", "EUR/ha")


def test_further_units_are_welcome():
    assert parse_quantity("25 km", "degrees", ("m",)).to("m") == 25_000
    with pytest.raises(QuantityError, match="as an angle"):
        parse_quantity("25 kg", "degrees", ("m",))


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["", "%", "EUR/ha/yr"]))
def test_what_is_written_is_read_again(value, unit):
    assert parse_quantity(str(Quantity(value, unit))) == Quantity(value, unit)


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("0-30 cm", (0.0, 30.0)),
        ("0 \N{EN DASH} 30 cm", (0.0, 30.0)),
        ("0 to 0.3 m", (0.0, 30.0)),
        ("30-60cm", (30.0, 60.0)),
        ("15 cm", (0.0, 15.0)),
    ],
)
def test_depths_in_cm(text, depth):
    assert parse_depth(text) == pytest.approx(depth)


@pytest.mark.parametrize(
    "text", ["30-0 cm", "0-0 cm", "-5-30 cm", "0-30 kg", "0-30", "deep", 30, ""]
)
def test_bad_depths_say_how_to_write_one(text):
    with pytest.raises(QuantityError, match="write it as 0-30 cm"):
        parse_depth(text)


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("1 MEUR", "1000000 EUR"),
        ("1.5 million EUR", "1500000 EUR"),
        ("2 Mio. EUR", "2000000 EUR"),
        ("500 kEUR", "500000 EUR"),
        ("12 k EUR", "12000 EUR"),
        ("7 apples", "7 EUR"),
    ],
)
def test_money_in_thousands_or_millions_is_told_in_full(written, full):
    with pytest.raises(QuantityError) as caught:
        parse_quantity(written, "EUR")
    assert caught.value.hint == f"write {full}"
