"""Climate classes by latitude, by which evidence is kept and obeyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.practices.evidence import CLIMATES

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

UPPER_LATITUDES = (23.5, 35.0, 55.0)


def climate_of(latitude: ArrayLike) -> NDArray[np.str_]:
    """Return the climate class of each latitude.

    Parameters
    ----------
    latitude : array_like, shape (n,)
        Degrees, south negative; nan where unknown.

    Returns
    -------
    str array, shape (n,)
        By absolute latitude: tropical to 23.5, subtropical to 35, temperate to 55, cold beyond;
        "" where the latitude is unknown. The tropics end at the Tropic of Cancer and Capricorn;
        the other limits are conventions of this package, the same for studies and units.
    """
    degrees = np.abs(np.asarray(latitude, dtype=np.float64))
    names = np.array([*CLIMATES, ""])
    code = np.searchsorted(np.array(UPPER_LATITUDES), degrees, side="left")
    return names[np.where(np.isfinite(degrees), code, len(CLIMATES))]
