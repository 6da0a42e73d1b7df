"""Sites by species from the rows of a file, long or wide, with every fault of such tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.config.suggest import did_you_mean
from edaphon.data.columns import as_text
from edaphon.data.delimited import numeric_column
from edaphon.data.messages import counted, name_some, unknown_column
from edaphon.errors import DataError, Finding, Severity, raise_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.points import SamplePoints

_SPECIES = ("species", "taxon", "scientific_name", "scientificname", "taxon_name", "species_name",
            "spid")  # fmt: skip
_COUNTS = ("count", "counts", "individuals", "individual_count", "individualcount", "abundance",
           "presence", "present", "occurrence", "occ", "pa")  # fmt: skip
_APART = 1e-4
"""Degrees by which rows of one site may differ: about 10 m."""


@dataclass(frozen=True)
class SpeciesTable:
    """What was recorded of each species at each site.

    Attributes
    ----------
    species : tuple of str, n_species
    values : float64 array, shape (n_sites, n_species)
        nan where nobody looked or nothing is known.
    first_row : int array, shape (n_sites,)
        Position of the first row of each site.
    taxon : tuple of str, n_species, or None
    findings : tuple of Finding
    """

    species: tuple[str, ...]
    values: NDArray[np.float64]
    first_row: NDArray[np.intp]
    taxon: tuple[str, ...] | None
    findings: tuple[Finding, ...]


def read_species_table(config: Config, name: str, points: SamplePoints) -> SpeciesTable:
    """Read sites by species from the rows of a file.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.
    points : SamplePoints

    Returns
    -------
    SpeciesTable
        In the long form a site and species without a row count as absent where the file records
        no absence at all and the survey is no presence-only one; where it records some, as
        unknown. Rows of one site and species are summed.

    Raises
    ------
    DataError
        With every fault found: unknown columns and species, text among numbers, counts below 0, an
        effort of 0 or below.
    """
    reader = _Reader(config, name, points, [])
    column = reader.column("species_column", _SPECIES)
    reader.check_columns()
    raise_errors(reader.findings)
    return reader.long(column) if column else reader.wide()


@dataclass
class _Reader:
    """One file being read; findings gather on the way."""

    config: Config
    name: str
    points: SamplePoints
    findings: list[Finding]

    @property
    def table(self) -> pd.DataFrame:
        return self.points.table

    def where(self, key: str) -> str:
        return self.config.where(f"surrogates.{self.name}.{key}")

    def say(self, place: str, what: str, hint: str = "", severity: Severity = "error") -> None:
        self.findings.append(Finding(place, what, hint, severity))

    def column(self, key: str, candidates: Iterable[str] = ()) -> str:
        """Return the column that a key names, else the first candidate that is there."""
        section = self.config.surrogates[self.name]
        named = str(getattr(section, key))
        if named:
            return named
        folded = {str(one).casefold(): str(one) for one in self.table.columns}
        wide = set() if key == "species_column" else set(section.species)
        found = (folded[one] for one in candidates if one in folded)
        return next((one for one in found if one not in wide), "")

    def check_columns(self) -> None:
        """Find named columns that are not there."""
        for key in ("species_column", "count_column", "site", "effort", "taxon"):
            column = self.column(key)
            if column and column not in self.table.columns:
                place, columns = self.where(key), self.table.columns
                self.findings.append(unknown_column(place, column, columns, self.points.source))

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a column as numbers of 0 and more."""
        values, faults = numeric_column(self.table, column, self.points.source)
        self.findings += faults
        below = values < 0
        if below.any():
            lines = self.table.index[below]
            some = name_some(
                f"line {line}: {value:g}" for line, value in zip(lines, values[below], strict=True)
            )
            what = f"{counted(below.sum(), 'value')} below 0 ({some})"
            hint = "Correct them, or leave them empty where nothing is known."
            self.say(f"{self.points.source}: line {lines[0]}: {column}", what, hint)
        return values

    def per_effort(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Divide counts, shape (n,) or (n, k), by the effort of their rows."""
        column = self.column("effort")
        if not column:
            return values
        effort = self.numbers(column)
        none = ~(effort > 0)
        if none.any():
            lines = self.table.index[none]
            what = f"the effort must be above 0, and is not in {counted(none.sum(), 'row')}"
            hint = f"Fill it in (lines {name_some(lines)})."
            self.say(f"{self.points.source}: line {lines[0]}: {column}", what, hint)
        divisor = np.where(none, np.nan, effort)
        return values / (divisor if values.ndim == 1 else divisor[:, None])

    def sites(self) -> NDArray[np.intp]:
        """Return the number of each row's site, in order of first appearance, shape (n,)."""
        column, date = self.column("site"), self.config.surrogates[self.name].date
        if column:
            keys = pd.Series(as_text(self.table[column]))
        else:
            dates = as_text(self.table[date]) if date in self.table.columns else ""
            keys = pd.Series(
                pd.DataFrame(
                    {"x": self.points.longitude, "y": self.points.latitude, "date": dates}
                ).itertuples(index=False, name=None)
            )
        codes, names = pd.factorize(keys)
        if column:
            self._check_places(codes, [str(one) for one in names])
        return np.asarray(codes, dtype=np.intp)

    def _check_places(self, sites: NDArray[np.intp], names: list[str]) -> None:
        """Warn of sites whose rows lie at several places."""
        places = pd.DataFrame({"x": self.points.longitude, "y": self.points.latitude})
        spread = places.groupby(sites).agg(np.ptp).max(axis=1).to_numpy()
        apart = np.flatnonzero(spread > _APART)
        if len(apart):
            some = name_some(names[k] for k in apart)
            what = f"rows of one site lie at several places, in {counted(len(apart), 'site')}"
            hint = f"The first place of each counts ({some}); check the coordinates."
            self.say(f"{self.points.source}: {self.column('site')}", what, hint, "warning")

    def check_species(self, there: Iterable[str]) -> None:
        """Find species that the config names and the file does not hold."""
        known = list(there)
        for position, species in enumerate(self.config.surrogates[self.name].species):
            if species not in known:
                place = self.config.where(f"surrogates.{self.name}.species", position)
                what = f"{self.points.source} holds no species '{species}'"
                self.say(place, what, did_you_mean(species, known))

    def long(self, column: str) -> SpeciesTable:
        """Read a row per site and species."""
        names, sites = as_text(self.table[column]), self.sites()
        species = sorted({str(one) for one in names} - {""})
        self.check_species(species)
        counts = self.column("count_column", _COUNTS)
        found = self.numbers(counts) if counts else np.ones(len(names))
        found = self.per_effort(found)
        unnamed = names == ""
        if unnamed.any():
            what = f"{counted(unnamed.sum(), 'row')} name no species"
            hint = "Their sites count as visited, with none of the species found."
            self.say(f"{self.points.source}: {column}", what, hint, "note")
        empty = ~np.isfinite(found) & ~unnamed
        if counts and empty.any():
            what = f"no number in {counted(empty.sum(), 'row')}, which count as unknown"
            self.say(f"{self.points.source}: {counts}", what, severity="note")
        if not species:
            what = f"the column {column} names no species"
            self.say(f"{self.points.source}: {column}", what, "Fill it in.")
        raise_errors(self.findings)
        values = self._crossed(sites, names, species, found)
        taxon = self._taxon(names, species)
        _, first = np.unique(sites, return_index=True)
        return SpeciesTable(tuple(species), values, first, taxon, tuple(self.findings))

    def _crossed(
        self,
        sites: NDArray[np.intp],
        names: NDArray[np.str_],
        species: list[str],
        found: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Sum the rows of each site and species; say what pairs without a row mean."""
        named = np.flatnonzero(names != "")
        pair = sites[named] * len(species) + np.searchsorted(species, names[named])
        shape = (int(sites.max()) + 1, len(species))
        known = named[np.isfinite(found[named])]
        at = pair[np.isfinite(found[named])]
        rows = np.bincount(at, minlength=shape[0] * shape[1])
        sums = np.bincount(at, weights=found[known], minlength=shape[0] * shape[1])
        several = int((rows > 1).sum())
        if several:
            what = f"{counted(several, 'pair')} of site and species have several rows"
            self.say(self.points.source, what, "Their values are summed.", "note")
        listed = np.bincount(pair, minlength=shape[0] * shape[1]) > 0
        values = np.where(rows > 0, sums, np.nan).reshape(shape)
        unlisted = ~listed.reshape(shape)
        empty = np.unique(sites[names == ""])
        values[empty] = np.where(unlisted[empty], 0.0, values[empty])
        if self._absent_without_row(found[known]):
            values = np.where(unlisted, 0.0, values)
            what = "the file records no absence, so a species without a row at a site was not there"
            hint = "If not all species were looked for everywhere, add rows of 0 where they were."
            self.say(self.points.source, what, hint, "note")
        elif (found[known] == 0).any() and unlisted.any():
            what = f"{counted(int(unlisted.sum()), 'pair')} of site and species have no row"
            hint = "They count as unknown; add rows of 0 where the species was looked for."
            self.say(self.points.source, what, hint, "note")
        return values

    def _absent_without_row(self, found: NDArray[np.float64]) -> bool:
        """Say whether a species that a site does not list was looked for there and not found."""
        survey = self.config.surrogates[self.name].survey
        if (found == 0).any():
            return False
        if survey is not None:
            return survey != "presence_only"
        return bool((found != 1).any())

    def _taxon(self, names: NDArray[np.str_], species: list[str]) -> tuple[str, ...] | None:
        """Return the group of each species, with a warning where it has several."""
        column = self.column("taxon")
        if not column:
            return None
        groups = pd.Series(as_text(self.table[column])).groupby(names)
        several = sorted(set(groups.nunique()[lambda n: n > 1].index) - {""})
        if several:
            what = f"several groups for one species, the first counts ({name_some(several)})"
            self.say(f"{self.points.source}: {column}", what, "Mend them.", "warning")
        first = groups.first()
        return tuple(str(first[one]) for one in species)

    def wide(self) -> SpeciesTable:
        """Read a row per site and a column per species."""
        section = self.config.surrogates[self.name]
        self.check_species(map(str, self.table.columns))
        raise_errors(self.findings)
        columns = list(section.species)
        in_words = section.stands_for and section.stands_for not in self.config.surrogates
        if in_words or not columns:
            others = self._species_columns()
        else:
            others = self._also_recorded(columns)
        columns += [one for one in others if one not in columns]
        values = self.per_effort(np.column_stack([self.numbers(one) for one in columns]))
        site = self.column("site")
        ids = as_text(self.table[site]) if site else np.array([], dtype=str)
        repeated = sorted({str(one) for one in ids[pd.Series(ids).duplicated()]})
        if repeated:
            what = f"sites with several rows in a file of a row per site ({name_some(repeated)})"
            hint = "Give each visit a site of its own, or name species_column."
            self.say(f"{self.points.source}: {site}", what, hint)
        raise_errors(self.findings)
        rows = np.arange(len(self.table), dtype=np.intp)
        return SpeciesTable(tuple(columns), values, rows, None, tuple(self.findings))

    def _unused_numbers(self) -> list[str]:
        """Return the columns of numbers that are nothing else."""
        section = self.config.surrogates[self.name]
        keys = ("site", "effort", "date", "group", "weight")
        used = {str(getattr(section, key)) for key in keys}
        used |= {*self.config.predictors.columns, *self.points.coordinates}
        return [
            str(one)
            for one in self.table.columns
            if str(one) not in used and pd.api.types.is_numeric_dtype(self.table[one])
        ]

    def _also_recorded(self, named: list[str]) -> list[str]:
        """Return the other species of records of presence: they tell where somebody looked.

        Only columns that look like the named ones, since any number may stand in a file: 1 and
        empty, 0 as well where the config says that these are presences, counts where the named
        ones are counts.
        """
        section = self.config.surrogates[self.name]
        if section.learns != "species" or section.background == "random":
            return []
        if section.survey not in (None, "presence_only"):
            return []
        least = 1.0 if section.survey is None else 0.0

        def alike(columns: list[str], most: float) -> bool:
            values = self.table[columns].apply(pd.to_numeric, errors="coerce").to_numpy(float)
            known = values[np.isfinite(values)]
            whole = (known == np.round(known)) & (known >= least) & (known <= most)
            return bool(whole.all() and (known > 0).any())

        most = 1.0 if section.survey is None or alike(named, 1.0) else np.inf
        if not alike(named, most):
            return []
        others = [one for one in self._unused_numbers() if one not in named and alike([one], most)]
        if others:
            what = f"records of other species tell where somebody looked: {name_some(others, 12)}"
            hint = "Take out columns that are no species of the same recorders."
            self.say(self.where("observations"), what, hint, "note")
        return others

    def _species_columns(self) -> list[str]:
        """Return the columns of numbers that are nothing else, for a file of a row per site."""
        section = self.config.surrogates[self.name]
        columns = self._unused_numbers()
        if not columns:
            what = f"{self.points.source} has no column of species"
            hint = "Name the column of their names (species_column), or their columns (species)."
            raise DataError(Finding(self.where("observations"), what, hint))
        what = f"every column of numbers is read as a species: {name_some(columns, 12)}"
        hint = "If some are none, name the species: species: [...]."
        if section.species:
            hint = "Those not named under species are what it stands for; take out what is none."
        self.say(self.where("observations"), what, hint, "note")
        return columns
