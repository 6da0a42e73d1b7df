"""Which units need intervention: the probability that a feature falls short of its reference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from edaphon.config.suggest import did_you_mean
from edaphon.data.columns import as_text
from edaphon.data.indicators import better_of
from edaphon.data.messages import unknown_column
from edaphon.data.shares import column_or_quantity
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.practices.need import NEED

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.surrogates.state import State


def shortfall_probability(
    mean: ArrayLike, sd: ArrayLike, reference: ArrayLike, *, lower_is_better: bool = False
) -> NDArray[np.float64]:
    """Return the probability that a state falls short of its reference.

    Parameters
    ----------
    mean, sd : array_like
        Normal distribution of the state.
    reference : array_like
        In the unit of the state; nan where there is none.
    lower_is_better : bool
        Falling short means lying above it.

    Returns
    -------
    float64 array
        ``Phi((reference - mean) / sd)``, for sd = 0 whether it lies below; nan without a reference.
    """
    short = np.asarray(reference, dtype=np.float64) - np.asarray(mean, dtype=np.float64)
    short = -short if lower_is_better else short
    spread = np.broadcast_to(np.asarray(sd, dtype=np.float64), short.shape)
    scaled = np.divide(short, spread, out=np.zeros(short.shape), where=spread > 0)
    chance = np.where(spread > 0, ndtr(scaled), (short > 0).astype(np.float64))
    return np.where(np.isnan(short), np.nan, chance)


def need_columns(
    config: Config, landscape: Landscape, state: State
) -> dict[str, NDArray[np.float64]]:
    """Return the columns that say which units need intervention.

    Parameters
    ----------
    config : Config
        Its section `need`.
    landscape : Landscape
    state : State

    Returns
    -------
    dict of str to float64 array, shape (n_units,)
        ``need_NAME`` of each feature, nan where it has no reference; ``need``, the probability that
        one of them at least falls short if they do so independently,
        ``1 - product of (1 - need_NAME)``. Empty without the section.

    Raises
    ------
    DataError
        Features that the config does not have, references that are neither one of the two nor a
        column nor a quantity, a stratum that is not there.
    """
    section = config.need
    if section is None:
        return {}
    findings: list[Finding] = []
    stratum = _strata(config, landscape, findings)
    columns = {}
    for name, rule in section.of.items():
        key = f"need.of.{name}"
        if name not in state.features:
            what = f"{name!r} is no feature of this config"
            findings.append(Finding(config.where(key), what, did_you_mean(name, state.features)))
            continue
        f = state.features.index(name)
        if (rule.reference == "") == (rule.quantile is None):
            what = f"{name} has no one reference"
            findings.append(Finding(config.where(key), what, "Write reference or quantile."))
            continue
        if rule.quantile is not None:
            share = min(rule.quantile.to("%") / 100.0, 1.0)
            reference = _quantiles(state.mean[:, f], stratum, share)
        else:
            where = config.where(f"{key}.reference")
            reference = column_or_quantity(
                landscape, rule.reference, state.units[f], where, findings
            )
        columns[f"{NEED}_{name}"] = shortfall_probability(
            state.mean[:, f], state.sd[:, f], reference, lower_is_better=_lower(config, name)
        )
    raise_errors(findings, DataError)
    known = np.nan_to_num(np.stack(list(columns.values())), nan=0.0)
    return {**columns, NEED: 1.0 - np.prod(1.0 - known, axis=0)}


def check_need(config: Config, landscape: Landscape, state: State) -> None:
    """Check the section `need` before anything is predicted.

    Parameters
    ----------
    config : Config
    landscape : Landscape
        What its `expected` columns will hold does not matter here.
    state : State
        Any state of the config's features.

    Raises
    ------
    DataError
        As `need_columns`.
    """
    table = landscape.attributes
    absent = [name for name in landscape.expected if name not in table.columns]
    need_columns(
        config, replace(landscape, attributes=table.assign(**dict.fromkeys(absent, 0.0))), state
    )


def _strata(config: Config, landscape: Landscape, findings: list[Finding]) -> NDArray[np.str_]:
    """Return the stratum of each unit; one for all without a column."""
    column = "" if config.need is None else config.need.stratum
    if not column:
        return np.full(landscape.n_units, "")
    if column not in landscape.attributes.columns:
        where, columns = config.where("need.stratum"), landscape.attributes.columns
        findings.append(unknown_column(where, column, columns, landscape.source))
        return np.full(landscape.n_units, "")
    return as_text(landscape.attributes[column])


def _quantiles(
    values: NDArray[np.float64], stratum: NDArray[np.str_], share: float
) -> NDArray[np.float64]:
    """Return the quantile of each unit's stratum."""
    names, codes = np.unique(stratum, return_inverse=True)
    ends = [np.quantile(values[codes == k], share) for k in range(len(names))]
    return np.asarray(ends)[codes]


def _lower(config: Config, name: str) -> bool:
    """Whether less of a feature is better: by its section, else by the registry."""
    section = config.features.get(name)
    if section is not None and section.better is not None:
        return section.better == "lower"
    column = "" if section is None else section.column
    return better_of(column, name) == "lower" or (
        section is not None and section.model == "threats"
    )
