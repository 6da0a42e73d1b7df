"""The candidates of a surrogate by name, behind one protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from edaphon.surrogates.models import (
    fit_boosting,
    fit_gaussian_process,
    fit_ridge,
    fit_splines,
    fit_trees,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edaphon.surrogates.models import Model


@dataclass(frozen=True)
class Lesson:
    """What a candidate learns from.

    Attributes
    ----------
    matrix : float64 array, shape (n, p)
    response : float64 array, shape (n,)
        On the modeled scale.
    weights : float64 array, shape (n,)
        How much each row counts, above 0.
    folds : int64 array, shape (n,)
        Folds of whole groups, on which settings are chosen.
    seed : int
    signs : int64 array, shape (p,), or None
        1 or -1 where predictions may only rise or fall with a column; only candidates of
        `MONOTONE` are given any.
    """

    matrix: NDArray[np.float64]
    response: NDArray[np.float64]
    weights: NDArray[np.float64]
    folds: NDArray[np.int64]
    seed: int
    signs: NDArray[np.int64] | None

    def without(self, fold: int) -> Lesson:
        """Leave the rows of one fold out."""
        rest = self.folds != fold
        return Lesson(
            self.matrix[rest],
            self.response[rest],
            self.weights[rest],
            self.folds[rest],
            self.seed,
            self.signs,
        )


class Candidate(Protocol):
    """Fits one kind of model."""

    def __call__(self, lesson: Lesson, /) -> Model:
        """Fit a model with ``predict``, (m, p) to (m,)."""
        ...


def _ridge(lesson: Lesson) -> Model:
    return fit_ridge(lesson.matrix, lesson.response, lesson.folds, lesson.weights, lesson.signs)


def _splines(lesson: Lesson) -> Model:
    return fit_splines(lesson.matrix, lesson.response, lesson.folds, lesson.weights, lesson.signs)


def _extra_trees(lesson: Lesson) -> Model:
    """Fewer trees and larger leaves with more rows: what many rows cost, their number repays."""
    n = len(lesson.response)
    return fit_trees(
        lesson.matrix,
        lesson.response,
        lesson.seed,
        min(100, max(40, 200_000 // n)),
        max(3, n // 3000),
        weights=lesson.weights,
        signs=lesson.signs,
    )


def _boosting(lesson: Lesson) -> Model:
    return fit_boosting(
        lesson.matrix, lesson.response, lesson.seed, weights=lesson.weights, signs=lesson.signs
    )


def _gaussian_process(lesson: Lesson) -> Model:
    return fit_gaussian_process(
        lesson.matrix, lesson.response, lesson.folds, lesson.seed, lesson.weights
    )


FITTERS: dict[str, Candidate] = {
    "ridge": _ridge,
    "splines": _splines,
    "extra_trees": _extra_trees,
    "boosting": _boosting,
    "gaussian_process": _gaussian_process,
}

CANDIDATES = tuple(FITTERS)
"""Candidates beside the training mean, which takes the weight that the others leave."""

MONOTONE = ("ridge", "splines", "extra_trees", "boosting")
"""Candidates whose predictions can be kept from falling or rising with a predictor."""
