"""Scores on ground that the fit never saw: nested, so that nothing is chosen on the test folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from edaphon.surrogates.conformal import interval_scores
from edaphon.surrogates.folds import assign_folds, derived_seed
from edaphon.surrogates.importance import shuffled_rises
from edaphon.surrogates.learner import Data, Learner, answer, learn, to_modeled, to_response
from edaphon.surrogates.models import plain_forest
from edaphon.surrogates.scale import LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_FOLDS = 5
N_ASSIGNMENTS = 3
_PER_LEVEL = ("lower", "upper", "pooled_lower", "pooled_upper")
_PER_ROW = (
    "fitted", "plain", "forest", "mean", "width", "score", "pooled_score", "inside", "plain_inside",
)  # fmt: skip

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Held:
    """Predictions of every row by procedures that did not see its fold.

    Attributes
    ----------
    folds : int64 array, shape (n_assignments, n)
    fitted, plain, forest : float64 arrays, shape (n_assignments, n)
        Of the surrogate, the training mean and the plain forest, on the modeled scale.
    mean : float64 array, shape (n_assignments, n)
        Predicted mean in the unit of the response.
    levels : tuple of float
        0.5, 0.8, 0.9 and the level asked for, in ascending order.
    lower, upper : float64 arrays, shape (n_levels, n_assignments, n)
        Bounds of the surrogate's intervals, in the unit of the response.
    pooled_lower, pooled_upper : float64 arrays, shape (n_levels, n_assignments, n)
        The same from plain pooled residuals of the same predictions.
    inside, plain_inside : bool arrays, shape (n_assignments, n)
        Whether the measurement lies in the surrogate's interval and in that of the mean, at the
        level asked for.
    width, score, pooled_score : float64 arrays, shape (n_assignments, n)
        Of the surrogate's interval at the level asked for, on the modeled scale: its width, its
        interval score, and the score of plain pooled residuals.
    gain : float64 array, shape (n_predictors,)
        Rise of the squared error when a predictor is shuffled, mean over all block folds.
    """

    folds: NDArray[np.int64]
    fitted: NDArray[np.float64]
    plain: NDArray[np.float64]
    forest: NDArray[np.float64]
    mean: NDArray[np.float64]
    levels: tuple[float, ...]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    pooled_lower: NDArray[np.float64]
    pooled_upper: NDArray[np.float64]
    inside: NDArray[np.bool_]
    plain_inside: NDArray[np.bool_]
    width: NDArray[np.float64]
    score: NDArray[np.float64]
    pooled_score: NDArray[np.float64]
    gain: NDArray[np.float64]


@dataclass(frozen=True)
class _Task:
    """One fold of one assignment, and whether the peer and importance are wanted too."""

    assignment: int
    fold: int
    seed: int
    peer: bool
    importance: bool


def levels_of(level: float) -> tuple[float, ...]:
    """Return the levels at which coverage is collected: the usual ones and the one asked for."""
    return tuple(sorted({*LEVELS, level}))


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
            "mean": told.mean,
            "plain_inside": ((measured >= plain.lower) & (measured <= plain.upper)).astype(float),
            **_intervals(data, learner, measured, told.fitted, told.scale),
        }
        if task.peer:
            modeled = to_modeled(seen.response, data.transform)
            found["forest"] = plain_forest(seen.matrix, modeled, asked, task.seed, seen.weights)
        if task.importance:
            truth = to_modeled(measured, data.transform)
            found["gain"] = shuffled_rises(
                lambda matrix: float(((truth - learner.stack.predict(matrix)) ** 2).sum()),
                asked,
                data.owners,
                np.random.default_rng(task.seed),
            )
        return found


def _intervals(
    data: Data,
    learner: Learner,
    measured: NDArray[np.float64],
    fitted: NDArray[np.float64],
    scale: NDArray[np.float64],
) -> dict[str, NDArray[np.float64]]:
    """Bounds at every level, of the surrogate and of plain pooled residuals, and their scores."""
    levels = levels_of(data.level)
    at = levels.index(data.level)
    truth = to_modeled(measured, data.transform)
    found = {}
    for name, sides in (
        ("", [learner.spread.bounds(scale, fitted, level) for level in levels]),
        ("pooled_", [learner.spread.plain_bounds(fitted, level) for level in levels]),
    ):
        lower, upper = np.clip(np.array(sides), *learner.limits).swapaxes(0, 1)
        found[f"{name}score"] = interval_scores(truth, lower[at], upper[at], data.level)
        if not name:
            found["width"] = upper[at] - lower[at]
            found["inside"] = ((truth >= lower[at]) & (truth <= upper[at])).astype(float)
        found[f"{name}lower"] = to_response(lower, data.transform)
        found[f"{name}upper"] = to_response(upper, data.transform)
    return found


def hold_out(
    data: Data,
    *,
    random: bool = False,
    matched: NDArray[np.int64] | None = None,
    assignments: int = N_ASSIGNMENTS,
    peer: bool = True,
    workers: int = 1,
    progress: Progress | None = None,
) -> Held:
    """Predict every row by procedures that saw none of its block, several times over.

    Parameters
    ----------
    data : Data
    random : bool
        Fold single rows at random, once, instead of whole blocks; inner folds are random too.
        Optimistic where samples lie close together.
    matched : int64 array, shape (n,), optional
        Folds that resemble the prediction situation (`edaphon.surrogates.matched`), used once
        instead of whole blocks; inner folds stay whole blocks.
    assignments : int
        How many times blocks are assigned to folds at random.
    peer : bool
        Fit the plain forest on blocks, too; else `Held.forest` is not a number.
    workers : int
        Processes; the answers do not depend on it.
    progress : callable, optional
        Called with stage, tasks done, tasks in all.

    Returns
    -------
    Held
    """
    stage = "random folds" if random else "held-out blocks" if matched is None else "matched folds"
    if random:
        data = replace(data, together=np.arange(len(data.response)))
    if matched is not None:
        folds = matched[None, :]
    else:
        n_folds = min(N_FOLDS, int(data.together.max()) + 1)
        seeds = [derived_seed(data.seed, i, random) for i in range(1 if random else assignments)]
        folds = np.stack([assign_folds(data.together, n_folds, seed) for seed in seeds])
    mark = 2 if matched is not None else int(random)
    tasks = [
        _Task(i, k, derived_seed(data.seed, i, mark, k + 1), peer and mark == 0, mark == 0)
        for i in range(len(folds))
        for k in range(int(folds[i].max()) + 1)
    ]
    jobs = (delayed(_run)(data, folds[task.assignment], task) for task in tasks)
    results = Parallel(n_jobs=workers, max_nbytes=None, return_as="generator")(jobs)
    levels = levels_of(data.level)
    out = {name: np.zeros(folds.shape) for name in _PER_ROW}
    out |= {name: np.zeros((len(levels), *folds.shape)) for name in _PER_LEVEL}
    gain = np.zeros(int(data.owners.max()) + 1)
    for done, (task, found) in enumerate(zip(tasks, results, strict=True), start=1):
        held = folds[task.assignment] == task.fold
        for name, rows in out.items():
            rows[..., task.assignment, held] = found[name]
        gain += found.get("gain", 0.0)
        if progress is not None:
            progress(stage, done, len(tasks))
    values: dict[str, Any] = out
    values |= {name: out[name] > 0.5 for name in ("inside", "plain_inside")}
    return Held(folds=folds, levels=levels, gain=gain / folds.size, **values)
