"""The types of the config's values, as the sections use them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from edaphon.config.fields import (
    Parsed,
    name_or,
    quantity,
    read_depth,
    read_filter,
    read_names,
    read_unit,
)
from edaphon.config.limits import AREA, BUDGET, KEEP, LEDGER, TARGET
from edaphon.config.quantity import Quantity
from edaphon.config.readings import AGE, DATE, RADII, RASTER_FILES, SIDE, share
from edaphon.config.values import AgeValue, AreaValue, KeepValue, TargetValue

_STRING = {"type": "string"}
_SCALAR = {"anyOf": [_STRING, {"type": "number"}]}

Text = Annotated[str, Field(min_length=1)]
Unit = Annotated[str, Parsed(read_unit, "unit", _STRING)]
Depth = Annotated[str, Parsed(read_depth, "depth", _STRING)]
Measured = Annotated[str, Parsed(name_or("g/cm3"), "name or quantity (g/cm3)", _SCALAR)]
Proportion = Annotated[str, Parsed(name_or("%"), "name or quantity (%)", _SCALAR)]
RowFilter = Annotated[str, Parsed(read_filter, "row filter", _STRING)]
Names = Annotated[
    tuple[str, ...],
    Parsed(
        read_names,
        "text or list of texts",
        {"anyOf": [_STRING, {"type": "array", "items": _STRING}]},
    ),
]
Name = Annotated[str, Field(pattern=r"^[^\W_][\w .-]*$")]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Years = Annotated[Quantity, quantity("yr", above=0, called="the horizon")]
Seconds = Annotated[Quantity, quantity("s", above=0, called="a time limit")]
Share = Annotated[Quantity, quantity("%", least=0, called="a rate")]
Distance = Annotated[Quantity, quantity("m", least=0, called="a distance")]
Side = Annotated[Quantity, SIDE]
Establishment = Annotated[
    Quantity, quantity("currency/ha", "currency/m3", least=0, called="a cost of establishment")
]
Annual = Annotated[Quantity, quantity("currency/ha/yr")]
Price = Annotated[Quantity, quantity("currency/t", least=0, called="a price")]
LedgerName = Annotated[str, LEDGER]
Budget = Annotated[Quantity | dict[str, Quantity], BUDGET]
Target = Annotated[TargetValue, TARGET]
Keep = Annotated[KeepValue, KEEP]
Area = Annotated[AreaValue, AREA]
Radii = Annotated[tuple[Quantity, ...], RADII]
RasterFiles = Annotated[str | dict[str, str], RASTER_FILES]
Date = Annotated[str, DATE]
Age = Annotated[AgeValue, AGE]
Level = Annotated[Quantity, share(50.0, 100.0, "a level")]
SiteShare = Annotated[Quantity, share(1.0, 100.0, "the budget of the audit")]
