"""What a portfolio breaks: options that are not allowed, and rules that do not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.messages import amount
from edaphon.errors import Finding
from edaphon.problem.apart import forbidden_neighbors
from edaphon.problem.farms import split_farms
from edaphon.problem.patches import small_patches
from edaphon.problem.rows import LESS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.rows import LinkingRow
    from edaphon.problem.values import Problem


def violations(
    problem: Problem, chosen: NDArray[np.intp], rows: tuple[LinkingRow, ...]
) -> tuple[Finding, ...]:
    """One finding per forbidden pair kind and per constraint that does not hold."""
    codes = problem.allowed[np.arange(problem.n_units), chosen]
    found = []
    for code in np.unique(codes[codes > 0]):
        units = np.flatnonzero(codes == code)
        what = f"{len(units)} unit(s) use an option that is not allowed: {problem.reasons[code]}"
        found.append(Finding(f"unit {problem.unit_ids[units[0]]}", what))
    for row in rows:
        if row.shortfall(chosen) > 0:
            found.append(_violation(row, chosen))
    found += split_farms(problem, chosen)
    found += small_patches(problem, chosen)
    return (*found, *forbidden_neighbors(problem, chosen))


def _violation(row: LinkingRow, chosen: NDArray[np.intp]) -> Finding:
    value, _ = row.activity(chosen)
    above = value > row.high
    limit = row.high if above else row.low
    part, _, share = row.name.partition(LESS)
    if share and limit == 0:
        off = f"{amount(abs(value), row.unit)} {'more' if above else 'less'}"
        what = f"{part} is {off} than {share}"
    else:
        ends = f"{'above' if above else 'below'} the limit of {amount(limit, row.unit)}"
        what = f"{row.name}: {amount(value, row.unit)} is {ends}"
    return Finding(row.where, what)
