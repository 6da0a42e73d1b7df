"""Amounts where a species is found: their logarithm, fitted and tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from edaphon.surrogates.folds import assign_folds
from edaphon.surrogates.importance import shuffled_rises
from edaphon.surrogates.species.calibration import log_odds
from edaphon.surrogates.species.ensemble import SHUFFLED_ROWS
from edaphon.surrogates.species.occurrence import N_FOLDS
from edaphon.surrogates.stack import Stack, fit_stack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.surrogates.species.ensemble import OccurrenceEnsemble
    from edaphon.surrogates.species.occurrence import Occurrence

AMOUNT_CANDIDATES = ("ridge", "splines", "extra_trees")
FEWEST_AMOUNTS = 20
"""Amounts above 0 below which their logarithm is modeled by its mean, as for a state surrogate."""


@dataclass(frozen=True)
class Amounts:
    """A fitted logarithm of amounts.

    Attributes
    ----------
    stack : Stack
    lowest, highest : float
        Range of the logarithms it was fitted to.
    """

    stack: Stack
    lowest: float
    highest: float

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict logarithms of amounts, were there any, (n, p) to (n,)."""
        return np.clip(self.stack.predict(matrix), self.lowest, self.highest)


def fit_amounts(
    matrix: NDArray[np.float64],
    amount: NDArray[np.float64],
    together: NDArray[np.int64],
    seed: int,
    candidates: tuple[str, ...] = AMOUNT_CANDIDATES,
    *,
    weights: NDArray[np.float64] | None = None,
) -> Stack:
    """Fit the logarithm of amounts above 0.

    Parameters
    ----------
    matrix : float64 array, shape (n, p)
    amount : float64 array, shape (n,)
        At least one above 0; zeros are left out.
    together : int64 array, shape (n,)
    seed : int
    candidates : tuple of str
        Of the state surrogates' stack; the mean alone where there are few amounts or places.
    weights : float64 array, shape (n,), optional

    Returns
    -------
    Stack
    """
    some = amount > 0
    logs, weights = np.log(amount[some]), None if weights is None else weights[some]
    _, labels = np.unique(together[some], return_inverse=True)
    n_folds = min(N_FOLDS, int(labels.max()) + 1)
    if n_folds < 3 or some.sum() < FEWEST_AMOUNTS or not candidates:
        mean = float(np.average(logs, weights=weights))
        return Stack(mean, (), (), (), np.arange(matrix.shape[1]))
    folds = assign_folds(labels, n_folds, seed)
    training = fit_stack(
        matrix[some], logs, folds, seed, candidates, weights=weights, groups=labels
    )
    return training.stack


def run_amount_fold(
    data: Occurrence,
    amount: NDArray[np.float64],
    folds: NDArray[np.int64],
    fold: int,
    seed: int,
) -> Amounts:
    """Fit the amounts without one fold.

    Parameters
    ----------
    data : Occurrence
    amount : float64 array, shape (n,)
    folds : int64 array, shape (n,)
    fold, seed : int

    Returns
    -------
    Amounts
    """
    with threadpool_limits(1):
        rest = folds != fold
        part = data.at(rest)
        stack = fit_amounts(part.matrix, amount[rest], part.together, seed, weights=part.weight)
        logs = np.log(amount[rest & (amount > 0)])
        return Amounts(stack, float(logs.min()), float(logs.max()))


def abundance_rises(
    ensemble: OccurrenceEnsemble,
    amounts: Amounts,
    data: Occurrence,
    amount: NDArray[np.float64],
    held: NDArray[np.bool_],
    *,
    owners: NDArray[np.int64],
    seed: int,
) -> NDArray[np.float64]:
    """Measure importance as the rise of the squared error of log(1 + amount) on held-out rows.

    Parameters
    ----------
    ensemble : OccurrenceEnsemble
    amounts : Amounts
        Both fitted on the rows that are not held out.
    data : Occurrence
    amount : float64 array, shape (n,)
    held : bool array, shape (n,)
        Rows to measure by; at most 400 are taken.
    owners : int64 array, shape (p,)
        Predictor of each column.
    seed : int

    Returns
    -------
    float64 array, shape (n_predictors,)

    Notes
    -----
    A predictor is shuffled in both parts of the hurdle at once, in the loss that the gate judges
    by. Leveled chances are brought back by the share of the rows that hold the species.
    """
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero(held)
    rows = rng.choice(rows, min(SHUFFLED_ROWS, len(rows)), replace=False)
    share = float(np.average(data.found[~held], weights=data.weight[~held]))
    weight, logs = data.weight[rows], np.log1p(amount[rows])

    def loss(matrix: NDArray[np.float64]) -> float:
        chance = expit(log_odds(ensemble.each(matrix).mean(axis=0)) + logit(share))
        told = chance * np.logaddexp(0.0, amounts.predict(matrix))
        return float(weight @ (logs - told) ** 2)

    return shuffled_rises(loss, data.matrix[rows], owners, rng)
