"""Where samples were taken: coordinate columns, checked, in degrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyproj

from edaphon.data.columns import as_text
from edaphon.data.delimited import numeric_column, read_table
from edaphon.data.geometry import WGS84, transform_points, unknown_crs
from edaphon.data.messages import counted, name_some, unknown_column
from edaphon.errors import DataError, Finding, raise_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.sections import Config

_X = (
    "lon", "long", "longitude", "lng", "x", "easting", "east", "x_coord", "point_x", "coord_x",
    "utm_x", "utm_e", "rechtswert", "ostwert",
)  # fmt: skip
_Y = (
    "lat", "latitude", "y", "northing", "north", "y_coord", "point_y", "coord_y",
    "utm_y", "utm_n", "hochwert", "nordwert",
)  # fmt: skip


@dataclass(frozen=True)
class SamplePoints:
    """The rows of a samples' file that have coordinates.

    Attributes
    ----------
    table : DataFrame, n rows
        All columns; the index holds line numbers.
    longitude, latitude : float64 arrays, shape (n,)
        Degrees, WGS 84.
    source : str
        File name.
    findings : tuple of Finding
    coordinates : tuple of str
        Names of the coordinate columns.
    """

    table: pd.DataFrame
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    source: str
    findings: tuple[Finding, ...]
    coordinates: tuple[str, ...] = ()


def read_points(config: Config, name: str) -> SamplePoints:
    """Read the samples' or observations' file of a surrogate and where its rows lie.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.

    Returns
    -------
    SamplePoints
        Rows without coordinates dropped, with a note.

    Raises
    ------
    DataError
        For a file that cannot be read, profiles that stand twice or that no file holds, unknown or
        unclear coordinate columns, text in them, an unknown CRS, or coordinates that it cannot
        hold.
    """
    key = f"surrogates.{name}"
    section = config.surrogates[name]
    key_of_file = f"{key}.{'samples' if section.samples else 'observations'}"
    path = config.resolve(section.file)
    table, notes = read_table(path, config.where(key_of_file))
    if section.profiles:
        table, found = _with_profiles(config, name, table)
        notes = (*notes, *found)
    columns = [_coordinate(config, key, axis, table, path.name) for axis in ("x", "y")]
    faults = [found for found in columns if isinstance(found, Finding)]
    if faults:
        raise DataError(faults)
    (x, x_faults), (y, y_faults) = (
        numeric_column(table, str(column), path.name) for column in columns
    )
    if x_faults or y_faults:
        raise DataError((*x_faults, *y_faults))
    given = np.isfinite(x) & np.isfinite(y)
    if not given.all():
        what = f"left out {counted((~given).sum(), 'row')} without coordinates"
        some = f"lines {name_some(table.index[~given])}"
        notes = (*notes, Finding(path.name, f"{what} ({some})", severity="note"))
    longitude, latitude = _degrees(
        config.where(f"{key}.crs"), section.crs, x[given], y[given], path.name
    )
    names = tuple(map(str, columns))
    return SamplePoints(table[given], longitude, latitude, path.name, notes, names)


def _with_profiles(
    config: Config, name: str, table: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Add the columns of the profiles' file to the rows of each profile."""
    key, section = f"surrogates.{name}", config.surrogates[name]
    path = config.resolve(section.profiles)
    place = config.where(f"{key}.profiles")
    profiles, notes = read_table(path, place)
    column = section.profile
    files = ((section.file, table), (path.name, profiles))
    raise_errors(
        unknown_column(config.where(f"{key}.profile"), column, held.columns, file)
        for file, held in files
        if column not in held.columns
    )
    here, there = as_text(table[column]), as_text(profiles[column])
    twice = pd.Series(there, index=profiles.index)
    twice = twice[twice.duplicated()]
    if len(twice):
        some = name_some(f"line {line}: {profile}" for line, profile in twice.items())
        what = f"{counted(len(twice), 'profile')} of {path.name} more than once ({some})"
        raise DataError(Finding(f"{path.name}: {column}", what, "Give each profile one row."))
    position = pd.Index(there).get_indexer(pd.Index(here))
    lost = position < 0
    if lost.all():
        what = f"no profile of {section.file} stands in {path.name}"
        raise DataError(Finding(place, what, f"Both have the column {column}: compare its texts."))
    if lost.any():
        what = f"left out {counted(lost.sum(), 'row')} whose profile has no row in {path.name}"
        some = name_some(dict.fromkeys(here[lost].tolist()))
        notes = (*notes, Finding(f"{path.name}: {column}", f"{what} ({some})", severity="note"))
    added = profiles.iloc[position[~lost]].set_index(table.index[~lost])
    own = [one for one in added.columns if one not in table.columns]
    return pd.concat([table[~lost], added[own]], axis=1), notes


def _coordinate(
    config: Config, key: str, axis: str, table: pd.DataFrame, source: str
) -> str | Finding:
    """Return the name of a coordinate column, or what is wrong."""
    named = str(getattr(config.surrogates[key.removeprefix("surrogates.")], axis))
    if named:
        known = named in table.columns
        return (
            named if known else unknown_column(config.where(f"{key}.{axis}"), named, table, source)
        )
    folded = {str(column).casefold(): str(column) for column in table.columns}
    for candidate in _X if axis == "x" else _Y:
        if candidate in folded:
            return folded[candidate]
    meaning = "longitude or easting" if axis == "x" else "latitude or northing"
    what = f"{source} has no column that we know as {meaning}"
    hint = f"Write {axis}: COLUMN under {key}; its columns are {name_some(table.columns, 12)}."
    return Finding(config.where(key), what, hint)


def _degrees(
    where: str,
    crs: str,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    source: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    unknown = unknown_crs(where, crs)
    if unknown is not None:
        raise DataError(unknown)
    if not len(x):
        raise DataError(Finding(source, "no row has coordinates", "Fill in the coordinates."))
    if pyproj.CRS.from_user_input(crs).is_geographic and (
        np.abs(y).max() > 90 or np.abs(x).max() > 360
    ):
        what = (
            f"the coordinates of {source} are no degrees (x up to {np.abs(x).max():g}, y up to "
            f"{np.abs(y).max():g}), but their CRS is {crs}"
        )
        hint = "Write their own CRS, as crs: EPSG:25832; or x and y are swapped."
        raise DataError(Finding(where, what, hint))
    longitude, latitude = transform_points(x, y, crs, WGS84)
    if not (np.isfinite(longitude) & np.isfinite(latitude)).all():
        what = f"some coordinates of {source} lie outside of {crs}"
        raise DataError(Finding(where, what, "Check crs and the coordinate columns."))
    return longitude, latitude
