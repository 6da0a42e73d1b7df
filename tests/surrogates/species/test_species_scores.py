import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from edaphon.surrogates.species.scores import auc, auc_error, cor, log_loss


@pytest.fixture
def case():
    rng = np.random.default_rng(0)
    found = rng.random(300) < 0.3
    return np.round(rng.normal(found * 0.8, 1), 1), found


def test_auc_is_scikit_learns(case):
    assert auc(*case) == pytest.approx(roc_auc_score(case[1], case[0]))


def test_auc_by_hand():
    assert auc(np.array([1, 2, 2, 3.0]), np.array([False, True, False, True])) == 0.875
    assert np.isnan(auc(np.ones(3), np.ones(3, bool)))


def test_the_error_of_auc_is_that_of_new_samples():
    def drawn(seed):
        rng = np.random.default_rng(seed)
        found = rng.random(400) < 0.3
        return rng.normal(found * 0.8, 1), found

    areas = [auc(*drawn(seed)) for seed in range(300)]
    told = np.mean([auc_error(*drawn(seed), np.arange(400)) for seed in range(30)])
    assert told == pytest.approx(np.std(areas), rel=0.1)


def test_rows_that_come_in_copies_count_as_one(case):
    told, found = case
    once = auc_error(told, found, np.arange(300))
    copied = auc_error(np.tile(told, 4), np.tile(found, 4), np.tile(np.arange(300), 4))
    assert copied == pytest.approx(once, rel=0.02)


def test_cor_is_the_correlation(case):
    assert cor(*case) == pytest.approx(np.corrcoef(*case)[0, 1])
    assert cor(np.full(300, 0.3), case[1]) == 0


def test_log_loss_by_hand():
    told = log_loss(np.array([0.8, 0.8, 0.0]), np.array([True, False, False]))
    np.testing.assert_allclose(told, [-np.log(0.8), -np.log(0.2), 0], atol=1e-5)
