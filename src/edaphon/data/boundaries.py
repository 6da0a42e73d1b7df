"""Neighbors from a table of boundaries instead of geometry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.config.suggest import did_you_mean
from edaphon.data.columns import as_text
from edaphon.data.delimited import read_table
from edaphon.data.landscape import Neighbours
from edaphon.errors import DataError, Finding, raise_errors

if TYPE_CHECKING:
    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape

COLUMNS = ("unit_id", "neighbor", "length_m")


def with_boundaries(config: Config, landscape: Landscape) -> Landscape:
    """Take neighbors and outer boundary from the table that ``space.boundaries`` names.

    Returns
    -------
    Landscape
        As it came without a table. Else `neighbours` holds every pair once (pairs that stand
        twice are summed) with ``distance_m`` 0, and `outer_m` what units share with themselves.

    Raises
    ------
    DataError
        For unknown columns and units, and lengths that are no numbers of 0 or more.
    """
    if not config.space.boundaries:
        return landscape
    path = config.resolve(config.space.boundaries)
    table, notes = read_table(path, config.where("space.boundaries"))
    columns = {str(column).casefold(): str(column) for column in table.columns}
    absent = [name for name in COLUMNS if name not in columns]
    if absent:
        what = f"has no column {', '.join(absent)}"
        hint = f"Its columns are {', '.join(map(str, table.columns))}."
        raise DataError(Finding(f"{path.name}: header", what, hint))
    length = pd.to_numeric(table[columns["length_m"]], errors="coerce").to_numpy(np.float64)
    index = pd.Index(landscape.ids)
    ends, faults = [], list[Finding]()
    for name in COLUMNS[:2]:
        ids = as_text(table[columns[name]])
        found = index.get_indexer(pd.Index(ids))
        for k in np.flatnonzero(found < 0)[:5]:
            hint = did_you_mean(str(ids[k]), list(landscape.ids[:50_000]))
            place = f"{path.name}: line {table.index[k]}"
            faults.append(Finding(place, f"no unit is called {str(ids[k])!r}", hint))
        ends.append(found)
    for k in np.flatnonzero(~(length >= 0) | np.isinf(length))[:5]:
        what = f"the length is {table[columns['length_m']].iloc[k]!r}"
        place = f"{path.name}: line {table.index[k]}"
        faults.append(Finding(place, what, "Give meters, 0 or more."))
    raise_errors(faults, DataError)
    low, high = np.minimum(*ends), np.maximum(*ends)
    own = low == high
    outer = np.bincount(low[own], length[own], landscape.n_units).astype(np.float64)
    keys, places = np.unique(
        low[~own].astype(np.int64) * landscape.n_units + high[~own], return_inverse=True
    )
    neighbours = Neighbours(
        (keys // landscape.n_units).astype(np.int32),
        (keys % landscape.n_units).astype(np.int32),
        np.bincount(places, length[~own], len(keys)).astype(np.float64),
        0.0,
    )
    return replace(
        landscape,
        neighbours=neighbours,
        outer_m=outer if own.any() else None,
        findings=(*landscape.findings, *notes),
    )
