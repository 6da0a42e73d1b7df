"""Conformal bounds of scores, and the interval score that compares intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def ordered(
    scores: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sort scores and give the share of each.

    Parameters
    ----------
    scores, weights : float64 arrays, shape (n,)
        Weights above 0.

    Returns
    -------
    scores, shares : float64 arrays, shape (n,)
        In ascending order, and the weight of each over that of all and a new one.

    Notes
    -----
    The new one weighs as much as all together over Kish's effective number, (sum w)^2 / sum w^2;
    with equal weights the shares are 1 / (n + 1).
    """
    order = np.argsort(scores, kind="stable")
    total = weights.sum()
    return scores[order], weights[order] / (total + (weights**2).sum() / total)


def bounding(
    scores: NDArray[np.float64], shares: NDArray[np.float64], level: float
) -> tuple[float, float]:
    """Return the scores beyond which at most (1 - level) / 2 lies on each side.

    Parameters
    ----------
    scores, shares : float64 arrays, shape (n,)
        Of `ordered`.
    level : float

    Returns
    -------
    tuple of float
        The extreme scores where there are too few for the level.
    """
    tail = (1 - level) / 2 + 1e-9
    below = int(np.searchsorted(np.cumsum(shares), tail, side="right"))
    above = int(np.searchsorted(np.cumsum(shares[::-1]), tail, side="right"))
    return float(scores[max(below - 1, 0)]), float(scores[-max(above, 1)])


def conformal_bounds(
    scores: NDArray[np.float64], level: float, weights: NDArray[np.float64] | None = None
) -> tuple[float, float]:
    """Return the two scores between which a new one falls with probability of at least `level`.

    Parameters
    ----------
    scores : float64 array, shape (n,)
    level : float
    weights : float64 array, shape (n,), optional
        Above 0; equal if not given.

    Returns
    -------
    tuple of float
        With equal weights the floor((n + 1) a / 2)-th smallest and largest scores, a = 1 - level;
        the extreme ones where n is too small for the level.

    Notes
    -----
    Split conformal prediction with a tail of its own on each side: Romano, Patterson and Candes
    2019, Conformalized quantile regression, section 4. Weighted scores after Tibshirani, Foygel
    Barber, Candes and Ramdas 2019, Conformal prediction under covariate shift, with one weight
    for the new one (judgement: see `ordered`).
    """
    return bounding(*ordered(scores, np.ones(len(scores)) if weights is None else weights), level)


def interval_scores(
    observed: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    level: float,
) -> NDArray[np.float64]:
    """Interval score of each row, smaller is better.

    Parameters
    ----------
    observed, lower, upper : float64 arrays, shape (..., n)
    level : float

    Returns
    -------
    float64 array, shape (..., n)
        Width plus 2 / (1 - level) times what is missed (Gneiting and Raftery 2007, JASA
        102:359-378, eq. 43).
    """
    missed = np.maximum(lower - observed, 0) + np.maximum(observed - upper, 0)
    return np.asarray(upper - lower + 2 / (1 - level) * missed)


def interval_score(
    observed: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    level: float,
) -> float:
    """Mean interval score; see `interval_scores`."""
    return float(interval_scores(observed, lower, upper, level).mean())
