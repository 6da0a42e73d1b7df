import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from species_case import occurrence

from edaphon.surrogates.species.occurrence import n_sets, spread_folds


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 30), st.integers(2, 6))
def test_folds_keep_sets_whole_and_all_hold_presences(seed, n_places, n_folds):
    rng = np.random.default_rng(seed)
    together = rng.integers(0, n_places, 120) * 7
    found = rng.random(120) < 0.1
    if n_sets(together, found) < 2:
        with pytest.raises(ValueError, match="cannot make"):
            spread_folds(together, found, n_folds, seed)
        return
    folds = spread_folds(together, found, n_folds, seed)
    for place in np.unique(together):
        assert len(np.unique(folds[together == place])) == 1
    made = np.unique(folds)
    assert len(made) == min(n_folds, n_sets(together, found))
    assert all(found[folds == fold].any() for fold in made)
    np.testing.assert_array_equal(folds, spread_folds(together, found, n_folds, seed))


def test_leveled_weights_give_presences_and_the_rest_one_half_each():
    data = occurrence()
    weight = data.leveled
    assert weight[data.found].sum() == pytest.approx(0.5)
    assert weight[~data.found].sum() == pytest.approx(0.5)


def test_rows_are_taken_together():
    data = occurrence(presence_only=True)
    part = data.at(data.matrix[:, 0] > 0)
    assert part.presence_only
    assert len(part.matrix) == len(part.presence) == len(part.background) == len(part.together)
    assert part.odds == pytest.approx(part.found.mean())
    assert not data.at(~data.found).usable
