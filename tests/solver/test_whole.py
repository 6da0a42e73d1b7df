"""The program over everything: bounds that hold, rows made when they are broken, no portfolio."""

import numpy as np
import pytest
from space_case import every_value, neighbours_of, small

from edaphon.problem.boundary import Boundary
from edaphon.problem.evaluate import formulate
from edaphon.problem.values import Problem
from edaphon.solver.space.spatial import make_spatial
from edaphon.solver.space.whole import fits, solve_whole


def complete(n_units, gains, least, rules):
    """Every two units are neighbors, so that there are many small sets."""
    first, second = np.triu_indices(n_units, 1)
    problem = Problem.from_arrays(
        np.stack([np.zeros(n_units), gains], axis=1)[:, :, None],
        np.stack([np.zeros(n_units), np.ones(n_units)], axis=1),
        None,
        {"gain": {"maximize": "gain"}},
        rules,
        features=["gain"],
        neighbours=neighbours_of(first, second, np.ones(len(first))),
        boundary=Boundary("treated", None, least),
    )
    return make_spatial(problem, formulate(problem), 60.0)


def test_rows_that_are_not_listed_are_made_when_an_answer_breaks_them():
    gains = np.concatenate([[5.0, 4.0, 3.0], -np.linspace(1.0, 2.0, 57)])
    spatial = complete(60, gains, 4, {})
    assert fits(spatial)
    # sets of three units are above 30,000, so only their broken ones become rows
    assert spatial.separators.shape[0] == 60 * 59
    found = solve_whole(spatial, spatial.table.value(np.ones(1)), 0.0, None)
    chosen = spatial.table.allocation(found.place)
    assert np.flatnonzero(chosen).tolist() == [0, 1, 2, 3]
    assert found.bound == pytest.approx(11.0, abs=1e-6)
    assert found.bound >= 11.0


def test_what_cannot_be_is_said():
    spatial = complete(8, np.ones(8), 4, {"units": {"option 1": {"min": 1, "max": 3}}})
    found = solve_whole(spatial, spatial.table.value(np.ones(1)), 0.0, None)
    assert found.impossible
    assert found.place is None


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_is_the_optimum_from_any_start(seed):
    problem = small(seed)
    every = every_value(problem)
    spatial = make_spatial(problem, formulate(problem), 60.0)
    weights = np.array([1.0, 0.05, 0.3])
    touched = spatial.table.outcome.matrix @ weights
    value, price = spatial.table.value(touched), float(touched[-1])
    first = solve_whole(spatial, value, price, None)
    if not len(every):
        assert first.impossible
        return
    best = float((every @ weights).max())
    again = solve_whole(spatial, value, price, first.place)
    for found in (first, again):
        assert spatial.worth(value, price, found.place) == pytest.approx(best, abs=1e-9)
        assert best - 1e-9 <= found.bound <= best + 1e-4 * abs(best) + 1e-6
    np.testing.assert_array_equal(first.place, again.place)
