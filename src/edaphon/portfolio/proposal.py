"""A portfolio that somebody made: in the page, which saves JSON, or by hand as a CSV."""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.problem.store import problem_hash

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.values import Problem

LONGEST_NAME = 60
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


def units_hash(unit_ids: NDArray[np.str_]) -> str:
    """Return the SHA-256 of the unit ids in their order, as 64 hexadecimal digits."""
    return hashlib.sha256("\n".join(map(str, unit_ids)).encode("utf-8")).hexdigest()


def read_proposal(path: str | Path, problem: Problem) -> Proposal:
    """Read a portfolio that the page saved (JSON), or a CSV with unit_id and intervention.

    The JSON holds ``problem`` and ``units`` (hashes), ``allocation`` as runs ``[intervention,
    number of units]`` in the order of the units, ``objectives`` as ``{name: {value, error}}`` and
    ``name``. In a CSV every unit stands once; an empty intervention is the baseline.

    Raises
    ------
    DataError
        If the file cannot be read, was made for another problem, or names units, interventions
        or objectives that the problem does not have, or leaves some out.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        what = f"cannot be read: {error}"
        raise DataError(Finding(str(file), what, "Name a file that the page saved.")) from None
    if text.lstrip().startswith("{"):
        return _from_json(str(file), text, problem)
    return _from_csv(str(file), file.stem, text, problem)


def _from_json(where: str, text: str, problem: Problem) -> Proposal:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise DataError(Finding(where, f"is not JSON: {error}", _SAVE_AGAIN)) from None
    if content.get("problem") != problem_hash(problem):
        what = "was made for another problem: its hash is not that of this run"
        raise DataError(Finding(f"{where}: problem", what, _SAVE_AGAIN))
    if content.get("units") != units_hash(problem.unit_ids):
        what = "names other planning units, or the same in another order"
        raise DataError(Finding(f"{where}: units", what, _SAVE_AGAIN))
    plan, faults = _runs(where, content.get("allocation"), problem)
    stated, more = _stated(where, content.get("objectives"), problem)
    raise_errors([*faults, *more])
    return Proposal(where, _name(content.get("name")), plan, stated)


def _name(value: Any) -> str:
    """One line without commas, since tags are joined by them."""
    text = value if isinstance(value, str) else ""
    return " ".join(text.replace(",", " ").split())[:LONGEST_NAME]


def _runs(where: str, runs: Any, problem: Problem) -> tuple[NDArray[np.uint8], list[Finding]]:
    """Unroll runs of interventions."""
    place = f"{where}: allocation"
    if not isinstance(runs, list) or not all(_is_run(run) for run in runs):
        what = "is no list of runs like [intervention, number of units]"
        return np.zeros(0, np.uint8), [Finding(place, what, _SAVE_AGAIN)]
    faults = _unknown(place, [run[0] for run in runs], problem)
    count = sum(run[1] for run in runs)
    if count != problem.n_units:
        what = f"decides on {count:,} units, but the problem has {problem.n_units:,}"
        faults.append(Finding(place, what, _SAVE_AGAIN))
    if faults:
        return np.zeros(0, np.uint8), faults
    position = {name: a for a, name in enumerate(problem.interventions)}
    options = np.array([position[run[0]] for run in runs], dtype=np.uint8)
    return np.repeat(options, [run[1] for run in runs]), []


def _is_run(run: Any) -> bool:
    """Whether this is [text, positive whole number]."""
    if not isinstance(run, list) or len(run) != 2:
        return False
    name, count = run
    return isinstance(name, str) and type(count) is int and count > 0


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
    where: str, stated: Any, problem: Problem
) -> tuple[dict[str, tuple[float, float]], list[Finding]]:
    """Read what the file says of each objective; all of them or none."""
    place = f"{where}: objectives"
    if not isinstance(stated, dict):
        return {}, [Finding(place, "states no objectives", _SAVE_AGAIN)]
    names = problem.objective_names
    faults = [
        Finding(place, f"there is no objective {name!r}", did_you_mean(name, names))
        for name in stated
        if name not in names
    ]
    found = {}
    for name in names:
        one = stated.get(name)
        value, error = (_number(one, key) for key in ("value", "error"))
        if math.isfinite(value) and 0 <= error < math.inf:
            found[name] = (value, error)
        else:
            what = f"states no value and error of {name}"
            faults.append(Finding(place, what, _SAVE_AGAIN))
    return found, faults


def _number(one: Any, key: str) -> float:
    """Return a number under a key, nan where there is none."""
    value = one.get(key) if isinstance(one, dict) else None
    return float(value) if isinstance(value, int | float) else math.nan


def _from_csv(where: str, name: str, text: str, problem: Problem) -> Proposal:
    rows = csv.DictReader(text.splitlines())
    missing = [x for x in ("unit_id", "intervention") if x not in (rows.fieldnames or ())]
    if missing:
        what = f"has no column {' and no column '.join(missing)}"
        hint = "Give a CSV with the columns unit_id and intervention, or the JSON the page saved."
        raise DataError(Finding(where, what, hint))
    pairs = [(row["unit_id"] or "", row["intervention"] or "") for row in rows]
    chosen = {unit: option or problem.interventions[0] for unit, option in pairs}
    faults = _unknown(f"{where}: intervention", list(chosen.values()), problem)
    faults += _unit_faults(f"{where}: unit_id", [unit for unit, _ in pairs], problem)
    raise_errors(faults)
    position = {option: a for a, option in enumerate(problem.interventions)}
    plan = np.array([position[chosen[str(unit)]] for unit in problem.unit_ids], dtype=np.uint8)
    return Proposal(where, _name(name), plan)


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
