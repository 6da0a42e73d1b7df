"""Moderators of effect sizes: used only where they predict studies that they have not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.effects.cells import cells_of
from edaphon.effects.hierarchical import sample_posterior
from edaphon.errors import DataError, Finding

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from edaphon.effects.cells import Cells

    Floats = NDArray[np.float64]

FOLDS, ASSIGNMENTS = 5, 3
PENALTIES = np.geomspace(0.3, 1000.0, 12)
"""Ridge penalties on standardized moderators, in units of a cell of mean weight."""
FEWEST_STUDIES = 20
"""Below, folds of studies are too small to judge anything (judgement)."""
ROUNDS = 150
"""Rounds of the sampler in each fold: only its means are used."""


@dataclass(frozen=True)
class Moderated:
    """What moderators add to the pooled effects, or why they add nothing.

    Attributes
    ----------
    used : bool
        They passed the gate.
    gain, gain_se : float
        Drop in squared error on held-out studies against the pooled mean of each practice, as a
        share of it, and its standard error over studies.
    reason : str
        One sentence.
    names : tuple of str
    middle, scale, coefficient : float64 arrays, shape (n_moderators,)
        Mean and standard deviation of each moderator over the cells, and lnRR per such deviation.
    """

    used: bool
    gain: float
    gain_se: float
    reason: str
    names: tuple[str, ...]
    middle: Floats
    scale: Floats
    coefficient: Floats

    def shift(self, table: pd.DataFrame) -> Floats:
        """Return how much lnRR differs from the pooled mean in each row.

        Parameters
        ----------
        table : DataFrame, n rows
            With the moderators; missing values count as the mean.

        Returns
        -------
        float64 array, shape (n,)
            0 where the moderators were refused.
        """
        if not self.used:
            return np.zeros(len(table))
        matrix = table[list(self.names)].to_numpy(np.float64)
        return np.asarray(_standard(matrix, self.middle, self.scale) @ self.coefficient)


def judge_moderators(
    lnrr: ArrayLike,
    study: ArrayLike,
    practice: ArrayLike,
    moderators: pd.DataFrame,
    *,
    seed: int = 0,
) -> Moderated:
    """Fit moderators of lnRR and test them on studies that were left out.

    Parameters
    ----------
    lnrr : array_like, shape (n_pairs,)
    study, practice : array_like, shape (n_pairs,)
    moderators : DataFrame, (n_pairs, n_moderators)
        Numbers; missing ones count as the mean.
    seed : int

    Returns
    -------
    Moderated
        The gate: squared error of held-out cells, over three assignments of whole studies to five
        folds, falls below that of the pooled mean of their practice (learned without them) by more
        than one standard error, clustered by study.

    Raises
    ------
    DataError
        If the lengths differ or a value of `lnrr` is not finite.
    """
    cells = cells_of(lnrr, study, practice)
    if len(moderators) != int(cells.pairs.sum()):
        what = f"{len(moderators)} rows of moderators for {int(cells.pairs.sum())} pairs"
        raise DataError(Finding("trials: moderators", what, "Give one row per pair."))
    matrix = means_by_cell(cells, study, practice, moderators).to_numpy(np.float64)
    names = tuple(str(name) for name in moderators.columns)
    if len(cells.studies) < FEWEST_STUDIES:
        reason = f"{len(cells.studies)} studies are too few to judge moderators"
        return _refused(names, matrix, reason)
    saved = [_saved(cells, matrix, [seed, k]) for k in range(ASSIGNMENTS)]
    plain = np.mean([one[0] for one in saved], axis=0)
    gained = plain - np.mean([one[1] for one in saved], axis=0)
    gain, se = _share(gained, plain, cells.study)
    words = f"squared error on held-out studies falls by {100 * gain:.1f} +- {100 * se:.1f} %"
    if gain <= se:
        return _refused(names, matrix, f"refused: {words}", gain, se)
    middle, scale = _moments(matrix)
    coefficient = _ridge(cells, _standard(matrix, middle, scale), _pooled(cells, seed), seed)
    return Moderated(True, gain, se, f"used: {words}", names, middle, scale, coefficient)


def _refused(
    names: tuple[str, ...], matrix: Floats, reason: str, gain: float = 0.0, se: float = 0.0
) -> Moderated:
    """Return moderators that add nothing."""
    zero = np.zeros(len(names))
    return Moderated(False, gain, se, reason, names, *_moments(matrix), zero)


def means_by_cell(
    cells: Cells, study: ArrayLike, practice: ArrayLike, table: pd.DataFrame
) -> pd.DataFrame:
    """Return the mean of each column over the pairs of each cell, nan where none tells.

    Parameters
    ----------
    cells : Cells
    study, practice : array_like, shape (n_pairs,)
    table : DataFrame, n_pairs rows

    Returns
    -------
    DataFrame, n_cells rows
    """
    import pandas as pd

    labels = np.asarray(practice).astype(str), np.asarray(study).astype(str)
    means = table.set_axis(pd.MultiIndex.from_arrays(labels), axis=0).groupby(level=[0, 1]).mean()
    names = np.array(cells.practices)[cells.practice], np.array(cells.studies)[cells.study]
    return means.reindex(pd.MultiIndex.from_arrays(names)).reset_index(drop=True)


def _moments(matrix: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each column, 0 and 1 where it does not tell or vary."""
    seen = np.isfinite(matrix)
    count = np.maximum(seen.sum(axis=0), 1)
    middle = np.where(seen, matrix, 0.0).sum(axis=0) / count
    square = np.where(seen, (matrix - middle) ** 2, 0.0).sum(axis=0) / count
    return middle, np.where(square > 1e-12 * middle**2, np.sqrt(square), 1.0)


def _standard(matrix: Floats, middle: Floats, scale: Floats) -> Floats:
    """Standardize; what is missing is 0."""
    return np.asarray(np.nan_to_num((matrix - middle) / scale))


def _saved(cells: Cells, matrix: Floats, seed: list[int]) -> tuple[Floats, Floats]:
    """Squared errors of each held-out cell, by the pooled mean and with moderators."""
    fold = _folds(cells.study, seed)
    errors = np.zeros((2, len(cells.mean)))
    for f in range(FOLDS):
        train, test = fold != f, fold == f
        inner = cells.of(train)
        seen, middle = _moments(matrix[train])
        means = _pooled(inner, seed[-1])
        coefficient = _ridge(inner, _standard(matrix[train], seen, middle), means, seed[-1])
        plain = means.of(cells)[test]
        shifted = plain + _standard(matrix[test], seen, middle) @ coefficient
        errors[0, test] = (cells.mean[test] - plain) ** 2
        errors[1, test] = (cells.mean[test] - shifted) ** 2
    return errors[0], errors[1]


def _folds(study: NDArray[np.int64], seed: list[int]) -> NDArray[np.int64]:
    """Fold of each cell: whole studies, dealt out evenly."""
    studies, code = np.unique(study, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(studies))
    return np.asarray(np.argsort(order)[code] % FOLDS)


@dataclass(frozen=True)
class _Means:
    """Pooled mean of each practice, and the common one where it was not seen."""

    by_practice: dict[str, float]
    common: float

    def of(self, cells: Cells) -> Floats:
        """Return the pooled mean of each cell's practice."""
        told = [self.by_practice.get(name, self.common) for name in cells.practices]
        return np.array(told)[cells.practice]


def _pooled(cells: Cells, seed: int) -> _Means:
    posterior = sample_posterior(cells, seed=seed, kept=ROUNDS, burned=ROUNDS // 3)
    means = dict(zip(posterior.practices, posterior.mean.mean(axis=0).tolist(), strict=True))
    return _Means(means, float(posterior.center.mean()))


def _ridge(cells: Cells, matrix: Floats, pooled: _Means, seed: int) -> Floats:
    """Coefficients on what the pooled means leave; the penalty predicts held-out studies best.

    A cell counts by 1 over its sampling variance and the spread between studies.
    """
    left = cells.mean - pooled.of(cells)
    weight = 1.0 / (cells.variance + max(float(np.median(left**2)), 1e-6))
    weight = weight / weight.mean()
    fold = _folds(cells.study, [seed, 99])
    errors = np.zeros(len(PENALTIES))
    for f in range(FOLDS):
        train, test = fold != f, fold == f
        for k, penalty in enumerate(PENALTIES):
            told = matrix[test] @ _solve(matrix[train], left[train], weight[train], penalty)
            errors[k] += float(weight[test] @ (left[test] - told) ** 2)
    return _solve(matrix, left, weight, float(PENALTIES[int(np.argmin(errors))]))


def _solve(matrix: Floats, left: Floats, weight: Floats, penalty: float) -> Floats:
    """Weighted ridge regression without an intercept."""
    gram = (matrix * weight[:, None]).T @ matrix + penalty * np.eye(matrix.shape[1])
    return np.asarray(np.linalg.solve(gram, matrix.T @ (weight * left)))


def _share(gained: Floats, plain: Floats, study: NDArray[np.int64]) -> tuple[float, float]:
    """Share of the squared error that is gained, and its standard error over studies."""
    total, share = float(plain.sum()), float(gained.sum() / plain.sum())
    sums = np.bincount(study, gained - share * plain)
    count = (np.bincount(study) > 0).sum()
    return share, float(np.sqrt((sums**2).sum() * count / (count - 1)) / total)
