"""RothC where the weather repeats every year: equilibrium, gain per input, what stays.

Everything follows from the year's affine map, exactly as the months would give it: the equilibrium
in closed form, the response to a sustained input over any horizon, and the decay of a gain after a
practice stops. Pure numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from edaphon.soil.ranges import inside
from edaphon.soil.rothc_year import YearMap, times, whole_years

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def equilibrium(year: YearMap, plant: ArrayLike, manure: ArrayLike = 0.0) -> Floats:
    """Return the carbon that a year leaves as it found it, at December's end, in closed form.

    Parameters
    ----------
    year : YearMap
    plant, manure : array_like, shape (n_units,)
        Input, t C/ha and year, 0 or above.

    Returns
    -------
    float64 array, shape (n_units, 5)
        t C/ha by pool.

    Raises
    ------
    ValueError
        If an input is below 0 or not finite, or nothing decomposes in some unit (all months below
        -5 degrees C), so that carbon grows without end.

    Notes
    -----
    ``y = A y + g``: DPM and RPM by division, BIO and HUM by one 2 x 2 system per unit. On the
    reference site it differs from the stop rule of `edaphon.soil.rothc.spin_up` by 1.3e-4 t C/ha,
    because that rule stops early.
    """
    if (year.fresh >= 1.0).any():
        frozen = int((year.fresh >= 1.0).any(axis=1).sum())
        raise ValueError(f"year: nothing decomposes in {frozen} units, all months are too cold")
    entering = year.entering(plant, manure)
    fresh = entering[:, :2] / (1.0 - year.fresh)
    right = times(year.to_humus, fresh) + entering[:, 2:]
    a, b = 1.0 - year.humus[:, 0, 0], -year.humus[:, 0, 1]
    c, d = -year.humus[:, 1, 0], 1.0 - year.humus[:, 1, 1]
    size = a * d - b * c
    bio = (d * right[:, 0] - b * right[:, 1]) / size
    hum = (a * right[:, 1] - c * right[:, 0]) / size
    return np.column_stack([fresh, bio, hum, year.inert])


def input_for_stock(year: YearMap, soc_t_ha: ArrayLike, manure: ArrayLike = 0.0) -> Floats:
    """Return the plant input that keeps a stock in equilibrium, t C/ha and year.

    Parameters
    ----------
    year : YearMap
    soc_t_ha : array_like, shape (n_units,)
        Total organic carbon, inert included, t C/ha.
    manure : array_like, shape (n_units,)
        Manure that enters besides, t C/ha and year.

    Returns
    -------
    float64 array, shape (n_units,)

    Raises
    ------
    ValueError
        If a stock is smaller than its inert part and what the manure alone would hold.

    Notes
    -----
    GSOCseq technical manual (FAO 2020), equation 5.1: the model is linear in its input, so one
    equilibrium for 1 t C/ha/yr gives the input for any stock.
    """
    soc = inside("soc_t_ha", soc_t_ha, 0.0, 1000.0, "t C/ha")
    unit = equilibrium(year, 1.0)[:, :4].sum(axis=1)
    held = equilibrium(year, 0.0, manure).sum(axis=1)
    short = soc < held
    if short.any():
        what = (
            f"{int(short.sum())} stocks are smaller than their inert carbon and what manure holds"
        )
        raise ValueError(f"soc_t_ha: {what} (first: {soc[short].flat[0]:g} t C/ha)")
    return np.asarray((soc - held) / unit)


def advance(
    year: YearMap,
    carbon: Floats,
    years: int,
    plant: ArrayLike,
    manure: ArrayLike = 0.0,
) -> Floats:
    """Return the carbon after whole years of the same months and input.

    Parameters
    ----------
    year : YearMap
    carbon : float64 array, shape (n_units, 5)
        t C/ha by pool at a year's end.
    years : int
        0 or more.
    plant, manure : array_like, shape (n_units,)
        t C/ha and year, 0 or above.

    Returns
    -------
    float64 array, shape (n_units, 5)

    Raises
    ------
    ValueError
        If an amount or an input is below 0 or not finite, or `years` is no whole number of 0 or
        above.
    """
    inside("carbon", carbon, 0.0, np.inf, "t C/ha")
    active, entering = carbon[:, :4], year.entering(plant, manure)
    for _ in range(whole_years(years)):
        active = year.step(active, entering)
    return np.column_stack([active, carbon[:, 4]])


def gain_per_input(year: YearMap, horizons: Sequence[int], *, manure: bool = False) -> Floats:
    """Return the gain in organic carbon from 1 t C/ha/yr more, every year from now on.

    Parameters
    ----------
    year : YearMap
    horizons : sequence of int
        Years, 0 or more, as (5, 20, 50).
    manure : bool
        The input is farmyard manure instead of plant material.

    Returns
    -------
    float64 array, shape (n_units, n_horizons)
        t C/ha. The same whatever the stock today: RothC is linear.

    Raises
    ------
    ValueError
        If a horizon is no whole number of 0 or above.
    """
    active, entering = np.zeros_like(year.plant), year.manure if manure else year.plant
    wanted = [whole_years(one) for one in horizons]
    found = {0: np.zeros(len(active))}
    for passed in range(1, max(wanted, default=0) + 1):
        active = year.step(active, entering)
        if passed in wanted:
            found[passed] = active.sum(axis=1)
    return np.stack([found[one] for one in wanted], axis=1)


def share_kept(year: YearMap, years: int, after: Sequence[int], *, manure: bool = False) -> Floats:
    """Return the share of a gain that is left when the practice stops after some years.

    Parameters
    ----------
    year : YearMap
        Of the months that come back when the practice stops.
    years : int
        Years of sustained extra input, at least 1.
    after : sequence of int
        Years since it stopped.
    manure : bool
        The input was farmyard manure.

    Returns
    -------
    float64 array, shape (n_units, n_after)
        1 at 0 years, falling toward 0.

    Raises
    ------
    ValueError
        If a number of years is no whole number, `years` below 1 or one of `after` below 0.
    """
    if whole_years(years) < 1:
        raise ValueError("years: a gain needs at least 1 year of extra input")
    active = np.zeros_like(year.plant)
    entering = year.manure if manure else year.plant
    for _ in range(whole_years(years)):
        active = year.step(active, entering)
    gained = active.sum(axis=1)
    wanted = [whole_years(one) for one in after]
    found = {0: np.ones(len(gained))}
    for passed in range(1, max(wanted, default=0) + 1):
        active = year.step(active)
        if passed in wanted:
            found[passed] = active.sum(axis=1) / gained
    return np.stack([found[one] for one in wanted], axis=1)
