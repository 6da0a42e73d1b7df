"""What was measured in the synthetic valley: soil samples and earthworm counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.synthetic_parcels import Parcels
    from edaphon.data.synthetic_truth import Truth

CRS = "EPSG:3416"
SPECIES = {
    "Aporrectodea caliginosa": 0.42,
    "Allolobophora chlorotica": 0.27,
    "Aporrectodea rosea": 0.21,
    "Lumbricus terrestris": 0.10,
}
"""Earthworm species and their share of the animals."""


def draw_samples(
    units: gpd.GeoDataFrame, parcels: Parcels, truth: Truth, rng: np.random.Generator
) -> pd.DataFrame:
    """Return about 320 soil samples, denser near the villages, one to four in a parcel."""
    n_samples = min(320, 2 * len(units))
    weight = np.exp(-parcels.village_m / 700.0) + 0.06
    order = rng.choice(len(units), size=len(units), replace=False, p=weight / weight.sum())
    unit = np.repeat(order, rng.choice([1, 2, 3, 4], p=[0.45, 0.3, 0.15, 0.1], size=len(units)))
    unit = np.sort(unit[:n_samples])
    n = len(unit)
    within = np.exp(rng.normal(0.0, 0.09, n))
    measured = truth.soc_percent[unit] * within * np.exp(rng.normal(0.0, 0.05, n))
    longitude, latitude = _degrees(_points_inside(units.geometry.to_numpy()[unit], rng))
    return pd.DataFrame(
        {
            "sample_id": [f"S{i:03d}" for i in range(1, n + 1)],
            "longitude": longitude,
            "latitude": latitude,
            "date": _days(rng, n, "2019-03-01", 1700),
            "depth_cm": "0-30",
            "soc_pct": np.round(measured, 2),
            "method": "dry combustion",
            "provider": units["farm_id"].to_numpy()[unit],
        }
    )


def draw_observations(
    units: gpd.GeoDataFrame, truth: Truth, rng: np.random.Generator
) -> pd.DataFrame:
    """Return earthworm counts (hand sorting, 0.25 m2) at about 120 points, by species."""
    n = min(120, len(units))
    unit = np.sort(rng.choice(len(units), size=n, replace=False))
    longitude, latitude = _degrees(_points_inside(units.geometry.to_numpy()[unit], rng))
    share = np.array(list(SPECIES.values())) * np.exp(rng.normal(0.0, 0.5, (n, len(SPECIES))))
    expected = 0.25 * truth.state[unit, :1] * share / share.sum(axis=1, keepdims=True)
    shape = 2.0
    count = rng.poisson(expected * rng.gamma(shape, 1.0 / shape, expected.shape))
    point = np.repeat(np.arange(n), len(SPECIES))
    return pd.DataFrame(
        {
            "point_id": [f"W{i + 1:03d}" for i in point],
            "longitude": longitude[point],
            "latitude": latitude[point],
            "date": _days(rng, n, "2022-03-20", 400)[point],
            "species": np.tile(list(SPECIES), n),
            "count": count.ravel(),
            "area_m2": 0.25,
            "method": "hand sorting, 0-30 cm",
        }
    )


def _points_inside(polygons: NDArray[np.object_], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return one uniform point in each polygon, shape (n, 2), rounded to 1 m."""
    left, low, right, high = shapely.bounds(polygons).T
    points = np.full((len(polygons), 2), np.nan)
    missing = np.arange(len(polygons))
    inner = shapely.buffer(polygons, -2.0)
    while len(missing):
        x = np.round(rng.uniform(left[missing], right[missing]))
        y = np.round(rng.uniform(low[missing], high[missing]))
        inside = shapely.contains_xy(inner[missing], x, y)
        points[missing[inside]] = np.c_[x, y][inside]
        missing = missing[~inside]
    return points


def _degrees(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitude and latitude (WGS 84) to 6 decimals, about 0.1 m."""
    located = gpd.GeoSeries(gpd.points_from_xy(*points.T), crs=CRS).to_crs("EPSG:4326")
    return np.round(located.x.to_numpy(), 6), np.round(located.y.to_numpy(), 6)


def _days(rng: np.random.Generator, n: int, first: str, span: int) -> NDArray[np.str_]:
    """Return n dates of a span of days as ISO text."""
    return np.asarray(np.datetime_as_string(np.datetime64(first) + rng.integers(0, span, n)))
