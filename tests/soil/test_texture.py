import numpy as np
import pytest

from edaphon.soil.texture import TEXTURE_CLASSES, TEXTURE_GROUPS, texture_class, texture_group

RULES = {  # the Soil Survey Manual's words, each class on its own
    "sand": lambda s, si, c: si + 1.5 * c < 15,
    "loamy sand": lambda s, si, c: si + 1.5 * c >= 15 and si + 2 * c < 30,
    "sandy loam": lambda s, si, c: (
        (7 <= c < 20 and s > 52 and si + 2 * c >= 30) or (c < 7 and si < 50 and si + 2 * c >= 30)
    ),
    "loam": lambda s, si, c: 7 <= c < 27 and 28 <= si < 50 and s <= 52,
    "silt loam": lambda s, si, c: (si >= 50 and 12 <= c < 27) or (50 <= si < 80 and c < 12),
    "silt": lambda s, si, c: si >= 80 and c < 12,
    "sandy clay loam": lambda s, si, c: 20 <= c < 35 and si < 28 and s > 45,
    "clay loam": lambda s, si, c: 27 <= c < 40 and 20 < s <= 45,
    "silty clay loam": lambda s, si, c: 27 <= c < 40 and s <= 20,
    "sandy clay": lambda s, si, c: c >= 35 and s > 45,
    "silty clay": lambda s, si, c: c >= 40 and si >= 40,
    "clay": lambda s, si, c: c >= 40 and s <= 45 and si < 40,
}


def test_every_point_of_the_triangle_has_the_one_class_of_the_rules():
    sand, clay = np.meshgrid(np.arange(101.0), np.arange(101.0))
    inside = sand + clay <= 100
    sand, clay = sand[inside], clay[inside]
    codes = texture_class(sand, clay)
    for s, c, code in zip(sand, clay, codes, strict=True):
        fitting = [name for name, rule in RULES.items() if rule(s, 100 - s - c, c)]
        assert fitting == [TEXTURE_CLASSES[code]], (s, c)


@pytest.mark.parametrize(
    ("sand", "clay", "expected"),
    [
        (92, 3, "sand"), (82, 6, "loamy sand"), (65, 10, "sandy loam"), (40, 20, "loam"),
        (20, 15, "silt loam"), (10, 5, "silt"), (60, 25, "sandy clay loam"), (30, 35, "clay loam"),
        (10, 35, "silty clay loam"), (50, 40, "sandy clay"), (10, 45, "silty clay"),
        (25, 50, "clay"),
    ],
)  # fmt: skip
def test_points_within_the_classes(sand, clay, expected):
    assert TEXTURE_CLASSES[texture_class(sand, clay)] == expected


def test_groups():
    codes = texture_group([80, 80, 50, 20, 20], [10, 18, 20, 35, 36])
    names = [TEXTURE_GROUPS[code] for code in codes]
    assert names == ["coarse", "medium", "medium", "medium", "fine"]


def test_impossible_textures_are_refused():
    with pytest.raises(ValueError, match="sand_percent: -1"):
        texture_class(-1, 20)
    with pytest.raises(ValueError, match="sand_percent \\+ clay_percent: 120"):
        texture_group(80, 40)
