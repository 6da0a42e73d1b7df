"""Concave benefits as lines above them: rows of a mixed-integer program.

A benefit lies below each of its tangents; ramps, and the worst of several, are the least of a few
lines. So a program with such lines bounds the true value, and equals it once tangents stand at the
totals that it chooses (outer approximation: Duran and Grossmann, 1986, Mathematical Programming
36, 307-339; from memory, not verified).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from edaphon.problem.benefits import Benefit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.table import Table

TANGENTS = 9
"""Of every curve at first, closer together where little is reached."""
SIZE = 1e3
"""Variables are benefits times this, so that HiGHS' absolute tolerances are small beside them."""


@dataclass(frozen=True)
class Curves:
    """Concave benefits of some columns: a free variable for each, with lines above it.

    Attributes
    ----------
    column, owner : intp arrays, shape (n_lines,)
        The column whose total a line is over, and the variable below the line.
    slope, height : float64 arrays, shape (n_lines,)
        ``variable <= height + slope * total``.
    worth, low, high : float64 arrays, shape (n_variables,)
        What a variable counts, and between what its benefit lies for all portfolios.
    bent : tuple of (int, int, Benefit)
        Variable, column and benefit of the curves that lines only approach.
    """

    column: NDArray[np.intp]
    owner: NDArray[np.intp]
    slope: NDArray[np.float64]
    height: NDArray[np.float64]
    worth: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    bent: tuple[tuple[int, int, Benefit], ...]

    @classmethod
    def of(cls, table: Table, touched: NDArray[np.float64]) -> Curves:
        """Lines above the benefits of the columns that count.

        Parameters
        ----------
        table : Table
        touched : float64 array, shape (n_columns,)
            What each column's benefit counts, not below 0.
        """
        open_ = ~np.isneginf(table.barrier)
        least = np.where(open_, table.columns, np.inf).min(axis=1).sum(axis=1)
        most = np.where(open_, table.columns, -np.inf).max(axis=1).sum(axis=1)
        lines: list[tuple[int, int, float, float]] = []
        ends: list[tuple[float, float, float]] = []
        bent = []
        for columns, benefit in table.outcome.concave:
            shapes = np.broadcast_to(np.asarray(benefit.shape, dtype=np.float64), len(columns))
            if benefit.kind == "worst":
                if touched[columns[0]]:
                    some = [(q, e) for q, e in zip(columns, shapes, strict=True) if e > 0]
                    lines += [(q, len(ends), 1.0 / e, 0.0) for q, e in some]
                    ends.append((touched[columns[0]], min(least[q] / e for q, e in some), 1.0))
                continue
            for q, shape in zip(columns, shapes, strict=True):
                if not touched[q]:
                    continue
                one = Benefit(benefit.kind, float(shape))
                top = 1.0 if benefit.kind == "ramp" else float(one.value(most[q]))
                if benefit.kind == "ramp":
                    lines.append((q, len(ends), 1.0 / shape, 0.0))
                else:
                    bent.append((len(ends), q, one))
                ends.append((touched[q], float(one.value(least[q])), top))
        made = np.array(lines, dtype=np.float64).reshape(-1, 4).T
        count, low, high = np.array(ends, dtype=np.float64).reshape(-1, 3).T
        begun = cls(
            made[0].astype(np.intp), made[1].astype(np.intp), made[2], made[3],
            count, np.minimum(low, high), high, tuple(bent),
        )  # fmt: skip
        if not bent:
            return begun
        for part in np.linspace(0.0, 1.0, TANGENTS) ** 2:
            begun = begun.touching(np.maximum(least, 0.0) * (1.0 - part) + part * most)
        return begun

    def value(self, totals: NDArray[np.float64]) -> float:
        """Return what the benefits count at totals of the columns, shape (n_columns,)."""
        reached = self.high.copy()
        np.minimum.at(reached, self.owner, self.height + self.slope * totals[self.column])
        for k, q, benefit in self.bent:
            reached[k] = float(benefit.value(totals[q]))
        return float(self.worth @ reached)

    def touching(self, totals: NDArray[np.float64]) -> Curves:
        """Add the tangents at totals of the columns, shape (n_columns,)."""
        owner = np.array([k for k, _, _ in self.bent], dtype=np.intp)
        column = np.array([q for _, q, _ in self.bent], dtype=np.intp)
        at = totals[column]
        slope = np.array([float(b.slope(s)) for (*_, b), s in zip(self.bent, at, strict=True)])
        height = [float(b.height(s)) for (*_, b), s in zip(self.bent, at, strict=True)]
        return replace(
            self,
            column=np.concatenate([self.column, column]),
            owner=np.concatenate([self.owner, owner]),
            slope=np.concatenate([self.slope, slope]),
            height=np.concatenate([self.height, height]),
        )

    def rows(
        self, gains: NDArray[np.float64], between: int
    ) -> tuple[csr_array, NDArray[np.float64]]:
        """Rows over open pairs, `between` others and the variables times `SIZE`; upper limits.

        Parameters
        ----------
        gains : float64 array, shape (n_columns, n_open)
            Of the open pairs in the columns of the table.
        between : int
            Variables between the open pairs and these.
        """
        count, n_open = len(self.column), gains.shape[1]
        pairs = -SIZE * self.slope[:, None] * gains[self.column]
        line, pair = np.nonzero(pairs)
        rows = np.concatenate([line, np.arange(count)])
        columns = np.concatenate([pair, n_open + between + self.owner])
        data = np.concatenate([pairs[line, pair], np.ones(count)])
        shape = (count, n_open + between + len(self.worth))
        return csr_array((data, (rows, columns)), shape=shape), SIZE * self.height
