"""Layers of communities by place: local contributions to dissimilarity, ranks, functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from edaphon.errors import DataError, Finding
from edaphon.soil.turnover import beta_diversity, hellinger

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def contributions(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Local contributions to beta diversity of predicted communities.

    Parameters
    ----------
    probability : float64 array, shape (n, n_species)
        Above 0.

    Returns
    -------
    float64 array, shape (n,)
        They sum to 1; equal where all communities are alike.
    """
    if len(probability) < 2 or np.ptp(probability, axis=0).max(initial=0.0) == 0:
        return np.full(len(probability), 1.0 / max(1, len(probability)))
    return beta_diversity(hellinger(np.maximum(probability, 1e-12))).sites


def as_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank values from 0 (lowest) to 1 (highest), ties at their middle; 0.5 where all are equal.

    Parameters
    ----------
    values : float64 array, shape (n,)

    Returns
    -------
    float64 array, shape (n,)
    """
    if len(values) < 2:
        return np.full(len(values), 0.5)
    return np.asarray((rankdata(values) - 1) / (len(values) - 1), dtype=np.float64)


def function_layer(
    functions: Mapping[str, ArrayLike], n_rows: int, lower_is_better: Collection[str]
) -> NDArray[np.float64]:
    """Rank the mean of standardized functions: the hotspots of function.

    Parameters
    ----------
    functions : mapping of str to array_like, shape (n_rows,)
        In any unit; each is standardized to mean 0 and standard deviation 1 first.
    n_rows : int
    lower_is_better : collection of str
        Functions that count the other way round.

    Returns
    -------
    float64 array, shape (n_rows,)
        From 0 to 1.

    Raises
    ------
    DataError
        If a function does not have one finite value per row.
    """
    total = np.zeros(n_rows)
    for name, given in functions.items():
        values = np.asarray(given, dtype=np.float64)
        if values.shape != (n_rows,) or not np.isfinite(values).all():
            what = "a function needs one finite value per unit"
            raise DataError(Finding(f"function: {name}", what, "Choose another, or fill it in."))
        spread = values.std()
        standard = (values - values.mean()) / spread if spread > 0 else np.zeros(n_rows)
        total += -standard if name in lower_is_better else standard
    return as_ranks(total / len(functions))
