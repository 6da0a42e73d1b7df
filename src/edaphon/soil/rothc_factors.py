"""RothC-26.3: its constants and rate factors, each with its source.

Pure numpy. The model is that of Coleman, Prout & Milne (2024), RothC: a model for the turnover of
carbon in soil, model description, Rothamsted Research (cited here and in the other RothC modules as
CPM with the section), which restates Coleman & Jenkinson (1996), RothC-26.3, in Powlson, Smith &
Smith (eds), Evaluation of soil organic matter models, Springer, 237-246.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.soil.ranges import inside

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

POOLS = ("DPM", "RPM", "BIO", "HUM", "IOM")
"""Decomposable and resistant plant material, microbial biomass, humus, inert organic matter: the
order of the pool axis everywhere. The first four are active."""

RATES = (10.0, 0.3, 0.66, 0.02)
"""Decomposition rate constants of the active pools, per year (CPM 1.5)."""

BIO_SHARE, HUM_SHARE = 0.46, 0.54
"""Split of what does not become CO2 between biomass and humus (CPM 1.3; figures in the code)."""

MANURE_SPLIT = (0.49, 0.49, 0.0, 0.02)
"""Farmyard manure enters DPM, RPM and HUM (CPM 1.3)."""

DPM_RPM = {"crop": 1.44, "grass": 0.67, "wood": 0.25}
"""Decomposable over resistant plant material of inputs: crops and improved grassland, unimproved
grassland and scrub, deciduous or tropical woodland (CPM 1.3)."""

COVER_FACTOR = 0.6
"""Soil cover factor c of a month with growing plants; 1 for bare soil (CPM 1.6)."""

PAN_TO_EVAPOTRANSPIRATION = 0.75
"""Potential evapotranspiration over open-pan evaporation (CPM 1.2 and 1.6)."""

HALF_LIFE_YR = 5568.0
"""Conventional (Libby) half-life of radiocarbon (CPM 1.8)."""

MEAN_LIFE_YR = 8035.0
"""Divisor of the age in delta 14C (CPM 1.8); 5568 / ln 2 would be 8032.9."""

INERT_AGE_YR = 50_000.0
"""Radiocarbon age of inert organic matter (CPM 1.8)."""


def inert_carbon(soc_t_ha: ArrayLike) -> Floats:
    """Return inert organic matter from total organic carbon, ``0.049 soc^1.139``.

    Parameters
    ----------
    soc_t_ha : array_like
        t C/ha, 0 to 1,000.

    Returns
    -------
    float64 array
        t C/ha.

    Raises
    ------
    ValueError
        If a value is not finite or outside its range.

    Notes
    -----
    Falloon, Smith, Coleman & Marshall (1998), Soil Biology & Biochemistry 30, 1207-1211, as CPM
    1.8 prints it: a very rough approximation, for surface soils alone.
    """
    soc = inside("soc_t_ha", soc_t_ha, 0.0, 1000.0, "t C/ha")
    return np.asarray(0.049 * soc**1.139)


def temperature_factor(temperature_c: ArrayLike) -> Floats:
    """Return a, ``47.91 / (1 + exp(106.06 / (T + 18.27)))``, and 0 below -5 degrees C.

    Parameters
    ----------
    temperature_c : array_like
        Monthly mean air temperature, degrees C, -70 to 70.

    Raises
    ------
    ValueError
        If a value is not finite or outside its range.

    Notes
    -----
    CPM 1.6 prints 47.9 and 106; 47.91, 106.06 and the cut at -5 degrees are those of the authors'
    code (RothC_Py, 2024), whose results this package reproduces.
    """
    temperature = inside("temperature_c", temperature_c, -70.0, 70.0, "degrees C")
    warm = np.maximum(temperature, -5.0)
    factor = 47.91 / (1.0 + np.exp(106.06 / (warm + 18.27)))
    return np.asarray(np.where(temperature < -5.0, 0.0, factor))


def largest_deficit(clay_percent: ArrayLike, depth_cm: ArrayLike) -> Floats:
    """Return the largest topsoil moisture deficit under plants, mm, negative.

    ``-(20 + 1.3 clay - 0.01 clay^2) depth / 23`` (CPM 1.6), -44.94 mm at 23.4 % clay and 23 cm.

    Parameters
    ----------
    clay_percent : array_like
        % by mass, 0 to 100.
    depth_cm : array_like
        Thickness of the layer, above 0 and up to 100 cm.

    Raises
    ------
    ValueError
        If a value is not finite or outside its range.
    """
    clay = inside("clay_percent", clay_percent, 0.0, 100.0, "%")
    depth = inside("depth_cm", depth_cm, 0.0, 100.0, "cm", above=True)
    return np.asarray(-(20.0 + 1.3 * clay - 0.01 * clay * clay) * depth / 23.0)


def next_deficit(
    deficit: Floats, water: Floats, covered: NDArray[np.bool_], largest: Floats
) -> Floats:
    """Return the moisture deficit at the end of a month, mm; month after month, so unchecked.

    Parameters
    ----------
    deficit : float64 array, shape (n_units,)
        At the start of the month, mm, 0 or negative.
    water : float64 array, shape (n_units,)
        Rain minus evapotranspiration (0.75 open-pan evaporation), mm.
    covered : bool array, shape (n_units,)
    largest : float64 array, shape (n_units,)
        From `largest_deficit`, negative.

    Notes
    -----
    Bare soil dries out to the largest deficit divided by 1.8 only (0.556 of it, in the code), and
    no further where it is drier already (CPM 1.6).
    """
    floor = np.where(covered, largest, np.minimum(0.556 * largest, deficit))
    return np.asarray(np.maximum(floor, np.minimum(0.0, deficit + water)))


def moisture_factor(deficit: Floats, largest: Floats) -> Floats:
    """Return b: 1 down to 0.444 of the largest deficit, then falling linearly to 0.2 (CPM 1.6).

    Parameters
    ----------
    deficit : float64 array
        mm, 0 or negative; unchecked.
    largest : float64 array
        From `largest_deficit`, mm, negative.
    """
    drying = 0.2 + 0.8 * (largest - deficit) / (largest - 0.444 * largest)
    return np.asarray(np.where(deficit > 0.444 * largest, 1.0, drying))


def formed_shares(clay_percent: ArrayLike) -> tuple[Floats, Floats]:
    """Return the shares of decomposed carbon that become biomass and humus.

    With ``x = 1.67 (1.85 + 1.60 exp(-0.0786 clay))``, x / (x + 1) is lost as CO2,
    0.46 / (x + 1) becomes BIO and 0.54 / (x + 1) HUM (CPM 1.7).

    Parameters
    ----------
    clay_percent : array_like
        % by mass, 0 to 100.

    Raises
    ------
    ValueError
        If a value is not finite or outside its range.
    """
    clay = inside("clay_percent", clay_percent, 0.0, 100.0, "%")
    x = 1.67 * (1.85 + 1.60 * np.exp(-0.0786 * clay))
    return BIO_SHARE / (x + 1.0), HUM_SHARE / (x + 1.0)


def input_by_pool(plant: Floats, manure: Floats, dpm_rpm: Floats) -> Floats:
    """Return what enters the four active pools, shape (4, ...), t C/ha (CPM 1.3).

    Parameters
    ----------
    plant, manure : float64 arrays
        Carbon that enters, t C/ha; unchecked.
    dpm_rpm : float64 array
        Decomposable over resistant plant material; see `DPM_RPM`.
    """
    decomposable = dpm_rpm / (dpm_rpm + 1.0)
    parts = (decomposable * plant, plant / (dpm_rpm + 1.0), 0.0 * plant, 0.0 * plant)
    return np.stack([p + share * manure for p, share in zip(parts, MANURE_SPLIT, strict=True)])


def pan_from_evapotranspiration(potential_mm: ArrayLike) -> Floats:
    """Return open-pan evaporation from potential evapotranspiration, ``/ 0.75`` (CPM 1.2).

    Parameters
    ----------
    potential_mm : array_like
        mm per month, -75 to 1,500 (records may lie just below 0).

    Raises
    ------
    ValueError
        If a value is not finite or outside its range.
    """
    potential = inside("potential_mm", potential_mm, -75.0, 1500.0, "mm")
    return np.asarray(potential / PAN_TO_EVAPOTRANSPIRATION)
