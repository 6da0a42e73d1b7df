"""The config's JSON Schema, and its reference page, both made from the sections."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

from edaphon.config.faults import section_of
from edaphon.config.fields import Parsed, as_written
from edaphon.config.section import Section
from edaphon.config.sections import Config
from edaphon.config.yaml_text import one_line

_PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false"}

_HEAD = """\
# The config file

YAML 1.2, UTF-8. Unknown keys are refused. Every fault is reported in one go, as
`file:line:column: key: what is wrong. hint`. A key without a value counts as not given.

This page is generated from the sections of `edaphon.config`:
`python -c "from edaphon.config.schema import reference_markdown as page; print(page(), end='')"`.
The same content as JSON Schema, for editors that complete and check while you type, is
`config.schema.json` beside this page, or `edaphon schema`.

## How values are written

| value | written as |
|---|---|
| quantity | a number with a unit, `85 EUR/ha`, or a bare number in the unit that the table \
names; where that unit holds EUR, the config's `currency` stands in its place. A cost or budget \
in another currency is refused. |
| unit | `t/ha`, `g/kg`, `kg/m2`, `EUR/ha/yr`, `"%"` (in quotes when it stands alone). C, N, P \
and DM say what is weighed and are left out: `t C/ha` reads as t/ha. `t` is the metric tonne; \
`CO2` stays apart from everything. |
| depth | `0-30 cm` below the surface |
| row filter | `"slope_pct < 15 and land_use in ('arable', 'fallow')"`: comparisons (`==`, `!=`, \
`<`, `<=`, `>`, `>=`, `in`, `not in`), `and`, `or`, `not`, parentheses; texts in quotes, `true` \
and `false`, names with blanks in backquotes. A comparison with a missing value is false. |
| budget | `500000 EUR` bounds the present value, `25000 EUR/yr` the payments of year 1 \
(establishment and annual cost), `{annual: 25000 EUR/yr}` the annual cost alone; the keys \
`cost`, `first_year`, `annual`, `net_cost`, `labor` (h, or h/yr for each year) and `water` (m3, \
or m3/yr) may stand together. |
| target | `30 %` of the largest gain, `{gain: 10 %}` of today's stock, or an amount as `1200 t` |
| safeguard | `-2 %` of today's stock overall, `{min: -2 %, by: region}` in each region too |
| area limit | `{max: 20 %}` of the landscape's area, `{min: 50 ha, max: 200 ha}` |
"""


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, with defaults as a config writes them."""

    def encode_default(self, dft: Any) -> Any:
        return super().encode_default(as_written(dft))


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the config file.

    Quantities are text or number; names of columns, surrogates and interventions are not checked
    by it.
    """
    schema = Config.model_json_schema(by_alias=True, schema_generator=_Generator)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "edaphon config",
    }


def json_schema_text() -> str:
    """Return the JSON Schema as the text of docs/reference/config.schema.json."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def reference_markdown() -> str:
    """Return docs/reference/config.md: every key with type, default and meaning."""
    parts = [_HEAD, *(_section_page(path, section) for path, section in _sections("", Config))]
    return "\n".join(parts)


def _sections(path: str, section: type[Section]) -> Iterator[tuple[str, type[Section]]]:
    """Every section with its dotted path, in the order of the file."""
    yield path, section
    for name, one in section.model_fields.items():
        inner = section_of(one.annotation)
        if inner is not None:
            below = f"{path}.{one.alias or name}".lstrip(".")
            yield from _sections(f"{below}.NAME" if _is_dict(one.annotation) else below, inner)


def _section_page(path: str, section: type[Section]) -> str:
    """Return the heading and table of one section."""
    rows = [_row(name, one) for name, one in section.model_fields.items()]
    return "\n".join(
        [
            f"## {f'`{path}`' if path else 'Top level'}",
            "",
            one_line(section.__doc__ or ""),
            "",
            "| key | type | default | meaning |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _row(name: str, one: FieldInfo) -> str:
    """Return one key's line of the table."""
    parsed = [part.shown for part in one.metadata if isinstance(part, Parsed)]
    kind = parsed[0] if parsed else _said(one.annotation)
    cells = (f"`{one.alias or name}`", kind, _default(one), one_line(one.description or ""))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(one: FieldInfo) -> str:
    """Return the default as the file would hold it."""
    if one.is_required():
        return "required"
    value = one.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, Section) or value in (None, "", (), {}):
        return ""
    written = as_written(value)
    if isinstance(written, list):
        written = f"[{', '.join(map(str, written))}]"
    return f"`{str(written).lower() if isinstance(written, bool) else written}`"


def _said(annotation: Any) -> str:
    """Return a type in a planner's words."""
    if section_of(annotation) is not None:
        return "names, each with keys" if _is_dict(annotation) else "keys"
    parts = [part for part in get_args(annotation) if part is not NoneType]
    shown = [part.shown for part in parts if isinstance(part, Parsed)]
    said = {
        Literal: lambda: ", ".join(f"`{choice}`" for choice in parts),
        tuple: lambda: f"list ({_said(parts[0])})",
        dict: lambda: f"names, each with a value ({_said(parts[1])})",
    }.get(get_origin(annotation))
    if said is not None:
        return said()
    if shown or annotation in _PLAIN:
        return shown[0] if shown else _PLAIN[annotation]
    return _said(parts[0])


def _is_dict(annotation: object) -> bool:
    return get_origin(annotation) is dict
