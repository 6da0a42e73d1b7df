import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from edaphon.config.quantity import Quantity
from edaphon.data.landscape import Samples
from edaphon.errors import DataError
from edaphon.surrogates.ground import divide_ground, regions_of


@pytest.fixture
def samples():
    x, y = np.meshgrid(np.arange(10) * 100.0, np.arange(6) * 100.0)
    x, y = x.ravel(), y.ravel()
    table = pd.DataFrame({"a": x})
    return Samples("soc", x, "%", table, x, y, 15 + x / 76_000, 47 + y / 111_000)


def without_places(samples):
    return replace(samples, x=None, y=None, longitude=None, latitude=None)


def test_without_coordinates_whole_groups_are_held_out(samples):
    group = np.array([f"study {k % 12}" for k in range(60)])
    ground = divide_ground(replace(without_places(samples), group=group), 0.25)
    assert ground.words == "12 groups"
    assert ground.findings == ()
    np.testing.assert_array_equal(np.unique(ground.together, return_counts=True)[1], np.full(12, 5))
    for label in range(12):
        assert len(set(group[ground.together == label])) == 1


def test_without_coordinates_and_groups_nothing_can_be_held_out(samples):
    with pytest.raises(DataError, match="neither coordinates nor groups"):
        divide_ground(without_places(samples), 0.25)
    two = replace(without_places(samples), group=np.array(["a", "b"] * 30))
    with pytest.raises(DataError, match="all samples are from 2 groups"):
        divide_ground(two, 0.25)


def test_blocks_are_in_the_coordinates_that_there_are(samples):
    block = Quantity(200.0, "m")
    in_meters = replace(samples, longitude=None, latitude=None)
    assert divide_ground(in_meters, block).words == "15 blocks of 200 m"
    with pytest.raises(DataError, match="no coordinates in degrees"):
        divide_ground(in_meters, 0.25)
    in_degrees = replace(samples, x=None, y=None)
    with pytest.raises(DataError, match=r"no coordinates in m\b"):
        divide_ground(in_degrees, block)
    assert "degrees" in divide_ground(in_degrees, 0.002).words


def test_blocks_that_groups_join_to_few_sets_give_way_to_the_groups(samples):
    group = np.array([f"{k % 4}" for k in range(60)])
    ground = divide_ground(replace(samples, group=group), Quantity(200.0, "m"))
    assert ground.words == "4 groups, which overlap on the ground"
    assert ground.together.max() == 3


def test_the_side_of_blocks_may_be_text(samples):
    assert (
        divide_ground(samples, "0.2 km").words == divide_ground(samples, Quantity(200, "m")).words
    )
    assert divide_ground(samples, "0.002").words == divide_ground(samples, 0.002).words
    with pytest.raises(DataError, match="cannot read 'wide' as an angle"):
        divide_ground(samples, "wide")


def test_too_wide_blocks_are_halved_and_the_side_to_write_makes_enough(samples):
    (warned,) = divide_ground(samples, 0.25).findings
    assert "(about 220 m) are used" in warned.what
    side = re.search(r"soc\.block: (\S+ m), or", warned.hint).group(1)
    kept = divide_ground(samples, side)
    assert kept.findings == ()
    assert kept.together.max() + 1 >= 10
    (unplaced,) = divide_ground(replace(samples, x=None, y=None), 0.25).findings
    assert "degrees, or sample" in unplaced.hint


def test_regions_are_quarters_around_the_median_sample(samples):
    regions = regions_of(samples)
    corners = {(0, 0): "southwest", (900, 0): "southeast", (0, 500): "northwest",
               (900, 500): "northeast"}  # fmt: skip
    for (x, y), name in corners.items():
        assert regions[(samples.x == x) & (samples.y == y)] == name
    np.testing.assert_array_equal(regions_of(replace(samples, x=None, y=None)), regions)
    assert regions_of(without_places(samples)) is None
