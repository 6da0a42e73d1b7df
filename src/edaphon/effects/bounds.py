"""Ceilings and floors of features: how far an amount can still rise and fall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.shares import column_or_quantity
from edaphon.errors import DataError, Finding, raise_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.surrogates.state import State


def rooms(
    config: Config, landscape: Landscape, state: State
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Return how far each amount can rise and fall, by the features' `ceiling` and `floor`.

    Parameters
    ----------
    config : Config
    landscape : Landscape
    state : State

    Returns
    -------
    up, down : float64 arrays, shape (n_units, n_features), or None
        In amounts (state x area); inf where nothing bounds, 0 where a state lies beyond already.
        None where no feature has a ceiling, or a floor.

    Raises
    ------
    DataError
        A ceiling or floor that is neither a column nor a quantity in the feature's unit, or a floor
        above the ceiling.
    """
    findings: list[Finding] = []
    ends = {key: np.full(state.mean.shape, np.nan) for key in ("floor", "ceiling")}
    for f, name in enumerate(state.features):
        section = config.features.get(name)
        for key, ends_of in ends.items():
            given = "" if section is None else str(getattr(section, key))
            if given:
                where = config.where(f"features.{name}.{key}")
                unit = state.units[f]
                ends_of[:, f] = column_or_quantity(landscape, given, unit, where, findings)
        if (ends["floor"][:, f] > ends["ceiling"][:, f]).any():
            what = f"the floor of {name} lies above its ceiling"
            findings.append(Finding(config.where(f"features.{name}.floor"), what, "Swap them."))
    raise_errors(findings, DataError)
    area = landscape.area_ha[:, None]
    return (
        _room(ends["ceiling"] - state.mean, area),
        _room(state.mean - ends["floor"], area),
    )


def _room(left: NDArray[np.float64], area: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return what is left, in amounts, nan as no bound; None where nothing is bounded."""
    if np.isnan(left).all():
        return None
    return np.where(np.isnan(left), np.inf, np.maximum(left, 0.0) * area)
