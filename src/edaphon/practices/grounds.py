"""What a landscape says of land that guards go by: protected land, water, contaminants, law."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.config.filters import FilterError, parse_filter
from edaphon.config.suggest import did_you_mean
from edaphon.data.columns import as_text, unit_numbers
from edaphon.data.delimited import read_table
from edaphon.data.messages import unknown_column
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.practices.own import known_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape

CONTAMINATED = "contaminated"
PEAT = "peatland"
BLACK_SOIL = "black_soil"
LAND = ("native_grassland", "forest", "wetland", PEAT, BLACK_SOIL, CONTAMINATED)
"""Kinds of land that guards go by, as the keys of the config's `guards`."""
WORDS = {PEAT: ("peatland", "peat"), CONTAMINATED: ("contaminated", "exceeded")}
"""Names of columns, and values of land_use, that tell a kind of land besides its own name."""
PLAIN_USES = ("forest", "wetland")
"""Uses that any column of land use tells; what it calls grassland may be native or sown."""
WATER_COLUMNS = (
    "water_distance_m",
    "distance_to_water_m",
    "well_distance_m",
    "distance_to_well_m",
)
EVERYWHERE = "*"
LAW_COLUMNS = ("jurisdiction", "intervention", "why")


@dataclass(frozen=True)
class Law:
    """One thing that law forbids."""

    jurisdiction: str
    intervention: str
    why: str


@dataclass(frozen=True)
class Grounds:
    """What is known of the units, for the guards.

    Attributes
    ----------
    land : dict of str to bool array, shape (n_units,)
        Of each kind of LAND that something tells: which units are of it.
    pending : tuple of str
        Kinds that wait for columns that surrogates will add; guards on them wait too.
    water_m : float64 array, shape (n_units,), or None
        Distance to the nearest well or water, m; nan where unknown, None where no column tells.
    jurisdiction : str array, shape (n_units,), or None
    laws : tuple of Law
    findings : tuple of Finding
    """

    land: dict[str, NDArray[np.bool_]]
    pending: tuple[str, ...] = ()
    water_m: NDArray[np.float64] | None = None
    jurisdiction: NDArray[np.str_] | None = None
    laws: tuple[Law, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_grounds(config: Config, landscape: Landscape) -> Grounds:
    """Return what a landscape and its config say of the land that guards go by.

    Parameters
    ----------
    config : Config
        Its section `guards`, and the file of laws that it names.
    landscape : Landscape

    Returns
    -------
    Grounds

    Raises
    ------
    DataError
        With every fault: filters that do not fit the landscape, columns that are not there, text
        among distances, a file of laws without its columns or with unknown interventions.
    """
    findings: list[Finding] = []
    land: dict[str, NDArray[np.bool_]] = {}
    pending = []
    for kind in LAND:
        text = getattr(config.guards, kind)
        if text and _waits(text, landscape):
            pending.append(kind)
            continue
        where = config.where(f"guards.{kind}")
        told = _by_filter(text, where, landscape, findings) if text else _by_name(kind, landscape)
        if told is not None:
            land[kind] = told
    if CONTAMINATED not in land and "exceeded" in landscape.expected:
        pending.append(CONTAMINATED)
    water = _water(config, landscape, findings)
    jurisdiction = _jurisdiction(config, landscape, findings)
    laws = _laws(config, jurisdiction, findings)
    raise_errors(findings, DataError)
    return Grounds(land, tuple(pending), water, jurisdiction, laws, tuple(findings))


def with_contamination(landscape: Landscape, grounds: Grounds) -> Landscape:
    """Return the landscape with the column `contaminated` that the catalogue's filters read.

    It says what guards go by, in place of a column of that name. Where nothing tells of
    contaminants no unit counts as contaminated; where a surrogate will tell, any may be.
    """
    may = CONTAMINATED in grounds.pending
    told = grounds.land.get(CONTAMINATED, np.full(landscape.n_units, may))
    return replace(landscape, attributes=landscape.attributes.assign(**{CONTAMINATED: told}))


def rows_of(
    text: str, where: str, landscape: Landscape, findings: list[Finding]
) -> NDArray[np.bool_] | None:
    """Return the units that a planner's filter may let pass; an error is added where it misfits."""
    try:
        return parse_filter(text).evaluate(landscape.attributes, landscape.expected)
    except FilterError as error:
        hint = "Mend the filter or the column, or leave the filter out."
        findings.append(Finding(where, f"the filter {text!r}: {error}", hint))
        return None


def _waits(text: str, landscape: Landscape) -> bool:
    """Whether a filter reads a column that a surrogate will add."""
    there = set(map(str, landscape.attributes.columns))
    return bool((set(parse_filter(text).columns) & set(landscape.expected)) - there)


def _by_filter(
    text: str, where: str, landscape: Landscape, findings: list[Finding]
) -> NDArray[np.bool_]:
    """Return the units that a filter of `guards` names."""
    rows = rows_of(text, where, landscape, findings)
    return np.zeros(landscape.n_units, dtype=bool) if rows is None else rows


def _by_name(kind: str, landscape: Landscape) -> NDArray[np.bool_] | None:
    """Return the units that a column of this name, or the land use, tells; None where nothing."""
    table, words = landscape.attributes, WORDS.get(kind, (kind,))
    masks = [truth(table[word]) for word in words if word in table.columns]
    if "land_use" in table.columns:
        codes, uses = pd.factorize(table["land_use"])
        named = [
            str(use).strip().casefold().replace(" ", "_").replace("-", "_") in words for use in uses
        ]
        here = np.array([*named, False])[codes]  # code -1 (missing) takes the last
        if here.any() or kind in PLAIN_USES:
            masks.append(here)
    return np.logical_or.reduce(masks) if masks else None


def truth(values: pd.Series) -> NDArray[np.bool_]:
    """Read a column of true and false, of counts (above 0) or of such words; missing is false.

    Parameters
    ----------
    values : Series, n rows

    Returns
    -------
    bool array, shape (n,)
    """
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return (values.fillna(0).astype(float) > 0).to_numpy(dtype=bool)
    text = pd.Series(as_text(values)).str.casefold()
    return text.isin(("true", "t", "yes", "y", "1")).to_numpy(dtype=bool)


def _water(
    config: Config, landscape: Landscape, findings: list[Finding]
) -> NDArray[np.float64] | None:
    """Return the least distance to wells and water, m."""
    columns = landscape.attributes.columns
    where = config.where("guards.water_distance")
    for name in config.guards.water_distance:
        if name not in columns:
            findings.append(unknown_column(where, name, columns, landscape.source))
    given = config.guards.water_distance or WATER_COLUMNS
    distances = []
    for name in (name for name in given if name in columns):
        values, found = unit_numbers(landscape, name)
        findings += found
        distances.append(values)
    # an unknown distance to one of them leaves the least distance unknown
    return np.min(distances, axis=0) if distances else None


def _jurisdiction(
    config: Config, landscape: Landscape, findings: list[Finding]
) -> NDArray[np.str_] | None:
    """Return under whose law each unit falls."""
    column = config.guards.jurisdiction
    if not column:
        return None
    if column not in landscape.attributes.columns:
        where, columns = config.where("guards.jurisdiction"), landscape.attributes.columns
        findings.append(unknown_column(where, column, columns, landscape.source))
        return None
    return as_text(landscape.attributes[column])


def _laws(
    config: Config, jurisdiction: NDArray[np.str_] | None, findings: list[Finding]
) -> tuple[Law, ...]:
    """Read what law forbids."""
    if not config.guards.law:
        return ()
    where = config.where("guards.law")
    path = config.resolve(config.guards.law)
    table, notes = read_table(path, where)
    findings += notes
    absent = [name for name in LAW_COLUMNS[:2] if name not in table.columns]
    findings += [
        unknown_column(f"{path.name}: header", n, table.columns, path.name) for n in absent
    ]
    if absent:
        return ()
    why = as_text(table["why"]) if "why" in table.columns else np.full(len(table), "")
    texts = (as_text(table["jurisdiction"]), as_text(table["intervention"]), why)
    laws = tuple(Law(str(a), str(b), str(c)) for a, b, c in zip(*texts, strict=True))
    lines = dict(zip(laws, table.index, strict=True))
    findings += _law_findings(config, path.name, lines, jurisdiction)
    return laws


def _law_findings(
    config: Config,
    source: str,
    lines: Mapping[Law, int],
    jurisdiction: NDArray[np.str_] | None,
) -> list[Finding]:
    """Find interventions that nobody knows, and jurisdictions without units."""
    known = known_names(config)
    here = {EVERYWHERE, *(() if jurisdiction is None else map(str, np.unique(jurisdiction)))}
    found = []
    for law, line in lines.items():
        place = f"{source}: line {line}"
        if law.intervention not in known:
            what = f"unknown intervention {law.intervention!r}"
            found.append(Finding(place, what, did_you_mean(law.intervention, known)))
        if law.jurisdiction in here:
            continue
        if jurisdiction is None:
            what = f"law of {law.jurisdiction!r}, but nothing says where that is"
            hint = "Name the column of jurisdictions in guards.jurisdiction, or write *."
            found.append(Finding(place, what, hint))
        else:
            what = f"no unit lies in {law.jurisdiction!r}"
            found.append(Finding(place, what, did_you_mean(law.jurisdiction, here), "warning"))
    return found
