"""The next weights: where the gap between the found portfolios and the proven bound is widest.

Between the downward-closed convex hull of the portfolios (inside) and all ``w . y <= U`` (outside)
lies what is not known yet. Along sampled directions from the reference point the two are compared;
each facet of the hull collects the volume left above it, and the normals of the facets with most of
it are the weights to ask next. (Sandwich algorithms: Ruzika and Wiecek 2005, Journal of
Optimization Theory and Applications 126:473-501, section 3; Klamroth, Tind and Wiecek 2002,
Mathematical Methods of Operations Research 56:413-437.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from edaphon.solver.dominance import FAR, normalized, positive_directions, reach
from edaphon.solver.weights import floored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edaphon.solver.concave import Cut

DIRECTIONS = 1024
"""Sampled anew in every round; the stated sandwich ratio uses directions of its own."""
_CLOSED = 1e-9
"""Share of the volume below which a facet is not worth another portfolio."""
_ALIKE = 1e-3
"""Weights closer than this (of 1 in all) to one that was asked bring hardly anything new."""


@dataclass(frozen=True)
class Box:
    """The box in which objectives are compared, all turned to maximize.

    Attributes
    ----------
    reference, ideal : float64 arrays, shape (n_objectives,)
        Worst and best payoff of the single-objective optima.
    """

    reference: NDArray[np.float64]
    ideal: NDArray[np.float64]

    @property
    def span(self) -> NDArray[np.float64]:
        """Ideal minus reference."""
        return self.ideal - self.reference


def next_weights(
    cuts: Sequence[Cut], box: Box, count: int, round_number: int
) -> tuple[NDArray[np.float64], float]:
    """Return the weights that promise most, for unscaled objectives, and the gap so far.

    Parameters
    ----------
    cuts : sequence of Cut
        Portfolios found and bounds proven so far.
    box : Box
    count : int
        Most weights to return.
    round_number : int
        Draws this round's directions.

    Returns
    -------
    weights : float64 array, shape (at most count, n_objectives)
        Empty where no facet has volume left above it that some weight has not been asked for.
    gap : float
        One minus the sandwich ratio of what was found so far, along this round's directions;
        nan where there is none.
    """
    values = np.array([cut.values for cut in cuts])
    shares, kept = normalized(values, box.reference, box.ideal)
    dimension = int(kept.sum())
    none = np.zeros((0, len(kept)))
    if dimension < 2:
        return none, np.nan
    asked = np.array([cut.weights for cut in cuts])
    room = np.array([cut.bound for cut in cuts]) - asked @ box.reference
    usable = np.isfinite(room)
    try:
        hull = ConvexHull(np.vstack([shares, -FAR * np.eye(dimension)]))
    except QhullError:
        return none, np.nan
    normals, offsets = hull.equations[:, :-1], -hull.equations[:, -1]
    directions = positive_directions(dimension, DIRECTIONS, 1 + round_number)
    outer, _ = reach(directions, (asked * box.span)[usable][:, kept], room[usable])
    inner, facet = reach(directions, normals, offsets)
    left = np.maximum(outer**dimension - np.maximum(inner, 0.0) ** dimension, 0.0)
    score = np.bincount(facet, weights=left, minlength=len(normals))
    whole = float((outer**dimension).sum())
    seen = _on_simplex(asked * box.span)
    chosen: list[NDArray[np.float64]] = []
    for k in np.argsort(-score, kind="stable"):
        if len(chosen) == count or score[k] <= _CLOSED * whole:
            break
        weights = np.zeros(len(kept))
        weights[kept] = np.maximum(normals[k], 0.0)
        weights = floored(_on_simplex(weights))
        if np.abs(seen - weights).max(axis=1).min() > _ALIKE:
            seen = np.vstack([seen, weights])
            chosen.append(weights)
    scale = np.where(kept, np.where(box.span > 0, box.span, 1.0), 1.0)
    gap = float(left.sum()) / whole if 0.0 < whole < np.inf else np.nan
    return np.array(chosen) / scale if chosen else none, gap


def _on_simplex(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights divided by their sum."""
    total = weights.sum(axis=-1, keepdims=True)
    made: NDArray[np.float64] = weights / np.where(total > 0, total, 1.0)
    return made
