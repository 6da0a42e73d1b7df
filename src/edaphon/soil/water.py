"""Water that soil holds for plants, from texture and organic matter. Elementwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.soil.ranges import inside, sand_and_clay
from edaphon.soil.stocks import ORGANIC_MATTER_PER_CARBON, PARTICLE_DENSITY_G_CM3

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MAX_CLAY_PERCENT = 60.0
"""Saxton & Rawls left out soils with more clay when they fitted (from memory, not verified)."""

MAX_ORGANIC_MATTER_PERCENT = 8.0
"""Saxton & Rawls left out soils with more organic matter (from memory, not verified)."""

MEASURED_SLOPE_IN_CLAY = 0.0
"""mm of available water per 100 mm of soil and 1 % of organic carbon that measurements find in
clays: "almost negligible" (Minasny & McBratney 2018, European Journal of Soil Science 69, 39-47, in
the authors' summary; in sands the response is the largest, 1.5 to 2.0 on average over soils)."""

LOWEST_WILTING_POINT = 0.01
"""cm3/cm3 (judgement); see `saxton_rawls_moisture`."""

FIELD_CAPACITY_KPA, WILTING_POINT_KPA = 33.0, 1500.0
"""Suctions at which Saxton & Rawls (2006) define them."""
_CM_PER_KPA = 1.0 / 0.0980665  # of water at 1 g/cm3 under standard gravity, 9.80665 m/s2


@dataclass(frozen=True)
class WaterRetention:
    """What texture and organic matter say about water, each an array of one shape.

    Attributes
    ----------
    wilting_point, field_capacity, saturation : float64 arrays
        Volumetric water content at 1,500 kPa, 33 kPa and 0 kPa, cm3/cm3 of fine earth.
    bulk_density : float64 array
        g/cm3 that goes with the saturation at a particle density of 2.65 g/cm3.
    conductivity : float64 array
        Saturated hydraulic conductivity, mm/h.
    """

    wilting_point: NDArray[np.float64]
    field_capacity: NDArray[np.float64]
    saturation: NDArray[np.float64]
    bulk_density: NDArray[np.float64]
    conductivity: NDArray[np.float64]


def saxton_rawls(
    sand_percent: ArrayLike, clay_percent: ArrayLike, organic_matter_percent: ArrayLike
) -> WaterRetention:
    """Return wilting point, field capacity, saturation and conductivity.

    Parameters
    ----------
    sand_percent : array_like
        Particles of 50 to 2,000 micrometers in % by mass, 0 to 100.
    clay_percent : array_like
        Particles below 2 micrometers in % by mass, 0 to 60.
    organic_matter_percent : array_like
        Organic matter (1.724 x organic carbon) in % by mass, 0 to 8.

    Returns
    -------
    WaterRetention

    Raises
    ------
    ValueError
        If a value is not finite or outside its range, sand and clay exceed 100 %, or the equations
        leave no pores that drain (clays with over 57 % clay and 4 % organic matter).

    Notes
    -----
    Saxton & Rawls (2006), Soil Science Society of America Journal 70, 1569-1578, table 1: equations
    1 (1,500 kPa), 2 (33 kPa), 3 and 5 (saturation), 6 (density), 15 and 16 (conductivity), for
    normal density without gravel and salt. Sand and clay enter as fractions, organic matter in %.
    The coefficient of the square in equation 2 is 1.283; codes that write 1.238 are off by up to
    0.7 % of the volume. With 1.283 the paper's table 3 is met (field capacity, wilting point and
    conductivity of ten classes, read in a second source).
    """
    dry, moist = saxton_rawls_moisture(sand_percent, clay_percent, organic_matter_percent)
    s, c, om = _fractions(sand_percent, clay_percent, organic_matter_percent)
    t = 0.278 * s + 0.034 * c + 0.022 * om
    t = t - 0.018 * s * om - 0.027 * c * om - 0.584 * s * c + 0.078
    full = moist + (t + 0.636 * t - 0.107) - 0.097 * s + 0.043
    bad = full <= moist
    if bad.any():
        count = int(bad.sum())
        raise ValueError(
            f"the equations leave no pores between field capacity and saturation at sand "
            f"{100 * s[bad].flat[0]:g} %, clay {100 * c[bad].flat[0]:g} %, organic matter "
            f"{om[bad].flat[0]:g} %" + (f" ({count} soils)" if count > 1 else "")
        )
    slope = np.log(moist / dry) / np.log(WILTING_POINT_KPA / FIELD_CAPACITY_KPA)
    conductivity = 1930.0 * (full - moist) ** (3.0 - slope)
    return WaterRetention(dry, moist, full, PARTICLE_DENSITY_G_CM3 * (1.0 - full), conductivity)


def saxton_rawls_moisture(
    sand_percent: ArrayLike, clay_percent: ArrayLike, organic_matter_percent: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return wilting point and field capacity alone, which exist in the whole range.

    Parameters
    ----------
    sand_percent, clay_percent, organic_matter_percent : array_like
        As for `saxton_rawls`.

    Returns
    -------
    wilting_point, field_capacity : float64 arrays
        Volumetric water content, cm3/cm3 of fine earth. The wilting point is at least 0.01: the
        equation falls below it, and below 0, in sands with at most 3 % clay and little organic
        matter.

    Raises
    ------
    ValueError
        If a value is not finite or outside its range.

    Notes
    -----
    Saxton & Rawls (2006), equations 1 and 2.
    """
    s, c, om = _fractions(sand_percent, clay_percent, organic_matter_percent)
    t = -0.024 * s + 0.487 * c + 0.006 * om
    t = t + 0.005 * s * om - 0.013 * c * om + 0.068 * s * c + 0.031
    dry = np.maximum(t + (0.14 * t - 0.02), LOWEST_WILTING_POINT)
    t = -0.251 * s + 0.195 * c + 0.011 * om
    t = t + 0.006 * s * om - 0.027 * c * om + 0.452 * s * c + 0.299
    return dry, t + (1.283 * t**2 - 0.374 * t - 0.015)


def _fractions(
    sand_percent: ArrayLike, clay_percent: ArrayLike, organic_matter_percent: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return sand and clay as fractions and organic matter in %, checked and broadcast."""
    sand, clay = sand_and_clay(sand_percent, clay_percent, MAX_CLAY_PERCENT)
    matter = inside(
        "organic_matter_percent", organic_matter_percent, 0.0, MAX_ORGANIC_MATTER_PERCENT, "%"
    )
    s, c, om = np.broadcast_arrays(sand / 100.0, clay / 100.0, matter)
    return s, c, om


def available_water(
    field_capacity: ArrayLike,
    wilting_point: ArrayLike,
    depth_cm: ArrayLike,
    coarse_fraction: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """Return the water that plants can take up, between field capacity and wilting point.

    Parameters
    ----------
    field_capacity, wilting_point : array_like
        Volumetric water contents of the fine earth, 0 to 1.
    depth_cm : array_like
        Thickness of the layer in cm, above 0 and up to 1,000.
    coarse_fraction : array_like
        Share of the volume in fragments above 2 mm, 0 to 1, taken to hold no water.

    Returns
    -------
    float64 array
        mm.

    Raises
    ------
    ValueError
        If a value is not finite or outside its range, or a wilting point lies above its field
        capacity.
    """
    moist = inside("field_capacity", field_capacity, 0.0, 1.0, "cm3/cm3")
    dry = inside("wilting_point", wilting_point, 0.0, 1.0, "cm3/cm3")
    depth = inside("depth_cm", depth_cm, 0.0, 1000.0, "cm", above=True)
    coarse = inside("coarse_fraction", coarse_fraction, 0.0, 1.0, "of the volume")
    between = inside("field_capacity - wilting_point", moist - dry, 0.0, 1.0, "cm3/cm3")
    return np.asarray(between * 10.0 * depth * (1.0 - coarse), dtype=np.float64)


def available_water_change(
    sand_percent: ArrayLike,
    clay_percent: ArrayLike,
    soc_before_percent: ArrayLike,
    soc_after_percent: ArrayLike,
    *,
    floor: float = MEASURED_SLOPE_IN_CLAY,
) -> NDArray[np.float64]:
    """Return the change of available water that comes with a change of organic carbon.

    The slope is that of `saxton_rawls`, but nowhere below `floor`: in clays the equations take
    available water away as carbon rises (0.4 mm per 100 mm and 1 % carbon at 50 % clay), which
    measurements do not show.

    Parameters
    ----------
    sand_percent, clay_percent : array_like
        % by mass; 0 to 100 and 0 to 60.
    soc_before_percent, soc_after_percent : array_like
        Organic carbon in % by mass, 0 to 4.64 (8 % organic matter).
    floor : float
        mm per 100 mm of soil and 1 % of organic carbon.

    Returns
    -------
    float64 array
        mm per 100 mm of fine earth, in the broadcast shape. Changes add up: from a to b and from b
        to c makes from a to c.

    Raises
    ------
    ValueError
        If a value is not finite or outside its range.

    Notes
    -----
    Saxton & Rawls (2006), equations 1 and 2, whose difference has a slope that rises with organic
    matter. Hudson (1994, Journal of Soil and Water Conservation 49, 189-194) measured steep
    responses in three texture groups; Minasny & McBratney (2018, European Journal of Soil Science
    69, 39-47), from 60 studies and more than 50,000 measurements, 1.5 to 2.0 mm per 100 mm and 1 %
    carbon on average, more in sands, almost nothing in clays. So the change given here is cautious.
    """
    sand, clay = sand_and_clay(sand_percent, clay_percent, MAX_CLAY_PERCENT)
    most = MAX_ORGANIC_MATTER_PERCENT / ORGANIC_MATTER_PER_CARBON
    before = inside("soc_before_percent", soc_before_percent, 0.0, most, "%")
    after = inside("soc_after_percent", soc_after_percent, 0.0, most, "%")
    s, c, start, stop = np.broadcast_arrays(
        sand / 100.0,
        clay / 100.0,
        before * ORGANIC_MATTER_PER_CARBON,
        after * ORGANIC_MATTER_PER_CARBON,
    )
    first, bend = _slope_line(s, c)
    least = floor / 100.0 / ORGANIC_MATTER_PER_CARBON
    # over the floor at both ends of the change; its positive part is integrated exactly
    over, beyond = first + bend * start - least, first + bend * stop - least
    extent = np.abs(over) + np.abs(beyond)
    rise = (np.maximum(over, 0.0) + np.maximum(beyond, 0.0)) ** 2
    mean = least + np.divide(rise, 2 * extent, out=np.zeros_like(rise), where=extent > 0)
    return np.asarray(100.0 * mean * (stop - start), dtype=np.float64)


def available_water_slope(
    sand_percent: ArrayLike,
    clay_percent: ArrayLike,
    soc_percent: ArrayLike,
    *,
    floor: float = MEASURED_SLOPE_IN_CLAY,
) -> NDArray[np.float64]:
    """Return how much available water a small gain of organic carbon brings, per 1 % of carbon.

    Parameters
    ----------
    sand_percent, clay_percent, soc_percent, floor
        As for `available_water_change`, whose derivative this is.

    Returns
    -------
    float64 array
        mm per 100 mm of fine earth and 1 % of organic carbon, at least `floor`.

    Raises
    ------
    ValueError
        If a value is not finite or outside its range.
    """
    sand, clay = sand_and_clay(sand_percent, clay_percent, MAX_CLAY_PERCENT)
    most = MAX_ORGANIC_MATTER_PERCENT / ORGANIC_MATTER_PER_CARBON
    soc = inside("soc_percent", soc_percent, 0.0, most, "%")
    s, c, om = np.broadcast_arrays(sand / 100.0, clay / 100.0, soc * ORGANIC_MATTER_PER_CARBON)
    first, bend = _slope_line(s, c)
    slope = 100.0 * ORGANIC_MATTER_PER_CARBON * (first + bend * om)
    return np.asarray(np.maximum(slope, floor), dtype=np.float64)


def _slope_line(
    s: NDArray[np.float64], c: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slope of available water by organic matter (cm3/cm3 per %), linear in organic matter.

    Returns its value without organic matter, and what each % adds to it.
    """
    moist = 0.011 + 0.006 * s - 0.027 * c
    t = -0.251 * s + 0.195 * c + 0.452 * s * c + 0.299
    first = moist * (0.626 + 2.566 * t) - 1.14 * (0.006 + 0.005 * s - 0.013 * c)
    return first, 2.566 * moist**2


def van_genuchten(
    suction_kpa: ArrayLike,
    residual: ArrayLike,
    saturated: ArrayLike,
    alpha_per_cm: ArrayLike,
    n: ArrayLike,
) -> NDArray[np.float64]:
    """Return the volumetric water content at a suction.

    Parameters
    ----------
    suction_kpa : array_like
        0 or more; 1 kPa is 10.197 cm of water.
    residual, saturated : array_like
        Water contents at infinite and no suction, 0 to 1.
    alpha_per_cm : array_like
        Above 0.
    n : array_like
        Above 1; ``m = 1 - 1 / n``.

    Returns
    -------
    float64 array
        cm3/cm3.

    Raises
    ------
    ValueError
        If a value is not finite or outside its range.

    Notes
    -----
    van Genuchten (1980), Soil Science Society of America Journal 44, 892-898, equation 3.
    """
    head = inside("suction_kpa", suction_kpa, 0.0, 1e7, "kPa") * _CM_PER_KPA
    low = inside("residual", residual, 0.0, 1.0, "cm3/cm3")
    high = inside("saturated", saturated, 0.0, 1.0, "cm3/cm3")
    alpha = inside("alpha_per_cm", alpha_per_cm, 0.0, 1e3, "per cm", above=True)
    shape = inside("n", n, 1.0, 100.0, "", above=True)
    filled = (1.0 + (alpha * head) ** shape) ** -(1.0 - 1.0 / shape)
    return np.asarray(low + (high - low) * filled, dtype=np.float64)
