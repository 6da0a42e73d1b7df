"""Write the generated pages of docs/reference; a test fails when one of them is stale."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from typer.testing import CliRunner

import edaphon
import edaphon.soil
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
    groups = [
        ("", app),
        *((one.name, one.typer_instance) for one in app.registered_groups if one.typer_instance),
    ]
    for group, holder in groups:
        for command in holder.registered_commands:
            name = command.name or getattr(command.callback, "__name__", "")
            words = [word for word in (group, name) if word]
            parts.append(f"## edaphon {' '.join(words)}\n\n{shown(*words)}")
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
    """Return every public name, and the methods of its classes, with signature and docstring."""
    parts = [f"# Python names\n\n{GENERATED}"]
    for name in edaphon.__all__:
        value = getattr(edaphon, name)
        parts.append(_entry(name, value))
        if inspect.isclass(value):
            own = [key for key in vars(value) if not key.startswith("_")]
            methods = [key for key in own if inspect.isroutine(getattr(value, key))]
            parts += [_entry(f"{name}.{key}", getattr(value, key)) for key in methods]
    return "\n".join(parts)


def soil_markdown() -> str:
    """Return every public function of the soil stage, module by module."""
    parts = [
        f"# Soil functions\n\n{GENERATED}"
        "Plain numpy: they take and return arrays, and need no config. A value outside its range "
        "raises ValueError with its name and unit.\n"
    ]
    for found in sorted(iter_modules(edaphon.soil.__path__), key=lambda one: one.name):
        module = import_module(f"edaphon.soil.{found.name}")
        own = [
            value
            for key, value in vars(module).items()
            if inspect.isfunction(value)
            and value.__module__ == module.__name__
            and not key.startswith("_")
        ]
        parts += [_entry(f"soil.{found.name}.{value.__name__}", value) for value in own]
    return "\n".join(parts)


def _entry(name: str, value: Any) -> str:
    """Return the text of one name; a docstring that sends elsewhere brings what stands there."""
    text = inspect.cleandoc(value.__doc__ or "")
    sign = "" if inspect.isclass(value) else _signature(value)
    sent = re.search(r"; see `(edaphon\.[\w.]+)\.(\w+)`", text)
    if sent:
        text = inspect.cleandoc(getattr(import_module(sent[1]), sent[2]).__doc__)
    return f"## edaphon.{name}\n\n```text\n{name.rpartition('.')[2]}{sign}\n\n{text}\n```\n"


class _Bare(str):
    """An annotation that is shown without the quotes around it."""

    __slots__ = ()
    __repr__ = str.__str__


def _signature(function: Callable[..., object]) -> str:
    """Return a signature as it is written."""
    sign = inspect.signature(function)
    given = [one.replace(annotation=_Bare(one.annotation)) if one.annotation is not one.empty
             else one for one in sign.parameters.values()]  # fmt: skip
    return str(sign.replace(parameters=given, return_annotation=_Bare(sign.return_annotation)))


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
        REFERENCE / "soil.md": soil_markdown(),
        REFERENCE / "catalogue.md": catalogue_markdown(),
        REFERENCE / "indicators.md": indicators_markdown(),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
