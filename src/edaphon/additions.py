"""Add portfolios to a run that is done: one made elsewhere, or more between two of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edaphon.config.reader import read_config
from edaphon.errors import path_of
from edaphon.portfolio.adopt import adopt as take_up
from edaphon.portfolio.between import between
from edaphon.portfolio.proposal import read_proposal
from edaphon.report.runs import solved
from edaphon.workflow import report_again

if TYPE_CHECKING:
    from edaphon.inputs.read import Progress
    from edaphon.portfolio.adopt import Adoption
    from edaphon.report.runs import Run


def adopt(
    folder: str | Path, file: str | Path, *, progress: Progress | None = None
) -> tuple[Run, Adoption]:
    """Take a portfolio made in the page or by hand into a run, and write its report again.

    Parameters
    ----------
    folder : path
        A run directory that has come as far as its front.
    file : path
        What the page saved, or a CSV with unit_id and intervention.
    progress : callable, optional

    Returns
    -------
    run : Run
        With one portfolio more, of kind "adopted".
    adoption : Adoption
        Its exact figures, and what the repair changed.

    Raises
    ------
    EdaphonError
        Before anything is written, if the file does not fit the run, or the run its config.
    """
    done, problem, front = solved(folder)
    file = path_of(file, "file", "the file of a portfolio")
    wider, adoption = take_up(
        problem, front, read_proposal(file, problem, done.record.get("problem_hash") or "")
    )
    entry = {**_entry(adoption), "file": file.name}
    return report_again(done, wider, [entry], progress), adoption


def add_between(
    folder: str | Path,
    first: str,
    second: str,
    *,
    count: int = 3,
    progress: Progress | None = None,
) -> tuple[Run, tuple[Adoption, ...]]:
    """Find more portfolios between two of a run, add them, and write its report again.

    Parameters
    ----------
    folder : path
        A run directory that has come as far as its front.
    first, second : str
        Names of two feasible portfolios, as "p03".
    count : int
        Most portfolios to find.
    progress : callable, optional

    Returns
    -------
    run : Run
        With the portfolios found, of kind "adopted"; unchanged where nothing lies between, but for
        findings: each program has `solve.time_limit`, and a search that it ended is told.
    found : tuple of Adoption

    Raises
    ------
    EdaphonError
        Before anything is written, if the names do not fit the run, or the run its config.
    """
    done, problem, front = solved(folder)
    limit = read_config(done.folder / "config.yaml").solve.time_limit.to("s")
    wider, found = between(
        problem, front, first, second, count=count, time_limit=limit, progress=progress
    )
    if found:
        done = report_again(done, wider, [_entry(one) for one in found], progress)
    return replace(done, front=wider, findings=(*done.findings, *wider.findings)), found


def _entry(adoption: Adoption) -> dict[str, Any]:
    """Return what run.json keeps of an added portfolio."""
    return {
        "portfolio": adoption.name,
        "what": adoption.tag,
        "units_changed": len(adoption.changed),
    }
