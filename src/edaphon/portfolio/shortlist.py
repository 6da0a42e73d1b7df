"""The shortlist: tags for the portfolios at the ends and in the middle, and a few that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.portfolio.diverse import good_rows, spending_distance
from edaphon.portfolio.tables import by_intervention, spent_by_intervention

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.values import Front, Objective, Problem

BALANCED = "balanced"
_CONDITION_LIMIT = 1e6
_NEAR = 0.125
"""Root mean square share of the spans up to which portfolios are neighbors; judgement."""


def tag_front(front: Front) -> Front:
    """Name the portfolios at the ends of the front and the one in its middle.

    Tags are "cheapest" (least of a minimized objective that sums money), "least NAME" and
    "NAME first" for the extremes, and "balanced" for the knee. An objective that is the same in all
    portfolios has no extreme, unless all are. A portfolio with several tags has
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
    ends = extremes(front)
    for m in _moved(front):
        found.setdefault(ends[m], []).append(extreme_tag(front.objectives[m]))
    tags = tuple(", ".join(found.get(row, [tag])) for row, tag in enumerate(front.tags))
    return replace(front, tags=tags)


def extreme_tag(objective: Objective) -> str:
    """Return the tag of the portfolio that is best in one objective."""
    if objective.sense == "maximize":
        return f"{objective.name} first"
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


def _moved(front: Front) -> NDArray[np.intp]:
    """Objectives in which portfolios differ; all of them where they differ in none."""
    live = np.abs(front.ideal - front.nadir) > 0
    return np.flatnonzero(live if live.any() else ~live)


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


def knees(front: Front, n: int) -> tuple[int, ...]:
    """Return up to n bends of the front: rows beside which every step costs more than it brings.

    A row's worth is the least, over its neighbors, of what it gains over the neighbor divided by
    what it gives up, objectives counted by their spans (Rachmawati and Srinivasan 2009, IEEE
    Transactions on Evolutionary Computation 13, 810-824). A bend has a worth above 1 that no
    neighbor exceeds. Neighbors are the 2 (objectives - 1) nearest rows, and all nearer than an
    eighth of the spans.

    Parameters
    ----------
    front : Front
    n : int

    Returns
    -------
    tuple of int
        Of kind front only, the most pronounced first; empty without a trade-off.
    """
    rows = np.flatnonzero(front.on_front)
    live = np.abs(front.ideal - front.nadir) > 0
    if live.sum() < 2 or len(rows) < 3:
        return ()
    scaled = normalized(front)[np.ix_(rows, np.flatnonzero(live))]
    step = scaled[:, None, :] - scaled[None, :, :]
    far = np.sqrt((step**2).sum(axis=2))
    np.fill_diagonal(far, np.inf)
    nearest = np.sort(far, axis=1)[:, min(2 * (int(live.sum()) - 1), len(rows) - 1) - 1]
    near = far <= np.maximum(nearest, _NEAR * np.sqrt(live.sum()))[:, None]
    gain, loss = np.maximum(step, 0.0).sum(axis=2), np.maximum(-step, 0.0).sum(axis=2)
    rate = np.divide(gain, loss, out=np.full_like(gain, np.inf), where=loss > 0)
    worth = np.where(near, rate, np.inf).min(axis=1)
    peak = (worth > 1.0) & (worth >= np.where(near, worth[None, :], -np.inf).max(axis=1))
    order = sorted(np.flatnonzero(peak), key=lambda k: (-worth[k], k))
    return tuple(int(rows[k]) for k in order[:n])


def shortlist(problem: Problem, front: Front, n: int) -> tuple[int, ...]:
    """Choose the few portfolios that are handed to decision makers.

    First the balanced one, then the best in each objective (in which portfolios differ), then one
    after the other the good portfolio (`edaphon.portfolio.diverse.good_rows`) that differs most
    from all chosen so far in what is done where: the least share of the spending in which it
    differs is made as large as possible. Where too few are good, the others follow.

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
    ends = extremes(front)
    first = [*([] if middle is None else [middle]), *(ends[m] for m in _moved(front) if ends)]
    chosen = list(dict.fromkeys(first))[:n]
    if len(chosen) >= min(n, len(rows)):
        return tuple(chosen)
    apart = spending_distance(problem, front.portfolios[rows])
    taken = np.isin(rows, chosen)
    good = np.isin(rows, good_rows(front))
    while taken.sum() < min(n, len(rows)):
        nearest = apart[:, taken].min(axis=1) if taken.any() else np.zeros(len(rows))
        open_ = (good & ~taken) if (good & ~taken).any() else ~taken
        best = int(np.argmax(np.where(open_, nearest, -1.0)))
        taken[best] = True
        chosen.append(int(rows[best]))
    return tuple(chosen)


def names_of(problem: Problem, front: Front, rows: Sequence[int]) -> tuple[str, ...]:
    """Say in a few words what each of some portfolios is.

    The tag of a portfolio that has one ("cheapest", "soil_carbon first", "balanced"); "do nothing
    new" or "only what is locked in", "present policy"; else by what it does more of than these
    portfolios do on average: "more compost", by share of the spending. A name that would stand
    twice gets the portfolio's own behind it.

    Parameters
    ----------
    problem : Problem
    front : Front
    rows : sequence of int
        Rows of `front`.

    Returns
    -------
    tuple of str
        One per row, all different.
    """
    plans = [front.portfolios[row] for row in rows]
    spent = np.array([spent_by_intervention(problem, plan)[:, 0] for plan in plans])
    area = np.array([by_intervention(problem, plan, problem.area_ha) for plan in plans])
    size = np.abs(spent[:, 1:]) if spent.any() else area[:, 1:]
    total = size.sum(axis=1, keepdims=True)
    share = np.divide(size, total, out=np.zeros_like(size), where=total > 0)
    more = share - share.mean(axis=0) if len(share) else share
    words = [_name(problem, front, row, one) for row, one in zip(rows, more, strict=True)]
    return tuple(
        word
        if words.count(word) == 1 or word == front.names[row]
        else f"{word} ({front.names[row]})"
        for word, row in zip(words, rows, strict=True)
    )


def rows_by_name(problem: Problem, front: Front, chosen: Sequence[int]) -> dict[str, int]:
    """Return the rows of a front by everything that its portfolios are called.

    Parameters
    ----------
    problem : Problem
    front : Front
    chosen : sequence of int
        Rows of the shortlist, whose words are those of `names_of`; of the others tags and names.
    """
    known = dict(zip(names_of(problem, front, chosen), chosen, strict=True))
    tags = enumerate(front.tags)
    known |= {tag: row for row, listed in tags for tag in listed.split(", ") if tag}
    return known | {name: row for row, name in enumerate(front.names)}


def find_row(known: Mapping[str, int], wanted: str) -> int | None:
    """Return the row that a name means, None if none; case and underscores do not count."""
    plain = {name.replace("_", " ").casefold(): row for name, row in known.items()}
    return plain.get(wanted.replace("_", " ").casefold())


def _name(problem: Problem, front: Front, row: int, more: NDArray[np.float64]) -> str:
    kind = front.kinds[row]
    if kind == "baseline":
        return "only what is locked in" if front.treated_area_ha[row] > 0 else "do nothing new"
    if kind == "policy":
        return "present policy"
    if front.tags[row]:
        return front.tags[row]
    if kind != "front" or not len(more) or not more.max() > 0:
        return front.names[row]
    return f"more {problem.interventions[1 + int(more.argmax())]}"
