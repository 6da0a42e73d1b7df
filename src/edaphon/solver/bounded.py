"""Bounds without portfolios: what weights between those asked prove at a price guessed for them.

At any price the best options of all units prove a bound (`edaphon.solver.dual`). What takes time is
the exact price, and a portfolio within the limit. The exact price changes little between weights
that are alike, and the bound is convex in the price and least at the exact one, so a price guessed
from the nearest weights proves nearly the same bound.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from edaphon.problem.rows import blocks, tolerance
from edaphon.solver.concave import Cut
from edaphon.solver.oracle import outward

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.pairs import Pairs
    from edaphon.solver.table import Table

AT_ONCE = 4
"""Weightings worked out together: few enough for a processor's cache."""


def bound_weights(
    table: Table | Pairs,
    asked: Sequence[Cut],
    weights: NDArray[np.float64],
    scales: NDArray[np.float64],
) -> list[Cut]:
    """Prove a bound for each of some weights, without a portfolio.

    Parameters
    ----------
    table : Table or Pairs
        Every objective is a plain sum.
    asked : sequence of Cut
        Answers that tell the price of the bounded sum; others are passed over.
    weights : float64 array, shape (n_weights, n_objectives)
        Positive, for unscaled objectives turned to maximize.
    scales : float64 array, shape (n_objectives,)
        Ranges of the objectives, in which weights are near or far.

    Returns
    -------
    list of Cut
        With an empty portfolio whose values are nan; none where no price is known.
    """
    priced = [cut for cut in asked if np.isfinite(cut.price)]
    if not priced or not len(weights):
        return []
    known = np.array([cut.weights for cut in priced]) * scales
    prices = guessed_prices(known, np.array([cut.price for cut in priced]), weights * scales)
    bounds, roundings = _bounds(table, weights, prices)
    nothing, unknown = np.zeros(0, dtype=np.uint8), np.full(len(scales), np.nan)
    return [
        Cut(row, nothing, unknown, float(bound), "lp_dual", float(rounding), price=float(price))
        for row, bound, rounding, price in zip(weights, bounds, roundings, prices, strict=True)
    ]


def guessed_prices(
    known: NDArray[np.float64], prices: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Prices of the bounded sum at some weights, told by those known, shape (n_weights,).

    The price grows in proportion to the weights, so it is looked at per sum of weights. A linear
    function is fitted to the nearest known weights, one more than there are objectives, and kept
    within their prices. Where the nearest of them has the price 0, the limit does not bind, and the
    guess is 0 (judgement).

    Parameters
    ----------
    known : float64 array, shape (n_known, n_objectives)
        On scaled objectives.
    prices : float64 array, shape (n_known,)
    weights : float64 array, shape (n_weights, n_objectives)
        On scaled objectives.
    """
    size, sizes = weights.sum(axis=1), known.sum(axis=1)
    here, there, each = weights / size[:, None], known / sizes[:, None], prices / sizes
    far = np.abs(here[:, None, :] - there).sum(axis=2)
    near = np.argsort(far, axis=1, kind="stable")[:, : known.shape[1] + 1]
    around = each[near]
    slope = (np.linalg.pinv(there[near]) @ around[:, :, None])[:, :, 0]
    fitted = np.clip((slope * here).sum(axis=1), around.min(axis=1), around.max(axis=1))
    guessed: NDArray[np.float64] = np.where(around[:, 0] > 0, fitted, 0.0) * size
    return guessed


def _bounds(
    table: Table | Pairs, weights: NDArray[np.float64], prices: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bounds that weights prove at their prices, and what they were rounded outward."""
    matrix = table.outcome.matrix
    terms = np.column_stack([weights, -prices])
    parts = []
    for rows in blocks(table.n_units):
        options = _options(table, rows)
        flat = options.reshape(len(options), -1)
        made = []
        for start in range(0, len(terms), AT_ONCE):
            worth = terms[start : start + AT_ONCE] @ flat
            made.append(worth.reshape(len(worth), *options.shape[1:]).max(axis=1).sum(axis=1))
        parts.append(np.concatenate(made))
    top = np.array([math.fsum(part) for part in np.transpose(parts)])
    sizes = weights @ np.abs(matrix).T
    margin = np.array(
        [
            outward(table, size, price, table.limit)
            for size, price in zip(sizes, prices, strict=True)
        ]
    )
    binding = prices > 0
    allowance = prices[binding] * tolerance(table.limit, table.cost_size)
    margin[binding] += allowance
    top[binding] += prices[binding] * table.limit
    return top + margin, margin


def _options(table: Table | Pairs, rows: slice) -> NDArray[np.float64]:
    """Objectives and the bounded sum of every option, (n_objectives + 1, n_options, len(rows)).

    A forbidden option is replaced by an allowed one of the same unit, which leaves the best as it
    is at any weights.
    """
    gains = [table.value(column, rows) for column in table.outcome.matrix.T]
    made = np.stack([*gains, table.costs(rows)])
    shut = np.isneginf(gains[0])
    first = (~shut).argmax(axis=0)
    return np.where(shut, np.take_along_axis(made, first[None, None], axis=1), made)
