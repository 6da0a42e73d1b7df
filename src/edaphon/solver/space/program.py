"""Mixed-integer programs over some units while the others stay, their boundary included.

Whether a pair is exposed is linear in the choices: with z[i, g] = 1 where unit i is in group g,
exposed is the sum over groups of the positive part of z[i, g] - z[j, g] (the local polytope of the
Potts model; Kleinberg and Tardos, 2002, Journal of the ACM 49, 616-639).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, vstack

from edaphon.solver.highs import GAIN_SIZE, Found, quiet_stdout
from edaphon.solver.repair import room_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.space.apart import Apart
    from edaphon.solver.space.spatial import Spatial

_BINARY = 0.5
TIGHTEN = 1e-9
"""Limits are made this much stricter, relative to their size, since HiGHS' rows hold roughly."""


@dataclass(frozen=True)
class Model:
    """Variables: open pairs of unit and option, then one per pair of neighbors and group.

    Attributes
    ----------
    place, unit : intp arrays, shape (n_open,)
    gains : float64 array, shape (n_variables,)
    matrix : sparse array, shape (n_rows, n_variables)
        One option by unit first, then the limits.
    low, high : float64 arrays, shape (n_rows,)
    """

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
        Without a bound.
    """
    model = _model(spatial, value, price, place, window, tighten=TIGHTEN)
    scale = max(float(np.abs(model.gains).max(initial=0.0)), 1e-300) / GAIN_SIZE
    options = {"time_limit": spatial.linked.time_limit, "node_limit": nodes, "mip_rel_gap": 1e-4}
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
        return Found(stopped=stopped)
    made = place.copy()
    taken = found.x[: len(model.place)] > _BINARY
    made[model.unit[taken]] = model.place[taken]
    return Found(made, stopped=stopped)


def model_of(spatial: Spatial, value: NDArray[np.float64], price: float) -> Model:
    """Return the program over all units, without the rows that patches need."""
    everything = np.arange(value.shape[1])
    return _model(spatial, value, price, value.argmax(axis=0), everything, tighten=0.0)


def _model(
    spatial: Spatial,
    value: NDArray[np.float64],
    price: float,
    place: NDArray[np.intp],
    window: NDArray[np.intp],
    *,
    tighten: float,
) -> Model:
    """Put the window's program together."""
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
    return _joined(where, unit, gains, rows)


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
) -> Model:
    """Stack the rows, each widened to all variables."""
    for one in rows:
        one.matrix.resize(one.matrix.shape[0], len(gains))
    counts = [one.matrix.shape[0] for one in rows]
    low = [np.full(count, one.low) for one, count in zip(rows, counts, strict=True)]
    high = [np.broadcast_to(one.high, count) for one, count in zip(rows, counts, strict=True)]
    matrix = csr_array(vstack([one.matrix for one in rows]))
    return Model(where, unit, gains, matrix, np.concatenate(low), np.concatenate(high))


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
