"""Logistic models with a ridge penalty; against background, infinitely weighted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logsumexp

from edaphon.surrogates.models import ROWS
from edaphon.surrogates.species.basis import HingeBasis, fit_basis
from edaphon.surrogates.species.occurrence import N_FOLDS, n_sets, spread_folds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.surrogates.species.occurrence import Occurrence

PENALTIES = 10.0 ** np.arange(1.5, -2.1, -0.5)
"""Ridge penalties tried, per presence, on standardized columns, strong to weak."""

_USUAL = 2
"""Position of the penalty taken where too few sets hold presences to choose one."""

_ROUGH, _FINE = 1e-3, 1e-8
"""Rise of the objective that a Newton step must promise to be taken."""

Value = Callable[["NDArray[np.float64]"], float]
Slope = Callable[["NDArray[np.float64]"], "tuple[NDArray[np.float64], NDArray[np.float64]]"]


@dataclass(frozen=True)
class LeveledLogistic:
    """A logistic model of presence against absence or background, both equally common.

    Attributes
    ----------
    basis : HingeBasis
    coefficients : float64 array, shape (m,)
    offset : float
        Added to the linear predictor; it levels presences and the rest.
    penalty : float
        Chosen one of `PENALTIES`.
    """

    basis: HingeBasis
    coefficients: NDArray[np.float64]
    offset: float
    penalty: float

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability that a row is a presence, were both equally common, (n, p) to (n,)."""
        told = np.empty(len(matrix))
        for start in range(0, len(matrix), ROWS):
            rows = slice(start, start + ROWS)
            told[rows] = self.basis.expand(matrix[rows]) @ self.coefficients
        return np.asarray(expit(told + self.offset), dtype=np.float64)


def fit_logistic(data: Occurrence, seed: int) -> LeveledLogistic:
    """Fit a logistic model whose penalty is chosen on inner folds of whole sets.

    Parameters
    ----------
    data : Occurrence
        Presence-only data are fitted as an inhomogeneous Poisson process, presences and absences
        by ordinary logistic regression.
    seed : int
        Of the inner folds.

    Returns
    -------
    LeveledLogistic

    Notes
    -----
    Infinitely weighted logistic regression: Fithian and Hastie 2013, Annals of Applied Statistics
    7:1917-1939, section 5. Its limit of infinite background weights is maximized itself: the mean
    linear predictor of the presences less the log of the mean exponential over the background,
    which is also Maxent's likelihood (their section 4). The ridge penalty is per presence.
    """
    folds = np.zeros(0, dtype=np.int64)
    best = _USUAL
    if n_sets(data.together, data.found) >= 2:
        folds = spread_folds(data.together, data.found, N_FOLDS, seed)
        told = np.zeros((len(PENALTIES), len(folds)))
        for fold in np.unique(folds):
            held = folds == fold
            rest = data.at(~held)
            if rest.usable:
                basis = _basis(rest)
                for k, (beta, offset) in enumerate(_path(rest, basis, PENALTIES, _ROUGH)):
                    told[k, held] = basis.expand(data.matrix[held]) @ beta + offset
        best = int(np.argmax([_likelihood(data, row) for row in told]))
    basis = _basis(data)
    beta, offset = _path(data, basis, PENALTIES[: best + 1], _FINE)[-1]
    return LeveledLogistic(basis, beta, offset, float(PENALTIES[best]))


def _basis(data: Occurrence) -> HingeBasis:
    """Place hinges by the background, or by presences and absences together."""
    return fit_basis(data.matrix[data.background > 0] if data.presence_only else data.matrix)


def _likelihood(data: Occurrence, told: NDArray[np.float64]) -> float:
    """Log likelihood per presence of log odds that level presences and the rest."""
    if data.presence_only:
        behind = data.background > 0
        spread = logsumexp(told[behind], b=data.background[behind] / data.background.sum())
        return float(np.average(told, weights=data.presence) - spread)
    odds = told + np.log(data.odds)
    weight = data.presence + data.background
    total = data.presence @ odds - weight @ np.logaddexp(0.0, odds)
    return float(total / data.presence.sum())


def _path(
    data: Occurrence, basis: HingeBasis, penalties: NDArray[np.float64], enough: float
) -> list[tuple[NDArray[np.float64], float]]:
    """Coefficients (m,) and leveling offset for each penalty, strong to weak."""
    columns = basis.expand(data.matrix)
    make = _relative if data.presence_only else _ordinary
    value, slope, n_free = make(data, columns)
    damp = np.r_[np.ones(columns.shape[1]), np.zeros(n_free)]
    beta, found = np.zeros(len(damp)), []
    for penalty in penalties:
        beta = _ascend(value, slope, beta, penalty * damp, enough)
        weights = beta[: columns.shape[1]]
        if data.presence_only:
            behind = data.background > 0
            share = data.background[behind] / data.background.sum()
            offset = -float(logsumexp(columns[behind] @ weights, b=share))
        else:
            offset = float(beta[-1] - np.log(data.odds))
        found.append((weights, offset))
    return found


def _relative(data: Occurrence, columns: NDArray[np.float64]) -> tuple[Value, Slope, int]:
    """Objective of the Poisson process, per presence, with its gradient and curvature."""
    behind = data.background > 0
    places, log_share = columns[behind], np.log(data.background[behind] / data.background.sum())
    middle = np.average(columns, axis=0, weights=data.presence)

    def value(beta: NDArray[np.float64]) -> float:
        return float(middle @ beta - logsumexp(places @ beta + log_share))

    def slope(beta: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        told = places @ beta + log_share
        density = np.exp(told - logsumexp(told))
        expected = density @ places
        curvature = (places * density[:, None]).T @ places - np.outer(expected, expected)
        return middle - expected, curvature

    return value, slope, 0


def _ordinary(data: Occurrence, columns: NDArray[np.float64]) -> tuple[Value, Slope, int]:
    """Objective of logistic regression with an intercept, per presence or absence if rarer."""
    full = np.column_stack([columns, np.ones(len(columns))])
    rarer = min(data.presence.sum(), data.background.sum())
    presence, weight = data.presence / rarer, (data.presence + data.background) / rarer

    def value(beta: NDArray[np.float64]) -> float:
        told = full @ beta
        return float(presence @ told - weight @ np.logaddexp(0.0, told))

    def slope(beta: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        share = expit(full @ beta)
        steep = weight * share * (1 - share)
        return full.T @ (presence - weight * share), (full * steep[:, None]).T @ full

    return value, slope, 1


def _ascend(
    value: Value,
    slope: Slope,
    beta: NDArray[np.float64],
    damp: NDArray[np.float64],
    enough: float,
) -> NDArray[np.float64]:
    """Maximize a concave objective less half the damped squares, by Newton's method."""

    def height(at: NDArray[np.float64]) -> float:
        return value(at) - float(damp @ at**2) / 2

    now = height(beta)
    for _ in range(50):
        gradient, curvature = slope(beta)
        gradient = gradient - damp * beta
        curvature[np.diag_indices_from(curvature)] += damp + 1e-10
        step = np.linalg.solve(curvature, gradient)
        promised = float(gradient @ step)
        if promised < enough:
            break
        share, there = 1.0, height(beta + step)
        while there < now + 1e-4 * share * promised and share > 1e-6:
            share /= 2
            there = height(beta + share * step)
        if there <= now:
            break
        beta, now = beta + share * step, there
    return beta
