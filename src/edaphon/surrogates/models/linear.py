"""Ridge regression, its penalty chosen on folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import lsq_linear

from edaphon.surrogates.models.base import column_spread, evened, leavable

if TYPE_CHECKING:
    from numpy.typing import NDArray

PENALTIES = 10.0 ** np.arange(-5.0, 2.1, 0.5)
"""Ridge penalties tried, per row of training data."""


@dataclass(frozen=True)
class Ridge:
    """Linear model on standardized columns with a penalty on the squared coefficients.

    Attributes
    ----------
    center, scale, coefficients : float64 arrays, shape (p,)
    intercept : float64 array, shape (1,)
    """

    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    intercept: NDArray[np.float64]

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict, (n, p) to (n,)."""
        slopes = self.coefficients / self.scale
        return np.asarray(matrix @ slopes + (self.intercept[0] - self.center @ slopes))


def fit_ridge(
    matrix: NDArray[np.float64],
    response: NDArray[np.float64],
    folds: NDArray[np.int64],
    weights: NDArray[np.float64] | None = None,
    signs: NDArray[np.int64] | None = None,
) -> Ridge:
    """Fit a ridge whose penalty is chosen on the given folds.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
    folds : int64 array, shape (n,)
        Folds on which the squared error chooses among `PENALTIES`.
    weights : float64 array, shape (n,), optional
        How much each row counts, above 0.
    signs : int64 array, shape (p,), optional
        1 or -1 where a coefficient may not be negative or positive, 0 elsewhere.

    Returns
    -------
    Ridge

    Notes
    -----
    Hoerl and Kennard 1970, Technometrics 12:55-67. Solved by the eigenvalues of the centered
    cross-products, of the rows where these are fewer than the columns; columns that do not vary
    get 0. The penalty is chosen without the signs.
    """
    weights = evened(weights, len(response))
    center, spread = np.average(matrix, axis=0, weights=weights), column_spread(matrix, weights)
    scale = np.where(spread > 0, spread, 1.0)
    scaled = np.where(spread > 0, (matrix - center) / scale, 0.0)
    errors, folds = np.zeros(len(PENALTIES)), leavable(folds)
    for fold in np.unique(folds):
        rest = folds != fold
        coefficients, intercepts = _path(scaled[rest], response[rest], weights[rest], PENALTIES)
        predicted = scaled[~rest] @ coefficients + intercepts
        errors += weights[~rest] @ ((response[~rest, None] - predicted) ** 2)
    best = PENALTIES[int(errors.argmin())]
    coefficients, intercepts = _path(scaled, response, weights, np.array([best]))
    chosen, intercept = coefficients[:, 0], intercepts
    if signs is not None and (chosen * signs < 0).any():
        chosen, intercept = _signed(scaled, response, weights, best, signs)
    return Ridge(center, scale, chosen, intercept)


def _path(
    scaled: NDArray[np.float64],
    response: NDArray[np.float64],
    weights: NDArray[np.float64],
    penalties: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients (p, n_penalties) and intercepts (n_penalties,) of every penalty."""
    center, mean = (
        np.average(scaled, axis=0, weights=weights),
        np.average(response, weights=weights),
    )
    root = np.sqrt(weights)
    away, left = (scaled - center) * root[:, None], (response - mean) * root
    damping = weights.sum() * penalties
    few_rows = len(away) < away.shape[1]
    values, vectors = np.linalg.eigh(away @ away.T if few_rows else away.T @ away)
    moments = vectors.T @ (left if few_rows else away.T @ left)
    solved = vectors @ (moments[:, None] / (np.maximum(values, 0.0)[:, None] + damping))
    coefficients = away.T @ solved if few_rows else solved
    return coefficients, mean - center @ coefficients


def _signed(
    scaled: NDArray[np.float64],
    response: NDArray[np.float64],
    weights: NDArray[np.float64],
    penalty: float,
    signs: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients (p,) and intercept (1,) of the same problem with signs that hold.

    The penalized squares are those of one system of p rows, by their Cholesky factor.
    """
    center, mean = (
        np.average(scaled, axis=0, weights=weights),
        np.average(response, weights=weights),
    )
    root = np.sqrt(weights)
    away, left = (scaled - center) * root[:, None], (response - mean) * root
    squares = away.T @ away + weights.sum() * penalty * np.eye(away.shape[1])
    factor = np.linalg.cholesky(squares)
    wanted = np.linalg.solve(factor, away.T @ left)
    low = np.where(signs > 0, 0.0, -np.inf)
    high = np.where(signs < 0, 0.0, np.inf)
    found = np.clip(lsq_linear(factor.T, wanted, (low, high), method="bvls").x, low, high)
    return found, np.array([mean - center @ found])
