"""Which samples are held out together: blocks of ground from the config's `block`, and groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.quantity import Quantity, QuantityError, parse_quantity
from edaphon.data.messages import counted
from edaphon.errors import DataError, Finding
from edaphon.surrogates.folds import held_together

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Samples

_DEGREE = 111_320.0
"""Meters in a degree of latitude or, at the equator, of longitude: 2 pi 6,378,137 / 360."""

_SPELLED = "Write it as 0.25 degrees or 500 m."

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


def divide_ground(samples: Samples, block: Quantity | float | str) -> Ground:
    """Divide the samples into blocks of ground, joined where a group lies in several.

    Parameters
    ----------
    samples : Samples
    block : Quantity, float or str
        Side of the blocks: an angle (a bare number is in degrees) or a length, as text "1 km". It
        is halved, with a warning, until there are at least ten blocks.

    Returns
    -------
    Ground
        Groups alone where there are no coordinates, or where joining them with the blocks would
        leave fewer than ten sets.

    Raises
    ------
    DataError
        If `block` is neither an angle nor a length above 0, samples have neither coordinates nor
        groups, or fewer than three sets remain.
    """
    where = f"surrogates: {samples.name}"
    if samples.x is None and samples.longitude is None:
        return _groups_alone(samples, "groups")
    side, unit, x, y = _side(samples, block, where)
    asked = side
    together = held_together(x, y, side)
    while together.max() + 1 < ENOUGH and side > asked / 2**12:
        side /= 2
        together = held_together(x, y, side)
    n_sets = int(together.max()) + 1
    findings: list[Finding] = []
    if side < asked:
        about = "" if unit == "m" else f" (about {_two_digits(side * _DEGREE):g} m)"
        what = (
            f"blocks of {asked:g} {unit} leave fewer than {ENOUGH} to hold out, "
            f"so {n_sets} blocks of {side:g} {unit}{about} are used"
        )
        written = _written(samples, side, unit)
        hint = f"Write surrogates.{samples.name}.block: {written}, or sample more ground."
        findings.append(Finding(f"{where}.block", what, hint, "warning"))
    words = f"{n_sets} blocks of {side:g} {unit}"
    if samples.group is not None:
        joined = held_together(x, y, side, samples.group)
        if joined.max() + 1 < ENOUGH:
            alone = _groups_alone(samples, "groups, which overlap on the ground")
            return replace(alone, findings=tuple(findings))
        words = f"{int(joined.max()) + 1} sets of blocks of {side:g} {unit} joined by group"
        together = joined
    elif n_sets < FEWEST:
        raise _too_few(samples, counted(n_sets, "separate place"))
    return Ground(together, words, tuple(findings))


def _written(samples: Samples, side: float, unit: str) -> str:
    """Side that makes enough blocks, for a config: in meters where the samples have them."""
    if samples.x is None or samples.y is None:
        return f"{side:g} {unit}"
    meters = side if unit == "m" else side * _DEGREE
    meters = _two_digits(meters)
    while meters > 1e-3 and held_together(samples.x, samples.y, meters).max() + 1 < ENOUGH:
        meters /= 2
    return f"{meters:g} m"


def _two_digits(value: float) -> float:
    """Round to two significant digits."""
    return round(value, 1 - int(np.floor(np.log10(value))))


def _groups_alone(samples: Samples, words: str) -> Ground:
    """Hold out whole groups, wherever they lie."""
    if samples.group is None:
        what = "these samples have neither coordinates nor groups to hold out together"
        hint = "Name the columns of their coordinates, or of their study or provider as group."
        raise DataError(Finding(f"{samples.source}: {samples.name}", what, hint))
    labels, together = np.unique(samples.group, return_inverse=True)
    if len(labels) < FEWEST:
        raise _too_few(samples, counted(len(labels), "group"))
    return Ground(together.ravel().astype(np.int64), f"{len(labels)} {words}")


def _too_few(samples: Samples, sets: str) -> DataError:
    """Too little to hold some out."""
    what = f"all samples are from {sets}, and {FEWEST} are the least to hold some out"
    return DataError(
        Finding(f"{samples.source}: {samples.name}", what, "Sample more places or groups.")
    )


def regions_of(samples: Samples) -> NDArray[np.str_] | None:
    """Name the part of the sampled ground that each sample lies in.

    Parameters
    ----------
    samples : Samples

    Returns
    -------
    str array, shape (n_samples,), or None
        "northwest", "northeast", "southwest" or "southeast" of the median sample; None without
        coordinates.
    """
    x, y = (samples.longitude, samples.latitude) if samples.x is None else (samples.x, samples.y)
    if x is None or y is None:
        return None
    rows = np.where(y >= np.median(y), "north", "south")
    return np.strings.add(rows, np.where(x >= np.median(x), "east", "west"))


def _side(
    samples: Samples, block: Quantity | float | str, where: str
) -> tuple[float, str, NDArray[np.float64], NDArray[np.float64]]:
    """Side, its unit, and the coordinates in that unit."""
    try:
        quantity = (
            block if isinstance(block, Quantity) else parse_quantity(block, "degrees", ("m",))
        )
    except QuantityError as error:
        raise DataError(Finding(f"{where}.block", error.what, _SPELLED)) from error
    missing = []
    for unit, x, y in (
        ("degrees", samples.longitude, samples.latitude),
        ("m", samples.x, samples.y),
    ):
        if x is None or y is None:
            missing.append(unit)
            continue
        try:
            side = quantity.to(unit)
        except ValueError:
            continue
        if side > 0:
            return side, unit, x, y
    what = f"{quantity} is neither an angle nor a length above 0"
    hint = _SPELLED
    if missing:
        what = f"the samples have no coordinates in {missing[0]} for blocks of {quantity}"
        hint = f"Give the side of the blocks in {'m' if missing[0] == 'degrees' else 'degrees'}."
    raise DataError(Finding(f"{where}.block", what, hint))
