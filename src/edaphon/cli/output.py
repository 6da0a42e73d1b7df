"""What every command shares: its options, what it says and where, and its exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from edaphon.errors import EdaphonError, Finding, RunError, disk_fault

INTERRUPTED = 130

ConfigArgument = Annotated[Path, typer.Argument(help="The config file (YAML).", metavar="CONFIG")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as landscape.id=parcel."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one machine-readable object on stdout.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no notes.")]


class Output:
    """What a command says: findings and progress on stderr, the result on stdout."""

    def __init__(self, as_json: bool, quiet: bool) -> None:
        self.as_json = as_json
        self.quiet = quiet

    def result(self, text: str, values: dict[str, Any], *, asked: bool = False) -> None:
        """Print the result: JSON if asked for, else the text unless quiet.

        A text that the command was asked for is printed even then. The JSON says that all went
        well where `values` does not say otherwise.
        """
        if self.as_json:
            told = {"status": "done", "exit_code": 0, **values}
            print(json.dumps(told, indent=1, ensure_ascii=False))
        elif text and (asked or not self.quiet):
            print(text)

    def findings(self, findings: Iterable[Finding]) -> None:
        """Print findings, one a line, errors first; notes only where not quiet."""
        colors = {"error": "red", "warning": "yellow", "note": "blue"}
        order = list(colors)
        shown = [found for found in findings if found.severity != "note" or not self.quiet]
        for found in sorted(shown, key=lambda found: order.index(found.severity)):
            label = typer.style(found.severity, fg=colors[found.severity], bold=True)
            typer.echo(f"{label} {found}", err=True)

    @contextmanager
    def progress(self) -> Iterator[Callable[[str, int, int], None] | None]:
        """Draw one bar a stage with the time left; in a log, one line a stage."""
        if self.quiet:
            yield None
            return
        if not sys.stderr.isatty():
            yield _log_stage
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description:>9}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeRemainingColumn(elapsed_when_finished=True),
        )
        tasks: dict[str, Any] = {}
        with Progress(*columns, console=Console(stderr=True)) as bars:

            def tell(stage: str, done: int, total: int) -> None:
                name = stage.partition(" (")[0]  # figures in brackets change as the stage goes on
                if name not in tasks:
                    tasks[name] = bars.add_task(stage, total=total)
                bars.update(tasks[name], description=stage, completed=done, total=total)

            yield tell


def _log_stage(stage: str, done: int, total: int) -> None:
    """Say that a stage has ended."""
    if done == total:
        typer.echo(f"{stage}: done", err=True)


@contextmanager
def reporting(output: Output) -> Iterator[None]:
    """Turn a user's fault into findings and an exit code, and an interrupt into 130."""
    try:
        yield
    except EdaphonError as error:
        raise typer.Exit(_told(output, error)) from None
    except OSError as error:
        found = disk_fault(error)
        if found is None:
            raise
        raise typer.Exit(_told(output, RunError(found))) from None
    except KeyboardInterrupt as stop:
        typer.echo(f"interrupted; {str(stop) or 'what was finished is kept'}", err=True)
        if output.as_json:
            output.result("", {"status": "interrupted", "exit_code": INTERRUPTED})
        raise typer.Exit(INTERRUPTED) from None


def _told(output: Output, error: EdaphonError) -> int:
    """Print the findings of a fault; return its exit code."""
    output.findings(error.findings)
    errors = sum(found.severity == "error" for found in error.findings)
    values = {
        "status": "infeasible" if error.exit_code == 3 else "fault",
        "exit_code": error.exit_code,
        "findings": [found.as_dict() for found in error.findings],
    }
    if output.as_json:
        output.result("", values)
    else:
        typer.echo(f"{errors} {'error' if errors == 1 else 'errors'}", err=True)
    return error.exit_code
