"""What an occurrence model learns from: presences, what they are set against, and folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.surrogates.folds import assign_folds

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_FOLDS = 5


@dataclass(frozen=True)
class Occurrence:
    """One species' presences and its absences or background, encoded.

    Attributes
    ----------
    matrix : float64 array, shape (n, p)
    presence : float64 array, shape (n,)
        Weight as a presence; 0 where the species was not found.
    background : float64 array, shape (n,)
        Weight as an absence or as a background place; 0 for presences outside the background. A
        target-group site that holds the species is both.
    together : int64 array, shape (n,)
        Rows held out together.
    presence_only : bool
    """

    matrix: NDArray[np.float64]
    presence: NDArray[np.float64]
    background: NDArray[np.float64]
    together: NDArray[np.int64]
    presence_only: bool

    @property
    def found(self) -> NDArray[np.bool_]:
        """Rows that are presences, shape (n,)."""
        return self.presence > 0

    @property
    def usable(self) -> bool:
        """Whether there is a presence and something to set it against."""
        return bool(self.found.any() and (self.background > 0).any())

    @property
    def odds(self) -> float:
        """Presences per absence or background place, by weight, which all models level out."""
        return float(self.presence.sum() / self.background.sum())

    @property
    def weight(self) -> NDArray[np.float64]:
        """How much each row counts in a score, shape (n,)."""
        return np.maximum(self.presence, self.background)

    @property
    def leveled(self) -> NDArray[np.float64]:
        """Weights under which presences and all other rows count alike, summing to 1."""
        weight, found = self.weight, self.found
        parts = [np.where(rows, weight, 0.0) for rows in (found, ~found)]
        return np.asarray(sum(part / max(2 * part.sum(), 1e-300) for part in parts))

    def at(self, rows: NDArray[np.bool_]) -> Occurrence:
        """Return some of the rows; their sets keep their labels."""
        return Occurrence(
            self.matrix[rows],
            self.presence[rows],
            self.background[rows],
            self.together[rows],
            self.presence_only,
        )


def n_sets(together: NDArray[np.int64], rows: NDArray[np.bool_]) -> int:
    """Count the sets of rows that hold one of `rows`."""
    return len(np.unique(together[rows]))


def spread_folds(
    together: NDArray[np.int64], found: NDArray[np.bool_], n_folds: int, seed: int
) -> NDArray[np.int64]:
    """Send whole sets of rows to folds, those with presences and the others each evenly.

    Parameters
    ----------
    together : int64 array, shape (n,)
        Labels of the rows that stay in one fold, in any numbering.
    found : bool array, shape (n,)
    n_folds : int
        Fewer are made where fewer sets hold presences.
    seed : int

    Returns
    -------
    int64 array, shape (n,)
        Fold of each row; every fold holds presences.

    Raises
    ------
    ValueError
        If fewer than two sets hold presences.
    """
    _, labels = np.unique(together, return_inverse=True)
    with_presence = np.isin(labels, labels[found])
    folds = np.zeros(len(labels), dtype=np.int64)
    n_folds = min(n_folds, n_sets(labels, found))
    for part, rows in enumerate((with_presence, ~with_presence)):
        own, relabeled = np.unique(labels[rows], return_inverse=True)
        if len(own) < n_folds and part == 1:
            folds[rows] = relabeled
        else:
            folds[rows] = assign_folds(relabeled, n_folds, seed + part)
    return folds
