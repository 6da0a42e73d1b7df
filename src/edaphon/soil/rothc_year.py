"""RothC where the weather repeats every year: the year as one affine map.

With the same twelve months every year the model is an affine map from one year's end to the next,
and linear in the carbon that enters. `edaphon.soil.rothc_response` works with that map. Pure numpy;
symbols and constants as in `edaphon.soil.rothc_factors`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

import numpy as np

from edaphon.soil.ranges import inside
from edaphon.soil.rothc import Months, Soils, blocks, field_capacity
from edaphon.soil.rothc_factors import (
    COVER_FACTOR,
    PAN_TO_EVAPOTRANSPIRATION,
    RATES,
    formed_shares,
    input_by_pool,
    largest_deficit,
    moisture_factor,
    next_deficit,
    temperature_factor,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Behavior = Literal["written", "gsocseq script"]
"""The model as written, or the moisture and the steps of the published GSOCseq scripts."""

_SETTLED_MM = 1e-9  # a deficit that moves less within a year rests
_HALVINGS = 60  # of a few hundred mm: below the last digit of a float


@dataclass(frozen=True)
class YearMap:
    """What one repeating year does to the carbon of n_units units.

    Attributes
    ----------
    fresh : float64 array, shape (n_units, 2)
        Share of DPM and RPM that is left after the year.
    to_humus : float64 array, shape (n_units, 2, 2)
        BIO and HUM (second axis) at the year's end that 1 t of DPM and of RPM (third axis) leaves.
    humus : float64 array, shape (n_units, 2, 2)
        The same for 1 t of BIO and of HUM.
    plant, manure : float64 arrays, shape (n_units, 4)
        Active carbon at the year's end from 1 t C/ha of plant material and of manure entering
        during the year, distributed over the months as given.
    inert : float64 array, shape (n_units,)
        t C/ha.
    """

    fresh: Floats
    to_humus: Floats
    humus: Floats
    plant: Floats
    manure: Floats
    inert: Floats

    def rows(self, rows: slice | NDArray[np.integer]) -> YearMap:
        """Return the maps of some units."""
        return YearMap(*(getattr(self, one.name)[rows] for one in fields(self)))

    def step(self, active: Floats, entering: Floats | float = 0.0) -> Floats:
        """Return active carbon, shape (n_units, 4), one year later.

        Parameters
        ----------
        active : float64 array, shape (n_units, 4)
        entering : float64 array, shape (n_units, 4)
            What the year's input leaves; see `entering`.
        """
        plant = self.fresh * active[:, :2]
        humus = times(self.to_humus, active[:, :2]) + times(self.humus, active[:, 2:])
        return np.asarray(np.concatenate([plant, humus], axis=1) + entering)

    def entering(self, plant: ArrayLike, manure: ArrayLike = 0.0) -> Floats:
        """Return what a year's input leaves in the active pools, shape (n_units, 4).

        Parameters
        ----------
        plant, manure : array_like, shape (n_units,)
            t C/ha and year, 0 or above.

        Raises
        ------
        ValueError
            If a value is below 0 or not finite.
        """
        whole = [
            np.broadcast_to(inside(name, one, 0.0, np.inf, "t C/ha/yr"), self.inert.shape)
            for name, one in (("plant", plant), ("manure", manure))
        ]
        return np.asarray(self.plant * whole[0][:, None] + self.manure * whole[1][:, None])


def times(matrices: Floats, vectors: Floats) -> Floats:
    """Multiply (n, 2, 2) by (n, 2); written out, since 2 x 2 is too small for matmul."""
    return np.asarray(
        matrices[:, :, 0] * vectors[:, :1] + matrices[:, :, 1] * vectors[:, 1:], dtype=np.float64
    )


# Rates of a repeating year ---------------------------------------------------------------------


def periodic_deficit(soils: Soils, year: Months) -> Floats:
    """Return the moisture deficit at the end of December where the year repeats for ever, mm.

    Starting from field capacity the deficit of one December to the next can only sink, down to
    the largest value that a year leaves as it is. Most units are there after two years. In the
    others it sinks by the same small amount every year; there the value is found by halving, since
    what a year adds falls (or stays) as the deficit rises.

    Parameters
    ----------
    soils : Soils
    year : Months
        12 months, shape (n_units, 12) or (1, 12).

    Returns
    -------
    float64 array, shape (n_units,)
    """
    largest = largest_deficit(soils.clay_percent, soils.depth_cm)
    shape = (soils.n_units, year.n_months)
    water = np.broadcast_to(year.rain_mm - PAN_TO_EVAPOTRANSPIRATION * year.pan_mm, shape)
    covered = np.broadcast_to(year.covered, shape)

    def after(deficit: Floats, rows: slice | NDArray[np.integer]) -> Floats:
        for m in range(year.n_months):
            deficit = next_deficit(deficit, water[rows, m], covered[rows, m], largest[rows])
        return deficit

    everywhere = slice(None)
    rest = after(after(np.zeros(soils.n_units), everywhere), everywhere)
    moving = np.flatnonzero(after(rest, everywhere) < rest - _SETTLED_MM)
    if len(moving):
        low, high = largest[moving], rest[moving]
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            settled = after(middle, moving) >= middle - _SETTLED_MM
            low, high = np.where(settled, middle, low), np.where(settled, high, middle)
        rest[moving] = low
    return rest


def year_factors(soils: Soils, year: Months, behavior: Behavior = "written") -> Floats:
    """Return the product a b c of the rate factors in each month, shape (n_units, n_months).

    Parameters
    ----------
    soils : Soils
    year : Months
        The months of a year that repeats.
    behavior : {"written", "gsocseq script"}
        "written": the deficit is carried from year to year until it repeats. "gsocseq script": as
        the function fw1func of the GSOCseq scripts (v1.1, 13 to 15) has it: one pass from January
        on that starts from that month's own balance, the largest deficit of the last month used
        for b in all months, the bare soil's limit (divided by 1.8) entering b, b at least 0.2.
    """
    shape = (soils.n_units, year.n_months)
    water = np.broadcast_to(year.rain_mm - PAN_TO_EVAPOTRANSPIRATION * year.pan_mm, shape)
    covered = np.broadcast_to(year.covered, shape)
    warmth = np.broadcast_to(temperature_factor(year.temperature_c), shape)
    largest = largest_deficit(soils.clay_percent, soils.depth_cm)
    moisture = np.empty(shape)
    if behavior == "written":
        deficit = periodic_deficit(soils, year)
        for m in range(year.n_months):
            deficit = next_deficit(deficit, water[:, m], covered[:, m], largest)
            moisture[:, m] = moisture_factor(deficit, largest)
    else:
        limit = largest[:, None] / np.where(covered, 1.0, 1.8)
        deficits = np.minimum(water, 0.0)
        for m in range(1, year.n_months):
            dried = np.minimum(deficits[:, m - 1] + water[:, m], 0.0)
            deficits[:, m] = np.maximum(dried, limit[:, m])
        last = limit[:, -1:]
        moisture = np.maximum(moisture_factor(deficits, last), 0.2)
    return np.asarray(warmth * moisture * np.where(covered, COVER_FACTOR, 1.0))


def year_map(soils: Soils, year: Months, behavior: Behavior = "written") -> YearMap:
    """Return what a repeating year does, in 4,096 units at a time.

    Parameters
    ----------
    soils : Soils
        n_units units.
    year : Months
        12 months, shape (n_units, 12) or (1, 12). Of `plant` and `manure` only the distribution
        over the months counts; where nothing enters, it is even.
    behavior : {"written", "gsocseq script"}
        As in `year_factors`; the scripts also step by Euler, so that a pool keeps
        ``1 - a b c k / 12`` of its carbon in a month instead of ``exp(-a b c k / 12)``.

    Returns
    -------
    YearMap

    Raises
    ------
    ValueError
        If the months are not 12 or the numbers of units differ.
    """
    if year.n_months != 12:
        raise ValueError(f"year: {year.n_months} months, a repeating year has 12")
    parts = [
        _map_of_block(ground, months, behavior)
        for ground, months, _ in blocks(soils, year, field_capacity(soils))
    ]
    return YearMap(
        *(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(YearMap))
    )


def _decays(soils: Soils, year: Months, behavior: Behavior) -> Floats:
    """Share of each active pool that is left after each month, shape (12, 4, n_units)."""
    factor = np.ascontiguousarray(year_factors(soils, year, behavior).T)[:, None, :]
    z = factor * (np.array(RATES)[:, None] / 12.0)
    return np.asarray(np.exp(-z) if behavior == "written" else 1.0 - z)


def _map_of_block(soils: Soils, year: Months, behavior: Behavior) -> YearMap:
    """Follow 1 t of each pool and of each input through the months, all at once.

    Columns of `carbon`: DPM, RPM, BIO, HUM at the start, plant material, manure.
    """
    n = soils.n_units
    decay = _decays(soils, year, behavior)
    formed = np.stack(formed_shares(soils.clay_percent))[:, None, :]
    shares = [monthly_shares(one) for one in (year.plant, year.manure)]
    carbon = np.zeros((4, 6, n))
    carbon[range(4), range(4)] = 1.0
    for m in range(12):
        left = carbon * decay[m][:, None, :]
        carbon -= left
        left[2:] += formed * carbon.sum(axis=0)
        ratio = year.dpm_rpm[:, m]
        zero = np.zeros_like(ratio)
        left[:, 4] += input_by_pool(shares[0][:, m], zero, ratio)
        left[:, 5] += input_by_pool(zero, shares[1][:, m], ratio)
        carbon = left
    columns = np.moveaxis(carbon, 2, 0)
    return YearMap(
        fresh=np.stack([columns[:, 0, 0], columns[:, 1, 1]], axis=1),
        to_humus=columns[:, 2:, :2].copy(),
        humus=columns[:, 2:, 2:4].copy(),
        plant=columns[:, :, 4].copy(),
        manure=columns[:, :, 5].copy(),
        inert=np.array(soils.inert),
    )


def monthly_shares(entering: Floats) -> Floats:
    """Distribution over the months; even where nothing enters."""
    total = entering.sum(axis=1, keepdims=True)
    even = np.full(entering.shape, 1.0 / entering.shape[1])
    shares: Floats = np.divide(entering, total, out=even, where=total > 0)
    return shares


def repeat(soils: Soils, year: Months, carbon: Floats, years: int) -> Floats:
    """Go through the months of a repeating year, decay computed once; the check on all the above.

    Parameters
    ----------
    soils : Soils
    year : Months
        12 months; the moisture deficit is the one that repeats, see `periodic_deficit`.
    carbon : float64 array, shape (n_units, 5)
        t C/ha by pool at a year's end.
    years : int
        0 or more.

    Returns
    -------
    float64 array, shape (n_units, 5)

    Raises
    ------
    ValueError
        If `years` is no whole number of 0 or above, or the numbers of units differ.
    """
    found = np.array(carbon)
    first = 0
    for ground, months, _ in blocks(soils, year, field_capacity(soils)):
        rows = slice(first, first + ground.n_units)
        first += ground.n_units
        decay = _decays(ground, months, "written")
        to_bio, to_hum = formed_shares(ground.clay_percent)
        new = input_by_pool(months.plant.T, months.manure.T, months.dpm_rpm.T)
        new = np.ascontiguousarray(np.moveaxis(new, 1, 0))
        active = np.ascontiguousarray(carbon[rows, :4].T)
        left, total = np.empty_like(active), np.empty(ground.n_units)
        for month in range(12 * whole_years(years)):
            m = month % 12
            np.multiply(active, decay[m], out=left)
            active -= left
            np.sum(active, axis=0, out=total)
            np.add(left, new[m], out=active)
            active[2] += to_bio * total
            active[3] += to_hum * total
        found[rows, :4] = active.T
    return found


def whole_years(years: int) -> int:
    """Return a number of years.

    Raises
    ------
    ValueError
        If it is no whole number, or below 0.
    """
    if years != int(years) or years < 0:
        raise ValueError(f"years: {years} is no whole number of years, 0 or more")
    return int(years)
