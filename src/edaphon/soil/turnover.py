"""How much the communities of sites differ, and which sites differ most from the rest.

Pure numpy. Tables hold one site a row and one species a column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.soil.ranges import inside

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def hellinger(abundance: ArrayLike) -> NDArray[np.float64]:
    """Return the square roots of the species' shares at each site.

    Euclidean distances between rows are then Hellinger distances, which sites without a common
    species share at their largest, the square root of 2.

    Parameters
    ----------
    abundance : array_like, shape (n_sites, n_species)
        0 or above; every site holds something.

    Returns
    -------
    float64 array, shape (n_sites, n_species)
        Rows of length 1.

    Raises
    ------
    ValueError
        If a value is negative or not finite, or a site holds nothing: it has no shares.

    Notes
    -----
    Legendre & Gallagher (2001), Oecologia 129, 271-280.
    """
    table = inside("abundance", abundance, 0.0, np.finfo(float).max, "")
    total = table.sum(axis=-1, keepdims=True)
    empty = np.flatnonzero(total[..., 0] <= 0)
    if len(empty):
        raise ValueError(
            f"abundance: {len(empty)} sites hold no individual (the first is row {empty[0] + 1}), "
            "and shares are not defined there"
        )
    return np.asarray(np.sqrt(table / total), dtype=np.float64)


@dataclass(frozen=True)
class BetaDiversity:
    """How much the communities of sites differ, and what each site adds to it.

    Attributes
    ----------
    total : float
        Variance of the communities; between 0 and 1 after a Hellinger transform.
    sites : float64 array, shape (n_sites,)
        Local contributions: how unlike the rest each site is. They sum to 1.
    species : float64 array, shape (n_species,), or None
        Species' contributions, which sum to 1; None where only dissimilarities are known.
    """

    total: float
    sites: NDArray[np.float64]
    species: NDArray[np.float64] | None = None


def beta_diversity(table: ArrayLike) -> BetaDiversity:
    """Divide the variance of a community table among its sites and its species.

    ``total = SS / (n - 1)`` and ``local contribution = SS_i / SS``, with SS_i the squared distance
    of site i from the mean community.

    Parameters
    ----------
    table : array_like, shape (n_sites, n_species)
        Transformed abundances, usually `hellinger`.

    Returns
    -------
    BetaDiversity

    Raises
    ------
    ValueError
        If a value is not finite, there are fewer than two sites, or all sites are alike.

    Notes
    -----
    Legendre & De Caceres (2013), Ecology Letters 16, 951-963.
    """
    values = np.asarray(table, dtype=np.float64)
    if values.ndim != 2 or len(values) < 2 or not np.isfinite(values).all():
        raise ValueError("table: finite values of at least two sites are needed, (n_sites, n)")
    squares = (values - values.mean(axis=0)) ** 2
    total = float(squares.sum())
    if total <= 0:
        raise ValueError("table: all sites are alike, so none contributes more than another")
    return BetaDiversity(
        total / (len(values) - 1), squares.sum(axis=1) / total, squares.sum(axis=0) / total
    )


def beta_diversity_from(dissimilarity: ArrayLike) -> BetaDiversity:
    """Divide the variance of communities among sites, from the sites' dissimilarities.

    Gower-centered: with ``A = -D^2 / 2`` and ``G`` = A with its row and column means taken out,
    ``SS = trace(G)`` and ``local contribution = G_ii / SS``.

    Parameters
    ----------
    dissimilarity : array_like, shape (n_sites, n_sites)
        Symmetric, 0 on the diagonal. It should be Euclidean: take the square root of Bray-Curtis,
        Jaccard or Soerensen dissimilarities first, else contributions may fall below 0.

    Returns
    -------
    BetaDiversity
        Equal to `beta_diversity` of a table where these are its Euclidean distances.

    Raises
    ------
    ValueError
        If the matrix is not square, symmetric, finite, 0 or above and 0 on its diagonal, or if
        nothing differs.

    Notes
    -----
    Legendre & De Caceres (2013), Ecology Letters 16, 951-963; Gower (1966),
    Biometrika 53, 325-338.
    """
    apart = np.asarray(dissimilarity, dtype=np.float64)
    square = apart.ndim == 2 and apart.shape[0] == apart.shape[1] >= 2
    if not square or not np.isfinite(apart).all() or (apart < 0).any():
        raise ValueError("dissimilarity: a square matrix of finite values of 0 or above is needed")
    if np.diagonal(apart).any() or not np.allclose(apart, apart.T, rtol=1e-9, atol=1e-12):
        raise ValueError("dissimilarity: it must be symmetric, with 0 on its diagonal")
    halved = -0.5 * apart**2
    own = halved.mean() - 2 * halved.mean(axis=1)
    total = float(own.sum())
    if total <= 0:
        raise ValueError("dissimilarity: nothing differs, so no site contributes")
    return BetaDiversity(total / (len(apart) - 1), own / total)
