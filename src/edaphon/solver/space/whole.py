"""One mixed-integer program over everything: boundary, patches, forbidden neighbors, curves.

Its linear relaxation comes first. The prices of its rows prove a bound by our own sums; a pair
whose reduced loss exceeds the gap to the portfolio known is in no better one and is left out
(reduced cost fixing). What is left goes to HiGHS with few of the rows that patches need: those that
are nearly tight, and those that an answer breaks, which is then asked again. So it goes with
tangents above concave benefits. Every answer bounds the problem, whatever rows are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

from edaphon.problem.patches import patches_of
from edaphon.problem.rows import tolerance
from edaphon.solver.highs import GAIN_SIZE, MILP_SLACK, Found, quiet_stdout
from edaphon.solver.space.curves import SIZE
from edaphon.solver.space.program import model_of
from edaphon.solver.space.separators import separators_of, widened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.space.curves import Curves
    from edaphon.solver.space.program import Model
    from edaphon.solver.space.spatial import Spatial

UNITS, NUMBERS = 500, 20_000
"""Units, and variables of the program, up to which it is asked."""
NODES = (2_000, 500, 100)
"""Of the search tree: up to `FEW` units, above, and above with curves (more gain little there)."""
FEW = 100
GOAL = 1e-7
"""Gap, relative to the bound, at which nothing better is looked for."""
NEAR = 0.5
"""By how much a row of patches may be loose in the relaxation and still go into the program."""
TOUCHED, ROUNDS = 6, 12
"""Times tangents are added to the relaxation, and times HiGHS is asked at most."""
_BINARY = 0.5
_INFEASIBLE = 2
_FEASIBILITY = 1e-6
_ROUNDING = 1e-13


def fits(spatial: Spatial) -> bool:
    """Whether the whole program is small enough to be asked for every weight."""
    pairs = len(spatial.graph.weight) * spatial.n_groups if spatial.priced else 0
    return spatial.graph.n_units <= UNITS and spatial.table.order.size + pairs <= NUMBERS


@dataclass(frozen=True)
class _Program:
    """Variables: open pairs, pairs of neighbors by group, curves; rows ``low <= A x <= high``.

    Attributes
    ----------
    spatial : Spatial
    value : float64 array, shape (n_options, n_units)
    price : float
    model : Model
        Open pairs and pairs of neighbors with the rows that are always there.
    cuts : sparse array, shape (n_cuts, n_variables)
        Rows of patches, ``<= 0``.
    curves : Curves or None
    """

    spatial: Spatial
    value: NDArray[np.float64]
    price: float
    model: Model
    cuts: csr_array
    curves: Curves | None

    @property
    def n_open(self) -> int:
        return len(self.model.place)

    @property
    def gains(self) -> NDArray[np.float64]:
        """What every variable counts."""
        worth = np.zeros(0) if self.curves is None else self.curves.worth / SIZE
        return np.concatenate([self.model.gains, worth])

    @property
    def ends(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Smallest and largest value of every variable."""
        low, high = np.zeros(len(self.model.gains)), np.ones(len(self.model.gains))
        if self.curves is None:
            return low, high
        return np.append(low, SIZE * self.curves.low), np.append(high, SIZE * self.curves.high)

    def rows(self, cuts: NDArray[np.bool_]) -> LinearConstraint:
        """Rows that are always there, lines above curves, and some rows of patches."""
        count, model = len(self.gains), self.model
        parts, high = [_resized(model.matrix, count)], [model.high]
        if self.curves is not None:
            columns = self.spatial.table.columns[:, model.place, model.unit]
            lines, limits = self.curves.rows(columns, len(model.gains) - self.n_open)
            parts.append(lines)
            high.append(limits)
        parts.append(_resized(self.cuts[cuts], count))
        high.append(np.zeros(int(cuts.sum())))
        top = np.concatenate(high)
        low = np.append(model.low, np.full(len(top) - len(model.low), -np.inf))
        return LinearConstraint(csr_array(vstack(parts)), low, top)

    def worth(self, place: NDArray[np.intp]) -> float:
        """Return what a portfolio is worth."""
        made = self.spatial.worth(self.value, self.price, place)
        return made if self.curves is None else made + self.curves.value(self._totals(place))

    def _totals(self, place: NDArray[np.intp]) -> NDArray[np.float64]:
        return self.spatial.table.totals(place)

    def touching(self, x: NDArray[np.float64]) -> tuple[_Program, float]:
        """Add tangents at an answer; also return by how much the lines were above the curves."""
        if self.curves is None or not self.curves.bent:
            return self, 0.0
        model = self.model
        totals = self.spatial.table.columns[:, model.place, model.unit] @ x[: self.n_open]
        above = float(self.gains[len(model.gains) :] @ x[len(model.gains) :]) - self.curves.value(
            totals
        )
        return replace(self, curves=self.curves.touching(totals)), above

    def broken(self, place: NDArray[np.intp]) -> csr_array:
        """Rows of patches that a portfolio breaks, none if all patches are large enough."""
        spatial = self.spatial
        none = csr_array((0, len(self.model.gains)))
        if spatial.least_patch <= 1:
            return none
        part, size = patches_of(spatial.graph.matrix, spatial.groups_at(place))
        short = np.flatnonzero((size < spatial.least_patch) & (size > 0))
        if not len(short):
            return none
        sets = [tuple(np.flatnonzero(part == k).tolist()) for k in short]
        rows = separators_of(spatial.graph, sets)
        return _resized(_on_pairs(spatial, self.model, rows), len(self.model.gains))


@dataclass(frozen=True)
class _Relaxed:
    """Optimum of the relaxation, its proven bound, and what each variable adds at its prices."""

    x: NDArray[np.float64]
    bound: float
    reduced: NDArray[np.float64]
    top: NDArray[np.float64]


def solve_whole(
    spatial: Spatial,
    value: NDArray[np.float64],
    price: float,
    start: NDArray[np.intp] | None,
    *,
    curves: Curves | None = None,
) -> Found:
    """Find the best portfolio of a small problem, and bound it.

    Parameters
    ----------
    spatial : Spatial
    value : float64 array, shape (n_options, n_units)
        -inf where forbidden.
    price : float
        Of a meter of exposed boundary.
    start : intp array, shape (n_units,), or None
        A portfolio that keeps every rule.
    curves : Curves, optional
        Concave benefits that count beside.

    Returns
    -------
    Found
        Its portfolio is worth no less than `start`; without any, `place` is None. The bound is inf
        where HiGHS did not finish the relaxation.
    """
    model = model_of(spatial, value, price)
    rows = spatial.separators if spatial.least_patch > 1 else None
    cuts = csr_array((0, 0)) if rows is None else _on_pairs(spatial, model, rows)
    program = _Program(spatial, value, price, model, _resized(cuts, len(model.gains)), curves)
    relaxed = _relaxed(program)
    for _ in range(TOUCHED):
        if isinstance(relaxed, Found):
            break
        closer, above = program.touching(relaxed.x)
        if above <= GOAL * abs(relaxed.bound):
            break
        program, relaxed = closer, _relaxed(closer)
    if isinstance(relaxed, Found):
        return Found(start, impossible=relaxed.impossible and start is None)
    worth = -np.inf if start is None else program.worth(start)
    rounding = _ROUNDING * float(np.abs(model.gains).sum())
    if relaxed.bound - worth <= GOAL * abs(relaxed.bound):
        return Found(start, relaxed.bound, rounding)
    found = _searched(program, relaxed, start, worth)
    return replace(found, bound=min(found.bound, relaxed.bound))


def _relaxed(program: _Program) -> _Relaxed | Found:
    """Solve the linear relaxation and prove its bound by our own sums."""
    rows = program.rows(np.ones(program.cuts.shape[0], dtype=bool))
    low, high = program.ends
    one = np.isfinite(rows.lb)
    gains, matrix = program.gains, csr_array(rows.A)
    scale = max(float(np.abs(gains).max(initial=0.0)), 1e-300)
    with quiet_stdout():
        found = linprog(
            -gains / scale,
            A_ub=matrix[~one],
            b_ub=rows.ub[~one],
            A_eq=matrix[one],
            b_eq=rows.ub[one],
            bounds=np.column_stack([low, high]),
            method="highs",
        )
    if found.status != 0:
        return Found(impossible=found.status == _INFEASIBLE)
    prices = np.maximum(-found.ineqlin.marginals, 0.0) * scale
    reduced = gains - matrix[~one].T @ prices
    n_open, unit = program.n_open, program.model.unit
    top = np.full(program.spatial.graph.n_units, -np.inf)
    np.maximum.at(top, unit, reduced[:n_open])
    others = np.maximum(reduced[n_open:] * low[n_open:], reduced[n_open:] * high[n_open:])
    limits = rows.ub[~one]
    linked = program.spatial.linked
    slack = [tolerance(a, b) for a, b in zip(linked.limits, linked.sizes, strict=True)]
    size = float(np.abs(gains).sum() + prices @ np.abs(limits))
    bound = float(prices @ limits) + float(top.sum()) + float(others.sum()) + _ROUNDING * size
    # the rows of the limits stand first among those without a lower side
    bound += float(prices[: len(slack)] @ np.array(slack))
    return _Relaxed(found.x, bound, reduced, top)


def _searched(
    program: _Program, relaxed: _Relaxed, start: NDArray[np.intp] | None, worth: float
) -> Found:
    """Ask HiGHS until its answer keeps every patch and lies on every curve."""
    n_open, model = program.n_open, program.model
    gap = relaxed.bound - worth
    keep = np.ones(len(program.gains), dtype=bool)
    keep[:n_open] = relaxed.top[model.unit] - relaxed.reduced[:n_open] <= gap * (1.0 + 1e-9)
    loose = -(program.cuts @ relaxed.x[: len(model.gains)])
    chosen = loose <= NEAR
    best = Found(start)
    few = program.spatial.graph.n_units <= FEW
    left = NODES[0 if few else 1 if program.curves is None else 2]
    for number in range(ROUNDS):
        asked = _ask(program, keep, chosen, left)
        left -= asked.nodes
        best = replace(best, stopped=best.stopped or asked.stopped)
        if asked.bound < best.bound:
            best = replace(best, bound=max(asked.bound, worth), rounding=asked.rounding)
        if asked.x is None:
            none = asked.impossible and start is None
            return replace(best, bound=max(best.bound, worth), impossible=none)
        made = np.zeros(program.spatial.graph.n_units, dtype=np.intp)
        taken = np.flatnonzero(asked.x[:n_open] > _BINARY)
        made[model.unit[taken]] = model.place[taken]
        broken = program.broken(made)
        if not broken.shape[0] and program.spatial.holds(made):
            now = program.worth(made)
            if best.place is None or now > worth:
                best, worth = replace(best, place=made), now
        program, above = program.touching(asked.x)
        fine = above <= GOAL * abs(best.bound)
        if left <= 0 or (not broken.shape[0] and fine):
            break
        program = replace(program, cuts=csr_array(vstack([program.cuts, broken])))
        # one by one they could take for ever: a second answer that breaks a row calls for all
        chosen = np.append(chosen | (number > 0), np.ones(broken.shape[0], dtype=bool))
    return replace(best, bound=max(best.bound, worth))


@dataclass(frozen=True)
class _Asked:
    """What HiGHS answers."""

    x: NDArray[np.float64] | None
    bound: float
    rounding: float
    nodes: int
    stopped: bool
    impossible: bool


def _ask(
    program: _Program, keep: NDArray[np.bool_], chosen: NDArray[np.bool_], nodes: int
) -> _Asked:
    """Solve the program over some variables with some rows of patches."""
    rows, gains = program.rows(chosen), program.gains
    matrix = csr_array(rows.A)[:, keep]
    # a row without a positive entry left holds by itself where its limit is not below 0
    entry = matrix.tocoo()
    real = np.isfinite(rows.lb) | (rows.ub < 0)
    real[entry.row[entry.data > 0]] = True
    low, high = program.ends
    integral = np.zeros(len(gains))
    integral[: program.n_open] = 1.0
    scale = max(float(np.abs(gains).max(initial=0.0)), 1e-300) / GAIN_SIZE
    limit = program.spatial.linked.time_limit
    with quiet_stdout():
        found = milp(
            -gains[keep] / scale,
            constraints=LinearConstraint(matrix[real], rows.lb[real], rows.ub[real]),
            integrality=integral[keep],
            bounds=Bounds(low[keep], high[keep]),
            options={"time_limit": limit, "mip_rel_gap": 0.0, "node_limit": nodes},
        )
    stopped = "ime limit" in found.message
    impossible = found.status == _INFEASIBLE
    spent = int(found.mip_node_count or 0) + 1
    curves = program.curves
    slack = MILP_SLACK * scale
    slack += 0.0 if curves is None else _FEASIBILITY * float(curves.worth.sum()) / SIZE
    bound = np.inf
    if found.mip_dual_bound is not None and np.isfinite(found.mip_dual_bound):
        bound = slack - float(found.mip_dual_bound) * scale
    if found.x is None:
        return _Asked(None, bound, slack, spent, stopped, impossible)
    x = np.zeros(len(gains))
    x[keep] = found.x
    return _Asked(x, bound, slack, spent, stopped, impossible=False)


def _on_pairs(spatial: Spatial, model: Model, rows: csr_array) -> csr_array:
    """Rows of patches over the open pairs."""
    group = spatial.group[model.place, model.unit]
    return widened(rows, group, model.unit, spatial.n_groups)


def _resized(matrix: csr_array, columns: int) -> csr_array:
    """Return the same rows with columns of zeros behind."""
    made = csr_array(matrix, copy=True)
    made.resize(matrix.shape[0], columns)
    return made
