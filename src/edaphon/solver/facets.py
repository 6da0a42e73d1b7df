"""The next weights: where the gap between the found portfolios and the proven bound is widest.

Between the downward-closed convex hull of the portfolios (inside) and all ``w . y <= U`` (outside)
lies what is not known yet. Along sampled directions from the reference point the two are compared;
each facet of the hull collects the volume left above it, and the normals of the facets with most of
it are the weights to ask next. (Sandwich algorithms: Ruzika and Wiecek 2005, Journal of
Optimization Theory and Applications 126:473-501, section 3; Klamroth, Tind and Wiecek 2002,
Mathematical Methods of Operations Research 56:413-437.) Of facets side by side only one is asked
for in a round, since its answer changes the others: a round of eight then closes as much of the gap
as eight weights asked one by one.

Where fewer portfolios are shown than weights were asked, the same rule picks them: there the answer
to a facet is the portfolio found that lies furthest above it. The facets that are left at the end
tell where bounds alone still close much of the gap (`edaphon.solver.bounded`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from edaphon.solver.dominance import FAR, nondominated, normalized, positive_directions, reach
from edaphon.solver.weights import ALIKE, floored, on_simplex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from edaphon.solver.concave import Cut

ROUND = 8
"""Most facets taken at once."""
DIRECTIONS = 1024
"""Sampled anew in every round; the stated sandwich ratio uses directions of its own."""
_CLOSED = 1e-9
"""Share of the volume below which a facet is not worth another portfolio."""
_WIDE = 0.5
"""Where few are chosen from many, a facet waits while another has twice its gap (judgement)."""


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
    none = np.zeros((0, len(kept)))
    gaps = _gaps(shares, _walls(cuts, box, kept), round_number)
    if gaps is None:
        return none, np.nan
    seen = on_simplex(np.array([cut.weights for cut in cuts]) * box.span)
    chosen: list[NDArray[np.float64]] = []

    def asked_anew(normal: NDArray[np.float64], _: float) -> bool:
        weights = _weights_of(normal, kept)
        fresh = bool(np.abs(np.vstack([seen, *chosen]) - weights).max(axis=1).min() > ALIKE)
        chosen.extend([weights] if fresh else [])
        return fresh

    _offer(gaps, count, asked_anew)
    gap = float(gaps.left.sum()) / gaps.whole if 0.0 < gaps.whole < np.inf else np.nan
    return np.array(chosen) / _scale(box, kept) if chosen else none, gap


def open_facets(shown: Sequence[Cut], proofs: Sequence[Cut], box: Box) -> NDArray[np.float64]:
    """Return the weights of every facet that has a gap above it, the widest gap first.

    Parameters
    ----------
    shown : sequence of Cut
        Portfolios whose hull has the facets.
    proofs : sequence of Cut
        Bounds proven.
    box : Box

    Returns
    -------
    float64 array, shape (n_facets, n_objectives)
        For unscaled objectives; empty where there is no hull.
    """
    shares, kept = normalized(np.array([cut.values for cut in shown]), box.reference, box.ideal)
    gaps = _gaps(shares, _walls(proofs, box, kept), 0)
    if gaps is None:
        return np.zeros((0, len(kept)))
    order = np.argsort(-gaps.left, kind="stable")
    rows = order[gaps.left[order] > _CLOSED * gaps.whole]
    return _weights_of(gaps.normals[rows], kept) / _scale(box, kept)


def choose_answers(
    answers: Sequence[Cut], proofs: Sequence[Cut], box: Box, count: int
) -> list[Cut]:
    """Return the answers whose convex hull leaves least of the gap to the proven bound.

    Greedy: the best answer for each objective, then round by round the answer furthest above each
    of the facets with most of the gap.

    Parameters
    ----------
    answers : sequence of Cut
        Portfolios to choose from.
    proofs : sequence of Cut
        Bounds proven.
    box : Box
    count : int
        Most answers to return, but never fewer than the best of each objective; where fewer span
        the hull of all, no more are returned.

    Returns
    -------
    list of Cut
        In the order given.
    """
    values = np.array([cut.values for cut in answers])
    rows = nondominated(values)
    shares, kept = normalized(values[rows], box.reference, box.ideal)
    walls = _walls(proofs, box, kept)
    chosen = [int(k) for k in dict.fromkeys(shares.argmax(axis=0))] or [0]

    def added(normal: NDArray[np.float64], offset: float) -> bool:
        height = shares @ normal
        best = int(height.argmax())
        new = best not in chosen and bool(height[best] > offset + _CLOSED)
        chosen.extend([best] if new else [])
        return new

    number = before = 0
    while before < len(chosen) < count:
        gaps = _gaps(shares[chosen], walls, number)
        if gaps is None:
            break
        before, number = len(chosen), number + 1
        _offer(gaps, min(ROUND, count - before), added, least=_WIDE)
    return [answers[k] for k in sorted(rows[chosen])]


@dataclass(frozen=True)
class _Gaps:
    """Facets of a hull, outward normals and offsets, and the volume left above each of them."""

    normals: NDArray[np.float64]
    offsets: NDArray[np.float64]
    neighbors: NDArray[np.intp]
    left: NDArray[np.float64]
    whole: float


def _walls(
    cuts: Sequence[Cut], box: Box, kept: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return normals and offsets of the outer side, in shares of the box."""
    weights = np.array([cut.weights for cut in cuts])
    room = np.array([cut.bound for cut in cuts]) - weights @ box.reference
    usable = np.isfinite(room)
    return (weights * box.span)[usable][:, kept], room[usable]


def _gaps(
    shares: NDArray[np.float64],
    walls: tuple[NDArray[np.float64], NDArray[np.float64]],
    round_number: int,
) -> _Gaps | None:
    """Measure the gap above every facet of the hull of `shares`; None where there is no hull."""
    dimension = shares.shape[1]
    if dimension < 2:
        return None
    try:
        hull = ConvexHull(np.vstack([shares, -FAR * np.eye(dimension)]))
    except QhullError:
        return None
    normals, offsets = hull.equations[:, :-1], -hull.equations[:, -1]
    directions = positive_directions(dimension, DIRECTIONS, 1 + round_number)
    outer, _ = reach(directions, *walls)
    inner, facet = reach(directions, normals, offsets)
    left = np.maximum(outer**dimension - np.maximum(inner, 0.0) ** dimension, 0.0)
    above = np.bincount(facet, weights=left, minlength=len(normals)).astype(np.float64)
    return _Gaps(normals, offsets, hull.neighbors, above, float((outer**dimension).sum()))


def _offer(
    gaps: _Gaps,
    count: int,
    take: Callable[[NDArray[np.float64], float], bool],
    least: float = 0.0,
) -> None:
    """Offer the facets to `take`, the widest gap first, until it has taken `count`.

    None is offered that lies beside one taken, nor any with hardly a gap, or with less than the
    share `least` of the first that was taken.
    """
    barred = np.zeros(len(gaps.left), dtype=bool)
    taken, narrow = 0, _CLOSED * gaps.whole
    for k in np.argsort(-gaps.left, kind="stable"):
        if taken == count or gaps.left[k] <= narrow:
            break
        if not barred[k] and take(gaps.normals[k], gaps.offsets[k]):
            barred[gaps.neighbors[k]] = True
            narrow = max(narrow, least * gaps.left[k]) if taken == 0 else narrow
            taken += 1


def _weights_of(normals: NDArray[np.float64], kept: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights of all objectives that outward normals (..., n_kept) ask for, on scaled ones."""
    weights = np.zeros((*normals.shape[:-1], len(kept)))
    weights[..., kept] = np.maximum(normals, 0.0)
    return floored(on_simplex(weights))


def _scale(box: Box, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Ranges of the objectives, 1 for those that have none."""
    return np.where(kept, np.where(box.span > 0, box.span, 1.0), 1.0)
