"""Pooling of trials by study: hierarchical over practices; one practice by REML or by moments."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from edaphon.effects.cells import Cells, cells_of, trials_error
from edaphon.effects.hierarchical import KEPT, Posterior, sample_posterior
from edaphon.effects.predictive import deviations
from edaphon.effects.spread import T4_95
from edaphon.practices.evidence import ANY

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

MIN_STUDIES = 2
NOTHING_WITHIN = 1e-12
"""Share of the squares below which the spread within studies is rounding."""
BORROWED = 4.0
"""Degrees of freedom that a practice borrows from all for its spread within studies."""


@dataclass(frozen=True)
class PooledEffect:
    """A pooled log response ratio.

    Attributes
    ----------
    mean, se : float
        Pooled mean lnRR and its standard error.
    tau : float
        Standard deviation of the study means around `mean`; of the t distribution with 4 degrees
        of freedom that spreads as far between its 5 and 95 % quantiles, where they were pooled
        over practices.
    sigma : float
        Standard deviation of the pairs within a study (of the sampling errors, where the variances
        are known: their root mean).
    studies, pairs : int
    q : float
        Cochran's Q of the effect sizes with known variances, else nan.
    """

    mean: float
    se: float
    tau: float
    sigma: float
    studies: int
    pairs: int
    q: float = nan


@dataclass(frozen=True)
class _Sums:
    """What the likelihood needs of the pairs: counts and means by study, and the rest within."""

    count: NDArray[np.float64]
    mean: NDArray[np.float64]
    within: float

    @property
    def pairs(self) -> float:
        return float(self.count.sum())


@dataclass(frozen=True)
class Pooled:
    """Pooled effects of all practices on one outcome.

    Attributes
    ----------
    effects : dict of str to PooledEffect
        By practice; `edaphon.practices.evidence.ANY` is a practice that the trials do not have.
    posterior : Posterior
    cells : Cells
    """

    effects: dict[str, PooledEffect]
    posterior: Posterior
    cells: Cells


def pool_practices(
    lnrr: ArrayLike, study: ArrayLike, practice: ArrayLike, *, seed: int = 0, kept: int = KEPT
) -> Pooled:
    """Pool log response ratios of several practices on one outcome, hierarchically.

    Parameters
    ----------
    lnrr : array_like, shape (n_pairs,)
        ``ln(treated / control)``, dimensionless.
    study, practice : array_like, shape (n_pairs,)
        Labels of each pair.
    seed, kept : int
        Of the sampler; see `edaphon.effects.hierarchical.sample_posterior`.

    Returns
    -------
    Pooled
        The practices of the trials, and ANY. What one database may differ from another is not in
        `se`; `edaphon.effects.spread.shared_sd` adds it.

    Raises
    ------
    DataError
        If the lengths differ, a value is not finite or there are fewer than two studies.
    """
    cells = cells_of(lnrr, study, practice)
    if len(cells.studies) < MIN_STUDIES:
        raise trials_error(f"only {len(cells.studies)} study", "pool at least two studies")
    posterior = sample_posterior(cells, seed=seed, kept=kept)
    rng = np.random.default_rng([seed, 1])
    effects = {name: _of_practice(cells, posterior, name, rng) for name in cells.practices}
    return Pooled({**effects, ANY: _of_any(cells, posterior, rng)}, posterior, cells)


def _of_practice(
    cells: Cells, posterior: Posterior, name: str, rng: np.random.Generator
) -> PooledEffect:
    """Figures of one practice of the trials."""
    rows = cells.practice == cells.practices.index(name)
    mean, tau = posterior.of(name, rng)
    return PooledEffect(
        mean=float(mean.mean()),
        se=float(mean.std(ddof=1)),
        tau=_reach(deviations(posterior, tau, rng)),
        sigma=_within(cells, rows),
        studies=int(rows.sum()),
        pairs=int(cells.pairs[rows].sum()),
    )


def _of_any(cells: Cells, posterior: Posterior, rng: np.random.Generator) -> PooledEffect:
    """Figures of a practice that the trials do not have: how far practices and studies spread."""
    mean, tau = posterior.of("", rng)
    away = deviations(posterior, tau, rng) + (mean - posterior.center)[:, None]
    return PooledEffect(
        mean=float(posterior.center.mean()),
        se=float(posterior.center.std(ddof=1)),
        tau=_reach(away),
        sigma=_within(cells, np.ones(len(cells.mean), dtype=bool)),
        studies=len(cells.studies),
        pairs=int(cells.pairs.sum()),
    )


def _reach(away: NDArray[np.float64]) -> float:
    """Sd of the t with 4 degrees of freedom whose 5 and 95 % quantiles lie as far apart."""
    low, high = np.quantile(away, [0.05, 0.95])
    return float((high - low) / (2.0 * T4_95))


def _within(cells: Cells, rows: NDArray[np.bool_]) -> float:
    """Return the sd of the pairs within studies, drawn a little toward that of all cells."""
    own = cells.pairs - 1.0
    everything = cells.square.sum() / own.sum() if own.sum() > 0 else cells.noise.variance
    square = cells.square[rows].sum() + BORROWED * everything
    return float(np.sqrt(square / (own[rows].sum() + BORROWED)))


def pool(lnrr: ArrayLike, study: ArrayLike) -> PooledEffect:
    """Pool log response ratios by study with random effects, by restricted likelihood.

    The model is ``lnrr[ij] = mean + b[i] + e[ij]``, ``b ~ N(0, tau^2)``, ``e ~ N(0, sigma^2)``:
    pairs of one study are not independent, so the study counts and not the pair.

    Parameters
    ----------
    lnrr : array_like, shape (n_pairs,)
        ``ln(treated / control)``, dimensionless.
    study : array_like, shape (n_pairs,)
        Study of each pair.

    Returns
    -------
    PooledEffect

    Raises
    ------
    DataError
        If the lengths differ, a value is not finite or there are fewer than two studies.

    Notes
    -----
    Restricted likelihood of Patterson & Thompson (1971, Biometrika 58:545-554), profiled over the
    mean and ``sigma^2`` (Searle, Casella & McCulloch 1992, Variance Components, section 3.8). With
    ``r = tau^2 / sigma^2`` and ``v_i = r + 1 / n_i`` its derivative is brought to zero by Brent's
    method, in a bracket grown from the moment estimate of the one-way analysis of variance
    (Searle et al., section 3.6); where it falls from the start, ``tau`` is 0. The standard error
    is ``sqrt(sigma^2 / sum(1 / v_i))``. Where no study has pairs that differ, the two spreads
    cannot be told apart, and all of it counts as between studies.
    """
    sums = _sums(np.asarray(lnrr, dtype=np.float64), np.asarray(study))
    if sums.within <= NOTHING_WITHIN * float((sums.mean**2).sum()):
        return _between_only(sums)
    ratio = _reml_ratio(sums)
    weight = 1.0 / (ratio + 1.0 / sums.count)
    mean = float(weight @ sums.mean / weight.sum())
    variance = (sums.within + float(weight @ (sums.mean - mean) ** 2)) / (sums.pairs - 1.0)
    return PooledEffect(
        mean=mean,
        se=float(np.sqrt(variance / weight.sum())),
        tau=float(np.sqrt(ratio * variance)),
        sigma=float(np.sqrt(variance)),
        studies=len(sums.count),
        pairs=int(sums.pairs),
    )


def _between_only(sums: _Sums) -> PooledEffect:
    """Pool studies of one pair each (or of equal pairs)."""
    tau = float(sums.mean.std(ddof=1))
    return PooledEffect(
        mean=float(sums.mean.mean()),
        se=tau / float(np.sqrt(len(sums.mean))),
        tau=tau,
        sigma=0.0,
        studies=len(sums.count),
        pairs=int(sums.pairs),
    )


def pool_known_variances(lnrr: ArrayLike, variance: ArrayLike) -> PooledEffect:
    """Pool one effect size per study whose sampling variance is known, by moments.

    Parameters
    ----------
    lnrr : array_like, shape (n_studies,)
        ``ln(treated / control)``, dimensionless.
    variance : array_like, shape (n_studies,)
        Sampling variance of each, above 0.

    Returns
    -------
    PooledEffect
        `sigma` is the square root of the mean sampling variance.

    Raises
    ------
    DataError
        If the lengths differ, a value is not finite, a variance is not positive or there are
        fewer than two studies.

    Notes
    -----
    DerSimonian & Laird (1986, Controlled Clinical Trials 7:177-188): ``tau^2 =
    max(0, (Q - (k - 1)) / (sum w - sum w^2 / sum w))`` with ``w = 1 / variance``.
    """
    effect = np.asarray(lnrr, dtype=np.float64)
    known = np.asarray(variance, dtype=np.float64)
    _check(effect, known)
    if not (np.isfinite(known).all() and (known > 0).all()):
        raise trials_error("a sampling variance is not a positive number", "leave such pairs out")
    weight = 1.0 / known
    fixed = weight @ effect / weight.sum()
    q = weight @ (effect - fixed) ** 2
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    tau2 = max(0.0, float((q - (len(effect) - 1)) / scale))
    weight = 1.0 / (known + tau2)
    return PooledEffect(
        mean=float(weight @ effect / weight.sum()),
        se=float(np.sqrt(1.0 / weight.sum())),
        tau=float(np.sqrt(tau2)),
        sigma=float(np.sqrt(known.mean())),
        studies=len(effect),
        pairs=len(effect),
        q=float(q),
    )


def _sums(lnrr: NDArray[np.float64], study: NDArray[np.generic]) -> _Sums:
    """Return counts and means by study and the sum of squares within them."""
    _check(lnrr, study)
    _, code = np.unique(study, return_inverse=True)
    count = np.bincount(code).astype(np.float64)
    if len(count) < MIN_STUDIES:
        raise trials_error(f"only {len(count)} study", "pool at least two studies")
    mean = np.bincount(code, weights=lnrr) / count
    return _Sums(count, mean, float(((lnrr - mean[code]) ** 2).sum()))


def _check(lnrr: NDArray[np.float64], other: NDArray[np.generic]) -> None:
    """Refuse arrays that cannot be pooled."""
    if lnrr.ndim != 1 or lnrr.shape != other.shape:
        raise trials_error(
            f"shapes {lnrr.shape} and {other.shape} differ", "give two columns of a table"
        )
    if not np.isfinite(lnrr).all():
        raise trials_error("a log response ratio is not finite", "leave such pairs out")
    if len(lnrr) < MIN_STUDIES:
        raise trials_error(f"only {len(lnrr)} pairs", "pool at least two studies")


def _reml_ratio(sums: _Sums) -> float:
    """Return tau^2 / sigma^2 at the highest restricted likelihood."""
    from scipy.optimize import brentq

    slope = _profile_slope(sums)
    start = _moment_ratio(sums)
    if slope(0.0) >= 0.0:
        return 0.0
    high = max(start, 1e-3)
    while slope(high) < 0.0 and high < 1e9:
        high *= 4.0
    return float(brentq(slope, 0.0, high, xtol=1e-14, rtol=1e-14))


def _profile_slope(sums: _Sums) -> Callable[[float], float]:
    """Return the derivative of -2 log profiled restricted likelihood by r = tau^2 / sigma^2."""

    def slope(ratio: float) -> float:
        weight = 1.0 / (ratio + 1.0 / sums.count)
        mean = weight @ sums.mean / weight.sum()
        square = (sums.mean - mean) ** 2
        residual = sums.within + weight @ square
        return float(
            weight.sum()
            - (weight**2).sum() / weight.sum()
            - (sums.pairs - 1.0) * (weight**2 @ square) / residual
        )

    return slope


def _moment_ratio(sums: _Sums) -> float:
    """Moment estimate of tau^2 / sigma^2 from the one-way analysis of variance."""
    studies, pairs = len(sums.count), sums.pairs
    grand = sums.count @ sums.mean / pairs
    between = float(sums.count @ (sums.mean - grand) ** 2) / (studies - 1)
    within = sums.within / max(pairs - studies, 1.0)
    size = (pairs - (sums.count**2).sum() / pairs) / (studies - 1)
    return max(0.0, float((between - within) / size)) / within if within > 0.0 else 1.0
