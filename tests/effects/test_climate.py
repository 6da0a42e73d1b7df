"""Climate classes by absolute latitude."""

import pytest

from edaphon.effects.climate import climate_of


@pytest.mark.parametrize(
    ("latitude", "climate"),
    [
        (0.0, "tropical"),
        (-23.5, "tropical"),
        (23.6, "subtropical"),
        (-35.0, "subtropical"),
        (46.98, "temperate"),
        (55.0, "temperate"),
        (-55.1, "cold"),
        (70.0, "cold"),
    ],
)
def test_classes_end_where_the_design_says(latitude, climate):
    assert climate_of([latitude]).tolist() == [climate]
