"""How much worse a prediction gets when it no longer sees one of its predictors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def shuffled_rises(
    loss: Callable[[NDArray[np.float64]], float],
    matrix: NDArray[np.float64],
    owners: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Rise of a loss when one predictor's columns are shuffled together.

    Parameters
    ----------
    loss : callable
        Of a matrix like the next one.
    matrix : float64 array, shape (n, p)
        Held-out rows.
    owners : int64 array, shape (p,)
        Predictor of each column.
    rng : Generator

    Returns
    -------
    float64 array, shape (n_predictors,)

    Notes
    -----
    Permutation importance: Breiman 2001, Machine Learning 45:5-32, section 10.
    """
    before, rises = loss(matrix), []
    for predictor in range(int(owners.max()) + 1):
        columns = np.flatnonzero(owners == predictor)
        mixed = matrix.copy()
        mixed[:, columns] = matrix[rng.permutation(len(matrix))][:, columns]
        rises.append(loss(mixed) - before)
    return np.array(rises)
