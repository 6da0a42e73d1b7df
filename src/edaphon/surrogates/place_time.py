"""Predictors that every sample brings along: where and when it was taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.messages import counted
from edaphon.errors import DataError, Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Samples

ANGLES = (0.0, 30.0, 60.0, 90.0, 120.0, 150.0)
"""Directions in degrees, counterclockwise from east, along which coordinates are measured."""

COORDINATES, TREND, SEASON = "coordinates", "year", "season"


@dataclass(frozen=True)
class PlaceTime:
    """Columns made of coordinates and dates, and what stands in for the dates of units.

    Attributes
    ----------
    coordinates : bool
        Coordinates along the `ANGLES`.
    years : tuple of float or None
        First and last sampled year and the one that predictions are for; None without a trend.
    season : float or None
        Part of the year that predictions are for; None without a season.
    """

    coordinates: bool = False
    years: tuple[float, float, float] | None = None
    season: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the predictors."""
        wanted = (
            (COORDINATES, self.coordinates),
            (TREND, self.years is not None),
            (SEASON, self.season is not None),
        )
        return tuple(name for name, used in wanted if used)

    @property
    def widths(self) -> tuple[int, ...]:
        """Columns of each predictor."""
        count = {COORDINATES: len(ANGLES), TREND: 1, SEASON: 2}
        return tuple(count[name] for name in self.names)

    def only(self, names: tuple[str, ...]) -> PlaceTime:
        """Return what makes some of the predictors."""
        return replace(self, coordinates=self.coordinates and COORDINATES in names)

    def columns(
        self,
        n: int,
        x: NDArray[np.float64] | None,
        y: NDArray[np.float64] | None,
        year: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """Build the columns, (n, sum of `widths`).

        Parameters
        ----------
        n : int
            Rows.
        x, y : float64 arrays, shape (n,), or None
            Meters; needed for coordinates.
        year : float64 array, shape (n,), optional
            Decimal years of samples; the year and season that predictions are for if not given.

        Raises
        ------
        DataError
            If coordinates are used and there are none.

        Notes
        -----
        Oblique geographic coordinates: Moller et al. 2020, SOIL 6:269-289. Trees split across the
        axes that they are given, so more directions let them follow slanting borders.
        """
        parts = [np.zeros((n, 0))]
        if self.coordinates:
            if x is None or y is None:
                what = "this surrogate uses coordinates as predictors, and these rows have none"
                hint = "Predict with Predictors that have x and y, or fit without coordinates."
                raise DataError(Finding("predictors: coordinates", what, hint))
            turned = np.radians(ANGLES)
            parts.append(np.outer(x, np.cos(turned)) + np.outer(y, np.sin(turned)))
        if self.years is not None:
            first, last, asked = self.years
            parts.append(
                (np.full(n, asked) if year is None else np.clip(year, first, last))[:, None]
            )
        if self.season is not None:
            part = np.full(n, self.season) if year is None else year - np.floor(year)
            around = 2 * np.pi * part
            parts.append(np.column_stack([np.sin(around), np.cos(around)]))
        return np.hstack(parts)


@dataclass(frozen=True)
class Dated:
    """What dates make of samples.

    Attributes
    ----------
    place_time : PlaceTime
    year : float64 array, shape (n,), or None
        Decimal years, the middle one where a sample has none.
    weights : float64 array, shape (n,), or None
    notes : tuple of str
    """

    place_time: PlaceTime
    year: NDArray[np.float64] | None
    weights: NDArray[np.float64] | None
    notes: tuple[str, ...]


def use_dates(
    samples: Samples,
    *,
    coordinates: bool = False,
    trend: bool = False,
    season: bool = False,
    older_than: tuple[float, float] | None = None,
    reference_year: float | None = None,
) -> Dated:
    """Decide what places and dates contribute.

    Parameters
    ----------
    samples : Samples
    coordinates : bool
        Offer coordinates as predictors.
    trend, season : bool
        Use the year, the time of the year as predictors.
    older_than : tuple of float, optional
        Samples taken more than so many years before the reference year count by this factor.
    reference_year : float, optional
        Year that predictions are for; that of the latest sample if not given.

    Returns
    -------
    Dated

    Raises
    ------
    DataError
        If dates are needed and no sample has one, coordinates are wanted and there are none, or
        the limits of age make no sense.

    Notes
    -----
    A trend is one more predictor column: linear for ridge, a curve for splines, steps for trees.
    None of these can be trusted beyond the sampled years, so predictions for a reference year
    beyond them are made for the nearest sampled one. Predictions are for the mean time of the
    sampled year (mean direction on the circle of the year).
    """
    place = f"{samples.source}: {samples.name}"
    if coordinates and (samples.x is None or samples.y is None):
        what = "coordinates are to be predictors, and the samples have none"
        raise DataError(Finding(place, what, "Name their columns, or leave out coordinates."))
    weights, notes = samples.weight, []
    if weights is not None:
        notes.append(f"Samples count by their weights, {weights.min():g} to {weights.max():g}.")
    if not (trend or season or older_than):
        return Dated(PlaceTime(coordinates), None, weights, tuple(notes))
    known = np.isfinite(samples.year) if samples.year is not None else np.zeros(0, dtype=bool)
    if samples.year is None or not known.any():
        what = "trend, season and older_than need the dates of the samples, and there are none"
        raise DataError(Finding(place, what, "Name the column of dates, or leave these out."))
    middle = float(np.median(samples.year[known]))
    year = np.where(known, samples.year, middle)
    if not known.all():
        what = f"{counted((~known).sum(), 'sample')} without a date count as of {middle:.1f}"
        notes.append(f"{what}, the middle one.")
    reference = float(year.max()) if reference_year is None else reference_year
    years = _trend(year, reference, notes) if trend else None
    part = _season(year[known], notes) if season else None
    if older_than is not None:
        old = known & (reference - year > older_than[0])
        weights = _aged(old, weights, older_than, place)
        since = f"taken more than {older_than[0]:g} years before {reference:.1f}"
        notes.append(
            f"{counted(old.sum(), 'sample')} {since} "
            f"{'counts' if old.sum() == 1 else 'count'} {older_than[1]:g} times as much as a newer "
            "one."
            if old.any()
            else f"No sample was {since}, so none counts less for its age."
        )
    return Dated(PlaceTime(coordinates, years, part), year, weights, tuple(notes))


def _trend(
    year: NDArray[np.float64], reference: float, notes: list[str]
) -> tuple[float, float, float]:
    """First and last sampled year, and the one that predictions are for."""
    first, last = float(year.min()), float(year.max())
    asked = float(np.clip(reference, first, last))
    notes.append(f"The year is a predictor; predictions are for {asked:.1f}.")
    if asked != reference:
        notes.append(
            f"A trend is not carried on beyond the sampled years {first:.1f} to {last:.1f}."
        )
    return first, last, asked


def _season(year: NDArray[np.float64], notes: list[str]) -> float:
    """Part of the year that predictions are for: the mean direction on the circle of the year."""
    direction = np.exp(2j * np.pi * year).mean()
    part = float(np.angle(direction) / (2 * np.pi) % 1)
    notes.append(
        "The time of the year is a predictor; predictions are for day "
        f"{int(part * 365) + 1} of the year, the mean of the samples."
    )
    return part


def _aged(
    old: NDArray[np.bool_],
    weights: NDArray[np.float64] | None,
    older_than: tuple[float, float],
    place: str,
) -> NDArray[np.float64] | None:
    """Weights, (n,), with those of old samples reduced; as given where none is old."""
    age, factor = older_than
    if not (age > 0 and 0 < factor <= 1):
        what = f"older_than is {age:g} years with a weight of {factor:g}"
        raise DataError(Finding(place, what, "Years above 0, and a weight above 0 up to 1."))
    if not old.any():
        return weights
    return np.where(old, factor, 1.0) * (1.0 if weights is None else weights)
