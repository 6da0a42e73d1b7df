"""Observations: where species were found, were not found, or how many there were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from edaphon.config.suggest import did_you_mean
from edaphon.data.landscape import Samples
from edaphon.data.messages import counted, name_some
from edaphon.errors import DataError, Finding, expect, raise_errors

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

KINDS = ("presence_absence", "presence_only", "abundance")


@dataclass(frozen=True, eq=False)
class Observations:
    """What was seen of each species at each site.

    Attributes
    ----------
    name : str
        The surrogate's name.
    species : tuple of str, n_species
    table : float64 array, shape (n_sites, n_species)
        Counts or amounts in `unit`, or 1 = found and 0 = looked for and not found; NaN = not
        looked for, unknown. Presence-only records are 1 and NaN.
    kind : str
        One of `KINDS`.
    unit : str
        Unit of an abundance ("per m2"); empty for occurrence.
    predictors : DataFrame, (n_sites, n_predictors)
    x, y : float64 arrays, shape (n_sites,), or None
        Coordinates in meters of a local equal-area projection.
    longitude, latitude : float64 arrays, shape (n_sites,), or None
        Degrees, WGS 84.
    group : str array, shape (n_sites,), or None
        Study, provider or survey; sites of one group never part in folds.
    taxon_group : tuple of str, n_species, or None
        Species that the same recorders look for ("bird"); one group if None.
    year : float64 array, shape (n_sites,), or None
    weight : float64 array, shape (n_sites,), or None
        How much each site counts (effort, age), above 0.
    background : DataFrame, (n_background, n_predictors), or None
        Predictors of random places of the area, for presence-only data; columns ``x`` and ``y``
        that are no predictors hold their coordinates in meters.
    findings : tuple of Finding
    source : str
        File name, for messages.
    """

    name: str
    species: tuple[str, ...]
    table: NDArray[np.float64]
    kind: str
    unit: str
    predictors: pd.DataFrame
    x: NDArray[np.float64] | None = None
    y: NDArray[np.float64] | None = None
    longitude: NDArray[np.float64] | None = None
    latitude: NDArray[np.float64] | None = None
    group: NDArray[np.str_] | None = None
    taxon_group: tuple[str, ...] | None = None
    year: NDArray[np.float64] | None = None
    weight: NDArray[np.float64] | None = None
    background: pd.DataFrame | None = None
    findings: tuple[Finding, ...] = ()
    source: str = "observations"

    def __repr__(self) -> str:
        """Say of what, how many species and sites, and of which kind."""
        size = f"{self.n_species} species at {counted(self.n_sites, 'site')}"
        return f"Observations({self.name!r}: {size}, {self.kind}; {name_some(self.species)})"

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return len(self.table)

    @property
    def n_species(self) -> int:
        """Number of species."""
        return len(self.species)

    def position(self, species: str) -> int:
        """Return the column of a species.

        Raises
        ------
        DataError
            If it is not among them, with "did you mean".
        """
        if species not in self.species:
            what = f"there is no species '{species}'"
            raise DataError(
                Finding(f"{self.source}: {self.name}", what, did_you_mean(species, self.species))
            )
        return self.species.index(species)

    def sites(self, rows: NDArray[Any]) -> Observations:
        """Return some of the sites, by positions or as a mask of shape (n_sites,)."""

        def some(values: NDArray[Any] | None) -> NDArray[Any] | None:
            return None if values is None else values[rows]

        return replace(
            self,
            table=self.table[rows],
            predictors=self.predictors.loc[rows].reset_index(drop=True)
            if np.asarray(rows).dtype == bool
            else self.predictors.iloc[rows].reset_index(drop=True),
            x=some(self.x),
            y=some(self.y),
            longitude=some(self.longitude),
            latitude=some(self.latitude),
            group=some(self.group),
            year=some(self.year),
            weight=some(self.weight),
        )

    def only(self, species: Sequence[str]) -> Observations:
        """Return some of the species, at all sites.

        Raises
        ------
        DataError
            If one is not among them.
        """
        columns = [self.position(name) for name in species]
        groups = self.taxon_group
        return replace(
            self,
            species=tuple(species),
            table=self.table[:, columns],
            taxon_group=None if groups is None else tuple(groups[k] for k in columns),
        )

    def samples(self, response: NDArray[np.float64], unit: str = "", name: str = "") -> Samples:
        """Return a number per site, shape (n_sites,), as samples of a state surrogate.

        Parameters
        ----------
        response : float64 array, shape (n_sites,)
            Richness, an index, one species' abundance.
        unit, name : str

        Returns
        -------
        Samples
        """
        given: dict[str, Any] = {
            key: getattr(self, key)
            for key in ("x", "y", "longitude", "latitude", "group", "source")
        }
        for key in ("weight", "year"):
            if getattr(self, key) is not None:
                given[key] = getattr(self, key)
        return Samples(
            name=name or self.name,
            response=np.asarray(response, dtype=np.float64),
            unit=unit,
            predictors=self.predictors,
            **given,
        )

    @classmethod
    def from_frames(
        cls,
        table: pd.DataFrame,
        predictors: pd.DataFrame,
        *,
        kind: str | None = None,
        unit: str = "",
        x: ArrayLike | None = None,
        y: ArrayLike | None = None,
        longitude: ArrayLike | None = None,
        latitude: ArrayLike | None = None,
        group: ArrayLike | None = None,
        taxon_group: Mapping[str, str] | None = None,
        year: ArrayLike | None = None,
        weight: ArrayLike | None = None,
        background: pd.DataFrame | None = None,
        name: str = "species",
        source: str = "observations",
    ) -> Observations:
        """Make observations of tables, one row per site.

        Parameters
        ----------
        table : DataFrame, (n_sites, n_species)
            Counts, amounts, or 1 and 0; empty = not looked for.
        predictors : DataFrame, (n_sites, n_predictors)
            Numbers, and categoricals or text for codes.
        kind : {"presence_absence", "presence_only", "abundance"}, optional
            Guessed if not given: abundance where a value is neither 0 nor 1, presence-only where
            no value is 0.
        unit : str
            Of an abundance.
        x, y : array_like, shape (n_sites,), optional
            Meters in an equal-area projection.
        longitude, latitude : array_like, shape (n_sites,), optional
            Degrees.
        group : array_like, shape (n_sites,), optional
        taxon_group : mapping of species to group, optional
        year, weight : array_like, shape (n_sites,), optional
        background : DataFrame, optional
        name, source : str

        Returns
        -------
        Observations

        Raises
        ------
        DataError
            With every fault found: lengths that differ, negative or infinite values, text, an
            unknown kind, a value other than 0 and 1 where the kind is occurrence.
        """
        expect(table=(table, pd.DataFrame), predictors=(predictors, pd.DataFrame))
        observed = _numbers(table, source)
        vectors: dict[str, Any] = {
            key: None if given is None else np.asarray(given, dtype=np.float64)
            for key, given in zip(
                ("x", "y", "longitude", "latitude", "year", "weight"),
                (x, y, longitude, latitude, year, weight),
                strict=True,
            )
        }
        vectors["group"] = None if group is None else np.asarray(group).astype(str)
        kind = kind or guess_kind(observed)
        species = tuple(str(column) for column in table.columns)
        faults = _shape_faults(observed, predictors, vectors, species, source)
        raise_errors([*faults, *value_faults(observed, species, kind, source)])
        if kind == "presence_only":
            observed = np.where(observed > 0, 1.0, np.nan)
        return cls(
            name=name,
            species=species,
            table=observed,
            kind=kind,
            unit=unit,
            predictors=predictors.reset_index(drop=True),
            taxon_group=None
            if taxon_group is None
            else tuple(str(taxon_group.get(each, "")) for each in species),
            background=None if background is None else background.reset_index(drop=True),
            source=source,
            **vectors,
        )


def guess_kind(table: NDArray[np.float64]) -> str:
    """Say what a table holds: abundance, presence and absence, or presences only.

    Parameters
    ----------
    table : float64 array, shape (n_sites, n_species)

    Returns
    -------
    str
        One of `KINDS`.
    """
    known = table[np.isfinite(table)]
    if np.isin(known, (0.0, 1.0)).all():
        return "presence_absence" if (known == 0).any() else "presence_only"
    return "abundance"


def value_faults(
    table: NDArray[np.float64], species: Sequence[str], kind: str, source: str
) -> list[Finding]:
    """Everything that no observation of this kind can be.

    Parameters
    ----------
    table : float64 array, shape (n_sites, n_species)
    species : sequence of str, n_species
    kind : str
    source : str
        File name, for messages.

    Returns
    -------
    list of Finding
    """
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS)
        return [Finding(source, f"'{kind}' is no kind of observation", hint)]
    findings = []
    for column, name in enumerate(species):
        values = table[:, column]
        wrong = np.isinf(values) | (values < 0)
        hint = "Remove them, or leave them empty where nobody looked."
        what = "negative or infinite"
        if kind != "abundance" and not wrong.any():
            wrong = np.isfinite(values) & ~np.isin(values, (0.0, 1.0))
            what, hint = "neither 0 nor 1", "Write abundance if they are counts."
        if wrong.any():
            rows = name_some(np.flatnonzero(wrong) + 1)
            some = f"{counted(wrong.sum(), 'value')} of {name} (rows {rows})"
            findings.append(Finding(f"{source}: {name}", f"{some} are {what}", hint))
    return findings


def _numbers(table: pd.DataFrame, source: str) -> NDArray[np.float64]:
    """Read the table as numbers, (n_sites, n_species)."""
    texts = [
        name
        for name, kind in zip(table.columns, table.dtypes, strict=True)
        if not (pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind))
    ]
    if texts:
        what = f"text where counts or 0 and 1 are expected, in {name_some(texts)}"
        raise DataError(Finding(source, what, "Write numbers; leave unknown ones empty."))
    return table.to_numpy(dtype=np.float64, na_value=np.nan)


def _shape_faults(
    table: NDArray[np.float64],
    predictors: pd.DataFrame,
    vectors: Mapping[str, NDArray[Any] | None],
    species: Sequence[str],
    source: str,
) -> list[Finding]:
    """Say which parts do not fit together."""
    findings = []
    lengths = {"predictors": len(predictors)} | {
        key: len(values) for key, values in vectors.items() if values is not None
    }
    for key, length in lengths.items():
        if length != len(table):
            what = f"{counted(len(table), 'site')} but {counted(length, 'row')} of {key}"
            findings.append(Finding(f"{source}: {key}", what, "Give one row per site."))
    twice = sorted({name for name in species if species.count(name) > 1})
    if twice:
        what = f"species named more than once: {name_some(twice)}"
        findings.append(Finding(source, what, "Give each species one column."))
    weight = vectors["weight"]
    if weight is not None and not (np.isfinite(weight) & (weight > 0)).all():
        findings.append(
            Finding(f"{source}: weight", "weights must be finite and above 0", "Mend them.")
        )
    return findings
