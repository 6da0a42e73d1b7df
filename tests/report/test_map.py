import numpy as np
import pytest
import shapely
from report_case import make_landscape

from edaphon.data.landscape import Grid
from edaphon.report.map import (
    RasterMap,
    VectorMap,
    grid_map,
    landscape_map,
    raster_of_shapes,
    vector_map,
)
from edaphon.report.regions import region_map


def areas(drawn, n):
    """Area of each shape from its quantized rings: holes turn the other way."""
    starts = np.cumsum(drawn.ring_sizes)[:-1]
    found = np.zeros(n)
    for unit, x, y in zip(
        drawn.ring_units, np.split(drawn.x, starts), np.split(drawn.y, starts), strict=True
    ):
        signed = (x[:-1] * y[1:].astype(float) - x[1:] * y[:-1].astype(float)).sum() / 2
        found[unit] += signed
    return np.abs(found)


def test_quantized_polygons_keep_their_areas_and_holes():
    shapes = shapely.normalize(make_landscape().geometry)
    drawn = vector_map(shapes, geographic=False)
    step = drawn.meters / drawn.width
    assert areas(drawn, len(shapes)) * step**2 == pytest.approx(shapely.area(shapes), rel=0.01)
    assert (drawn.ring_units == 0).sum() == 2
    assert drawn.x.min() == drawn.y.min() == 0
    assert max(drawn.x.max(), drawn.y.max()) == 16384
    assert drawn.width >= drawn.x.max()
    assert drawn.height >= drawn.y.max()


def test_north_is_up():
    drawn = vector_map(np.array([shapely.box(0, 10, 1, 11), shapely.box(0, 0, 1, 1)]), False)
    assert drawn.y[:5].max() < drawn.y[5:].min()


def test_degrees_are_stretched_to_their_ground():
    drawn = vector_map(np.array([shapely.box(20, 59, 21, 61)]), True)
    assert drawn.width / drawn.height == pytest.approx(0.25, rel=0.02)
    assert drawn.meters == pytest.approx(55_800, rel=0.01)


def test_parts_of_other_kinds_are_left_out():
    mixed = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.Point(5, 5)])
    drawn = vector_map(np.array([mixed, shapely.box(2, 2, 6, 6)], dtype=object), False)
    assert drawn.ring_units.tolist() == [0, 1]


def test_a_grid_is_cropped_to_its_units():
    grid = Grid(
        np.array([3, 3, 5], "i4"), np.array([7, 9, 8], "i4"), (50, 40), (30.0, 0, 0, 0, -60.0, 0)
    )
    drawn = grid_map(grid, geographic=False)
    assert drawn.units.tolist() == [[0, -1, 1], [-1, -1, -1], [-1, 2, -1]]
    assert drawn.aspect == pytest.approx(2)
    assert drawn.meters == pytest.approx(90)


def test_many_polygons_become_a_raster_of_their_positions():
    landscape = make_landscape()
    drawn = raster_of_shapes(landscape.geometry, geographic=False)
    cell = drawn.meters / drawn.units.shape[1]
    count = np.bincount(drawn.units[drawn.units >= 0], minlength=landscape.n_units)
    assert count * cell**2 * drawn.aspect == pytest.approx(
        shapely.area(landscape.geometry), rel=0.03
    )
    assert max(drawn.units.shape) == 1400
    assert drawn.units[5, 5] == 0


def test_the_map_follows_the_landscape():
    assert isinstance(landscape_map(make_landscape()), VectorMap)
    assert isinstance(landscape_map(make_landscape(grid=True)), RasterMap)


def test_regions_lie_about_where_their_units_lie():
    landscape = make_landscape()
    regions = region_map(landscape)
    assert regions.names == ("Osterland", "Westerland")
    step_x, _, left, _, step_y, top = regions.transform
    column = ((landscape.longitude - left) / step_x).astype(int)
    row = ((landscape.latitude - top) / step_y).astype(int)
    named = np.array(regions.names)[regions.codes[row, column]]
    assert (named == landscape.region).all()
    assert max(regions.codes.shape) < 130
    assert region_map(make_landscape(region=False)) is None


def test_a_region_of_one_unit_is_a_spot():
    regions = region_map(make_landscape(1, 1))
    assert regions.names == ("Osterland",)
    assert (regions.codes >= 0).any()
