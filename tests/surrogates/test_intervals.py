import numpy as np
import pytest

from edaphon.surrogates.conformal import conformal_bounds, interval_score
from edaphon.surrogates.intervals import fit_spread, moments


def studies(seed, n=1500, n_groups=60, own=0.5):
    """Errors with a part that a group shares; folds and groups of whole groups."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, n_groups, n)
    matrix = rng.uniform(0, 1, (n, 3))
    error = rng.normal(size=n) + own * rng.normal(size=n_groups)[groups]
    return matrix, error, groups % 5, groups


def spread_of(matrix, fitted, error, folds, **more):
    return fit_spread(matrix, fitted, error, folds, level=0.9, seed=0, **more)


def coverage(spread, matrix, fitted, error, level):
    lower, upper = spread.bounds(spread.scale(matrix, fitted), fitted, level)
    return (fitted + error >= lower) & (fitted + error <= upper)


def test_intervals_widen_where_errors_are_larger_and_hold_every_level():
    rng = np.random.default_rng(0)
    matrix = rng.uniform(0, 1, (3000, 2))
    error = rng.normal(size=3000) * (0.2 + 2 * matrix[:, 0])
    one, other = slice(0, 1500), slice(1500, None)
    spread = spread_of(matrix[one], np.zeros(1500), error[one], np.arange(1500) % 5)
    assert spread.kind == "predictors"
    asked = matrix[other], np.zeros(1500), error[other]
    for level in (0.5, 0.8, 0.9, 0.97):
        assert abs(coverage(spread, *asked, level).mean() - level) < 0.03
    for part in np.array_split(np.argsort(matrix[other, 0]), 3):
        assert 0.83 < coverage(spread, *asked, 0.9)[part].mean() < 0.975


def test_even_errors_keep_nearly_even_widths():
    rng = np.random.default_rng(1)
    matrix, error = rng.uniform(0, 1, (800, 2)), rng.normal(size=800)
    spread = spread_of(matrix, np.zeros(800), error, np.arange(800) % 5)
    scale = spread.scale(matrix, np.zeros(800))
    assert scale.std() / scale.mean() < 0.2
    lower, upper = spread.bounds(np.full(1, spread.typical), np.zeros(1))
    assert -2 < lower[0] < -1.3
    assert 1.3 < upper[0] < 2


def test_errors_that_follow_nothing_keep_one_width_and_score_as_pooled_ones_do():
    kinds, ours, plain = [], [], []
    for seed in range(8):
        matrix, error, folds, groups = studies(seed, n=400, n_groups=25, own=1.0)
        fitted = matrix[:, 0]
        spread = spread_of(matrix, fitted, error, folds, groups=groups)
        kinds.append(spread.kind)
        asked, new, _, _ = studies(seed + 100, n=2000, n_groups=400, own=1.0)
        at = asked[:, 0]
        for scores, sides in (
            (ours, spread.bounds(spread.scale(asked, at), at)),
            (plain, spread.plain_bounds(at, 0.9)),
        ):
            scores.append(interval_score(at + new, *sides, 0.9))
    assert kinds.count("constant") >= 5
    assert np.mean(ours) <= 1.005 * np.mean(plain)


def test_errors_that_grow_with_the_fitted_value_or_with_novelty_are_followed():
    rng = np.random.default_rng(2)
    fitted, matrix = rng.uniform(0, 3, 1000), rng.normal(size=(1000, 2))
    error = rng.normal(size=1000) * (0.2 + fitted)
    grown = spread_of(matrix, fitted, error, np.arange(1000) % 5)
    scale = grown.scale(matrix[:2], np.array([0.2, 2.8]))
    assert scale[1] > 3 * scale[0]
    far = rng.normal(size=(1000, 2)) * np.where(rng.random(1000) < 0.3, 8.0, 0.3)[:, None]
    error = rng.normal(size=1000) * (0.3 + np.hypot(*far.T) / 4)
    novel = spread_of(far, np.zeros(1000), error, np.arange(1000) % 5)
    scale = novel.scale(np.array([[0.0, 0.0], [12.0, 12.0]]), np.zeros(2))
    assert scale[1] > 2 * scale[0]


def test_what_is_particular_to_groups_does_not_make_widths():
    covered, widths = [], []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(40), 25)
        place = rng.uniform(0, 1, (40, 2))[groups]
        size = rng.choice([0.5, 2.0], 40)[groups]
        error = size * rng.normal(size=1000)
        spread = spread_of(place, np.zeros(1000), error, groups % 5, groups=groups)
        scale = spread.scale(rng.uniform(0, 1, (500, 2)), np.zeros(500))
        widths.append(scale.std() / scale.mean())
        new = rng.choice([0.5, 2.0], 500) * rng.normal(size=500)
        covered.append(coverage(spread, rng.uniform(0, 1, (500, 2)), np.zeros(500), new, 0.9))
    assert np.mean(widths) < 0.25
    assert abs(np.mean(covered) - 0.9) < 0.04


def test_tails_need_not_be_alike():
    rng = np.random.default_rng(3)
    error = rng.gamma(1.0, 1.0, 2000) - 1
    spread = spread_of(np.zeros((2000, 1)), np.zeros(2000), error, np.arange(2000) % 5)
    lower, upper = spread.bounds(np.full(1, spread.typical), np.zeros(1))
    assert lower[0] == pytest.approx(np.log(1 / 0.95) - 1, abs=0.05)
    assert upper[0] == pytest.approx(np.log(1 / 0.05) - 1, abs=0.3)


def test_plain_bounds_are_those_of_pooled_residuals():
    matrix, error, folds, groups = studies(4)
    fitted = matrix[:, 0]
    spread = spread_of(matrix, fitted, error, folds, groups=groups)
    low, high = conformal_bounds(error, 0.8)
    lower, upper = spread.plain_bounds(fitted[:5], 0.8)
    np.testing.assert_allclose(lower, fitted[:5] + low)
    np.testing.assert_allclose(upper, fitted[:5] + high)
    constant = spread_of(matrix, fitted, error, folds, amounts=(0.0,))
    scale = constant.scale(matrix[:5], fitted[:5])
    np.testing.assert_allclose(constant.bounds(scale, fitted[:5], 0.8)[0], lower)


def test_a_typical_group_is_covered_where_large_groups_are_easy():
    rng = np.random.default_rng(5)
    sizes = np.r_[np.full(5, 300), np.full(45, 10)]
    groups = np.repeat(np.arange(50), sizes)
    error = rng.normal(size=len(groups)) * np.where(groups < 5, 0.5, 2.0)
    matrix, fitted = np.zeros((len(groups), 1)), np.zeros(len(groups))
    kept = {"groups": groups}
    pooled = spread_of(matrix, fitted, error, groups % 5, **kept)
    typical = spread_of(matrix, fitted, error, groups % 5, calibration="typical group", **kept)

    def mean_over_groups(spread):
        inside = coverage(spread, matrix, fitted, error, 0.9)
        return (np.bincount(groups, weights=inside) / sizes).mean()

    assert mean_over_groups(pooled) < 0.8
    assert abs(mean_over_groups(typical) - 0.9) < 0.03
    with pytest.raises(ValueError, match="typical group"):
        spread_of(matrix, fitted, error, groups % 5, calibration="median")


def test_weights_count_samples():
    matrix, error, folds, _ = studies(6, own=0.0)
    error[:500] *= 4
    weights = np.where(np.arange(1500) < 500, 0.02, 1.0)
    light = spread_of(matrix, np.zeros(1500), error, folds, weights=weights, amounts=(0.0,))
    rest = spread_of(matrix[500:], np.zeros(1000), error[500:], folds[500:], amounts=(0.0,))
    one, other = (s.bounds(np.full(1, s.typical), np.zeros(1))[1][0] for s in (light, rest))
    assert one == pytest.approx(other, rel=0.1)


def test_counts_with_many_zeros_are_covered_from_the_bound_on():
    inside, inside_zeros = np.mean([covered_counts(seed) for seed in range(8)], axis=0)
    assert abs(inside - 0.9) < 0.01
    assert inside_zeros > 0.85


def covered_counts(seed):
    """Shares of new counts, and of new zeros, within their 90 % intervals."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(0, 2, 4000)
    counts = np.where(rng.random(4000) < 0.4, 0.0, rng.poisson(np.exp(level)))
    modeled, fitted = np.log1p(counts), 0.6 * np.log1p(np.exp(level))
    one, other = slice(0, 2000), slice(2000, None)
    matrix = level[:, None]
    spread = spread_of(
        matrix[one], fitted[one], (modeled - fitted)[one], np.arange(2000) % 5, limits=(0.0, np.inf)
    )
    lower, upper = (
        np.maximum(side, 0.0)
        for side in spread.bounds(spread.scale(matrix[other], fitted[other]), fitted[other])
    )
    inside = (modeled[other] >= lower) & (modeled[other] <= upper)
    assert (lower[level[other] < 1] == 0).all()
    return inside.mean(), inside[counts[other] == 0].mean()


def test_moments_are_those_of_the_lognormal_and_the_mean_is_kept():
    rng = np.random.default_rng(8)
    matrix, error = np.zeros((20_000, 1)), 0.5 * rng.normal(size=20_000)
    spread = spread_of(matrix, np.zeros(20_000), error, np.arange(20_000) % 5, amounts=(0.0,))
    fitted, scale = np.array([1.0, 0.0]), spread.typical * np.array([1.0, 0.6])
    mean, sd = moments(spread, fitted, scale, np.exp)
    wanted = np.exp([1 + 0.125, 0.045])
    np.testing.assert_allclose(mean, wanted, rtol=0.01)
    np.testing.assert_allclose(sd, wanted * np.sqrt(np.expm1([0.25, 0.09])), rtol=0.04)
    plain, _ = moments(spread, fitted, scale, lambda values: values)
    np.testing.assert_allclose(plain, fitted + scale * error.mean() / spread.typical, atol=1e-12)


def test_few_samples_and_perfect_fits_are_borne():
    matrix = np.arange(12.0)[:, None]
    spread = spread_of(matrix, np.zeros(12), np.zeros(12), np.arange(12) % 3)
    assert np.isfinite(spread.scale(matrix, np.zeros(12))).all()
    lower, upper = spread.bounds(spread.scale(matrix, np.zeros(12)), np.zeros(12))
    assert (lower == 0).all()
    assert (upper == 0).all()
