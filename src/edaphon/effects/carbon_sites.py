"""What RothC needs of every unit besides its carbon: clay, plant cover, quality of the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.quantity import parse_depth, parse_quantity
from edaphon.config.suggest import did_you_mean
from edaphon.data.columns import as_text, unit_numbers
from edaphon.data.messages import counted, name_some, unknown_column
from edaphon.errors import ConfigError, DataError, Finding, raise_errors
from edaphon.soil.land_classes import LAND_CLASSES
from edaphon.soil.rothc import Months

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.carbon import RothcSection
    from edaphon.config.sections import Config
    from edaphon.data.climate import Climate
    from edaphon.data.landscape import Landscape

WORDS = {
    "arable": "cropland", "crop": "cropland", "crops": "cropland", "fallow": "cropland",
    "ley": "cropland", "vegetables": "cropland", "agriculture": "cropland",
    "vineyard": "tree_crops", "orchard": "tree_crops", "olive": "tree_crops",
    "olives": "tree_crops", "plantation": "tree_crops", "agroforestry": "tree_crops",
    "pasture": "grassland", "meadow": "grassland", "grass": "grassland", "grazing": "grassland",
    "rangeland": "grassland", "savanna": "grassland", "shrub": "shrubland", "scrub": "shrubland",
    "heath": "shrubland", "woodland": "forest", "wood": "forest", "rice": "paddy",
    "marsh": "wetland", "bog": "peatland", "fen": "peatland", "peat": "peatland",
    "urban": "other", "built-up": "other", "water": "other", "bare": "other",
}  # fmt: skip
"""Land uses whose class is plain; `rothc: {classes: ...}` names the others."""


@dataclass(frozen=True)
class CarbonSites:
    """The units as RothC sees them.

    Attributes
    ----------
    clay_percent : float64 array, shape (n_units,)
    land_class : str array, shape (n_units,)
        Keys of `edaphon.soil.land_classes.LAND_CLASSES`.
    year : Months
        Shape (n_units, 12): climate, cover by land use, plant input in the covered months alike,
        its DPM/RPM by land use.
    findings : tuple of Finding
    """

    clay_percent: NDArray[np.float64]
    land_class: NDArray[np.str_]
    year: Months
    findings: tuple[Finding, ...] = ()


def carbon_sites(config: Config, landscape: Landscape, climate: Climate) -> CarbonSites:
    """Gather what RothC needs of the units.

    Parameters
    ----------
    config : Config
        With a section `rothc`.
    landscape : Landscape
    climate : Climate
        Of the same units.

    Returns
    -------
    CarbonSites

    Raises
    ------
    DataError
        With every fault: columns that are not there, clay that is missing or outside 0 to 100 %,
        land uses without a class.
    """
    section = needed_section(config)
    clay, findings = _clay(config, section, landscape)
    use, faults = _land_use(config, section, landscape)
    words = np.unique(use)
    classes = {word: _class_of(section, word) for word in words.tolist()}
    faults += _unknown_words(config, section, classes, words)
    noted = raise_errors([*findings, *faults])
    covered = np.ones((landscape.n_units, 12), dtype=bool)
    ratio = np.zeros(landscape.n_units)
    for word, name in classes.items():
        rows = use == word
        if word in section.cover:
            covered[rows] = np.isin(np.arange(1, 13), section.cover[word])
        ratio[rows] = section.dpm_rpm.get(word, LAND_CLASSES[name].dpm_rpm)
    grown = covered | ~covered.any(axis=1, keepdims=True)
    year = Months.of(
        climate.temperature_c,
        climate.rain_mm,
        climate.pan_mm,
        covered=covered,
        plant=grown / grown.sum(axis=1, keepdims=True),
        dpm_rpm=ratio[:, None],
    )
    land_class = np.array([classes[word] for word in use.tolist()])
    return CarbonSites(clay, land_class, year, noted)


def needed_section(config: Config) -> RothcSection:
    """Return the section `rothc`, or say that it is missing.

    Raises
    ------
    ConfigError
    """
    if config.rothc is None:
        what = "RothC needs clay and land use of the units, and the config names none"
        hint = "Give rothc: {clay: COLUMN, land_use: COLUMN}."
        raise ConfigError(Finding(config.where("rothc"), what, hint))
    return config.rothc


def topsoil_depth(config: Config, feature: str) -> float:
    """Return the depth of a feature's stock in cm, 30 where it names none.

    Raises
    ------
    ConfigError
        If the depth does not start at the surface or ends below 100 cm.
    """
    section = config.features.get(feature)
    if section is None or not section.depth:
        return 30.0
    top, bottom = parse_depth(section.depth)
    if top > 0 or bottom > 100:
        what = f"RothC describes topsoil, and {feature} is a stock of {section.depth}"
        where = config.where(f"features.{feature}.depth")
        raise ConfigError(Finding(where, what, "Write a depth from the surface, as 0-30 cm."))
    return bottom


def _clay(
    config: Config, section: RothcSection, landscape: Landscape
) -> tuple[NDArray[np.float64], list[Finding]]:
    """Clay in %, from a column or a quantity."""
    place, text = config.where("rothc.clay"), section.clay
    if text[:1].isdigit():
        clay = np.full(landscape.n_units, parse_quantity(text, "%").to("%"))
        faults: list[Finding] = []
    elif text not in landscape.attributes.columns:
        columns = landscape.attributes.columns
        return np.zeros(0), [unknown_column(place, text, columns, landscape.source)]
    else:
        clay, found = unit_numbers(landscape, text)
        faults = list(found)
    bad = np.asarray(~((clay >= 0) & (clay <= 100)))
    if bad.any() and not faults:
        some = name_some(landscape.ids[bad])
        what = f"no clay between 0 and 100 % in {counted(bad.sum(), 'unit')} ({some})"
        faults.append(Finding(place, what, "Fill it in or mend it."))
    if not faults and 0 < clay.max() <= 1:
        what = f"the values of {text} look like shares, not percent: the largest is {clay.max():g}"
        faults.append(Finding(place, what, "If they are, multiply by 100.", "warning"))
    return clay, faults


def _land_use(
    config: Config, section: RothcSection, landscape: Landscape
) -> tuple[NDArray[np.str_], list[Finding]]:
    """Land use of every unit as text."""
    if section.land_use in landscape.attributes.columns:
        return as_text(landscape.attributes[section.land_use]), []
    place, columns = config.where("rothc.land_use"), landscape.attributes.columns
    return np.zeros(0, dtype=str), [
        unknown_column(place, section.land_use, columns, landscape.source)
    ]


def _class_of(section: RothcSection, word: str) -> str:
    """Class of a land use, "" where it is not known."""
    plain = word.lower()
    given: dict[str, str] = dict(section.classes)
    return given.get(word) or (plain if plain in LAND_CLASSES else WORDS.get(plain, ""))


def _unknown_words(
    config: Config,
    section: RothcSection,
    classes: dict[str, str],
    words: NDArray[np.str_],
) -> list[Finding]:
    """Say which land uses have no class, and which keys no unit has."""
    faults = []
    lost = [word or "(empty)" for word, name in classes.items() if not name]
    if lost:
        what = f"no class is known for the land use {name_some(lost)}"
        hint = f"Write rothc: {{classes: {{{lost[0]}: cropland}}}}, or another class."
        faults.append(Finding(config.where("rothc.classes"), what, hint))
    for key in ("classes", "cover", "dpm_rpm"):
        for word in getattr(section, key):
            if len(words) and word not in words:
                where = config.where(f"rothc.{key}.{word}")
                what = f"no unit has the land use {word!r}"
                faults.append(Finding(where, what, did_you_mean(word, words.tolist()), "warning"))
    return faults


def needed_climate(config: Config, climate: Climate | None, key: str) -> Climate:
    """Return the climate, or say at `key` that the model needs one.

    Raises
    ------
    DataError
    """
    if climate is None:
        what = "RothC needs the monthly climate of the units, and none was given"
        raise DataError(Finding(config.where(key), what, "Give climate: {file: climate.csv}."))
    return climate
