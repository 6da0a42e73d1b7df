"""The commands import and export: from and to the files of other planning software."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edaphon.cli.output import JsonOption, Output, QuietOption, reporting

importing = typer.Typer(
    help="Read the files of other planning software.", no_args_is_help=True, add_completion=False
)
exporting = typer.Typer(
    help="Write the files of other planning software.", no_args_is_help=True, add_completion=False
)


@importing.callback()
def _importing() -> None:
    pass


@exporting.callback()
def _exporting() -> None:
    pass


@importing.command("marxan")
def import_marxan(
    folder: Annotated[Path, typer.Argument(help="Folder with Marxan's input.dat.", metavar="DIR")],
    out: Annotated[Path, typer.Option(help="Folder to fill.", metavar="DIR")],
    name: Annotated[str, typer.Option(help="Name of the run.")] = "marxan",
    crs: Annotated[str, typer.Option(help="CRS of xloc and yloc, as EPSG:3857.")] = "",
    currency: Annotated[str, typer.Option(help="What costs are in.")] = "EUR",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a config and tables from Marxan's input files."""
    output = Output(as_json, quiet)
    with reporting(output):
        from edaphon.data.marxan import read_marxan
        from edaphon.report.marxan import write_import

        files, findings = write_import(
            read_marxan(folder), out, name=name, crs=crs, currency=currency
        )
        output.findings(findings)
        lines = [*(f"wrote {file}" for file in files), f"next: edaphon run {files[0]}"]
        output.result(
            "\n".join(lines),
            {
                "status": "done",
                "exit_code": 0,
                "files": [str(file) for file in files],
                "findings": [finding.as_dict() for finding in findings],
            },
        )


@exporting.command("marxan")
def export_marxan(
    folder: Annotated[Path, typer.Argument(help="A folder that edaphon run wrote.", metavar="RUN")],
    out: Annotated[Path, typer.Option(help="Folder to fill.", metavar="DIR")],
    portfolio: Annotated[
        str, typer.Option(help="The one that becomes output_best.csv; default the first.")
    ] = "",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write the portfolios of a run as Marxan's solution files."""
    output = Output(as_json, quiet)
    with reporting(output):
        from edaphon.cli.portfolios import solved
        from edaphon.report.marxan import write_export

        _, problem, front = solved(folder)
        files = write_export(problem, front, out, portfolio)
        output.result(
            "\n".join(f"wrote {file}" for file in files),
            {"status": "done", "exit_code": 0, "files": [str(file) for file in files]},
        )
