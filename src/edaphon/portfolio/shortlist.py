"""The shortlist: tags for the portfolios at the ends and in the middle, and a few that differ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.values import Front, Objective, Problem

BALANCED = "balanced"
_CONDITION_LIMIT = 1e6


def tag_front(front: Front) -> Front:
    """Name the portfolios at the ends of the front and the one in its middle.

    Tags are "cheapest" (least of a minimized objective that sums money), "least NAME" and
    "best NAME" for the extremes, and "balanced" for the knee. A portfolio with several tags has
    them joined by ", "; rows that are not of kind front keep their own.

    The knee is the portfolio that lies furthest beyond the plane through the extremes, with every
    objective divided by its range (Das 1999, Structural Optimization 18, 107-115, the point of
    largest distance from the convex hull of the individual minima). It says where gains begin to
    get expensive on this front. It does not say what a community should want: other ranges, other
    weights or one objective more give another knee.

    Parameters
    ----------
    front : Front

    Returns
    -------
    Front
        The same with `tags` filled.
    """
    rows = np.flatnonzero(front.on_front)
    if not len(rows):
        return front
    found: dict[int, list[str]] = {}
    middle = knee(front)
    if middle is not None:
        found.setdefault(middle, []).append(BALANCED)
    for objective, row in zip(front.objectives, extremes(front), strict=True):
        found.setdefault(row, []).append(extreme_tag(objective))
    tags = tuple(", ".join(found.get(row, [tag])) for row, tag in enumerate(front.tags))
    return replace(front, tags=tags)


def extreme_tag(objective: Objective) -> str:
    """Return the tag of the portfolio that is best in one objective."""
    if objective.sense == "maximize":
        return f"best {objective.name}"
    return "cheapest" if "cost" in objective.ledgers else f"least {objective.name}"


def normalized(front: Front) -> NDArray[np.float64]:
    """Return all rows with every objective running from 0 (nadir) to 1 (ideal).

    Returns
    -------
    float64 array, shape (n_portfolios, n_objectives)
        An objective whose range is 0 is 1 everywhere.
    """
    span = front.ideal - front.nadir
    flat = ~(np.abs(span) > 0)
    scaled = (front.values - front.nadir) / np.where(flat, 1.0, span)
    return np.where(flat, 1.0, scaled)


def extremes(front: Front) -> tuple[int, ...]:
    """Return the row that is best in each objective; among equals the best of the others."""
    rows = np.flatnonzero(front.on_front)
    if not len(rows):
        return ()
    scaled = normalized(front)[rows]
    order = [np.lexsort((-scaled.sum(axis=1), -scaled[:, m])) for m in range(scaled.shape[1])]
    return tuple(int(rows[ranked[0]]) for ranked in order)


def knee(front: Front) -> int | None:
    """Return the row furthest beyond the plane through the extremes; None without a trade-off."""
    rows = np.flatnonzero(front.on_front)
    live = np.abs(front.ideal - front.nadir) > 0
    if live.sum() < 2 or not len(rows):
        return None
    scaled = normalized(front)[:, live]
    corners = scaled[[row for row, is_live in zip(extremes(front), live, strict=True) if is_live]]
    normal: NDArray[np.float64] = np.ones(corners.shape[1])
    if np.linalg.cond(corners) < _CONDITION_LIMIT:
        solved = np.asarray(np.linalg.solve(corners, normal), dtype=np.float64)
        if (solved >= 0).all():
            normal = solved
    beyond = scaled[rows] @ normal / np.linalg.norm(normal)
    return int(rows[np.argmax(beyond)])


def shortlist(problem: Problem, front: Front, n: int) -> tuple[int, ...]:
    """Choose the few portfolios that are handed to decision makers.

    First the balanced one, then the best in each objective, then one after the other the
    portfolio that differs most from all chosen so far in what is done where: the least share of
    the area whose intervention differs is made as large as possible.

    Parameters
    ----------
    problem : Problem
    front : Front
    n : int
        Number of portfolios; fewer come back where the front has fewer.

    Returns
    -------
    tuple of int
        Row positions in `front`, of kind front only, in the order of choice.
    """
    rows = np.flatnonzero(front.on_front)
    middle = knee(front)
    first = [*([] if middle is None else [middle]), *extremes(front)]
    chosen = list(dict.fromkeys(first))[:n]
    share = problem.area_ha / problem.area_ha.sum()
    nearest = np.full(len(rows), np.inf)
    for row in chosen:
        nearest = np.minimum(nearest, _differing_share(front, rows, row, share))
    while len(chosen) < min(n, len(rows)):
        nearest[np.isin(rows, chosen)] = -1.0
        row = int(rows[np.argmax(nearest)])
        chosen.append(row)
        nearest = np.minimum(nearest, _differing_share(front, rows, row, share))
    return tuple(chosen)


def _differing_share(
    front: Front, rows: NDArray[np.intp], row: int, share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Share of the area whose intervention differs from that of `row`, shape (len(rows),)."""
    own = front.portfolios[row]
    return np.array([share[front.portfolios[other] != own].sum() for other in rows])
