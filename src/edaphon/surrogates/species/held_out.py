"""Species tried on ground that they did not see, all folds of all species in one queue."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from edaphon.surrogates.folds import derived_seed
from edaphon.surrogates.species.amounts import abundance_rises, run_amount_fold
from edaphon.surrogates.species.ensemble import (
    HeldOccurrence,
    assign,
    occurrence_rises,
    run_fold,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.surrogates.species.occurrence import Occurrence

N_ASSIGNMENTS = 3
_STAGES = ("species", "species, random folds", "species, matched folds")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Trial:
    """One species, ready to be tried.

    Attributes
    ----------
    species : str
    data : Occurrence
    amount : float64 array, shape (n,), or None
        Abundance at the rows of `data`.
    """

    species: str
    data: Occurrence
    amount: NDArray[np.float64] | None

    def seed(self, *numbers: int) -> int:
        """Derive a seed of this species from others: the same whichever species it is with."""
        return derived_seed(zlib.crc32(self.species.encode()), *numbers)


@dataclass(frozen=True)
class Tried:
    """Held-out predictions of one species.

    Attributes
    ----------
    held : HeldOccurrence
    logs : float64 array, shape (n_assignments, n), or None
        Logarithms of amounts (`run_amount_fold`).
    rise : float64 array, shape (n_predictors,)
        Importance, not negative, in leveled log loss or in squared error of log(1 + amount).
    """

    held: HeldOccurrence
    logs: NDArray[np.float64] | None
    rise: NDArray[np.float64]


_Result = tuple["NDArray[np.float64]", "NDArray[np.float64] | None", "NDArray[np.float64] | None"]


def _run(
    trial: Trial,
    folds: NDArray[np.int64],
    fold: int,
    seed: int,
    *,
    names: tuple[str, ...],
    combine: str,
    owners: NDArray[np.int64] | None,
) -> _Result:
    """Fit one species without one fold and predict it."""
    data, held = trial.data, folds == fold
    with threadpool_limits(1):
        ensemble, told = run_fold(data, folds, fold, seed=seed, names=names, combine=combine)
        if trial.amount is None:
            rise = (
                None if owners is None else occurrence_rises(ensemble, data.at(held), owners, seed)
            )
            return told, rise, None
        amounts = run_amount_fold(data, trial.amount, folds, fold, seed)
        rise = (
            None
            if owners is None
            else abundance_rises(
                ensemble, amounts, data, trial.amount, held, owners=owners, seed=seed
            )
        )
        return told, rise, amounts.predict(data.matrix[held])


def hold_out_species(
    trials: list[Trial],
    *,
    names: tuple[str, ...],
    owners: NDArray[np.int64],
    seed: int,
    combine: str = "mean",
    n_assignments: int = N_ASSIGNMENTS,
    random: bool = False,
    matched: Sequence[NDArray[np.int64]] | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Tried]:
    """Predict every row of every species by candidates that saw none of its set.

    Parameters
    ----------
    trials : list of Trial
    names : tuple of str
        Candidates.
    owners : int64 array, shape (p,)
        Predictor of each column.
    seed : int
    combine : {"mean", "rank"}
    n_assignments : int
    random : bool
        Fold single rows at random instead; optimistic where sites lie close together.
    matched : sequence of int64 array, shape (n,), optional
        Folds of each trial's rows that resemble the prediction situation, used once instead.
    workers : int
        Processes; the answers do not depend on it.
    progress : callable, optional
        Called with stage, tasks done, tasks in all.

    Returns
    -------
    list of Tried
    """
    mark = 2 if matched is not None else int(random)
    assignments = (
        [folds[None] for folds in matched]
        if matched is not None
        else [
            assign(trial.data, n_assignments, trial.seed(seed), random=random) for trial in trials
        ]
    )
    tasks = [
        (position, k, int(fold))
        for position, rounds in enumerate(assignments)
        for k, folds in enumerate(rounds)
        for fold in np.unique(folds)
    ]
    jobs = (
        delayed(_run)(
            trials[position],
            assignments[position][k],
            fold,
            trials[position].seed(seed, k, mark, fold + 1),
            names=names,
            combine=combine,
            owners=owners if k == 0 and mark == 0 else None,
        )
        for position, k, fold in tasks
    )
    results = Parallel(n_jobs=workers, max_nbytes=None, return_as="generator")(jobs)
    tried = [
        _untried(trial, names, folds, owners)
        for trial, folds in zip(trials, assignments, strict=True)
    ]
    for done, ((position, k, fold), found) in enumerate(zip(tasks, results, strict=True), start=1):
        _take(tried[position], k, fold, found)
        if progress is not None:
            progress(_STAGES[mark], done, len(tasks))
    return [replace(one, rise=np.maximum(one.rise, 0.0)) for one in tried]


def _untried(
    trial: Trial, names: tuple[str, ...], folds: NDArray[np.int64], owners: NDArray[np.int64]
) -> Tried:
    """Make room for what folds will tell of one species."""
    return Tried(
        HeldOccurrence(names, folds, np.zeros((len(folds), len(names), folds.shape[1]))),
        None if trial.amount is None else np.zeros(folds.shape),
        np.zeros(int(owners.max()) + 1),
    )


def _take(tried: Tried, k: int, fold: int, found: _Result) -> None:
    """Fill in what one fold of assignment k told."""
    told, rise, logs = found
    held = tried.held.folds[k] == fold
    tried.held.told[k][:, held] = told
    if rise is not None:
        tried.rise[:] += rise
    if logs is not None and tried.logs is not None:
        tried.logs[k, held] = logs
