"""The units registry: which unit texts are read, and how one becomes another.

Texts are taken apart here, so that a unit can be checked without loading pint; pint converts, with
a registry of our own that knows only what soils, crops and money are measured in.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from edaphon.config.suggest import did_you_mean

if TYPE_CHECKING:
    import pint

Unit = tuple[tuple[str, int], ...]
"""Symbols with their exponents, sorted by symbol."""

CURRENCIES = (
    "EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "ISK", "PLN", "CZK", "HUF", "RON", "BGN",
    "RSD", "MKD", "ALL", "BAM", "TRY", "UAH", "GEL", "MDL",  # Europe
    "CAD", "MXN", "BRL", "ARS", "CLP", "COP", "PEN", "UYU", "BOB", "AUD", "NZD",  # America, Oceania
    "JPY", "CNY", "KRW", "INR", "IDR", "THB", "VND", "PHP", "MYR", "BDT", "PKR", "LKR", "NPR",
    "KZT", "UZS", "ILS", "JOD",  # Asia
    "ZAR", "KES", "ETB", "TZS", "UGX", "RWF", "NGN", "GHS", "XOF", "XAF", "MAD", "TND", "EGP",
    "MWK", "ZMW", "MZN",  # Africa
)  # fmt: skip
"""ISO 4217 codes; none converts into another, since rates change and one config has one."""

LABELS = ("C", "N", "P", "DM")
"""What is weighed (carbon, nitrogen, phosphorus, dry matter): read and then left out."""

_DEFINED = {
    "m": "[length]", "mm": "1e-3 m", "cm": "1e-2 m", "dm": "1e-1 m", "km": "1e3 m",
    "ha": "1e4 m**2", "L": "1e-3 m**3", "mL": "1e-6 m**3", "hL": "0.1 m**3",
    "kg": "[mass]", "t": "1e3 kg", "Mg": "1e3 kg", "kt": "1e6 kg", "dt": "1e2 kg",
    "g": "1e-3 kg", "mg": "1e-6 kg", "ug": "1e-9 kg",
    "s": "[time]", "min": "60 s", "h": "3600 s", "d": "86400 s", "week": "604800 s",
    "yr": "31557600 s", "month": "2629800 s",
    "degree": "[angle]", "rad": "57.29577951308232 degree",
    "percent": "1e-2", "permil": "1e-3", "ppm": "1e-6", "ppb": "1e-9", "count": "1",
    "pH": "[acidity]", "degC": "[temperature]", "point": "[rating]", "CO2": "[carbon_dioxide]",
    "mol": "[substance]", "mmol": "1e-3 mol", "cmol": "1e-2 mol", "umol": "1e-6 mol",
    "J": "kg*m**2/s**2", "kJ": "1e3 J", "MJ": "1e6 J", "GJ": "1e9 J",
    "W": "J/s", "kW": "1e3 W", "kWh": "3.6e6 J", "MWh": "3.6e9 J",
    "Pa": "kg/m/s**2", "hPa": "1e2 Pa", "kPa": "1e3 Pa", "MPa": "1e6 Pa", "bar": "1e5 Pa",
    "S": "[conductance]", "dS": "1e-1 S", "mS": "1e-3 S", "uS": "1e-6 S",
    "LSU": "[livestock]",
}  # fmt: skip

_SPELLED = {
    "metre": "m", "metres": "m", "meter": "m", "meters": "m",
    "hectare": "ha", "hectares": "ha", "l": "L", "litre": "L", "liter": "L",
    "tonne": "t", "tonnes": "t",
    "µg": "ug", "μg": "ug", "µmol": "umol", "μmol": "umol", "µS": "uS", "μS": "uS",
    "second": "s", "seconds": "s", "sec": "s", "minute": "min", "minutes": "min",
    "hour": "h", "hours": "h", "day": "d", "days": "d", "weeks": "week", "months": "month",
    "year": "yr", "years": "yr", "y": "yr", "yrs": "yr", "a": "yr",
    "degrees": "degree", "deg": "degree", "°": "degree",
    "%": "percent", "pct": "percent", "‰": "permil",
    "€": "EUR", "£": "GBP",
    "points": "point", "score": "point", "index": "point",
    "CO2e": "CO2", "CO2eq": "CO2", "LU": "LSU", "GVE": "LSU",
    "counts": "count", "individuals": "count", "individual": "count", "ind": "count",
    "species": "count", "taxa": "count", "plants": "count", "trees": "count",
}  # fmt: skip

_TOKEN = re.compile(
    r"\s*(?:(?P<symbol>CO2(?:eq|e)?|[^\W\d_]+|[%‰°€£])"
    r"|(?P<exponent>(?:\^|\*\*)?[+-]?\d+)|(?P<mark>[*/()]))"
)
_PLAIN = str.maketrans("·\N{MULTIPLICATION SIGN}\N{MINUS SIGN}⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "**--0123456789")


class UnitError(ValueError):
    """A unit text that cannot be read, or two units that do not measure the same thing."""


def known_units() -> tuple[str, ...]:
    """Return every symbol and spelling that `parse_unit` reads."""
    return (*_DEFINED, *_SPELLED, *CURRENCIES, *LABELS)


@lru_cache(maxsize=512)
def parse_unit(text: str) -> Unit:
    """Take a unit text apart.

    Parameters
    ----------
    text : str
        "EUR/ha/yr", "t C/ha", "kg m-2", "g/(m² yr)", "ha %"; "" and "1" are dimensionless. Signs
        work from left to right, so that "EUR/ha yr" is EUR x yr / ha.

    Returns
    -------
    tuple of (str, int)
        Symbols in their canonical spelling with exponents, sorted, labels left out.

    Raises
    ------
    UnitError
        Naming the part that is not known.
    """
    tokens = _tokens(text)
    powers = _product(tokens, text)
    if tokens:
        raise UnitError(f"{text!r} closes a parenthesis that it did not open")
    return tuple(sorted((symbol, power) for symbol, power in powers.items() if power))


def check_unit(text: str) -> None:
    """Raise unless a unit text can be read; loads nothing.

    Raises
    ------
    UnitError
        Naming the part that is not known, with a suggestion.
    """
    parse_unit(text.strip())


def convert(value: float, unit: str, wanted: str) -> float:
    """Return a number in another unit.

    Raises
    ------
    UnitError
        If one text cannot be read or the two do not measure the same thing; names both.
    """
    have, want = parse_unit(unit.strip()), parse_unit(wanted.strip())
    if have == want:
        return value
    factor, inverse = _factor(have, want), _factor(want, have)
    if factor is None or inverse is None:
        names = [text or "a plain number" for text in (unit, wanted)]
        raise UnitError(f"{names[0]} and {names[1]} do not measure the same thing")
    return value / inverse if inverse.is_integer() else value * factor


def currency_of(unit: str) -> str:
    """Return the currency code in a unit text, "" if there is none or it cannot be read."""
    try:
        symbols = dict(parse_unit(unit.strip()))
    except UnitError:
        return ""
    return next((symbol for symbol in symbols if symbol in CURRENCIES), "")


def _tokens(text: str) -> list[tuple[str, str]]:
    """Split a unit text; the list is in reading order and consumed from its end."""
    plain = re.sub(r"\bper\b", "/", text.translate(_PLAIN)).strip()
    tokens, at = [], 0
    while at < len(plain):
        found = _TOKEN.match(plain, at)
        if found is None or found.lastgroup is None:
            raise UnitError(f"{text!r} is not a unit: {plain[at:].strip()[:1]!r} has no meaning")
        tokens.append((found.lastgroup, found[found.lastgroup]))
        at = found.end()
    return tokens[::-1]


def _product(tokens: list[tuple[str, str]], text: str) -> dict[str, int]:
    """Read factors up to the end or a closing parenthesis."""
    powers: dict[str, int] = {}
    sign = 1
    while tokens and tokens[-1] != ("mark", ")"):
        kind, token = tokens.pop()
        if kind == "mark" and token in "*/":
            sign = 1 if token == "*" else -1
            if not tokens:
                raise UnitError(f"{text!r} ends with {token!r}")
            continue
        factor = _factor_of(kind, token, tokens, text)
        exponent = 1
        if tokens and tokens[-1][0] == "exponent":
            exponent = int(tokens.pop()[1].lstrip("^*"))
        for symbol, power in factor.items():
            powers[symbol] = powers.get(symbol, 0) + sign * exponent * power
        sign = 1
    return powers


def _factor_of(kind: str, token: str, tokens: list[tuple[str, str]], text: str) -> dict[str, int]:
    """Read one symbol, parenthesis or the number 1."""
    if kind == "symbol":
        return _symbol(token)
    if token == "(":
        inner = _product(tokens, text)
        if not tokens:
            raise UnitError(f"{text!r} opens a parenthesis that it does not close")
        tokens.pop()
        return inner
    if token == "1":
        return {}
    raise UnitError(f"{text!r} is not a unit: {token!r} stands where a unit should")


def _symbol(token: str) -> dict[str, int]:
    """Return a symbol in its canonical spelling; a label weighs nothing."""
    if token in LABELS:
        return {}
    symbol = _SPELLED.get(token, token)
    if symbol in _DEFINED or symbol in CURRENCIES:
        return {symbol: 1}
    hint = did_you_mean(token, known_units())
    known = hint if hint.startswith("did") else "known are for instance EUR, ha, t, kg, %, yr, m"
    raise UnitError(f"{token!r} is no unit that we know; {known}")


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry:
    """Build the registry from nothing, so that C is no coulomb and EUR no guess."""
    import pint

    registry: pint.UnitRegistry = pint.UnitRegistry(None)
    for symbol, definition in _DEFINED.items():
        registry.define(f"{symbol} = {definition}")
    for currency in CURRENCIES:
        registry.define(f"{currency} = [currency_{currency}]")
    return registry


@lru_cache(maxsize=512)
def _factor(unit: Unit, wanted: Unit) -> float | None:
    """Return how many `wanted` one `unit` is; None if they measure different things.

    Cut to 15 digits, since products such as 1e-3 / 1e-2 ** 3 miss the whole number by the last.
    """
    import pint

    registry = _registry()
    have, want = (registry.Unit(registry.UnitsContainer(dict(one))) for one in (unit, wanted))
    try:
        return float(f"{registry.Quantity(1.0, have).m_as(want):.15g}")
    except pint.DimensionalityError:
        return None
