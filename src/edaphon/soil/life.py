"""Soil life in numbers: microarthropods, microbial biomass and its activity, enzymes.

Pure numpy. Diversity of communities is in `edaphon.soil.diversity`, nematodes are in
`edaphon.soil.nematodes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from edaphon.soil.ranges import inside
from edaphon.soil.stocks import MAX_SOC_PERCENT

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

ECO_MORPHOLOGICAL_SCORES: dict[str, tuple[int, int]] = {
    "Protura": (20, 20),
    "Diplura": (20, 20),
    "Collembola": (1, 20),
    "Microcoryphia": (10, 10),
    "Zygentoma": (10, 10),
    "Dermaptera": (1, 1),
    "Orthoptera": (1, 20),
    "Embioptera": (10, 10),
    "Blattaria": (5, 5),
    "Psocoptera": (1, 1),
    "Hemiptera": (1, 10),
    "Thysanoptera": (1, 1),
    "Coleoptera": (1, 20),
    "Hymenoptera": (1, 5),
    "Diptera larvae": (10, 10),
    "other holometabolous larvae": (10, 10),
    "other holometabolous adults": (1, 1),
    "Acari": (20, 20),
    "Araneae": (1, 5),
    "Opiliones": (10, 10),
    "Palpigradi": (20, 20),
    "Pseudoscorpiones": (20, 20),
    "Isopoda": (10, 10),
    "Chilopoda": (10, 20),
    "Diplopoda": (10, 20),
    "Pauropoda": (20, 20),
    "Symphyla": (20, 20),
}
"""Least and largest eco-morphological score of each group of microarthropods, 1 (lives on the
surface) to 20 (fully adapted to life in soil): Parisi et al. (2005), Agriculture, Ecosystems and
Environment 105, 323-333, table 1. The method (one score from 1 to 20 per group, summed) was
verified; the single scores are from memory and not verified."""

FUMIGATION_EFFICIENCY = 0.45
"""Share of the microbial carbon that fumigation makes extractable, k_EC: Joergensen (1996), Soil
Biology and Biochemistry 28, 25-31. Older work used 0.38 (Vance et al. 1987): say which."""


def qbs_ar(scores: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    """Return QBS-ar, the biological quality of soil from its microarthropods.

    The sum over groups of the score of the form best adapted to soil that was found.

    Parameters
    ----------
    scores : mapping of str to array_like, shape (...)
        For each group found (`ECO_MORPHOLOGICAL_SCORES`) the largest score among its forms, 0 where
        the group was not found. Groups left out were not found. Presence is enough: numbers of
        individuals do not count.

    Returns
    -------
    float64 array, shape (...)
        0 to the sum of all groups' largest scores; in the field seldom above 250 (judgement).

    Raises
    ------
    ValueError
        If a group is unknown, or a score is neither 0 nor a whole number in its group's range.

    Notes
    -----
    Parisi, Menta, Gardi, Jacomini & Mozzanica (2005), Agriculture, Ecosystems and Environment 105,
    323-333. Three soil cores of 10 x 10 x 10 cm a site, taken together, are the convention.
    """
    total: NDArray[np.float64] = np.zeros(())
    for group, given in scores.items():
        if group not in ECO_MORPHOLOGICAL_SCORES:
            known = ", ".join(ECO_MORPHOLOGICAL_SCORES)
            raise ValueError(f"scores: '{group}' is no group of microarthropods; known are {known}")
        least, most = ECO_MORPHOLOGICAL_SCORES[group]
        values = inside(f"scores of {group}", given, 0.0, float(most), "")
        wrong = (values != 0) & ((values < least) | (values != np.round(values)))
        if wrong.any():
            first = float(values[wrong].flat[0])
            raise ValueError(
                f"scores of {group}: {first:g} is neither 0 (not found) nor a whole number "
                f"from {least} to {most}"
            )
        total = total + values
    return np.asarray(total, dtype=np.float64)


def microbial_biomass(
    extracted_fumigated_mg_kg: ArrayLike,
    extracted_mg_kg: ArrayLike,
    efficiency: float = FUMIGATION_EFFICIENCY,
) -> NDArray[np.float64]:
    """Return microbial biomass carbon by fumigation and extraction.

    ``(fumigated - not fumigated) / efficiency``.

    Parameters
    ----------
    extracted_fumigated_mg_kg, extracted_mg_kg : array_like
        Extractable organic carbon with and without fumigation, in mg C per kg dry soil, 0 to
        50,000.
    efficiency : float
        k_EC, above 0 and up to 1. Figures with different efficiencies do not compare.

    Returns
    -------
    float64 array
        mg C per kg dry soil.

    Raises
    ------
    ValueError
        If a value is outside its range, or fumigation extracted less.

    Notes
    -----
    Vance, Brookes & Jenkinson (1987), Soil Biology and Biochemistry 19, 703-707.
    """
    after = inside("extracted_fumigated_mg_kg", extracted_fumigated_mg_kg, 0.0, 5e4, "mg/kg")
    before = inside("extracted_mg_kg", extracted_mg_kg, 0.0, 5e4, "mg/kg")
    share = inside("efficiency", efficiency, 0.0, 1.0, "", above=True)
    gained = inside("fumigated minus not fumigated", after - before, 0.0, 5e4, "mg/kg")
    return np.asarray(gained / share, dtype=np.float64)


def microbial_quotient(mbc_mg_kg: ArrayLike, soc_percent: ArrayLike) -> NDArray[np.float64]:
    """Return the share of the organic carbon that is alive, MBC : SOC.

    ``100 x mbc / (soc x 10,000)``, in percent: 1 % organic carbon is 10,000 mg per kg.

    Parameters
    ----------
    mbc_mg_kg : array_like
        Microbial biomass carbon in mg per kg dry soil, 0 to 50,000 (50 to 2,000 in most soils).
    soc_percent : array_like
        Organic carbon of the same soil in % by mass, above 0 and up to 58.

    Returns
    -------
    float64 array
        Percent; about 1.1 in cropland and 2.7 in grassland.

    Raises
    ------
    ValueError
        If a value is outside its range, or more carbon were alive than there is.

    Notes
    -----
    Anderson & Domsch (1989), Soil Biology and Biochemistry 21, 471-479, for the ratio.
    """
    alive = inside("mbc_mg_kg", mbc_mg_kg, 0.0, 5e4, "mg/kg")
    soc = inside("soc_percent", soc_percent, 0.0, MAX_SOC_PERCENT, "%", above=True)
    return inside("mbc of soc", alive / (soc * 100.0), 0.0, 100.0, "%")


def metabolic_quotient(respiration_mg_kg_h: ArrayLike, mbc_mg_kg: ArrayLike) -> NDArray[np.float64]:
    """Return the metabolic quotient qCO2: what the microbes respire for their mass.

    ``1,000 x respiration / mbc``. Lower is better, unless microbes are starved or poisoned.

    Parameters
    ----------
    respiration_mg_kg_h : array_like
        Basal respiration in mg CO2-C (carbon, not CO2) per kg dry soil and hour, 0 to 1,000.
    mbc_mg_kg : array_like
        Microbial biomass carbon in mg per kg, above 0 and up to 50,000.

    Returns
    -------
    float64 array
        mg CO2-C per g microbial carbon and hour.

    Raises
    ------
    ValueError
        If a value is outside its range.

    Notes
    -----
    Anderson & Domsch (1993), Soil Biology and Biochemistry 25, 393-395.
    """
    respired = inside("respiration_mg_kg_h", respiration_mg_kg_h, 0.0, 1000.0, "mg/kg/h")
    alive = inside("mbc_mg_kg", mbc_mg_kg, 0.0, 5e4, "mg/kg", above=True)
    return np.asarray(1000.0 * respired / alive, dtype=np.float64)


def mean_enzyme_activity(activities: ArrayLike) -> NDArray[np.float64]:
    """Return the geometric mean of enzyme activities, GMea.

    ``(e_1 x ... x e_n)^(1/n)``: one enzyme at double its activity counts the same whichever it is,
    so units may differ between enzymes, but never between the soils that are compared.

    Parameters
    ----------
    activities : array_like, shape (..., n_enzymes)
        0 or above; each enzyme by one method.

    Returns
    -------
    float64 array, shape (...)
        0 where an enzyme is inactive.

    Raises
    ------
    ValueError
        If a value is negative or not finite, or there is no enzyme.

    Notes
    -----
    Hinojosa et al. (2004), Soil Biology and Biochemistry 36, 1559-1568; Garcia-Ruiz et al. (2008),
    Soil Biology and Biochemistry 40, 2137-2145. Both from memory, pages not verified.
    """
    values = inside("activities", activities, 0.0, np.finfo(float).max, "")
    if values.ndim == 0 or values.shape[-1] == 0:
        raise ValueError("activities: one or more enzymes are needed, along the last axis")
    active = values > 0
    logs = np.log(np.where(active, values, 1.0)).mean(axis=-1)
    return np.asarray(np.where(active.all(axis=-1), np.exp(logs), 0.0), dtype=np.float64)
