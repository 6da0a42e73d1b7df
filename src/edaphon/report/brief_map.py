"""The map of the brief: colors with a pattern each, so that a gray print still tells them apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from edaphon.report.map import RasterMap, grid_map, raster_of_shapes
from edaphon.report.palette import intervention_colors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edaphon.data.landscape import Landscape

_Pixels: TypeAlias = NDArray[np.intp]
_Drawn: TypeAlias = NDArray[np.bool_]

_SIDE = 1400
"""Pixels of the longer side, 200 to the inch on paper."""
_PERIOD = 14
"""Pixels after which a pattern comes again: nearly 2 mm on paper."""
_THICK = 3
_DARKER = 0.35
"""What is left of a color's light on the lines of its pattern."""
_OUTLINED = 5_000
"""Units up to which their outlines are drawn."""


def id_raster(landscape: Landscape) -> RasterMap | None:
    """Return the units as a raster of at most 1,400 cells a side; None without geometry."""
    geographic = landscape.crs is not None and CRS.from_user_input(landscape.crs).is_geographic
    if landscape.grid is not None:
        drawn = grid_map(landscape.grid, geographic)
    elif landscape.geometry is not None:
        drawn = raster_of_shapes(np.asarray(landscape.geometry, dtype=object), geographic)
    else:
        return None
    step = -(-max(drawn.units.shape) // _SIDE)
    return RasterMap(drawn.units[::step, ::step], drawn.aspect, drawn.meters)


def plan_image(
    drawn: RasterMap, allocation: NDArray[np.integer], names: Sequence[str]
) -> NDArray[np.uint8]:
    """Return a picture of a portfolio, shape (rows, columns, 3).

    Every cell is blown up to square pixels, up to 1,400 a side; white is outside the landscape.

    Parameters
    ----------
    drawn : RasterMap
        From `id_raster`.
    allocation : int array, shape (n_units,)
    names : sequence of str
        Of the interventions.
    """
    rows, columns = drawn.units.shape
    high, wide = rows * drawn.aspect, float(columns)
    scale = _SIDE / max(high, wide)
    row = np.minimum(
        (np.arange(round(high * scale)) / (scale * drawn.aspect)).astype(int), rows - 1
    )
    column = np.minimum((np.arange(round(wide * scale)) / scale).astype(int), columns - 1)
    units = drawn.units[np.ix_(row, column)]
    option = np.where(units < 0, -1, np.asarray(allocation, dtype=np.intp)[units])
    image = textured(option, names)
    if len(allocation) <= _OUTLINED:
        edge = np.zeros(units.shape, dtype=bool)
        edge[:, 1:] |= units[:, 1:] != units[:, :-1]
        edge[1:] |= units[1:] != units[:-1]
        image[edge] = 255
    return image


def textured(option: NDArray[np.intp], names: Sequence[str]) -> NDArray[np.uint8]:
    """Return a picture of options, each in its color with its pattern, shape (rows, columns, 3).

    Parameters
    ----------
    option : int array, shape (rows, columns)
        Position of the intervention, -1 for none; the baseline has no pattern.
    names : sequence of str
        Of the interventions, the baseline first.
    """
    wheel = intervention_colors(names)
    colors = np.array([[int(c[at : at + 2], 16) for at in (1, 3, 5)] for c in wheel] + [[255] * 3])
    grid = np.indices(option.shape)
    image: NDArray[np.float64] = colors[option].astype(np.float64)
    for a in range(1, len(names)):
        image[(option == a) & _lines(a - 1, grid[1], grid[0])] *= _DARKER
    return image.astype(np.uint8)


def _lines(number: int, x: _Pixels, y: _Pixels) -> _Drawn:
    """Return where the lines of a pattern run: one of each kind, then the same farther apart."""
    turn, kind = divmod(number, len(_KINDS))
    period = _PERIOD * (1 + turn)
    return _KINDS[kind](x % period, y % period, period)


def _rising(x: _Pixels, y: _Pixels, period: int) -> _Drawn:
    return (x + y) % period < _THICK


def _falling(x: _Pixels, y: _Pixels, period: int) -> _Drawn:
    return (x - y) % period < _THICK


_KINDS: tuple[Callable[[_Pixels, _Pixels, int], _Drawn], ...] = (
    _rising,
    lambda x, y, _: (x < 2 * _THICK) & (y < 2 * _THICK),  # dots
    _falling,
    lambda _, y, __: y < _THICK,
    lambda x, _, __: x < _THICK,
    lambda x, y, period: _rising(x, y, period) | _falling(x, y, period),
)
"""Patterns by the position of the intervention: those that differ most come first."""
