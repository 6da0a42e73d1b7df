"""Communities: sums by hand, and the whole way on made-up ground."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from community_case import BLOCK, made_up_community
from scipy.stats import spearmanr

from edaphon.data.landscape import Predictors
from edaphon.data.observations import Observations
from edaphon.errors import DataError
from edaphon.surrogates.community import fit_community, predict_community
from edaphon.surrogates.community_richness import RichnessSum, independent_spread, others_mean
from edaphon.surrogates.store import load_surrogate, pack, save_surrogate, unpack


def test_sum_of_species_is_bounded_by_the_species_there_are():
    total = RichnessSum(rare=0.5, spread=1.5, low=-2.0, high=2.0, most=4.0)
    told = np.array([[0.5, 0.5, 0.5], [0.01, 0.01, 0.01], [1.0, 1.0, 1.0]])
    flags = np.ones(3, dtype=bool)
    richness = total.predict(told, flags, ~flags)
    np.testing.assert_allclose(richness.mean, [2.0, 0.53, 3.5])
    spread = np.sqrt(3 * 0.25)
    assert richness.sd[0] == pytest.approx(1.5 * spread)
    assert richness.upper[0] == pytest.approx(2.0 + 2 * spread)
    assert richness.lower[1] >= 0
    assert (richness.upper <= 4).all()
    np.testing.assert_allclose(independent_spread(told[:1]), spread)


def test_others_mean_leaves_the_own_fold_out():
    folds = np.array([[0, 0, 1, 1], [0, 1, 0, 1]])
    told = others_mean(np.array([1.0, 2.0, 3.0, 4.0]), folds)
    np.testing.assert_allclose(told, [[3.5, 3.5, 1.5, 1.5], [3.0, 2.0, 3.0, 2.0]])


def test_what_has_no_richness_is_refused():
    observations = made_up_community(n=60, kinds=())
    records = replace(
        observations, table=np.where(observations.table > 0, 1.0, np.nan), kind="presence_only"
    )
    with pytest.raises(DataError, match="how many species a site holds"):
        fit_community(records)
    with pytest.raises(DataError, match="needs abundances"):
        fit_community(observations, order=1)
    unknown = observations.table.copy()
    unknown[10:, 0] = np.nan
    with pytest.raises(DataError, match="at only 10 sites"):
        fit_community(replace(observations, table=unknown))


@pytest.fixture(scope="module")
def fitted():
    observations = made_up_community(n=160, n_targets=6, kinds=(), seed=3)
    area = Predictors(observations.predictors, observations.x, observations.y)
    return observations, area, fit_community(observations, area=area, block=BLOCK, seed=1)


@pytest.mark.slow
def test_richness_and_layers_of_a_made_up_community(fitted, tmp_path):
    observations, area, surrogate = fitted
    assert surrogate.card.learns == "community"
    assert surrogate.card.used
    assert surrogate.card.held_out.r2 > 0.2
    assert 0.8 < surrogate.card.coverage < 0.98
    assert "folds matched to the units" in surrogate.card.matched.folds
    assert surrogate.card.matched.r2 > 0.2
    told = predict_community(
        surrogate, area, {"soc": area.table.b, "runoff": area.table.c}, lower_is_better=("runoff",)
    )
    richness = observations.table.sum(axis=1)
    assert spearmanr(told.richness.mean, richness).statistic > 0.6
    assert told.lcbd.sum() == pytest.approx(1)
    assert set(told.layers) | set(surrogate.refused) == {"richness", "dissimilarity", "function"}
    said = any("contributions to dissimilarity" in note for note in surrogate.card.notes)
    assert said == ("dissimilarity" in told.layers)
    soc, runoff = (area.table[name] / area.table[name].std() for name in ("b", "c"))
    assert spearmanr(told.layers["function"], soc - runoff).statistic > 0.99
    save_surrogate(surrogate, tmp_path / "life")
    again = predict_community(load_surrogate(tmp_path / "life"), area)
    np.testing.assert_array_equal(again.richness.mean, told.richness.mean)
    np.testing.assert_array_equal(again.lcbd, told.lcbd)


@pytest.mark.slow
def test_the_sum_of_species_can_be_stored(fitted):
    _, _, surrogate = fitted
    total = RichnessSum(0.5, 1.0, -1.0, 1.0, 6.0)
    arrays: dict[str, np.ndarray] = {}
    assert unpack(pack(total, arrays), arrays) == total
    assert (surrogate.total is None) != (surrogate.direct is None)


@pytest.mark.slow
def test_functions_need_a_value_per_unit(fitted):
    _, area, surrogate = fitted
    with pytest.raises(DataError, match="one finite value per unit"):
        predict_community(surrogate, area, {"soc": np.full(160, np.nan)})


@pytest.mark.slow
def test_a_community_that_nothing_drives_gets_no_layers():
    rng = np.random.default_rng(5)
    n = 90
    observations = Observations.from_frames(
        pd.DataFrame((rng.random((n, 5)) < 0.4) * 1.0, columns=list("abcde")),
        pd.DataFrame(rng.normal(size=(n, 2)), columns=["p", "q"]),
        kind="presence_absence", x=rng.uniform(0, 1e5, n), y=rng.uniform(0, 1e5, n),
    )  # fmt: skip
    surrogate = fit_community(observations, block=BLOCK)
    assert "richness" in surrogate.refused
    layers = predict_community(surrogate, observations.predictors).layers
    assert "richness" not in layers
    assert any("no layer of richness" in str(finding) for finding in surrogate.findings)


@pytest.mark.slow
def test_hill_numbers_of_abundances_are_told_directly():
    observations = made_up_community(n=90, n_targets=5, kinds=(), seed=3)
    rng = np.random.default_rng(1)
    counts = observations.table * rng.integers(1, 20, observations.table.shape)
    many = Observations.from_frames(
        pd.DataFrame(counts, columns=list(observations.species)), observations.predictors,
        kind="abundance", unit="per m2", x=observations.x, y=observations.y,
    )  # fmt: skip
    surrogate = fit_community(many, order=1, block=BLOCK)
    assert surrogate.direct is not None
    assert surrogate.card.response == "Hill number of order 1"
