"""Where the points of the page's map lie: longitude and latitude as a polynomial of its own units.

The page draws in small integers of the landscape's CRS and cannot call PROJ. Over the extent of a
map the way back to longitude and latitude is smooth, so a polynomial of both coordinates stands in
for it; how far it is off is measured between the points that it was fitted to and goes along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.data.geometry import WGS84, transform_points

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEGREE = 7
"""Total degree of the polynomial; judgement: continents come out nearer than a step of the map."""
_FITTED, _TESTED = 24, 31
_M_PER_DEGREE_LONGITUDE, _M_PER_DEGREE_LATITUDE = 111_320.0, 110_574.0
"""At the equator of WGS 84, from a = 6,378,137 m and 1/f = 298.257223563."""


def map_place(
    left: float, top: float, width: float, height: float, crs: str | None
) -> dict[str, Any] | None:
    """Return how a map's points become longitude and latitude.

    Parameters
    ----------
    left, top : float
        Corner of the map, in the unit of `crs`.
    width, height : float
        Extent of the map, in the unit of `crs`.
    crs : str or None

    Returns
    -------
    dict or None
        "powers": pairs (i, j); "longitude", "latitude": their factors, so that a point at the
        shares x and y of the map (y downwards) lies at ``sum of factor * u**i * v**j`` degrees of
        WGS 84, with ``u = 2 x - 1`` and ``v = 2 y - 1``; "error_m": the largest distance in m
        between that and PROJ's answer at the points tested. None without a CRS, or where a part
        of the map has no place on the globe.
    """
    if crs is None:
        return None

    def degrees(u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = left + (u + 1) / 2 * width, top - (v + 1) / 2 * height
        return np.stack(transform_points(x, y, crs, WGS84), axis=1)

    powers = [(i, j) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)]
    # Chebyshev points: the error is nearly even over the map instead of large at its edges
    u, v = _grid(np.cos(np.pi * (np.arange(_FITTED) + 0.5) / _FITTED))
    known = degrees(u, v)
    if not np.isfinite(known).all() or np.ptp(known[:, 0]) > 180:
        return None
    factors, *_ = np.linalg.lstsq(_terms(u, v, powers), known, rcond=None)
    u, v = _grid(np.linspace(-1, 1, _TESTED))
    known = degrees(u, v)
    off = np.abs(_terms(u, v, powers) @ factors - known)
    east = off[:, 0] * _M_PER_DEGREE_LONGITUDE * np.cos(np.radians(known[:, 1]))
    error = float(np.hypot(east, off[:, 1] * _M_PER_DEGREE_LATITUDE).max())
    if not np.isfinite(error):
        return None
    return {
        "powers": powers,
        "longitude": factors[:, 0].tolist(),
        "latitude": factors[:, 1].tolist(),
        "error_m": error,
    }


def _grid(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    u, v = np.meshgrid(points, points)
    return u.ravel(), v.ravel()


def _terms(
    u: NDArray[np.float64], v: NDArray[np.float64], powers: list[tuple[int, int]]
) -> NDArray[np.float64]:
    return np.stack([u**i * v**j for i, j in powers], axis=1)
