"""The indicator registry, and the check that values are in the unit that is declared."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from edaphon.config.quantity import Quantity
from edaphon.config.suggest import did_you_mean
from edaphon.data.delimited import numeric_column
from edaphon.errors import Finding

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

NO_CHECK = "none"
TYPICAL_BULK_DENSITY = 1.3
"""g/cm3 of mineral topsoil, for the figure in a message where the table has none (judgement)."""
_TOPSOIL_CM = 30.0
_DESERT_LATITUDE = 35.0
Better = Literal["higher", "lower", "optimum", "neither"]
_POWERS = (10.0, 0.1, 100.0, 0.01, 1000.0, 0.001)


@dataclass(frozen=True)
class Indicator:
    """One row of the registry.

    Attributes
    ----------
    name, title : str
    group : str
        carbon, texture, physics, water, chemistry, nutrients, life, metals, function, production.
    unit : str
        Canonical unit, in which the ranges are given.
    units : tuple of str
        Units in which people report it.
    possible : (float, float)
        Outside, a value is physically impossible.
    plausible : (float, float)
        Where the median of a data set nearly always lies.
    better : {"higher", "lower", "optimum", "neither"}
        What is better for soil and its functions, as far as one direction can say.
    tier : {1, 2, 3}
        Who can measure it: 1 any laboratory or a field kit, 2 a specialized laboratory, 3 a
        sequencing or research laboratory (judgement; not the tiers of any monitoring program).
    aliases : tuple of str
        Column names.
    source : str
        Where the ranges come from.
    """

    name: str
    title: str
    group: str
    unit: str
    units: tuple[str, ...]
    possible: tuple[float, float]
    plausible: tuple[float, float]
    better: Better
    tier: int
    aliases: tuple[str, ...]
    source: str


@lru_cache(maxsize=1)
def indicators() -> dict[str, Indicator]:
    """Return the registry by name, read from the package's indicators.csv."""
    text = files("edaphon.data").joinpath("indicators.csv").read_text(encoding="utf-8")
    return {row["name"]: _indicator(row) for row in csv.DictReader(text.splitlines())}


def _indicator(row: dict[str, str]) -> Indicator:
    return Indicator(
        name=row["name"],
        title=row["title"],
        group=row["group"],
        unit=row["unit"],
        units=tuple(row["units"].split("|")),
        possible=(float(row["possible_low"]), float(row["possible_high"])),
        plausible=(float(row["plausible_low"]), float(row["plausible_high"])),
        better=cast(Better, row["better"]),
        tier=int(row["tier"]),
        aliases=tuple(row["aliases"].split("|")),
        source=row["source"],
    )


def plain(name: str) -> str:
    """Letters and digits of a name in lower case, by which names are compared."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def indicator_of(*names: str) -> Indicator | None:
    """Return the indicator that the first matching name stands for, None if none does.

    Parameters
    ----------
    *names : str
        The config's ``indicator``, then the response column, then the surrogate's name; letter
        case and punctuation do not count. The name "none" stops the search: no indicator.
    """
    for name in names:
        if plain(name) == NO_CHECK:
            return None
        for indicator in indicators().values():
            if plain(name) in {plain(known) for known in (indicator.name, *indicator.aliases)}:
                return indicator
    return None


def better_of(*names: str) -> Literal["higher", "lower", ""]:
    """Say whether more or less of a feature is better, by its indicator.

    Parameters
    ----------
    *names : str
        As for `indicator_of`.

    Returns
    -------
    {"higher", "lower", ""}
        "" where no indicator matches, or its best value lies in between or does not exist (pH,
        clay): then only the planner can say.
    """
    found = indicator_of(*names)
    if found is None or found.better in ("optimum", "neither"):
        return ""
    return "higher" if found.better == "higher" else "lower"


def check_indicator(name: str, where: str) -> tuple[Finding, ...]:
    """Return an error with "did you mean" if the config names an indicator that is not known."""
    if not name or plain(name) == NO_CHECK or indicator_of(name):
        return ()
    what = f"'{name}' is no indicator that we know"
    hint = f"{did_you_mean(name, indicators())}; or write indicator: none"
    return (Finding(where, what, hint),)


def unit_in_name(column: str, indicator: Indicator) -> str:
    """Return the unit that a column's name ends with, as g/kg for clay_g_kg; "" if none.

    Parameters
    ----------
    column : str
    indicator : Indicator
        Whose units may stand there; % is also written pct or percent.
    """
    words = {plain(unit): unit for unit in indicator.units if plain(unit)}
    words |= dict.fromkeys(("pct", "percent"), "%") if "%" in indicator.units else {}
    ends = [word for word in words if plain(column).endswith(word) and plain(column) != word]
    return words[max(ends, key=len)] if ends else ""


def unit_factor(unit: str, canonical: str) -> float | None:
    """How many `canonical` one `unit` is; None if they do not measure the same thing."""
    if unit.strip().casefold() == canonical.casefold():
        return 1.0
    try:
        return Quantity(1.0, unit).to(canonical)
    except ValueError:
        return None


def check_units(
    response: NDArray[np.float64],
    unit: str,
    indicator: Indicator,
    *,
    table: pd.DataFrame,
    latitude: NDArray[np.float64],
    column: str,
    where: str,
    depth_cm: float = _TOPSOIL_CM,
    skip: str = "if they are right, write indicator: none to switch this check off.",
) -> tuple[Finding, ...]:
    """Say where values look as if they were in another unit than the one declared.

    The median of the samples is compared with the range in which the medians of data sets lie. If
    it lies outside and another unit of the indicator, or a power of ten up to a thousand, brings
    it inside, that is a finding with both figures. Legitimate data may lie outside too (deserts,
    subsoils, peat), so it is a warning, and an error only for organic carbon and its stock that
    look too low by at least eightfold where no desert explains it: topsoil (down to 30 cm) beyond
    35 degrees of latitude, or a stock that the table's own columns reproduce with the
    concentration taken as g/kg although the median would then be implausible. Who knows better
    writes ``indicator: none``.

    Parameters
    ----------
    response : float64 array, shape (n,)
        Finite values in `unit`.
    unit : str
    indicator : Indicator
    table : DataFrame
        All columns of the samples' file, n rows, from which bulk density, coarse fragments and
        organic carbon are found by their aliases.
    latitude : float64 array, shape (n,)
        Degrees.
    column : str
        Name of the response.
    where : str
        Place in the config.
    depth_cm : float
        Lower end of the layer, cm.
    skip : str
        What to do if the values are right.

    Returns
    -------
    tuple of Finding
        At most one.
    """
    factor = unit_factor(unit, indicator.unit)
    if factor is None or not len(response):
        return ()
    median = float(np.median(response))
    low, high = indicator.plausible
    if low <= median * factor <= high:
        return ()
    times, other = _better_unit(median, factor, indicator)
    if times == 1.0:
        return ()
    what = f"the values of {column} look {_fold(times)} as {unit}: median {median:.3g} {unit}"
    if unit_factor(unit, indicator.unit) != 1.0:
        what += f" = {median * factor:.3g} {indicator.unit}"
    columns = _stock_columns(table)
    rebuilt = _rebuilt_stock(response, columns, factor) if indicator.name == "soc_stock" else ""
    if indicator.name == "soc":
        what += _stock_figures(median * factor, times, columns, depth_cm, other=other)
    else:
        what += f"; {_fold_up(times)} {median * factor * times:.3g} {indicator.unit}"
    what += f" (medians of data sets lie between {low:g} and {high:g} {indicator.unit}){rebuilt}"
    temperate = float(np.nanmedian(np.abs(latitude))) > _DESERT_LATITUDE
    certain = times >= 8 and (bool(rebuilt) or (temperate and depth_cm <= _TOPSOIL_CM))
    strong = certain and indicator.name in ("soc", "soc_stock")
    return (Finding(where, what, _hint(indicator, other, skip), "error" if strong else "warning"),)


def _better_unit(median: float, factor: float, indicator: Indicator) -> tuple[float, str]:
    """Return the factor that makes the median plausible, and the unit that does it ("" = none)."""
    low, high = indicator.plausible
    for other in indicator.units:
        alternative = unit_factor(other, indicator.unit)
        if alternative and low <= median * alternative <= high:
            return alternative / factor, other
    for power in _POWERS:
        if low <= median * factor * power <= high:
            return power, ""
    return 1.0, ""


def _fold(times: float) -> str:
    words = {10: "tenfold", 100: "a hundredfold", 1000: "a thousandfold"}
    size = times if times > 1 else 1 / times
    return f"{words.get(round(size), f'{size:.3g} times')} too {'low' if times > 1 else 'high'}"


@dataclass(frozen=True)
class _Column:
    name: str
    values: NDArray[np.float64]


def _stock_columns(table: pd.DataFrame) -> dict[str, _Column]:
    """Return the columns soc, bulk_density and coarse of a table, as far as it has them."""
    found: dict[str, _Column] = {}
    for column in map(str, table.columns):
        indicator = indicator_of(column)
        if indicator and indicator.name in ("soc", "bulk_density", "coarse"):
            values, _ = numeric_column(table, column, "")
            found.setdefault(indicator.name, _Column(column, values))
    return found


def _median(columns: dict[str, _Column], name: str, default: float) -> float:
    values = columns[name].values if name in columns else np.array([default])
    return float(np.nanmedian(values)) if np.isfinite(values).any() else default


def _rebuilt_stock(
    response: NDArray[np.float64], columns: dict[str, _Column], factor: float
) -> str:
    """Say how the table's own columns give the stock, if they do; response x factor is t/ha."""
    if "soc" not in columns or "bulk_density" not in columns:
        return ""
    carbon, density = columns["soc"], columns["bulk_density"]
    coarse = columns.get("coarse", _Column("", np.zeros(len(response))))
    rebuilt = carbon.values * 0.3 * density.values * (1 - coarse.values / 100)
    same = np.isclose(rebuilt, response * factor / 10, rtol=1e-3)
    if same.mean() < 0.9:
        return ""
    soc, less = carbon.name, f" x (1 - {coarse.name}/100)" if coarse.name else ""
    median = float(np.nanmedian(rebuilt))
    return (
        f". In {same.sum():,} of {len(same):,} rows it equals {soc} x 0.3 x {density.name}{less} "
        f"with {soc} taken as g/kg: median {median:.3g} kg/m2 = {median * 10:.3g} t/ha; with "
        f"{soc} in % the same formula gives {median * 10:.3g} kg/m2 = {median * 100:.3g} t/ha"
    )


def _stock_figures(
    median: float, times: float, columns: dict[str, _Column], depth_cm: float, *, other: str
) -> str:
    """Return the formula of the stock with the figure as declared and the plausible one."""
    density = _median(columns, "bulk_density", TYPICAL_BULK_DENSITY)
    coarse = _median(columns, "coarse", 0.0) / 100
    stock = median * density * depth_cm * (1 - coarse)
    instead = f"in {other} it would be" if other else _fold_up(times)
    return (
        f", a stock of SOC x bulk density x depth x (1 - coarse) = {median:.3g} % x {density:.3g} "
        f"g/cm3 x {depth_cm:g} cm x (1 - {coarse:.2g}) = {stock:.3g} t/ha; {instead} "
        f"{median * times:.3g} % and {stock * times:.3g} t/ha"
    )


def _fold_up(times: float) -> str:
    return f"{times:.3g} times that would be" if times > 1 else f"1/{1 / times:.3g} of it would be"


def _hint(indicator: Indicator, other: str, skip: str) -> str:
    if other:
        return f'If the values are {other}, write unit: "{other}"; {skip}'
    if indicator.name == "soc_stock":
        return (
            "Correct the column, or learn the concentration in its true unit and let "
            f"features: {{soc_stock: {{from: ..., depth: 0-30 cm}}}} make the stock; {skip}"
        )
    return f"Correct the column or its unit; {skip}"


def impossible(values: NDArray[np.float64], unit: str, indicator: Indicator) -> NDArray[np.bool_]:
    """Which values lie outside the possible range of their indicator, shape (n,)."""
    factor = unit_factor(unit, indicator.unit) or 1.0
    low, high = indicator.possible
    return (values * factor < low) | (values * factor > high)
