import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from edaphon.data.geometry import (
    cell_areas_ha,
    cell_polygons,
    centered_projection,
    crs_text,
    find_neighbours,
    find_overlaps,
    geodesic_areas_ha,
    grid_neighbours,
    local_projection,
    representative_points,
    same_crs,
    transform_points,
    unknown_crs,
)
from edaphon.data.landscape import Grid
from edaphon.data.landscape_reader import read_landscape

FRENCH = "farm_parcels/fr_rpg_193_parcels.gpkg"
GEOD = pyproj.Geod(ellps="WGS84")


def squares(*corners, side=100.0):
    x, y = np.array(corners, dtype=float).T
    return shapely.box(x, y, x + side, y + side)


def neighbours(geometry, distance, crs="EPSG:32633"):
    lon, lat = representative_points(geometry, crs)
    return find_neighbours(geometry, crs, distance, centered_projection(lon, lat))


def test_areas_agree_with_the_geodesic_of_each_polygon_with_holes_and_parts():
    hole = shapely.Polygon(
        [(15, 47), (15.01, 47), (15.01, 47.01), (15, 47.01)],
        [[(15.002, 47.002), (15.002, 47.004), (15.004, 47.004)]],
    )
    part = shapely.Polygon([(15.02, 47), (15.03, 47), (15.03, 47.02)])
    both = shapely.MultiPolygon([hole, part])
    expected = [
        abs(GEOD.geometry_area_perimeter(shapely.geometry.polygon.orient(one))[0]) / 1e4
        for one in (hole, part)
    ]
    areas = geodesic_areas_ha(np.array([hole, part, both, hole.reverse()]), "EPSG:4326")
    np.testing.assert_allclose(areas, [*expected, sum(expected), expected[0]], rtol=1e-12)


def test_area_does_not_depend_on_the_crs():
    box = np.array([shapely.box(15.0, 47.0, 15.002, 47.001)])
    x, y = transform_points(
        [15.0, 15.002, 15.002, 15.0], [47, 47, 47.001, 47.001], "EPSG:4326", "EPSG:3035"
    )
    moved = np.array([shapely.Polygon(np.column_stack([x, y]))])
    assert geodesic_areas_ha(moved, "EPSG:3035") == pytest.approx(
        geodesic_areas_ha(box, "EPSG:4326"), rel=1e-9
    )


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (0.0, {(0, 1): 100.0, (1, 2): 50.0}),
        (10.0, {(0, 1): 120.0, (1, 2): 70.0, (0, 2): None}),
    ],
)
def test_boundary_lengths_of_squares(distance, expected):
    """0 and 1 share an edge, 2 sits half beside 1 (a T junction) and touches 0 in a corner."""
    geometry = squares((5e5, 5e6), (5e5 + 100, 5e6), (5e5 + 150, 5e6 + 100))
    geometry[2] = shapely.box(5e5 + 150, 5e6 + 100, 5e5 + 250, 5e6 + 200)
    found = neighbours(geometry, distance)
    lengths = dict(
        zip(
            zip(found.first.tolist(), found.second.tolist(), strict=True),
            found.length_m,
            strict=True,
        )
    )
    expected = {pair: length for pair, length in expected.items() if length}
    assert lengths.keys() == expected.keys()
    for pair, length in expected.items():
        assert lengths[pair] == pytest.approx(length, rel=2e-3)


def test_a_lane_separates_exact_neighbours_only():
    geometry = squares((5e5, 5e6), (5e5 + 108, 5e6))
    assert len(neighbours(geometry, 0).first) == 0
    assert len(neighbours(geometry, 5).first) == 0
    found = neighbours(geometry, 10)
    # each long edge, and 2 x 2 m around its ends, lie within 10 m of the other unit
    ends = 2 * (np.sqrt(10**2 - 0) - 8)
    assert found.length_m[0] == pytest.approx(100 + ends, rel=5e-3)


def test_corner_touch_is_no_exact_neighbour():
    assert len(neighbours(squares((5e5, 5e6), (5e5 + 100, 5e6 + 100)), 0).first) == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, unique=True))
def test_exact_neighbours_of_cells_are_those_of_the_grid(cells):
    row, column = np.array(cells, dtype=np.int32).T
    grid = Grid(row, column, (6, 6), (100.0, 0.0, 5e5, 0.0, -100.0, 5e6))
    one = grid_neighbours(grid, "EPSG:32633")
    two = neighbours(cell_polygons(grid, row, column), 0)
    np.testing.assert_array_equal(one.first, two.first)
    np.testing.assert_array_equal(one.second, two.second)
    np.testing.assert_allclose(one.length_m, two.length_m, rtol=1e-3)


def test_overlaps_and_containment():
    geometry = np.array(
        [shapely.box(0, 0, 10, 10), shapely.box(9, 0, 19, 10), shapely.box(1, 1, 2, 2),
         shapely.box(10, 10, 12, 12)]
    )  # fmt: skip
    first, second, share = find_overlaps(geometry)
    assert list(zip(first, second, strict=True)) == [(0, 1), (0, 2)]
    np.testing.assert_allclose(share, [0.1, 1.0])


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32633", "EPSG:3035", "EPSG:2154"])
def test_cell_areas_are_geodesic(crs):
    x, y = transform_points([14.0], [46.0], "EPSG:4326", crs)
    pitch = 0.01 if crs == "EPSG:4326" else 500.0
    row, column = (axis.ravel().astype(np.int32) for axis in np.indices((4, 5)))
    grid = Grid(row, column, (4, 5), (pitch, 0.0, float(x[0]), 0.0, -pitch, float(y[0])))
    exact = geodesic_areas_ha(cell_polygons(grid, row, column), crs)
    np.testing.assert_allclose(cell_areas_ha(grid, crs), exact, rtol=1e-6)


def test_projection_across_the_date_line_and_names():
    assert "+lon_0=180.00" in centered_projection([179.0, -179.0], [10.0, 10.0]).replace(
        "-180", "180"
    )
    assert crs_text("+proj=longlat +datum=WGS84 +no_defs").startswith(("EPSG:4326", "GEOGCRS"))
    assert same_crs("EPSG:4326", "OGC:CRS84")


@pytest.mark.parametrize(("distance", "pairs"), [(0, 88), (5, 198), (10, 293), (20, 354)])
def test_french_parcels(real_data, distance, pairs):
    """Counts of the data set's README, found there by other means."""
    landscape = read_landscape(real_data / FRENCH, neighbour_distance_m=distance)
    found = landscape.neighbours
    assert (found.length_m > 0.1).sum() == len(found.first) == pairs
    assert (found.first < found.second).all()
    assert landscape.n_units == 193
    assert landscape.area_ha.sum() == pytest.approx(627, rel=0.005)
    (note,) = landscape.findings
    assert note.severity == "note"
    assert "in 4 pairs, 24.2 m2 together (the largest 11.6 m2)" in note.what
    assert "+lat_0=45." in local_projection(landscape)


def test_a_crs_needs_places_on_a_map_and_may_have_heights_besides():
    assert unknown_crs("crs", "EPSG:7405") is None
    assert unknown_crs("crs", "EPSG:4979") is None
    for height_or_center in ("EPSG:5773", "EPSG:4978"):
        assert "no longitude or easting" in unknown_crs("crs", height_or_center).what
