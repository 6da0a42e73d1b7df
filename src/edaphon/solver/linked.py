"""Several linking constraints beside a table of gains, and the bound that prices of them prove."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.messages import amount
from edaphon.problem.rows import LESS, NUMBER, block_sum, tolerance
from edaphon.solver.oracle import outward

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.evaluate import Formulation
    from edaphon.solver.table import Table


@dataclass(frozen=True)
class Rule:
    """One side of a constraint, in the user's words and units.

    Attributes
    ----------
    name, where, unit : str
        Of the constraint (`edaphon.problem.rows.LinkingRow`).
    side : float
        1 for an upper limit, -1 for a lower one.
    limit : float
        In `unit`.
    scale : float
        What one scaled unit of the row is in `unit`.
    """

    name: str
    where: str
    unit: str
    side: float
    limit: float
    scale: float

    @property
    def said(self) -> str:
        """The rule: "budget of cost at most 500 EUR (constraints.budget)"."""
        key = self.where.rsplit(": ", 1)[-1]
        end = "at most" if self.side > 0 else "at least"
        part, share = self._parts()
        return f"{part} {end} {share or self._amount(self.limit)} ({key})"

    def _parts(self) -> tuple[str, str]:
        """Return what is bounded, and the share of a whole that bounds it, empty for others."""
        part, _, share = self.name.partition(LESS)
        return (part, share) if share and self.limit == 0 else (self.name, "")

    def given(self, over: float) -> str:
        """Say how the rule would have to give by an excess of `over` scaled units.

        A least amount above 0 that would have to fall below 0 is no rule any more.
        """
        digits = 10.0 ** (np.floor(np.log10(max(abs(self.limit), over * self.scale, 1e-300))) - 4)
        if self.name.startswith(NUMBER):
            digits = max(digits, 1.0)
        exact = self.side * self.limit + over * self.scale
        limit = self.side * float(np.ceil(exact / digits - 1e-9) * digits)
        if self.side < 0 < self.limit and limit < 0:
            return f"take out {self.name} (the others leave at most {self._amount(limit)})"
        part, share = self._parts()
        if share:
            more = "more" if self.side > 0 else "less"
            return f"allow {part} {self._amount(abs(limit))} {more} than {share}"
        verb, end = ("raise", "at least") if self.side > 0 else ("lower", "at most")
        return f"{verb} {self.name} from {self._amount(self.limit)} to {end} {self._amount(limit)}"

    def _amount(self, limit: float) -> str:
        return amount(limit, self.unit)


@dataclass(frozen=True)
class Linked:
    """A table with several constraints, each turned to ``sum of row <= limit`` and scaled.

    Attributes
    ----------
    table : Table
        Without a limit of its own.
    rows : float64 array, shape (n_rows, n_options, n_units)
        Scaled so that the mean absolute coefficient is 1.
    limits : float64 array, shape (n_rows,)
    sizes : float64 array, shape (n_rows,)
        Sum over units of the largest absolute coefficient.
    rules : tuple of Rule
        The constraint behind each row.
    time_limit : float
        Seconds of one mixed-integer program.
    strict : bool
        Whether one whole mixed-integer program is solved to optimality instead of a core.
    """

    table: Table
    rows: NDArray[np.float64]
    limits: NDArray[np.float64]
    sizes: NDArray[np.float64]
    rules: tuple[Rule, ...]
    time_limit: float
    strict: bool


def link(table: Table, formulation: Formulation, time_limit: float, strict: bool) -> Linked:
    """Put all constraints of a problem beside its table."""
    rows, limits, rules = [], [], []
    for row in formulation.rows:
        coefficients = np.take_along_axis(row.coefficients.T, table.order, axis=0)
        coefficients[np.isneginf(table.barrier)] = 0.0
        used = np.abs(coefficients[coefficients != 0.0])
        scale = float(used.mean()) if len(used) else 1.0
        for side, limit in ((1.0, row.high), (-1.0, -row.low)):
            if np.isfinite(limit):
                rows.append(side * coefficients / scale)
                limits.append(limit / scale)
                own = row.high if side > 0 else row.low
                rules.append(Rule(row.name, row.where, row.unit, side, own, scale))
    stacked = np.stack(rows)
    sizes = np.abs(stacked).max(axis=1).sum(axis=1)
    return Linked(table, stacked, np.array(limits), sizes, tuple(rules), time_limit, strict)


def price_bound(
    linked: Linked, coefficients: NDArray[np.float64], prices: NDArray[np.float64]
) -> float:
    """Bound on a weighting of the columns at given prices >= 0, rounded outward."""
    table = linked.table
    reduced = table.value(coefficients)
    margin = outward(table, coefficients, 0.0, 0.0)
    bound = 0.0
    for row, limit, size, price in zip(
        linked.rows, linked.limits, linked.sizes, prices, strict=True
    ):
        if price > 0:
            reduced -= price * row
            bound += price * limit
            margin += price * (tolerance(limit, size) + 1e-14 * (size + abs(limit)))
    return bound + block_sum(reduced.max(axis=0)) + margin


def holds(linked: Linked, place: NDArray[np.intp]) -> bool:
    """Whether a portfolio, given as places, keeps every constraint."""
    chosen = linked.rows[:, place, np.arange(len(place))]
    over = chosen.sum(axis=1) - linked.limits
    sizes = np.abs(chosen).sum(axis=1)
    return all(
        o <= tolerance(limit, size)
        for o, limit, size in zip(over, linked.limits, sizes, strict=True)
    )
