"""Soil quantities that a landscape's own columns give: one call, by name.

Inputs go by the names of the indicator registry and in its canonical units. A row whose inputs are
missing or outside the range of a formula becomes nan, with a warning that says how many and where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.data.messages import counted, name_some
from edaphon.errors import DataError, Finding
from edaphon.soil.contamination import SLUDGE_LIMITS_MG_KG, Exceedance, exceedance
from edaphon.soil.stocks import (
    MAX_SOC_PERCENT,
    ORGANIC_MATTER_PER_CARBON,
    SOC_CLAY_CLASSES,
    bulk_density_from_soc,
    carbon_saturation,
    soc_clay_class,
    soc_clay_ratio,
    soc_stock,
)
from edaphon.soil.texture import (
    TEXTURE_CLASSES,
    TEXTURE_GROUPS,
    texture_class,
    texture_group,
)
from edaphon.soil.water import (
    MAX_CLAY_PERCENT,
    MAX_ORGANIC_MATTER_PERCENT,
    available_water,
    available_water_slope,
    saxton_rawls_moisture,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Columns = Mapping[str, "NDArray[np.float64]"]
Limits = Literal["upper", "lower"]
_PERCENT = (0.0, 100.0)
_TEXTURE = {"sand": _PERCENT, "clay": _PERCENT}
_WATER = {
    "sand": _PERCENT,
    "clay": (0.0, MAX_CLAY_PERCENT),
    "soc": (0.0, MAX_ORGANIC_MATTER_PERCENT / ORGANIC_MATTER_PER_CARBON),
}
_CLAYEY = {"soc": (0.0, MAX_SOC_PERCENT), "clay": (np.nextafter(0.0, 1.0), 100.0)}


@dataclass(frozen=True)
class Layer:
    """What a quantity is asked for: a thickness of soil, and which limits of metals."""

    depth_cm: float
    limits: Limits


@dataclass(frozen=True)
class Recipe:
    """How one quantity is made.

    Attributes
    ----------
    title, unit : str
    needs : mapping of str to (float, float)
        Indicators that must be there, with the range in which the formula holds.
    may_use : mapping of str to (float, float)
        Indicators that are used where they are there.
    better : {"higher", "lower", "neither"}
    make : callable
        From columns (rows inside all ranges) and the layer to values.
    labels : tuple of str
        Words for the values where these are codes.
    """

    title: str
    unit: str
    needs: Mapping[str, tuple[float, float]]
    may_use: Mapping[str, tuple[float, float]]
    better: Literal["higher", "lower", "neither"]
    make: Callable[[Columns, Layer], ArrayLike]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Derived:
    """One quantity for every row.

    Attributes
    ----------
    name, title, unit : str
    better : {"higher", "lower", "neither"}
    values : float64 array, shape (n,)
        nan where an input is missing or out of range.
    findings : tuple of Finding
    labels : tuple of str
        Words for the values where these are codes.
    parts : dict of str to array, shape (n,)
        For exceedance: exceedance_ratio (the values), exceeded (how many metals exceed their
        limit), exceeded_metals (their names, None where unknown), and the ratio of each metal,
        as exceedance_zinc.
    """

    name: str
    title: str
    unit: str
    better: Literal["higher", "lower", "neither"]
    values: NDArray[np.float64]
    findings: tuple[Finding, ...]
    labels: tuple[str, ...] = ()
    parts: dict[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """What a table gains, each of shape (n,): words for codes, None where unknown."""
        if self.parts:
            return self.parts
        if not self.labels:
            return {self.name: self.values}
        words = np.full(len(self.values), None, dtype=object)
        known = np.isfinite(self.values)
        words[known] = np.array(self.labels, dtype=object)[self.values[known].astype(np.intp)]
        return {self.name: words}


def _moisture(columns: Columns) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    matter = columns["soc"] * ORGANIC_MATTER_PER_CARBON
    return saxton_rawls_moisture(columns["sand"], columns["clay"], matter)


def _awc(columns: Columns, layer: Layer) -> ArrayLike:
    dry, moist = _moisture(columns)
    return available_water(moist, dry, layer.depth_cm, _coarse(columns))


def _coarse(columns: Columns) -> NDArray[np.float64]:
    return columns["coarse"] / 100.0 if "coarse" in columns else np.zeros(1)


def _stock(columns: Columns, layer: Layer) -> ArrayLike:
    density = columns.get("bulk_density", bulk_density_from_soc(columns["soc"]))
    return soc_stock(columns["soc"], density, layer.depth_cm, _coarse(columns))


def _metals(columns: Columns, limits: Limits, source: str = "metals") -> Exceedance:
    given = {name: columns[name] for name in SLUDGE_LIMITS_MG_KG if name in columns}
    return exceedance(given, columns.get("ph"), limits=limits, source=source)


_STONES = {"coarse": _PERCENT}
_METALS = {**dict.fromkeys(SLUDGE_LIMITS_MG_KG, (0.0, 1e6)), "ph": (1.5, 12.0)}
DERIVED: dict[str, Recipe] = {
    "texture_class": Recipe(
        "USDA texture class, code", "1", _TEXTURE, {}, "neither",
        lambda c, _: texture_class(c["sand"], c["clay"]), TEXTURE_CLASSES,
    ),
    "texture_group": Recipe(
        "Texture group: 0 coarse, 1 medium, 2 fine", "1", _TEXTURE, {}, "neither",
        lambda c, _: texture_group(c["sand"], c["clay"]), TEXTURE_GROUPS,
    ),
    "soc_stock": Recipe(
        "Organic carbon stock", "t/ha", {"soc": (0.0, MAX_SOC_PERCENT)},
        {"bulk_density": (0.02, 2.65), **_STONES}, "higher", _stock,
    ),
    "soc_clay_ratio": Recipe(
        "Organic carbon per clay", "1", _CLAYEY, {}, "higher",
        lambda c, _: soc_clay_ratio(c["soc"], c["clay"]),
    ),
    "soc_clay_class": Recipe(
        "Structure by SOC:clay: 0 degraded, 1 moderate, 2 good, 3 very good", "1", _CLAYEY, {},
        "higher", lambda c, _: soc_clay_class(c["soc"], c["clay"]), SOC_CLAY_CLASSES,
    ),
    "carbon_deficit": Recipe(
        "Organic carbon that clay and fine silt could still hold", "%",
        {"soc": (0.0, MAX_SOC_PERCENT), "fine": _PERCENT}, {}, "lower",
        lambda c, _: carbon_saturation(c["fine"]) - c["soc"],
    ),
    "field_capacity": Recipe(
        "Water content at 33 kPa (Saxton-Rawls)", "%", _WATER, {}, "higher",
        lambda c, _: 100.0 * _moisture(c)[1],
    ),
    "wilting_point": Recipe(
        "Water content at 1,500 kPa (Saxton-Rawls)", "%", _WATER, {}, "neither",
        lambda c, _: 100.0 * _moisture(c)[0],
    ),
    "awc": Recipe(
        "Available water capacity (Saxton-Rawls)", "mm", _WATER, _STONES, "higher", _awc
    ),
    "awc_per_soc": Recipe(
        "Gain of available water per 1 % of organic carbon, mm per 100 mm of soil", "mm", _WATER,
        {}, "higher", lambda c, _: available_water_slope(c["sand"], c["clay"], c["soc"]),
    ),
    "exceedance": Recipe(
        "Largest concentration of a metal by its limit", "1", {}, _METALS, "lower",
        lambda c, layer: _metals(c, layer.limits).worst,
    ),
}  # fmt: skip
"""Everything that `derive` makes, by name."""


def derive(
    name: str,
    columns: Mapping[str, ArrayLike],
    *,
    depth_cm: float = 30.0,
    limits: Limits = "upper",
    rows: ArrayLike | None = None,
    where: str = "landscape",
) -> Derived:
    """Make one quantity from columns.

    Parameters
    ----------
    name : str
        Key of `DERIVED`.
    columns : mapping of str to array_like, shape (n,)
        By name of the indicator registry, in its canonical unit (`soc`, `sand`, `clay`, `coarse`,
        metals ...; `fine` is the share of particles below 20 micrometers in %). Others are ignored;
        an optional column is used as it is, so a row that lacks it becomes nan (`ph` excepted).
    depth_cm : float
        Thickness of the layer, for stocks and available water.
    limits : {"upper", "lower"}
        Which end of the directive's ranges metals are compared with.
    rows : array_like, shape (n,), optional
        Names of the rows for the findings; positions from 1 if not given.
    where : str
        Place in the config or file, for the findings.

    Returns
    -------
    Derived

    Raises
    ------
    DataError
        If there is no such quantity, a needed column is missing, or no row can be computed.
    ValueError
        If columns differ in length or the depth is not above 0.
    """
    if name not in DERIVED:
        what = f"no soil quantity is called '{name}'"
        raise DataError(Finding(where, what, did_you_mean(name, DERIVED)))
    recipe = DERIVED[name]
    ranges = _used(name, recipe, columns, where)
    table = {key: np.asarray(columns[key], dtype=np.float64) for key in ranges}
    shapes = {column.shape for column in table.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1:
        raise ValueError(f"columns differ in shape or are no columns: {sorted(shapes)}")
    if not depth_cm > 0:
        raise ValueError(f"depth_cm must be above 0, got {depth_cm}")
    good, findings = _sound(name, table, ranges, rows, where)
    sound = {key: column[good] for key, column in table.items()}
    values = np.full(len(good), np.nan)
    values[good] = recipe.make(sound, Layer(depth_cm, limits))
    parts: dict[str, NDArray[Any]] = {}
    if name == "exceedance":
        metals = _metals(sound, limits, where)
        findings += metals.findings
        parts = _exceedance_columns(metals, good)
    return Derived(
        name, recipe.title, recipe.unit, recipe.better, values, findings, recipe.labels, parts
    )


def _exceedance_columns(metals: Exceedance, good: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
    """Lay what is known of the metals into columns of all rows."""

    def spread(values: ArrayLike) -> NDArray[np.float64]:
        column = np.full(len(good), np.nan)
        column[good] = values
        return column

    names = np.full(len(good), None, dtype=object)
    over = metals.ratio > 1
    names[good] = [", ".join(np.array(metals.metals)[row]) for row in over]
    return {
        "exceedance_ratio": spread(metals.worst),
        "exceeded": spread(metals.count),
        "exceeded_metals": names,
        **{
            f"exceedance_{metal}": spread(ratio)
            for metal, ratio in zip(metals.metals, metals.ratio.T, strict=True)
        },
    }


def _used(
    name: str, recipe: Recipe, columns: Mapping[str, ArrayLike], where: str
) -> dict[str, tuple[float, float]]:
    """Return the inputs that there are, with their ranges, or say what is missing."""
    missing = [key for key in recipe.needs if key not in columns]
    ranges = {**recipe.needs, **{k: v for k, v in recipe.may_use.items() if k in columns}}
    if not missing and set(ranges) - {"ph"}:
        return ranges
    lacking = " and ".join(missing) or f"one of {', '.join(sorted(set(recipe.may_use) - {'ph'}))}"
    what = f"{name} needs {lacking}"
    raise DataError(Finding(where, what, f"There are {', '.join(columns) or 'no columns'}."))


def _sound(
    name: str,
    table: Columns,
    ranges: Mapping[str, tuple[float, float]],
    rows: ArrayLike | None,
    where: str,
) -> tuple[NDArray[np.bool_], tuple[Finding, ...]]:
    """Return which rows can be computed, and why the others cannot."""
    n = len(next(iter(table.values())))
    label = np.arange(1, n + 1).astype(str) if rows is None else np.asarray(rows).astype(str)
    good, findings = np.ones(n, dtype=bool), list[Finding]()
    faults = {}
    for key, (low, high) in ranges.items():
        absent = np.isnan(table[key])
        if key != "ph":
            faults[f"{key} is missing"] = absent
        low_text = "above 0" if 0 < low < 1e-300 else f"from {low:.4g}"
        outside = ~absent & ~((table[key] >= low) & (table[key] <= high))
        faults[f"{key} is not {low_text} to {high:.4g}"] = outside
    if "sand" in table and "clay" in table:
        over = table["sand"] + table["clay"] > 100.0 + 1e-9
        faults["sand and clay exceed 100 %"] = over
    for fault, bad in faults.items():
        if bad.any():
            some = f"{counted(bad.sum(), 'row')}: {fault} ({name_some(label[bad])})"
            what = f"{name} is unknown in {some}"
            findings.append(Finding(where, what, "Its formula does not hold there.", "warning"))
            good &= ~bad
    if not good.any():
        what = f"{name} cannot be computed in any of {counted(n, 'row')}"
        raise DataError((Finding(where, what, "Check columns and units."), *findings))
    return good, tuple(findings)
