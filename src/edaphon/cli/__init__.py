"""The edaphon command. Heavy imports stand inside the commands, so that --help answers at once."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edaphon.cli import marxan, portfolios
from edaphon.cli.output import (
    ConfigArgument,
    JsonOption,
    Output,
    QuietOption,
    SetOption,
    reporting,
)

if TYPE_CHECKING:
    from edaphon.report.runs import Run

LONGEST_CELL = 44
"""Characters of a cell of a table in the terminal."""

app = typer.Typer(
    name="edaphon",
    help="Decide where on farmland and wild soil which practice goes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    output = Output(as_json, quiet)
    with reporting(output):
        from edaphon.data.examples import write_example

        files = write_example(folder, example)
        config = next(file for file in files if file.suffix == ".yaml")
        lines = [f"wrote {file}" for file in files]
        output.result(
            "\n".join([*lines, f"next: edaphon run {config}"]),
            {"files": [str(file) for file in files]},
        )


@app.command()
def check(
    config: ConfigArgument,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read config and data and print every finding; solve nothing."""
    output = Output(as_json, quiet)
    with reporting(output):
        from edaphon.workflow import check as check_config

        with output.progress() as progress:
            findings = check_config(config, overrides=overrides or (), progress=progress)
        output.findings(findings)
        warnings = sum(found.severity == "warning" for found in findings)
        output.result(
            f"{config}: no errors, {warnings} {'warning' if warnings == 1 else 'warnings'}",
            {
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
    output = Output(as_json, quiet)
    with reporting(output):
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


app.command()(portfolios.show)
app.command()(portfolios.compare)
app.command()(portfolios.adopt)
app.command()(portfolios.between)
app.add_typer(marxan.importing, name="import")
app.add_typer(marxan.exporting, name="export")


@app.command()
def schema(_as_json: JsonOption = False, _quiet: QuietOption = False) -> None:
    """Print the JSON Schema of the config file."""
    from edaphon.config.schema import json_schema_text

    print(json_schema_text(), end="")


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
    """List the interventions that ship, or explain one: places, costs, threats, guards, effects."""
    output = Output(as_json, quiet)
    with reporting(output):
        from edaphon.portfolio.numbers import aligned
        from edaphon.practices import describe

        asked = describe.Question(name, outcome, climate, grade, land_use)
        told = describe.answer(asked)
        if name:
            text = describe.explained(name)
        elif told["interventions"]:
            short = describe.short(told["interventions"])
            rows = [list(short[0]), *(list(row.values()) for row in short)]
            cut = [
                [shorten(cell, LONGEST_CELL, placeholder=" ...") for cell in row] for row in rows
            ]
            lines = aligned(cut, left=len(short[0]))
            text = "\n".join([*lines, "", "edaphon catalogue NAME explains one."])
        else:
            text = "no intervention satisfies all of that"
        output.result(text, dict(told))


def _values(done: Run) -> dict[str, Any]:
    from edaphon.report.run_files import plain

    values = plain(
        {
            "status": done.record["status"],
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
