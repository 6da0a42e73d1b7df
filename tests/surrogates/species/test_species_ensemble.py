from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata
from species_case import occurrence

from edaphon.surrogates.species.ensemble import (
    OccurrenceEnsemble,
    as_ranks,
    assign,
    choose,
    combined,
    fit_ensemble,
    occurrence_rises,
    run_fold,
)


@dataclass(frozen=True)
class Column:
    """A model that tells a monotone function of one column."""

    column: int
    power: float

    def predict(self, matrix):
        return np.clip(matrix[:, self.column], 0, 1) ** self.power


@given(st.floats(0.2, 5), st.floats(0.2, 5))
def test_the_mean_of_ranks_knows_no_scale(one, other):
    rng = np.random.default_rng(0)
    learned, asked = rng.random((201, 2)), rng.random((50, 2))

    def told(powers):
        models = tuple(Column(k, power) for k, power in enumerate(powers))
        own = np.stack([np.sort(model.predict(learned)) for model in models])
        return OccurrenceEnsemble(("a", "b"), models, own).each(asked).mean(axis=0)

    np.testing.assert_allclose(told((1, 1)), told((one, other)))


def test_ranks_among_oneself_are_plain_ranks():
    values = np.array([3.0, 1, 2, 2, 9])
    expected = (rankdata(values) - 0.5) / 5
    np.testing.assert_allclose(as_ranks(values, np.sort(values)), expected)


def test_the_mean_of_candidates_is_told():
    data = occurrence(200)
    ensemble = fit_ensemble(data, 0, ("logistic", "down_weighted"))
    each = ensemble.each(data.matrix)
    assert each.shape == (2, 200)
    np.testing.assert_array_equal(each[0], ensemble.models[0].predict(data.matrix))
    np.testing.assert_array_equal(combined(each, None), each.mean(axis=0))
    np.testing.assert_array_equal(combined(each, 1), each[1])


def test_rank_ensembles_rank_like_their_members():
    data = occurrence(200)
    ranks = fit_ensemble(data, 0, ("logistic",), "rank").each(data.matrix)[0]
    plain = fit_ensemble(data, 0, ("logistic",)).each(data.matrix)[0]
    assert np.corrcoef(rankdata(ranks), rankdata(plain))[0, 1] > 0.999
    assert 0 <= ranks.min() < ranks.max() <= 1


def test_nothing_to_set_presences_against_tells_nothing():
    data = occurrence(100)
    ensemble = fit_ensemble(data.at(data.found), 0, ("logistic",))
    np.testing.assert_array_equal(ensemble.each(data.matrix), np.full((1, 100), 0.5))


def told_of(data, strengths):
    rng = np.random.default_rng(1)
    each = [
        1 / (1 + np.exp(-strength * (2 * data.found - 1) - rng.normal(0, 1, len(data.found))))
        for strength in strengths
    ]
    return np.stack(each)[None]


def test_one_candidate_is_taken_alone_only_where_it_is_clearly_better():
    data = occurrence(600)
    assert choose(told_of(data, (3.0, -1.0)), data) == 0
    assert choose(told_of(data, (-1.0, 3.0)), data) == 1
    assert choose(told_of(data, (1.0, 1.0)), data) is None
    assert choose(told_of(data, (1.0,)), data) is None
    assert choose(told_of(data, (3.0, -1.0)), data, data.found) is None


def test_a_fold_is_predicted_by_what_did_not_see_it():
    data = occurrence(300)
    folds = assign(data, 1, 0)[0]
    ensemble, told = run_fold(data, folds, 2, seed=4, names=("logistic", "down_weighted"))
    held = folds == 2
    alone = fit_ensemble(data.at(~held), 4, ("logistic", "down_weighted"))
    np.testing.assert_array_equal(told, alone.each(data.matrix[held]))
    rise = occurrence_rises(ensemble, data.at(held), np.array([0, 1, 2]), 4)
    assert rise.argmax() == 0


def test_assignments_differ_and_repeat():
    data = occurrence(300)
    folds = assign(data, 3, 7)
    assert folds.shape == (3, 300)
    assert (folds[0] != folds[1]).any()
    np.testing.assert_array_equal(folds, assign(data, 3, 7))
    for place in np.unique(data.together):
        assert len(np.unique(folds[0][data.together == place])) == 1
    rows = assign(data, 1, 7, random=True)[0]
    assert any(len(np.unique(rows[data.together == k])) > 1 for k in np.unique(data.together))


def test_an_unknown_combination_is_not_offered():
    with pytest.raises(KeyError):
        fit_ensemble(occurrence(50), 0, ("neural",))
