"""Ranges of the arguments of soil functions, and the message when a value lies outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def inside(
    name: str, values: ArrayLike, low: float, high: float, unit: str, *, above: bool = False
) -> NDArray[np.float64]:
    """Return values as float64, or say which one lies outside its range.

    Parameters
    ----------
    name : str
        Name of the argument.
    values : array_like
    low, high : float
        Both belong to the range; infinity never does.
    unit : str
    above : bool
        `low` itself does not belong to the range.

    Returns
    -------
    float64 array

    Raises
    ------
    ValueError
        If a value is not finite or outside its range; the message names value and range.
    """
    array = np.asarray(values, dtype=np.float64)
    small = array <= high if np.isfinite(high) else array < high
    good = (array > low if above else array >= low) & small
    if not good.all():
        first = float(array[~good].flat[0])
        count = int((~good).sum())
        start = f"above {low:g} and up to" if above else f"from {low:g} to"
        raise ValueError(
            f"{name}: {first:g} lies outside its range, {start} {high:g} {unit}"
            + (f" ({count} values do)" if count > 1 else "")
        )
    return array


def sand_and_clay(
    sand_percent: ArrayLike, clay_percent: ArrayLike, most_clay: float = 100.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return sand and clay in % by mass, broadcast, together never above 100.

    Raises
    ------
    ValueError
        If a value or a sum lies outside its range.
    """
    sand, clay = np.broadcast_arrays(
        inside("sand_percent", sand_percent, 0.0, 100.0, "%"),
        inside("clay_percent", clay_percent, 0.0, most_clay, "%"),
    )
    inside("sand_percent + clay_percent", np.round(sand + clay, 9), 0.0, 100.0, "%")
    return sand, clay
