"""From the best options at given prices to a portfolio that keeps every constraint.

Prices land near the limits, not on them. `repair` leaves the limits' wrong side by the moves that
relieve most per loss at these prices; `improve` then uses up what slack is left. Both change one
unit at a time and look at whole batches of candidates at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.rows import ROUNDING_TOLERANCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.linked import Linked
    from edaphon.solver.swing import Course

_ROUNDS = 400
_BATCH = 64
_PASSES = 6
_LOOKED_AT = 4000


def room_of(linked: Linked | Course, place: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return what each limit leaves, negative where it is exceeded, shape (n_rows,)."""
    chosen = linked.rows[:, place, np.arange(len(place))]
    allowance = ROUNDING_TOLERANCE * np.maximum(np.abs(linked.limits), np.abs(chosen).sum(axis=1))
    room: NDArray[np.float64] = linked.limits + 0.5 * allowance - chosen.sum(axis=1)
    return room


def repair(
    linked: Linked,
    reduced: NDArray[np.float64],
    place: NDArray[np.intp],
) -> NDArray[np.intp] | None:
    """Move units until every constraint holds; None where no single move helps any more.

    Parameters
    ----------
    linked : Linked
    reduced : float64 array, shape (n_options, n_units)
        Value minus priced rows, -inf where forbidden.
    place : intp array, shape (n_units,)

    Returns
    -------
    intp array, shape (n_units,), or None
    """
    place = place.copy()
    units = np.arange(len(place))
    room = room_of(linked, place)
    size = np.maximum(np.abs(linked.limits), 1e-12 * linked.sizes + 1e-300)
    for _ in range(_ROUNDS):
        short = np.flatnonzero(room < 0)
        if not len(short):
            return place
        relief = np.zeros_like(reduced)
        for r in short:
            row = linked.rows[r]
            relief += np.minimum(row[place, units] - row, -room[r]) / size[r]
        loss = np.maximum(reduced[place, units] - reduced, 0.0)
        worth = np.where(np.isfinite(loss) & (relief > 0), relief / (loss + 1e-12), 0.0)
        option = worth.argmax(axis=0)
        best = worth[option, units]
        some = np.argsort(-best, kind="stable")[:_BATCH]
        moved = False
        for i in some[best[some] > 0]:
            change = linked.rows[:, option[i], i] - linked.rows[:, place[i], i]
            after = room - change
            gained = (np.minimum(after, 0.0) - np.minimum(room, 0.0)) / size
            if gained.sum() > 0:
                room, place[i], moved = after, option[i], True
                if (room >= 0).all():
                    break
        if not moved:
            return None
        room = room_of(linked, place)
    return None


def improve(
    linked: Linked,
    value: NDArray[np.float64],
    prices: NDArray[np.float64],
    place: NDArray[np.intp],
) -> NDArray[np.intp]:
    """Use up the slack: moves that are worth more and still keep every constraint.

    Parameters
    ----------
    linked : Linked
    value : float64 array, shape (n_options, n_units)
    prices : float64 array, shape (n_rows,)
        Moves that use the least priced slack for what they are worth come first.
    place : intp array, shape (n_units,)
        Keeps every constraint.

    Returns
    -------
    intp array, shape (n_units,)
    """
    place = place.copy()
    units = np.arange(len(place))
    priced = np.tensordot(prices, linked.rows, axes=1)
    for _ in range(_PASSES):
        room = room_of(linked, place)
        gain = value - value[place, units]
        option, unit = np.nonzero(gain > 0)
        for row, left in zip(linked.rows, room, strict=True):
            fits = row[option, unit] - row[place[unit], unit] <= left
            option, unit = option[fits], unit[fits]
        used = np.maximum(priced[option, unit] - priced[place[unit], unit], 0.0)
        gained = gain[option, unit]
        order = np.argsort(used / gained, kind="stable")[:_LOOKED_AT]
        moved = False
        for k in order:
            i, to = unit[k], option[k]
            if value[to, i] <= value[place[i], i]:
                continue
            change = linked.rows[:, to, i] - linked.rows[:, place[i], i]
            if (change <= room).all():
                room, place[i], moved = room - change, to, True
        if not moved:
            break
    return place
