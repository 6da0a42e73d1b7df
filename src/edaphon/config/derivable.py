"""Columns that a landscape can derive of its soil properties, by name."""

from __future__ import annotations

from typing import Literal, get_args

DerivedName = Literal[
    "texture_class", "texture_group", "soc_stock", "soc_clay_ratio", "soc_clay_class",
    "carbon_deficit", "field_capacity", "wilting_point", "awc", "awc_per_soc", "exceedance",
]  # fmt: skip
"""Keys of `edaphon.soil.derived.DERIVED`."""


def how_to_derive(column: str) -> str:
    """Return what makes a landscape gain a column, "" where it cannot be derived.

    Parameters
    ----------
    column : str
        As a row filter names it; "exceedance" gives the columns exceedance_ratio, exceeded,
        exceeded_metals, and exceedance_zinc and the like.
    """
    name = "exceedance" if column.startswith(("exceeded", "exceedance_")) else column
    if name not in get_args(DerivedName):
        return ""
    return f"write landscape: {{derive: [{name}]}} to derive it"
