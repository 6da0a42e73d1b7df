"""Ramps: what it is worth to reach their bends, and one portfolio whose totals lie near them.

A ramp is the smaller of two lines, so a slope between 0 and that of the first bounds it; the sum
over units of the best option at these slopes, the rows priced, plus what the lines are worth at 0
bounds every portfolio. That bound is smoothed and followed down as in `edaphon.solver.prices`. At
its least the relaxed portfolio meets many bends exactly, and no single unit's best option does:
units that are split take, one by one, the option that keeps the running deviation from the relaxed
totals smallest (error diffusion: Floyd and Steinberg, 1976, Proceedings of the Society for
Information Display 17, 75-77, for pictures; from memory, not verified). Then moves that lose next
to nothing at these slopes are tried two or three at a time, judged by the value itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from edaphon.problem.rows import ROUNDING_TOLERANCE
from edaphon.solver.climb import holds_within
from edaphon.solver.prices import soft_best

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.climb import Ground
    from edaphon.solver.table import Outcome

MOST_NUMBERS = 20_000_000
"""Gains (columns x options x units) above which the dual is not looked at."""
SMOOTHING = (0.03, 3e-3, 3e-4)
"""Temperatures, in units of the mean absolute value of an open pair."""
STARTS = 8
"""Portfolios that are improved; the last is the best known before."""
TRIALS, REFRESHED = 3_000, 300
"""Sets of moves tried from each, and after how many the moves are looked up anew."""
MOVES = 300
_STEPS, _HISTORY = 60, 20
_SPLIT, _TAKEN = 0.999, 0.01


@dataclass(frozen=True)
class Bends:
    """Where the smoothed dual ended.

    Attributes
    ----------
    slope : float64 array, shape (n_columns,)
        What a unit of every column's total counts.
    height : float
        What the lines with these slopes are worth at 0, over all ramps.
    prices : float64 array, shape (n_rows,)
    share : float64 array, shape (n_options, n_units)
        The relaxed optimum; sums to 1 by unit.
    """

    slope: NDArray[np.float64]
    height: float
    prices: NDArray[np.float64]
    share: NDArray[np.float64]


def all_ramps(ground: Ground | None) -> bool:
    """Whether every concave benefit is a ramp, and the table is not too large to look at."""
    if ground is None or ground.table.outcome.linear:
        return False
    numbers = (len(ground.table.columns) + len(ground.rows)) * ground.table.barrier.size
    ramps = all(benefit.kind == "ramp" for _, benefit in ground.table.outcome.concave)
    return ramps and numbers <= MOST_NUMBERS


def ends_of(outcome: Outcome) -> NDArray[np.float64]:
    """Share at which every column's ramp ends, inf for the others, shape (n_columns,)."""
    ends = np.full(len(outcome.saturating), np.inf)
    for columns, benefit in outcome.concave:
        ends[list(columns)] = benefit.shape
    return ends


def find_bends(ground: Ground, weights: NDArray[np.float64]) -> Bends:
    """Find slopes of the ramps and prices of the rows at which the bound is least.

    Parameters
    ----------
    ground : Ground
        Whose concave benefits are all ramps.
    weights : float64 array, shape (n_objectives,)

    Returns
    -------
    Bends
    """
    table = ground.table
    ends, touched = ends_of(table.outcome), table.outcome.matrix @ weights
    bent = np.flatnonzero(np.isfinite(ends) & (touched > 0))
    steep = touched[bent] / ends[bent]
    plain = touched.copy()
    plain[bent] = 0.0
    worth = table.value(plain)
    parts = np.concatenate([table.columns[bent], -ground.rows]).reshape(-1, worth.size)
    most = worth + (steep @ parts[: len(bent)]).reshape(worth.shape)
    scale = max(float(np.abs(most[np.isfinite(most)]).mean()), 1e-300)
    size = np.concatenate([steep, scale / _sizes(ground)])
    offset = np.concatenate([-ends[bent], ground.limits])
    share, n_units = np.empty_like(worth), worth.shape[1]
    worth = worth / scale

    def smooth(place: NDArray[np.float64], heat: float) -> tuple[float, NDArray[np.float64]]:
        slopes = place * size / scale
        reduced = np.add(worth, (slopes @ parts).reshape(worth.shape), out=share)
        level = soft_best(reduced, heat) + slopes @ offset
        rise = parts @ reduced.ravel() + offset
        return float(level) / n_units, rise * size / (scale * n_units)

    at = np.concatenate([np.full(len(bent), 0.5), np.zeros(len(ground.limits))])
    bounds = [(0.0, 1.0)] * len(bent) + [(0.0, None)] * len(ground.limits)
    options = {"maxiter": _STEPS, "maxcor": _HISTORY, "ftol": 1e-12, "gtol": 1e-10}
    for heat in SMOOTHING:
        found = minimize(
            smooth, at, args=(heat,), jac=True, method="L-BFGS-B", bounds=bounds, options=options
        )
        at = np.asarray(found.x, dtype=np.float64)
    smooth(at, SMOOTHING[-1])
    slope = touched.copy()
    slope[bent] = at[: len(bent)] * steep
    height = float(touched[bent].sum() - slope[bent] @ ends[bent])
    return Bends(slope, height, at[len(bent) :] * size[len(bent) :], share)


def _sizes(ground: Ground) -> NDArray[np.float64]:
    """Mean absolute coefficient of every row."""
    sizes: NDArray[np.float64] = np.abs(ground.rows).mean(axis=(1, 2))
    return np.maximum(sizes, 1e-300)


def near_bends(
    ground: Ground,
    weights: NDArray[np.float64],
    bends: Bends,
    place: NDArray[np.intp],
    goal: float,
) -> NDArray[np.intp]:
    """Look for one portfolio that is worth nearly what the relaxed optimum is.

    Parameters
    ----------
    ground : Ground
    weights : float64 array, shape (n_objectives,)
    bends : Bends
    place : intp array, shape (n_units,)
        A portfolio that keeps every limit.
    goal : float
        Value that is good enough.

    Returns
    -------
    intp array, shape (n_units,)
        Keeps every limit; worth at least as much as `place`.
    """
    search = _Search(ground, weights, bends)
    best, most = place, float(search.value(ground.table.totals(place)))
    for seed in range(STARTS):
        if most >= goal:
            break
        rng = np.random.default_rng(seed)
        start = place if seed == STARTS - 1 else search.rounded(rng)
        made, worth = search.improved(start, rng)
        if made is not None and worth > most and holds_within(ground, made):
            best, most = made, worth
    return best


class _Search:
    """Moves of two or three units at once from a portfolio near the bends."""

    def __init__(self, ground: Ground, weights: NDArray[np.float64], bends: Bends) -> None:
        table = ground.table
        self.ground, self.bends = ground, bends
        self.units = np.arange(table.n_units)
        self.reduced = table.value(bends.slope)
        self.reduced -= np.tensordot(bends.prices, ground.rows, axes=1)
        ends, touched = ends_of(table.outcome), table.outcome.matrix @ weights
        self.ends, self.steep = ends, touched / np.where(np.isfinite(ends), ends, 1.0)
        scale = float(np.abs(self.reduced[np.isfinite(self.reduced)]).mean())
        self.fine = 2.0 * bends.prices + scale / _sizes(ground)

    def value(self, totals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weighted objectives of totals (..., n_columns)."""
        made: NDArray[np.float64] = np.minimum(totals, self.ends) @ self.steep
        return made

    def rounded(self, rng: np.random.Generator) -> NDArray[np.intp]:
        """One portfolio with nearly the totals of the relaxed one."""
        share, ground = self.bends.share, self.ground
        place: NDArray[np.intp] = share.argmax(axis=0)
        split = np.flatnonzero(share.max(axis=0) < _SPLIT)
        counts = np.concatenate([np.abs(self.steep), self.fine])
        parts = np.concatenate([ground.table.columns[:, :, split], ground.rows[:, :, split]])
        parts = parts * counts[:, None, None]
        mean = (parts * share[:, split]).sum(axis=1)
        off = np.zeros(len(parts))
        for k in rng.permutation(len(split)).tolist():
            options = np.flatnonzero(share[:, split[k]] > _TAKEN)
            step = parts[:, options, k] - mean[:, k, None]
            chosen = int(np.abs(off[:, None] + step).sum(axis=0).argmin())
            off += step[:, chosen]
            place[split[k]] = options[chosen]
        return place

    def improved(
        self, start: NDArray[np.intp], rng: np.random.Generator
    ) -> tuple[NDArray[np.intp] | None, float]:
        """Make sets of moves that pay; the result and its value, None if limits are exceeded."""
        place, moved = start.copy(), True
        for k in range(TRIALS):
            if k % REFRESHED == 0:
                if not moved:
                    break
                moved = False
                totals, room = self._sums(place)
                option, unit, gains, uses = self._moves(place)
                now = self.value(totals) + np.minimum(room, 0.0) @ self.fine
            if len(unit) < 2:
                break
            first = rng.choice(len(unit), 1 + k % 2, replace=False)
            if len(first) == 2 and unit[first[0]] == unit[first[1]]:
                continue
            left = room - uses[first].sum(axis=0)
            worth = self.value(totals + gains[first].sum(axis=0) + gains)
            worth += np.minimum(left - uses, 0.0) @ self.fine
            worth[np.isin(unit, unit[first])] = -np.inf
            last = int(worth.argmax())
            if not worth[last] > now + 1e-12 * abs(now):
                continue
            moved, made = True, np.append(first, last)
            place[unit[made]] = option[made]
            totals, room, now = (
                totals + gains[made].sum(axis=0),
                room - uses[made].sum(axis=0),
                worth[last],
            )
            at = np.flatnonzero(np.isin(unit, unit[made]))
            gains[at], uses[at] = self._changes(place, option[at], unit[at])
        totals, room = self._sums(place)
        return (place, float(self.value(totals))) if (room >= 0).all() else (None, -np.inf)

    def _sums(self, place: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Totals of the columns, and what the limits leave."""
        used = self.ground.rows[:, place, self.units]
        limits = self.ground.limits
        allowed = ROUNDING_TOLERANCE * np.maximum(np.abs(limits), np.abs(used).sum(axis=1))
        return self.ground.table.totals(place), limits + 0.4 * allowed - used.sum(axis=1)

    def _moves(
        self, place: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
        """Options and units of the moves that lose least, and what they change."""
        loss = self.reduced[place, self.units] - self.reduced
        loss[place, self.units] = np.inf
        count = min(MOVES, int(np.isfinite(loss).sum()))
        least = np.argpartition(loss, max(count - 1, 0), axis=None)[:count]
        option, unit = np.divmod(np.sort(least), len(place))
        return option, unit, *self._changes(place, option, unit)

    def _changes(
        self, place: NDArray[np.intp], option: NDArray[np.intp], unit: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what moves add to the totals and take from the limits, one row per move."""
        columns, rows = self.ground.table.columns, self.ground.rows
        gains = columns[:, option, unit] - columns[:, place[unit], unit]
        uses = rows[:, option, unit] - rows[:, place[unit], unit]
        return gains.T, uses.T
