"""The edaphon command. Heavy imports stand inside the commands, so that --help answers at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edaphon.errors import EdaphonError, Finding

if TYPE_CHECKING:
    from edaphon.workflow import Run

app = typer.Typer(
    name="edaphon",
    help="Decide where on farmland and wild soil which practice goes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

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


class _Output:
    """What a command says: findings and progress on stderr, the result on stdout."""

    def __init__(self, as_json: bool, quiet: bool) -> None:
        self.as_json = as_json
        self.quiet = quiet

    def result(self, text: str, values: dict[str, Any]) -> None:
        """Print the result: JSON if asked for, else the text unless quiet."""
        if self.as_json:
            print(json.dumps(values, indent=1, ensure_ascii=False))
        elif text and not self.quiet:
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
                if stage not in tasks:
                    tasks[stage] = bars.add_task(stage, total=total)
                bars.update(tasks[stage], completed=done, total=total)

            yield tell


def _log_stage(stage: str, done: int, total: int) -> None:
    """Say that a stage has ended."""
    if done == total:
        typer.echo(f"{stage}: done", err=True)


@contextmanager
def _reporting(output: _Output) -> Iterator[None]:
    """Turn a user's fault into findings and an exit code, and an interrupt into 130."""
    try:
        yield
    except EdaphonError as error:
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
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.echo("interrupted; what was finished is kept", err=True)
        if output.as_json:
            output.result("", {"status": "interrupted", "exit_code": INTERRUPTED})
        raise typer.Exit(INTERRUPTED) from None


def _version(asked: bool) -> None:
    if asked:
        from edaphon import __version__

        print(f"edaphon {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to fill.", metavar="DIR")],
    example: Annotated[str, typer.Option(help="Which example to write.")] = "valley",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a commented config and small data that run as they are."""
    output = _Output(as_json, quiet)
    with _reporting(output):
        from edaphon.data.examples import write_example

        files = write_example(folder, example)
        config = next(file for file in files if file.suffix == ".yaml")
        lines = [f"wrote {file}" for file in files]
        output.result(
            "\n".join([*lines, f"next: edaphon run {config}"]),
            {"status": "done", "exit_code": 0, "files": [str(file) for file in files]},
        )


@app.command()
def check(
    config: ConfigArgument,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read config and data and print every finding; solve nothing."""
    output = _Output(as_json, quiet)
    with _reporting(output):
        from edaphon.workflow import check as check_config

        with output.progress() as progress:
            findings = check_config(config, overrides or (), progress)
        output.findings(findings)
        warnings = sum(found.severity == "warning" for found in findings)
        output.result(
            f"{config}: no errors, {warnings} {'warning' if warnings == 1 else 'warnings'}",
            {
                "status": "done",
                "exit_code": 0,
                "findings": [found.as_dict() for found in findings],
            },
        )


@app.command()
def run(
    config: ConfigArgument,
    out: Annotated[Path | None, typer.Option(help="The run directory; default runs/NAME.")] = None,
    overrides: SetOption = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes to use.")] = 1,
    start: Annotated[
        str,
        typer.Option("--from", metavar="STAGE", help="First stage: fit, effects, solve, report."),
    ] = "fit",
    until: Annotated[str, typer.Option(metavar="STAGE", help="Last stage.")] = "report",
    force: Annotated[bool, typer.Option(help="Write over another config's run.")] = False,
    all_effects: Annotated[
        bool, typer.Option(help="Write effects.parquet in full however large.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the main job: surrogates, effects, the certified front, the report."""
    output = _Output(as_json, quiet)
    with _reporting(output):
        from edaphon.workflow import run as run_config

        with output.progress() as progress:
            done = run_config(
                config,
                out=out,
                overrides=overrides or (),
                workers=workers,
                start=start,
                until=until,
                force=force,
                all_effects=all_effects,
                progress=progress,
            )
        output.findings(done.findings)
        output.result(_summary(done), _values(done))


@app.command()
def schema(_as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Print the JSON Schema of the config file."""
    from edaphon.config.schema import json_schema

    _Output(True, quiet).result("", json_schema())


@app.command()
def catalogue(
    name: Annotated[str, typer.Argument(help="Explain this one.", metavar="[NAME]")] = "",
    outcome: Annotated[str, typer.Option(help="Those with an effect size on it, as soc.")] = "",
    climate: Annotated[
        str, typer.Option(help="Those with evidence for tropical, subtropical, temperate or cold.")
    ] = "",
    grade: Annotated[str, typer.Option(help="Those of this grade or better, A to D.")] = "",
    land_use: Annotated[str, typer.Option(help="Those that may go there, as arable.")] = "",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """List the interventions that ship, or explain one: places, costs, evidence, guards."""
    output = _Output(as_json, quiet)
    with _reporting(output):
        from edaphon.practices import describe

        asked = describe.Question(name, outcome, climate, grade, land_use)
        told = describe.answer(asked)
        if name:
            text = describe.explained(name)
        elif told["interventions"]:
            text = _table(describe.short(told["interventions"]))
            text += "\n\nedaphon catalogue NAME explains one."
        else:
            text = "no intervention satisfies all of that"
        output.result(text, dict(told))


def _table(rows: list[dict[str, str]]) -> str:
    """Return rows of text as aligned columns, long texts cut."""
    lines = [list(rows[0]), *([cell[:44] for cell in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _values(done: Run) -> dict[str, Any]:
    from edaphon.report.run_files import plain

    values = plain(
        {
            "status": done.record["status"],
            "exit_code": 0,
            "run": str(done.folder),
            "front": done.record.get("front"),
            "stages": done.record["stages"],
            "findings": [found.as_dict() for found in done.findings],
        }
    )
    return dict(values)


def _summary(done: Run) -> str:
    from edaphon.report.summary import summary

    return summary(done.folder, done.record, done.problem, done.front, done.cards)


def main() -> None:
    """Entry point of the console script; a console without a character shows another one."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()
