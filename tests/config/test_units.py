import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.config.units import (
    CURRENCIES,
    UnitError,
    check_unit,
    convert,
    currency_of,
    known_units,
    parse_unit,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("t C/ha", "t/ha"),
        ("EUR/ha/yr", "EUR/(ha yr)"),
        ("kg m-2", "kg/m2"),
        ("kg·m⁻²", "kg/m^2"),
        ("t ha-1 a-1", "t per ha per year"),
        ("g/(m² yr)", "g/m2/yr"),
        ("ha %", "% ha"),
        ("percent", "%"),
        ("1/ha", "ha**-1"),
        ("", "1"),
        ("€/ha", "EUR/ha"),
    ],
)
def test_spellings_of_one_unit(one, other):
    assert parse_unit(one) == parse_unit(other)


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "answer"),
    [
        (30, "%", "", 0.3),
        (57, "%", "", 0.57),
        (18, "g/kg", "%", 1.8),
        (1, "t/ha", "kg/m2", 0.1),
        (1, "t", "kg", 1000),
        (1, "ha", "m2", 10_000),
        (1.3, "g/cm3", "kg/m3", 1300),
        (1.3, "g/cm3", "t/m3", 1.3),
        (2, "ha %", "ha", 0.02),
        (10, "EUR/ha", "EUR/m2", 0.001),
        (2, "h", "min", 120),
        (90, "degrees", "rad", 1.5707963267948966),
        (1, "kWh", "MJ", 3.6),
    ],
)
def test_known_conversions(value, unit, wanted, answer):
    assert convert(value, unit, wanted) == pytest.approx(answer, rel=1e-12)
    assert convert(answer, wanted, unit) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [
        ("EUR", "USD"),
        ("t C/ha", "t CO2/ha"),
        ("degrees", "%"),
        ("pH", "%"),
        ("t", "ha"),
        ("EUR/ha", "EUR/ha/yr"),
        ("", "m"),
    ],
)
def test_different_things_do_not_convert(unit, wanted):
    with pytest.raises(UnitError, match="do not measure the same thing"):
        convert(1.0, unit, wanted)


def test_no_two_currencies_convert():
    assert len(set(CURRENCIES)) == len(CURRENCIES)
    for currency in CURRENCIES[1:]:
        with pytest.raises(UnitError):
            convert(1.0, CURRENCIES[0], currency)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("EURO/ha", "did you mean 'EUR'"),
        ("t/", "ends with"),
        ("t/(ha yr", "does not close"),
        ("t/ha)", "did not open"),
        ("t_ha", "'_' has no meaning"),
        ("3 t", "'3' stands where a unit should"),
        ("zorkmid", "no unit that we know"),
    ],
)
def test_what_is_no_unit_says_why(text, said):
    with pytest.raises(UnitError, match=said):
        check_unit(text)


def test_every_known_unit_converts_into_itself_per_area():
    for unit in known_units():
        assert convert(3.0, f"{unit}/ha", f"{unit}/m2") == pytest.approx(3e-4)


@given(st.text(alphabet="tha/ ()*^-%2CEURgkm²·1", max_size=12))
def test_any_text_is_a_unit_or_refused(text):
    try:
        check_unit(text)
    except UnitError:
        with pytest.raises(UnitError):
            convert(2.0, text, text)
    else:
        assert convert(2.0, text, text) == 2.0


def test_currency_of():
    assert currency_of("EUR/ha/yr") == "EUR"
    assert currency_of("t/ha") == currency_of("EURO") == ""


def test_equal_units_do_not_load_pint():
    code = (
        "import sys; from edaphon.config.quantity import parse_quantity as p;"
        "assert p('85 EUR/ha', 'EUR/ha').to('EUR/ha') == 85.0;"
        "assert p('20 years', 'yr').to('yr') == 20.0; print('pint' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
