import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree
from scipy.stats import wasserstein_distance

from edaphon.surrogates.folds import assign_folds
from edaphon.surrogates.matched import distances_between, matched_folds

SIDE = 100_000.0


def spots(rng, n, clusters=None, spread=2000.0):
    if clusters is None:
        return rng.uniform(0, SIDE, (n, 2))
    centers = rng.uniform(0, SIDE, (clusters, 2))
    return centers[rng.integers(0, clusters, n)] + rng.normal(0, spread, (n, 2))


@pytest.fixture(scope="module")
def area():
    return np.random.default_rng(9).uniform(0, SIDE, (5000, 2))


def to_area(points, area):
    return cKDTree(points).query(area)[0]


def test_random_samples_need_no_clusters(area):
    points = spots(np.random.default_rng(0), 300)
    found = matched_folds(*points.T, *area.T, seed=1)
    target = to_area(points, area)
    at_random = distances_between(points, assign_folds(np.arange(300), 10, 0))
    blocks = (points // 25_000).astype(int)
    _, labels = np.unique(blocks, axis=0, return_inverse=True)
    by_blocks = distances_between(points, assign_folds(labels, 10, 0))
    assert found.statistic <= wasserstein_distance(at_random, target) * 1.05
    assert found.statistic < 0.2 * wasserstein_distance(by_blocks, target)
    assert np.bincount(found.folds).min() >= 25


def test_clustered_samples_are_held_out_by_clusters(area):
    points = spots(np.random.default_rng(1), 300, clusters=15)
    found = matched_folds(*points.T, *area.T, seed=1)
    target = to_area(points, area)
    at_random = distances_between(points, assign_folds(np.arange(300), 10, 0))
    assert found.statistic < 0.35 * wasserstein_distance(at_random, target)
    assert "clusters of samples" in found.words
    reached = distances_between(points, found.folds)
    assert 0.6 < np.median(reached) / np.median(target) < 1.6


def test_the_statistic_is_that_of_the_folds():
    rng = np.random.default_rng(2)
    points, few = spots(rng, 120, clusters=8), rng.uniform(0, SIDE, (400, 2))
    found = matched_folds(*points.T, *few.T, n_folds=5, seed=3)
    wanted = wasserstein_distance(distances_between(points, found.folds), to_area(points, few))
    assert found.statistic == pytest.approx(wanted)


def test_an_area_where_the_samples_are_asks_for_random_folds():
    points = spots(np.random.default_rng(3), 200, clusters=10)
    near = points + 10.0
    found = matched_folds(*points.T, *near.T, seed=0)
    assert not found.words.startswith("clusters")
    assert "pessimistic" in found.words


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_groups_and_places_never_part_and_no_fold_is_empty(seed, grouped):
    rng = np.random.default_rng(seed)
    points = spots(rng, 60, clusters=6)[rng.integers(0, 60, 90)]
    group = rng.integers(0, 25, 90).astype(str) if grouped else None
    found = matched_folds(*points.T, *rng.uniform(0, SIDE, (50, 2)).T, seed=seed, group=group)
    same = group if grouped else [f"{x}_{y}" for x, y in points]
    for value in set(same):
        assert len(set(found.folds[np.asarray(same) == value])) == 1
    assert np.bincount(found.folds).min() > 0


def test_folds_follow_the_seed_and_not_the_order_of_the_area(area):
    points = spots(np.random.default_rng(5), 150, clusters=12)
    one = matched_folds(*points.T, *area[:500].T, seed=4)
    two = matched_folds(*points.T, *area[:500].T, seed=4)
    np.testing.assert_array_equal(one.folds, two.folds)
    turned = matched_folds(*points.T, *area[:500][::-1].T, seed=4)
    assert turned.statistic == pytest.approx(one.statistic)


def test_many_samples_are_clustered_by_cells(area):
    points = spots(np.random.default_rng(6), 6000, clusters=30)
    found = matched_folds(*points.T, *area.T, seed=0)
    at_random = distances_between(points, assign_folds(np.arange(6000), 10, 0))
    assert found.statistic < 0.4 * wasserstein_distance(at_random, to_area(points, area))


def test_distances_are_honest_on_a_whole_globe():
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(-180, 180, 400), np.degrees(np.arcsin(rng.uniform(-1, 1, 400)))
    laea = pyproj.Transformer.from_crs(
        "EPSG:4326", "+proj=laea +lat_0=20 +lon_0=10 +R=6371007 +units=m", always_xy=True
    )
    x, y = laea.transform(lon, lat)
    sphere = np.column_stack(
        [
            np.cos(np.radians(lat)) * np.cos(np.radians(lon)),
            np.cos(np.radians(lat)) * np.sin(np.radians(lon)),
            np.sin(np.radians(lat)),
        ]
    )
    chord = 6_371_007 * sphere
    found = matched_folds(x[:200], y[:200], x[200:], y[200:], n_folds=5, seed=0)
    wanted = wasserstein_distance(
        distances_between(chord[:200], found.folds), cKDTree(chord[:200]).query(chord[200:])[0]
    )
    assert found.statistic == pytest.approx(wanted, rel=1e-6)


def test_a_plane_with_a_far_origin_stays_a_plane():
    points = spots(np.random.default_rng(8), 100, clusters=9)
    asked = np.random.default_rng(8).uniform(0, SIDE, (200, 2))
    here = matched_folds(*points.T, *asked.T, seed=0)
    there = matched_folds(*(points + 5e6).T, *(asked + 5e6).T, seed=0)
    assert there.statistic == pytest.approx(here.statistic)


def test_what_cannot_be_matched_is_refused_or_left_out(area):
    points = spots(np.random.default_rng(0), 30)
    with pytest.raises(ValueError, match="empty"):
        matched_folds(*points.T, [], [])
    with pytest.raises(ValueError, match="one place or group"):
        matched_folds(*points.T, *area.T, group=np.zeros(30, int))
    three = matched_folds(*points.T, *area.T, group=np.arange(30) % 3)
    assert three.folds.max() == 2
