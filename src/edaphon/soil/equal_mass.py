"""Carbon stocks of equal soil mass: what fixed depth gets wrong where bulk density changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from edaphon.soil.ranges import inside
from edaphon.soil.stocks import (
    MAX_SOC_PERCENT,
    ORGANIC_MATTER_PER_CARBON,
    PARTICLE_DENSITY_G_CM3,
    soc_stock,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edaphon.soil.profiles import Horizons


@dataclass(frozen=True)
class SoilMass:
    """Mass and carbon of profiles, cumulated from the surface down.

    Attributes
    ----------
    horizons : Horizons
    mass, carbon : float64 arrays, shape (n,)
        Of each horizon of `horizons`, in t/ha.
    whole : bool array, shape (n_profiles,)
        Profiles that start at the surface and have no gap and no missing value: only they can be
        cumulated.
    """

    horizons: Horizons
    mass: NDArray[np.float64]
    carbon: NDArray[np.float64]
    whole: NDArray[np.bool_]


@dataclass(frozen=True)
class EqualMass:
    """Carbon down to reference masses.

    Attributes
    ----------
    stock : float64 array, shape (n_profiles, n_masses)
        t/ha from the surface down to each mass; nan where a profile is not whole or ends above.
    depth : float64 array, shape (n_profiles, n_masses)
        Depth at which the mass is reached, cm.
    """

    stock: NDArray[np.float64]
    depth: NDArray[np.float64]


def soil_mass(
    horizons: Horizons,
    soc_percent: ArrayLike,
    bulk_density_g_cm3: ArrayLike,
    coarse_fraction: ArrayLike = 0.0,
    *,
    mineral: bool = True,
) -> SoilMass:
    """Return the fine-earth mass and the carbon of every horizon.

    Parameters
    ----------
    horizons : Horizons
    soc_percent, bulk_density_g_cm3 : array_like, shape (n_rows,)
        In the order of the table; % by mass and g/cm3 of the fine earth, nan where unknown.
    coarse_fraction : array_like, shape (n_rows,) or a number
        Share of the volume in fragments above 2 mm, 0 to 1; nan where unknown.
    mineral : bool
        Leave organic matter (1.724 x carbon) out of the mass, so that a gain of carbon does not
        itself push the reference depth up.

    Returns
    -------
    SoilMass

    Raises
    ------
    ValueError
        If a known value lies outside its range; the message names value and range.
    """
    soc, density, coarse = (
        np.broadcast_to(np.asarray(values, dtype=np.float64), (horizons.n_rows,))[horizons.row]
        for values in (soc_percent, bulk_density_g_cm3, coarse_fraction)
    )
    known = np.isfinite(soc) & np.isfinite(density) & np.isfinite(coarse)
    inside("soc_percent", soc[known], 0.0, MAX_SOC_PERCENT, "%")
    inside("bulk_density_g_cm3", density[known], 0.0, PARTICLE_DENSITY_G_CM3, "g/cm3", above=True)
    inside("coarse_fraction", coarse[known], 0.0, 1.0, "of the volume")
    thick = horizons.bottom - horizons.top
    mass = 100.0 * density * thick * (1.0 - coarse)
    if mineral:
        mass *= 1.0 - ORGANIC_MATTER_PER_CARBON * soc / 100.0
    carbon = np.full(len(soc), np.nan)
    carbon[known] = soc_stock(soc[known], density[known], thick[known], coarse[known])
    first = np.r_[True, horizons.profile[1:] != horizons.profile[:-1]]
    above = np.where(first, 0.0, np.r_[0.0, horizons.bottom[:-1]])
    broken = ~known | (horizons.top != above) | ~(mass > 0)
    whole = np.bincount(horizons.profile[broken], minlength=horizons.n_profiles) == 0
    return SoilMass(horizons, mass, carbon, whole)


def mass_to_depth(soil: SoilMass, depth_cm: ArrayLike) -> NDArray[np.float64]:
    """Return the mass from the surface down to fixed depths: the reference for `equal_mass_stock`.

    Parameters
    ----------
    soil : SoilMass
    depth_cm : array_like, shape (n_depths,)

    Returns
    -------
    float64 array, shape (n_profiles, n_depths)
        t/ha; nan where a profile is not whole or ends above the depth.

    Raises
    ------
    ValueError
        If a depth is below 0 or not finite.
    """
    depth = np.atleast_1d(inside("depth_cm", depth_cm, 0.0, np.inf, "cm"))
    found = np.full((soil.horizons.n_profiles, len(depth)), np.nan)
    for member, rows in _whole(soil):
        bottom, mass = _from_surface(soil.horizons.bottom[rows], soil.mass[rows])
        found[member] = np.where(depth <= bottom[-1], np.interp(depth, bottom, mass), np.nan)
    return found


def equal_mass_stock(
    soil: SoilMass,
    reference_t_ha: ArrayLike,
    *,
    method: Literal["spline", "linear"] = "spline",
) -> EqualMass:
    """Return the carbon in equal masses of soil.

    Parameters
    ----------
    soil : SoilMass
    reference_t_ha : array_like, shape (n_masses,) or (n_profiles, n_masses)
        Masses from the surface down, above 0, as `mass_to_depth` gives for the same profiles at
        the first sampling or for the control beside them. A reference of nan gives nan.
    method : {"spline", "linear"}
        How cumulated carbon is read between the borders of horizons: by a monotone cubic spline,
        or as if carbon were evenly spread within a horizon.

    Returns
    -------
    EqualMass

    Raises
    ------
    ValueError
        If shapes do not fit or a reference mass is not above 0.

    Notes
    -----
    Wendt & Hauser (2013), European Journal of Soil Science 64, 58-65: cumulated carbon against
    cumulated soil mass, read at the reference mass with a cubic spline; von Haden, Yang & DeLucia
    (2020), Global Change Biology 26, 3759-3770: the same with mineral mass. The spline here is the
    monotone one of Fritsch & Butland (1984, SIAM Journal on Scientific and Statistical Computing 5,
    300-304), since cumulated carbon never falls. Stocks of fixed depth credit a practice that
    compacts the soil, as no-till does at first, with carbon that it only moved upward.
    """
    masses = np.asarray(reference_t_ha, dtype=np.float64)
    shape = (soil.horizons.n_profiles, np.shape(np.atleast_1d(masses))[-1])
    wanted = np.broadcast_to(masses, shape)
    if (wanted <= 0).any():
        raise ValueError("reference_t_ha: a mass of soil must be above 0 t/ha")
    stock, depth = np.full(shape, np.nan), np.full(shape, np.nan)
    for member, rows in _whole(soil):
        mass, carbon = _from_surface(np.cumsum(soil.mass[rows]), soil.carbon[rows])
        bottom = np.r_[0.0, soil.horizons.bottom[rows]]
        # the last binary digits must not decide whether a profile reaches its own mass
        reached = wanted[member] <= mass[-1] * (1 + 1e-12)
        at = np.minimum(wanted[member][reached], mass[-1])
        stock[member, reached] = _read(mass, carbon, at, method)
        depth[member, reached] = _read(mass, bottom, at, method)
    return EqualMass(stock, depth)


def _whole(soil: SoilMass) -> list[tuple[int, slice]]:
    """Return position and rows of the profiles that can be cumulated."""
    starts = np.searchsorted(soil.horizons.profile, np.arange(soil.horizons.n_profiles + 1))
    return [
        (member, slice(starts[member], starts[member + 1]))
        for member in np.flatnonzero(soil.whole).tolist()
    ]


def _from_surface(
    border: NDArray[np.float64], amount: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return borders and cumulated amounts, both from 0 on."""
    return np.r_[0.0, border], np.r_[0.0, np.cumsum(amount)]


def _read(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    at: NDArray[np.float64],
    method: Literal["spline", "linear"],
) -> NDArray[np.float64]:
    from scipy.interpolate import PchipInterpolator

    if method == "linear" or len(x) < 3:
        return np.interp(at, x, y)
    return np.asarray(PchipInterpolator(x, y)(at), dtype=np.float64)
