"""Focal means and terrain against brute force and planes of known slope."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edaphon.config.quantity import Quantity
from edaphon.data.derived import cell_meters, focal_mean, terrain, window_cells
from edaphon.data.rasters import Raster

METERS = (100.0, 0.0, 4_400_000.0, 0.0, -100.0, 2_700_000.0)
DEGREES = (0.01, 0.0, 21.0, 0.0, -0.01, 42.0)


def raster(values, transform=METERS, crs="EPSG:3035"):
    return Raster(np.asarray(values, dtype=np.float64), transform, crs, Path("a.tif"))


def brute_force(values, reach):
    found = np.full(values.shape, np.nan)
    for r, c in np.ndindex(values.shape):
        rows = slice(max(0, r - reach[0]), r + reach[0] + 1)
        columns = slice(max(0, c - reach[1]), c + reach[1] + 1)
        window = values[rows, columns]
        if np.isfinite(window).any():
            found[r, c] = np.nanmean(window)
    return found


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 4), st.floats(0, 0.95))
def test_focal_means_equal_brute_force(seed, down, along, holes):
    rng = np.random.default_rng(seed)
    values = rng.normal(1000.0, 10.0, (rng.integers(1, 9), rng.integers(1, 9)))
    values[rng.random(values.shape) < holes] = np.nan
    np.testing.assert_allclose(
        focal_mean(values, (down, along)), brute_force(values, (down, along)), rtol=1e-9
    )


def test_focal_means_stay_within_the_values():
    values = np.where(np.random.default_rng(3).random((60, 60)) < 0.2, 1e9, 0.0)
    found = focal_mean(values, (3, 3))
    assert found.min() >= 0
    assert found.max() <= 1e9


def test_a_plane_has_its_slope_and_exposition():
    row, column = np.mgrid[:6, :7]
    falls_to_the_south = terrain(raster(500.0 - 20.0 * row))
    inner = (slice(1, -1), slice(1, -1))
    np.testing.assert_allclose(falls_to_the_south["slope"][inner], np.degrees(np.arctan(0.2)))
    np.testing.assert_allclose(falls_to_the_south["northness"][inner], -np.sin(np.arctan(0.2)))
    np.testing.assert_allclose(falls_to_the_south["eastness"][inner], 0, atol=1e-12)
    falls_to_the_east = terrain(raster(500.0 - 100.0 * column))
    np.testing.assert_allclose(falls_to_the_east["slope"][inner], 45.0)
    np.testing.assert_allclose(falls_to_the_east["eastness"][inner], np.sqrt(0.5))
    np.testing.assert_allclose(falls_to_the_east["position"][inner], 0, atol=1e-9)


def test_a_raster_upside_down_or_mirrored_faces_the_same_way():
    heights = np.random.default_rng(1).normal(500, 30, (8, 9))
    plain = terrain(raster(heights))
    a, _, c, _, e, f = METERS
    turned = terrain(raster(heights[::-1, ::-1], (-a, 0, c + 9 * a, 0, -e, f + 8 * e)))
    for name, values in plain.items():
        np.testing.assert_allclose(turned[name][::-1, ::-1], values, atol=1e-9)


def test_a_peak_stands_above_its_neighbors():
    heights = np.zeros((3, 3))
    heights[1, 1] = 80.0
    found = terrain(raster(heights))
    assert found["position"][1, 1] == 80
    assert found["ruggedness"][1, 1] == pytest.approx(80 * np.sqrt(8))
    assert found["slope"][1, 1] == 0
    assert found["northness"][1, 1] == 0


def test_cells_without_data_have_no_terrain_and_bend_none():
    heights = np.full((5, 5), 300.0)
    heights[2, 2] = np.nan
    found = terrain(raster(heights))
    assert np.isnan(found["slope"][2, 2])
    assert np.nanmax(np.abs(np.stack(list(found.values())))) == 0


def test_cells_in_degrees_are_narrower_than_high():
    width, height = cell_meters(raster(np.zeros((100, 3)), DEGREES, "EPSG:4326"))
    assert height == pytest.approx(1110.7, abs=1.0)
    expected = 1113.2 * np.cos(np.radians(42 - 0.01 * (np.arange(100) + 0.5)))
    np.testing.assert_allclose(width, expected, rtol=4e-3)
    feet = raster(np.zeros((2, 2)), METERS, "EPSG:2229")
    assert cell_meters(feet)[1] == pytest.approx(100 * 0.3048006)


def test_a_slope_in_degrees_is_that_in_meters():
    ground = raster(np.zeros((3, 3)), DEGREES, "EPSG:4326")
    width, _ = cell_meters(ground)
    heights = -0.1 * width[:, None] * np.arange(3)[None, :]
    found = terrain(raster(heights, DEGREES, "EPSG:4326"))
    assert found["slope"][1, 1] == pytest.approx(np.degrees(np.arctan(0.1)), rel=1e-3)
    assert found["eastness"][1, 1] > 0


def test_a_length_becomes_cells_of_both_sides():
    ground = raster(np.zeros((100, 100)), DEGREES, "EPSG:4326")
    assert window_cells(ground, Quantity(3.0)) == (3, 3)
    assert window_cells(ground, Quantity(5.0, "km")) == (5, 6)
    assert window_cells(ground, Quantity(1.0, "m")) == (1, 1)
