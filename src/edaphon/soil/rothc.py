"""RothC-26.3, the Rothamsted model of carbon turnover in topsoil, vectorized over units.

Pure numpy. `run` goes month by month through any weather; constants and rate factors, with their
sources, stand in `edaphon.soil.rothc_factors` (CPM: the model description of 2024). Where the
weather repeats every year, `edaphon.soil.rothc_year` and `edaphon.soil.rothc_response` give the
equilibrium and the response to sustained inputs without a run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.soil.ranges import inside
from edaphon.soil.rothc_factors import (
    COVER_FACTOR,
    DPM_RPM,
    HALF_LIFE_YR,
    INERT_AGE_YR,
    MEAN_LIFE_YR,
    PAN_TO_EVAPOTRANSPIRATION,
    POOLS,
    RATES,
    formed_shares,
    inert_carbon,
    input_by_pool,
    largest_deficit,
    moisture_factor,
    next_deficit,
    temperature_factor,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "DPM_RPM", "POOLS", "Course", "Months", "SoilState", "Soils", "blocks", "field_capacity",
    "inert_carbon", "run", "spin_up",
]  # fmt: skip

BLOCK_UNITS = 4096  # so few that arrays stay in the cache; results do not depend on it


@dataclass(frozen=True)
class Soils:
    """The soil of every unit.

    Attributes
    ----------
    clay_percent : float64 array, shape (n_units,)
        % by mass of the fine earth, 0 to 100.
    depth_cm : float64 array, shape (n_units,)
        Thickness of the layer from the surface, above 0 and up to 100 cm. RothC was made for
        23 cm; the model scales its water store with the thickness.
    inert : float64 array, shape (n_units,)
        Inert organic matter, t C/ha; see `inert_carbon`.
    """

    clay_percent: Floats
    depth_cm: Floats
    inert: Floats

    @classmethod
    def of(cls, clay_percent: ArrayLike, depth_cm: ArrayLike, inert: ArrayLike) -> Soils:
        """Return soils from values that broadcast to (n_units,).

        Raises
        ------
        ValueError
            If a value is not finite or outside its range; the message names value and range.
        """
        clay = inside("clay_percent", clay_percent, 0.0, 100.0, "%")
        depth = inside("depth_cm", depth_cm, 0.0, 100.0, "cm", above=True)
        still = inside("inert", inert, 0.0, 1000.0, "t C/ha")
        return cls(*np.broadcast_arrays(np.atleast_1d(clay), depth, still))

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.clay_percent)

    def rows(self, rows: slice | NDArray[np.generic]) -> Soils:
        """Return the soils of some units."""
        return Soils(self.clay_percent[rows], self.depth_cm[rows], self.inert[rows])


@dataclass(frozen=True)
class Months:
    """What drives the model, month by month; read-only views of shape (n_units, n_months).

    Attributes
    ----------
    temperature_c : float64 array
        Mean air temperature, degrees Celsius, -60 to 60.
    rain_mm : float64 array
        Rain, with irrigation if any, mm per month, 0 to 5,000.
    pan_mm : float64 array
        Open-pan evaporation, mm per month, -100 to 2,000 (the records of Rothamsted hold values
        just below 0); potential evapotranspiration divided by 0.75.
    covered : bool array
        Whether plants grow.
    plant, manure : float64 arrays
        Carbon that enters the soil, t C/ha per month, 0 to 100: plant material, root exudates
        included, and farmyard manure.
    dpm_rpm : float64 array
        Decomposable over resistant plant material of the plant input, 0 to 100; see `DPM_RPM`.
    modern : float64 array or None
        Radiocarbon of the input relative to the standard (1 = modern), 0 to 3; None if radiocarbon
        is of no interest.
    """

    temperature_c: Floats
    rain_mm: Floats
    pan_mm: Floats
    covered: NDArray[np.bool_]
    plant: Floats
    manure: Floats
    dpm_rpm: Floats
    modern: Floats | None = None

    @classmethod
    def of(
        cls,
        temperature_c: ArrayLike,
        rain_mm: ArrayLike,
        pan_mm: ArrayLike,
        *,
        covered: ArrayLike = True,
        plant: ArrayLike = 0.0,
        manure: ArrayLike = 0.0,
        dpm_rpm: ArrayLike = DPM_RPM["crop"],
        modern: ArrayLike | None = None,
    ) -> Months:
        """Return the drivers from values that broadcast to (n_units, n_months).

        Raises
        ------
        ValueError
            If a value is not finite or outside its range; the message names value and range.
        """
        values = {
            "temperature_c": inside("temperature_c", temperature_c, -60.0, 60.0, "degrees C"),
            "rain_mm": inside("rain_mm", rain_mm, 0.0, 5000.0, "mm"),
            "pan_mm": inside("pan_mm", pan_mm, -100.0, 2000.0, "mm"),
            "plant": inside("plant", plant, 0.0, 100.0, "t C/ha"),
            "manure": inside("manure", manure, 0.0, 100.0, "t C/ha"),
            "dpm_rpm": inside("dpm_rpm", dpm_rpm, 0.0, 100.0, ""),
        }
        if modern is not None:
            values["modern"] = inside("modern", modern, 0.0, 3.0, "of the standard")
        cover = np.asarray(covered, dtype=bool)
        shape = np.broadcast_shapes((1, 1), cover.shape, *(one.shape for one in values.values()))
        wide = {name: np.broadcast_to(one, shape) for name, one in values.items()}
        return cls(covered=np.broadcast_to(cover, shape), **wide)

    @property
    def n_months(self) -> int:
        """Number of months."""
        return int(self.temperature_c.shape[1])

    def rows(self, rows: slice | NDArray[np.generic]) -> Months:
        """Return the months of some units; the same where there is one row for all."""
        if len(self.temperature_c) == 1:
            return self
        given: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(self)}
        return Months(**{name: one[rows] for name, one in given.items() if one is not None})


@dataclass(frozen=True)
class SoilState:
    """What a run starts from and ends with.

    Attributes
    ----------
    carbon : float64 array, shape (n_units, 5)
        t C/ha by pool, in the order of `POOLS`.
    deficit_mm : float64 array, shape (n_units,)
        Topsoil moisture deficit, 0 (field capacity) or below.
    activity : float64 array, shape (n_units, 5), or None
        Carbon times its radiocarbon relative to the standard, by pool.
    """

    carbon: Floats
    deficit_mm: Floats
    activity: Floats | None = None

    @property
    def soc(self) -> Floats:
        """Total organic carbon, t C/ha, shape (n_units,)."""
        return np.asarray(self.carbon.sum(axis=1))


@dataclass(frozen=True)
class Course:
    """What a run gives.

    Attributes
    ----------
    carbon : float64 array, shape (n_units, n_kept, 5)
        t C/ha by pool at the end of each month that was kept.
    delta14c : float64 array, shape (n_units, n_kept), or None
        Of the total organic carbon, per mil.
    end : SoilState
    """

    carbon: Floats
    delta14c: Floats | None
    end: SoilState


def field_capacity(soils: Soils, *, radiocarbon: bool = False) -> SoilState:
    """Return a state without active carbon and without moisture deficit.

    CPM 1.6: soil is taken to be at field capacity at the start. Where it is not, let the weather
    start in the wet season, or carry the deficit of a first year on.
    """
    carbon = np.zeros((soils.n_units, 5))
    carbon[:, 4] = soils.inert
    activity = None
    if radiocarbon:
        activity = carbon * np.exp(-np.log(2.0) / HALF_LIFE_YR * INERT_AGE_YR)
    return SoilState(carbon, np.zeros(soils.n_units), activity)


def run(soils: Soils, months: Months, start: SoilState, *, every: int = 1) -> Course:
    """Run the model month by month.

    Parameters
    ----------
    soils : Soils
        n_units units.
    months : Months
        Shape (n_units, n_months), or (1, n_months) for the same months everywhere.
    start : SoilState
    every : int
        Keep every so many months (12: the ends of the years).

    Returns
    -------
    Course
        The moisture deficit is carried on from `start` and from year to year. Input enters at the
        end of a month, after decomposition. Radiocarbon is followed where `months` holds it and
        `start` too.

    Raises
    ------
    ValueError
        If the parts do not have the same number of units, or `every` does not divide the months.

    Notes
    -----
    Work goes through 4,096 units at a time; the result does not depend on it.
    """
    if every < 1 or months.n_months % every:
        raise ValueError(f"every: {every} does not divide {months.n_months} months")
    parts = [_run_block(block, every) for block in blocks(soils, months, start)]
    carbon, delta, ends = zip(*parts, strict=True)
    followed = [one for one in delta if one is not None]
    activities = [end.activity for end in ends if end.activity is not None]
    end = SoilState(
        np.concatenate([end.carbon for end in ends]),
        np.concatenate([end.deficit_mm for end in ends]),
        np.concatenate(activities) if activities else None,
    )
    return Course(np.concatenate(carbon), np.concatenate(followed) if followed else None, end)


def spin_up(
    soils: Soils, year: Months, *, tolerance: float = 1e-6, radiocarbon: bool = False
) -> tuple[SoilState, NDArray[np.int64]]:
    """Repeat a year from no carbon until the active carbon rests, as the reference code does.

    Parameters
    ----------
    soils : Soils
    year : Months
        12 months.
    tolerance : float
        t C/ha, above 0: largest change of active carbon from one year's end to the next.
    radiocarbon : bool

    Returns
    -------
    state : SoilState
    n_months : int64 array, shape (n_units,)
        Months that each unit took.

    Raises
    ------
    ValueError
        If `tolerance` is not above 0, or nothing decomposes in some unit (as `equilibrium`).

    Notes
    -----
    This rule stops short of the equilibrium, by 1e-4 t C/ha on the reference site; see
    `edaphon.soil.rothc_response.equilibrium` for the exact one, which costs a thousandth.
    """
    inside("tolerance", tolerance, 0.0, np.inf, "t C/ha", above=True)
    if (temperature_factor(year.temperature_c).max(axis=1) == 0.0).any():
        raise ValueError("year: nothing decomposes where all months are below -5 degrees C")
    state = field_capacity(soils, radiocarbon=radiocarbon)
    taken = np.zeros(soils.n_units, dtype=np.int64)
    running = np.arange(soils.n_units)
    before = np.zeros(soils.n_units)
    while len(running):
        part = _of_rows(soils, year, state, running)
        end = run(*part, every=year.n_months).end
        state.carbon[running], state.deficit_mm[running] = end.carbon, end.deficit_mm
        if state.activity is not None and end.activity is not None:
            state.activity[running] = end.activity
        taken[running] += year.n_months
        active = state.carbon[running, :4].sum(axis=1)
        moving = np.abs(active - before[running]) > tolerance
        before[running] = active
        running = running[moving]
    return state, taken


def blocks(
    soils: Soils, months: Months, start: SoilState
) -> Iterator[tuple[Soils, Months, SoilState]]:
    """Yield soils, months and state of 4,096 units at a time.

    Raises
    ------
    ValueError
        If the parts do not have the same number of units.
    """
    n = soils.n_units
    if months.temperature_c.shape[0] not in (1, n) or len(start.carbon) != n:
        counts = f"{n} soils, {months.temperature_c.shape[0]} rows of months"
        raise ValueError(f"{counts} and {len(start.carbon)} states do not fit together")
    for first in range(0, n, BLOCK_UNITS):
        yield _of_rows(soils, months, start, slice(first, first + BLOCK_UNITS))


def _of_rows(
    soils: Soils, months: Months, state: SoilState, rows: slice | NDArray[np.integer]
) -> tuple[Soils, Months, SoilState]:
    """Return the parts of some units."""
    activity = None if state.activity is None else state.activity[rows]
    part = SoilState(state.carbon[rows], state.deficit_mm[rows], activity)
    return soils.rows(rows), months.rows(rows), part


def _run_block(
    block: tuple[Soils, Months, SoilState], every: int
) -> tuple[Floats, Floats | None, SoilState]:
    """Run one block; arrays have the units last inside, so that each pool is contiguous."""
    soils, months, start = block
    rates = np.array(RATES)[:, None] / 12.0
    to_bio, to_hum = formed_shares(soils.clay_percent)
    largest = largest_deficit(soils.clay_percent, soils.depth_cm)
    carbon, deficit = start.carbon.T.copy(), start.deficit_mm
    activity = None
    if start.activity is not None and months.modern is not None:
        activity = start.activity.T.copy()
    fading = np.exp(-np.log(2.0) / HALF_LIFE_YR / 12.0)
    kept, delta = [], []
    for m in range(months.n_months):
        water = months.rain_mm[:, m] - PAN_TO_EVAPOTRANSPIRATION * months.pan_mm[:, m]
        covered = months.covered[:, m]
        deficit = next_deficit(deficit, water, covered, largest)
        factor = temperature_factor(months.temperature_c[:, m]) * moisture_factor(deficit, largest)
        decay = np.exp(-rates * factor * np.where(covered, COVER_FACTOR, 1.0))
        new = input_by_pool(months.plant[:, m], months.manure[:, m], months.dpm_rpm[:, m])
        _decompose(carbon, decay, to_bio, to_hum)
        carbon[:4] += new
        if activity is not None and months.modern is not None:
            _decompose(activity, decay, to_bio, to_hum)
            activity[:4] *= fading
            activity[:4] += months.modern[:, m] * new
        if (m + 1) % every == 0:
            kept.append(carbon.T.copy())
            if activity is not None:
                delta.append(_delta14c(carbon, activity))
    end = SoilState(carbon.T, deficit, None if activity is None else activity.T)
    return np.stack(kept, axis=1), np.stack(delta, axis=1) if delta else None, end


def _decompose(carbon: Floats, decay: Floats, to_bio: Floats, to_hum: Floats) -> None:
    """Let the active pools, rows 0 to 3, decompose in place by one step."""
    lost = carbon[:4] * (1.0 - decay)
    carbon[:4] *= decay
    total = lost.sum(axis=0)
    carbon[2] += to_bio * total
    carbon[3] += to_hum * total


def _delta14c(carbon: Floats, activity: Floats) -> Floats:
    """Return delta 14C of the total in per mil: 1000 exp(-age / 8035) - 1000 (CPM 1.8)."""
    soc = carbon.sum(axis=0)
    share = np.divide(activity.sum(axis=0), soc, out=np.ones_like(soc), where=soc > 0)
    return np.asarray(1000.0 * (share ** (HALF_LIFE_YR / np.log(2.0) / MEAN_LIFE_YR) - 1.0))
