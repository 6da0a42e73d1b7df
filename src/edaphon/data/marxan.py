"""Marxan's input files in the dialects that are about.

The format is that of the Marxan User Manual (Game and Grantham, 2008, chapter 3): input.dat names
the other files; pu.dat holds planning units, spec.dat conservation features, puvspr.dat their
amounts (one row each, or one column per feature) and bound.dat shared boundaries.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.data.marxan_tables import (
    SHOWN,
    check_once,
    column_of,
    file_of,
    ids_of,
    numbers_of,
    table_of,
    text_of,
)
from edaphon.errors import DataError, Finding, raise_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FREE, SEED, LOCKED_IN, LOCKED_OUT = range(4)
"""Status codes of pu.dat; 1 only says where Marxan's search starts."""
UNUSED = ("target2", "targetocc", "sepnum", "sepdistance")
"""Columns of spec.dat whose rules have no counterpart here."""


@dataclass(frozen=True)
class MarxanData:
    """A Marxan problem as arrays.

    Attributes
    ----------
    units : str array, shape (n_units,)
        Ids, as text.
    cost : float64 array, shape (n_units,)
    status : int array, shape (n_units,)
        0 or 1 free, 2 locked in, 3 locked out.
    x, y : float64 arrays, shape (n_units,), or None
    features : tuple of str
        "10 bird1": id and name; the id alone where there is no name.
    target : float64 array, shape (n_features,)
        In amounts; `prop` times the amount in all units where that is given.
    penalty : float64 array, shape (n_features,)
        The species penalty factor (spf), 1 where none is given.
    unit, feature : intp arrays, shape (n_amounts,)
    amount : float64 array, shape (n_amounts,)
    first, second : intp arrays, shape (n_boundaries,)
        A unit beside itself has boundary toward the outside.
    length : float64 array, shape (n_boundaries,)
    boundary_price : float
        The boundary length modifier (BLM).
    findings : tuple of Finding
    """

    units: NDArray[np.str_]
    cost: NDArray[np.float64]
    status: NDArray[np.intp]
    x: NDArray[np.float64] | None
    y: NDArray[np.float64] | None
    features: tuple[str, ...]
    target: NDArray[np.float64]
    penalty: NDArray[np.float64]
    unit: NDArray[np.intp]
    feature: NDArray[np.intp]
    amount: NDArray[np.float64]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    length: NDArray[np.float64]
    boundary_price: float
    findings: tuple[Finding, ...] = ()

    def total(self) -> NDArray[np.float64]:
        """Amount of every feature in all units, shape (n_features,)."""
        return np.bincount(self.feature, self.amount, len(self.features)).astype(np.float64)

    def reachable(self) -> NDArray[np.float64]:
        """Amount of every feature in the units that are not locked out, shape (n_features,)."""
        some = self.status[self.unit] != LOCKED_OUT
        return np.bincount(self.feature[some], self.amount[some], len(self.features)).astype(
            np.float64
        )


def read_marxan(folder: str | Path) -> MarxanData:
    """Read the Marxan files of a folder.

    Parameters
    ----------
    folder : path
        Holds input.dat, which may name others; without it pu.dat, spec.dat, puvspr.dat and
        bound.dat are looked for there and in its folder input. Columns may be parted by commas,
        semicolons, tabs or spaces, names and values may be quoted, headers have any case.

    Raises
    ------
    DataError
        With every fault: files and columns that are missing, ids that are unknown or stand twice,
        values that are no numbers.
    """
    path = Path(folder)
    if not path.is_dir():
        raise DataError(Finding(str(path), "is not a folder", "Name the folder of input.dat."))
    settings = read_settings(path)
    notes: list[Finding] = []
    tables = _tables(path, settings)
    units, cost, status, x, y = _units(tables["pu"])
    known = {unit: i for i, unit in enumerate(units.tolist())}
    ids, names, spec = _features(tables["spec"], notes)
    unit, feature, amount = _amounts(tables["puvspr"], known, ids)
    total = np.bincount(feature, amount, len(ids)).astype(np.float64)
    nothing = np.zeros(0, dtype=np.intp)
    first, second, length = nothing, nothing, np.zeros(0)
    if "bound" in tables:
        first, second, length = _boundaries(tables["bound"], known)
    price = _number(settings, "BLM", notes)
    _unused_settings(settings, notes)
    if price > 0 and not len(length):
        what = f"BLM is {price:g}, but there is no bound.dat: no boundary counts"
        notes.append(Finding("input.dat", what, "Add bound.dat.", "warning"))
    return MarxanData(
        units=units,
        cost=cost,
        status=status,
        x=x,
        y=y,
        features=names,
        target=_targets(spec, total, notes),
        penalty=spec["spf"].to_numpy(np.float64),
        unit=unit,
        feature=feature,
        amount=amount,
        first=first,
        second=second,
        length=length,
        boundary_price=price,
        findings=tuple(notes),
    )


def _tables(folder: Path, settings: dict[str, str]) -> dict[str, pd.DataFrame]:
    """Read the tables of a folder by their usual names; only that of boundaries may be absent."""
    places = {
        key: find_file(folder, settings, f"{key.upper()}NAME", f"{key}.dat")
        for key in ("pu", "spec", "puvspr", "bound")
    }
    raise_errors(
        Finding(str(folder), f"has no {key}.dat", "Name it in input.dat, or put it there.")
        for key, place in places.items()
        if place is None and key != "bound"
    )
    return {key: table_of(place) for key, place in places.items() if place is not None}


def read_settings(folder: Path) -> dict[str, str]:
    """Return keys and values of input.dat, keys in capitals; empty without one."""
    path = file_of(folder, "input.dat")
    if path is None:
        return {}
    made = {}
    for line in text_of(path).splitlines():
        key, _, value = line.strip().partition(" ")
        if "\t" in key:
            key, _, value = line.strip().partition("\t")
        if value.strip():
            made[key.upper()] = value.strip().strip("\"'")
    return made


def find_file(folder: Path, settings: dict[str, str], key: str, default: str) -> Path | None:
    """Return a file that input.dat names, or the usual one; None where there is neither."""
    name = settings.get(key, default).replace("\\", "/")
    inner = settings.get("INPUTDIR", "input").replace("\\", "/")
    for start in (folder / inner, folder / Path(inner).name, folder):
        found = file_of(start, name)
        if found is not None:
            return found
    return None


def _units(
    table: pd.DataFrame,
) -> tuple[
    NDArray[np.str_],
    NDArray[np.float64],
    NDArray[np.intp],
    NDArray[np.float64] | None,
    NDArray[np.float64] | None,
]:
    ids = ids_of(column_of(table, "id", "puid"))
    check_once(ids, table)
    status = numbers_of(table, "status", 0.0)
    wrong = np.flatnonzero(~np.isin(status, (FREE, SEED, LOCKED_IN, LOCKED_OUT)))[:SHOWN]
    raise_errors(
        [
            Finding(
                f"{table.attrs['name']}: line {table.index[k]}",
                f"status is {status[k]:g}",
                "0 and 1 are free, 2 is locked in, 3 is locked out.",
            )
            for k in wrong
        ],
        DataError,
    )
    placed = {"xloc", "yloc"} <= set(table.columns)
    x = numbers_of(table, "xloc") if placed else None
    y = numbers_of(table, "yloc") if placed else None
    return ids, numbers_of(table, "cost", 1.0), status.astype(np.intp), x, y


def _features(
    table: pd.DataFrame, notes: list[Finding]
) -> tuple[dict[str, int], tuple[str, ...], pd.DataFrame]:
    """Positions by id, names, and the figures of every feature."""
    ids = ids_of(column_of(table, "id", "species"))
    check_once(ids, table)
    titles = table["name"].tolist() if "name" in table.columns else [""] * len(ids)
    names = tuple(f"{one} {title}".strip() for one, title in zip(ids, titles, strict=True))
    figures = pd.DataFrame(
        {
            "prop": numbers_of(table, "prop", 0.0),
            "target": numbers_of(table, "target", 0.0),
            "spf": numbers_of(table, "spf" if "spf" in table.columns else "fpf", 1.0),
        }
    )
    for name in UNUSED:
        if name in table.columns and (numbers_of(table, name, 0.0) > 0).any():
            what = f"{name} has no counterpart here and is left out"
            notes.append(Finding(table.attrs["name"], what, "", "warning"))
    return {one: f for f, one in enumerate(ids.tolist())}, names, figures


def _targets(
    spec: pd.DataFrame, total: NDArray[np.float64], notes: list[Finding]
) -> NDArray[np.float64]:
    """Amounts to reach: a proportion of the whole amount where one is given, else the target."""
    prop, target = spec["prop"].to_numpy(np.float64), spec["target"].to_numpy(np.float64)
    both = int(((prop > 0) & (target > 0)).sum())
    if both:
        what = f"{both} feature(s) have both prop and target: prop is taken"
        notes.append(Finding("spec.dat", what, "", "note"))
    made: NDArray[np.float64] = np.where(prop > 0, prop * total, np.maximum(target, 0.0))
    return made


def positions(
    values: NDArray[np.str_], known: dict[str, int], table: pd.DataFrame, what: str
) -> NDArray[np.intp]:
    """Return positions of ids; raise for those that are not known."""
    found = np.array([known.get(one, -1) for one in values.tolist()], dtype=np.intp)
    raise_errors(
        [
            Finding(
                f"{table.attrs['name']}: line {table.index[k]}", f"no {what} has id {values[k]}"
            )
            for k in np.flatnonzero(found < 0)[:SHOWN]
        ],
        DataError,
    )
    return found


def _amounts(
    table: pd.DataFrame, known: dict[str, int], ids: dict[str, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Rows of unit, feature and amount, from one row each or one column per feature."""
    if "amount" in table.columns:
        unit = positions(ids_of(column_of(table, "pu", "puid")), known, table, "planning unit")
        feature = positions(ids_of(column_of(table, "species", "spec")), ids, table, "feature")
        return unit, feature, numbers_of(table, "amount")
    unit = positions(ids_of(column_of(table, "pu", "puid")), known, table, "planning unit")
    columns = [name for name in table.columns if name not in ("pu", "puid")]
    strange = [name for name in columns if name not in ids]
    if strange:
        place = f"{table.attrs['name']}: header"
        what = f"has neither a column amount nor features as columns: {', '.join(strange[:SHOWN])}"
        raise DataError(Finding(place, what, "Columns are named by the ids of spec.dat."))
    wide = np.stack([numbers_of(table, name, 0.0) for name in columns], axis=1)
    row, column = np.nonzero(wide)
    feature = np.array([ids[name] for name in columns], dtype=np.intp)
    return unit[row], feature[column], wide[row, column]


def _boundaries(
    table: pd.DataFrame, known: dict[str, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Pairs and lengths; a pair that stands both ways is one boundary, told twice."""
    ends = [
        positions(ids_of(column_of(table, name)), known, table, "planning unit")
        for name in ("id1", "id2")
    ]
    length = numbers_of(table, "boundary" if "boundary" in table.columns else "amount")
    low, high = np.minimum(*ends), np.maximum(*ends)
    frame = pd.DataFrame({"low": low, "high": high, "turned": ends[0] > ends[1], "length": length})
    sums = frame.groupby(["low", "high", "turned"], sort=True)["length"].sum()
    kept = sums.groupby(level=["low", "high"]).max()
    pairs = np.array(kept.index.tolist(), dtype=np.intp).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1], kept.to_numpy(np.float64)


def _number(settings: dict[str, str], key: str, notes: list[Finding]) -> float:
    """Return a number of input.dat, 0 without one."""
    text = settings.get(key, "0").split()[0]
    try:
        return float(text)
    except ValueError:
        notes.append(Finding("input.dat", f"{key} is {text!r}, taken as 0", "", "warning"))
        return 0.0


def _unused_settings(settings: dict[str, str], notes: list[Finding]) -> None:
    """Say which rules of input.dat are left out."""
    words: Sequence[tuple[str, str]] = (
        ("COSTTHRESH", "the cost threshold is left out; write constraints: {budget: ...} instead"),
        ("ASYMMETRICCONNECTIVITY", "connections are taken as symmetric"),
        ("CLUMPTYPE", "clump sizes by feature are left out"),
    )
    for key, what in words:
        if _number(settings, key, []) > 0:
            notes.append(Finding("input.dat", f"{key}: {what}", "", "warning"))
