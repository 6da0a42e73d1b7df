"""Net primary production from climate: the MIAMI model. Pure numpy, elementwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.soil.ranges import inside

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CARBON_IN_DRY_MATTER = 0.48
"""GSOCseq technical manual (FAO 2020), equation 6.9. The published scripts take 0.5; where only
ratios of productions are used, as in GSOCseq, it does not matter."""


def miami_npp(
    temperature_c: ArrayLike, rain_mm: ArrayLike, carbon_share: float = CARBON_IN_DRY_MATTER
) -> NDArray[np.float64]:
    """Return net primary production of natural vegetation, t C/ha and year.

    The smaller of what warmth and what rain allow, in g of dry matter per m2 and year:
    ``3000 / (1 + exp(1.315 - 0.119 T))`` and ``3000 (1 - exp(-0.000664 P))``.

    Parameters
    ----------
    temperature_c : array_like
        Annual mean, degrees C, -60 to 60.
    rain_mm : array_like
        Annual sum, mm, 0 to 20,000.
    carbon_share : float
        Carbon in dry matter.

    Returns
    -------
    float64 array
        In the broadcast shape; at most 14.4 t C/ha/yr.

    Raises
    ------
    ValueError
        If a value is not finite or outside its range.

    Notes
    -----
    Lieth (1975), Modeling the primary productivity of the world, in Lieth & Whittaker (eds),
    Primary productivity of the biosphere, Springer, as the GSOCseq technical manual cites it. The
    manual's equations 6.7 and 6.8 are misprinted (T outside the exponent, a missing bracket).
    """
    warmth = inside("temperature_c", temperature_c, -60.0, 60.0, "degrees C")
    rain = inside("rain_mm", rain_mm, 0.0, 20_000.0, "mm")
    by_warmth = 3000.0 / (1.0 + np.exp(1.315 - 0.119 * warmth))
    by_rain = 3000.0 * (1.0 - np.exp(-0.000664 * rain))
    return np.asarray(np.minimum(by_warmth, by_rain) * 0.01 * carbon_share)
