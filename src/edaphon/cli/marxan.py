"""The commands import and export: from and to the files of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edaphon.cli.output import JsonOption, Output, QuietOption, reporting

importing = typer.Typer(
    help="Read the files of other planning software.", no_args_is_help=True, add_completion=False
)
exporting = typer.Typer(
    help="Write the files of other programs.", no_args_is_help=True, add_completion=False
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
        from edaphon.data.marxan_zones import read_zones
        from edaphon.report.marxan import write_import
        from edaphon.report.marxan_zones import write_zones

        data = read_marxan(folder)
        zones = read_zones(folder, data)
        words = {"name": name, "crs": crs, "currency": currency}
        if zones is None:
            files, findings = write_import(data, out, **words)
        else:
            files, findings = write_zones(data, zones, out, **words)
        output.findings(findings)
        lines = [*(f"wrote {file}" for file in files), f"next: edaphon run {files[0]}"]
        output.result(
            "\n".join(lines),
            {
                "files": [str(file) for file in files],
                "findings": [finding.as_dict() for finding in findings],
            },
        )


@exporting.command("marxan")
def export_marxan(
    folder: Annotated[Path, typer.Argument(help="A folder that edaphon run wrote.", metavar="RUN")],
    out: Annotated[Path, typer.Option(help="Folder to fill.", metavar="DIR")],
    portfolio: Annotated[
        str,
        typer.Option(
            help="The one that becomes output_best.csv, as p07 or cheapest; default the first."
        ),
    ] = "",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write the portfolios of a run as Marxan's solution files."""
    output = Output(as_json, quiet)
    with reporting(output):
        from edaphon.cli.portfolios import rows_called, solved
        from edaphon.report.marxan import write_export

        run, problem, front = solved(folder)
        if portfolio:
            (row,) = rows_called(folder, run, problem, front, [portfolio])
            portfolio = front.names[row]
        files = write_export(problem, front, out, portfolio)
        output.result(
            "\n".join(f"wrote {file}" for file in files),
            {"files": [str(file) for file in files]},
        )


@exporting.command("map")
def export_map(
    folder: Annotated[Path, typer.Argument(help="A folder that edaphon run wrote.", metavar="RUN")],
    out: Annotated[
        Path, typer.Option(help="Ends in .gpkg, .geojson, .parquet or .csv.", metavar="FILE")
    ],
    portfolios: Annotated[
        list[str] | None,
        typer.Option(
            "--portfolio", metavar="NAME", help="As p07 or cheapest; default the shortlist."
        ),
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write portfolios of a run with the shapes of their units, for a GIS or a table."""
    output = Output(as_json, quiet)
    with reporting(output):
        from edaphon.cli.portfolios import rows_called, solved
        from edaphon.errors import Finding, RunError
        from edaphon.report.exports import export_portfolios
        from edaphon.report.geopackage import read_shapes
        from edaphon.report.run_files import read_groups

        run, problem, front = solved(folder)
        if run.record.get("anonymous"):
            what = "this run is anonymous, so its units are not handed on"
            hint = "portfolios.gpkg, .geojson and .csv in its folder hold regions."
            raise RunError(Finding(str(folder), what, hint))
        rows = rows_called(folder, run, problem, front, portfolios or ())
        shapes = read_shapes(folder / "portfolios.gpkg", problem.unit_ids)
        region = read_groups(folder, problem).get("region")
        export_portfolios(out, problem, front, rows, shapes=shapes, region=region)
        names = [front.names[row] for row in rows]
        output.result(
            f"wrote {out}: {', '.join(names)}",
            {"files": [str(out)], "portfolios": names},
        )
