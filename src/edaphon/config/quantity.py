"""Quantities with units, as a config writes them: "85 EUR/ha", "30 %", "0-30 cm"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from edaphon.config.units import CURRENCIES, UnitError, check_unit, convert, currency_of

__all__ = ["Quantity", "QuantityError", "check_unit", "parse_depth", "parse_quantity"]

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_QUANTITY = re.compile(rf"({_NUMBER})\s*(.*)", re.DOTALL)
_DEPTH = re.compile(rf"(?:({_NUMBER})\s*(?:-|to)\s*)?({_NUMBER})\s*([^\s\d-].*)", re.DOTALL)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
"""What many countries write for thousands, and others for three decimals."""
_MULTIPLES = {
    "k": 1e3,
    "tsd": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "million": 1e6,
}
_MULTIPLE = re.compile(
    r"(k|tsd|thousand|mio|million|mn|m)\b\.?|([km])(?=[A-Z]{3}\b)", re.IGNORECASE
)
"""Words and letters before a currency that stand for thousands and millions."""
_KINDS = {
    "currency": "an amount of money",
    "currency/yr": "a payment per year",
    "currency/ha": "a cost per area",
    "currency/ha/yr": "a cost per area and year",
    "%": "a share",
    "degrees": "an angle",
    "ha": "an area",
    "m": "a length",
    "s": "a time",
    "yr": "a time in years",
    "g/cm3": "a bulk density",
}


class QuantityError(ValueError):
    """A quantity that cannot be read.

    Attributes
    ----------
    what : str
        What is wrong.
    hint : str
        What to write instead.
    """

    def __init__(self, what: str, hint: str) -> None:
        self.what, self.hint = what, hint
        super().__init__(f"{what}; {hint}" if hint else what)


@dataclass(frozen=True)
class Quantity:
    """A number with its unit, as written.

    Attributes
    ----------
    value : float
    unit : str
        "" = dimensionless.
    """

    value: float
    unit: str = ""

    def __str__(self) -> str:
        """Write it as a config does, "85 EUR/ha", so that reading it gives the same value."""
        number = repr(float(self.value)).removesuffix(".0")
        if _THOUSANDS.fullmatch(number):
            number += "0"
        return f"{number} {self.unit}".rstrip()

    def to(self, unit: str) -> float:
        """Return the number in another unit.

        Parameters
        ----------
        unit : str
            For instance "EUR/ha", "%" or "" (a plain number: 30 % is 0.3).

        Raises
        ------
        ValueError
            If the units do not measure the same thing; the message names both.
        """
        return self.value if self.unit == unit else convert(self.value, self.unit, unit)


def parse_quantity(value: object, default_unit: str = "", also: tuple[str, ...] = ()) -> Quantity:
    """Read "85 EUR/ha" or a bare number, which is then in `default_unit`.

    Parameters
    ----------
    value : str, int, float or Quantity
    default_unit : str
        Unit of a bare number, and what a written unit must be convertible to; "" takes any unit.
    also : tuple of str
        Further units that a written one may be convertible to.

    Returns
    -------
    Quantity
        In the unit as written.

    Raises
    ------
    QuantityError
        A sentence with what to write instead: no number, several numbers, a unit that is not
        known or measures something else, another currency, not finite.
    """
    quantity = _read(value, default_unit)
    if not math.isfinite(quantity.value):
        raise _unreadable(value, "", default_unit)
    if default_unit:
        _check_kind(quantity, value, (default_unit, *also))
    return quantity


def parse_depth(text: object) -> tuple[float, float]:
    """Read a depth interval below the surface.

    Parameters
    ----------
    text : str
        "0-30 cm", "0 to 0.3 m", or "30 cm" for 0-30 cm.

    Returns
    -------
    top, bottom : float
        In cm, 0 <= top < bottom.

    Raises
    ------
    QuantityError
        If it is no interval, its unit is no length, or it is upside down.
    """
    hint = "write it as 0-30 cm"
    found = (
        _DEPTH.fullmatch(text.replace("\N{EN DASH}", "-").strip())
        if isinstance(text, str)
        else None
    )
    if found is None:
        raise QuantityError(f"cannot read {text!r} as a depth", hint)
    try:
        top, bottom = (convert(float(end or 0.0), found[3], "cm") for end in found.groups()[:2])
    except UnitError as error:
        raise QuantityError(f"cannot read {text!r} as a depth: {error}", hint) from error
    if not 0.0 <= top < bottom:
        raise QuantityError(f"the depth {text!r} does not run downward from the surface", hint)
    return top, bottom


def _read(value: object, default_unit: str) -> Quantity:
    """Split a value into number and unit, both still unchecked."""
    if isinstance(value, Quantity):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        if default_unit == "%" and 0 < abs(value) < 1:
            both = f"{100 * value:g} % or {value:g} %"
            raise QuantityError(f"{value!r} may mean {both}", f"write {both}")
        return Quantity(float(value), default_unit)
    if not isinstance(value, str):
        raise _unreadable(value, "", default_unit)
    found = _QUANTITY.fullmatch(value.strip().replace("\N{MINUS SIGN}", "-"))
    if found is None:
        raise _unreadable(value, "", default_unit)
    number, unit = found[1], found[2].strip()
    if re.match(r"[\d.,'_]|[/x]\d", unit):
        raise QuantityError(
            f"cannot read the number in {value!r}",
            "write digits with a point for decimals, without thousands separators, "
            f"as 1234.5 {default_unit}".rstrip(),
        )
    try:
        check_unit(unit)
    except UnitError as error:
        raise _unreadable(
            value, _in_full(number, unit, default_unit), default_unit, error
        ) from error
    if _THOUSANDS.fullmatch(number) and currency_of(unit or default_unit):
        whole, few = number.replace(".", ""), f"{float(number):g}"
        shown = unit or default_unit
        raise QuantityError(
            f"{value!r} may mean {whole} or {few}", f"write {whole} {shown} or {few} {shown}"
        )
    return Quantity(float(number), " ".join(unit.split()) or default_unit)


def _check_kind(quantity: Quantity, value: object, units: tuple[str, ...]) -> None:
    """Raise unless the quantity can be converted to one of the units."""
    for unit in units:
        try:
            quantity.to(unit)
        except UnitError:
            continue
        return
    number = repr(quantity.value).removesuffix(".0")
    used, wanted = currency_of(quantity.unit), currency_of(units[0])
    if used and wanted and used != wanted:
        what = f"{str(value)!r} is in {used}, but the currency of this config is {wanted}"
        raise QuantityError(what, f"there is one currency per config: convert it to {wanted}")
    raise _unreadable(value, number, units[0])


def _unreadable(
    value: object, number: str, unit: str, because: UnitError | None = None
) -> QuantityError:
    """Say what was expected and show it with the number that was written."""
    shown = repr(value) if value is not None else "nothing"
    what = f"cannot read {shown} as {_kind(unit)}"
    if not unit and because is not None:
        return QuantityError(f"{what}: {because}", "")
    return QuantityError(
        what, f"write {number} {unit}" if number else f"write it as 10 {unit or 't'}"
    )


def _in_full(number: str, unit: str, default_unit: str) -> str:
    """Write an amount of money without the word for thousands or millions that its unit holds."""
    found = _MULTIPLE.match(unit)
    if found is None or not currency_of(default_unit):
        return number
    return f"{float(number) * _MULTIPLES[(found[1] or found[2]).lower()]:.15g}"


def _kind(unit: str) -> str:
    """Return what a unit measures, in words."""
    code = currency_of(unit)
    general = unit.replace(code, "currency") if code in CURRENCIES else unit
    return _KINDS.get(general, f"a quantity in {unit}" if unit else "a quantity")
