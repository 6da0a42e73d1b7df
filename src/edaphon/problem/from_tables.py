"""Build a Problem from a config whose effects and costs stand in tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.config.suggest import did_you_mean
from edaphon.data.columns import as_text
from edaphon.data.delimited import read_table
from edaphon.effects.values import DenseEffects
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.practices.values import BASELINE
from edaphon.problem.from_config import pose_problem
from edaphon.problem.values import Feature

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.practices.values import Catalogue, Options
    from edaphon.problem.values import Problem

SHOWN = 5
"""Faults of one kind that are told one by one."""


def problem_from_tables(
    config: Config, landscape: Landscape, catalogue: Catalogue, options: Options
) -> tuple[Problem, tuple[Finding, ...]]:
    """Read the tables that ``tables`` names and pose the config's problem with them.

    Returns
    -------
    problem : Problem
        Its effects have no spread and no stock; features stand in the order of their first rows.
    findings : tuple of Finding

    Raises
    ------
    DataError
        For missing columns, unknown units and interventions, amounts that are no numbers, an
        effect or cost of the baseline.
    ConfigError
        As `edaphon.problem.from_config.pose_problem`.
    """
    section = config.tables
    if section is None:
        raise DataError(Finding("tables", "is not in the config", "Name the table of effects."))
    shape = (landscape.n_units, len(catalogue.names))
    rows = _read(config, "effects", "amount", ("feature",), landscape, catalogue)
    names = tuple(dict.fromkeys(rows.labels["feature"].tolist()))
    position = {name: f for f, name in enumerate(names)}
    feature = np.array([position[name] for name in rows.labels["feature"].tolist()], dtype=np.intp)
    mean = np.zeros((*shape, len(names)))
    np.add.at(mean, (rows.unit, rows.option, feature), rows.amount)
    notes = rows.notes
    if section.costs:
        paid = _read(config, "costs", "cost", (), landscape, catalogue)
        cost = np.zeros(shape)
        np.add.at(cost, (paid.unit, paid.option), paid.amount)
        whole = options.cost.copy()
        whole[:, :, 0] = cost
        first = replace(options.ledgers[0], spread=())
        options = replace(options, cost=whole, ledgers=(first, *options.ledgers[1:]))
        notes = (*notes, *paid.notes, *_savings(config, paid, landscape, catalogue))
    features = tuple(
        Feature(name, given.unit, given.better or "higher")
        if (given := config.features.get(name)) is not None
        else Feature(name)
        for name in names
    )
    effects = DenseEffects(mean, np.zeros((shape[0], len(names))))
    problem, found = pose_problem(
        config,
        landscape,
        catalogue.names,
        features=features,
        effects=effects,
        options=options,
        count_forbidden=section.count_forbidden,
    )
    return problem, (*notes, *found)


@dataclass(frozen=True)
class _Rows:
    """Rows of a table as positions and amounts."""

    unit: NDArray[np.intp]
    option: NDArray[np.intp]
    amount: NDArray[np.float64]
    labels: dict[str, NDArray[np.str_]]
    notes: tuple[Finding, ...]


def _read(  # noqa: PLR0917 - the table, its columns, and what they are checked against
    config: Config,
    key: str,
    measure: str,
    labels: Sequence[str],
    landscape: Landscape,
    catalogue: Catalogue,
) -> _Rows:
    """Read one table; raise with its first faults of every kind."""
    path = config.resolve(getattr(config.tables, key))
    table, notes = read_table(path, config.where(f"tables.{key}"))
    columns = {str(column).casefold(): str(column) for column in table.columns}
    wanted = ("unit_id", "intervention", *labels, measure)
    absent = [name for name in wanted if name not in columns]
    if absent:
        what = f"has no column {', '.join(absent)}"
        hint = f"Its columns are {', '.join(map(str, table.columns))}."
        raise DataError(Finding(f"{path.name}: header", what, hint))
    place = [f"{path.name}: line {line}" for line in table.index]
    ids, names = as_text(table[columns["unit_id"]]), as_text(table[columns["intervention"]])
    unit = pd.Index(landscape.ids).get_indexer(pd.Index(ids))
    option = pd.Index(catalogue.names).get_indexer(pd.Index(names))
    amount = pd.to_numeric(table[columns[measure]], errors="coerce").to_numpy(np.float64)
    faults: list[Finding] = []
    for k in np.flatnonzero(unit < 0)[:SHOWN]:
        hint = did_you_mean(str(ids[k]), list(landscape.ids[:50_000]))
        faults.append(Finding(place[k], f"no unit is called {str(ids[k])!r}", hint))
    for k in np.flatnonzero(option < 0)[:SHOWN]:
        hint = did_you_mean(str(names[k]), catalogue.names)
        faults.append(Finding(place[k], f"no intervention is called {str(names[k])!r}", hint))
    for k in np.flatnonzero(~np.isfinite(amount))[:SHOWN]:
        faults.append(Finding(place[k], f"the {measure} is no number", "Give a number."))
    for k in np.flatnonzero((option == 0) & (amount != 0.0))[:SHOWN]:
        what = f"the {BASELINE} has a value of {amount[k]:g}"
        faults.append(Finding(place[k], what, "Amounts are changes against it."))
    raise_errors(faults, DataError)
    texts = {name: as_text(table[columns[name]]) for name in labels}
    return _Rows(unit, option, amount, texts, notes)


def _savings(
    config: Config, paid: _Rows, landscape: Landscape, catalogue: Catalogue
) -> tuple[Finding, ...]:
    """Warn of costs below 0: money saved, or a slip of the sign."""
    below = np.flatnonzero(paid.amount < 0)
    if not len(below):
        return ()
    k = below[np.argmin(paid.amount[below])]
    unit, option = landscape.ids[paid.unit[k]], catalogue.names[paid.option[k]]
    what = (
        f"{len(below):,} of {len(paid.amount):,} costs are below 0 and count as money saved, the "
        f"lowest {paid.amount[k]:,.6g} of {option} in unit {unit}"
    )
    hint = "Leave them so if that is meant, else take the minus away."
    return (Finding(config.where("tables.costs"), what, hint, "warning"),)
