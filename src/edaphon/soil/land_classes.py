"""Land cover classes of GSOCseq: what enters the soil of each, and what is left out.

The manual is that of `edaphon.soil.gsocseq`. Pure numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.soil.ranges import inside

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LARGEST_SOC_T_HA, LARGEST_SAND_PERCENT, LARGEST_EC_DS_M = 200.0, 90.0, 4.0
"""Beyond these, at 0-30 cm, the manual masks a soil (chapter 5): RothC was not made for it."""


@dataclass(frozen=True)
class LandClass:
    """A land cover class of the manual.

    Attributes
    ----------
    dpm_rpm : float
        Of its plant input (table 6.1).
    masked : str
        Why the manual leaves it out; "" if it does not.
    """

    dpm_rpm: float
    masked: str = ""


LAND_CLASSES = {
    "cropland": LandClass(1.44),
    "tree_crops": LandClass(1.44),
    "grassland": LandClass(0.67),
    "shrubland": LandClass(0.67),
    "sparse": LandClass(0.67),
    "forest": LandClass(0.25, "neither cropland nor grazing land"),
    "paddy": LandClass(1.44, "paddy rice"),
    "wetland": LandClass(0.67, "wetland"),
    "peatland": LandClass(0.67, "peatland"),
    "other": LandClass(1.44, "neither cropland nor grazing land"),
}
"""Classes with their DPM/RPM from table 6.1, and what chapter 5 masks. The text of chapter 6 gives
tree crops 0.25; the table and the scripts give them 1.44. Peatland and other have no figure of
their own and are masked."""


def masked(
    soc_t_ha: ArrayLike,
    land_class: NDArray[np.str_],
    sand_percent: ArrayLike | None = None,
    ec_ds_m: ArrayLike | None = None,
) -> NDArray[np.str_]:
    """Return why the manual leaves each unit out, "" where it does not (chapter 5).

    Parameters
    ----------
    soc_t_ha : array_like, shape (n_units,)
        At 0-30 cm, 0 to 5,000; above 200 is masked.
    land_class : str array, shape (n_units,)
        Keys of `LAND_CLASSES`: croplands and grazing lands stay, paddies, peat and wetlands do not.
    sand_percent, ec_ds_m : array_like, shape (n_units,), optional
        0 to 100 % and 0 to 200 dS/m; above 90 % and 4 dS/m are masked. What is not given or nan
        masks nothing.

    Returns
    -------
    str array, shape (n_units,)

    Raises
    ------
    ValueError
        If a class is not known, or a known value lies outside its range.
    """
    classes = np.asarray(land_class)
    unknown = sorted(set(classes.tolist()) - set(LAND_CLASSES))
    if unknown:
        raise ValueError(f"land_class: {unknown[0]!r} is none of {', '.join(LAND_CLASSES)}")
    soc = _known("soc_t_ha", soc_t_ha, 5000.0, "t C/ha")
    reasons = [(classes == name, one.masked) for name, one in LAND_CLASSES.items() if one.masked]
    reasons.append((soc > LARGEST_SOC_T_HA, "more than 200 t C/ha"))
    if sand_percent is not None:
        sandy = _known("sand_percent", sand_percent, 100.0, "%") > LARGEST_SAND_PERCENT
        reasons.append((sandy, "more than 90 % sand"))
    if ec_ds_m is not None:
        salty = _known("ec_ds_m", ec_ds_m, 200.0, "dS/m") > LARGEST_EC_DS_M
        reasons.append((salty, "electrical conductivity above 4 dS/m"))
    return np.select([where for where, _ in reasons], [why for _, why in reasons], "")


def _known(name: str, values: ArrayLike, most: float, unit: str) -> NDArray[np.float64]:
    """Return values of which those that are known lie between 0 and the most."""
    array = np.asarray(values, dtype=np.float64)
    inside(name, array[~np.isnan(array)], 0.0, most, unit)
    return array
