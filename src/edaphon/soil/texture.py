"""Texture classes from sand and clay. Pure numpy, elementwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.soil.ranges import sand_and_clay

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

TEXTURE_CLASSES = (
    "sand", "loamy sand", "sandy loam", "loam", "silt loam", "silt", "sandy clay loam",
    "clay loam", "silty clay loam", "sandy clay", "silty clay", "clay",
)  # fmt: skip
"""The twelve classes of the USDA triangle, in the order of the codes of `texture_class`."""

TEXTURE_GROUPS = ("coarse", "medium", "fine")
"""The three groups of the FAO soil map, in the order of the codes of `texture_group`."""


def texture_class(sand_percent: ArrayLike, clay_percent: ArrayLike) -> NDArray[np.uint8]:
    """Return the USDA texture class.

    Parameters
    ----------
    sand_percent, clay_percent : array_like
        % by mass of the fine earth: 50 to 2,000 micrometers, and below 2. Silt is what is left.

    Returns
    -------
    uint8 array
        Positions in `TEXTURE_CLASSES`, in the broadcast shape.

    Raises
    ------
    ValueError
        If a value is not finite, outside 0 to 100 %, or sand and clay together exceed 100 %.

    Notes
    -----
    Limits of the Soil Survey Manual (USDA Handbook 18, chapter 3), with the boundaries as Benham,
    Ahrens & Nettleton (2009, Clarification of soil texture class boundaries) settle them: every
    point of the triangle belongs to exactly one class.
    """
    sand, clay = sand_and_clay(sand_percent, clay_percent)
    silt = 100.0 - sand - clay
    coarse = silt + 2 * clay < 30
    rules = (
        silt + 1.5 * clay < 15,
        coarse,
        ((clay < 20) & (sand > 52)) | ((clay < 7) & (silt < 50)),
        (clay < 27) & (silt >= 28) & (silt < 50),
        ((clay < 27) & (silt >= 50)) & ~((silt >= 80) & (clay < 12)),
        (clay < 12) & (silt >= 80),
        (clay < 35) & (silt < 28) & (sand > 45),
        (clay < 40) & (sand > 20) & (sand <= 45),
        (clay < 40) & (sand <= 20),
        sand > 45,
        silt >= 40,
    )
    last = np.full(np.shape(sand), len(rules))
    return np.asarray(np.select(rules, range(len(rules)), last), dtype=np.uint8)


def texture_group(sand_percent: ArrayLike, clay_percent: ArrayLike) -> NDArray[np.uint8]:
    """Return coarse, medium or fine.

    Parameters
    ----------
    sand_percent, clay_percent : array_like
        % by mass of the fine earth.

    Returns
    -------
    uint8 array
        Positions in `TEXTURE_GROUPS`, in the broadcast shape.

    Raises
    ------
    ValueError
        As `texture_class`.

    Notes
    -----
    FAO & Unesco (1974), Soil Map of the World, volume 1, textural classes: fine has more than 35 %
    clay; coarse has less than 18 % clay and more than 65 % sand; medium is the rest (from memory,
    not verified).
    """
    sand, clay = sand_and_clay(sand_percent, clay_percent)
    codes = np.select([clay > 35, (clay < 18) & (sand > 65)], [2, 0], 1)
    return np.asarray(codes, dtype=np.uint8)
