"""A small landscape on disk, and configs that describe it."""

import geopandas
import numpy as np
import pytest
import rasterio
import shapely

from edaphon.config.reader import config_from_mapping

CRS = "EPSG:3035"
X0, Y0 = 4_400_000.0, 2_700_000.0
SIDE = 100.0


def merge(base, changes):
    """Merge nested mappings; None removes a key."""
    merged = dict(base)
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = value
    return merged


@pytest.fixture
def make_config(tmp_path):
    """Build a config whose paths start in tmp_path, from a small base and changes to it."""

    def build(folder=None, **changes):
        base = {
            "name": "test",
            "landscape": {"file": "units.gpkg", "id": "unit_id"},
            "predictors": {"columns": ["clay_pct"]},
            "surrogates": {"soc": {"samples": "soil.csv", "response": "soc_pct", "unit": "%"}},
            "interventions": {"use": ["cover_crop"]},
            "objectives": {"cost": {"minimize": "cost"}},
        }
        return config_from_mapping(merge(base, changes), folder or tmp_path)

    return build


@pytest.fixture
def units():
    """A 4 x 3 checker of squares of 1 ha, row by row, with attributes."""
    column, row = np.meshgrid(np.arange(4), np.arange(3))
    x, y = X0 + SIDE * column.ravel(), Y0 + SIDE * row.ravel()
    return geopandas.GeoDataFrame(
        {
            "unit_id": [f"u{k:02d}" for k in range(12)],
            "clay_pct": np.arange(12.0) + 10,
            "land_use": ["arable", "grass"] * 6,
            "town": ["north", "south", "south"] * 4,
        },
        geometry=shapely.box(x, y, x + SIDE, y + SIDE),
        crs=CRS,
    )


@pytest.fixture
def saved(units, tmp_path):
    """The units as a GeoPackage in tmp_path."""
    units.to_file(tmp_path / "units.gpkg", layer="units")
    return tmp_path


@pytest.fixture
def write_raster(tmp_path):
    """Write an array as a GeoTIFF."""

    def write(name, values, transform, crs=CRS, nodata=None):
        values = np.asarray(values)
        path = tmp_path / name
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            height=values.shape[0],
            width=values.shape[1],
            count=1,
            dtype=values.dtype,
            crs=crs,
            transform=rasterio.Affine(*transform),
            nodata=nodata,
        ) as file:
            file.write(values, 1)
        return path

    return write
