"""The whole Pareto front of a small problem, proven complete: a dynamic program over units.

Units are decided one after the other. A partial portfolio is dropped when another one has at
least its totals and leaves at least as much of every limit, when the units left cannot meet the
limits any more, or when no completion can be better than a portfolio that is already known
(Bazgan, Hugot and Vanderpooten, 2009, Computers and Operations Research 36, 260-279, for 0-1
knapsacks; here with several options per unit and several limits). What is left after the last
unit is the front.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.errors import Finding
from edaphon.problem.rows import tolerance
from edaphon.solver.dominance import nondominated
from edaphon.solver.table import outcome_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.values import Front, Problem
    from edaphon.solver.table import Outcome

MAX_PARTIAL = 200_000
"""Partial portfolios kept after a unit; beyond it the problem is too large for this."""
MAX_KEPT = 3_000_000
"""Partial portfolios kept over all units."""
MAX_CORNERS = 2_000
CHUNK = 4_000_000
FLOOR = -1e300
"""Stands for minus infinity where it is multiplied by a weight of 0."""
_ROUNDING = 1e-12
_SUMS = 64 * np.finfo(np.float64).eps


@dataclass(frozen=True)
class Known:
    """What is known before: portfolios, and the weights whose bounds are asked.

    Attributes
    ----------
    values : float64 array, shape (n_known, n_objectives)
        Turned to maximize, of feasible portfolios.
    weights : float64 array, shape (n_weights, n_objectives)
    """

    values: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class _Units:
    """Gains and uses of the allowed options, units in the order in which they are decided.

    Attributes
    ----------
    order : intp array, shape (n_units,)
    options : list of uint8 arrays, each (n_allowed,)
    gains : list of float64 arrays, each (n_allowed, n_columns)
    uses : list of float64 arrays, each (n_allowed, n_limits)
    limits : float64 array, shape (n_limits,)
    """

    order: NDArray[np.intp]
    options: list[NDArray[np.uint8]]
    gains: list[NDArray[np.float64]]
    uses: list[NDArray[np.float64]]
    limits: NDArray[np.float64]


def pareto_front(
    problem: Problem, formulation: Formulation, known: Known
) -> NDArray[np.uint8] | None:
    """Find every non-dominated outcome, with one portfolio each.

    Parameters
    ----------
    problem : Problem
    formulation : Formulation
    known : Known
        The better it is, the fewer partial portfolios survive.

    Returns
    -------
    uint8 array, shape (n_portfolios, n_units), or None
        None where more partial portfolios would have to be kept than `MAX_PARTIAL` after one unit
        or `MAX_KEPT` in all, or neighbors count.
    """
    patches = problem.boundary is not None and problem.boundary.least_patch > 1
    if patches or problem.apart or any(objective.boundary for objective in problem.objectives):
        return None
    columns, outcome = outcome_columns(problem, formulation.total)
    units = _units(problem, formulation, columns)
    lookout = _Lookout(units, outcome, known) if outcome.linear else None
    totals = np.zeros((1, columns.shape[0]))
    left = units.limits[None, :].copy()
    least = _reversed_sums([use.min(axis=0) for use in units.uses], len(units.limits))
    most = _reversed_sums([use.max(axis=0) for use in units.uses], len(units.limits))
    # sums in another order differ by rounding, which must not shut out a portfolio
    most += _SUMS * np.abs(most).max(axis=0)
    least -= _SUMS * np.abs(least).max(axis=0)
    kept, steps = 0, []
    for t, (gain, use) in enumerate(zip(units.gains, units.uses, strict=True)):
        parent, choice = np.divmod(np.arange(len(totals) * len(gain)), len(gain))
        totals = totals[parent] + gain[choice]
        left = left[parent] - use[choice]
        keep = np.flatnonzero((left >= least[t + 1]).all(axis=1))
        # what the units left cannot use up is worth nothing
        left = np.minimum(left, most[t + 1])
        if lookout is not None:
            keep = keep[lookout.open(t + 1, totals[keep], left[keep])]
        keep = keep[_nondominated(np.hstack([totals[keep], left[keep]]))]
        kept += len(keep)
        if len(keep) > MAX_PARTIAL or kept > MAX_KEPT:
            return None
        totals, left = totals[keep], left[keep]
        steps.append((parent[keep], units.options[t][choice[keep]]))
    values = outcome.values(totals)
    last = _nondominated(values)
    plans = np.zeros((len(last), problem.n_units), dtype=np.uint8)
    for t in range(len(steps) - 1, -1, -1):
        parent, option = steps[t]
        plans[:, units.order[t]] = option[last]
        last = parent[last]
    return plans


def proven_whole(front: Front) -> Front:
    """Mark a front that `pareto_front` completed: nothing is left to improve, proven by "dp"."""
    shown = front.on_front
    gaps = front.certified_gap
    if len(front.objectives) > 1:
        gaps = np.where(shown, 0.0, gaps)
    by = ("dp" if on else name for on, name in zip(shown, front.certified_by, strict=True))
    return replace(front, certified_gap=gaps, certified_by=tuple(by), complete=True)


def not_whole() -> Finding:
    """Say that the front is not the whole Pareto front."""
    what = "the whole Pareto front is out of reach here: these portfolios are what weights found"
    hint = "Ask for it with fewer units, objectives or constraints, and without boundary."
    return Finding("solve.whole", what, hint, "warning")


def _units(problem: Problem, formulation: Formulation, columns: NDArray[np.float64]) -> _Units:
    """Put limits, gains and uses in the order of the steepest best option."""
    coefficients, limits = [], []
    for row in formulation.rows:
        if np.isfinite(row.high):
            coefficients.append(row.coefficients)
            limits.append(row.high)
        if np.isfinite(row.low):
            coefficients.append(-row.coefficients)
            limits.append(-row.low)
    shape = (problem.n_units, problem.n_interventions, len(limits))
    use = np.stack(coefficients, axis=2) if limits else np.zeros(shape)
    sizes = np.abs(use).max(axis=1).sum(axis=0)
    slack = [tolerance(a, b) for a, b in zip(limits, sizes, strict=True)]
    open_ = problem.allowed == 0
    gain = columns.transpose(2, 1, 0)
    scale = np.ptp(gain, axis=1).sum(axis=0)
    worth = (gain / np.where(scale > 0, scale, 1.0)).sum(axis=2)
    price = (use / np.where(sizes > 0, sizes, 1.0)).sum(axis=2)
    base = open_.argmax(axis=1)[:, None]
    more = price - np.take_along_axis(price, base, 1)
    better = worth - np.take_along_axis(worth, base, 1)
    steep = np.divide(better, more, out=np.full_like(better, -np.inf), where=open_ & (more > 0))
    order = np.argsort(-steep.max(axis=1), kind="stable")
    return _Units(
        order,
        [np.flatnonzero(open_[i]).astype(np.uint8) for i in order],
        [gain[i, open_[i]] for i in order],
        [use[i, open_[i]] for i in order],
        np.array(limits, dtype=np.float64) + 0.5 * np.array(slack, dtype=np.float64),
    )


def _reversed_sums(parts: list[NDArray[np.float64]], width: int) -> NDArray[np.float64]:
    """Row t sums the parts from t on, shape (n_parts + 1, width)."""
    made = np.zeros((len(parts) + 1, width))
    for t in range(len(parts) - 1, -1, -1):
        made[t] = made[t + 1] + parts[t]
    return made


def _nondominated(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Positions of the rows that no other one dominates, the first of equal rows."""
    varied = values[:, np.ptp(values, axis=0) > 0] if len(values) else values[:, :0]
    if not varied.shape[1]:
        return np.arange(min(1, len(values)))
    if varied.shape[1] == 1:
        return np.array([varied.argmax()])
    return nondominated(varied)


def local_upper_bounds(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners above which a better outcome must lie, shape (n_corners, n_objectives).

    An outcome that no given one dominates or equals is greater than some corner in every
    objective (Klamroth, Lacour and Vanderpooten, 2015, European Journal of Operational Research
    245, 767-778, turned to maximize); beyond `MAX_CORNERS` the outcomes left are not looked at.
    """
    count = values.shape[1]
    corners = np.full((1, count), -np.inf)
    for point in values:
        hit = (point > corners).all(axis=1)
        if not hit.any():
            continue
        raised = [corners[~hit]]
        for j in range(count):
            moved = corners[hit].copy()
            moved[:, j] = point[j]
            raised.append(moved)
        corners = np.unique(np.vstack(raised), axis=0)
        # of two corners the lower one leaves more room: keep the minimal ones
        corners = corners[_minimal(corners)]
        if len(corners) > MAX_CORNERS:
            break
    return corners


def _minimal(corners: NDArray[np.float64]) -> NDArray[np.intp]:
    return _nondominated(-np.where(np.isinf(corners), FLOOR, corners))


class _Lookout:
    """What the units left can still add, and whether that can be better than what is known."""

    def __init__(self, units: _Units, outcome: Outcome, known: Known) -> None:
        count = outcome.matrix.shape[1]
        self.matrix = outcome.matrix
        self.weights = np.vstack([np.eye(count), known.weights])
        self.corners = local_upper_bounds(known.values)
        gains = [gain @ self.matrix for gain in units.gains]
        size = sum((np.abs(gain).max(axis=0) for gain in gains), np.zeros(count))
        self.rounding = _ROUNDING * (np.abs(self.weights) @ size)
        self.bounds = [
            [_Ahead(gains, units.uses, weight, limit) for limit in range(len(units.limits))]
            or [_Ahead(gains, None, weight, 0)]
            for weight in self.weights
        ]
        self.closest = self._closest(units)

    def _closest(self, units: _Units) -> NDArray[np.intp]:
        """Of every corner the weights whose bound comes nearest to it, shape (n_corners,)."""
        none = np.zeros((1, self.matrix.shape[0]))
        top = np.array(
            [self._bound(k, 0, none, units.limits[None, :])[0] for k in range(len(self.weights))]
        )
        room = top - np.where(np.isinf(self.corners), FLOOR, self.corners) @ self.weights.T
        chosen: NDArray[np.intp] = (room / np.linalg.norm(self.weights, axis=1)).argmin(axis=1)
        return chosen

    def _bound(
        self, k: int, t: int, totals: NDArray[np.float64], left: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Largest weighted sum that completions from unit t on can reach, shape (n_partial,)."""
        here = totals @ (self.matrix @ self.weights[k])
        ahead = np.min(
            [part.most(t, left[:, limit]) if left.shape[1] else part.most(t, None)
             for limit, part in enumerate(self.bounds[k])], axis=0
        )  # fmt: skip
        made: NDArray[np.float64] = here + ahead + self.rounding[k]
        return made

    def open(
        self, t: int, totals: NDArray[np.float64], left: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Whether a completion may lie above a corner, shape (n_partial,)."""
        count = self.matrix.shape[1]
        tops = np.stack([self._bound(k, t, totals, left) for k in range(count)], axis=1)
        made = np.zeros(len(totals), dtype=bool)
        step = max(1, CHUNK // max(1, len(self.corners)))
        used, place = np.unique(self.closest, return_inverse=True)
        worth = (np.where(np.isinf(self.corners), FLOOR, self.corners)
                 * self.weights[self.closest]).sum(axis=1)  # fmt: skip
        for start in range(0, len(totals), step):
            rows = slice(start, start + step)
            above = (tops[rows, None, 0] > self.corners[None, :, 0]).copy()
            for j in range(1, count):
                above &= tops[rows, None, j] > self.corners[None, :, j]
            some = np.flatnonzero(above.any(axis=1))
            if not len(some):
                continue
            part = np.stack(
                [self._bound(k, t, totals[rows][some], left[rows][some]) for k in used], axis=1
            )
            above = above[some] & (part[:, place] > worth)
            made[start + some] = above.any(axis=1)
        return made


class _Ahead:
    """Linear relaxation of the units left under one limit, for one weighting.

    Every unit gives the increments of its upper concave hull of gain over use; taken by falling
    slope, they give the most that the units from t on can add with what is left of the limit.
    """

    def __init__(
        self,
        gains: list[NDArray[np.float64]],
        uses: list[NDArray[np.float64]] | None,
        weight: NDArray[np.float64],
        limit: int,
    ) -> None:
        first, owner, use_step, gain_step = [], [], [], []
        for t, gain in enumerate(gains):
            worth = gain @ weight
            use = np.zeros(len(worth)) if uses is None else uses[t][:, limit]
            hull_use, hull_gain = _concave_hull(use, worth)
            first.append((hull_use[0], hull_gain[0]))
            owner.append(np.full(len(hull_use) - 1, t))
            use_step.append(np.diff(hull_use))
            gain_step.append(np.diff(hull_gain))
        steps_use, steps_gain = np.concatenate(use_step), np.concatenate(gain_step)
        order = np.argsort(-(steps_gain / steps_use), kind="stable")
        self.owner = np.concatenate(owner)[order]
        self.use, self.gain = steps_use[order], steps_gain[order]
        self.base = _reversed_sums([np.array(pair) for pair in first], 2)

    def most(self, t: int, left: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """Most that the units from t on can add, shape (n_partial,)."""
        mine = self.owner >= t
        use = np.concatenate([[0.0], np.cumsum(self.use[mine])])
        gain = np.concatenate([[0.0], np.cumsum(self.gain[mine])])
        if left is None:
            return np.array([self.base[t, 1] + gain[-1]])
        ahead: NDArray[np.float64] = self.base[t, 1] + np.interp(left - self.base[t, 0], use, gain)
        return ahead


def _concave_hull(
    use: NDArray[np.float64], gain: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rising part of the upper concave hull of gain over use, from the least use on."""
    hull: list[tuple[float, float]] = []
    for k in np.lexsort((-gain, use)):
        point = (float(use[k]), float(gain[k]))
        if hull and point[1] <= hull[-1][1]:
            continue
        while len(hull) > 1 and (hull[-1][1] - hull[-2][1]) * (point[0] - hull[-2][0]) <= (
            point[1] - hull[-2][1]
        ) * (hull[-1][0] - hull[-2][0]):
            hull.pop()
        hull.append(point)
    points = np.array(hull)
    return points[:, 0], points[:, 1]
