"""Improve a portfolio on concave objectives: single moves and pairs that raise the true value.

The oracle's portfolios answer slopes; between two slopes lie portfolios that answer none and are
worth more, above all where a benefit bends sharply. Moves are ranked by the slope at the portfolio,
judged by the value itself, and made only where every limit still holds, so that the result is
never worse and never infeasible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.rows import ROUNDING_TOLERANCE, block_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.table import Table

MOST_NUMBERS = 5_000_000
"""Gains (columns x options x units) above which no moves are tried."""
_PASSES = 25
_LOOKED_AT = 1_000
_PAIRED = 60


@dataclass(frozen=True)
class Ground:
    """What moves are judged by.

    Attributes
    ----------
    table : Table
    rows : float64 array, shape (n_rows, n_options, n_units)
    limits : float64 array, shape (n_rows,)
        ``sum of row <= limit``.
    """

    table: Table
    rows: NDArray[np.float64]
    limits: NDArray[np.float64]

    @property
    def too_large(self) -> bool:
        """Whether looking at all moves takes too long."""
        return (len(self.table.columns) + len(self.rows)) * self.table.barrier.size > MOST_NUMBERS


class _Climb:
    """A portfolio on its way up."""

    def __init__(
        self, ground: Ground, weights: NDArray[np.float64], place: NDArray[np.intp]
    ) -> None:
        self.ground, self.weights = ground, weights
        self.place = place.copy()
        self.units = np.arange(len(place))
        self.refresh()

    def refresh(self) -> None:
        """Sum everything anew, so that rounding does not pile up."""
        table, rows = self.ground.table, self.ground.rows
        chosen = rows[:, self.place, self.units]
        limits = self.ground.limits
        allowance = ROUNDING_TOLERANCE * np.maximum(np.abs(limits), np.abs(chosen).sum(axis=1))
        self.totals = table.totals(self.place)
        used = np.array([block_sum(row) for row in chosen])
        self.room = limits + 0.5 * allowance - used

    def worth(self, totals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weighted objectives at totals (..., n_columns)."""
        made: NDArray[np.float64] = self.ground.table.outcome.values(totals) @ self.weights
        return made

    def gains(self, option: NDArray[np.intp], unit: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return what moves add to the totals, (n_moves, n_columns)."""
        columns = self.ground.table.columns
        made: NDArray[np.float64] = columns[:, option, unit] - columns[:, self.place[unit], unit]
        return made.T

    def uses(self, option: NDArray[np.intp], unit: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return what moves take from the limits, (n_moves, n_rows)."""
        rows = self.ground.rows
        made: NDArray[np.float64] = rows[:, option, unit] - rows[:, self.place[unit], unit]
        return made.T

    def promising(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
        """Return all open moves (options, units) and what the slope promises of each."""
        table = self.ground.table
        slope = table.outcome.slope(self.totals, self.weights)
        value = table.value(slope)
        gain = value - value[self.place, self.units]
        gain[self.place, self.units] = -np.inf
        option, unit = np.nonzero(np.isfinite(gain))
        return option, unit, gain[option, unit]

    def move(self, option: int, unit: int) -> None:
        """Make a move."""
        at, to = np.array([unit]), np.array([option])
        self.totals = self.totals + self.gains(to, at)[0]
        self.room = self.room - self.uses(to, at)[0]
        self.place[unit] = option

    def singles(self) -> bool:
        """Make single moves that pay, the most promising first; return whether any did."""
        option, unit, promise = self.promising()
        fits = np.ones(len(option), dtype=bool)
        for row, room in zip(self.ground.rows, self.room, strict=True):
            fits &= row[option, unit] - row[self.place[unit], unit] <= room
        option, unit, promise = option[fits], unit[fits], promise[fits]
        first = np.argsort(-promise, kind="stable")[:_LOOKED_AT]
        option, unit = option[first], unit[first]
        real = self.worth(self.totals + self.gains(option, unit)) - self.worth(self.totals)
        moved = False
        for k in np.argsort(-real, kind="stable")[: int((real > 0).sum())]:
            at, to = unit[k : k + 1], option[k : k + 1]
            now = self.worth(self.totals)
            better = self.worth(self.totals + self.gains(to, at)[0]) > now + _least(now)
            if better and (self.uses(to, at)[0] <= self.room).all():
                self.move(int(to[0]), int(at[0]))
                moved = True
        return moved

    def pairs(self) -> bool:
        """Make the pair of moves that pays most together; return whether one did."""
        option, unit, promise = self.promising()
        use = self.uses(option, unit)
        size = np.abs(self.ground.limits)
        # a limit of 0 is tight where the largest move is large beside what is left
        size = np.where(size > 0, size, np.maximum(np.abs(use).max(axis=0, initial=0.0), 1e-300))
        tight = self.room <= 0.02 * size
        spent = (use / size)[:, tight].sum(axis=1) if tight.any() else np.zeros(len(option))
        paid = promise / np.maximum(spent, 1e-12)
        takes = np.argsort(-np.where(promise > 0, paid, -np.inf), kind="stable")[:_PAIRED]
        freed = np.maximum(-spent, 1e-12)
        gives = np.argsort(np.where(spent < 0, -promise / freed, np.inf), kind="stable")[:_PAIRED]
        both = np.concatenate([takes, gives, np.argsort(-promise, kind="stable")[:_PAIRED]])
        gain, taken = self.gains(option[both], unit[both]), use[both]
        joint = gain[:, None, :] + gain[None, :, :]
        real = self.worth(self.totals + joint) - self.worth(self.totals)
        fits = (taken[:, None, :] + taken[None, :, :] <= self.room).all(axis=2)
        fits &= unit[both][:, None] != unit[both][None, :]
        real[~fits] = -np.inf
        best = int(real.argmax())
        if not real.flat[best] > _least(self.worth(self.totals)):
            return False
        for k in np.unravel_index(best, real.shape):
            self.move(int(option[both[k]]), int(unit[both[k]]))
        return True


def _least(now: NDArray[np.float64]) -> float:
    """Smallest rise that counts: above what rounding may feign."""
    return 1e-12 * max(1e-300, abs(float(now)))


def holds_within(ground: Ground, place: NDArray[np.intp]) -> bool:
    """Whether a portfolio keeps every limit."""
    chosen = ground.rows[:, place, np.arange(len(place))]
    used = np.array([block_sum(row) for row in chosen])
    allowed = ROUNDING_TOLERANCE * np.maximum(np.abs(ground.limits), np.abs(chosen).sum(axis=1))
    return bool((used - ground.limits <= 0.5 * allowed).all())


def climb(
    ground: Ground, weights: NDArray[np.float64], place: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Improve a feasible portfolio until neither moves nor pairs pay.

    Parameters
    ----------
    ground : Ground
    weights : float64 array, shape (n_objectives,)
    place : intp array, shape (n_units,)

    Returns
    -------
    intp array, shape (n_units,)
    """
    path = _Climb(ground, weights, place)
    for _ in range(_PASSES):
        path.refresh()
        if (path.room < 0).any():
            return place
        if not path.singles() and not path.pairs():
            break
    path.refresh()
    return path.place if (path.room >= 0).all() else place
