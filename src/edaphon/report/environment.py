"""The environment in which the report's templates are filled."""

from __future__ import annotations

from functools import cache

import jinja2

from edaphon.report.text import capital, file_name, percent, significant, title, words


@cache
def environment() -> jinja2.Environment:
    """Return the environment: text escaped, unknown names an error, our filters."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("edaphon.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        significant=significant,
        percent=percent,
        words=words,
        capital=capital,
        title=title,
        file_name=file_name,
    )
    return made
