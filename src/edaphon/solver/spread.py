"""Choose portfolios that lie far apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.solver.dominance import nondominated

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 3
"""One in so many portfolios is shown besides those given (judgement)."""


def spread_out(
    plans: NDArray[np.uint8],
    values: NDArray[np.float64],
    base: NDArray[np.float64],
    portfolios: int,
) -> NDArray[np.uint8]:
    """Plans that dominate a given one, and the most distant others up to `portfolios` in all.

    At least a third of `portfolios` are others, however many are given: what answers weights alone
    would leave no room for what no weights find.
    """
    if not len(plans):
        return plans
    span = np.maximum(np.ptp(base, axis=0), 1e-300)
    better = [bool(((v >= base).all(axis=1) & (v > base).any(axis=1)).any()) for v in values]
    chosen = [k for k, dominates in enumerate(better) if dominates]
    given = len(nondominated(np.vstack([base, values[chosen]])))
    room = max(portfolios - given, -(-portfolios // LEAST))
    shown = np.vstack([base, values[chosen]]) / span
    distance = np.abs(values[:, None, :] / span - shown[None]).max(axis=2).min(axis=1)
    for _ in range(max(0, min(room, len(plans) - len(chosen)))):
        distance[chosen] = -1.0
        k = int(distance.argmax())
        chosen.append(k)
        step = np.abs(values / span - values[k] / span).max(axis=1)
        distance = np.minimum(distance, step)
    return plans[sorted(chosen)]
