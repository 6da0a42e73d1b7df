"""Write the generated pages of docs/reference; a test fails when one of them is stale."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

from typer.testing import CliRunner

import edaphon
from edaphon.cli import app
from edaphon.config.schema import json_schema_text, reference_markdown
from edaphon.data.methods import indicator_table, method_table
from edaphon.practices.describe import catalogue_table, evidence_table, pair_table
from edaphon.practices.shipped import filter_columns

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
GENERATED = "<!-- written by scripts/write_reference.py -->\n\n"


def command_markdown() -> str:
    """Return the help of every command."""
    runner = CliRunner()

    def shown(*words: str) -> str:
        text = runner.invoke(app, [*words, "--help"], prog_name="edaphon", terminal_width=95).output
        return f"```text\n{text.strip()}\n```\n"

    parts = [f"# The command\n\n{GENERATED}{shown()}"]
    for command in app.registered_commands:
        name = command.name or getattr(command.callback, "__name__", "")
        parts.append(f"## edaphon {name}\n\n{shown(name)}")
    parts.append(
        "## Exit codes\n\n"
        "| code | meaning |\n|---|---|\n"
        "| 0 | done; warnings do not change it |\n"
        "| 1 | a bug |\n"
        "| 2 | config, data or usage at fault (findings printed) |\n"
        "| 3 | no feasible portfolio (the conflict named) |\n"
        "| 130 | interrupted, with everything finished so far kept |\n\n"
        "Findings and progress go to stderr, results to stdout; with `--json`, one object there.\n"
    )
    return "\n".join(parts)


def python_markdown() -> str:
    """Return every public name with its signature and docstring."""
    parts = [f"# Python names\n\n{GENERATED}"]
    for name in edaphon.__all__:
        value = getattr(edaphon, name)
        text = inspect.cleandoc(value.__doc__ or "")
        sign = "" if dataclasses.is_dataclass(value) else _signature(value)
        parts.append(f"## edaphon.{name}\n\n```text\n{name}{sign}\n\n{text}\n```\n")
    return "\n".join(parts)


def _signature(value: object) -> str:
    if inspect.isclass(value):
        return ""
    return str(inspect.signature(value)).replace("'", "")  # type: ignore[arg-type]


def catalogue_markdown() -> str:
    """Return interventions, their filters' columns, pairs and evidence as tables."""
    columns = [{"column": name, "meaning": text} for name, text in filter_columns().items()]
    return (
        f"# Catalogue and evidence\n\n{GENERATED}"
        "What ships with edaphon; override costs and places under `interventions.options`, add "
        "practices under `interventions.own`. Grades run from A (30 studies or more) to D; the "
        "grade of a practice is the best of its effect sizes. What rests on judgement moves no "
        "mean effect and draws a warning. Ease, labor and the chance that a release stays are "
        "judgements throughout; costs are where they say so.\n\n"
        f"## Interventions\n\n{markdown_table(catalogue_table())}\n"
        "## Columns of the places\n\n"
        "A landscape without one of them is taken to satisfy what the catalogue asks of it, with "
        f"a warning.\n\n{markdown_table(columns)}\n"
        f"## Practices together\n\n{markdown_table(pair_table())}\n"
        f"## Evidence\n\n"
        "Percent change is `100 (exp(lnRR) - 1)`; se and tau are on the lnRR "
        "scale; the interval (90 %) is that of the mean.\n\n"
        f"{markdown_table(evidence_table())}"
    )


def indicators_markdown() -> str:
    """Return the indicator registry and the methods as tables."""
    return (
        f"# Indicators and methods\n\n{GENERATED}"
        "What `surrogates: {name: {indicator: ...}}` may name. A value outside the possible range "
        "is refused; a data set whose median lies outside the plausible range is questioned. "
        "Better says what a soil gains by; optimum and neither have no one direction. Tier 1: "
        "any laboratory or field kit, 2: a specialized one, 3: sequencing and research.\n\n"
        f"## Indicators\n\n{markdown_table(indicator_table())}\n"
        f"## Methods\n\n"
        "A samples file may have a column `method`; codes and the words beside them are read. "
        "Values by different methods differ, so a mixture is a warning. Numbers of procedures "
        "marked memory were not checked.\n\n"
        f"{markdown_table(method_table())}"
    )


def markdown_table(rows: list[dict[str, str]]) -> str:
    """Return rows of text as a Markdown table."""
    heads = list(rows[0])
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += [
        "| " + " | ".join(row[head].replace("|", "\\|") for head in heads) + " |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    """Return every generated page by its path."""
    return {
        REFERENCE / "config.md": reference_markdown(),
        REFERENCE / "config.schema.json": json_schema_text(),
        REFERENCE / "command.md": command_markdown(),
        REFERENCE / "python.md": python_markdown(),
        REFERENCE / "catalogue.md": catalogue_markdown(),
        REFERENCE / "indicators.md": indicators_markdown(),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
