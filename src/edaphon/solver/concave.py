"""Saturating objectives: Frank-Wolfe over the oracle, with a proven bound at every step.

A concave objective phi of the column totals t is bounded by its tangent: for any point y,
phi(t) <= phi(y) + slope(y) . (t - y), and the oracle bounds slope(y) . t over all feasible
portfolios. The point y is the best mixture of the relaxed optima found so far (fully corrective
Frank-Wolfe: Jaggi, 2013, Proceedings of ICML 28, 427-435); the portfolio is the best of those that
the oracle returned on the way. Ramps bend too sharply for slopes to settle quickly: where their
own dual can be looked at (`edaphon.solver.bends`), a few steps only find a portfolio to begin with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from edaphon.solver.oracle import Answer, Unfinished

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.polish import Polish
    from edaphon.solver.space.finish import Finish
    from edaphon.solver.table import Outcome

Oracle = Callable[["NDArray[np.float64]"], Answer | None]
MAX_STEPS = 12
GOAL = 1e-6
RAMP_STEPS, FEW_STEPS = 100, 8
"""Steps for ramps, and where their dual is looked at anyway."""
_BLUR, _SHARPER, _SHARPEST, _SETTLED = 0.3, 0.5, 1e-4, 0.1
"""How far the kink of a ramp is rounded off at first, how that shrinks, and where it ends."""
_ROUNDING = 1e-13
_DROPPED = 1e-9
"""Share below which a portfolio is left out of the mixture."""


@dataclass(frozen=True)
class Cut:
    """The portfolio that answers one weighting of the objectives, and the bound it proves.

    Attributes
    ----------
    weights : float64 array, shape (n_objectives,)
        On objectives turned to maximize, not yet divided by anything: U >= weights . values.
    allocation : uint8 array, shape (n_units,)
    values : float64 array, shape (n_objectives,)
        Turned to maximize.
    bound : float
    certified_by : str
    rounding : float
        What the bound was rounded outward.
    stopped : bool
        Whether a time limit ended one of the searches behind it.
    price : float
        Price of the one bounded sum at which the bound was proven; nan where it rests on more.
    """

    weights: NDArray[np.float64]
    allocation: NDArray[np.uint8]
    values: NDArray[np.float64]
    bound: float
    certified_by: str
    rounding: float = 0.0
    stopped: bool = False
    price: float = np.nan


def answer_weights(
    oracle: Oracle,
    outcome: Outcome,
    weights: NDArray[np.float64],
    polish: Polish | Finish | None = None,
    steps: int | None = None,
) -> Cut | None:
    """Answer one weighting of the objectives.

    Parameters
    ----------
    oracle : callable
        Maximizes a linear weighting of the columns; None where nothing is feasible.
    outcome : Outcome
    weights : float64 array, shape (n_objectives,)
    polish : Polish or Finish, optional
        Improves the answer of a concave objective.
    steps : int, optional
        Of Frank-Wolfe at most, where what improves it asks little of its beginning.

    Returns
    -------
    Cut or None
        None if no portfolio is feasible.

    Raises
    ------
    Unfinished
        If no portfolio was found, and none is proven impossible.
    """
    touched = outcome.matrix @ weights
    start = np.zeros(len(touched))
    if not (outcome.saturating & (touched != 0)).any():
        answer = oracle(outcome.slope(start, weights))
        if answer is None:
            return None
        values = outcome.values(answer.totals)
        proof, rounding = answer.certified_by, answer.rounding
        return Cut(
            weights,
            answer.allocation,
            values,
            answer.bound,
            proof,
            rounding,
            answer.stopped,
            answer.price,
        )
    few = polish is not None and polish.bends
    cut = _frank_wolfe(oracle, outcome, weights, FEW_STEPS if few else RAMP_STEPS, steps)
    if cut is None or polish is None or cut.bound - cut.values @ weights <= GOAL * abs(cut.bound):
        return cut
    return polish(oracle, cut)


def _frank_wolfe(
    oracle: Oracle,
    outcome: Outcome,
    weights: NDArray[np.float64],
    ramp_steps: int,
    most: int | None,
) -> Cut | None:
    point = np.where(outcome.saturating, 0.25, 0.0)
    best: Cut | None = None
    bound, rounding, stopped = np.inf, 0.0, False
    vertices: list[NDArray[np.float64]] = []
    ramps = any(benefit.kind in ("ramp", "worst") for _, benefit in outcome.concave)
    blur = _BLUR if ramps else 0.0
    for _ in range(most or (ramp_steps if ramps else MAX_STEPS)):
        slope = outcome.slope(point, weights, blur)
        try:
            answer = oracle(slope)
        except Unfinished:
            if best is None:
                raise
            stopped = True
            break
        if answer is None:
            return None
        height = outcome.height(point, weights, blur)
        size = abs(height) + float(np.abs(slope) @ np.abs(point))
        tangent = height + _ROUNDING * size
        bound = min(bound, tangent + answer.bound)
        rounding = max(rounding, answer.rounding + _ROUNDING * size)
        stopped = stopped or answer.stopped
        values = outcome.values(answer.totals)
        if best is None or values @ weights > best.values @ weights:
            best = Cut(weights, answer.allocation, values, bound, "lp_dual")
        if not any(np.array_equal(answer.relaxed, vertex) for vertex in vertices):
            vertices.append(answer.relaxed)
        if bound - best.values @ weights <= GOAL * abs(bound):
            break
        if ramps and float(slope @ (answer.relaxed - point)) <= _SETTLED * blur * size:
            blur = max(blur * _SHARPER, _SHARPEST)
        shares = _best_mixture(outcome, weights, np.array(vertices), blur)
        moved = shares @ np.array(vertices)
        # portfolios without a share are dropped, so that mixing stays quick
        vertices = [one for one, share in zip(vertices, shares, strict=True) if share > _DROPPED]
        if blur <= _SHARPEST and np.allclose(moved, point, rtol=1e-9, atol=0.0):
            break
        point = moved
    if best is None:
        return None
    return Cut(weights, best.allocation, best.values, bound, "lp_dual", rounding, stopped)


def _best_mixture(
    outcome: Outcome,
    weights: NDArray[np.float64],
    vertices: NDArray[np.float64],
    blur: float = 0.0,
) -> NDArray[np.float64]:
    """Shares of `vertices` in the point of their hull with the largest concave value."""
    count = len(vertices)
    if count == 1:
        return np.ones(1)
    scale = max(float(np.abs(outcome.values(vertices) @ weights).max()), 1e-300)

    def loss(mix: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        point = mix @ vertices
        value = float(outcome.values(point, blur) @ weights) / scale
        return -value, -(vertices @ outcome.slope(point, weights, blur)) / scale

    found = minimize(
        loss,
        np.full(count, 1.0 / count),
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * count,
        constraints={"type": "eq", "fun": lambda mix: mix.sum() - 1.0},
        options={"maxiter": 100, "ftol": 1e-12},
    )
    mix = np.clip(found.x, 0.0, 1.0)
    made: NDArray[np.float64] = mix / mix.sum()
    return made
