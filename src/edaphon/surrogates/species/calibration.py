"""From leveled probabilities to calibrated ones, and how far blocks of ground stray from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.special import expit, logit, logsumexp
from scipy.stats import norm

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EDGE = 2.5e-3
"""Leveled probabilities are kept this far from 0 and 1, as forests of few trees reach both."""

TINY = 1e-9
"""Calibrated probabilities are kept this far from 0 and 1."""
_WIDEST = 4.0

NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
NODE_SHARES = _NODE_WEIGHTS / _NODE_WEIGHTS.sum()
"""Gauss-Hermite nodes of a standard normal, and the share of it that each stands for."""


@dataclass(frozen=True)
class PlattLine:
    """Log odds of presence as a straight line of those that level presences and the rest.

    Attributes
    ----------
    intercept, slope : float
        The slope is not negative, so ranks are kept.
    """

    intercept: float
    slope: float

    def probability(self, leveled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return calibrated probabilities of leveled ones, (n,) to (n,)."""
        return np.asarray(expit(self.intercept + self.slope * log_odds(leveled)))


AS_TOLD = PlattLine(0.0, 1.0)
"""Leaves leveled probabilities as they are."""


def log_odds(told: NDArray[np.float64], edge: float = _EDGE) -> NDArray[np.float64]:
    """Log odds of probabilities kept off 0 and 1 by `edge`, (n,) to (n,)."""
    return np.asarray(logit(np.clip(told, edge, 1 - edge)), dtype=np.float64)


def fit_calibration(
    leveled: NDArray[np.float64], found: NDArray[np.bool_], weight: NDArray[np.float64]
) -> PlattLine:
    """Fit Platt's calibration on held-out predictions.

    Parameters
    ----------
    leveled : float64 array, shape (n,)
        Held-out probabilities that level presences and the rest.
    found : bool array, shape (n,)
    weight : float64 array, shape (n,)

    Returns
    -------
    PlattLine

    Notes
    -----
    Platt 1999, Probabilistic outputs for support vector machines, section 2, with its targets
    (n + 1) / (n + 2) and 1 / (n + 2), which keep few presences from promising too much. A line has
    two parameters where isotonic regression has as many as it finds steps; most species have too
    few presences for that.
    """
    odds = log_odds(leveled)
    n_found = float(weight[found].sum())
    n_other = float(weight[~found].sum())
    target = np.where(found, (n_found + 1) / (n_found + 2), 1 / (n_other + 2))

    def loss(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        told = line[0] + line[1] * odds
        off = weight * (expit(told) - target)
        total = weight @ (np.logaddexp(0.0, told) - target * told)
        return float(total), np.array([off.sum(), off @ odds])

    start = np.array([np.log((n_found + 1) / (n_other + 1)), 1.0])
    done = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(None, None), (0.0, None)])
    return PlattLine(float(done.x[0]), float(done.x[1]))


def with_prevalence(
    calibration: PlattLine,
    leveled: NDArray[np.float64],
    weight: NDArray[np.float64],
    prevalence: float,
) -> PlattLine:
    """Shift a calibration so that its mean over the background is a known prevalence.

    Parameters
    ----------
    calibration : PlattLine
    leveled, weight : float64 arrays, shape (n,)
        Of the background.
    prevalence : float
        Share of the places that hold the species, between 0 and 1.

    Returns
    -------
    PlattLine

    Raises
    ------
    ValueError
        If the prevalence is not between 0 and 1.
    """
    if not 0 < prevalence < 1:
        raise ValueError(f"a prevalence must lie between 0 and 1, got {prevalence}")
    odds = calibration.slope * log_odds(leveled)

    def excess(intercept: float) -> float:
        return float(np.average(expit(intercept + odds), weights=weight)) - prevalence

    edge = 50.0 + float(np.abs(odds).max())
    return PlattLine(float(brentq(excess, -edge, edge, xtol=1e-12)), calibration.slope)


def block_deviation(
    probability: NDArray[np.float64], found: NDArray[np.bool_], together: NDArray[np.int64]
) -> float:
    """Spread between blocks of ground that held-out probabilities leave unexplained.

    Parameters
    ----------
    probability : float64 array, shape (n,)
        Held-out and calibrated.
    found : bool array, shape (n,)
    together : int64 array, shape (n,)

    Returns
    -------
    float
        Standard deviation of a shift that all log odds of one block share.

    Notes
    -----
    Maximum likelihood of a normal shift of each block's log odds, its integral taken at 21
    Gauss-Hermite nodes: a logistic model with a random intercept and known fixed part.
    """
    _, labels = np.unique(together, return_inverse=True)
    n_blocks, odds = int(labels.max()) + 1, log_odds(probability, TINY)
    n_found = np.bincount(labels, weights=found)

    def surprise(deviation: float) -> float:
        told = np.empty((len(NODES), n_blocks))
        for k, node in enumerate(NODES):
            shift = deviation * node
            absent = np.bincount(labels, np.logaddexp(0.0, odds + shift), n_blocks)
            told[k] = shift * n_found - absent
        return -float(logsumexp(told + np.log(NODE_SHARES)[:, None], axis=0).sum())

    done = minimize_scalar(surprise, bounds=(0.0, _WIDEST), method="bounded")
    return float(done.x) if done.fun < surprise(0.0) else 0.0


def bounds(
    probability: NDArray[np.float64], spread: NDArray[np.float64], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return standard deviation and interval of probabilities whose log odds have a spread.

    Parameters
    ----------
    probability, spread : float64 arrays, shape (n,)
        The spread is a standard deviation of log odds.
    level : float

    Returns
    -------
    sd, lower, upper : float64 arrays, shape (n,)
    """
    odds = log_odds(probability, TINY)
    reach = norm.ppf(0.5 + level / 2) * spread
    lower = np.minimum(expit(odds - reach), probability)
    upper = np.maximum(expit(odds + reach), probability)
    first, second = np.zeros(len(odds)), np.zeros(len(odds))
    for node, part in zip(NODES, NODE_SHARES, strict=True):
        shifted = expit(odds + node * spread)
        first, second = first + part * shifted, second + part * shifted**2
    return np.sqrt(np.maximum(second - first**2, 0.0)), lower, upper
