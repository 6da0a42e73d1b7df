"""Observations of species from CSV: rows of site and species, or a row per site."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.dates import decimal_year
from edaphon.data.at_points import complete_rows, place_findings, predictors_at, row_facts
from edaphon.data.geometry import WGS84, local_projection, transform_points
from edaphon.data.observations import Observations, guess_kind
from edaphon.data.points import read_points
from edaphon.data.species_table import SpeciesTable, read_species_table
from edaphon.errors import Finding, raise_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.learned import SurrogateSection
    from edaphon.config.sections import Config
    from edaphon.data.at_points import RowFacts
    from edaphon.data.landscape import Landscape, Predictors

COUNT = "count"
"""Unit of a number per site, where the config names no other."""

_SAID = {
    "presence_absence": "presence and absence",
    "presence_only": "presences only",
    "abundance": "abundance",
}


@dataclass(frozen=True)
class _Kind:
    """What was recorded, and the values in its form."""

    name: str
    values: NDArray[np.float64]
    findings: tuple[Finding, ...]


def read_observations(
    config: Config, name: str, landscape: Landscape, predictors: Predictors
) -> Observations:
    """Read what a species or community surrogate learns from.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.
    landscape : Landscape
    predictors : Predictors
        Of the units; they give the columns and their types.

    Returns
    -------
    Observations
        With the predictors alone, without the sets that derive of rasters. Of every species in
        the file, also where ``species`` names a few: the others tell where somebody looked, and
        whom the few stand for. Sites without coordinates, date or weight where the config names
        them, or without a predictor are left out with a note.

    Raises
    ------
    DataError
        With every fault found: what `edaphon.data.points.read_points` refuses, what
        `edaphon.data.species_table.read_species_table` refuses, dates and weights that cannot be
        read, no site left.
    """
    points = read_points(config, name)
    section = config.surrogates[name]
    read = read_species_table(config, name, points)
    rows = read.first_row
    sites = replace(
        points,
        table=points.table.iloc[rows],
        longitude=points.longitude[rows],
        latitude=points.latitude[rows],
    )
    told = row_facts(config, name, sites)
    table, found = predictors_at(config, name, landscape, predictors, sites, year=told.year)
    table = table[_always(predictors)]
    complete, dropped = complete_rows(config, name, table, told.complete, sites)
    kind = _kind_of(config, name, read)
    read = replace(read, values=kind.values)
    if section.together:
        read = _grouped(read, section.species, name, amounts=kind.name == "abundance")
    found += [*told.findings, *dropped, *place_findings(config, name, landscape, sites)]
    notes = raise_errors([*read.findings, *found, *kind.findings])
    kept = np.flatnonzero(told.complete & complete)
    x, y = transform_points(
        sites.longitude[kept], sites.latitude[kept], WGS84, local_projection(landscape)
    )
    return Observations(
        name=name,
        species=read.species,
        table=read.values[kept],
        kind=kind.name,
        unit=(section.unit or COUNT) if kind.name == "abundance" else "",
        predictors=table.iloc[kept].reset_index(drop=True),
        x=x,
        y=y,
        longitude=sites.longitude[kept],
        latitude=sites.latitude[kept],
        group=told.group[kept] if told.group is not None else None,
        taxon_group=read.taxon,
        year=told.year[kept] if told.year is not None else None,
        weight=_weights(config, section, told, kept),
        findings=(*points.findings, *notes),
        source=points.source,
    )


def _grouped(
    read: SpeciesTable, species: tuple[str, ...], name: str, *, amounts: bool
) -> SpeciesTable:
    """Put species into one column of the surrogate's name; the other species stay.

    It holds their sum, or of occurrences whether any of them is there.
    """
    chosen = np.isin(read.species, species or read.species)
    values = read.values[:, chosen]
    known = np.isfinite(values).any(axis=1)
    total = np.where(known, np.nansum(values, axis=1), np.nan)
    total = total if amounts else np.minimum(total, 1.0)
    others = tuple(one for one, taken in zip(read.species, chosen, strict=True) if not taken)
    taxon = None
    if read.taxon is not None:
        groups = np.array(read.taxon)
        taxon = (str(groups[chosen][0]), *map(str, groups[~chosen]))
    return replace(
        read,
        species=(name, *others),
        values=np.column_stack([total, read.values[:, ~chosen]]),
        taxon=taxon,
    )


def _always(predictors: Predictors) -> list[str]:
    """Return the predictors that are in no set: sets are offered to state surrogates only."""
    offered = {column for columns in predictors.sets.values() for column in columns}
    return [str(column) for column in predictors.table.columns if column not in offered]


def _kind_of(config: Config, name: str, read: SpeciesTable) -> _Kind:
    """Say what was recorded, and bring the values to its form."""
    section = config.surrogates[name]
    kind = section.survey or guess_kind(read.values)
    values, known = read.values, np.isfinite(read.values)
    findings: list[Finding] = []
    where = config.where(f"surrogates.{name}.{'survey' if section.survey else 'observations'}")
    if not section.survey:
        what = f"read as {_SAID[kind]}: {_reason(read.values)}"
        hint = f"If it is not, write survey: {' or '.join(one for one in _SAID if one != kind)}."
        findings.append(Finding(where, what, hint, "note"))
    if kind == "abundance" and np.isin(values[known], (0.0, 1.0)).all():
        what = "an abundance has counts or amounts, and every value is 0 or 1"
        hint = "Write survey: presence_absence, or name the column of counts (count_column)."
        findings.append(Finding(where, what, hint))
    if kind != "abundance":
        if section.effort:
            what = f"presences are not divided by {section.effort}"
            place = config.where(f"surrogates.{name}.effort")
            findings.append(Finding(place, what, "Remove effort, or write survey: abundance."))
        values = np.where(known, (values > 0).astype(np.float64), np.nan)
    if kind == "presence_absence" and not (values == 0).any():
        what = "nothing is recorded as absent, so there is nothing to tell presence from"
        findings.append(Finding(where, what, "Write survey: presence_only."))
    if kind == "presence_only":
        values = np.where(values > 0, 1.0, np.nan)
    return _Kind(kind, values, tuple(findings))


def _reason(values: NDArray[np.float64]) -> str:
    """Say by which values the kind was guessed."""
    known = values[np.isfinite(values)]
    if not np.isin(known, (0.0, 1.0)).all():
        return f"values run up to {known.max():g}"
    return "every value is 0 or 1" if (known == 0).any() else "no absence is recorded"


def _weights(
    config: Config, section: SurrogateSection, told: RowFacts, kept: NDArray[np.intp]
) -> NDArray[np.float64] | None:
    """Return the weights of the sites: their column, times that of their age."""
    weight = None if told.weight is None else told.weight[kept]
    if section.older_than is None or told.year is None or not len(kept):
        return weight
    reference = config.predictors.reference
    today = decimal_year(reference) if reference else float(told.year[kept].max())
    old = today - told.year[kept] > section.older_than.age.to("yr")
    by_age = np.where(old, section.older_than.weight, 1.0)
    return by_age if weight is None else weight * by_age


__all__ = ["COUNT", "read_observations"]
