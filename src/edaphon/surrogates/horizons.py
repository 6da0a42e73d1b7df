"""Samples that are horizons of soil profiles, brought to the depth that a surrogate describes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.quantity import parse_depth
from edaphon.data.columns import as_text
from edaphon.data.delimited import numeric_column
from edaphon.data.indicators import indicator_of, unit_factor
from edaphon.data.messages import counted, name_some, unknown_column
from edaphon.data.points import read_points
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.soil.profiles import harmonize, order_horizons

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.points import SamplePoints
    from edaphon.soil.profiles import Horizons

LEAST_COVERED = 0.5
"""Share of the depth that the horizons with a value must reach (judgement)."""

FARTHEST_DEGREES = 1e-3
"""Coordinates of one profile may differ by so much, about 100 m (judgement)."""


def read_sample_points(config: Config, name: str) -> SamplePoints:
    """Read the rows that a state surrogate learns from; horizons become one row for each profile.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.

    Returns
    -------
    SamplePoints
        For horizons: the response and the predictors among the columns as means over the
        surrogate's depth, other columns and the line number of the profile's uppermost horizon, the
        profile as text. Profiles whose horizons reach less than half of the depth are left out.

    Raises
    ------
    DataError
        As `edaphon.data.points.read_points`; for unknown columns, text among depths or values,
        horizons that overlap or stand twice (unless `faulty_profiles: drop`), profiles in several
        places, or no profile left.
    """
    points = read_points(config, name)
    section = config.surrogates[name]
    return points if not section.profile else _harmonized(config, name, points)


def _harmonized(config: Config, name: str, points: SamplePoints) -> SamplePoints:
    """Bring horizons to the surrogate's depth, one row for each profile."""
    section, table = config.surrogates[name], points.table
    horizons = _ordered(config, name, points)
    edges = np.array(parse_depth(section.depth))
    first = horizons.row[np.unique(horizons.profile, return_index=True)[1]]
    made = table.iloc[first].copy()
    made[section.profile] = horizons.profiles
    kept = np.ones(horizons.n_profiles, dtype=bool)
    for column in _amounts(config, name, table):
        values, faults = numeric_column(table, column, points.source)
        raise_errors(faults)
        measured = column == section.response
        low, high = _limits(config, name) if measured else (-np.inf, np.inf)
        method = section.harmonize or "mean"
        layer = harmonize(horizons, values, edges, method=method, lowest=low, highest=high)
        made[column] = layer.values[:, 0]
        if measured:
            kept = layer.covered[:, 0] >= LEAST_COVERED - 1e-9
    findings = [*horizons.findings, *_apart(points, horizons)]
    findings += _shallow(config, name, points, horizons.profiles[~kept])
    if not kept.any():
        hint = "Name a shallower depth, or check the columns of depths (cm)."
        what = f"no profile reaches half of {section.depth} with a value of {section.response}"
        raise DataError((Finding(points.source, what, hint), *findings))
    raise_errors(findings)
    rows = first[kept]
    return replace(
        points,
        table=made[kept],
        longitude=points.longitude[rows],
        latitude=points.latitude[rows],
        findings=(*points.findings, *findings),
    )


def _ordered(config: Config, name: str, points: SamplePoints) -> Horizons:
    """Check the columns and sort the horizons."""
    section, table = config.surrogates[name], points.table
    columns = {key: str(getattr(section, key)) for key in ("profile", "top", "bottom", "response")}
    raise_errors(
        unknown_column(config.where(f"surrogates.{name}.{key}"), column, table, points.source)
        for key, column in columns.items()
        if column not in table.columns
    )
    given = [numeric_column(table, columns[key], points.source) for key in ("top", "bottom")]
    raise_errors(found for _, faults in given for found in faults)
    return order_horizons(
        as_text(table[section.profile]),
        *(depths for depths, _ in given),
        source=f"{points.source}: {section.profile}",
        faulty=section.faulty_profiles or "refuse",
        lines=table.index,
    )


def _amounts(config: Config, name: str, table: pd.DataFrame) -> list[str]:
    """Return the columns that are averaged: the response, and predictors that are numbers."""
    section = config.surrogates[name]
    predictors = (
        column
        for column in config.predictors.columns
        if column in table.columns
        and column not in config.predictors.categories
        and table[column].dtype.kind in "iuf"
    )
    return list(dict.fromkeys((section.response, *predictors)))


def _limits(config: Config, name: str) -> tuple[float, float]:
    """Return the possible values of the response in its unit; all where no indicator is known."""
    section = config.surrogates[name]
    names = (section.indicator,) if section.indicator else (section.response, name)
    indicator = indicator_of(*names)
    factor = None if indicator is None else unit_factor(section.unit, indicator.unit)
    if indicator is None or factor is None:
        return -np.inf, np.inf
    return indicator.possible[0] / factor, indicator.possible[1] / factor


def _apart(points: SamplePoints, horizons: Horizons) -> list[Finding]:
    """Return an error for profiles whose horizons have different coordinates."""
    profiles = horizons.profiles
    apart = np.zeros(len(profiles), dtype=bool)
    for values in (points.longitude[horizons.row], points.latitude[horizons.row]):
        low, high = np.full(len(profiles), np.inf), np.full(len(profiles), -np.inf)
        np.minimum.at(low, horizons.profile, values)
        np.maximum.at(high, horizons.profile, values)
        apart |= high - low > FARTHEST_DEGREES
    if not apart.any():
        return []
    what = f"horizons of one profile lie in different places, in {counted(apart.sum(), 'profile')}"
    hint = "Give each place a profile name of its own, or mend the coordinates."
    return [Finding(points.source, f"{what} ({name_some(profiles[apart])})", hint)]


def _shallow(
    config: Config, name: str, points: SamplePoints, lost: NDArray[np.str_]
) -> list[Finding]:
    """Return a note on profiles that do not reach half of the depth."""
    if not len(lost):
        return []
    section = config.surrogates[name]
    what = (
        f"left out {counted(len(lost), 'profile')} whose horizons with a value of "
        f"{section.response} make up less than half of {section.depth} ({name_some(lost)})"
    )
    return [Finding(f"{points.source}: {section.profile}", what, severity="note")]
