"""Swing to and fro across the limits: for many priced rows, where every move is coarse.

With dozens of targets at work each unit serves many of them, so a portfolio that wastes nothing is
rarely a few moves away, and the way there leads over portfolios that miss a target. The search
steps to the best move at hand, even to a worse one. What exceeds a limit is charged; the charge of
a row rises while it is exceeded and falls while it is kept, which drives the search out of what
cannot be and back to its edge. A unit that has moved rests for a few steps. (Tabu search with
strategic oscillation for knapsacks of many rows: Glover and Kochenberger, 1996, in Meta-Heuristics:
Theory and Applications, chapter 25; charges by row and all numbers here are judgement.) The bend of
a ramp is a limit as well, with a charge that is known: what the ramp gains below its bend.

One walk soon goes round in circles; many short ones from different portfolios find more. They start
near the relaxed optimum: units that are split take, one by one, the option that keeps the running
deviation from the relaxed sums smallest (error diffusion: Floyd and Steinberg, 1976, Proceedings of
the Society for Information Display 17, 75-77, for pictures; from memory, not verified).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.solver.repair import room_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS, _EACH = 2_000, 20
"""Steps of a walk at most, and for every pair that it may take."""
REST = 5
"""A unit rests for this many steps or up to twice as many."""
_FIRST, _MOST = 3.0, 50.0
"""Charge of what exceeds a limit, and the largest, in prices of the row."""
_DEARER, _CHEAPER = 1.05, 0.995
_LEAST = 1e-2
"""Rows are charged as if their price were this share of the largest, if it is less."""
_SPLIT, _TAKEN = 0.999, 0.01
_CLEARLY = 1.0 - 1e-9


@dataclass(frozen=True)
class Course:
    """What a portfolio loses at given prices, and the limits it should end at.

    Attributes
    ----------
    rows : float64 array, shape (n_rows, n_options, n_units)
        ``sum of row <= limit``, scaled alike.
    limits : float64 array, shape (n_rows,)
    prices : float64 array, shape (n_rows,)
        What a unit of a row that is left unused loses.
    short : float64 array, shape (n_rows,)
        What a unit beyond a limit loses; inf where the limit must hold.
    reduced : float64 array, shape (n_options, n_units)
        Value minus priced rows, -inf where forbidden.
    share : float64 array, shape (n_options, n_units)
        The relaxed optimum at these prices; sums to 1 by unit.
    moves : int
        Pairs beside the best options that a walk may take: those that lose least.
    """

    rows: NDArray[np.float64]
    limits: NDArray[np.float64]
    prices: NDArray[np.float64]
    short: NDArray[np.float64]
    reduced: NDArray[np.float64]
    share: NDArray[np.float64]
    moves: int = 150

    @property
    def hard(self) -> NDArray[np.bool_]:
        """Rows whose limit must hold."""
        return np.isinf(self.short)

    @property
    def least(self) -> NDArray[np.float64]:
        """Smallest charge of every row, what a bend charges where it is one."""
        most = float(np.where(self.hard, self.prices, np.maximum(self.prices, self.short)).max())
        return np.where(self.hard, np.maximum(self.prices, _LEAST * most), self.short)

    def rounded(self, count: int) -> Iterator[NDArray[np.intp]]:
        """Yield portfolios of whole units with nearly the sums of the relaxed one."""
        place: NDArray[np.intp] = self.share.argmax(axis=0)
        split = np.flatnonzero(self.share.max(axis=0) < _SPLIT)
        share = self.share[:, split]
        parts = self.rows[:, :, split] * (self.least + self.prices)[:, None, None]
        mean = np.einsum("rku,ku->ru", parts, share)
        for seed in range(count):
            made, off = place.copy(), np.zeros(len(parts))
            for k in np.random.default_rng(seed).permutation(len(split)).tolist():
                # of very many that are tied, each has little
                least = min(_TAKEN, 0.5 * float(share[:, k].max()))
                options = np.flatnonzero(share[:, k] > least)
                after = off[:, None] + parts[:, options, k] - mean[:, k, None]
                chosen = int(np.abs(after).sum(axis=0).argmin())
                off, made[split[k]] = after[:, chosen], options[chosen]
            yield made


def swing(
    course: Course, starts: Iterable[NDArray[np.intp]], goal: float, steps: int | None = None
) -> NDArray[np.intp] | None:
    """Look for a better portfolio by moves that may exceed limits for a while.

    Parameters
    ----------
    course : Course
    starts : iterable of intp array, shape (n_units,)
        Portfolios to walk from; they may exceed limits.
    goal : float
        The search ends where loss, priced slack and what bends lose are less than this together.
    steps : int, optional
        Most steps of a walk; default: `STEPS`.

    Returns
    -------
    intp array, shape (n_units,), or None
        The best of what the walks met, their starts included; None if every one of these exceeds
        a limit.
    """
    best, gap = None, np.inf
    for seed, place in enumerate(starts):
        walk = _Walk(course, place, np.random.default_rng(seed))
        for step in range(min(steps or STEPS, _EACH * len(walk.unit))):
            if walk.best_gap < goal:
                break
            walk.move(step)
        if walk.best_gap < gap:
            best, gap = walk.best, walk.best_gap
        if gap < goal:
            break
    return best


class _Walk:
    """Nearly tied moves, a portfolio on its way, and the best one seen.

    Attributes
    ----------
    option, unit : intp arrays, shape (n_pairs,)
        The pairs that may be taken, in the order of units.
    column : intp array, shape (n_pairs,)
        Position of the pair's unit among those that have a choice.
    now : intp array, shape (n_choices,)
        The pair that each of these units has.
    change : float64 array, shape (n_pairs, n_rows)
        What taking a pair adds to the rows.
    dearer : float64 array, shape (n_pairs,)
        What it adds to loss and priced slack.
    gap : float
        Loss and priced slack of the portfolio, negative slack included.
    best : intp array, shape (n_units,), or None
    best_gap : float
        What it loses in all.
    """

    def __init__(self, course: Course, place: NDArray[np.intp], rng: np.random.Generator) -> None:
        self.course, self.place, self.rng = course, place, rng
        self.hard, self.least = course.hard, course.least
        units = np.arange(len(place))
        losses = course.reduced.max(axis=0) - course.reduced
        count = min(len(place) + course.moves, int(np.isfinite(losses).sum()))
        near = losses <= np.partition(losses.ravel(), count - 1)[count - 1]
        near[place, units] = True
        self.unit, self.option = np.nonzero((near & (near.sum(axis=0) > 1)).T)
        self.units, self.column = np.unique(self.unit, return_inverse=True)
        self.ends = np.searchsorted(self.column, np.arange(len(self.units) + 1))
        self.now = np.flatnonzero(self.option == place[self.unit])
        use = course.rows[:, self.option, self.unit].T
        loss = losses[self.option, self.unit]
        self.change = np.ascontiguousarray(use - use[self.now][self.column])
        self.dearer = loss - loss[self.now][self.column]
        self.dearer -= np.einsum("pr,r->p", self.change, course.prices)
        self.room = room_of(course, place)
        self.gap = float(losses[place, units].sum() + course.prices @ self.room)
        self.charge = self.least * np.where(self.hard, _FIRST * (0.5 + rng.random()), 1.0)
        self.until = np.zeros(len(self.units), dtype=np.intp)
        self.over = np.empty_like(self.change)
        self.best: NDArray[np.intp] | None = None
        self.best_gap = np.inf
        self.keep()

    def move(self, step: int) -> None:
        """Make the best move of a unit that does not rest, and keep what is better than before."""
        np.subtract(self.change, self.room, out=self.over)
        np.maximum(self.over, 0.0, out=self.over)
        after = np.einsum("pr,r->p", self.over, self.charge + self.course.prices)
        after += self.dearer
        after[self.now] = np.inf
        least = int(after.argmin())
        pair = int(np.where(self.until[self.column] > step, np.inf, after).argmin())
        if self.gap + after[least] < self.best_gap * _CLEARLY:
            pair = pair if self.over[least][self.hard].any() else least
        at = self.column[pair]
        change, dearer = self.change[pair].copy(), float(self.dearer[pair])
        self.room -= change
        self.gap += dearer
        same = slice(self.ends[at], self.ends[at + 1])
        self.change[same] -= change
        self.dearer[same] -= dearer
        self.now[at] = pair
        self.until[at] = step + REST + int(self.rng.integers(REST))
        turned = self.charge * np.where(self.room < 0, _DEARER, _CHEAPER)
        turned = np.clip(turned, self.least, _MOST * self.least)
        self.charge = np.where(self.hard, turned, self.charge)
        self.keep()

    def keep(self) -> None:
        """Keep the portfolio if it is the best so far and exceeds no limit."""
        over = np.maximum(-self.room, 0.0)
        if over[self.hard].any():
            return
        gap = self.gap + float(over @ (self.charge + self.course.prices))
        if self.best is None or gap < self.best_gap * _CLEARLY:
            self.best, self.best_gap = self.place.copy(), gap
            self.best[self.units] = self.option[self.now]
