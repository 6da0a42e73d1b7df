"""Organic carbon: stocks from concentrations, bulk density where unmeasured, carbon against clay.

Pure numpy. Everything here is elementwise: scalars and arrays broadcast against each other. Stocks
of equal soil mass and horizons brought to fixed depths are in `edaphon.soil.profiles`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from edaphon.soil.ranges import inside

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

ORGANIC_MATTER_PER_CARBON = 1.724
"""Organic matter per organic carbon by mass, the van Bemmelen factor 1 / 0.58."""

SOC_CLAY_CLASSES = ("degraded", "moderate", "good", "very good")
"""Structural condition by SOC:clay, in the order of the codes of `soc_clay_class`."""

SOC_CLAY_LIMITS = (1 / 13, 1 / 10, 1 / 8)
"""Lower limits of moderate, good and very good (Prout and others 2021, abstract)."""

DensityFunction = Literal["manrique_jones", "honeysett_ratkowsky"]


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
    soc = inside("soc_percent", soc_percent, 0.0, MAX_SOC_PERCENT, "%")
    density = inside(
        "bulk_density_g_cm3", bulk_density_g_cm3, 0.0, PARTICLE_DENSITY_G_CM3, "g/cm3", above=True
    )
    depth = inside("depth_cm", depth_cm, 0.0, 1000.0, "cm", above=True)
    coarse = inside("coarse_fraction", coarse_fraction, 0.0, 1.0, "of the volume")
    return np.asarray(soc * density * depth * (1.0 - coarse), dtype=np.float64)


def bulk_density_from_soc(
    soc_percent: ArrayLike, function: DensityFunction = "manrique_jones"
) -> NDArray[np.float64]:
    """Return fine-earth bulk density from organic carbon, for soils where nobody measured it.

    Parameters
    ----------
    soc_percent : array_like
        Organic carbon in % by mass, 0 to 58.
    function : {"manrique_jones", "honeysett_ratkowsky"}
        ``1.660 - 0.318 sqrt(soc)``, never below the density of organic matter alone; or
        ``1 / (0.564 + 0.0556 om)`` with organic matter ``om = 1.724 soc``.

    Returns
    -------
    float64 array
        g/cm3.

    Raises
    ------
    ValueError
        If a value is not finite or outside 0 to 58 %, or the function is none of the two.

    Notes
    -----
    Manrique & Jones (1991), Soil Science Society of America Journal 55, 476-481: all soil orders
    together, about 19,650 horizons, r2 0.41. It holds for mineral soils, up to about 12 % carbon.
    Beyond 12.1 % the stock computed with it falls as carbon rises, which no soil does; from 20.4 %
    on the floor of 0.224 g/cm3 (Adams 1973, organic matter alone) takes over. Measure bulk density
    in organic soils.

    Honeysett & Ratkowsky (1989), Journal of Soil Science 40, 299-308, forest soils of Tasmania, in
    the form that the FAO Soil Organic Carbon Mapping Cookbook tabulates; its stock rises with
    carbon everywhere, also in organic soils.
    """
    soc = inside("soc_percent", soc_percent, 0.0, MAX_SOC_PERCENT, "%")
    if function == "honeysett_ratkowsky":
        matter = ORGANIC_MATTER_PER_CARBON * soc
        return np.asarray(1.0 / (0.564 + 0.0556 * matter), dtype=np.float64)
    if function != "manrique_jones":
        raise ValueError(f"function: no bulk density function is called {function!r}")
    return np.asarray(
        np.maximum(1.660 - 0.318 * np.sqrt(soc), ORGANIC_MATTER_DENSITY_G_CM3), dtype=np.float64
    )


def soc_clay_ratio(soc_percent: ArrayLike, clay_percent: ArrayLike) -> NDArray[np.float64]:
    """Return organic carbon per clay, by mass.

    Parameters
    ----------
    soc_percent : array_like
        Organic carbon in % by mass, 0 to 58.
    clay_percent : array_like
        Particles below 2 micrometers in % by mass, above 0 and up to 100.

    Returns
    -------
    float64 array

    Raises
    ------
    ValueError
        If a value is not finite or outside its range.
    """
    soc = inside("soc_percent", soc_percent, 0.0, MAX_SOC_PERCENT, "%")
    clay = inside("clay_percent", clay_percent, 0.0, 100.0, "%", above=True)
    return np.asarray(soc / clay, dtype=np.float64)


def soc_clay_class(soc_percent: ArrayLike, clay_percent: ArrayLike) -> NDArray[np.uint8]:
    """Return the structural condition that organic carbon per clay indicates.

    Parameters
    ----------
    soc_percent, clay_percent : array_like
        As for `soc_clay_ratio`.

    Returns
    -------
    uint8 array
        Positions in `SOC_CLAY_CLASSES`: 0 degraded, below 1/13; 1 moderate, from 1/13; 2 good, from
        1/10; 3 very good, from 1/8.

    Raises
    ------
    ValueError
        If a value is not finite or outside its range.

    Notes
    -----
    Prout and others (2021), European Journal of Soil Science 72, 2493-2503, on 3,809 sites of
    England and Wales; as long-term targets Prout and others (2022, Scientific Reports 12, 5162)
    suggest 1/13 for arable land, 1/10 for leys, above 1/8 for permanent grass and woodland, in
    temperate regions. Sands reach "very good" with little carbon and heavy clays hardly ever do;
    Andosols are outside the index (judgement).
    """
    ratio = soc_clay_ratio(soc_percent, clay_percent)
    # a decimal such as 1.3 % on 13 % clay must not miss its limit by the last binary digit
    return np.asarray(np.digitize(np.round(ratio, 12), np.round(SOC_CLAY_LIMITS, 12)), np.uint8)


def carbon_saturation(fine_percent: ArrayLike) -> NDArray[np.float64]:
    """Return how much organic carbon clay and fine silt can hold at most.

    Parameters
    ----------
    fine_percent : array_like
        Particles below 20 micrometers in % by mass, 0 to 100: clay and fine silt, not the silt up
        to 50 or 63 micrometers of most reports, which would overstate it.

    Returns
    -------
    float64 array
        Carbon of that fraction, in % of the soil's mass.

    Raises
    ------
    ValueError
        If a value is not finite or outside 0 to 100 %.

    Notes
    -----
    Hassink (1997), Plant and Soil 191, 77-87: ``4.09 + 0.37 fine`` in g/kg, a regression on
    grassland soils (the equation read in a second source; sites from memory). Least-squares lines
    run through the middle of such soils, so that some lie above (Feng and others 2013, from
    memory).
    """
    fine = inside("fine_percent", fine_percent, 0.0, 100.0, "%")
    return np.asarray((4.09 + 0.37 * fine) / 10.0, dtype=np.float64)


def carbon_saturation_deficit(
    fine_carbon_percent: ArrayLike, fine_percent: ArrayLike
) -> NDArray[np.float64]:
    """Return how much more organic carbon clay and fine silt could hold.

    Parameters
    ----------
    fine_carbon_percent : array_like
        Organic carbon bound to particles below 20 micrometers, in % of the soil's mass, 0 to 58.
        All organic carbon in its place gives the least possible deficit.
    fine_percent : array_like
        Particles below 20 micrometers in % by mass, 0 to 100.

    Returns
    -------
    float64 array
        % of the soil's mass; below 0 where the soil holds more than `carbon_saturation`.

    Raises
    ------
    ValueError
        If a value is not finite or outside its range.
    """
    carbon = inside("fine_carbon_percent", fine_carbon_percent, 0.0, MAX_SOC_PERCENT, "%")
    return np.asarray(carbon_saturation(fine_percent) - carbon, dtype=np.float64)
