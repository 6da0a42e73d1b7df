import numpy as np
import pytest
from species_case import occurrence

from edaphon.surrogates.species.forests import fit_down_sampled, fit_down_weighted
from edaphon.surrogates.species.occurrence import Occurrence
from edaphon.surrogates.species.scores import auc


def rare(n=1000, n_found=25, seed=0):
    """Presences that nothing tells from the background."""
    rng = np.random.default_rng(seed)
    found = np.zeros(n)
    found[rng.choice(n, n_found, replace=False)] = 1
    return Occurrence(rng.normal(size=(n, 4)), found, np.ones(n), np.arange(n), True)


@pytest.mark.parametrize(("fit", "margin"), [(fit_down_sampled, 1e-12), (fit_down_weighted, 0.1)])
def test_every_tree_sees_as_much_presence_as_background(fit, margin):
    trees = fit(rare(), 0, n_trees=30)
    roots = trees.value[trees.roots]
    assert len(roots) == 30
    if fit is fit_down_sampled:
        np.testing.assert_allclose(roots, 0.5, atol=margin)
    assert roots.mean() == pytest.approx(0.5, abs=margin)


@pytest.mark.parametrize("fit", [fit_down_sampled, fit_down_weighted])
@pytest.mark.parametrize("presence_only", [True, False])
def test_new_sites_are_ranked(fit, presence_only):
    learned, new = occurrence(400, 0, presence_only), occurrence(600, 5)
    told = fit(learned, 1).predict(new.matrix)
    assert auc(told, new.found) > 0.75
    assert 0 <= told.min() < told.max() <= 1


@pytest.mark.parametrize("fit", [fit_down_sampled, fit_down_weighted])
def test_the_seed_decides(fit):
    data = occurrence(150)
    one, two, three = (fit(data, seed, n_trees=20).predict(data.matrix) for seed in (1, 1, 2))
    assert one.tobytes() == two.tobytes()
    assert one.tobytes() != three.tobytes()


def test_rows_of_no_weight_are_not_drawn():
    data = occurrence(300)
    poisoned = data.matrix.copy()
    background = data.background.copy()
    ignored = (background > 0) & (np.arange(300) % 2 == 0)
    background[ignored] = 0
    poisoned[ignored] = 1e6
    trees = fit_down_sampled(
        Occurrence(poisoned, data.presence, background, data.together, False), 0, n_trees=40
    )
    assert trees.threshold[np.isfinite(trees.threshold)].max() < 100


def test_more_presences_than_absences_are_drawn_down_too():
    data = occurrence(300)
    turned = Occurrence(data.matrix, data.background, data.presence, data.together, False)
    trees = fit_down_sampled(turned, 0, n_trees=10)
    np.testing.assert_allclose(trees.value[trees.roots], 0.5)
