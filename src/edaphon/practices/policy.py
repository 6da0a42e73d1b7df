"""Present policy: the landscape's column of intervention names as an allocation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.messages import counted
from edaphon.errors import Finding
from edaphon.practices.values import BASELINE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Landscape
    from edaphon.practices.values import Options


def policy_allocation(
    landscape: Landscape, interventions: tuple[str, ...], where: str
) -> tuple[NDArray[np.uint8] | None, tuple[Finding, ...]]:
    """Return present policy as positions of interventions, with what could not be placed.

    Parameters
    ----------
    landscape : Landscape
    interventions : tuple of str
        Labels of the intervention axis, "baseline" first.
    where : str
        Place of the key in the config, for the findings.

    Returns
    -------
    allocation : uint8 array, shape (n_units,), or None
        None where the landscape has no policy column.
    findings : tuple of Finding
        A warning per name that the config does not use; those units keep the baseline.
    """
    if landscape.policy is None:
        return None, ()
    position = {"": 0, **{name: a for a, name in enumerate(interventions)}}
    names, inverse, counts = np.unique(landscape.policy, return_inverse=True, return_counts=True)
    findings = tuple(
        Finding(
            where,
            f"present policy names '{name}' in {count} units, which the config does not use",
            f"Add it to interventions.use, or leave it: these units count as {BASELINE}.",
            "warning",
        )
        for name, count in zip(names, counts, strict=True)
        if name not in position
    )
    codes = np.array([position.get(str(name), 0) for name in names], dtype=np.uint8)
    return codes[inverse], findings


def forbidden_policy(
    options: Options,
    allocation: NDArray[np.uint8],
    interventions: tuple[str, ...],
    where: str,
) -> tuple[Finding, ...]:
    """Say where present policy has what may not be there, and why not.

    Parameters
    ----------
    options : Options
    allocation : uint8 array, shape (n_units,)
        Of `policy_allocation`.
    interventions : tuple of str
        Labels of the intervention axis.
    where : str
        Place of the key in the config.

    Returns
    -------
    tuple of Finding
        A note for each intervention; policy itself is shown as it is.
    """
    codes = options.allowed[np.arange(len(allocation)), allocation]
    found = []
    for a in np.unique(allocation[codes > 0]):
        here = codes[(allocation == a) & (codes > 0)]
        reasons = ", ".join(
            f"{count:,} {options.reasons[code]}"
            for code, count in zip(*np.unique(here, return_counts=True), strict=True)
        )
        what = (
            f"present policy has {interventions[a]} in {counted(len(here), 'unit')} that may not "
            f"have it here: {reasons}"
        )
        found.append(Finding(where, what, severity="note"))
    return tuple(found)
