import sys

import numpy as np
import pytest
from sklearn.tree import ExtraTreeRegressor

from edaphon.surrogates.models import Trees, fit_boosting, fit_trees, plain_forest
from edaphon.surrogates.models.trees import relevance


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(200, 4)) * [1, 10, 0.1, 1]
    response = matrix @ [1.0, 0.2, 0.0, -1.0] + rng.normal(size=200)
    return matrix, response


def test_trees_predict_what_scikit_learns_own_trees_predict(data):
    matrix, response = data
    theirs = ExtraTreeRegressor(min_samples_leaf=3, max_features=0.5, random_state=11)
    theirs.fit(matrix, response)
    ours = fit_trees(matrix, response, 11, n_trees=1)
    asked = np.random.default_rng(5).normal(size=(5000, 4)) * [1, 10, 0.1, 1]
    np.testing.assert_array_equal(ours.predict(asked), theirs.predict(asked))


def test_a_forest_is_the_mean_of_its_trees_and_follows_the_seed(data):
    matrix, response = data
    forest = fit_trees(matrix, response, 1)
    np.testing.assert_array_equal(
        forest.predict(matrix), fit_trees(matrix, response, 1).predict(matrix)
    )
    assert len(forest.roots) == 100
    assert np.corrcoef(forest.predict(matrix), response)[0, 1] > 0.9
    parts = np.concatenate([forest.predict(matrix[i : i + 7]) for i in range(0, 200, 7)])
    np.testing.assert_array_equal(parts, forest.predict(matrix))


@pytest.mark.parametrize("grow", [fit_trees, fit_boosting])
def test_compiled_trees_and_the_walk_reach_the_same_leaves(data, grow, monkeypatch):
    matrix, response = data
    trees = grow(matrix, response, 2, 100)
    asked = np.vstack([matrix, np.float32(matrix), np.full((1, 4), trees.threshold[0])])
    compiled = trees.leaves(asked)
    assert compiled.shape == (100, 401)
    np.testing.assert_array_equal(compiled, trees._walk(asked.astype(np.float32)))
    assert (trees.left[compiled] == compiled).all()
    monkeypatch.setitem(sys.modules, "sklearn.tree._tree", None)
    again = Trees(**{name: getattr(trees, name) for name in trees.__dataclass_fields__})
    np.testing.assert_array_equal(again.predict(asked), trees.predict(asked))
    assert again._compiled is None
    assert trees._compiled is not None


def test_a_leaf_holds_the_weighted_mean_of_its_rows(data):
    matrix, response = data
    weights = np.random.default_rng(3).uniform(0.1, 5, 200)
    single = fit_trees(matrix, response, 0, 2, 200, weights=weights)
    assert single.predict(matrix[:1])[0] == pytest.approx(np.average(response, weights=weights))
    boosted = fit_boosting(matrix, response, 0, weights=weights)
    assert boosted.start == pytest.approx(np.average(response, weights=weights))


@pytest.mark.parametrize("grow", [fit_trees, fit_boosting])
def test_bound_predictions_only_rise_or_fall(data, grow):
    matrix, response = data
    trees = grow(matrix, response, 4, signs=np.array([1, 0, 0, -1]))
    rng = np.random.default_rng(6)
    for column, sign in ((0, 1), (3, -1)):
        for base in matrix[rng.integers(0, 200, 5)]:
            line = np.tile(base, (300, 1))
            line[:, column] = np.linspace(-4, 4, 300)
            assert (sign * np.diff(trees.predict(line)) >= -1e-12).all()
    assert np.corrcoef(trees.predict(matrix), response)[0, 1] > 0.8


def test_boosting_takes_a_share_of_each_tree(data):
    matrix, response = data
    short, long = fit_boosting(matrix, response, 5, 20), fit_boosting(matrix, response, 5, 60)
    assert long.share == pytest.approx(0.04)
    np.testing.assert_array_equal(long.value[: len(short.value)], short.value)
    errors = [((response - trees.predict(matrix)) ** 2).mean() for trees in (short, long)]
    assert errors[1] < errors[0] < response.var()


def test_relevance_finds_the_columns_that_matter(data):
    matrix, response = data
    shares = relevance(matrix, response, 0)
    assert shares.sum() == pytest.approx(1)
    assert shares[1] > shares[0] > shares[2]
    assert shares[3] > shares[2]
    np.testing.assert_array_equal(relevance(matrix, np.ones(200), 0), np.full(4, 0.25))


def test_the_plain_forest_learns(data):
    matrix, response = data
    told = plain_forest(matrix[:150], response[:150], matrix[150:], 0)
    assert np.corrcoef(told, response[150:])[0, 1] > 0.7
    weights = np.where(response[:150] > 0, 100.0, 0.01)
    assert plain_forest(matrix[:150], response[:150], matrix[150:], 0, weights).mean() > told.mean()


def test_a_share_of_few_columns_is_rounded_up(data):
    matrix, response = data
    half, two = (fit_trees(matrix[:, :3], response, 0, 5, columns=part) for part in (0.5, 2 / 3))
    np.testing.assert_array_equal(half.predict(matrix[:, :3]), two.predict(matrix[:, :3]))


def test_with_many_rows_each_tree_of_the_boosting_sees_some(monkeypatch, data):
    matrix, response = data
    whole = fit_boosting(matrix, response, 0)
    monkeypatch.setattr("edaphon.surrogates.models.trees.SEEN", 30)
    some = fit_boosting(matrix, response, 0)
    assert len(some.value) < len(whole.value)
    assert np.corrcoef(some.predict(matrix), response)[0, 1] > 0.7
