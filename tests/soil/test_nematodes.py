"""Nematode indices: hand-computed webs, extremes, and what must hold of any assemblage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.soil.nematodes import (
    FEEDING,
    food_web_indices,
    maturity_index,
    plant_parasite_index,
)

# Rhabditidae, Cephalobidae, Aphelenchidae, Dorylaimidae, Mononchidae, Pratylenchidae, Seinuridae
CLASSES = [1, 2, 2, 4, 4, 3, 2]
WAYS = [
    "bacterivore", "bacterivore", "fungivore", "omnivore", "predator", "herbivore", "predator",
]  # fmt: skip


def test_hand_computed_web():
    counts = [10, 20, 5, 4, 1, 60, 2]
    assert maturity_index(counts, CLASSES, WAYS) == pytest.approx(
        (10 * 1 + 20 * 2 + 5 * 2 + 4 * 4 + 1 * 4 + 2 * 2) / 42
    )
    assert maturity_index(counts, CLASSES, WAYS, lowest_class=2) == pytest.approx(74 / 32)
    assert plant_parasite_index(counts, CLASSES, WAYS) == pytest.approx(3)
    web = food_web_indices(counts, CLASSES, WAYS)
    b, e, s = 0.8 * 25, 3.2 * 10 + 0.8 * 5, 0.8 * 2 + 3.2 * 5
    assert web.enrichment == pytest.approx(100 * e / (e + b))
    assert web.structure == pytest.approx(100 * s / (s + b))
    assert web.basal == pytest.approx(100 * b / (b + e + s))
    assert web.channel == pytest.approx(100 * 4 / 36)


def test_extremes():
    webs = np.diag([1.0] * 7)
    web = food_web_indices(webs, CLASSES, WAYS)
    np.testing.assert_allclose(web.enrichment, [100, 0, 50, np.nan, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(web.structure, [np.nan, 0, 0, 100, 100, np.nan, 100])
    np.testing.assert_allclose(web.channel, [0, np.nan, 100, np.nan, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(maturity_index(webs, CLASSES, WAYS), [1, 2, 2, 4, 4, np.nan, 2])


assemblages = st.lists(
    st.tuples(st.just(0.0) | st.floats(1e-3, 1e4), st.integers(1, 5), st.sampled_from(FEEDING)),
    min_size=1,
    max_size=10,
)


@given(assemblages, st.floats(0.01, 100))
def test_indices_stay_in_their_range_and_do_not_depend_on_the_unit(taxa, factor):
    counts, classes, ways = zip(*taxa, strict=True)
    many = np.array(counts) * factor
    mature = maturity_index(counts, classes, ways)
    assert np.isnan(mature) or 1 - 1e-9 <= mature <= 5 + 1e-9
    np.testing.assert_allclose(maturity_index(many, classes, ways), mature)
    web, same = food_web_indices(counts, classes, ways), food_web_indices(many, classes, ways)
    for name in ("enrichment", "structure", "basal", "channel"):
        value = getattr(web, name)
        assert np.isnan(value) or -1e-9 <= value <= 100 + 1e-9
        np.testing.assert_allclose(getattr(same, name), value, atol=1e-9)


@given(assemblages)
def test_persisters_raise_structure_and_colonizers_enrichment(taxa):
    base = [*taxa, (1.0, 2, "bacterivore")]
    counts, classes, ways = zip(*base, strict=True)
    before = food_web_indices(counts, classes, ways)
    more = food_web_indices((*counts, 50.0), (*classes, 5), (*ways, "omnivore"))
    richer = food_web_indices((*counts, 50.0), (*classes, 1), (*ways, "bacterivore"))
    assert more.structure >= before.structure - 1e-9
    assert richer.enrichment >= before.enrichment - 1e-9
    assert more.enrichment == pytest.approx(float(before.enrichment))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, -1], [1, 2], ["omnivore"] * 2), "abundance: -1"),
        (([1, 1], [0, 2], ["omnivore"] * 2), "colonizer_persister: 0"),
        (([1, 1], [1.5, 2], ["omnivore"] * 2), "whole numbers"),
        (([1, 1], [1, 2], ["omnivore", "fungus"]), "'fungus'"),
        (([1, 1], [1, 2, 3], ["omnivore"] * 2), "holds 2 taxa"),
    ],
)
def test_values_outside_their_range_are_named(arguments, message):
    for index in (maturity_index, plant_parasite_index, food_web_indices):
        with pytest.raises(ValueError, match=message):
            index(*arguments)
