"""What config alone can judge of soil properties, available water and soil health."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from edaphon.config.content import Content, named_parts, names_in, repeated, section_in
from edaphon.config.faults import Remark

PEAK, PLATEAU = ("best", "width"), ("low", "good_from", "good_to", "high")
PROFILE = ("profile", "top", "bottom")
"""Keys of a surrogate whose samples are horizons."""


def check_soil(content: Content) -> Iterator[Remark]:
    """Yield what is wrong between the sections of soil properties and the others."""
    derive = names_in(section_in(content, "landscape").get("derive"))
    yield from repeated("landscape.derive", derive, "the quantity")
    for name, feature in named_parts(content, "features"):
        if feature.get("model") == "saxton_rawls":
            yield from _water(f"features.{name}", feature)
    for name, surrogate in named_parts(content, "surrogates"):
        yield from _horizons(f"surrogates.{name}", surrogate)
    yield from _health(content)


def _water(key: str, feature: Content) -> Iterator[Remark]:
    if not feature.get("depth"):
        what = "available water belongs to a layer, and none is named"
        yield Remark(f"{key}.depth", what, "Write depth: 0-30 cm.")
    if feature.get("column"):
        what = "saxton_rawls computes the amount, and a column gives it too"
        yield Remark(f"{key}.column", what, "Remove column or model.")
    for stray in ("unit", "bulk_density"):
        if feature.get(stray):
            what = f"saxton_rawls gives m3/ha and needs no {stray}"
            yield Remark(f"{key}.{stray}", what, "Remove it.")


def _horizons(key: str, surrogate: Content) -> Iterator[Remark]:
    given = [name for name in PROFILE if surrogate.get(name)]
    if given:
        for missing in (name for name in PROFILE if name not in given):
            what = "horizons need a column of profiles, of upper and of lower depths"
            yield Remark(f"{key}.{missing}", what, f"Write {missing}: COLUMN.")
        if not surrogate.get("depth"):
            what = "horizons are brought to a depth, and none is named"
            yield Remark(f"{key}.depth", what, "Write depth: 0-30 cm.")
        return
    for stray in ("harmonize", "faulty_profiles"):
        if surrogate.get(stray):
            what = "this is about horizons, and the samples are not said to be horizons"
            yield Remark(f"{key}.{stray}", what, "Name profile, top and bottom, or remove it.")


def _health(content: Content) -> Iterator[Remark]:
    if not isinstance(content.get("soil_health"), Mapping):
        return
    indicators = section_in(content, "soil_health", "indicators")
    if isinstance(content["soil_health"].get("indicators"), Mapping) and not indicators:
        what = "a score needs indicators"
        yield Remark("soil_health.indicators", what, "Write soc: {better: higher}.")
    for name in indicators:
        curve = section_in(indicators, name)
        yield from _curve(f"soil_health.indicators.{name}", curve)


def _curve(key: str, given: Content) -> Iterator[Remark]:
    curve = {one: value for one, value in given.items() if value not in (None, "registry")}
    rank = ("better", "mean", "sd")
    kinds = [keys for keys in (rank, PEAK, PLATEAU) if any(one in curve for one in keys)]
    if len(kinds) > 1:
        what = f"{kinds[0][0]} and {kinds[1][0]} belong to different curves"
        hint = "Give better (with mean and sd), or best and width, or low to high."
        yield Remark(key, what, hint)
        return
    keys = kinds[0] if kinds else ()
    wanted = ("mean", "sd") if keys == rank and ({"mean", "sd"} & set(curve)) else keys
    if keys != rank or wanted == ("mean", "sd"):
        for missing in (one for one in wanted if one not in curve):
            what = f"it goes with {' and '.join(one for one in wanted if one in curve)}"
            yield Remark(f"{key}.{missing}", f"this key is missing: {what}")
    for spread in ("sd", "width"):
        if _is_number(curve.get(spread)) and not curve[spread] > 0:
            yield Remark(f"{key}.{spread}", f"must be above 0, not {curve[spread]}")
    corners = [curve[one] for one in PLATEAU if _is_number(curve.get(one))]
    if len(corners) == len(PLATEAU) and corners != sorted(corners):
        yield Remark(key, f"the corners {', '.join(map(str, corners))} do not rise")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
