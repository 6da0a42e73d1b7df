import numpy as np
import pyproj
import pytest

from edaphon.report.georeference import map_place


def place_of(found, x, y):
    """Longitude and latitude of shares of the map, as the page works them out."""
    u, v = 2 * np.asarray(x) - 1, 2 * np.asarray(y) - 1
    terms = np.stack([u**i * v**j for i, j in found["powers"]])
    return np.array(found["longitude"]) @ terms, np.array(found["latitude"]) @ terms


@pytest.mark.parametrize(
    ("crs", "left", "top", "width", "height", "most"),
    [
        ("EPSG:32633", 500_000, 5_200_000, 8_000, 6_000, 1e-6),  # a valley, UTM
        ("EPSG:3035", 4_000_000, 3_500_000, 1_500_000, 1_500_000, 10.0),  # half of Europe
        ("EPSG:4326", 20.4, 42.3, 2.6, 1.5, 1e-6),
        ("EPSG:31468", 4_400_000, 5_400_000, 60_000, 60_000, 1e-5),  # another datum
    ],
)
def test_places_agree_with_proj(crs, left, top, width, height, most):
    found = map_place(left, top, width, height, crs)
    rng = np.random.default_rng(3)
    x, y = rng.random((2, 400))
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(left + x * width, top - y * height)
    east, north = place_of(found, x, y)
    _, _, off = pyproj.Geod(ellps="WGS84").inv(longitude, latitude, east, north)
    assert off.max() <= 1.05 * found["error_m"] + 1e-6
    assert found["error_m"] <= most


def test_no_crs_and_no_place_on_the_globe():
    assert map_place(0, 1, 1, 1, None) is None
    assert map_place(-3e7, 3e7, 6e7, 6e7, "EPSG:3035") is None
