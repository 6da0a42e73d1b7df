"""What can be computed from a raster: means of the surroundings, and the terrain of heights.

Windows are squares of cells; cells without data count for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj
from scipy import ndimage

from edaphon.data.rasters import Raster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from edaphon.config.quantity import Quantity

TERRAIN = ("slope", "northness", "eastness", "position", "ruggedness")


def cell_meters(raster: Raster) -> tuple[NDArray[np.float64], float]:
    """Return how wide and how high the cells of a raster are on the ground.

    Parameters
    ----------
    raster : Raster

    Returns
    -------
    width : float64 array, shape (rows,)
        From west to east, m, by row: cells in degrees narrow toward the poles.
    height : float
        From north to south, m, in the middle row.
    """
    a, _, c, _, e, f = raster.transform
    rows = raster.values.shape[0]
    crs = pyproj.CRS.from_user_input(raster.crs)
    if not crs.is_geographic:
        meters = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 1.0
        return np.full(rows, abs(a) * meters), abs(e) * meters
    geod = crs.get_geod() or pyproj.Geod(ellps="WGS84")
    y = np.clip(f + e * (np.arange(rows) + 0.5), -90.0, 90.0)
    x = np.full(rows, c)
    width = geod.inv(x, y, x + abs(a), y)[2]
    low, high = (np.clip(y[rows // 2] + half * e, -90.0, 90.0) for half in (-0.5, 0.5))
    return np.asarray(width, dtype=np.float64), float(geod.inv(c, low, c, high)[2])


def window_cells(raster: Raster, radius: Quantity) -> tuple[int, int]:
    """Return a radius in whole cells of a raster, down the rows and along them.

    Parameters
    ----------
    raster : Raster
    radius : Quantity
        A number of cells (without a unit), or a length; in degrees its width holds in the middle
        row.

    Returns
    -------
    (int, int)
        At least 1 each.
    """
    if not radius.unit:
        return int(radius.value), int(radius.value)
    width, height = cell_meters(raster)
    meters = radius.to("m")
    middle = float(width[len(width) // 2])
    return max(1, round(meters / height)), max(1, round(meters / middle))


def focal_mean(values: NDArray[np.float64], reach: tuple[int, int]) -> NDArray[np.float64]:
    """Mean of the cells around each cell, itself among them.

    Parameters
    ----------
    values : float64 array, shape (rows, columns)
        nan where there is no data.
    reach : (int, int)
        How many cells the window reaches in each direction, along rows and columns.

    Returns
    -------
    float64 array, shape (rows, columns)
        nan where the whole window is without data, or beyond the raster.
    """
    known = np.isfinite(values)
    if not known.any():
        return values
    middle, low, high = (float(f(values[known])) for f in (np.mean, np.min, np.max))
    size = (2 * reach[0] + 1, 2 * reach[1] + 1)
    sums = ndimage.uniform_filter(np.where(known, values - middle, 0.0), size, mode="constant")
    share = ndimage.uniform_filter(known.astype(np.float64), size, mode="constant")
    some = share > 0.5 / (size[0] * size[1])  # less than one cell is rounding
    means = np.clip(middle + sums / np.where(some, share, 1.0), low, high)
    return np.where(some, means, np.nan)


def terrain(heights: Raster) -> dict[str, NDArray[np.float64]]:
    """Slope, exposition, position and ruggedness of heights in meters.

    Missing neighbors, and those beyond the edge, count as being as high as the cell itself.

    Parameters
    ----------
    heights : Raster

    Returns
    -------
    dict of str to float64 array, shape (rows, columns)
        slope: degrees, from the weighted differences of Horn (1981, Proc. IEEE 69:14-47).
        northness, eastness: sine of the slope times cosine or sine of the aspect, the direction in
        which the ground falls, clockwise from north (Amatulli and others 2018, Sci. Data 5:180040;
        from memory, not verified); 0 on the flat. position: height above the mean of the eight
        neighbors, m (Wilson and others 2007, Mar. Geod. 30:3-35). ruggedness: root of the summed
        squared differences from them, m (Riley and others 1999, Intermt. J. Sci. 5:23-27). nan
        where there is no data.
    """
    center = heights.values
    north, east = _falls(heights)
    gradient = np.hypot(north, east)
    run = np.hypot(1.0, gradient)
    differences = np.stack(list(_differences(center)))
    found = {
        "slope": np.degrees(np.arctan(gradient)),
        "northness": north / run,
        "eastness": east / run,
        "position": -differences.mean(axis=0),
        "ruggedness": np.sqrt((differences**2).sum(axis=0)),
    }
    missing = ~np.isfinite(center)
    return {name: np.where(missing, np.nan, found[name]) for name in TERRAIN}


_AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


def _differences(center: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Height of each of the eight neighbors above the cell, in the order of `_AROUND`."""
    rows, columns = center.shape
    padded = np.pad(center, 1, constant_values=np.nan)
    for down, along in _AROUND:
        beside = padded[1 + down : 1 + down + rows, 1 + along : 1 + along + columns]
        yield np.where(np.isfinite(beside), beside - center, 0.0)


def _falls(heights: Raster) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far the ground falls to the north and to the east, m per m."""
    nw, n, ne, w, e, sw, s, se = _differences(heights.values)
    width, height = cell_meters(heights)
    a, _, _, _, d, _ = heights.transform
    along = ((ne + 2 * e + se) - (nw + 2 * w + sw)) / (8.0 * width[:, None])
    down = ((sw + 2 * s + se) - (nw + 2 * n + ne)) / (8.0 * height)
    return (down if d < 0 else -down), (-along if a > 0 else along)
