"""Rosetta's water retention, where the optional package is installed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.errors import EdaphonError, Finding
from edaphon.soil.ranges import inside, sand_and_clay
from edaphon.soil.stocks import PARTICLE_DENSITY_G_CM3
from edaphon.soil.water import (
    FIELD_CAPACITY_KPA,
    WILTING_POINT_KPA,
    WaterRetention,
    van_genuchten,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

VERSION = 3
_MM_H_PER_CM_DAY = 10.0 / 24.0


def rosetta_retention(
    sand_percent: ArrayLike,
    clay_percent: ArrayLike,
    bulk_density_g_cm3: ArrayLike | None = None,
    *,
    digits: int = 0,
) -> WaterRetention:
    """Return what Rosetta 3 says about water, once for every soil class.

    Parameters
    ----------
    sand_percent, clay_percent : array_like
        % by mass of the fine earth; silt is what is left.
    bulk_density_g_cm3 : array_like, optional
        0.5 to 2.0; Rosetta is surer with it.
    digits : int
        Soils count as one class if sand and clay agree when rounded to so many digits of a percent
        (bulk density to two digits more). Rosetta takes about a second for 1,000 classes.

    Returns
    -------
    WaterRetention
        Wilting point and field capacity are read from the van Genuchten curve at 1,500 and 33 kPa;
        the bulk density is the one given, else that of the saturation.

    Raises
    ------
    EdaphonError
        If the package rosetta-soil is not installed; says how to install it.
    ValueError
        If a value is not finite or outside its range, or Rosetta refuses a soil.

    Notes
    -----
    Zhang & Schaap (2017), Journal of Hydrology 547, 39-53, in the implementation of the USDA
    Salinity Laboratory (package rosetta-soil, CC0).
    """
    sand, clay = sand_and_clay(sand_percent, clay_percent)
    columns = [np.round(sand, digits), np.round(clay, digits)]
    if bulk_density_g_cm3 is not None:
        density = inside("bulk_density_g_cm3", bulk_density_g_cm3, 0.5, 2.0, "g/cm3")
        columns.append(np.round(density, digits + 2))
    model = _package()
    arrays = np.broadcast_arrays(*columns)
    shape = arrays[0].shape
    soils, soil_class = np.unique(
        np.column_stack([array.ravel() for array in arrays]), axis=0, return_inverse=True
    )
    silt = np.maximum(100.0 - soils[:, 0] - soils[:, 1], 0.0)
    records = np.column_stack([soils[:, 0], silt, soils[:, 1], soils[:, 2:]])
    mean, _, codes = model.rosetta(VERSION, records.tolist())
    if (np.asarray(codes) < 0).any():
        raise ValueError(f"Rosetta refuses {int((np.asarray(codes) < 0).sum())} of these soils")
    residual, saturated, alpha, n, conductivity = np.asarray(mean, dtype=np.float64).T[:5]
    dry, moist = (
        van_genuchten(suction, residual, saturated, alpha, n)
        for suction in (WILTING_POINT_KPA, FIELD_CAPACITY_KPA)
    )
    given = soils[:, 2] if soils.shape[1] > 2 else PARTICLE_DENSITY_G_CM3 * (1.0 - saturated)
    found = (dry, moist, saturated, given, conductivity * _MM_H_PER_CM_DAY)
    return WaterRetention(*(values[soil_class.ravel()].reshape(shape) for values in found))


def _package() -> Any:
    """Return the optional package, or say how to install it."""
    try:
        return import_module("rosetta")
    except ImportError as error:
        what = "the package rosetta-soil is not installed"
        hint = 'Install it with: pip install "edaphon[rosetta]"; or use Saxton-Rawls.'
        raise EdaphonError(Finding("Rosetta", what, hint)) from error
