"""A run that is done, read back from its directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edaphon.errors import Finding, RunError, path_of
from edaphon.problem.store import load_problem
from edaphon.report import run_files
from edaphon.report.run_directory import read_record

if TYPE_CHECKING:
    from edaphon.problem.values import Front, Problem
    from edaphon.surrogates.state import Card


@dataclass(frozen=True, eq=False)
class Run:
    """One execution: where it lies and what came out.

    Attributes
    ----------
    folder : Path
    record : dict
        run.json.
    problem : Problem or None
        None where the run ended before the stage that makes it.
    front : Front or None
    cards : tuple of Card
    findings : tuple of Finding
    """

    folder: Path
    record: dict[str, Any]
    problem: Problem | None
    front: Front | None
    cards: tuple[Card, ...]
    findings: tuple[Finding, ...]

    def __repr__(self) -> str:
        """Say where it lies, how far it came and what came out."""
        return f"Run({str(self.folder)!r}, {self.record.get('status')!r}, {self.front!r})"


def read_run(folder: str | Path) -> Run:
    """Read a run directory back.

    Raises
    ------
    RunError
        If `folder` is not a run directory, or a file of it is missing or damaged.
    DataError
        If its problem cannot be read.
    """
    path = path_of(folder, "folder", "the folder of a run")
    record = read_record(path)
    problem = load_problem(path / "problem.npz") if "effects" in record["stages"] else None
    front = None
    if problem is not None and record.get("front") is not None:
        front = run_files.read_front(path, problem, record["front"])
    cards = run_files.read_cards(path / "surrogates.json") if "fit" in record["stages"] else ()
    return Run(path, record, problem, front, cards, run_files.read_findings(path))


def no_front(path: Path) -> Finding:
    """Say that a run has not come as far as its front."""
    hint = f"Go on with it: edaphon run {path / 'config.yaml'} --out {path}"
    return Finding(str(path), "this run has no front yet", hint)


def solved(folder: str | Path) -> tuple[Run, Problem, Front]:
    """Read a run that has come as far as its front.

    Raises
    ------
    RunError
        If it has not.
    """
    run = read_run(folder)
    if run.problem is None or run.front is None:
        raise RunError(no_front(run.folder))
    return run, run.problem, run.front
