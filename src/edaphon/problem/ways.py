"""The ways between units that a config's connectivity counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.space import CONNECTIVITY
from edaphon.data.links import find_links
from edaphon.errors import DataError, Finding
from edaphon.problem.network import Network

if TYPE_CHECKING:
    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape

LEAST = 0.05
"""Probability of crossing below which a pair has no direct way (judgement; ways over other treated
units still count)."""


def network_of(config: Config, landscape: Landscape, faults: list[Finding]) -> Network | None:
    """Return the ways between units, None where no objective maximizes connectivity.

    Neighbors are crossed surely, so that treated neighbors are one patch. Others are crossed with
    probability 1/2 per `distance` between their edges (pc), or linked within it (iic).

    Parameters
    ----------
    config : Config
        ``space.connectivity`` and ``space.distance``.
    landscape : Landscape
    faults : list of Finding
        Appended to: a distance that is missing, units without geometry.
    """
    index = config.space.connectivity
    asked = any(one.maximize == (CONNECTIVITY,) for one in config.objectives.values())
    if not asked or not index:
        return None
    where = config.where("space.distance")
    if config.space.distance is None:
        what = "connectivity needs a distance that is covered"
        faults.append(Finding(where, what, "Write distance: 500 m."))
        return None
    far = config.space.distance.to("m")
    reach = far * float(np.log2(1.0 / LEAST)) if index == "pc" else far
    try:
        first, second, gap = find_links(landscape, reach, where)
    except DataError as error:
        faults.extend(error.findings)
        return None
    # where the distance is 0, only edges that touch are crossed
    crossing = np.exp2(-gap / far) if far > 0 else np.ones(len(gap))
    if index == "iic":
        crossing = np.where(gap > 0, 0.5, 1.0)
    keys, n_units = first * landscape.n_units + second, landscape.n_units
    if landscape.neighbours is not None:
        beside = landscape.neighbours.first.astype(np.intp) * n_units + landscape.neighbours.second
        keys = np.union1d(keys, beside)
        known = np.searchsorted(keys, first * n_units + second)
        whole = np.zeros(len(keys))
        whole[known] = crossing
        crossing = np.where(np.isin(keys, beside), 1.0, whole)
    return Network(index, keys // n_units, keys % n_units, crossing)
