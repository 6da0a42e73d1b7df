"""The planner's own trials: paired outcomes with and without a practice, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.columns import as_text
from edaphon.data.delimited import numeric_column, read_table
from edaphon.data.messages import counted, name_some, unknown_column
from edaphon.errors import DataError, Finding, raise_errors

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edaphon.config.sections import Config

NAMES = ("study", "intervention", "outcome")
AMOUNTS = ("control", "treatment")
LATITUDE = "latitude"
LARGEST_LNRR = 2.5
"""Ratios beyond twelvefold are taken for slips of unit or transcription and left out."""


@dataclass(frozen=True)
class Trials:
    """Pairs of a control and a treatment.

    Attributes
    ----------
    study, intervention, outcome : str arrays, shape (n_pairs,)
    lnrr : float64 array, shape (n_pairs,)
        ``ln(treatment / control)``, dimensionless.
    latitude : float64 array, shape (n_pairs,)
        Degrees, south negative; nan where the file does not say.
    lines : int64 array, shape (n_pairs,)
        Line of each pair in the file.
    source : str
        File name.
    moderators : DataFrame, (n_pairs, n_moderators), or None
        Numbers by which effects may differ, nan where missing; None where the config names none.
    findings : tuple of Finding
    """

    study: NDArray[np.str_]
    intervention: NDArray[np.str_]
    outcome: NDArray[np.str_]
    lnrr: NDArray[np.float64]
    latitude: NDArray[np.float64]
    lines: NDArray[np.int64]
    source: str
    findings: tuple[Finding, ...] = ()
    moderators: pd.DataFrame | None = None


def read_trials(config: Config) -> Trials | None:
    """Read the trials that a config names.

    Parameters
    ----------
    config : Config

    Returns
    -------
    Trials or None
        None where the config names none. Pairs without a positive outcome on both sides, and those
        that differ by more than twelvefold, are left out and counted in a warning.

    Raises
    ------
    DataError
        A missing file or column, text among numbers, a pair without study, intervention or outcome,
        a latitude that is none, a moderator that the table does not have, no pair left.
    """
    if not config.trials:
        return None
    path = config.resolve(config.trials)
    table, notes = read_table(path, config.where("trials"))
    table = table.rename(columns={name: str(name).casefold() for name in table.columns})
    absent = [name for name in (*NAMES, *AMOUNTS) if name not in table.columns]
    if absent:
        place = f"{path.name}: header"
        raise DataError(unknown_column(place, name, table.columns, path.name) for name in absent)
    findings = list(notes)
    labels = {name: as_text(table[name]) for name in NAMES}
    findings += _nameless(labels, table, path.name)
    control, treatment = (_numbers(table, name, path.name, findings) for name in AMOUNTS)
    latitude = np.full(len(table), np.nan)
    if LATITUDE in table.columns:
        latitude = _numbers(table, LATITUDE, path.name, findings)
        if (np.abs(latitude) > 90).any():
            where = f"{path.name}: line {table.index[np.abs(latitude) > 90][0]}: {LATITUDE}"
            findings.append(Finding(where, "no latitude", "Write degrees from -90 to 90."))
    moderators = _moderators(config, table, path.name, findings)
    raise_errors(findings, DataError)
    positive = (control > 0) & (treatment > 0)
    lnrr = np.log(np.where(positive, treatment, 1.0) / np.where(positive, control, 1.0))
    kept = positive & (np.abs(lnrr) <= LARGEST_LNRR)
    findings += _left_out(kept, table, path.name)
    raise_errors(findings, DataError)
    return Trials(
        **{name: values[kept] for name, values in labels.items()},
        lnrr=lnrr[kept],
        latitude=latitude[kept],
        lines=np.asarray(table.index[kept], dtype=np.int64),
        source=path.name,
        findings=tuple(findings),
        moderators=None if moderators is None else moderators[kept].reset_index(drop=True),
    )


def _moderators(
    config: Config, table: pd.DataFrame, source: str, findings: list[Finding]
) -> pd.DataFrame | None:
    """Return the columns that the config names as moderators, under the config's names."""
    names = config.evidence.moderators
    if not names:
        return None
    where = config.where("evidence.moderators")
    absent = [name for name in names if name.casefold() not in table.columns]
    findings += [unknown_column(where, name, table.columns, source) for name in absent]
    told = [name for name in names if name not in absent]
    made = table[[name.casefold() for name in told]].set_axis(told, axis=1)
    return made.assign(
        **{name: _numbers(table, name.casefold(), source, findings) for name in told}
    )


def _numbers(
    table: pd.DataFrame, name: str, source: str, findings: list[Finding]
) -> NDArray[np.float64]:
    """Return a column as numbers; text among them is a finding."""
    values, found = numeric_column(table, name, source)
    findings += found
    return values


def _nameless(
    labels: dict[str, NDArray[np.str_]], table: pd.DataFrame, source: str
) -> list[Finding]:
    """Find pairs without a study, an intervention or an outcome."""
    findings = []
    for name, values in labels.items():
        empty = table.index[values == ""]
        if len(empty):
            what = f"no {name} in {counted(len(empty), 'pair')} (lines {name_some(empty)})"
            hint = f"Write the {name} of every pair."
            findings.append(Finding(f"{source}: line {empty[0]}: {name}", what, hint))
    return findings


def _left_out(kept: NDArray[np.bool_], table: pd.DataFrame, source: str) -> list[Finding]:
    """Count the pairs that are no effects; an error where none is left."""
    if kept.all() and len(kept):
        return []
    lines = table.index[~kept]
    if not kept.any():
        what = "no pair has a positive control and treatment"
        return [Finding(source, what, "Write the mean outcome of both sides of each pair.")]
    what = (
        f"left out {counted(len(lines), 'pair')} whose control or treatment is missing, 0 or "
        f"negative, or that differ by more than twelvefold (lines {name_some(lines)})"
    )
    return [Finding(f"{source}: line {lines[0]}", what, "Check their units.", "warning")]
