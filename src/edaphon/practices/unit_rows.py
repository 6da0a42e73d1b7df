"""Tables whose rows name a unit and an intervention: read, checked, as positions and amounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.config.suggest import did_you_mean
from edaphon.data.columns import as_text
from edaphon.data.delimited import read_table
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.practices.values import BASELINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.practices.values import Catalogue

SHOWN = 5
"""Faults of one kind that are told one by one."""


@dataclass(frozen=True)
class UnitRows:
    """Rows of a table of units and interventions.

    Attributes
    ----------
    unit, option : int64 arrays, shape (n_rows,)
        Positions in the landscape and in the catalogue.
    amount : float64 array, shape (n_rows,)
    labels : dict of str to str array, shape (n_rows,)
        Further columns, as text.
    notes : tuple of Finding
    """

    unit: NDArray[np.intp]
    option: NDArray[np.intp]
    amount: NDArray[np.float64]
    labels: dict[str, NDArray[np.str_]]
    notes: tuple[Finding, ...]


def read_unit_rows(  # noqa: PLR0917 - the table, its columns, and what they are checked against
    config: Config,
    key: str,
    measure: str,
    labels: Sequence[str],
    landscape: Landscape,
    catalogue: Catalogue,
) -> UnitRows:
    """Read a table that the section ``tables`` names.

    Parameters
    ----------
    config : Config
    key : str
        Of the section.
    measure : str
        Column of the amounts.
    labels : sequence of str
        Further columns.
    landscape : Landscape
    catalogue : Catalogue

    Returns
    -------
    UnitRows

    Raises
    ------
    DataError
        With the first faults of every kind: missing columns, unknown units and interventions,
        amounts that are no numbers, an amount of the baseline.
    """
    path = config.resolve(getattr(config.tables, key))
    table, notes = read_table(path, config.where(f"tables.{key}"))
    columns = {str(column).casefold(): str(column) for column in table.columns}
    wanted = ("unit_id", "intervention", *labels, measure)
    absent = [name for name in wanted if name not in columns]
    if absent:
        what = f"has no column {', '.join(absent)}"
        hint = f"Its columns are {', '.join(map(str, table.columns))}."
        raise DataError(Finding(f"{path.name}: header", what, hint))
    ids, names = as_text(table[columns["unit_id"]]), as_text(table[columns["intervention"]])
    unit = pd.Index(landscape.ids).get_indexer(pd.Index(ids))
    option = pd.Index(catalogue.names).get_indexer(pd.Index(names))
    amount = pd.to_numeric(table[columns[measure]], errors="coerce").to_numpy(np.float64)
    faults: list[Finding] = []

    def place(k: int) -> str:
        return f"{path.name}: line {table.index[int(k)]}"

    for k in np.flatnonzero(unit < 0)[:SHOWN]:
        hint = did_you_mean(str(ids[k]), list(landscape.ids[:50_000]))
        faults.append(Finding(place(k), f"no unit is called {str(ids[k])!r}", hint))
    for k in np.flatnonzero(option < 0)[:SHOWN]:
        hint = did_you_mean(str(names[k]), catalogue.names)
        faults.append(Finding(place(k), f"no intervention is called {str(names[k])!r}", hint))
    for k in np.flatnonzero(~np.isfinite(amount))[:SHOWN]:
        faults.append(Finding(place(k), f"the {measure} is no number", "Give a number."))
    for k in np.flatnonzero((option == 0) & (amount != 0.0))[:SHOWN]:
        what = f"the {BASELINE} has a value of {amount[k]:g}"
        faults.append(Finding(place(k), what, "Amounts are changes against it."))
    raise_errors(faults, DataError)
    texts = {name: as_text(table[columns[name]]) for name in labels}
    return UnitRows(unit, option, amount, texts, notes)
