"""Ramps: what it is worth to reach their bends, and one portfolio whose totals lie near them.

A ramp is the smaller of two lines, so a slope between 0 and that of the first bounds it; the sum
over units of the best option at these slopes, the rows priced, plus what the lines are worth at 0
bounds every portfolio. That bound is smoothed and followed down as in `edaphon.solver.prices`. At
its least the relaxed portfolio meets many bends exactly, and no single unit's best option does:
walks to and fro across the bends look for whole units that come near (`edaphon.solver.swing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from edaphon.solver.climb import holds_within
from edaphon.solver.prices import soft_best
from edaphon.solver.swing import Course, swing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.climb import Ground
    from edaphon.solver.table import Outcome

MOST_NUMBERS = 20_000_000
"""Gains (columns x options x units) above which the dual is not looked at."""
SMOOTHING = (0.03, 3e-3, 3e-4)
"""Temperatures, in units of the mean absolute value of an open pair."""
STARTS, MOVES = 8, 250
"""Portfolios near the relaxed one that walks start from, beside the best known before, and the
moves they look at."""
_STEPS, _HISTORY = 60, 20


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
        Distance from the bound that is small enough.

    Returns
    -------
    intp array, shape (n_units,)
        Keeps every limit; worth at least as much as `place`, up to rounding.
    """
    course = _course(ground, weights, bends)
    made = swing(course, chain([place], course.rounded(STARTS)), goal)
    return place if made is None or not holds_within(ground, made) else made


def _course(ground: Ground, weights: NDArray[np.float64], bends: Bends) -> Course:
    """Return bends and limits as rows: a total short of its bend loses what the ramp still gains.

    Above the bend it loses what it was counted for at the slope.
    """
    table = ground.table
    ends, touched = ends_of(table.outcome), table.outcome.matrix @ weights
    bent = np.flatnonzero(np.isfinite(ends) & (touched > 0))
    steep, slope = touched[bent] / ends[bent], bends.slope[bent]
    rows = np.concatenate([-table.columns[bent], ground.rows])
    size = np.maximum(np.abs(rows).mean(axis=(1, 2)), 1e-300)
    limits = np.concatenate([-ends[bent], ground.limits])
    prices = np.concatenate([slope, bends.prices])
    short = np.concatenate([steep - slope, np.full(len(ground.limits), np.inf)])
    reduced = table.value(bends.slope) - np.tensordot(bends.prices, ground.rows, axes=1)
    return Course(
        rows / size[:, None, None],
        limits / size,
        prices * size,
        short * size,
        reduced,
        bends.share,
        MOVES,
    )
