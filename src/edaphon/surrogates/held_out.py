"""Scores on ground that the fit never saw: nested, so that nothing is chosen on the test folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from edaphon.surrogates.folds import assign_folds
from edaphon.surrogates.learner import Data, answer, learn, to_modeled
from edaphon.surrogates.models import plain_forest

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_FOLDS = 5
N_ASSIGNMENTS = 5
_HELD = ("fitted", "plain", "forest", "inside", "plain_inside", "width", "mean")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Held:
    """Predictions of every row by procedures that did not see its fold.

    Attributes
    ----------
    folds : int64 array, shape (n_assignments, n)
    fitted, plain, forest : float64 arrays, shape (n_assignments, n)
        Of the surrogate, the training mean and the plain forest, on the modeled scale.
    inside, plain_inside : bool arrays, shape (n_assignments, n)
        Whether the measurement lies in the surrogate's interval and in that of the mean.
    width : float64 array, shape (n_assignments, n)
        Of the surrogate's interval on the modeled scale.
    mean : float64 array, shape (n_assignments, n)
        Predicted mean in the unit of the response.
    gain : float64 array, shape (n_predictors,)
        Rise of the squared error when a predictor is shuffled, mean over the first folds.
    """

    folds: NDArray[np.int64]
    fitted: NDArray[np.float64]
    plain: NDArray[np.float64]
    forest: NDArray[np.float64]
    inside: NDArray[np.bool_]
    plain_inside: NDArray[np.bool_]
    width: NDArray[np.float64]
    mean: NDArray[np.float64]
    gain: NDArray[np.float64]


@dataclass(frozen=True)
class _Task:
    """One fold of one assignment, and whether forest and importance are wanted too."""

    assignment: int
    fold: int
    seed: int
    forest: bool
    importance: bool


def _seed_of(*numbers: int) -> int:
    """Derive a seed for scikit-learn from the run's seed and a task's numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0] >> 1)


def _run(data: Data, folds: NDArray[np.int64], task: _Task) -> dict[str, NDArray[np.float64]]:
    """Fit the whole procedure without one fold and predict that fold."""
    with threadpool_limits(1):
        held = folds == task.fold
        seen, asked = data.only(~held), data.matrix[held]
        learner = learn(seen, task.seed)
        told, plain = answer(learner, asked), answer(learn(seen, task.seed, ()), asked)
        measured = data.response[held]
        found = {
            "fitted": told.fitted,
            "plain": plain.fitted,
            "forest": np.full(held.sum(), np.nan),
            "inside": ((measured >= told.lower) & (measured <= told.upper)).astype(float),
            "plain_inside": ((measured >= plain.lower) & (measured <= plain.upper)).astype(float),
            "width": told.width,
            "mean": told.mean,
        }
        if task.forest:
            modeled = to_modeled(seen.response, data.transform)
            found["forest"] = plain_forest(seen.matrix, modeled, asked, task.seed)
        if task.importance:
            truth = to_modeled(measured, data.transform)
            found["gain"] = _shuffled(learner.stack.predict, asked, truth, data.owners, task.seed)
        return found


def _shuffled(
    predict: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    matrix: NDArray[np.float64],
    truth: NDArray[np.float64],
    owners: NDArray[np.int64],
    seed: int,
) -> NDArray[np.float64]:
    """Rise of the sum of squared errors when one predictor's columns are shuffled together.

    Permutation importance: Breiman 2001, Machine Learning 45:5-32, section 10.
    """
    rng = np.random.default_rng(seed)
    before = ((truth - predict(matrix)) ** 2).sum()
    rises = []
    for predictor in range(int(owners.max()) + 1):
        columns = np.flatnonzero(owners == predictor)
        mixed = matrix.copy()
        mixed[:, columns] = matrix[rng.permutation(len(matrix))][:, columns]
        rises.append(((truth - predict(mixed)) ** 2).sum() - before)
    return np.array(rises)


def hold_out(
    data: Data,
    *,
    random: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Held:
    """Predict every row by procedures that saw none of its block, several times over.

    Parameters
    ----------
    data : Data
    random : bool
        Fold single rows at random, once, instead of whole blocks five times; inner folds are
        random too. Optimistic where samples lie close together.
    workers : int
        Processes; the answers do not depend on it.
    progress : callable, optional
        Called with stage, tasks done, tasks in all.

    Returns
    -------
    Held
    """
    if random:
        data = replace(data, together=np.arange(len(data.response)))
    rounds = 1 if random else N_ASSIGNMENTS
    n_folds = min(N_FOLDS, int(data.together.max()) + 1)
    folds = np.stack(
        [
            assign_folds(data.together, n_folds, _seed_of(data.seed, i, random))
            for i in range(rounds)
        ]
    )
    tasks = [
        _Task(i, k, _seed_of(data.seed, i, random, k + 1), not random, i == 0 and not random)
        for i in range(rounds)
        for k in range(n_folds)
    ]
    jobs = (delayed(_run)(data, folds[task.assignment], task) for task in tasks)
    results = Parallel(n_jobs=workers, max_nbytes=None, return_as="generator")(jobs)
    out = {name: np.zeros(folds.shape) for name in _HELD}
    gain = np.zeros(int(data.owners.max()) + 1)
    for done, (task, found) in enumerate(zip(tasks, results, strict=True), start=1):
        held = folds[task.assignment] == task.fold
        for name in _HELD:
            out[name][task.assignment, held] = found[name]
        gain += found.get("gain", 0.0)
        if progress is not None:
            progress("random folds" if random else "held-out blocks", done, len(tasks))
    return Held(
        folds=folds,
        fitted=out["fitted"],
        plain=out["plain"],
        forest=out["forest"],
        inside=out["inside"] > 0.5,
        plain_inside=out["plain_inside"] > 0.5,
        width=out["width"],
        mean=out["mean"],
        gain=gain / len(data.response),
    )
