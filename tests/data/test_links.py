"""Pairs of units within a distance: which they are, and when there would be too many."""

import geopandas
import numpy as np
import pytest
import shapely

from edaphon.data import links
from edaphon.data.links import find_links
from edaphon.data.vector import landscape_from_frame
from edaphon.errors import DataError


def fields(low, side):
    """Square units whose lower left corners lie at `low`, m."""
    low = np.asarray(low, dtype=float) + np.array([4_400_000.0, 2_700_000.0])
    boxes = shapely.box(*low.T, *(low + side).T)
    return landscape_from_frame(geopandas.GeoDataFrame(geometry=boxes, crs="EPSG:3035"))


def test_pairs_are_those_whose_edges_lie_within_the_distance():
    landscape = fields([(0, 0), (100, 0), (250, 0), (1000, 0)], 100.0)
    first, second, gap = find_links(landscape, 60.0, "space.distance")
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == [(0, 1), (1, 2)]
    assert gap == pytest.approx([0.0, 50.0], abs=0.1)


def test_scattered_fields_count_by_what_they_reach_not_by_their_area(monkeypatch):
    # 400 fields of 1 m2 at 1 km: by area nearly all pairs would lie within 1.2 km of each other
    corners = 1000.0 * np.stack(np.divmod(np.arange(400), 20), axis=1)
    monkeypatch.setattr(links, "MOST", 1000)
    first, _, _ = find_links(fields(corners, 1.0), 1200.0, "space.distance")
    assert len(first) == 2 * 20 * 19
    with pytest.raises(DataError, match=r"5,000 m reach across some .* pairs") as error:
        find_links(fields(corners, 1.0), 5000.0, "space.distance")
    assert "for at most 1,000 pairs" in error.value.findings[0].hint
