"""Carbon that sustainable management could store: the scenarios of GSOCseq, by RothC.

FAO (2020), Technical specifications and country guidelines for Global Soil Organic Carbon
Sequestration Potential Map (GSOCseq), technical manual (cited as manual with chapter or equation;
read in the source text that FAO publishes). Pure numpy. Where FAO's published R scripts (v1.1)
depart from RothC the written model is the default; `behavior` takes the scripts' side.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.soil.npp import miami_npp
from edaphon.soil.ranges import inside
from edaphon.soil.rothc import Months, Soils, SoilState, run
from edaphon.soil.rothc_factors import (
    BIO_SHARE,
    HUM_SHARE,
    RATES,
    formed_shares,
    inert_carbon,
)
from edaphon.soil.rothc_response import advance, equilibrium, input_for_stock
from edaphon.soil.rothc_year import (
    Behavior,
    monthly_shares,
    periodic_deficit,
    year_factors,
    year_map,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

SCENARIOS = (0.05, 0.10, 0.20)
"""More carbon input than business as usual: SSM1 to SSM3 (manual, chapter 6)."""

YEARS = 20
"""The manual's horizon, after IPCC: a convention; RothC is then about a third of the way to its
new equilibrium."""

CO2_PER_C = 44.0 / 12.0
"""Mass of CO2 per mass of carbon (12 and 44 g/mol)."""

DEPTH_CM = 30.0
"""Layer of the manual's stocks, from the surface."""

UNCERTAINTY = {"temperature": 0.02, "rain": 0.05, "clay": 0.10, "soc": 0.20, "input": 0.15}
"""Half widths of 95 % intervals as shares of the value (manual, table 12.1). For the input it is
added to the scenario's increase: SSM2 ranges from -5 to +25 %."""


@dataclass(frozen=True)
class Sequestration:
    """What n_units units store under business as usual and under k scenarios.

    Attributes
    ----------
    scenarios : tuple of float
        Increase of the input, as shares.
    years : int
    start : float64 array, shape (n_units,)
        Organic carbon at the start, t C/ha.
    carbon_input : float64 array, shape (n_units,)
        Plant input of business as usual, t C/ha and year.
    usual : float64 array, shape (n_units,)
        Organic carbon at the end under business as usual.
    managed : float64 array, shape (n_units, k)
        The same under each scenario.
    low, high : Sequestration or None
        The same runs with every input at the end of its range that gives the least and the most
        carbon (manual, equations 12.3 and 12.4); None in those two themselves.
    """

    scenarios: tuple[float, ...]
    years: int
    start: Floats
    carbon_input: Floats
    usual: Floats
    managed: Floats
    low: Sequestration | None = None
    high: Sequestration | None = None

    @property
    def absolute(self) -> Floats:
        """Against the start (manual, equation 2.1), t C/ha, shape (n_units, k)."""
        return np.asarray(self.managed - self.start[:, None])

    @property
    def relative(self) -> Floats:
        """Against business as usual (manual, equation 2.2), t C/ha, shape (n_units, k)."""
        return np.asarray(self.managed - self.usual[:, None])

    @property
    def relative_range(self) -> tuple[Floats, Floats]:
        """Least and most of `relative` in the runs at the ends of the ranges, (n_units, k) each.

        Raises
        ------
        ValueError
            If low and high were not run.
        """
        low, high = self._ends()
        return np.minimum(low.relative, high.relative), np.maximum(low.relative, high.relative)

    def _ends(self) -> tuple[Sequestration, Sequestration]:
        if self.low is None or self.high is None:
            raise ValueError("uncertainty: the runs at the ends of the ranges are missing")
        return self.low, self.high

    def uncertainty(self) -> dict[str, Floats]:
        """Return the manual's uncertainties in %, half of a 95 % interval over the value.

        Returns
        -------
        dict of str to float64 array
            "start" and "usual", shape (n_units,), and "managed", shape (n_units, k), by equation
            12.7, ``100 (max - min) / (2 mean)``; "absolute" and "relative", shape (n_units, k), by
            equation 12.2: in quadrature, as if both stocks were independent. They are not (the
            same soil, weather and input), so these two run to hundreds of percent; the
            range of the paired runs, `relative_range`, is what the gain itself does.

        Raises
        ------
        ValueError
            If low and high were not run.
        """
        low, high = self._ends()
        half = {
            name: (getattr(high, name) - getattr(low, name)) / 2.0
            for name in ("start", "usual", "managed")
        }
        with np.errstate(divide="ignore", invalid="ignore"):
            percent = {name: 100.0 * half[name] / getattr(self, name) for name in half}
            for name, other, change in (
                ("absolute", "start", self.absolute),
                ("relative", "usual", self.relative),
            ):
                both = np.hypot(half["managed"], half[other][:, None])
                percent[name] = 100.0 * both / np.abs(change)
        return percent


def sequester(
    soc_t_ha: ArrayLike,
    clay_percent: ArrayLike,
    year: Months,
    *,
    scenarios: tuple[float, ...] = SCENARIOS,
    years: int = YEARS,
    depth_cm: ArrayLike = DEPTH_CM,
    warm_up: Months | None = None,
    behavior: Behavior = "written",
) -> Sequestration:
    """Return what business as usual and each scenario store, with the manual's uncertainty.

    Phase 1 finds the input that keeps the measured stock in equilibrium under `year`; phase 2, if
    `warm_up` is given, runs its years with that input scaled by each year's MIAMI production over
    that of `year`; phase 3 runs `years` years with that input (the mean of the warm-up's) and the
    scenarios' more. Without a warm-up (stocks measured lately) business as usual rests in
    equilibrium.

    Parameters
    ----------
    soc_t_ha : array_like, shape (n_units,)
        Organic carbon of the layer, t C/ha, above 0 and up to 800.
    clay_percent : array_like, shape (n_units,)
    year : Months
        12 months, shape (n_units, 12): mean weather, cover, the distribution of plant input and
        its DPM/RPM; manure and radiocarbon are not read.
    scenarios : tuple of float
        Increases of the input, as shares.
    years : int
        Horizon; the manual's is 20.
    depth_cm : array_like
        Thickness of the layer.
    warm_up : Months, optional
        Shape (n_units, 12 x years): weather and cover of the years between the measurement of the
        stocks and the start; plant input and manure are not read.
    behavior : {"written", "gsocseq script"}
        See `edaphon.soil.rothc_year.year_map`; the scripts' equilibrium comes from the year's mean
        rate factor.

    Returns
    -------
    Sequestration
        With `low` and `high`: stock -20 / +20 %, temperature (in degrees C) +2 / -2 %, rain
        -5 / +5 %, clay -10 / +10 % in all phases, and the scenarios' increase -15 / +15 points.

    Raises
    ------
    ValueError
        If a value is outside its range or the numbers of units differ.
    """
    soc = np.atleast_1d(inside("soc_t_ha", soc_t_ha, 0.0, 800.0, "t C/ha", above=True))
    clay = inside("clay_percent", clay_percent, 0.0, 100.0, "%")
    depth = inside("depth_cm", depth_cm, 0.0, 100.0, "cm", above=True)
    clay, depth = np.broadcast_to(clay, soc.shape), np.broadcast_to(depth, soc.shape)

    rows = len(soc)
    year, warm = _wide(year, rows), None if warm_up is None else _wide(warm_up, rows)

    def runs(side: int) -> Sequestration:
        share = {name: 1.0 + side * half for name, half in UNCERTAINTY.items()}
        stock = soc * share["soc"]
        grain = np.minimum(clay * share["clay"], 100.0)
        climate = (2.0 - share["temperature"], share["rain"])
        case = _Case(
            Soils.of(grain, depth, inert_carbon(stock)),
            stock,
            _weather(year, *climate),
            None if warm is None else _weather(warm, *climate),
            behavior,
        )
        more = tuple(one + side * UNCERTAINTY["input"] for one in scenarios)
        return _phases(case, more, years)

    middle, low, high = runs(0), runs(-1), runs(1)
    return replace(middle, low=low, high=high)


@dataclass(frozen=True)
class _Case:
    """One arrangement of the inputs."""

    soils: Soils
    soc: Floats
    year: Months
    warm: Months | None
    behavior: Behavior


def _wide(months: Months, n_units: int) -> Months:
    """Return months with a row for every unit."""
    given: dict[str, Any] = {one.name: getattr(months, one.name) for one in fields(months)}
    shape = (n_units, months.n_months)
    wide = {name: np.broadcast_to(one, shape) for name, one in given.items() if one is not None}
    return Months(**wide)


def _weather(months: Months, warmth: float, rain: float) -> Months:
    """Return months with other temperature and rain, without manure and radiocarbon."""
    return replace(
        months,
        temperature_c=months.temperature_c * warmth,
        rain_mm=months.rain_mm * rain,
        manure=np.zeros_like(months.plant),
        modern=None,
    )


def _phases(case: _Case, scenarios: tuple[float, ...], years: int) -> Sequestration:
    """Equilibrium, warm-up, forward."""
    soils, year, warm = case.soils, case.year, case.warm
    forward = year_map(soils, year, case.behavior)
    if case.behavior == "written":
        plant = input_for_stock(forward, case.soc)
        carbon = equilibrium(forward, plant)
    else:
        unit = mean_rate_equilibrium(soils, year, case.behavior)
        plant = (case.soc - soils.inert) / unit.sum(axis=1)
        carbon = np.column_stack([unit * plant[:, None], soils.inert])
    if warm is not None:
        plants = plant[:, None] * _productions(warm) / _productions(year)
        carbon = _warmed(case, warm, carbon, plants)
        plant = plants.mean(axis=1)
        forward = year_map(soils, _mean_year(warm, year), case.behavior)
    usual = advance(forward, carbon, years, plant).sum(axis=1)
    managed = [advance(forward, carbon, years, plant * (1.0 + x)).sum(axis=1) for x in scenarios]
    return Sequestration(
        scenarios, years, carbon.sum(axis=1), plant, usual, np.stack(managed, axis=1)
    )


def _productions(months: Months) -> Floats:
    """MIAMI production of every year, shape (n_units, n_years)."""
    shape = (len(months.temperature_c), -1, 12)
    warmth = months.temperature_c.reshape(shape).mean(axis=2)
    return miami_npp(warmth, months.rain_mm.reshape(shape).sum(axis=2))


def _mean_year(months: Months, year: Months) -> Months:
    """Return the mean weather of several years by calendar month; the rest as in `year`."""
    shape = (len(months.temperature_c), -1, 12)
    names = ("temperature_c", "rain_mm", "pan_mm")
    means = {name: getattr(months, name).reshape(shape).mean(axis=1) for name in names}
    return replace(year, **means)


def _warmed(case: _Case, warm: Months, carbon: Floats, plants: Floats) -> Floats:
    """Run the warm-up; the written model carries the moisture deficit from year to year."""
    soils, year, n_years = case.soils, case.year, plants.shape[1]
    if case.behavior == "written":
        months = replace(
            warm,
            plant=np.repeat(plants, 12, axis=1) * np.tile(monthly_shares(year.plant), n_years),
            dpm_rpm=np.tile(year.dpm_rpm, n_years),
        )
        start = SoilState(carbon, periodic_deficit(soils, year))
        return run(soils, months, start, every=12).end.carbon
    for k in range(n_years):
        span = slice(12 * k, 12 * k + 12)
        names = ("temperature_c", "rain_mm", "pan_mm", "covered")
        one = replace(year, **{name: getattr(warm, name)[:, span] for name in names})
        carbon = advance(year_map(soils, one, case.behavior), carbon, 1, plants[:, k])
    return carbon


def mean_rate_equilibrium(soils: Soils, year: Months, behavior: Behavior = "written") -> Floats:
    """Return the equilibrium of 1 t C/ha/yr of plant input if every month had the mean rate.

    With ``x`` the ratio of CO2 to what is formed and ``r`` the mean of a b c: DPM and RPM hold
    their share of the input over ``k r``, BIO ``0.46 / (x k r)`` and HUM ``0.54 / (x k r)``.

    Parameters
    ----------
    soils : Soils
    year : Months
    behavior : {"written", "gsocseq script"}

    Returns
    -------
    float64 array, shape (n_units, 4)
        t C/ha by active pool.

    Raises
    ------
    ValueError
        If nothing decomposes in some unit (all months below -5 degrees C).

    Notes
    -----
    The steady state of RothC's differential equations, as in the analytical spin-up of the GSOCseq
    scripts (v1.1, 13_1; Dechow and others 2019 as cited there). Against the exact monthly
    equilibrium the total is off by some percent; `edaphon.soil.rothc_response.equilibrium` is not.
    """
    to_bio, _ = formed_shares(soils.clay_percent)
    x = BIO_SHARE / to_bio - 1.0
    rate = year_factors(soils, year, behavior).mean(axis=1)
    if not (rate > 0.0).all():
        raise ValueError("year: nothing decomposes where all months are below -5 degrees C")
    ratio = year.dpm_rpm[:, 0]
    shares = (ratio / (ratio + 1.0), 1.0 / (ratio + 1.0), BIO_SHARE / x, HUM_SHARE / x)
    return np.stack([s / (k * rate) for s, k in zip(shares, RATES, strict=True)], axis=1)
