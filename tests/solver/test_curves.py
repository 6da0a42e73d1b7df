"""Lines above concave benefits: never below them, and equal where they touch."""

import numpy as np
import pytest
from space_case import grid

from edaphon.problem.boundary import Boundary
from edaphon.problem.evaluate import formulate
from edaphon.problem.values import Problem
from edaphon.solver.space.curves import SIZE, Curves
from edaphon.solver.table import make_table

KINDS = ["saturating", "power", "log", "exponential", {"ramp": 0.4}, {"worst": 0.5}]


def table_of(kind, seed=0):
    rng = np.random.default_rng(seed)
    effects = rng.normal(0.5, 1.0, (9, 3, 3))
    effects[:, 0] = 0
    problem = Problem.from_arrays(
        effects,
        rng.uniform(1, 2, (9, 3)),
        None,
        {"a": {"maximize": ["a", "b"], "benefit": kind}, "c": {"maximize": "c", "boundary": 0.1}},
        {},
        features=["a", "b", "c"],
        neighbours=grid(3),
        boundary=Boundary("treated"),
    )
    return make_table(problem, formulate(problem))


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_lines_lie_above_every_portfolio_and_touch(kind):
    table = table_of(kind)
    weights = np.array([1.7, 0.3])
    curves = Curves.of(table, table.outcome.matrix @ weights)
    rng = np.random.default_rng(1)
    for _ in range(50):
        totals = table.totals(rng.integers(0, 3, 9))
        true = float(table.outcome.values(totals)[0] * weights[0])
        assert curves.value(totals) == pytest.approx(true, abs=1e-12)
        for lines in (curves, curves.touching(totals)):
            top = lines.high.copy()
            np.minimum.at(top, lines.owner, lines.height + lines.slope * totals[lines.column])
            above = float(lines.worth @ top) - true
            assert above >= -1e-12
            assert (lines.low <= top + 1e-12).all()
        assert above == pytest.approx(0.0, abs=1e-12)


def test_rows_say_what_the_lines_do():
    table = table_of("log")
    curves = Curves.of(table, table.outcome.matrix @ np.ones(2))
    place = np.random.default_rng(2).integers(0, 3, 9)
    open_place, unit = np.nonzero(np.isfinite(table.barrier))
    rows, limits = curves.rows(table.columns[:, open_place, unit], 4)
    np.testing.assert_allclose(limits, SIZE * curves.height)
    assert rows.shape == (len(curves.height), len(unit) + 4 + len(curves.worth))
    x = np.concatenate([place[unit] == open_place, np.ones(4), SIZE * curves.high])
    totals = table.totals(place)
    meant = curves.high[curves.owner] - curves.slope * totals[curves.column]
    np.testing.assert_allclose(rows @ x, SIZE * meant)


def test_what_counts_nothing_has_no_lines():
    table = table_of("power")
    curves = Curves.of(table, np.zeros(len(table.columns)))
    assert not len(curves.worth)
    assert curves.value(np.ones(len(table.columns))) == 0.0
