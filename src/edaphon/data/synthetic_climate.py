"""The monthly climate of a synthetic valley: invented, near the normals of its place."""

from __future__ import annotations

import numpy as np
import pandas as pd

LATITUDE = 46.95
"""Of Feldbach, degrees north."""

_TEMPERATURE_C = (-1.6, 0.5, 4.9, 9.7, 14.4, 17.9, 19.6, 18.9, 14.5, 9.4, 4.0, -0.6)
_RAIN_MM = (28, 33, 46, 54, 84, 108, 114, 106, 88, 66, 58, 40)
"""Round monthly figures for the hill country of southeastern Styria (from memory of the normals of
Feldbach and Bad Gleichenberg, not verified). They give the shape of the year only; each parcel's
own annual mean and sum fix its level."""

_DAYS = (31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MIDDLE_DAY = np.array([15, 46, 74, 105, 135, 166, 196, 227, 258, 288, 319, 349])


def monthly_climate(units: pd.DataFrame) -> pd.DataFrame:
    """Return temperature, rain and potential evapotranspiration of each parcel and month.

    Parameters
    ----------
    units : DataFrame, n_units rows
        With unit_id, mat_c and map_mm.

    Returns
    -------
    DataFrame, 12 n_units rows
        unit_id, month (1 to 12), temperature_c, rain_mm, evapotranspiration_mm. The months of a
        parcel average to its mat_c and sum up to its map_mm, but for rounding.
    """
    shape = np.array(_TEMPERATURE_C)
    share = np.array(_RAIN_MM) / np.sum(_RAIN_MM)
    warmth = units["mat_c"].to_numpy()[:, None] + (shape - shape.mean())
    rain = units["map_mm"].to_numpy()[:, None] * share
    return pd.DataFrame(
        {
            "unit_id": np.repeat(units["unit_id"].to_numpy(), 12),
            "month": np.tile(np.arange(1, 13), len(units)),
            "temperature_c": np.round(warmth, 1).ravel(),
            "rain_mm": np.round(rain, 1).ravel(),
            "evapotranspiration_mm": np.round(thornthwaite(warmth, LATITUDE), 1).ravel(),
        }
    )


def thornthwaite(temperature_c: np.ndarray, latitude: float) -> np.ndarray:
    """Return potential evapotranspiration from monthly means, mm per month.

    ``16 (hours / 12) (days / 30) (10 T / I)^a`` with ``I`` the sum of ``(T / 5)^1.514`` over the
    months above 0 degrees and ``a = 6.75e-7 I^3 - 7.71e-5 I^2 + 1.792e-2 I + 0.49239``; 0 in frost.

    Parameters
    ----------
    temperature_c : float64 array, shape (n, 12)
    latitude : float
        Degrees.

    Notes
    -----
    Thornthwaite (1948), Geographical Review 38, 55-94; hours of daylight from the sun's declination
    ``23.45 sin(360 (284 + day) / 365)`` degrees (Cooper 1969). It is what can be had from monthly
    temperature alone, and enough for an invented valley; measured data deserve Penman-Monteith.
    """
    warm = np.maximum(temperature_c, 0.0)
    heat = ((warm / 5.0) ** 1.514).sum(axis=1, keepdims=True)
    power = 6.75e-7 * heat**3 - 7.71e-5 * heat**2 + 1.792e-2 * heat + 0.49239
    tilt = np.radians(23.45 * np.sin(np.radians(360.0 * (284 + _MIDDLE_DAY) / 365.0)))
    angle = np.arccos(np.clip(-np.tan(np.radians(latitude)) * np.tan(tilt), -1.0, 1.0))
    hours = 24.0 / np.pi * angle
    scaled = np.divide(10.0 * warm, heat, out=np.zeros_like(warm), where=heat > 0)
    return np.asarray(16.0 * (hours / 12.0) * (np.array(_DAYS) / 30.0) * scaled**power)
