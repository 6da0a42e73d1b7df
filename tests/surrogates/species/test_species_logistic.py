import numpy as np
import pytest
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from species_case import occurrence

from edaphon.surrogates.species.logistic import PENALTIES, _basis, _path, fit_logistic
from edaphon.surrogates.species.occurrence import Occurrence


def process(n_background=4000, slope=1.5, seed=0):
    """Presences of a Poisson process with log intensity slope * x, against uniform background."""
    rng = np.random.default_rng(seed)
    tried = rng.uniform(-1, 1, 12_000)
    found = tried[rng.random(len(tried)) < np.exp(slope * (tried - 1))]
    places = rng.uniform(-1, 1, n_background)
    x = np.r_[found, places]
    presence = np.r_[np.ones(len(found)), np.zeros(n_background)]
    together = ((x + 1) * 10).astype(np.int64)
    return Occurrence(x[:, None], presence, 1 - presence, together, True)


def test_the_intensity_slope_of_a_poisson_process_is_found():
    model = fit_logistic(process(), seed=0)
    x = np.linspace(-0.95, 0.95, 50)
    told = logit(model.predict(x[:, None]))
    assert np.polyfit(x, told, 1)[0] == pytest.approx(1.5, abs=0.12)


def test_it_levels_presences_and_background():
    data = process()
    told = logit(fit_logistic(data, seed=0).predict(data.matrix))
    assert np.average(np.exp(told), weights=data.background) == pytest.approx(1)


def test_it_is_the_limit_of_logistic_regression_with_heavy_background():
    data = occurrence(presence_only=True)
    basis = _basis(data)
    penalty = 1.0
    (ours, _), *_ = _path(data, basis, np.array([penalty]), 1e-12)
    found, n_found = data.found, int(data.found.sum())
    columns = basis.expand(data.matrix)
    table = np.vstack([columns[found], columns])
    labels = np.r_[np.ones(n_found), np.zeros(len(columns))]
    heavy = np.r_[np.ones(n_found), np.full(len(columns), 1e6)]
    theirs = LogisticRegression(
        C=1 / (penalty * n_found), solver="newton-cholesky", tol=1e-12, max_iter=1000
    )
    theirs.fit(table, labels, sample_weight=heavy)
    np.testing.assert_allclose(ours, theirs.coef_[0], atol=2e-4)


def test_presences_and_absences_are_plain_ridge_logistic_regression():
    data = occurrence()
    basis = _basis(data)
    (ours, offset), *_ = _path(data, basis, np.array([0.3]), 1e-14)
    rarer = min(data.presence.sum(), data.background.sum())
    theirs = LogisticRegression(C=1 / (0.3 * rarer), solver="newton-cholesky", tol=1e-12)
    theirs.fit(basis.expand(data.matrix), data.found)
    np.testing.assert_allclose(ours, theirs.coef_[0], atol=1e-6)
    assert offset == pytest.approx(theirs.intercept_[0] - np.log(data.odds), abs=1e-6)


def test_a_weight_of_two_is_two_rows():
    data = occurrence(200)
    twice = data.found & (np.arange(200) % 3 == 0)
    weighted = Occurrence(
        data.matrix, data.presence * (1 + twice), data.background, data.together, False
    )
    rows = np.r_[np.arange(200), np.flatnonzero(twice)]
    repeated = Occurrence(
        data.matrix[rows], data.presence[rows], data.background[rows], data.together[rows], False
    )
    basis = _basis(data)
    (one, _), *_ = _path(weighted, basis, np.array([1.0]), 1e-14)
    (two, _), *_ = _path(repeated, basis, np.array([1.0]), 1e-14)
    np.testing.assert_allclose(one, two, atol=1e-8)


@pytest.mark.parametrize("presence_only", [False, True])
def test_noise_gets_a_strong_penalty_and_signal_a_weak_one(presence_only):
    data = occurrence(presence_only=presence_only)
    shuffled = np.random.default_rng(4).permutation(data.matrix)
    noise = Occurrence(shuffled, data.presence, data.background, data.together, presence_only)
    assert fit_logistic(noise, 0).penalty > 3 * fit_logistic(data, 0).penalty
    assert fit_logistic(data, 0).penalty in PENALTIES


def test_presences_of_one_set_get_the_usual_penalty():
    data = occurrence(100)
    alone = Occurrence(data.matrix, data.presence, data.background, np.zeros(100, int), False)
    assert fit_logistic(alone, 0).penalty == pytest.approx(10**0.5)


def test_separable_presences_stay_finite():
    x = np.r_[np.zeros(30), np.ones(10)][:, None] + np.linspace(0, 0.1, 40)[:, None]
    found = np.r_[np.zeros(30), np.ones(10)]
    model = fit_logistic(Occurrence(x, found, 1 - found, np.arange(40), False), 0)
    told = model.predict(x)
    assert np.isfinite(told).all()
    assert told[30:].min() > told[:30].max()
