"""Several species on the same folds, so that what is said of them together can be tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from joblib import Parallel, delayed

from edaphon.surrogates.folds import assign_folds, derived_seed
from edaphon.surrogates.learner import answer, learn
from edaphon.surrogates.prepare import prepare
from edaphon.surrogates.species.background import occurrence_of
from edaphon.surrogates.species.calibration import fit_calibration
from edaphon.surrogates.species.ensemble import CANDIDATES, run_fold
from edaphon.surrogates.species.held_out import N_ASSIGNMENTS, Progress, Trial
from edaphon.surrogates.species.occurrence import N_FOLDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.quantity import Quantity
    from edaphon.data.landscape import Samples
    from edaphon.data.observations import Observations
    from edaphon.surrogates.species.check import Checked

DIRECT = ("ridge", "splines", "extra_trees")
"""Candidates of a direct model of a number of species: those that do not take minutes."""


@dataclass(frozen=True)
class CrossedSpecies:
    """Held-out probabilities of several species, all from the same folds.

    Attributes
    ----------
    species : tuple of str
    found : float64 array, shape (n_sites, n_species)
        1 where found, 0 where not.
    together : int64 array, shape (n_sites,)
        Sites held out together.
    folds : int64 array, shape (n_assignments, n_sites)
    leveled : float64 array, shape (n_assignments, n_sites, n_species)
        Means of the candidates, which level presences and absences.
    probability : float64 array, shape (n_assignments, n_sites, n_species)
        The same calibrated by the other folds.
    """

    species: tuple[str, ...]
    found: NDArray[np.float64]
    together: NDArray[np.int64]
    folds: NDArray[np.int64]
    leveled: NDArray[np.float64]
    probability: NDArray[np.float64]

    def columns(self, names: tuple[str, ...]) -> NDArray[np.int64]:
        """Positions of species, (n_names,)."""
        return np.array([self.species.index(name) for name in names], dtype=np.int64)


def as_found(observations: Observations) -> Observations:
    """Return abundances as presences and absences; unknown stays unknown."""
    if observations.kind != "abundance":
        return observations
    table = np.where(np.isfinite(observations.table), observations.table > 0, np.nan)
    return replace(observations, table=table, kind="presence_absence", unit="")


def common_folds(
    together: NDArray[np.int64], seed: int, n_assignments: int = N_ASSIGNMENTS
) -> NDArray[np.int64]:
    """Send whole sets of sites to folds, several times over.

    Parameters
    ----------
    together : int64 array, shape (n_sites,)
        Labels 0, 1, ...
    seed : int
    n_assignments : int

    Returns
    -------
    int64 array, shape (n_assignments, n_sites)
    """
    n_folds = min(N_FOLDS, int(together.max()) + 1)
    return np.stack(
        [assign_folds(together, n_folds, derived_seed(seed, k)) for k in range(n_assignments)]
    )


def _run(
    trial: Trial, folds: NDArray[np.int64], seed: int, k: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Leveled and calibrated held-out predictions of one species, (n_sites,) each."""
    data = trial.data
    leveled, probability = np.zeros(len(folds)), np.zeros(len(folds))
    for fold in np.unique(folds):
        own = trial.seed(seed, k, int(fold) + 1)
        _, told = run_fold(data, folds, int(fold), seed=own, names=CANDIDATES)
        leveled[folds == fold] = told.mean(axis=0)
    for fold in np.unique(folds):
        held, rest = folds == fold, folds != fold
        line = fit_calibration(leveled[rest], data.found[rest], data.weight[rest])
        probability[held] = line.probability(leveled[held])
    return leveled, probability


def cross_species(
    checked: Checked,
    folds: NDArray[np.int64],
    *,
    seed: int,
    workers: int = 1,
    progress: Progress | None = None,
) -> CrossedSpecies:
    """Predict every species at every site by models that saw none of the site's fold.

    Parameters
    ----------
    checked : Checked
        Presences and absences without unknown ones.
    folds : int64 array, shape (n_assignments, n_sites)
    seed : int
    workers : int
        Processes; the answers do not depend on it.
    progress : callable, optional
        Called with stage, tasks done, tasks in all.

    Returns
    -------
    CrossedSpecies
    """
    ready = checked.ready
    trials = [Trial(name, occurrence_of(ready, name)[0], None) for name in checked.species]
    tasks = [(j, k) for j in range(len(trials)) for k in range(len(folds))]
    jobs = (delayed(_run)(trials[j], folds[k], seed, k) for j, k in tasks)
    results = Parallel(n_jobs=workers, max_nbytes=None, return_as="generator")(jobs)
    leveled, probability = (np.zeros((*folds.shape, len(trials))) for _ in range(2))
    for done, ((j, k), told) in enumerate(zip(tasks, results, strict=True), start=1):
        leveled[k, :, j], probability[k, :, j] = told
        if progress is not None:
            progress("species together", done, len(tasks))
    found = np.column_stack([trial.data.found for trial in trials]).astype(np.float64)
    return CrossedSpecies(checked.species, found, ready.together, folds, leveled, probability)


def cross_number(
    samples: Samples,
    folds: NDArray[np.int64],
    *,
    block: Quantity | float | str,
    use: Sequence[str] = (),
    seed: int,
) -> NDArray[np.float64]:
    """Predict a number per site by state surrogates that saw none of the site's fold.

    Parameters
    ----------
    samples : Samples
    folds : int64 array, shape (n_assignments, n_samples)
    block : Quantity, float or str
        Side of the blocks held out together within the other folds.
    use : sequence of str
        Predictors to use; all if empty.
    seed : int

    Returns
    -------
    float64 array, shape (n_assignments, n_samples)
    """
    ready = prepare(samples, block=block, use=use, candidates=DIRECT, seed=seed)
    told = np.zeros(folds.shape)
    for k, one in enumerate(folds):
        for fold in np.unique(one):
            held = one == fold
            learner = learn(ready.data.only(~held), derived_seed(seed, k, int(fold)))
            told[k, held] = answer(learner, ready.data.matrix[held]).mean
    return told
