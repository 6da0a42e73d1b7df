"""What config alone can judge of the carbon model's sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from edaphon.config.carbon import MONTH
from edaphon.config.content import Content, named_parts, section_in, unknown
from edaphon.config.faults import Remark


def check_carbon(content: Content) -> Iterator[Remark]:
    """Yield what is wrong between the sections of the carbon model and the others."""
    asking = [
        f"features.{name}.model"
        for name, feature in named_parts(content, "features")
        if feature.get("model") == "rothc"
    ]
    asking += ["gsocseq"] if isinstance(content.get("gsocseq"), Mapping) else []
    for key in asking:
        yield from _needs(content, key)
    for name, feature in named_parts(content, "features"):
        if feature.get("model") == "rothc" and not (feature.get("depth") or feature.get("column")):
            what = "RothC works on a stock of organic carbon down to a depth"
            yield Remark(f"features.{name}.model", what, "Write depth: 0-30 cm.")
    stock = section_in(content, "gsocseq").get("stock")
    features = section_in(content, "features")
    yield from unknown("gsocseq.stock", stock, features, "there is no feature")
    yield from _climate(section_in(content, "climate"))


def _needs(content: Content, key: str) -> Iterator[Remark]:
    """Say which sections are missing for RothC."""
    if not isinstance(content.get("climate"), Mapping):
        what = "RothC needs the monthly climate of the units, and the config names none"
        hint = (
            "Give climate: {file: climate.csv}: temperature, rain and evaporation of each month. "
            "Means of a whole year are not enough."
        )
        yield Remark(key, what, hint)
    if not isinstance(content.get("rothc"), Mapping):
        what = "RothC needs clay and land use of the units, and the config names none"
        yield Remark(key, what, "Give rothc: {clay: COLUMN, land_use: COLUMN}.")


def _climate(climate: Content) -> Iterator[Remark]:
    """Check that each variable of a climate without a file has twelve names."""
    if not climate or climate.get("file"):
        return
    for variable in ("temperature", "rain", "evaporation"):
        names = climate.get(variable)
        listed = [names] if isinstance(names, str) else names
        if not isinstance(listed, list):
            what = f"nothing says where the monthly {variable} stands"
            yield Remark("climate", what, f"Give file, or {variable}: twelve columns or rasters.")
        elif len(listed) != 12 and not (len(listed) == 1 and MONTH in str(listed[0])):
            what = f"{len(listed)} names of {variable} do not make twelve months"
            hint = f"Name January to December, or one with {MONTH}, as tavg_{MONTH}.tif."
            yield Remark(f"climate.{variable}", what, hint)
