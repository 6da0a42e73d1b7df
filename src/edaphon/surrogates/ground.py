"""Which samples are held out together: blocks of ground from the config's `block`, and groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.quantity import Quantity
from edaphon.data.messages import counted
from edaphon.errors import DataError, Finding
from edaphon.surrogates.folds import held_together

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Samples

ENOUGH = 10
"""Sets of samples below which blocks are halved, so that folds still hold several."""

FEWEST = 3
"""Sets without which nothing can be held out and still be chosen among."""


@dataclass(frozen=True)
class Ground:
    """The sets of samples that never part in folds.

    Attributes
    ----------
    together : int64 array, shape (n_samples,)
    words : str
        "58 blocks of 0.25 degrees".
    findings : tuple of Finding
    """

    together: NDArray[np.int64]
    words: str
    findings: tuple[Finding, ...] = ()


def divide_ground(samples: Samples, block: Quantity | float) -> Ground:
    """Divide the samples into blocks of ground, joined where a group lies in several.

    Parameters
    ----------
    samples : Samples
    block : Quantity or float
        Side of the blocks: an angle (a bare number is in degrees) or a length. It is halved,
        with a warning, until there are at least ten blocks.

    Returns
    -------
    Ground
        Groups alone where joining them with the blocks would leave fewer than ten sets.

    Raises
    ------
    DataError
        If `block` is neither an angle nor a length above 0, or fewer than three sets remain.
    """
    where = f"surrogates: {samples.name}"
    side, unit, x, y = _side(samples, block, where)
    asked = side
    together = held_together(x, y, side)
    while together.max() + 1 < ENOUGH and side > asked / 2**12:
        side /= 2
        together = held_together(x, y, side)
    n_sets = int(together.max()) + 1
    findings: list[Finding] = []
    if side < asked:
        what = (
            f"blocks of {asked:g} {unit} leave fewer than {ENOUGH} to hold out, "
            f"so {n_sets} blocks of {side:g} {unit} are used"
        )
        hint = f"Write surrogates.{samples.name}.block: {side:g} {unit}, or sample more ground."
        findings.append(Finding(f"{where}.block", what, hint, "warning"))
    words = f"{n_sets} blocks of {side:g} {unit}"
    if samples.group is not None:
        joined = held_together(x, y, side, samples.group)
        words = f"{int(joined.max()) + 1} sets of blocks of {side:g} {unit} joined by group"
        if joined.max() + 1 < ENOUGH:
            _, joined = np.unique(samples.group, return_inverse=True)
            words = f"{int(joined.max()) + 1} groups, which overlap on the ground"
        together = joined.ravel().astype(np.int64)
    n_sets = int(together.max()) + 1
    if n_sets < FEWEST:
        sets = counted(n_sets, "group" if samples.group is not None else "separate place")
        what = f"all samples are from {sets}, and {FEWEST} are the least to hold some out"
        raise DataError(
            Finding(f"{samples.source}: {samples.name}", what, "Sample more places or groups.")
        )
    return Ground(together, words, tuple(findings))


def _side(
    samples: Samples, block: Quantity | float, where: str
) -> tuple[float, str, NDArray[np.float64], NDArray[np.float64]]:
    """Side, its unit, and the coordinates in that unit."""
    quantity = block if isinstance(block, Quantity) else Quantity(float(block), "degrees")
    for unit, x, y in (
        ("degrees", samples.longitude, samples.latitude),
        ("m", samples.x, samples.y),
    ):
        try:
            side = quantity.to(unit)
        except ValueError:
            continue
        if side > 0:
            return side, unit, x, y
    what = f"{quantity} is neither an angle nor a length above 0"
    raise DataError(Finding(f"{where}.block", what, "Write it as 0.25 degrees or 500 m."))
