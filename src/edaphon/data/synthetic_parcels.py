"""Parcels of a synthetic valley: blocks between lanes, cut into parcels, bent along a river.

Everything is laid out in valley coordinates first: s runs along the river, t across it (left bank
positive), both in m. `to_map` bends them into map coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

ORIGIN = (588_400.0, 345_600.0)
"""Where the river enters, EPSG:3416: hill country near Feldbach, Styria, about 47.0 N 15.8 E."""

LEAST_HA = 1.0
"""Smaller pieces are left out (hedges, yards); also the parcels' lower bound."""

LARGEST_HA = 9.5
ROAD_M = 300.0
"""Distance of the valley road from the river."""

_RIVER_HALF, _ROAD_HALF, _LANE_HALF = 13.0, 6.5, 2.5


@dataclass(frozen=True)
class Terrain:
    """Shape of the valley.

    Attributes
    ----------
    length_m, width_m : float
        Along the river, and mean distance from the river to the edge.
    phase : float64 array, shape (6,)
        Phases of the bends, in radians.
    """

    length_m: float
    width_m: float
    phase: NDArray[np.float64]

    def heading(self, s: ArrayLike) -> NDArray[np.float64]:
        """Direction of the valley at s, radians counterclockwise from east."""
        u = np.asarray(s, dtype=np.float64) / self.length_m
        return np.asarray(
            -0.55
            + 0.38 * np.sin(2 * np.pi * 0.85 * u + self.phase[0])
            + 0.14 * np.sin(2 * np.pi * 1.9 * u + self.phase[1])
        )

    def half_width(self, s: ArrayLike) -> NDArray[np.float64]:
        """Distance from the river to the valley's edge at s, m."""
        u = np.asarray(s, dtype=np.float64) / self.length_m
        wave = 0.13 * np.sin(2 * np.pi * 1.3 * u + self.phase[2])
        ripple = 0.05 * np.sin(2 * np.pi * 6.1 * u + self.phase[3])
        narrow = 0.35 * np.exp(-u / 0.07) + 0.30 * np.exp(-(1 - u) / 0.07)
        return np.asarray(self.width_m * (1.0 + wave + ripple - narrow))

    def to_map(self, s: ArrayLike, t: ArrayLike) -> NDArray[np.float64]:
        """Map coordinates, shape (..., 2), rounded to 1 cm."""
        s, t = np.broadcast_arrays(np.asarray(s, dtype=float), np.asarray(t, dtype=float))
        meander = 65.0 * np.sin(2 * np.pi * s / 1150.0 + self.phase[4])
        across = t + meander * np.exp(-((t / 480.0) ** 2))
        along = s + 45.0 * np.sin(2 * np.pi * t / 1500.0 + self.phase[5])
        grid = np.arange(-200.0, self.length_m + 201.0, 4.0)
        angle = self.heading(grid)
        x = np.concatenate([[0.0], np.cumsum(np.cos(angle[:-1]) * 4.0)])
        y = np.concatenate([[0.0], np.cumsum(np.sin(angle[:-1]) * 4.0)])
        here = self.heading(along)
        east = ORIGIN[0] + np.interp(along, grid, x) - across * np.sin(here)
        north = ORIGIN[1] + np.interp(along, grid, y) + across * np.cos(here)
        return np.round(np.stack([east, north], axis=-1), 2)


@dataclass(frozen=True)
class Parcels:
    """Parcels and where they lie.

    Attributes
    ----------
    geometry : array of polygons, shape (n_units,)
        EPSG:3416; they do not overlap.
    s, t : float64 arrays, shape (n_units,)
        Center in valley coordinates, m.
    village_m : float64 array, shape (n_units,)
        Distance to the nearest village, m.
    river : LineString
    terrain : Terrain
    """

    geometry: NDArray[np.object_]
    s: NDArray[np.float64]
    t: NDArray[np.float64]
    village_m: NDArray[np.float64]
    river: shapely.LineString
    terrain: Terrain


def make_parcels(n_units: int, rng: np.random.Generator) -> Parcels:
    """Lay out exactly `n_units` parcels of 1 to 10 ha along a river.

    Blocks lie between lanes 5 m wide, the road 13 m, the river 26 m; each block is cut by the
    Voronoi cells of jittered rows of points. Parcels beyond the wanted number, those nearest to
    three village centers, make room for the villages.

    Parameters
    ----------
    n_units : int
    rng : numpy Generator

    Returns
    -------
    Parcels
        In order along the river.
    """
    scale = np.sqrt(n_units / 600.0)
    terrain = Terrain(8300.0 * scale, 1370.0 * scale, rng.uniform(0, 2 * np.pi, 6))
    seed = int(rng.integers(2**32))
    size = 1.0
    cells, bent = _cut(terrain, size, np.random.default_rng(seed))
    while len(cells) < 1.04 * n_units + 2:
        size *= 0.95
        cells, bent = _cut(terrain, size, np.random.default_rng(seed))
    center = shapely.get_coordinates(shapely.centroid(cells))
    villages = np.array([[u * terrain.length_m, ROAD_M] for u in (0.17, 0.52, 0.84)])
    distance = np.hypot(*(center[:, None, :] - villages).transpose(2, 0, 1))
    village_m = (distance / np.array([0.8, 1.15, 1.0])).min(axis=1)
    kept = np.sort(np.argsort(-village_m, kind="stable")[:n_units])
    along = np.arange(-150.0, terrain.length_m + 150.0, 25.0)
    return Parcels(
        geometry=shapely.normalize(bent[kept]),
        s=center[kept, 0],
        t=center[kept, 1],
        village_m=village_m[kept],
        river=shapely.LineString(terrain.to_map(along, 0.0)),
        terrain=terrain,
    )


def _cut(terrain: Terrain, size: float, rng: np.random.Generator) -> NDArray[np.object_]:
    """Return all parcels in valley coordinates (row 0) and on the map (row 1), along the river."""
    blocks = _blocks(terrain, rng)
    cells = np.array([cell for block in blocks for cell in _split(block, size, rng)], dtype=object)
    bent = shapely.transform(cells, lambda c: terrain.to_map(c[:, 0], c[:, 1]))
    area_ha = shapely.area(bent) / 1e4
    good = (area_ha >= LEAST_HA) & (area_ha <= LARGEST_HA)
    return np.stack([cells[good], bent[good]])


def _blocks(terrain: Terrain, rng: np.random.Generator) -> list[shapely.Polygon]:
    """Return the blocks between lanes, shrunk by half of each lane, in valley coordinates."""
    s_edge = np.linspace(0.0, terrain.length_m, int(terrain.length_m / 40) + 2)
    half = terrain.half_width(s_edge)
    ring = np.concatenate([np.c_[s_edge, half], np.c_[s_edge, -half][::-1]])
    outline = shapely.Polygon(ring)
    cuts = _cuts(0.0, terrain.length_m, 380.0, 640.0, rng)
    blocks: list[shapely.Polygon] = []
    for left, right in pairwise(cuts):
        top = 1.25 * terrain.width_m
        for side in (-1.0, 1.0):
            start = ROAD_M if side > 0 else rng.uniform(220.0, 380.0)
            lanes = np.concatenate([[0.0], _cuts(start, max(top, start + 1), 260.0, 430.0, rng)])
            for near, far in pairwise(lanes):
                low, high = _shrunk(near, far, side)
                box = shapely.box(left + _LANE_HALF, low, right - _LANE_HALF, high)
                block = _largest(shapely.intersection(box, outline))
                if block.area > LEAST_HA * 1e4:
                    blocks.append(block)
    return blocks


def _cuts(
    start: float, end: float, low: float, high: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return irregular cuts from `start` to at least `end`."""
    count = int((end - start) / low) + 2
    cuts = start + np.concatenate([[0.0], np.cumsum(rng.uniform(low, high, count))])
    return cuts[: int(np.searchsorted(cuts, end)) + 1]


def _shrunk(near: float, far: float, side: float) -> tuple[float, float]:
    """Return lower and upper t of a block inside its river bank, road and lanes."""

    def half(edge: float) -> float:
        if edge == 0.0:
            return _RIVER_HALF
        return _ROAD_HALF if side > 0 and edge == ROAD_M else _LANE_HALF

    first, second = side * (near + half(near)), side * (far - half(far))
    return min(first, second), max(first, second)


def _split(block: shapely.Polygon, size: float, rng: np.random.Generator) -> list[shapely.Polygon]:
    """Cut one block into parcels: Voronoi cells of one or two jittered rows of points."""
    s_low, t_low, s_high, t_high = block.bounds
    middle = abs(t_low + t_high) / 2
    mean_ha = size * (3.9 if middle < 750.0 else 2.9) * np.exp(rng.normal(0.0, 0.28))
    count = int(np.clip(round(block.area / 1e4 / mean_ha), 1, 12))
    rows = 2 if count >= 5 else 1
    across = bool(rng.random() < 0.6)
    u, v = _rows(count, rows, rng)
    if across:
        u, v = v, u
    points = np.c_[s_low + u * (s_high - s_low), t_low + v * (t_high - t_low)]
    if count == 1:
        cells = [block]
    else:
        voronoi = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=block)
        pieces = shapely.intersection(np.array(voronoi.geoms, dtype=object), block)
        cells = [_largest(piece) for piece in pieces]
    kept = [shapely.segmentize(cell, 45.0) for cell in cells if not cell.is_empty]
    return sorted(kept, key=lambda c: (round(c.centroid.x, 3), round(c.centroid.y, 3)))


def _rows(
    count: int, rows: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return jittered points of the unit square in rows, as position across and along them."""
    first = (count + 1) // 2 if rows == 2 else count
    across, along = [], []
    for row, n in enumerate((first, count - first)[:rows]):
        across.append((row + 0.5 + rng.uniform(-0.05, 0.05, n)) / rows)
        along.append((np.arange(n) + 0.5 + rng.uniform(-0.24, 0.24, n)) / n)
    return np.concatenate(across), np.concatenate(along)


def _largest(shape: shapely.Geometry) -> shapely.Polygon:
    """Return the largest polygon of a shape; an empty one if there is none."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return max(parts, key=lambda part: part.area, default=shapely.Polygon())
