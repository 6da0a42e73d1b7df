"""Cells of trials: the mean lnRR of one practice in one study, and how well it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.errors import DataError, Finding

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

FEWEST_CELLS = 3
"""Cells with several pairs that the spread of their variances needs; below, `FALLBACK` stands."""
FALLBACK = (4.0, 0.04)
"""Degrees of freedom and variance of a pair where no study repeats it (judgement: sd 0.2)."""
LEAST_KNOWN, MOST_KNOWN = 1.0, 60.0


@dataclass(frozen=True)
class Noise:
    """How variances of pairs differ from cell to cell: scaled inverse chi-squared.

    Attributes
    ----------
    known : float
        Degrees of freedom; few = variances differ much.
    variance : float
        Typical variance of a pair around its cell's mean.
    """

    known: float
    variance: float


@dataclass(frozen=True)
class Cells:
    """Mean lnRR by study and practice.

    Attributes
    ----------
    mean : float64 array, shape (n_cells,)
        Mean lnRR of the pairs.
    square : float64 array, shape (n_cells,)
        Sum of squared deviations of the pairs from it.
    pairs, practice, study : int64 arrays, shape (n_cells,)
        Number of pairs, and positions in `practices` and `studies`.
    practices, studies : tuple of str
        In alphabetical order.
    noise : Noise
    """

    mean: NDArray[np.float64]
    square: NDArray[np.float64]
    pairs: NDArray[np.int64]
    practice: NDArray[np.int64]
    study: NDArray[np.int64]
    practices: tuple[str, ...]
    studies: tuple[str, ...]
    noise: Noise

    @property
    def variance(self) -> NDArray[np.float64]:
        """Sampling variance of each mean, the pairs' variance drawn toward the typical one."""
        known = self.noise.known
        total = known * self.noise.variance + self.square
        return np.asarray(total / (known + self.pairs - 1.0) / self.pairs)

    def of(self, rows: NDArray[np.bool_]) -> Cells:
        """Return some of the cells, with the noise that they alone tell of."""
        practice, p = np.unique(self.practice[rows], return_inverse=True)
        study, s = np.unique(self.study[rows], return_inverse=True)
        return Cells(
            self.mean[rows],
            self.square[rows],
            self.pairs[rows],
            p,
            s,
            tuple(self.practices[k] for k in practice),
            tuple(self.studies[k] for k in study),
            noise_of(self.square[rows], self.pairs[rows]),
        )


def cells_of(lnrr: ArrayLike, study: ArrayLike, practice: ArrayLike) -> Cells:
    """Gather pairs into cells.

    Parameters
    ----------
    lnrr : array_like, shape (n_pairs,)
        ``ln(treated / control)``, dimensionless.
    study, practice : array_like, shape (n_pairs,)
        Labels; numbers and text are the same.

    Returns
    -------
    Cells

    Raises
    ------
    DataError
        If the lengths differ, there are no pairs, or a value is not finite.
    """
    effect = np.asarray(lnrr, dtype=np.float64)
    if effect.ndim != 1 or not len(effect) == len(np.asarray(study)) == len(np.asarray(practice)):
        raise trials_error("trials have columns of different lengths", "give columns of one table")
    if not len(effect) or not np.isfinite(effect).all():
        raise trials_error("a log response ratio is missing or not finite", "leave such pairs out")
    studies, s = np.unique(np.asarray(study).astype(str), return_inverse=True)
    practices, p = np.unique(np.asarray(practice).astype(str), return_inverse=True)
    both, cell = np.unique(p * len(studies) + s, return_inverse=True)
    pairs = np.bincount(cell).astype(np.int64)
    mean = np.bincount(cell, effect) / pairs
    square = np.asarray(np.bincount(cell, (effect - mean[cell]) ** 2), dtype=np.float64)
    return Cells(
        mean,
        square,
        pairs,
        both // len(studies),
        both % len(studies),
        tuple(practices.tolist()),
        tuple(studies.tolist()),
        noise_of(square, pairs),
    )


def noise_of(square: NDArray[np.float64], pairs: NDArray[np.int64]) -> Noise:
    """Estimate how variances of pairs differ between cells.

    Parameters
    ----------
    square : float64 array, shape (n_cells,)
    pairs : int64 array, shape (n_cells,)

    Returns
    -------
    Noise

    Notes
    -----
    Moments of the log variances: Smyth (2004, Statistical Applications in Genetics and Molecular
    Biology 3:3, section 6.2), with the degrees of freedom kept from 1 to 60.
    """
    from scipy.optimize import brentq
    from scipy.special import digamma, polygamma

    own = pairs - 1.0
    seen = (own > 0) & (square > 1e-12)
    if seen.sum() < FEWEST_CELLS:
        known, variance = FALLBACK
        return Noise(known, float(square.sum() / own.sum()) if seen.any() else variance)
    half = own[seen] / 2.0
    logs = np.log(square[seen] / own[seen]) - digamma(half) + np.log(half)
    spare = float(logs.var(ddof=1) - polygamma(1, half).mean())
    low, high = LEAST_KNOWN / 2.0, MOST_KNOWN / 2.0
    ends = float(polygamma(1, high)), float(polygamma(1, low))
    target = float(np.clip(spare, *ends))
    if target in ends:
        known = MOST_KNOWN if target == ends[0] else LEAST_KNOWN
    else:
        known = 2.0 * float(brentq(lambda x: float(polygamma(1, x)) - target, low, high))
    shift = float(digamma(known / 2.0) - np.log(known / 2.0))
    return Noise(known, float(np.exp(logs.mean() + shift)))


def trials_error(what: str, hint: str) -> DataError:
    """Return the error for log response ratios that cannot be pooled."""
    return DataError(Finding("trials: lnrr", what, hint))
