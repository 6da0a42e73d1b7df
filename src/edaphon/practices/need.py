"""Units that need no intervention keep the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.messages import counted
from edaphon.errors import Finding

if TYPE_CHECKING:
    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.practices.eligibility import Permits

NEED = "need"
"""Column of the probability that a unit needs intervention; see `edaphon.effects.need`."""


def need_names(config: Config) -> tuple[str, ...]:
    """Return the columns that the section `need` adds to the landscape."""
    if config.need is None:
        return ()
    return (*(f"{NEED}_{name}" for name in config.need.of), NEED)


def apply_need(permits: Permits, config: Config, landscape: Landscape) -> None:
    """Forbid every intervention where the need is too small.

    Parameters
    ----------
    permits : Permits
        Changed in place; a note says how many units.
    config : Config
    landscape : Landscape
        Before the state is predicted it has no such column, and nothing is forbidden.
    """
    least = None if config.need is None else config.need.least
    if least is None or NEED not in landscape.attributes.columns:
        return
    need = landscape.attributes[NEED].to_numpy(dtype=np.float64)
    enough = need < least.to("%") / 100.0
    for a in range(1, permits.allowed.shape[1]):
        permits.forbid(enough, a, f"not needed: the need of intervention is below {least}")
    if enough.any():
        what = (
            f"{counted(int(enough.sum()), 'unit')} keep the baseline: their need is below {least}"
        )
        permits.findings.append(Finding(config.where("need.least"), what, severity="note"))
