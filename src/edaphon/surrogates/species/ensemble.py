"""Candidates of an occurrence model, tried on held-out ground, and their mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from edaphon.surrogates.folds import derived_seed
from edaphon.surrogates.importance import shuffled_rises
from edaphon.surrogates.models import Model
from edaphon.surrogates.paired import paired_gain
from edaphon.surrogates.species.forests import fit_down_sampled, fit_down_weighted
from edaphon.surrogates.species.logistic import fit_logistic
from edaphon.surrogates.species.occurrence import N_FOLDS, Occurrence, spread_folds
from edaphon.surrogates.species.scores import log_loss

if TYPE_CHECKING:
    from numpy.typing import NDArray

CANDIDATES = ("logistic", "down_sampled")
"""Candidates taken where none are named."""

_FITS: dict[str, Callable[[Occurrence, int], Model]] = {
    "logistic": fit_logistic,
    "down_sampled": fit_down_sampled,
    "down_weighted": fit_down_weighted,
}

KNOWN = tuple(_FITS)

_QUANTILES = 201
SHUFFLED_ROWS = 400
"""Held-out rows at most by which importance is measured."""


@dataclass(frozen=True)
class OccurrenceEnsemble:
    """The mean of candidates that all say how probable presence is, were it as common as not.

    Attributes
    ----------
    names : tuple of str
        Empty: nothing is known, 0.5 everywhere.
    models : tuple of Model
    references : float64 array, shape (n_candidates, 201), or None
        Quantiles of each candidate's own predictions; where given, ranks among them are averaged
        instead of probabilities.
    """

    names: tuple[str, ...]
    models: tuple[Model, ...]
    references: NDArray[np.float64] | None = None

    def each(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predictions of every candidate, (n, p) to (n_candidates, n)."""
        told = [model.predict(matrix) for model in self.models]
        if self.references is not None:
            told = [as_ranks(*pair) for pair in zip(told, self.references, strict=True)]
        return np.stack(told) if told else np.full((1, len(matrix)), 0.5)


def as_ranks(told: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 0 to 1 of predictions among reference ones, ties at their middle.

    Parameters
    ----------
    told : float64 array, shape (n,)
    reference : float64 array, shape (m,)
        Sorted.

    Returns
    -------
    float64 array, shape (n,)
    """
    below = np.searchsorted(reference, told, side="left")
    upto = np.searchsorted(reference, told, side="right")
    return np.asarray((below + upto) / (2 * len(reference)), dtype=np.float64)


def fit_ensemble(
    data: Occurrence, seed: int, names: tuple[str, ...], combine: str = "mean"
) -> OccurrenceEnsemble:
    """Fit candidates by name.

    Parameters
    ----------
    data : Occurrence
    seed : int
    names : tuple of str
        Of "logistic", "down_sampled", "down_weighted"; empty: none.
    combine : {"mean", "rank"}

    Returns
    -------
    OccurrenceEnsemble
        Without candidates where there is nothing to set presences against.
    """
    if not data.usable:
        return OccurrenceEnsemble((), ())
    models = tuple(_FITS[name](data, seed) for name in names)
    if combine == "mean" or not models:
        return OccurrenceEnsemble(names, models)
    steps = np.linspace(0, 1, _QUANTILES)
    own = [np.quantile(model.predict(data.matrix), steps) for model in models]
    return OccurrenceEnsemble(names, models, np.stack(own))


@dataclass(frozen=True)
class HeldOccurrence:
    """Predictions of every row by candidates that did not see its fold.

    Attributes
    ----------
    names : tuple of str
    folds : int64 array, shape (n_assignments, n)
    told : float64 array, shape (n_assignments, n_candidates, n)
    """

    names: tuple[str, ...]
    folds: NDArray[np.int64]
    told: NDArray[np.float64]


def assign(
    data: Occurrence, n_assignments: int, seed: int, *, random: bool = False
) -> NDArray[np.int64]:
    """Folds of every assignment, (n_assignments, n).

    Parameters
    ----------
    data : Occurrence
    n_assignments, seed : int
    random : bool
        Fold single rows instead of whole sets.

    Returns
    -------
    int64 array, shape (n_assignments, n)
    """
    together = np.arange(len(data.matrix)) if random else data.together
    return np.stack(
        [
            spread_folds(together, data.found, N_FOLDS, derived_seed(seed, k, random))
            for k in range(n_assignments)
        ]
    )


def run_fold(
    data: Occurrence,
    folds: NDArray[np.int64],
    fold: int,
    *,
    seed: int,
    names: tuple[str, ...],
    combine: str = "mean",
) -> tuple[OccurrenceEnsemble, NDArray[np.float64]]:
    """Fit without one fold and predict it.

    Parameters
    ----------
    data : Occurrence
    folds : int64 array, shape (n,)
    fold, seed : int
    names : tuple of str
    combine : {"mean", "rank"}

    Returns
    -------
    ensemble : OccurrenceEnsemble
    told : float64 array, shape (n_candidates, n_held)
    """
    with threadpool_limits(1):
        held = folds == fold
        ensemble = fit_ensemble(data.at(~held), seed, names, combine)
        told = np.broadcast_to(
            ensemble.each(data.matrix[held]), (len(names), int(held.sum()))
        ).copy()
        return ensemble, told


def occurrence_rises(
    ensemble: OccurrenceEnsemble, held: Occurrence, owners: NDArray[np.int64], seed: int
) -> NDArray[np.float64]:
    """Measure importance as the rise of the leveled log loss on held-out rows.

    Parameters
    ----------
    ensemble : OccurrenceEnsemble
        Fitted on other rows.
    held : Occurrence
        At most 400 of its rows are taken.
    owners : int64 array, shape (p,)
        Predictor of each column.
    seed : int

    Returns
    -------
    float64 array, shape (n_predictors,)
        Zeros where nothing is told or the rows are all alike.
    """
    rng = np.random.default_rng(seed)
    chance = held.leveled
    if not ensemble.names or not held.usable or not (~held.found).any():
        return np.zeros(int(owners.max()) + 1)
    rows = rng.choice(len(chance), min(SHUFFLED_ROWS, len(chance)), replace=False)
    found, weight = held.found[rows], chance[rows]

    def loss(matrix: NDArray[np.float64]) -> float:
        return float(weight @ log_loss(ensemble.each(matrix).mean(axis=0), found))

    return shuffled_rises(loss, held.matrix[rows], owners, rng)


def choose(
    told: NDArray[np.float64], data: Occurrence, rows: NDArray[np.bool_] | None = None
) -> int | None:
    """Choose between the mean of the candidates and one of them alone.

    Parameters
    ----------
    told : float64 array, shape (n_assignments, n_candidates, n)
        Held-out predictions.
    data : Occurrence
    rows : bool array, shape (n,), optional
        Rows to judge by.

    Returns
    -------
    int or None
        Position of a candidate whose leveled log loss is lower than the mean's by more than two
        standard errors over blocks; None for the mean, which is hard to beat: two because several
        candidates are tried against it (judgement).
    """
    kept = np.ones(len(data.matrix), dtype=bool) if rows is None else rows
    part, candidates = data.at(kept), told[:, :, kept]
    if candidates.shape[1] < 2 or part.found.all() or not part.found.any():
        return None
    weight, found = part.leveled, part.found
    mean = weight * np.mean([log_loss(one.mean(axis=0), found) for one in candidates], axis=0)
    best, most = None, 0.0
    for k in range(candidates.shape[1]):
        own = weight * np.mean([log_loss(one[k], found) for one in candidates], axis=0)
        gain, error = paired_gain(mean - own, part.together)
        if gain > max(2 * error, most):
            best, most = k, gain
    return best


def combined(told: NDArray[np.float64], chosen: int | None) -> NDArray[np.float64]:
    """Return the mean of candidates or the chosen one, (..., n_candidates, n) to (..., n)."""
    return told.mean(axis=-2) if chosen is None else told[..., chosen, :]
