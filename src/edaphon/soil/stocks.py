"""Stocks of soil organic carbon from concentrations, and bulk density where it was not measured.

Pure numpy. Everything here is elementwise: scalars and arrays broadcast against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MAX_SOC_PERCENT = 58.0
"""Carbon in pure organic matter, % by mass: the van Bemmelen factor 1 / 1.724."""

PARTICLE_DENSITY_G_CM3 = 2.65
"""Density of quartz; no bulk density lies above it."""

ORGANIC_MATTER_DENSITY_G_CM3 = 0.224
"""Bulk density of organic matter alone (Adams 1973, European Journal of Soil Science 24, 10-17)."""

ORGANIC_SOIL_PERCENT = 12.0
"""From about this organic carbon on a soil is organic and `bulk_density_from_soc` extrapolates
(12 to 18 %, by clay, is the limit of organic soil material in Soil Taxonomy)."""


def soc_stock(
    soc_percent: ArrayLike,
    bulk_density_g_cm3: ArrayLike,
    depth_cm: ArrayLike,
    coarse_fraction: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """Return the stock of soil organic carbon in a layer of fixed depth.

    ``stock = soc x bulk density x thickness x (1 - coarse)``. With these units the factor is
    exactly 1: 1 % of 1 g/cm3 over 1 cm is 0.01 g/cm2, and 0.01 g/cm2 is 1 t/ha. So 1.5 % at
    1.3 g/cm3 over 30 cm is 58.5 t/ha.

    Parameters
    ----------
    soc_percent : array_like
        Organic carbon of the fine earth in % by mass, 0 to 58.
    bulk_density_g_cm3 : array_like
        Dry mass of fine earth per volume of fine earth, in g/cm3, above 0 and up to 2.65.
    depth_cm : array_like
        Thickness of the layer in cm, above 0 and up to 1,000.
    coarse_fraction : array_like
        Share of the volume in fragments above 2 mm, 0 to 1 (not percent).

    Returns
    -------
    float64 array
        t/ha, in the broadcast shape of the arguments.

    Raises
    ------
    ValueError
        If a value is not finite or outside its range; the message names value and range.

    Notes
    -----
    The layer has a fixed depth, not a fixed mass: a practice that changes bulk density changes
    this stock without any carbon being gained. Formula: IPCC (2003), Good Practice Guidance for
    LULUCF, equation 3.2.16.
    """
    soc = _inside("soc_percent", soc_percent, 0.0, MAX_SOC_PERCENT, "%")
    density = _inside(
        "bulk_density_g_cm3", bulk_density_g_cm3, 0.0, PARTICLE_DENSITY_G_CM3, "g/cm3", above=True
    )
    depth = _inside("depth_cm", depth_cm, 0.0, 1000.0, "cm", above=True)
    coarse = _inside("coarse_fraction", coarse_fraction, 0.0, 1.0, "of the volume")
    return np.asarray(soc * density * depth * (1.0 - coarse), dtype=np.float64)


def bulk_density_from_soc(soc_percent: ArrayLike) -> NDArray[np.float64]:
    """Return fine-earth bulk density from organic carbon, for soils where nobody measured it.

    ``1.660 - 0.318 sqrt(soc)``, never below the density of organic matter alone.

    Parameters
    ----------
    soc_percent : array_like
        Organic carbon in % by mass, 0 to 58.

    Returns
    -------
    float64 array
        g/cm3.

    Raises
    ------
    ValueError
        If a value is not finite or outside 0 to 58 %.

    Notes
    -----
    Manrique & Jones (1991), Soil Science Society of America Journal 55, 476-481: all soil orders
    together, about 19,650 horizons, r2 0.41. It holds for mineral soils, up to about 12 % carbon.
    Beyond 12.1 % the stock computed with it falls as carbon rises, which no soil does; from 20.4 %
    on the floor of 0.224 g/cm3 (Adams 1973, organic matter alone) takes over. Measure bulk density
    in organic soils.
    """
    soc = _inside("soc_percent", soc_percent, 0.0, MAX_SOC_PERCENT, "%")
    return np.asarray(
        np.maximum(1.660 - 0.318 * np.sqrt(soc), ORGANIC_MATTER_DENSITY_G_CM3), dtype=np.float64
    )


def _inside(
    name: str, values: ArrayLike, low: float, high: float, unit: str, *, above: bool = False
) -> NDArray[np.float64]:
    """Return the values as float64, or say which one lies outside its range."""
    array = np.asarray(values, dtype=np.float64)
    good = (array > low if above else array >= low) & (array <= high)
    if not good.all():
        first = float(array[~good].flat[0])
        count = int((~good).sum())
        start = f"above {low:g} and up to" if above else f"from {low:g} to"
        raise ValueError(
            f"{name}: {first:g} lies outside its range, {start} {high:g} {unit}"
            + (f" ({count} values do)" if count > 1 else "")
        )
    return array
