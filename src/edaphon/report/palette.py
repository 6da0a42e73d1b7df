"""Colors of the interventions, the same on the page, in the figures and in QGIS."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from edaphon.practices.shipped import catalogue_names

if TYPE_CHECKING:
    from collections.abc import Sequence

BASELINE_COLOR = "#dcdcd6"

_WHEEL = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442",
    "#663333", "#332288", "#ddcc77", "#666633", "#aa3377", "#ee6677", "#999933", "#225555",
    "#ee99aa", "#99ddff",
)  # fmt: skip
_COMMON = 6
"""First colors of the wheel, those of the catalogue's most used practices: others avoid them."""


def intervention_colors(names: Sequence[str]) -> tuple[str, ...]:
    """Return a color for each intervention, a light gray for the baseline first.

    A color follows the name, not the position, so that a practice looks alike in every run: the
    first practices of the catalogue have a color each, every other name (a bundle, a practice of
    the planner's own) has one that follows from its letters, or the next one that is free.

    Parameters
    ----------
    names : sequence of str
        The baseline first; their order changes nothing.

    Returns
    -------
    tuple of str
        As "#0072b2". No two are alike up to 17 interventions; beyond, names must tell.

    Notes
    -----
    The first seven are those of Okabe and Ito (2008, "Color universal design"), told apart with
    every common kind of color vision. The next ten are taken from Tol's schemes (2021, technical
    note SRON/EPS/TN/09-002), each time the one farthest from all before it (Euclidean in CIELAB,
    the least of normal, protan and deutan vision; our own choice).
    """
    taken = {BASELINE_COLOR}
    chosen: dict[str, str] = {}
    known = {name: slot for slot, name in enumerate(catalogue_names()[: len(_WHEEL)])}
    for name in sorted(names[1:], key=lambda name: (known.get(name, len(known)), name)):
        slot = known.get(name, _COMMON + zlib.crc32(name.encode()) % (len(_WHEEL) - _COMMON))
        order = (*_WHEEL[slot:], *_WHEEL[:slot])
        chosen[name] = next((color for color in order if color not in taken), order[0])
        taken.add(chosen[name])
    return (BASELINE_COLOR, *(chosen[name] for name in names[1:]))
