"""Numbers of presences in held-out blocks of ground, against the intervals of their probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from edaphon.surrogates.species.calibration import (
    NODE_SHARES,
    NODES,
    TINY,
    block_deviation,
    bounds,
    log_odds,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.surrogates.species.occurrence import Occurrence


@dataclass(frozen=True)
class HeldBlocks:
    """Numbers of presences in held-out blocks against their intervals.

    Attributes
    ----------
    labels : int64 array, shape (n_blocks,)
        Of the rows held out together.
    levels : tuple of float
    inside : float64 array, shape (n_levels, n_assignments, n_blocks)
        Share of each number's chances that lies inside (`blocks_inside`).
    mean : float64 array, shape (n_assignments, n_blocks)
        Mean probability.
    deviation : float64 array, shape (n_assignments, n_blocks)
        Spread between blocks, in log odds, that the other folds tell of.
    """

    labels: NDArray[np.int64]
    levels: tuple[float, ...]
    inside: NDArray[np.float64]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    def at(self, level: float) -> NDArray[np.float64]:
        """Shares inside at one of the levels, (n_assignments, n_blocks)."""
        return np.asarray(self.inside[self.levels.index(level)], dtype=np.float64)

    def width(self, level: float) -> NDArray[np.float64]:
        """Widths of the intervals of the mean probability, (n_assignments, n_blocks)."""
        spread = self.deviation.ravel()
        _, lower, upper = bounds(self.mean.ravel(), spread, level)
        return (upper - lower).reshape(self.mean.shape)


def hold_blocks(
    data: Occurrence,
    folds: NDArray[np.int64],
    probability: NDArray[np.float64],
    levels: tuple[float, ...],
) -> HeldBlocks:
    """Bound the number of presences in every block by how far blocks of the other folds strayed.

    Parameters
    ----------
    data : Occurrence
    folds : int64 array, shape (n_assignments, n)
    probability : float64 array, shape (n_assignments, n)
        Held-out.
    levels : tuple of float

    Returns
    -------
    HeldBlocks
    """
    labels, blocks = np.unique(data.together, return_inverse=True)
    shape = len(folds), len(labels)
    inside, deviation = np.zeros((len(levels), *shape)), np.zeros(shape)
    told = [np.bincount(blocks, weights=one) / np.bincount(blocks) for one in probability]
    for k, one in enumerate(folds):
        for fold in np.unique(one):
            own, rest = one == fold, one != fold
            spread = block_deviation(probability[k, rest], data.found[rest], blocks[rest])
            held = np.unique(blocks[own])
            deviation[k, held] = spread
            inside[:, k, held] = blocks_inside(
                probability[k, own], data.found[own], blocks[own], spread, levels
            )
    return HeldBlocks(labels, levels, inside, np.stack(told), deviation)


def blocks_inside(
    probability: NDArray[np.float64],
    found: NDArray[np.bool_],
    together: NDArray[np.int64],
    deviation: float,
    levels: tuple[float, ...],
) -> NDArray[np.float64]:
    """Say how far the number of presences in each block lies in its interval.

    Parameters
    ----------
    probability : float64 array, shape (n,)
        Held-out.
    found : bool array, shape (n,)
    together : int64 array, shape (n,)
    deviation : float
        `block_deviation`.
    levels : tuple of float

    Returns
    -------
    float64 array, shape (n_levels, n_blocks)
        Blocks in the order of their labels. A number takes up a whole range of chances, from that
        of fewer to that of as many or fewer, and counts by the share of this range that lies
        inside: whole numbers would else be inside too often, most of all in small blocks.

    Notes
    -----
    The expectation of the randomized probability integral transform (Czado, Gneiting and Held
    2009, Biometrics 65:1254-1261; from memory, not verified).
    """
    _, labels = np.unique(together, return_inverse=True)
    odds = log_odds(probability, TINY)
    inside = np.zeros((len(levels), int(labels.max()) + 1))
    edge = (1 - np.array(levels)) / 2
    for block in range(inside.shape[1]):
        own = labels == block
        chances = expit(odds[own] + deviation * NODES[:, None])
        fewer, upto = NODE_SHARES @ presences_upto(chances, int(found[own].sum()))
        within = np.clip(upto, edge, 1 - edge) - np.clip(fewer, edge, 1 - edge)
        inside[:, block] = within / max(upto - fewer, TINY)
    return inside


def presences_upto(chances: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Chances of fewer than, and of at most, so many presences among unlike places.

    Parameters
    ----------
    chances : float64 array, shape (k, n_places)
        Of presence at each place, k times over.
    count : int
        From 0 to n_places.

    Returns
    -------
    float64 array, shape (k, 2)

    Notes
    -----
    Exact, place by place (the Poisson binomial distribution). A binomial of the mean chance would
    be too wide: unlike places vary by sum p (1 - p), which is less than sum p (1 - mean p).
    """
    n_places = chances.shape[1]
    if 2 * count > n_places:
        return np.asarray(1 - presences_upto(1 - chances, n_places - count)[:, ::-1])
    told = np.zeros((len(chances), count + 1))
    told[:, 0] = 1.0
    for chance in chances.T[:, :, None]:
        moved = chance * told[:, :-1]
        told *= 1 - chance
        told[:, 1:] += moved
    return np.stack([told[:, :-1].sum(axis=1), told.sum(axis=1)], axis=1)
