"""Ways between units as a config asks for them."""

import numpy as np
import pandas as pd
import pytest
import shapely

from edaphon.config.reader import config_from_mapping
from edaphon.data import links
from edaphon.data.geometry import find_neighbours
from edaphon.data.landscape import Landscape
from edaphon.problem.ways import network_of

CRS = "EPSG:32633"
X = np.array([0.0, 100.0, 250.0, 500.0])


def landscape(geometry=True):
    """Four fields of 1 ha in a row: two touch, then gaps of 50 m and 150 m."""
    boxes = np.asarray(shapely.box(500_000 + X, 5_200_000, 500_100 + X, 5_200_100), dtype=object)
    return Landscape(
        ids=np.array(list("abcd")),
        area_ha=np.ones(4),
        attributes=pd.DataFrame(index=range(4)),
        latitude=np.full(4, 46.95),
        longitude=15.0 + X / 76_000,
        geometry=boxes if geometry else None,
        crs=CRS if geometry else None,
        neighbours=find_neighbours(boxes, CRS, 10.0, CRS),
    )


def config(space, **objectives):
    return config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "interventions": {"use": ["compost"]},
            "objectives": {
                "linked": {"maximize": "connectivity"}, "cost": {"minimize": "cost"}
            }
            | objectives,
            "space": space,
        }
    )  # fmt: skip


def test_half_of_the_dispersers_cover_the_distance():
    made = network_of(config({"connectivity": "pc", "distance": "50 m"}), landscape(), [])
    pairs = dict(zip(zip(made.first, made.second, strict=True), made.probability, strict=True))
    assert set(pairs) == {(0, 1), (0, 2), (1, 2), (2, 3)}
    assert pairs[0, 1] == 1.0
    assert pairs[1, 2] == pytest.approx(0.5, rel=1e-3)
    assert pairs[0, 2] == pytest.approx(0.125, rel=1e-3)
    assert pairs[2, 3] == pytest.approx(0.125, rel=1e-3)


def test_the_integral_index_links_what_lies_within_the_distance():
    made = network_of(config({"connectivity": "iic", "distance": "60 m"}), landscape(), [])
    assert list(zip(made.first, made.second, strict=True)) == [(0, 1), (1, 2)]
    assert (made.probability == 1.0).tolist() == [True, False]


def test_with_distance_0_only_neighbors_have_ways():
    made = network_of(config({"connectivity": "pc", "distance": "0 m"}), landscape(), [])
    assert list(zip(made.first, made.second, strict=True)) == [(0, 1)]
    assert made.probability.tolist() == [1.0]


def test_what_is_missing_is_told():
    faults = []
    assert network_of(config({"connectivity": "pc"}), landscape(), faults) is None
    assert faults[0].where == "config: space.distance"
    asked = config({"connectivity": "pc", "distance": "50 m"})
    network_of(asked, landscape(geometry=False), faults)
    assert "without geometry" in faults[1].what


def test_without_an_objective_nothing_is_measured():
    plain = config({"connectivity": "pc", "distance": "50 m"}, linked={"maximize": "worms"})
    assert network_of(plain, landscape(), []) is None
    assert network_of(config({}), landscape(), []) is None


def test_too_many_pairs_are_refused_before_they_are_looked_for(monkeypatch):
    monkeypatch.setattr(links, "MOST", 3)
    faults = []
    network_of(config({"connectivity": "pc", "distance": "50 m"}), landscape(), faults)
    assert "pairs of units" in faults[0].what
