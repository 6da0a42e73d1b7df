"""Pooling of trials against known answers and a brute-force likelihood."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from edaphon.effects.pooling import pool, pool_known_variances
from edaphon.errors import DataError


def trials(seed, sizes, tau, sigma, mean=0.2):
    rng = np.random.default_rng(seed)
    study = np.repeat(np.arange(len(sizes)), sizes)
    effect = mean + rng.normal(0, tau, len(sizes))[study] + rng.normal(0, sigma, len(study))
    return effect, study


def restricted_deviance(parameters, effect, study):
    """-2 log restricted likelihood, with the full covariance matrix."""
    tau2, sigma2 = np.exp(parameters)
    cov = sigma2 * np.eye(len(study)) + tau2 * (study[:, None] == study[None, :])
    ones = np.ones(len(study))
    precision = np.linalg.inv(cov)
    mean = ones @ precision @ effect / (ones @ precision @ ones)
    log_density = multivariate_normal(np.full(len(study), mean), cov).logpdf(effect)
    return -2 * log_density + np.log(ones @ precision @ ones)


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_a_brute_force_likelihood(seed):
    effect, study = trials(seed, [2, 5, 1, 9, 4, 3], 0.3, 0.2)
    found = pool(effect, study)
    best = min(
        (
            minimize(
                restricted_deviance,
                start,
                (effect, study),
                method="Nelder-Mead",
                options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000},
            )
            for start in ([-2.0, -3.0], [-6.0, -3.0])
        ),
        key=lambda result: result.fun,
    )
    tau2, sigma2 = np.exp(best.x)
    assert found.tau**2 == pytest.approx(tau2, rel=1e-4, abs=1e-6)
    assert found.sigma**2 == pytest.approx(sigma2, rel=1e-4)
    assert found.studies == 6
    assert found.pairs == 24


def test_balanced_trials_have_a_closed_form():
    effect, study = trials(5, [4] * 8, 0.4, 0.2)
    means = effect.reshape(8, 4).mean(axis=1)
    within = effect.reshape(8, 4).var(axis=1, ddof=1).mean()
    between = means.var(ddof=1)
    found = pool(effect, study)
    assert found.mean == pytest.approx(effect.mean())
    assert found.sigma**2 == pytest.approx(within)
    assert found.tau**2 == pytest.approx(between - within / 4)
    assert found.se == pytest.approx(np.sqrt(between / 8))


def test_studies_that_agree_have_no_spread_between_them():
    effect = np.array([-1.0, 1.0, -1.1, 1.1, -0.9, 0.9])
    found = pool(effect, np.repeat([0, 1, 2], 2))
    assert found.tau == 0.0
    assert found.se == pytest.approx(found.sigma / np.sqrt(6))


def test_order_and_names_of_studies_do_not_matter():
    effect, study = trials(1, [3, 2, 6, 4], 0.3, 0.2)
    order = np.random.default_rng(0).permutation(len(effect))
    again = pool(effect[order], np.array([f"s{k}" for k in 9 - study[order]]))
    assert again.mean == pytest.approx(pool(effect, study).mean, rel=1e-12)
    assert again.tau == pytest.approx(pool(effect, study).tau, rel=1e-9)


def test_shift_and_scale_carry_over():
    effect, study = trials(2, [3, 2, 6, 4], 0.3, 0.2)
    base, moved = pool(effect, study), pool(2 * effect + 1, study)
    assert moved.mean == pytest.approx(2 * base.mean + 1)
    assert moved.se == pytest.approx(2 * base.se)
    assert moved.tau == pytest.approx(2 * base.tau)


@pytest.mark.parametrize(
    ("effect", "study"),
    [([0.1, 0.2], [1, 1]), ([0.1, np.nan], [1, 2]), ([0.1], [1]), ([0.1, 0.2], [1])],
)
def test_what_cannot_be_pooled_is_refused(effect, study):
    with pytest.raises(DataError):
        pool(effect, study)


def test_variances_must_be_positive():
    with pytest.raises(DataError):
        pool_known_variances([0.1, 0.2], [0.1, 0.0])


def test_moment_estimate_on_a_worked_example():
    found = pool_known_variances([0.0, 1.0], [0.1, 0.1])
    assert found.mean == pytest.approx(0.5)
    assert found.tau**2 == pytest.approx(0.4)
    assert found.se == pytest.approx(0.5)


def test_organic_yields_give_the_published_figures(real_data):
    table = pd.read_csv(real_data / "organic_vs_conventional_yield" / "seufert2012_organic.csv")
    found = pool_known_variances(table["lnR"], table["Var_lnR"])
    assert found.studies == 65
    assert found.mean == pytest.approx(-0.2455, abs=5e-5)
    assert found.se == pytest.approx(0.0540, abs=5e-5)
    assert found.tau**2 == pytest.approx(0.1515, abs=5e-5)
    assert found.q == pytest.approx(1982.3, abs=0.05)


@pytest.mark.parametrize("study", [[1, 2, 3, 4], [1, 1, 2, 2, 3, 3, 4, 4]])
def test_studies_without_spread_of_their_own_have_it_all_between_them(study):
    means = np.array([0.1, 0.3, -0.2, 0.25])
    found = pool(np.repeat(means, len(study) // 4), study)
    assert found.mean == pytest.approx(means.mean())
    assert found.tau == pytest.approx(means.std(ddof=1))
    assert found.se == pytest.approx(found.tau / 2)
    assert found.sigma == 0.0
