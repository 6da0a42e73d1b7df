import numpy as np
import pytest

from edaphon.soil.ranges import inside, sand_and_clay


def test_values_inside_come_back_as_floats():
    values = inside("x", [0, 1, 2], 0.0, 2.0, "cm")
    assert values.dtype == np.float64
    assert values.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("values", "above", "message"),
    [
        ([1.0, 3.0], False, "x: 3 lies outside its range, from 0 to 2 cm"),
        ([0.0], True, "x: 0 lies outside its range, above 0 and up to 2 cm"),
        (np.inf, False, "x: inf"),
        ([np.nan, -1.0], False, r"x: nan .*\(2 values do\)"),
    ],
)
def test_values_outside_are_named(values, above, message):
    with pytest.raises(ValueError, match=message):
        inside("x", values, 0.0, 2.0, "cm", above=above)


def test_sand_and_clay_share_a_hundred_percent():
    sand, clay = sand_and_clay([60.0, 20.0], 40.0)
    assert sand.shape == clay.shape == (2,)
    sand_and_clay(33.3 + 66.7 - 40.0, 40.0)
    with pytest.raises(ValueError, match=r"sand_percent \+ clay_percent: 101"):
        sand_and_clay(61.0, 40.0)
