"""The files that Marxan with Zones adds to Marxan's: zones, costs, contributions, targets, locks.

Their meaning is that of the program's source (github.com/Marxan-source-code/marzone, zones.hpp,
pu.hpp and reserve.hpp): the first zone is the one in which a unit is available; without a file of
contributions every other zone contributes in full and that one nothing, with one what is not listed
contributes nothing; targets of a zone count plain amounts, targets over all zones contributions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from edaphon.data.marxan import find_file, positions, read_settings
from edaphon.data.marxan_tables import check_once, column_of, ids_of, numbers_of, table_of
from edaphon.errors import DataError, Finding

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edaphon.data.marxan import MarxanData

BASELINE = "baseline"
ALIKE = 1e-12
"""Boundary costs of zones closer than this are the same."""


@dataclass(frozen=True)
class Zones:
    """Zones as interventions.

    Attributes
    ----------
    names : tuple of str
        "baseline" for the available zone, then names of interventions.
    titles : tuple of str
        As zones.dat has them.
    cost : float64 array, shape (n_units, n_zones)
    contribution : float64 array, shape (n_zones, n_features)
        Part of an amount that counts for targets over all zones.
    allowed : bool array, shape (n_units, n_zones)
    zone, feature : intp arrays, shape (n_targets,)
    target : float64 array, shape (n_targets,)
        Least plain amount of a feature in a zone.
    between : {"treated", "interventions", ""}
        Which boundary counts; "" = none.
    factor : float
        By which boundary counts, on top of BLM.
    findings : tuple of Finding
    """

    names: tuple[str, ...]
    titles: tuple[str, ...]
    cost: NDArray[np.float64]
    contribution: NDArray[np.float64]
    allowed: NDArray[np.bool_]
    zone: NDArray[np.intp]
    feature: NDArray[np.intp]
    target: NDArray[np.float64]
    between: Literal["treated", "interventions", ""]
    factor: float
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class _Files:
    """Tables by the key of input.dat, and positions by id."""

    tables: dict[str, pd.DataFrame]
    zones: dict[str, int]
    units: dict[str, int]
    features: dict[str, int]


def read_zones(folder: str | Path, data: MarxanData) -> Zones | None:
    """Read the files of Marxan with Zones beside Marxan's own.

    Parameters
    ----------
    folder : path
        As `edaphon.data.marxan.read_marxan`; names come from input.dat (ZONESNAME, COSTSNAME,
        ZONECOSTNAME, ZONECONTRIBNAME, ZONECONTRIB2NAME, ZONETARGETNAME, ZONETARGET2NAME,
        ZONEBOUNDCOSTNAME, PULOCKNAME, PUZONENAME), else they are zones.dat and so on.
    data : MarxanData
        What `read_marxan` read from the folder.

    Returns
    -------
    Zones or None
        None without zones.dat.

    Raises
    ------
    DataError
        With every fault: columns that are missing, ids that are unknown, units without a zone; if
        there is one zone only.
    """
    path = Path(folder)
    settings = read_settings(path)
    names = (
        "zones", "costs", "zonecost", "zonecontrib", "zonecontrib2", "zonecontrib3", "zonetarget",
        "zonetarget2", "zoneboundcost", "pulock", "puzone", "pu",
    )  # fmt: skip
    places = {
        name: find_file(path, settings, f"{name.upper()}NAME", f"{name}.dat") for name in names
    }
    if places["zones"] is None:
        return None
    tables = {name: table_of(place) for name, place in places.items() if place is not None}
    ids = ids_of(column_of(tables["zones"], "zoneid", "id"))
    check_once(ids, tables["zones"])
    if len(ids) == 1:
        what = "there is one zone, so there is nothing to choose"
        hint = "Add zones, or take zones.dat out: units are then reserved or not."
        raise DataError(Finding(tables["zones"].attrs["name"], what, hint))
    titles = tuple(column_of(tables["zones"], "zonename", "name").tolist())
    notes: list[Finding] = []
    if "zonecontrib3" in tables:
        what = "contributions by planning unit have no counterpart here and are left out"
        notes.append(Finding(tables["zonecontrib3"].attrs["name"], what, "", "warning"))
    files = _Files(
        tables,
        {one: z for z, one in enumerate(ids.tolist())},
        {one: i for i, one in enumerate(data.units.tolist())},
        {name.partition(" ")[0]: f for f, name in enumerate(data.features)},
    )
    if (data.status > 1).any():
        what = "status in pu.dat is left out: with zones, units are locked by pulock.dat"
        notes.append(Finding("pu.dat", what, "", "warning"))
    zone, feature, target = _targets(files, data, notes)
    between, factor = _boundary(files, len(ids), notes)
    return Zones(
        names=_slugs(titles),
        titles=titles,
        cost=_costs(files, notes),
        contribution=_contributions(files),
        allowed=_allowed(files),
        zone=zone,
        feature=feature,
        target=target,
        between=between,
        factor=factor,
        findings=tuple(notes),
    )


def _slugs(titles: tuple[str, ...]) -> tuple[str, ...]:
    """Names of interventions: small letters, digits and underscores, none twice."""
    made = [BASELINE]
    for number, title in enumerate(titles[1:], 2):
        slug = re.sub(r"[^a-z0-9]+", "_", title.casefold()).strip("_") or f"zone_{number}"
        slug = slug if slug[0].isalpha() else f"zone_{slug}"
        made.append(slug if slug not in made else f"{slug}_{number}")
    return tuple(made)


def _zone_of(files: _Files, table: pd.DataFrame, column: str = "zoneid") -> NDArray[np.intp]:
    return positions(ids_of(column_of(table, column)), files.zones, table, "zone")


def _costs(files: _Files, notes: list[Finding]) -> NDArray[np.float64]:
    """Cost of every unit in every zone: its costs, each times what the zone takes of it."""
    pu, n_zones = files.tables["pu"], len(files.zones)
    known, columns = {"1": 0}, ["cost"]
    if "costs" in files.tables:
        costs = files.tables["costs"]
        known = {one: k for k, one in enumerate(ids_of(column_of(costs, "costid", "id")).tolist())}
        columns = [name.casefold() for name in column_of(costs, "costname", "name").tolist()]
    each = np.stack([numbers_of(pu, name) for name in columns], axis=1)
    takes = np.ones((len(columns), n_zones))
    takes[:, 0] = 0.0
    if "zonecost" in files.tables:
        table = files.tables["zonecost"]
        takes[:] = 0.0
        which = positions(ids_of(column_of(table, "costid")), known, table, "cost")
        part = "fraction" if "fraction" in table.columns else "multiplier"
        takes[which, _zone_of(files, table)] = numbers_of(table, part)
    else:
        what = "there is no zonecost.dat: every zone but the first takes all costs in full"
        notes.append(Finding("zonecost.dat", what, "", "note"))
    made: NDArray[np.float64] = each @ takes
    return made


def _contributions(files: _Files) -> NDArray[np.float64]:
    """Part of every feature that counts in every zone, shape (n_zones, n_features)."""
    made = np.zeros((len(files.zones), len(files.features)))
    if "zonecontrib" in files.tables:
        table = files.tables["zonecontrib"]
        feature = positions(
            ids_of(column_of(table, "speciesid", "featureid")), files.features, table, "feature"
        )
        made[_zone_of(files, table), feature] = numbers_of(table, "fraction")
    elif "zonecontrib2" in files.tables:
        table = files.tables["zonecontrib2"]
        made[_zone_of(files, table)] = numbers_of(table, "fraction")[:, None]
    else:
        made[1:] = 1.0
    return made


def _targets(
    files: _Files, data: MarxanData, notes: list[Finding]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Zone, feature and plain amount of every target of a zone."""
    total = data.total()
    wanted: dict[tuple[int, int], float] = {}  # what stands later counts
    for name in ("zonetarget", "zonetarget2"):
        if name not in files.tables:
            continue
        table = files.tables[name]
        zone, target = _zone_of(files, table), numbers_of(table, "target")
        kind = numbers_of(table, "targettype", 0.0)
        if (kind > 1).any():
            what = "targets in occurrences (targettype 2 and 3) have no counterpart here"
            notes.append(Finding(table.attrs["name"], f"{what} and are left out", "", "warning"))
        every = range(len(total))
        chosen = [every] * len(table)
        if name == "zonetarget":
            ids = ids_of(column_of(table, "speciesid", "featureid"))
            # -1 stands for all
            known = np.where(ids == "-1", next(iter(files.features)), ids)
            places = positions(known, files.features, table, "feature").tolist()
            chosen = [
                every if one == "-1" else range(f, f + 1)
                for one, f in zip(ids, places, strict=True)
            ]
        for k in np.flatnonzero(kind <= 1):
            for f in chosen[k]:
                whole = total[f] if kind[k] == 1 else 1.0
                wanted[int(zone[k]), f] = float(target[k] * whole)
    asked = {place: amount for place, amount in wanted.items() if amount > 0}
    first = sum(z == 0 for z, _ in asked)
    if first:
        what = f"{first} target(s) of the first zone, where nothing is done, are left out"
        notes.append(Finding("zonetarget.dat", what, "", "warning"))
    kept = {place: amount for place, amount in asked.items() if place[0] > 0}
    pairs = np.array(list(kept), dtype=np.intp).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1], np.array(list(kept.values()), dtype=np.float64)


def _allowed(files: _Files) -> NDArray[np.bool_]:
    """Zones that every unit may have; all where neither puzone.dat nor pulock.dat names it."""
    made = np.ones((len(files.units), len(files.zones)), dtype=bool)
    for name in ("puzone", "pulock"):
        if name not in files.tables:
            continue
        table = files.tables[name]
        unit = positions(
            ids_of(column_of(table, "puid", "pu")), files.units, table, "planning unit"
        )
        listed = np.zeros_like(made)
        listed[unit, _zone_of(files, table)] = True
        some = listed.any(axis=1)
        made[some] = listed[some]
    return made


def _boundary(
    files: _Files, n_zones: int, notes: list[Finding]
) -> tuple[Literal["treated", "interventions", ""], float]:
    """Which boundary counts, and by what factor.

    Without zoneboundcost.dat all pairs of zones cost the same, alike ones too, so that boundary
    does not tell portfolios apart.
    """
    if "zoneboundcost" not in files.tables:
        return "", 0.0
    table = files.tables["zoneboundcost"]
    cost = np.zeros((n_zones, n_zones))
    one, two = _zone_of(files, table, "zoneid1"), _zone_of(files, table, "zoneid2")
    part = next((name for name in ("fraction", "cost") if name in table.columns), "fraction")
    cost[one, two] = cost[two, one] = numbers_of(table, part)
    zones = np.arange(n_zones)
    kinds: tuple[Literal["treated", "interventions"], ...] = ("treated", "interventions")
    for kind in kinds:
        group = np.minimum(zones, 1) if kind == "treated" else zones
        apart = group[:, None] != group
        low, high = cost[~apart], cost[apart]
        if np.ptp(low) <= ALIKE and np.ptp(high) <= ALIKE and high[0] >= low[0]:
            return kind, float(high[0] - low[0])
    what = (
        "costs of boundary that differ by pair of zones have no counterpart here: they may differ "
        "between the first zone and all others, or between any two alike; they are left out"
    )
    notes.append(Finding(table.attrs["name"], what, "", "warning"))
    return "", 0.0
