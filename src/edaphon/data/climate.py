"""The monthly climate of the planning units: from a CSV, columns or rasters, checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from edaphon.config.suggest import did_you_mean
from edaphon.data.columns import as_text, unit_numbers
from edaphon.data.delimited import numeric_column, read_table
from edaphon.data.messages import counted, name_some, unknown_column
from edaphon.data.rasters import read_raster, unit_values
from edaphon.errors import DataError, Finding, raise_errors

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edaphon.config.carbon import ClimateSection
    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape

    Floats = NDArray[np.float64]

POTENTIAL_PER_PAN = 0.75
"""Potential evapotranspiration over open-pan evaporation, as RothC takes it (Coleman, Prout & Milne
2024, section 1.2)."""

_COLUMNS = {
    "temperature": ("temperature_c", "temperature", "temp_c", "tmean_c", "tavg", "tas", "tmp"),
    "rain": ("rain_mm", "rain", "precipitation_mm", "precipitation", "prec", "pr", "pre"),
    "evaporation": (
        "evapotranspiration_mm", "evaporation_mm", "evapotranspiration", "evaporation", "pet_mm",
        "pet", "et0", "evap",
    ),
}  # fmt: skip
_RANGES = {
    "temperature": (-60.0, 60.0, "degrees Celsius"),
    "rain": (0.0, 5000.0, "mm per month"),
    "evaporation": (-100.0, 2000.0, "mm per month"),
}
_EARTH_KM = 6371.0


@dataclass(frozen=True)
class Climate:
    """Mean weather of each month, January to December, of every unit.

    Attributes
    ----------
    temperature_c : float64 array, shape (n_units, 12)
        Mean air temperature, degrees Celsius.
    rain_mm, pan_mm : float64 arrays, shape (n_units, 12)
        Precipitation, and open-pan evaporation (potential evapotranspiration / 0.75), mm.
    findings : tuple of Finding
    source : str
        File name, for messages.
    """

    temperature_c: Floats
    rain_mm: Floats
    pan_mm: Floats
    findings: tuple[Finding, ...] = ()
    source: str = "climate"


def read_climate(config: Config, landscape: Landscape) -> Climate | None:
    """Read the monthly climate of all units.

    Parameters
    ----------
    config : Config
    landscape : Landscape

    Returns
    -------
    Climate or None
        None where the config has no `climate`.

    Raises
    ------
    DataError
        With every fault found: files and columns that are not there, months that are missing or
        stand twice, units without climate, values no climate has (with the unit they were perhaps
        meant in: kelvin, tenths of a degree, Fahrenheit).
    """
    section = config.climate
    if section is None:
        return None
    if section.file:
        values, findings = _from_csv(config, section, landscape)
        source = Path(section.file).name
    else:
        values, findings = _from_names(config, section, landscape)
        source = landscape.source
    for variable, array in values.items():
        place = config.where(f"climate.{variable}" if not section.file else "climate.file")
        findings += _doubts(variable, array, landscape, place)
    noted = raise_errors(findings)
    pan = values["evaporation"]
    if section.evaporation_kind == "potential":
        pan = pan / POTENTIAL_PER_PAN
    return Climate(values["temperature"], values["rain"], pan, noted, source)


# Columns and rasters ---------------------------------------------------------------------------


def _from_names(
    config: Config, section: ClimateSection, landscape: Landscape
) -> tuple[dict[str, Floats], list[Finding]]:
    """Values from twelve columns or rasters for each variable."""
    found: dict[str, Floats] = {}
    findings: list[Finding] = []
    for variable in _RANGES:
        columns = np.full((landscape.n_units, 12), np.nan)
        faults = 0
        for m, name in enumerate(section.twelve(variable)):
            place = config.where(f"climate.{variable}", m)
            try:
                columns[:, m], notes = _one_month(config, landscape, name, place)
            except DataError as fault:
                findings += fault.findings
                faults += 1
                continue
            findings += notes
        if not faults:
            findings += _missing(columns, landscape, variable, config.where(f"climate.{variable}"))
        found[variable] = columns
    return found, list(dict.fromkeys(findings))


def _one_month(
    config: Config, landscape: Landscape, name: str, place: str
) -> tuple[Floats, tuple[Finding, ...]]:
    """Values of a column, or of a raster where the name ends like a file."""
    if Path(name).suffix:
        return unit_values(landscape, read_raster(config.resolve(name), place), place)
    if name not in landscape.attributes.columns:
        known = [str(column) for column in landscape.attributes.columns]
        raise DataError(unknown_column(place, name, known, landscape.source))
    values, faults = unit_numbers(landscape, name)
    return values, raise_errors(faults)


def _missing(values: Floats, landscape: Landscape, variable: str, place: str) -> list[Finding]:
    """Say which units lack a month."""
    gone = ~np.isfinite(values).all(axis=1)
    if not gone.any():
        return []
    some = name_some(landscape.ids[gone])
    what = f"no monthly {variable} in {counted(gone.sum(), 'unit')} ({some})"
    return [Finding(place, what, "Fill it in, or leave these units out of the landscape.")]


# CSV -------------------------------------------------------------------------------------------


def _from_csv(
    config: Config, section: ClimateSection, landscape: Landscape
) -> tuple[dict[str, Floats], list[Finding]]:
    """Values from a table with a row for each month."""
    place = config.where("climate.file")
    table, notes = read_table(config.resolve(section.file), place)
    source = Path(section.file).name
    names = {variable: _column(config, section, variable, table) for variable in _RANGES}
    faults = [one for one in names.values() if isinstance(one, Finding)]
    month = next((name for name in table.columns if name.lower() in ("month", "m")), None)
    if month is None:
        what = f"{source} has no column 'month'"
        faults.append(Finding(place, what, "Number the months 1 to 12 in a column month."))
    if faults or month is None:
        raise DataError(faults)
    columns = {"month": numeric_column(table, month, source)}
    columns |= {
        variable: numeric_column(table, str(name), source) for variable, name in names.items()
    }
    raise_errors(finding for _, findings in columns.values() for finding in findings)
    numbers = {name: values for name, (values, _) in columns.items()}
    groups, rows, findings = _groups(config, table, landscape, place)
    taken = _by_month(numbers, groups, source)
    return {variable: taken[variable][rows] for variable in _RANGES}, [*notes, *findings]


def _column(
    config: Config, section: ClimateSection, variable: str, table: pd.DataFrame
) -> str | Finding:
    """Name of a variable's column, or what is wrong."""
    given: tuple[str, ...] = getattr(section, variable)
    place = config.where(f"climate.{variable}" if given else "climate.file")
    source = Path(section.file).name
    if len(given) > 1:
        what = f"{len(given)} names of {variable}, and {source} has one column for all months"
        return Finding(place, what, "Name one column, or remove climate.file.")
    if given:
        if given[0] in table.columns:
            return given[0]
        return unknown_column(place, given[0], table.columns, source)
    guessed = [name for name in table.columns if name.lower() in _COLUMNS[variable]]
    if len(guessed) == 1:
        return str(guessed[0])
    what = f"it is not clear which column of {source} holds the {variable}"
    return Finding(place, what, f"Name it: climate: {{{variable}: COLUMN}}.")


def _groups(
    config: Config, table: pd.DataFrame, landscape: Landscape, place: str
) -> tuple[NDArray[np.str_], NDArray[np.integer], list[Finding]]:
    """Return the group of each row, the position of each unit's among the sorted groups, notes."""
    names = {str(name).lower(): str(name) for name in table.columns}
    key = config.landscape.id if config.landscape.id in table.columns else names.get("unit_id")
    if key is not None:
        return _by_unit(as_text(table[key]), landscape, place)
    if "longitude" in names and "latitude" in names:
        return _by_station(table, (names["longitude"], names["latitude"]), landscape, place)
    everywhere = np.zeros(landscape.n_units, dtype=np.int64)
    return np.full(len(table), "all units"), everywhere, []


def _by_unit(
    ids: NDArray[np.str_], landscape: Landscape, place: str
) -> tuple[NDArray[np.str_], NDArray[np.integer], list[Finding]]:
    known, wanted = np.unique(ids), landscape.ids.astype(str)
    rows = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    absent = known[rows] != wanted
    if absent.any():
        some = name_some(landscape.ids[absent])
        what = f"no climate for {counted(absent.sum(), 'unit')} ({some})"
        hint = did_you_mean(str(wanted[absent][0]), known.tolist())
        raise DataError(Finding(place, what, hint))
    return ids, rows, []


def _by_station(
    table: pd.DataFrame, columns: tuple[str, str], landscape: Landscape, place: str
) -> tuple[NDArray[np.str_], NDArray[np.integer], list[Finding]]:
    """Each unit takes the station nearest to it on the sphere."""
    (x, x_faults), (y, y_faults) = (numeric_column(table, name, place) for name in columns)
    raise_errors((*x_faults, *y_faults))
    unplaced = table.index[~np.isfinite(x + y)]
    if len(unplaced):
        what = f"{counted(len(unplaced), 'row')} without coordinates (lines {name_some(unplaced)})"
        raise DataError(Finding(place, what, "Fill them in, or take the rows out."))
    keys = np.array([f"longitude {a:.6g}, latitude {b:.6g}" for a, b in zip(x, y, strict=True)])
    stations, first = np.unique(keys, return_index=True)
    tree = cKDTree(_on_sphere(x[first], y[first]))
    chord, nearest = tree.query(_on_sphere(landscape.longitude, landscape.latitude))
    far = 2 * _EARTH_KM * np.arcsin(min(float(chord.max()) / 2, 1.0))
    what = f"{counted(len(stations), 'station')}, the farthest unit {far:.0f} km from its own"
    return keys, nearest, [Finding(place, what, severity="note")]


def _on_sphere(longitude: Floats, latitude: Floats) -> Floats:
    """Return points on the unit sphere, (n, 3): what is nearest there is nearest on the ground."""
    east, north = np.radians(longitude), np.radians(latitude)
    level = np.cos(north)
    return np.column_stack([level * np.cos(east), level * np.sin(east), np.sin(north)])


def _by_month(
    numbers: dict[str, Floats], groups: NDArray[np.str_], source: str
) -> dict[str, Floats]:
    """Return each variable as (n_groups, 12); every group must have each month once, and whole."""
    labels, row = np.unique(groups, return_inverse=True)
    month = numbers["month"]
    sound = np.isin(month, np.arange(1, 13))
    if not sound.all():
        some = name_some(sorted({f"{value:g}" for value in month[~sound]}))
        what = f"months are 1 to 12, and {counted((~sound).sum(), 'row')} hold something else"
        raise DataError(Finding(f"{source}: month", f"{what} ({some})", "Number January as 1."))
    column = month.astype(np.int64) - 1
    counts = np.zeros((len(labels), 12), dtype=np.int64)
    np.add.at(counts, (row, column), 1)
    if (counts != 1).any():
        g, m = np.argwhere(counts != 1)[0]
        how = "no row" if counts[g, m] == 0 else f"{counts[g, m]} rows"
        what = f"{labels[g]} has {how} for month {m + 1}"
        more = int((counts != 1).any(axis=1).sum()) - 1
        what += f", and {more} others lack or repeat months too" if more else ""
        raise DataError(Finding(source, what, "Give each month once."))
    found = {}
    for variable in _RANGES:
        whole = np.full((len(labels), 12), np.nan)
        whole[row, column] = numbers[variable]
        gone = ~np.isfinite(whole).all(axis=1)
        if gone.any():
            what = f"no {variable} in some month of {name_some(labels[gone])}"
            raise DataError(Finding(source, what, "Fill in all twelve months."))
        found[variable] = whole
    return found


# Doubts ----------------------------------------------------------------------------------------


def _doubts(variable: str, values: Floats, landscape: Landscape, place: str) -> list[Finding]:
    """Say where values cannot be those of a climate, and in which unit they perhaps are."""
    whole = np.isfinite(values).all(axis=1)
    if not whole.any():
        return []
    known, ids = values[whole], landscape.ids[whole]
    low, high, unit = _RANGES[variable]
    hint = _other_unit(variable, known)
    bad = ((known < low) | (known > high)).any(axis=1)
    if bad.any():
        first = known[bad].ravel()
        worst = first[(first < low) | (first > high)][0]
        what = (
            f"{variable} of {worst:g} in {counted(bad.sum(), 'unit')} "
            f"({name_some(ids[bad])}): outside {low:g} to {high:g} {unit}"
        )
        return [Finding(place, what, hint or "Mend these values.")]
    if hint:
        what = f"the values of {variable} are no {unit}: their median is {np.median(known):.3g}"
        return [Finding(place, what, hint)]
    return []


def _other_unit(variable: str, values: Floats) -> str:
    """Return what the unit perhaps is and how to mend it, "" where nothing is odd."""
    sums = float(np.median(values.sum(axis=1)))
    middle = float(np.median(values.mean(axis=1)))
    if variable == "temperature":
        if 200 < middle < 330:
            return "They look like kelvin: subtract 273.15."
        if middle > 60:
            return "They look like tenths of a degree: divide by 10."
        return "They look like degrees Fahrenheit: convert them." if middle > 36 else ""
    if variable == "rain" and 0 < sums < 12:
        return "They look like meters or mm per day: give mm per month."
    if variable == "evaporation" and 0 < sums < 72:
        return "They look like mm per day or cm: give mm per month."
    return ""
