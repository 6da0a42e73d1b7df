"""A hierarchical model of log response ratios: studies within practices, heavy-tailed and skew.

The unit is the cell: the mean lnRR of one practice in one study. Its true value lies around the
practice's mean as a skew Student's t, whose degrees of freedom and skewness are estimated; every
practice has a spread between studies of its own; means and spreads of the practices lie around
common ones, so that a practice with few studies leans on the others. Everything unknown is
integrated by a seeded Gibbs sampler: no spread is taken for 0 because few studies happen to agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, ndtr, ndtri

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edaphon.effects.cells import Cells

    Floats = NDArray[np.float64]

KEPT, BURNED = 800, 200
"""Rounds of the sampler that are kept, and rounds before them; about a second per table."""
TAILS = np.array([2.5, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 25.0, 50.0])
"""Degrees of freedom that are weighed, equally likely before; below 2 no variance would exist."""
GATHERING = np.array([2.0, 4.0, 8.0, 16.0, 32.0, 64.0])
"""Degrees of freedom with which the practices' variances lie around the common one."""
SPREADS = np.geomspace(0.005, 2.0, 100)
"""Values that spreads may take, on the lnRR scale; within a step they are equally likely."""
STEP = float(SPREADS[1] / SPREADS[0])
CENTER_SD, TAU_SCALE, OMEGA_SCALE, SKEW_SD = 1.0, 0.5, 0.3, 2.0
"""Priors (judgement, all wide against what trials show): the common mean is N(0, 1), the common
spread between studies half-normal of scale 0.5, that of the practices' means half-normal of scale
0.3, the skewness N(0, 4)."""


@dataclass(frozen=True)
class Posterior:
    """Draws of everything unknown.

    Attributes
    ----------
    practices : tuple of str
    mean, tau : float64 arrays, shape (n_draws, n_practices)
        Mean lnRR of each practice, and the scale of its studies around it.
    df, skew : float64 arrays, shape (n_draws,)
        Degrees of freedom and skewness of the studies around their practice's mean.
    center, omega : float64 arrays, shape (n_draws,)
        Mean of the practices' means, and their standard deviation.
    common_tau, gathering : float64 arrays, shape (n_draws,)
        Common scale of the studies, and how closely (degrees of freedom) practices keep to it.
    """

    practices: tuple[str, ...]
    mean: Floats
    tau: Floats
    df: Floats
    skew: Floats
    center: Floats
    omega: Floats
    common_tau: Floats
    gathering: Floats

    def of(self, practice: str, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return draws of a practice's mean and scale; of a new practice where it is unknown.

        Parameters
        ----------
        practice : str
        rng : numpy.random.Generator
            For a practice that the model has not seen.

        Returns
        -------
        mean, tau : float64 arrays, shape (n_draws,)
        """
        if practice in self.practices:
            p = self.practices.index(practice)
            return self.mean[:, p], self.tau[:, p]
        mean = self.center + self.omega * rng.standard_normal(len(self.center))
        tau = self.common_tau * np.sqrt(self.gathering / rng.chisquare(self.gathering))
        return mean, tau


def sample_posterior(
    cells: Cells, *, seed: int = 0, kept: int = KEPT, burned: int = BURNED
) -> Posterior:
    """Draw from the posterior of the hierarchical model of `cells`.

    Parameters
    ----------
    cells : Cells
    seed : int
    kept, burned : int
        Rounds that are kept, and those before them that are not.

    Returns
    -------
    Posterior
        The same for the same cells and seed.

    Notes
    -----
    A cell's mean is ``y ~ N(theta, s^2 / n)`` with ``s^2`` scaled inverse chi-squared (`Noise`).
    ``theta = mean_p + tau_p (skew (g - E g) + e / sqrt(w))`` with ``w ~ Gamma(df / 2, df / 2)``,
    e normal, g half-normal over ``sqrt(w)``: the skew t of Azzalini & Capitanio (2003, Journal of
    the Royal Statistical Society B 65:367-389) in its stochastic form, moved so that ``mean_p`` is
    its mean. ``mean_p ~ N(center, omega^2)``; ``tau_p^2`` is scaled inverse chi-squared
    (gathering, common_tau^2). Steps are conjugate (Gelman et al. 2013, Bayesian Data Analysis,
    3rd edition, chapters 3, 5 and 17) or draws from a grid (Ritter & Tanner 1992, Journal of the
    American Statistical Association 87:861-868); means are drawn with theta integrated out, df
    with w integrated out, so that the chain moves freely.
    """
    rng = np.random.default_rng(seed)
    chain = _Chain(cells)
    rounds = []
    for k in range(burned + kept):
        chain.step(rng)
        if k >= burned:
            rounds.append(chain.snapshot())
    columns = [np.array(column) for column in zip(*rounds, strict=True)]
    return Posterior(cells.practices, *columns)


def half_mean(df: ArrayLike) -> Floats:
    """Return the mean of |t|-like g: a half-normal over sqrt(w), ``w ~ Gamma(df / 2, df / 2)``.

    Parameters
    ----------
    df : array_like
        Above 1.

    Returns
    -------
    float64 array
        ``sqrt(df / pi) Gamma((df - 1) / 2) / Gamma(df / 2)``.
    """
    n = np.asarray(df, dtype=np.float64)
    ratio = np.exp(gammaln((n - 1.0) / 2.0) - gammaln(n / 2.0))
    return np.asarray(np.sqrt(n / np.pi) * ratio, dtype=np.float64)


class _Chain:
    """The state of the sampler, and one round of it."""

    def __init__(self, cells: Cells) -> None:
        self.cells, self.y, self.p = cells, cells.mean, cells.practice
        self.n = np.bincount(self.p, minlength=len(cells.practices)).astype(np.float64)
        self.noise = cells.variance
        self.at, self.lifts = len(TAILS) // 3, half_mean(TAILS)
        self.constants = gammaln(TAILS / 2.0 + 1.0) - gammaln(TAILS / 2.0) - np.log(TAILS)
        self.gathers = GATHERING / 2.0 * np.log(GATHERING / 2.0) - gammaln(GATHERING / 2.0)
        self.common = float(np.clip(np.std(self.y), 0.05, 1.0))
        self.tau = np.full(len(self.n), self.common)
        self.center, self.omega, self.gathering = float(np.median(self.y)), 0.1, 8.0
        self.mean = np.full(len(self.n), self.center)
        self.skew = 0.0
        self.weight = np.ones(len(self.y))
        self.lift = np.full(len(self.y), self.lifts[self.at])

    def step(self, rng: np.random.Generator) -> None:
        """One round over all unknowns."""
        shift = self.skew * (self.lift - self.lifts[self.at]) * self.tau[self.p]
        self._practice_means(rng, shift)
        away = self._cells(rng, shift) - self.mean[self.p]
        self._noise(rng, away)
        self._tails(rng, away / self.tau[self.p])
        self._skewness(rng, away / self.tau[self.p])
        self._spreads(rng, away)
        self._common(rng)

    def snapshot(self) -> tuple[object, ...]:
        """Return what `Posterior` holds of one round."""
        shape = TAILS[self.at], self.skew
        common = self.center, self.omega, self.common, self.gathering
        return (self.mean, self.tau, *shape, *common)

    def _practice_means(self, rng: np.random.Generator, shift: Floats) -> None:
        """Draw mean_p, with theta integrated out."""
        precision = 1.0 / (self.tau[self.p] ** 2 / self.weight + self.noise)
        total = np.bincount(self.p, precision, len(self.n)) + self.omega**-2
        pull = np.bincount(self.p, precision * (self.y - shift), len(self.n))
        middle = (pull + self.center / self.omega**2) / total
        self.mean = middle + rng.standard_normal(len(self.n)) / np.sqrt(total)

    def _cells(self, rng: np.random.Generator, shift: Floats) -> Floats:
        """Draw theta, the true values of the cells."""
        inner = self.weight / self.tau[self.p] ** 2
        total = inner + 1.0 / self.noise
        middle = (inner * (self.mean[self.p] + shift) + self.y / self.noise) / total
        return np.asarray(middle + rng.standard_normal(len(self.y)) / np.sqrt(total))

    def _noise(self, rng: np.random.Generator, away: Floats) -> None:
        """Draw the sampling variance of each cell's mean."""
        c, noise = self.cells, self.cells.noise
        square = c.square + c.pairs * (self.y - self.mean[self.p] - away) ** 2
        total = noise.known * noise.variance + square
        self.noise = total / rng.chisquare(noise.known + c.pairs) / c.pairs

    def _tails(self, rng: np.random.Generator, z: Floats) -> None:
        """Draw the degrees of freedom, then the weight of each cell."""
        rest = z[None] - self.skew * (self.lift[None] - self.lifts[:, None])
        square = rest**2 + self.lift**2
        fit = np.log1p(square / TAILS[:, None]).sum(axis=1)
        self.at = _pick(rng, len(z) * self.constants - (TAILS / 2.0 + 1.0) * fit)
        df = TAILS[self.at]
        rate = (df + square[self.at]) / 2.0
        self.weight = rng.standard_gamma(df / 2.0 + 1.0, len(z)) / rate

    def _skewness(self, rng: np.random.Generator, z: Floats) -> None:
        """Draw each cell's half-normal part (truncated normal), then how much of it is in all."""
        mean = self.lifts[self.at]
        total = 1.0 + self.skew**2
        middle = self.skew * (z + self.skew * mean) / total
        sd = 1.0 / np.sqrt(self.weight * total)
        low = ndtr(-middle / sd)
        uniform = low + (1.0 - low) * rng.random(len(z))
        self.lift = np.maximum(middle + sd * ndtri(np.minimum(uniform, 1.0 - 1e-12)), 1e-9)
        lifted = self.weight * (self.lift - mean)
        precision = float(lifted @ (self.lift - mean)) + SKEW_SD**-2
        self.skew = float(lifted @ z / precision + rng.standard_normal() / np.sqrt(precision))

    def _spreads(self, rng: np.random.Generator, away: Floats) -> None:
        """Draw tau_p of each practice, from the grid."""
        count = len(self.n)
        own = np.bincount(self.p, self.weight * away**2, count) + self.gathering * self.common**2
        lifted = self.weight * away * (self.lift - self.lifts[self.at])
        cross = self.skew * np.bincount(self.p, lifted, count)
        fit = cross[:, None] / SPREADS - own[:, None] / (2.0 * SPREADS**2)
        fit = fit - (self.n + self.gathering)[:, None] * np.log(SPREADS)
        sums = np.cumsum(np.exp(fit - fit.max(axis=1, keepdims=True)), axis=1)
        at = (sums < (rng.random(count) * sums[:, -1])[:, None]).sum(axis=1)
        self.tau = SPREADS[at] * STEP ** (rng.random(count) - 0.5)

    def _common(self, rng: np.random.Generator) -> None:
        """Draw what the practices have in common: spread, how closely they keep to it, mean."""
        count, squares = len(self.n), SPREADS**2
        half = GATHERING[:, None] / 2.0
        inverse, logs = float((self.tau**-2).sum()), 2.0 * float(np.log(self.tau).sum())
        fit = count * (self.gathers[:, None] + half * np.log(squares))
        fit = fit - half * (squares * inverse + logs) - squares / (2.0 * TAU_SCALE**2)
        chosen = _pick(rng, (fit + np.log(SPREADS)).ravel())
        self.gathering = float(GATHERING[chosen // len(SPREADS)])
        self.common = float(SPREADS[chosen % len(SPREADS)])
        apart = float(((self.mean - self.center) ** 2).sum())
        fit = -(count - 1.0) * np.log(SPREADS) - apart / (2.0 * squares)
        self.omega = float(SPREADS[_pick(rng, fit - squares / (2.0 * OMEGA_SCALE**2))])
        total = count / self.omega**2 + CENTER_SD**-2
        middle = float(self.mean.sum()) / self.omega**2 / total
        self.center = float(middle + rng.standard_normal() / np.sqrt(total))


def _pick(rng: np.random.Generator, log_density: Floats) -> int:
    """Draw a position of a grid."""
    sums = np.cumsum(np.exp(log_density - log_density.max()))
    return int(np.searchsorted(sums, rng.random() * sums[-1]))
