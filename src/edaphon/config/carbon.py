"""The sections of the carbon model: monthly climate, RothC, GSOCseq.

The text under each key becomes docs/reference/config.md and the JSON Schema.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edaphon.config.fields import Fault, FieldError, Parsed, quantity
from edaphon.config.kinds import Names, Proportion, Share, Text, Years
from edaphon.config.quantity import Quantity
from edaphon.config.section import Section

LandClassName = Literal[
    "cropland", "tree_crops", "grassland", "shrubland", "sparse", "forest", "paddy", "wetland",
    "peatland", "other",
]  # fmt: skip
"""Keys of `edaphon.soil.land_classes.LAND_CLASSES`."""

MONTH = "{month}"
"""Stands for 01 to 12 in the names of twelve columns or rasters."""

_SPAN = re.compile(r"\s*(\d{1,2})\s*(?:-|to)\s*(\d{1,2})\s*")


def read_months(value: object, _currency: str) -> tuple[int, ...]:
    """Read [3, 4, 5], one month, "3-9" or "9-2" (across the turn of the year)."""
    hint = "write the numbers of the months, as [4, 5, 6] or 4-6; none as []"
    given = list(value) if isinstance(value, list | tuple) else [value]
    span = _SPAN.fullmatch(value) if isinstance(value, str) else None
    ends = [int(end) for end in span.groups()] if span is not None else given
    months = [m for m in ends if isinstance(m, int) and m is not True and 1 <= m <= 12]
    if len(months) != len(ends):
        raise FieldError(Fault((), f"{value!r} is no list of months, 1 to 12", hint))
    if span is None:
        return tuple(sorted(set(months)))
    first, last = months
    onward = range(first, last + 1 + (12 if last < first else 0))
    return tuple(sorted((m - 1) % 12 + 1 for m in onward))


MonthNumbers = Annotated[
    tuple[int, ...],
    Parsed(
        read_months,
        "months, as [4, 5, 6] or 4-6",
        {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "string"}]},
    ),
]
Ratio = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
CarbonFlow = Annotated[Quantity, quantity("t/ha/yr", least=0, called="an input of carbon")]


class ClimateSection(Section):
    """Mean weather of each month, January to December: what RothC and GSOCseq run on.

    Either `file`, a CSV, or columns of the landscape or rasters named under `temperature`, `rain`
    and `evaporation`. Degrees Celsius and mm per month.
    """

    file: str = ""
    """CSV with a row for each month (column month, 1 to 12): of all units, of each unit (a column
    named like landscape.id, or unit_id), or of stations (longitude and latitude; each unit takes
    the nearest)."""
    temperature: Names = ()
    """Mean air temperature: its column in `file` (empty = found by name); without a file twelve
    columns or rasters (names that end like a file), or one name with {month}, which stands for 01
    to 12."""
    rain: Names = ()
    """Precipitation in mm per month, named like `temperature`."""
    evaporation: Names = ()
    """Evaporation in mm per month, named like `temperature`."""
    evaporation_kind: Literal["potential", "open_pan"] = "potential"
    """Potential evapotranspiration, or evaporation from an open pan, of which it is 0.75."""

    def twelve(self, variable: str) -> tuple[str, ...]:
        """Return the names of January to December of "temperature", "rain" or "evaporation"."""
        names: tuple[str, ...] = getattr(self, variable)
        if len(names) == 1 and MONTH in names[0]:
            return tuple(names[0].replace(MONTH, f"{m:02d}") for m in range(1, 13))
        return names

    @property
    def files(self) -> tuple[str, ...]:
        """The CSV, or the rasters: names that end like a file, as .tif."""
        if self.file:
            return (self.file,)
        variables = ("temperature", "rain", "evaporation")
        return tuple(name for one in variables for name in self.twelve(one) if Path(name).suffix)


class RothcSection(Section):
    """What RothC has to know of the units besides carbon and climate."""

    clay: Proportion
    """Clay, % by mass of the fine earth, over the depth of the stock: a column, or a quantity."""
    land_use: Text = "land_use"
    """Column of land use."""
    classes: dict[str, LandClassName] = Field(default_factory=dict)
    """Land use: its class. Common English words (arable, pasture, vineyard, forest, ...) and the
    classes themselves are known without being listed."""
    cover: dict[str, MonthNumbers] = Field(default_factory=dict)
    """Land use: months with growing plants; a land use that is not named is covered all year."""
    dpm_rpm: dict[str, Ratio] = Field(default_factory=dict)
    """Land use: decomposable over resistant material of its plant input; else that of its class
    (1.44 crops, 0.67 grass and scrub, 0.25 wood)."""


class GsocseqSection(Section):
    """Run the scenarios of FAO's GSOCseq map; needs `climate` and `rothc`."""

    stock: Text
    """Feature whose stock of organic carbon is today's: one with depth: 0-30 cm."""
    scenarios: tuple[Share, ...] = (Quantity(5.0, "%"), Quantity(10.0, "%"), Quantity(20.0, "%"))
    """Increases of the carbon input."""
    years: Years = Quantity(20.0, "yr")
    """Years that are run."""
    sand: str = ""
    """Column of sand in %; above 90 % a unit is left out. Empty = nothing is left out for it."""
    conductivity: str = ""
    """Column of electrical conductivity in dS/m; above 4 a unit is left out."""
    behavior: Literal["written", "gsocseq script"] = "written"
    """RothC as written, or with the departures of the published GSOCseq scripts."""
