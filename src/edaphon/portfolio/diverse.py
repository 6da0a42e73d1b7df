"""Portfolios that truly differ: distance in what is done where, and the most distant few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.errors import expect
from edaphon.problem.rows import blocks
from edaphon.problem.values import Front, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

GAP = 0.05
"""Largest certified gap of a portfolio that may stand for a good one."""
APART = 0.2
"""Share of the spending in which every pair of a diverse set should differ."""
_MOST = 300
"""Candidates above which those that differ most are looked at."""
_NODES = 200_000


@dataclass(frozen=True)
class Diverse:
    """A few portfolios that differ in what is done where.

    Attributes
    ----------
    rows : tuple of int
        Rows of the front, in ascending order.
    least : float
        Smallest distance between two of them; nan for fewer than two.
    possible : float
        No choice of as many of the candidates has a larger least distance.
    candidates : int
        Portfolios of the front that were good enough to be chosen.
    gap : float
        Largest certified gap that was let pass.
    """

    rows: tuple[int, ...]
    least: float
    possible: float
    candidates: int
    gap: float

    @property
    def proven(self) -> bool:
        """Whether no other choice among the candidates differs more."""
        return not self.possible > self.least

    def sentence(self) -> str:
        """Say how much they differ, and how much they could."""
        if len(self.rows) < 2:
            return f"{self.candidates} portfolio(s) of the front are good enough to choose from"
        said = f"every two of these {len(self.rows)} differ in at least {self.least:.0%} of the "
        said += f"spending; chosen among {self.candidates} with a certified gap of at most "
        said += f"{self.gap:.0%}"
        if self.proven:
            return f"{said}, of which no {len(self.rows)} differ more"
        return f"{said}, of which no {len(self.rows)} differ by more than {self.possible:.0%}"


def spending_distance(problem: Problem, portfolios: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return how much each pair of portfolios differs in what is done where.

    The share of the money of both that goes to units where they choose differently: Bray and
    Curtis's dissimilarity (1957, Ecological Monographs 27, 325-349) of spending by unit and
    intervention. 0 means that both spend the same money on the same things in the same places, 1
    that they have nothing in common. Money is the first ledger; where no option costs anything,
    area that is treated stands for it.

    Parameters
    ----------
    problem : Problem
    portfolios : int array, shape (n_portfolios, n_units)

    Returns
    -------
    float64 array, shape (n_portfolios, n_portfolios)
        0 for pairs of which neither spends anything.
    """
    money = np.abs(problem.cost[:, :, 0])
    if not money.any():
        money = problem.area_ha[:, None] * (np.arange(problem.n_interventions) > 0)
    count = len(portfolios)
    common, spent = np.zeros((count, count)), np.zeros(count)
    for rows in blocks(problem.n_units):
        for a in range(problem.n_interventions):
            weight = np.where(portfolios[:, rows] == a, np.sqrt(money[rows, a]), 0.0)
            common += weight @ weight.T
    spent = np.diag(common)
    both = spent[:, None] + spent[None, :]
    apart = 1.0 - np.divide(2.0 * common, both, out=np.ones_like(common), where=both > 0)
    np.fill_diagonal(apart, 0.0)
    return np.asarray(np.clip(apart, 0.0, 1.0), dtype=np.float64)


def good_rows(front: Front, gap: float = GAP) -> NDArray[np.intp]:
    """Return the rows of kind front whose certified gap is at most `gap`.

    With one objective the optimality gap stands in. All rows, where nothing is proven at all.
    """
    gaps = front.optimality_gap if len(front.objectives) == 1 else front.certified_gap
    on_front = front.on_front
    known = on_front & np.isfinite(gaps)
    return np.flatnonzero(known & (gaps <= gap)) if known.any() else np.flatnonzero(on_front)


def diverse(problem: Problem, front: Front, n: int, gap: float = GAP) -> Diverse:
    """Choose the n good portfolios whose least distance is as large as it can be.

    Among the portfolios whose certified gap is at most `gap` (the floor on the loss). The choice
    starts from the farthest first (each candidate in turn as the first) and is then raised step
    by step: for a larger least distance a set of n is looked for that is pairwise at least that
    far apart (a clique; branch and bound with a coloring bound, Tomita and Seki 2003, LNCS 2731,
    278-289), until none exists or the effort is used up.

    Parameters
    ----------
    problem : Problem
    front : Front
    n : int
    gap : float

    Returns
    -------
    Diverse
    """
    expect(problem=(problem, Problem), front=(front, Front))
    rows = good_rows(front, gap)
    if len(rows) <= 1 or n <= 1:
        return Diverse(tuple(int(r) for r in rows[:n]), np.nan, np.nan, len(rows), gap)
    apart = spending_distance(problem, front.portfolios[rows])
    size = min(n, len(rows))
    if len(rows) > _MOST:
        kept = np.sort(_farthest(apart, 0, _MOST))
        first, _ = _most_apart(apart[np.ix_(kept, kept)], size)
        chosen, possible = kept[first], _degree_bound(apart, size)
    else:
        chosen, possible = _most_apart(apart, size)
    least = _least(apart, chosen)
    names = tuple(int(row) for row in np.sort(rows[chosen]))
    return Diverse(names, least, possible, len(rows), gap)


def _least(apart: NDArray[np.float64], chosen: NDArray[np.intp]) -> float:
    """Smallest distance between two of the chosen."""
    part = apart[np.ix_(chosen, chosen)]
    return float(part[np.triu_indices(len(chosen), 1)].min())


def _farthest(apart: NDArray[np.float64], first: int, size: int) -> NDArray[np.intp]:
    """Farthest-first traversal from one candidate; ties go to the first."""
    chosen, nearest = [first], apart[first].copy()
    while len(chosen) < size:
        nearest[chosen] = -1.0
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, apart[chosen[-1]])
    return np.array(chosen)


def _degree_bound(apart: NDArray[np.float64], size: int) -> float:
    """Bound the least distance of any choice.

    Each of `size` chosen has size - 1 others at least that far away, so it is at most the
    (size - 1)-th largest distance of `size` different candidates.
    """
    reach = np.sort(apart, axis=1)[:, -(size - 1)]
    return float(np.sort(reach)[-size])


def _most_apart(apart: NDArray[np.float64], size: int) -> tuple[NDArray[np.intp], float]:
    """Return the choice with the largest least distance found, and a bound on any choice's."""
    starts = [_farthest(apart, first, size) for first in range(len(apart))]
    best = max(starts, key=lambda chosen: _least(apart, chosen))
    levels = np.unique(apart[np.triu_indices(len(apart), 1)])
    levels = levels[levels > _least(apart, best)]
    low, high, shut = 0, len(levels), len(levels)
    while low < high:
        middle = (low + high) // 2
        found = _clique(apart >= levels[middle], size)
        if found:
            best, low = np.array(sorted(found), dtype=np.intp), middle + 1
        else:
            high = middle
            shut = middle if found is not None else shut
    return best, float(levels[shut - 1]) if shut > low else _least(apart, best)


def _clique(near: NDArray[np.bool_], size: int) -> list[int] | None:
    """Return a clique of `size`, [] if there is none, None where the effort is used up."""
    weight = 1 << np.arange(len(near)).astype(object)
    masks = [int(weight[row].sum()) for row in near & ~np.eye(len(near), dtype=bool)]
    left = _NODES

    def grow(chosen: list[int], open_: int) -> list[int] | None:
        nonlocal left
        if len(chosen) == size:
            return chosen
        order, colors = _colored(masks, open_)
        for vertex, color in zip(reversed(order), reversed(colors), strict=True):
            if len(chosen) + color < size:
                return []
            left -= 1
            if left < 0:
                return None
            found = grow([*chosen, vertex], open_ & masks[vertex])
            if found is None or found:
                return found
            open_ &= ~(1 << vertex)
        return []

    return grow([], (1 << len(near)) - 1)


def _colored(masks: list[int], open_: int) -> tuple[list[int], list[int]]:
    """Color the open vertices greedily; return them by color, and the colors from 1."""
    order, colors, color = [], [], 0
    while open_:
        color, free = color + 1, open_
        while free:
            vertex = (free & -free).bit_length() - 1
            order.append(vertex)
            colors.append(color)
            open_ &= ~(1 << vertex)
            free &= ~masks[vertex] & ~(1 << vertex)
    return order, colors
