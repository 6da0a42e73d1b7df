"""The hierarchical model: known truths recovered, thin practices leaning, the same every time."""

import numpy as np
import pytest
from scipy import stats

from edaphon.effects.cells import Noise, cells_of, noise_of
from edaphon.effects.hierarchical import TAILS, half_mean, sample_posterior
from edaphon.effects.pooling import pool, pool_practices
from edaphon.effects.predictive import log_density, new_study, quantiles
from edaphon.errors import DataError
from edaphon.practices.evidence import ANY


def trials(seed, means, studies=40, pairs=4, tau=0.15, sigma=0.1, df=None):
    """Pairs of practices a, b, ...: lnRR, study, practice."""
    rng = np.random.default_rng(seed)
    lnrr, study, practice = [], [], []
    for p, mean in enumerate(means):
        n = studies[p] if isinstance(studies, list) else studies
        away = rng.normal(0, 1, n) if df is None else rng.standard_t(df, n)
        for s in range(n):
            lnrr += (mean + tau * away[s] + rng.normal(0, sigma, pairs)).tolist()
            study += [f"{p}-{s}"] * pairs
            practice += ["abcdefgh"[p]] * pairs
    return np.array(lnrr), np.array(study), np.array(practice)


def test_cells_are_means_by_study_and_practice():
    cells = cells_of([0.1, 0.3, 0.5, -0.2], [7, 7, 7, 8], ["a", "a", "b", "a"])
    assert cells.mean.tolist() == pytest.approx([0.2, -0.2, 0.5])
    assert cells.square.tolist() == pytest.approx([0.02, 0.0, 0.0])
    assert cells.pairs.tolist() == [2, 1, 1]
    assert [cells.practices[p] for p in cells.practice] == ["a", "a", "b"]
    assert [cells.studies[s] for s in cells.study] == ["7", "8", "7"]
    part = cells.of(cells.practice == 1)
    assert (part.practices, part.studies, part.mean.tolist()) == (("b",), ("7",), [0.5])


@pytest.mark.parametrize(
    ("lnrr", "study", "practice"),
    [([], [], []), ([0.1, np.nan], [1, 2], ["a", "a"]), ([0.1], [1, 2], ["a"])],
)
def test_pairs_that_cannot_be_gathered_are_refused(lnrr, study, practice):
    with pytest.raises(DataError):
        cells_of(lnrr, study, practice)


@pytest.mark.parametrize(("known", "variance"), [(4.0, 0.02), (20.0, 0.3)])
def test_noise_finds_how_variances_differ(known, variance):
    rng = np.random.default_rng(0)
    pairs = rng.integers(8, 20, 4000)
    true = known * variance / rng.chisquare(known, len(pairs))
    found = noise_of(true * rng.chisquare(pairs - 1), pairs)
    assert found.variance == pytest.approx(variance, rel=0.08)
    assert found.known == pytest.approx(known, rel=0.25)


def test_noise_of_single_pairs_is_assumed():
    assert noise_of(np.zeros(5), np.ones(5, dtype=np.int64)).variance == 0.04


def test_half_mean_is_the_mean_of_the_half_t():
    rng = np.random.default_rng(0)
    for df in (4.0, 10.0):
        weight = rng.gamma(df / 2, 2 / df, 400_000)
        g = np.abs(rng.normal(size=len(weight))) / np.sqrt(weight)
        assert half_mean(df) == pytest.approx(g.mean(), rel=0.01)


def test_large_tables_give_back_what_made_them():
    pooled = pool_practices(*trials(1, [0.1, 0.3, -0.2, 0.0, 0.15], studies=60))
    for name, mean in zip("abcde", [0.1, 0.3, -0.2, 0.0, 0.15], strict=True):
        found = pooled.effects[name]
        assert abs(found.mean - mean) < 3 * found.se
        assert found.se == pytest.approx(0.15 / np.sqrt(60), rel=0.35)
        assert 0.12 < found.tau < 0.24
        assert found.sigma == pytest.approx(0.1, rel=0.15)
        assert (found.studies, found.pairs) == (60, 240)
    anything = pooled.effects[ANY]
    assert anything.tau > 1.2 * pooled.effects["a"].tau  # practices differ too
    assert (anything.studies, anything.pairs) == (300, 1200)


def test_a_thin_practice_leans_on_the_others():
    lnrr, study, practice = trials(2, [0.2, 0.2, 0.2, 0.9], studies=[30, 30, 30, 2])
    pooled = pool_practices(lnrr, study, practice)
    alone = pool(lnrr[practice == "d"], study[practice == "d"])
    assert 0.2 < pooled.effects["d"].mean < alone.mean
    # two studies that happen to agree do not make a certain practice
    same = np.where(practice == "d", 0.9, lnrr)
    found = pool_practices(same, study, practice).effects["d"]
    assert found.tau > 0.08
    assert found.se > 0.02


def test_heavy_tails_and_skewness_are_found():
    heavy = sample_posterior(cells_of(*trials(3, [0.0, 0.1], studies=150, df=2.5)))
    light = sample_posterior(cells_of(*trials(3, [0.0, 0.1], studies=150)))
    assert heavy.df.mean() < 6 < light.df.mean()
    assert set(heavy.df) <= set(TAILS)
    lnrr, study, practice = trials(4, [0.0], studies=200, tau=0.0)
    shift = np.random.default_rng(5).gamma(1.0, 0.3, 200)[np.unique(study, return_inverse=True)[1]]
    skewed = sample_posterior(cells_of(lnrr + shift, study, practice))
    assert (skewed.skew > 0.5).mean() > 0.95
    assert skewed.mean.mean() == pytest.approx(shift.mean(), abs=0.05)


def test_one_outlying_study_moves_the_mean_less_than_the_average():
    lnrr, study, practice = trials(6, [0.1], studies=15)
    far = np.where(study == "0-0", 2.4, lnrr)
    found = pool_practices(far, study, practice).effects["a"]
    assert found.mean < pool(far, study).mean


def test_the_same_trials_give_the_same_draws_in_any_order():
    lnrr, study, practice = trials(7, [0.1, 0.2], studies=10)
    order = np.random.default_rng(0).permutation(len(lnrr))
    first = pool_practices(lnrr, study, practice)
    again = pool_practices(lnrr, study, practice)
    shuffled = pool_practices(lnrr[order], study[order], practice[order])
    assert first.effects == again.effects
    assert shuffled.effects["a"].mean == pytest.approx(first.effects["a"].mean, abs=0.005)
    assert pool_practices(lnrr, study, practice, seed=1).effects != first.effects


def test_one_study_is_not_pooled():
    with pytest.raises(DataError):
        pool_practices([0.1, 0.2], [1, 1], ["a", "a"])


def test_the_mixture_has_the_density_and_the_quantiles_of_a_skew_normal():
    location, scale, slant = (np.full((4000, 8), value) for value in (0.1, 0.5, 2.0))
    known = stats.skewnorm(2.0, 0.1, 0.5)
    mixture = location, scale, slant
    for value in (-0.5, 0.2, 1.4):
        assert log_density(mixture, value) == pytest.approx(known.logpdf(value))
    levels = np.array([0.05, 0.5, 0.95])
    found = quantiles(mixture, levels, np.random.default_rng(0))
    assert found == pytest.approx(known.ppf(levels), abs=0.02)


def test_new_studies_are_covered():
    lnrr, study, practice = trials(8, [0.0, 0.2, 0.4], studies=60, pairs=3, df=4)
    cells = cells_of(lnrr, study, practice)
    held = cells.study % 4 == 0
    train, test = cells.of(~held), cells.of(held)
    posterior = sample_posterior(train)
    rng = np.random.default_rng(0)
    inside = []
    for k in range(len(test.mean)):
        told = {"square": test.square[k], "pairs": 3}
        mixture = new_study(posterior, test.practices[test.practice[k]], train.noise, rng, **told)
        low, high = quantiles(mixture, np.array([0.05, 0.95]), rng)
        inside.append(low <= test.mean[k] <= high)
    assert 0.8 < np.mean(inside) <= 1.0
    unseen = new_study(posterior, "z", train.noise, rng, square=0.0, pairs=1)
    low, high = quantiles(unseen, np.array([0.05, 0.95]), rng)
    assert high - low > 0.4


def test_more_pairs_make_a_study_more_certain():
    posterior = sample_posterior(cells_of(*trials(9, [0.1], studies=30)))
    widths = []
    for pairs in (1, 50):
        rng = np.random.default_rng(0)
        mixture = new_study(posterior, "a", Noise(10.0, 0.25), rng, square=0.0, pairs=pairs)
        low, high = quantiles(mixture, np.array([0.05, 0.95]), rng)
        widths.append(high - low)
    assert widths[0] > 1.5 * widths[1]
