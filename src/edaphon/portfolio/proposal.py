"""A portfolio that somebody made, in the page or by hand: a CSV of units and interventions."""

from __future__ import annotations

import csv
import itertools
import math
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.data.messages import missing_file, unreadable_file
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.problem.store import problem_hash

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.values import Problem

LONGEST_NAME = 60
_OBJECTIVE = "objective "
_SAVE_AGAIN = "Open report.html of this run, make the portfolio there and save it again."


@dataclass(frozen=True)
class Proposal:
    """A portfolio to adopt.

    Attributes
    ----------
    where : str
        The file.
    name : str
        What its maker calls it; may be empty.
    allocation : uint8 array, shape (n_units,)
        Position of the intervention in every unit, in the problem's order.
    stated : mapping of str to (float, float)
        By objective: the value that the file states, in the objective's own sense and unit, and
        how far rounding in the page may have moved it. Empty where nothing is stated.
    """

    where: str
    name: str
    allocation: NDArray[np.uint8]
    stated: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def read_proposal(path: str | Path, problem: Problem, recorded: str = "") -> Proposal:
    """Read a portfolio: a CSV with unit_id and intervention, with what the page adds to it.

    Every unit stands once; an empty intervention is the baseline. Lines before the table that
    begin with ``#`` are read where the page wrote them: ``# name: TEXT``, ``# problem: HASH`` and,
    for every objective, ``# objective NAME: VALUE +- ERROR``.

    Parameters
    ----------
    path : path
    problem : Problem
    recorded : str
        Hash of the same problem in the record of its run, which another version may have written.

    Raises
    ------
    DataError
        If the file cannot be read, was made for another problem, or names units, interventions
        or objectives that the problem does not have, or leaves some out.
    """
    file = Path(path)
    lines = _lines(file)
    head = list(itertools.takewhile(lambda line: line.startswith("#"), lines))
    head = [line[1:].strip() for line in head]
    said = _said(head)
    if "problem" in said and said["problem"] not in (recorded, problem_hash(problem)):
        what = (
            "was made for another problem: its hash is not that of this run, so it comes from the "
            "page of another run, or of this one before it was run again"
        )
        raise DataError(Finding(f"{file}: problem", what, _SAVE_AGAIN))
    plan, faults = _table(str(file), lines[len(head) :], problem)
    stated, more = _stated(str(file), head, problem)
    raise_errors([*faults, *more])
    return Proposal(str(file), _name(said.get("name", file.stem)), plan, stated)


def _lines(file: Path) -> list[str]:
    """Read the lines, as the page or a spreadsheet wrote them, without what it put around `#`."""
    if not file.exists():
        raise DataError(missing_file("command", file))
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise DataError(unreadable_file("command", file, error, "the CSV")) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    lines = unicodedata.normalize("NFC", text).splitlines()
    return [
        line.strip('";,\t ') if line.startswith(("#", '"#')) else line
        for line in lines
        if line.strip(";,\t ")
    ]


def _said(head: Sequence[str]) -> dict[str, str]:
    """Read ``key: text`` from the lines before the table."""
    pairs = (line.partition(":") for line in head)
    return {key.strip(): text.strip() for key, colon, text in pairs if colon}


def _name(text: str) -> str:
    """One line without commas, since tags are joined by them."""
    return " ".join(text.replace(",", " ").split())[:LONGEST_NAME]


def _unknown(place: str, names: Sequence[str], problem: Problem) -> list[Finding]:
    """One finding per intervention that the problem does not have."""
    return [
        Finding(
            place, f"there is no intervention {name!r}", did_you_mean(name, problem.interventions)
        )
        for name in dict.fromkeys(names)
        if name not in problem.interventions
    ]


def _stated(
    where: str, head: Sequence[str], problem: Problem
) -> tuple[dict[str, tuple[float, float]], list[Finding]]:
    """Read what the file says of each objective; all of them or none."""
    place = f"{where}: objectives"
    lines = [line.removeprefix(_OBJECTIVE) for line in head if line.startswith(_OBJECTIVE)]
    said = {name: text for name, _, text in (line.rpartition(":") for line in lines)}
    names = problem.objective_names
    faults = [
        Finding(place, f"there is no objective {name!r}", did_you_mean(name, names))
        for name in said
        if name not in names
    ]
    found = {}
    for name in names if said else ():
        value, error = _value_and_error(said.get(name, ""))
        if math.isfinite(value) and 0 <= error < math.inf:
            found[name] = (value, error)
        else:
            what = f"states no value and error of {name}"
            faults.append(Finding(place, what, _SAVE_AGAIN))
    return found, faults


def _value_and_error(text: str) -> tuple[float, float]:
    """Read ``VALUE +- ERROR``; nan where a number is missing."""
    value, _, error = text.partition("+-")
    try:
        return float(value), float(error)
    except ValueError:
        return math.nan, math.nan


def _table(
    where: str, lines: Sequence[str], problem: Problem
) -> tuple[NDArray[np.uint8], list[Finding]]:
    """Read the choice of every unit."""
    marks = max(";,\t", key=(lines[0] if lines else "").count)
    rows = csv.DictReader(lines, delimiter=marks)
    rows.fieldnames = [name.strip().casefold() for name in rows.fieldnames or ()]
    missing = [x for x in ("unit_id", "intervention") if x not in (rows.fieldnames or ())]
    if missing:
        what = f"has no column {' and no column '.join(missing)}"
        hint = "Give a CSV with the columns unit_id and intervention, as the page saves it."
        raise DataError(Finding(where, what, hint))
    known = [str(unit) for unit in problem.unit_ids]
    meant = _as_a_spreadsheet_writes(known)
    pairs = [
        (meant.get(row["unit_id"] or "", row["unit_id"] or ""), row["intervention"] or "")
        for row in rows
    ]
    chosen = {unit: option or problem.interventions[0] for unit, option in pairs}
    faults = _unknown(f"{where}: intervention", list(chosen.values()), problem)
    faults += _unit_faults(f"{where}: unit_id", [unit for unit, _ in pairs], problem)
    if faults:
        return np.zeros(0, np.uint8), faults
    position = {option: a for a, option in enumerate(problem.interventions)}
    return np.array([position[chosen[str(unit)]] for unit in problem.unit_ids], np.uint8), []


def _as_a_spreadsheet_writes(known: Sequence[str]) -> dict[str, str]:
    """Return what a spreadsheet makes of ids, with the id that is meant.

    An apostrophe keeps it from running an id as a formula; leading zeros are lost where that
    leaves ids apart.
    """
    bare = [unit.lstrip("0") or "0" for unit in known]
    uses = Counter(bare)
    short = {one: unit for one, unit in zip(bare, known, strict=True) if uses[one] == 1}
    return {**short, **{f"'{unit}": unit for unit in known}, **{unit: unit for unit in known}}


def _unit_faults(place: str, units: Sequence[str], problem: Problem) -> list[Finding]:
    """Units that are unknown, left out, or stand twice."""
    known = [str(unit) for unit in problem.unit_ids]
    every, given = set(known), set(units)
    faults = []
    unknown = [unit for unit in dict.fromkeys(units) if unit not in every]
    if unknown:
        what = f"{len(unknown)} unit(s) are not in the landscape, the first {unknown[0]!r}"
        faults.append(Finding(place, what, did_you_mean(unknown[0], known)))
    left_out = [unit for unit in known if unit not in given]
    if left_out:
        what = f"{len(left_out)} unit(s) are missing, the first {left_out[0]!r}"
        faults.append(Finding(place, what, "Say for every unit what is done there."))
    twice = [unit for unit, count in Counter(units).items() if count > 1]
    if twice:
        what = f"{len(twice)} unit(s) stand there more than once, the first {twice[0]!r}"
        faults.append(Finding(place, what, "Leave one row for each unit."))
    return faults
