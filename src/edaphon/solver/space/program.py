"""Mixed-integer programs over some units while the others stay, their boundary included.

Whether a pair is exposed is linear in the choices: with z[i, g] = 1 where unit i is in group g,
exposed is the sum over groups of the positive part of z[i, g] - z[j, g] (the local polytope of the
Potts model; Kleinberg and Tardos, 2002, Journal of the ACM 49, 616-639).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, vstack

from edaphon.solver.highs import GAIN_SIZE, MILP_SLACK, Found, quiet_stdout
from edaphon.solver.repair import room_of
from edaphon.solver.space.placed import placed_patches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.space.apart import Apart
    from edaphon.solver.space.spatial import Spatial

_BINARY = 0.5
TIGHTEN = 1e-9
"""Limits are made this much stricter, relative to their size, since HiGHS' rows hold roughly."""
_INFEASIBLE = 2


@dataclass(frozen=True)
class _Model:
    """Variables: open pairs of unit and option, then one per pair of neighbors and group."""

    place: NDArray[np.intp]
    unit: NDArray[np.intp]
    gains: NDArray[np.float64]
    matrix: csr_array
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def solve_window(
    spatial: Spatial,
    value: NDArray[np.float64],
    price: float,
    place: NDArray[np.intp],
    *,
    window: NDArray[np.intp],
    nodes: int,
) -> Found:
    """Solve over the units of a window, the others kept where they are.

    Parameters
    ----------
    spatial : Spatial
    value : float64 array, shape (n_options, n_units)
        -inf where forbidden.
    price : float
        Of a meter of exposed boundary.
    place : intp array, shape (n_units,)
    window : intp array, shape (n_window,)
    nodes : int
        Of the search tree.

    Returns
    -------
    Found
        With a bound where the window is everything and the search was finished.
    """
    whole = len(window) == len(place)
    model = _model(spatial, value, price, place, window, tighten=0.0 if whole else TIGHTEN)
    if model is None:
        return Found()
    scale = max(float(np.abs(model.gains).max(initial=0.0)), 1e-300) / GAIN_SIZE
    options = {"time_limit": spatial.linked.time_limit, "node_limit": nodes}
    options |= {"mip_rel_gap": 0.0 if whole else 1e-4}
    integral = np.zeros(len(model.gains))
    integral[: len(model.place)] = 1.0
    with quiet_stdout():
        found = milp(
            -model.gains / scale,
            constraints=LinearConstraint(model.matrix, model.low, model.high),
            integrality=integral,
            bounds=Bounds(0.0, 1.0),
            options=options,
        )
    stopped = "ime limit" in found.message
    if found.x is None:
        return Found(stopped=stopped, impossible=whole and found.status == _INFEASIBLE)
    made = place.copy()
    taken = found.x[: len(model.place)] > _BINARY
    made[model.unit[taken]] = model.place[taken]
    if not whole or found.mip_dual_bound is None or not np.isfinite(found.mip_dual_bound):
        return Found(made, stopped=stopped)
    slack = MILP_SLACK * scale
    return Found(made, slack - float(found.mip_dual_bound) * scale, slack, stopped)


def _model(
    spatial: Spatial,
    value: NDArray[np.float64],
    price: float,
    place: NDArray[np.intp],
    window: NDArray[np.intp],
    *,
    tighten: float,
) -> _Model | None:
    """Put the window's program together; None where it would hold too many patches.

    Patches are looked at where the window is everything.
    """
    linked, graph = spatial.linked, spatial.graph
    position = np.full(len(place), -1, dtype=np.intp)
    position[window] = np.arange(len(window))
    open_ = ~np.isneginf(value[:, window])
    if spatial.apart is not None and len(window) < len(place):
        open_ &= _fits_outside(spatial.apart, place, position)[:, window]
    where, column = np.nonzero(open_)
    unit, n_open = window[column], len(where)
    group = spatial.group[where, unit]
    gains = value[where, unit] - price * _against_others(spatial, place, position, unit, group)
    choose = csr_array((np.ones(n_open), (column, np.arange(n_open))), shape=(len(window), n_open))
    rows = [_Rows(choose, 1.0, 1.0)]
    if len(linked.limits):
        stay = linked.rows[:, place[window], window].sum(axis=1)
        room = room_of(linked, place) + stay
        room = room - tighten * np.maximum(np.abs(linked.limits), linked.sizes)
        rows.append(_Rows(csr_array(linked.rows[:, where, unit]), -np.inf, room))
    inside = np.flatnonzero((position[graph.first] != -1) & (position[graph.second] != -1))
    if price > 0 and len(inside):
        rows.append(_exposed(spatial, position, inside, unit, group))
        exposed = np.repeat(-price * graph.weight[inside], spatial.n_groups)
        gains = np.concatenate([gains, exposed])
    touching = spatial.apart.rows(where, unit, len(place)) if spatial.apart is not None else None
    if touching is not None:
        rows.append(_Rows(touching, -np.inf, 1.0))
    model = _joined(where, unit, gains, rows)
    return model if spatial.least_patch <= 1 else _with_placed(spatial, model, len(gains) - n_open)


@dataclass(frozen=True)
class _Rows:
    """Rows over the first variables: ``low <= matrix @ x <= high``."""

    matrix: csr_array
    low: float
    high: float | NDArray[np.float64]


def _exposed(
    spatial: Spatial,
    position: NDArray[np.intp],
    inside: NDArray[np.intp],
    unit: NDArray[np.intp],
    group: NDArray[np.intp],
) -> _Rows:
    """Rows ``z[i, g] - z[j, g] - y[e, g] <= 0``: what a pair of neighbors inside exposes."""
    graph, n_groups = spatial.graph, spatial.n_groups
    groups, n_open, count = np.arange(n_groups), len(unit), len(inside) * n_groups
    member = csr_array(
        (np.ones(n_open), (position[unit] * n_groups + group, np.arange(n_open))),
        shape=((int(position.max(initial=-1)) + 1) * n_groups, n_open),
    )
    one = (position[graph.first[inside]][:, None] * n_groups + groups).ravel()
    two = (position[graph.second[inside]][:, None] * n_groups + groups).ravel()
    minus = csr_array((-np.ones(count), (np.arange(count), np.arange(count))), shape=(count, count))
    return _Rows(csr_array(hstack([member[one] - member[two], minus])), -np.inf, 0.0)


def _joined(
    where: NDArray[np.intp], unit: NDArray[np.intp], gains: NDArray[np.float64], rows: list[_Rows]
) -> _Model:
    """Stack the rows, each widened to all variables."""
    for one in rows:
        one.matrix.resize(one.matrix.shape[0], len(gains))
    counts = [one.matrix.shape[0] for one in rows]
    low = [np.full(count, one.low) for one, count in zip(rows, counts, strict=True)]
    high = [np.broadcast_to(one.high, count) for one, count in zip(rows, counts, strict=True)]
    matrix = csr_array(vstack([one.matrix for one in rows]))
    return _Model(where, unit, gains, matrix, np.concatenate(low), np.concatenate(high))


def _fits_outside(
    apart: Apart, place: NDArray[np.intp], position: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Whether an option clashes with no neighbor outside the window, (n_options, n_units)."""
    graph, taken = apart.graph, apart.options(place)
    barred = np.zeros((len(place), len(apart.clash)), dtype=bool)
    for inner, outer in ((graph.first, graph.second), (graph.second, graph.first)):
        stays = position[outer] == -1
        np.logical_or.at(barred, inner[stays], apart.clash[taken[outer[stays]]])
    fits: NDArray[np.bool_] = ~barred[np.arange(len(place)), apart.order]
    return fits


def _against_others(
    spatial: Spatial,
    place: NDArray[np.intp],
    position: NDArray[np.intp],
    unit: NDArray[np.intp],
    group: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Return what each open pair exposes beside units that stay: all groups but their own do."""
    graph, now = spatial.graph, spatial.groups_at(place)
    one_in = (position[graph.first] != -1) != (position[graph.second] != -1)
    beside = np.zeros((spatial.n_groups, int(position.max(initial=-1)) + 1))
    for inner, outer in ((graph.first, graph.second), (graph.second, graph.first)):
        some = one_in & (position[inner] != -1)
        np.add.at(beside, (now[outer[some]], position[inner[some]]), graph.weight[some])
    column = position[unit]
    exposed: NDArray[np.float64] = beside.sum(axis=0)[column] - beside[group, column]
    return exposed


def _with_placed(spatial: Spatial, model: _Model, n_pairs: int) -> _Model | None:
    """Add the rows of placed patches; None where there would be too many of them.

    Parameters
    ----------
    n_pairs : int
        Variables of pairs of neighbors, between the open pairs and the placed sets.
    """
    placed = placed_patches(spatial, model.place, model.unit)
    if placed is None:
        return None
    n_open, n_rows = len(model.place), placed.matrix.shape[0]
    pairs, sets = placed.matrix[:, :n_open], placed.matrix[:, n_open:]
    below = csr_array(hstack([pairs, csr_array((n_rows, n_pairs)), sets]))
    above = csr_array(model.matrix, copy=True)
    above.resize(above.shape[0], above.shape[1] + placed.n_sets)
    return replace(
        model,
        gains=np.concatenate([model.gains, np.zeros(placed.n_sets)]),
        matrix=csr_array(vstack([above, below])),
        low=np.concatenate([model.low, np.full(n_rows, -np.inf)]),
        high=np.concatenate([model.high, np.zeros(n_rows)]),
    )
