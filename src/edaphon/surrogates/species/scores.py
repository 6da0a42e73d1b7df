"""How well held-out predictions tell presences from the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

if TYPE_CHECKING:
    from numpy.typing import NDArray


def auc(told: NDArray[np.float64], found: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: the chance that a presence ranks above one of the rest.

    Parameters
    ----------
    told : float64 array, shape (n,)
    found : bool array, shape (n,)

    Returns
    -------
    float
        Ties count one half; nan where one of the two is missing.
    """
    n_found, n_other = int(found.sum()), int((~found).sum())
    if n_found == 0 or n_other == 0:
        return float("nan")
    ranks = rankdata(told)[found].sum()
    return float((ranks - n_found * (n_found + 1) / 2) / (n_found * n_other))


def auc_error(
    told: NDArray[np.float64], found: NDArray[np.bool_], together: NDArray[np.int64]
) -> float:
    """Return the standard error of `auc` over sets of rows.

    Parameters
    ----------
    told : float64 array, shape (n,)
    found : bool array, shape (n,)
    together : int64 array, shape (n,)

    Returns
    -------
    float

    Notes
    -----
    DeLong's components summed by cluster: Obuchowski 1997, Biometrics 53:567-578.
    """
    n_found, n_other = int(found.sum()), int((~found).sum())
    area = auc(told, found)
    overall = rankdata(told)
    above = np.where(found, (overall - _own_ranks(told, found)) / n_other, 0.0)
    below = np.where(found, 0.0, 1 - (overall - _own_ranks(told, ~found)) / n_found)
    part = np.where(found, (above - area) / n_found, (below - area) / n_other)
    by_set = np.bincount(np.unique(together, return_inverse=True)[1], weights=part)
    count = len(by_set)
    return float(np.sqrt(count / max(count - 1, 1) * (by_set**2).sum()))


def _own_ranks(told: NDArray[np.float64], rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Ranks of rows among themselves, 0 elsewhere, (n,) to (n,)."""
    ranks = np.zeros(len(told))
    ranks[rows] = rankdata(told[rows])
    return ranks


def cor(told: NDArray[np.float64], found: NDArray[np.bool_]) -> float:
    """Correlation of predictions with presence (1 and 0); 0 where nothing varies.

    Parameters
    ----------
    told : float64 array, shape (n,)
    found : bool array, shape (n,)

    Returns
    -------
    float
        COR of Elith et al. 2006, Ecography 29:129-151.
    """
    if np.ptp(told) == 0 or found.all() or not found.any():
        return 0.0
    return float(np.corrcoef(told, found)[0, 1])


def log_loss(probability: NDArray[np.float64], found: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Surprise at each row, (n,) to (n,): -log of the probability given to what was found."""
    kept = np.clip(probability, 1e-6, 1 - 1e-6)
    return -np.log(np.where(found, kept, 1 - kept))
