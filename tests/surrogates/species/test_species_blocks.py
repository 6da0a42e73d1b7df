import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from species_case import blocks, occurrence

from edaphon.surrogates.species.blocks import blocks_inside, hold_blocks, presences_upto
from edaphon.surrogates.species.ensemble import assign

LEVELS = (0.5, 0.8, 0.9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.data())
def test_numbers_of_presences_have_the_chances_that_unlike_places_give_them(chances, data):
    count = data.draw(st.integers(0, len(chances)))
    told = np.ones(1)
    for chance in chances:
        told = np.convolve(told, [1 - chance, chance])
    fewer, upto = presences_upto(np.array([chances]), count)[0]
    assert fewer == pytest.approx(told[:count].sum(), abs=1e-12)
    assert upto == pytest.approx(told[: count + 1].sum(), abs=1e-12)


@pytest.mark.parametrize("size", [1, 4, 40])
def test_numbers_of_presences_lie_in_their_interval_as_often_as_promised(size):
    told, found, together = blocks(0.6, n_blocks=800, size=size)
    inside = blocks_inside(told, found, together, 0.6, LEVELS)
    assert inside.shape == (3, 800)
    np.testing.assert_allclose(inside.mean(axis=1), LEVELS, atol=0.04)


def test_places_that_are_surely_with_or_without_leave_no_room():
    """A binomial of the mean chance, one half, would lend each block a wide interval."""
    sure = np.tile([0.02, 0.98], 200)
    found = np.random.default_rng(0).random(400) < sure
    inside = blocks_inside(sure, found, np.repeat(np.arange(40), 10), 0.0, LEVELS)
    np.testing.assert_allclose(inside.mean(axis=1), LEVELS, atol=0.06)
    none = np.zeros(400, dtype=bool)
    assert blocks_inside(sure, none, np.repeat(np.arange(40), 10), 0.0, LEVELS).max() == 0


def test_numbers_that_stray_are_outside():
    told, found, together = blocks(1.5)
    assert blocks_inside(told, found, together, 0.0, (0.9,)).mean() < 0.5


def test_blocks_are_bounded_by_how_far_others_strayed():
    data = occurrence(500)
    folds, told = assign(data, 2, 0), np.full((2, 500), data.found.mean())
    held = hold_blocks(data, folds, told, LEVELS)
    n_blocks = len(np.unique(data.together))
    assert held.inside.shape == (3, 2, n_blocks)
    np.testing.assert_allclose(held.mean, told[0, 0])
    for k, fold in ((0, 1), (1, 3)):
        own = np.isin(held.labels, data.together[folds[k] == fold])
        assert np.ptp(held.deviation[k, own]) == 0
        rows, spread = folds[k] == fold, held.deviation[k, own][0]
        alone = blocks_inside(told[k, rows], data.found[rows], data.together[rows], spread, (0.8,))
        np.testing.assert_allclose(held.at(0.8)[k, own], alone[0])
    assert (held.width(0.9) > held.width(0.5)).all()
    ranked = held.width(0.9)[0][np.argsort(held.deviation[0])]
    assert np.diff(ranked).min() > -1e-12
