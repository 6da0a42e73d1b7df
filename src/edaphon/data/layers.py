"""The predictors that come from rasters: the rasters themselves, by date, and what derives of them.

Sets of derived columns are offered to surrogates as a whole: "focal" and "terrain".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.dates import decimal_year
from edaphon.config.readings import NONE
from edaphon.data.derived import TERRAIN, focal_mean, terrain, window_cells
from edaphon.data.rasters import read_raster

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.quantity import Quantity
    from edaphon.config.sections import Config
    from edaphon.data.rasters import Raster

FOCAL, RELIEF = "focal", "terrain"

_HEIGHTS = ("elevation", "elev", "dem", "dtm", "dgm", "altitude", "alt", "height", "heights")
_METERS = ("m", "masl", "meters")


@dataclass(frozen=True)
class Column:
    """A predictor that is computed from a raster.

    Attributes
    ----------
    name : str
    family : str
        "focal", "terrain", or empty for the raster itself.
    source : str
        The raster's name.
    radius : Quantity or None
        Of a focal mean, or of a position above the surroundings.
    """

    name: str
    family: str
    source: str
    radius: Quantity | None = None


@dataclass(frozen=True)
class Layer:
    """A predictor at one date.

    Attributes
    ----------
    column : Column
    raster : Raster
        Its findings are those of the file, for the raster itself only.
    where : str
        Place in the config.
    """

    column: Column
    raster: Raster
    where: str


def raster_columns(config: Config) -> tuple[Column, ...]:
    """Return every predictor that comes from rasters, known without reading them.

    Parameters
    ----------
    config : Config

    Returns
    -------
    tuple of Column
        The rasters, then focal means of numeric ones, then the terrain of the heights. A name that
        is a predictor already is not computed.
    """
    section = config.predictors
    made = [Column(name, "", name) for name in section.rasters]
    for name in section.rasters:
        if name not in section.categories:
            made += [Column(f"{name}_mean_{_said(r)}", FOCAL, name, r) for r in section.focal]
    heights = heights_of(config)
    if heights:
        made += [Column(f"{heights}_{part}", RELIEF, heights) for part in TERRAIN]
        made += [
            Column(f"{heights}_position_{_said(radius)}", RELIEF, heights, radius)
            for radius in section.focal
        ]
    taken = {*section.columns, *section.rasters}
    return tuple(one for one in made if not one.family or one.name not in taken)


def heights_of(config: Config) -> str:
    """Return the raster whose terrain is computed, empty for none."""
    section = config.predictors
    if section.terrain:
        return "" if section.terrain == NONE else section.terrain
    for name in section.rasters:
        words = [word for word in name.casefold().split("_") if word not in _METERS]
        if "_".join(words) in _HEIGHTS and name not in section.categories:
            return name
    return ""


def sets_of(config: Config, use: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """Return the sets of derived columns, by name.

    Parameters
    ----------
    config : Config
    use : tuple of str
        Predictors in use; all if empty. Only what derives of them is in the sets.
    """
    columns = [one for one in raster_columns(config) if not use or one.source in use]
    found = {
        family: tuple(one.name for one in columns if one.family == family)
        for family in (FOCAL, RELIEF)
    }
    return {family: names for family, names in found.items() if names}


def dates_of(config: Config, name: str) -> tuple[float, ...]:
    """Return the dates of a raster as decimal years, empty if it has none."""
    files = config.predictors.rasters[name]
    return () if isinstance(files, str) else tuple(decimal_year(when) for when in files)


def date_for_units(config: Config, name: str) -> int:
    """Return the position of the date that stands for the units: nearest the reference, or last."""
    years = dates_of(config, name)
    if not years:
        return 0
    reference = config.predictors.reference
    wanted = decimal_year(reference) if reference else max(years)
    return int(nearest(years, np.array([wanted]))[0])


def nearest(years: tuple[float, ...], wanted: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the position of the nearest date for each year, shape (n,); the earlier of two."""
    order = np.argsort(years, kind="stable")
    apart = np.abs(np.asarray(years)[order][None, :] - wanted[:, None])
    return np.asarray(order[np.argmin(apart, axis=1)])


def place_of(config: Config, name: str, date: int = 0) -> str:
    """Return where the config names a raster's file."""
    files = config.predictors.rasters[name]
    key = f"predictors.rasters.{name}"
    return config.where(key if isinstance(files, str) else f"{key}.{list(files)[date]}")


def read_dated(config: Config, name: str, date: int = 0) -> Raster:
    """Read a raster at one of its dates.

    Raises
    ------
    DataError
        As `edaphon.data.rasters.read_raster`.
    """
    files = config.predictors.rasters[name]
    file = files if isinstance(files, str) else list(files.values())[date]
    return read_raster(config.resolve(file), place_of(config, name, date))


def layers_of(config: Config, name: str, date: int = 0) -> Iterator[Layer]:
    """Read a raster and yield it with everything that derives of it.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``predictors.rasters``.
    date : int
        Position among its dates.

    Yields
    ------
    Layer
        In the order of `raster_columns`, the raster itself first.

    Raises
    ------
    DataError
        As `edaphon.data.rasters.read_raster`.
    """
    raster = read_dated(config, name, date)
    where = place_of(config, name, date)
    relief: dict[str, NDArray[np.float64]] = {}
    means: dict[Quantity, NDArray[np.float64]] = {}
    for column in raster_columns(config):
        if column.source != name:
            continue
        if not column.family:
            yield Layer(column, raster, where)
            continue
        if column.radius is not None and column.radius not in means:
            reach = window_cells(raster, column.radius)
            means[column.radius] = focal_mean(raster.values, reach)
        if column.family == RELIEF and not relief:
            relief = terrain(raster)
        if column.radius is None:
            values = relief[column.name.removeprefix(f"{name}_")]
        elif column.family == FOCAL:
            values = means[column.radius]
        else:
            values = raster.values - means[column.radius]
        yield Layer(column, replace(raster, values=values, findings=()), where)


def _said(radius: Quantity) -> str:
    """Write a radius as part of a name: "2", "5km"."""
    return str(radius).replace(" ", "")
