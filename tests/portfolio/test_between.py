"""More portfolios between two: feasible, new, between, certified by the front's own bounds."""

from itertools import product

import numpy as np
import pytest

from edaphon.data.landscape import Neighbours
from edaphon.errors import DataError, InfeasibleError
from edaphon.portfolio.between import between
from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.values import Problem
from edaphon.solver.dominance import nondominated
from edaphon.solver.front import solve


def landscape(n_units=6, seed=0, objectives=None, constraints=None, **more):
    rng = np.random.default_rng(seed)
    effects = rng.gamma(2.0, size=(n_units, 3, 2)) * [[[0], [1], [2]]]
    cost = rng.uniform(50, 150, size=(n_units, 3)) * [0, 1, 2]
    return Problem.from_arrays(
        effects,
        cost,
        objectives=objectives or {"life": {"maximize": "worms"}, "cost": {"minimize": "cost"}},
        constraints={"budget": 0.6 * float(cost.mean(axis=1).sum())} | (constraints or {}),
        features=["worms", "carbon"],
        **more,
    )


def every_pareto(problem, sense):
    shared = formulate(problem)
    worths = (
        evaluate(problem, np.array(plan), formulation=shared)
        for plan in product(range(3), repeat=problem.n_units)
    )
    values = np.array([one.values * sense for one in worths if one.feasible])
    return values[nondominated(values)]


def test_small_gaps_are_filled_with_portfolios_of_the_whole_front():
    problem, sense = landscape(), np.array([1.0, -1.0])
    front = solve(problem, portfolios=2)
    names = [front.names[k] for k in np.flatnonzero(front.on_front)]
    wider, found = between(problem, front, names[0], names[1], count=4)
    assert len(found) >= 2
    exact = every_pareto(problem, sense)
    ends = front.values[[front.names.index(name) for name in names[:2]]] * sense
    for one in found:
        values = one.worth.values * sense
        assert one.worth.feasible
        assert (values >= ends.min(axis=0) - 1e-9).all()
        assert (values <= ends.max(axis=0) + 1e-9).all()
        assert np.abs(exact - values).max(axis=1).min() < 1e-6
    kinds = [kind for kind in wider.kinds if kind == "adopted"]
    assert len(kinds) == len(found)
    assert wider.hypervolume == front.hypervolume
    assert (wider.certified_gap[-len(found) :] >= 0).all()
    assert wider.names[-1] == found[-1].name
    assert found[0].tag == f"between {names[0]} and {names[1]} (1)"


def test_again_finds_nothing_new_where_nothing_is_left():
    problem = landscape(4)
    front = solve(problem, portfolios=20, whole=True)
    assert front.complete
    shown = [front.names[k] for k in np.flatnonzero(front.on_front)]
    same, found = between(problem, front, shown[0], shown[-1], count=5)
    assert found == ()
    assert same.names == front.names


def test_a_time_limit_that_ends_searches_is_told():
    problem, told = landscape(), []
    front = solve(problem, portfolios=4)
    names = [front.names[k] for k in np.flatnonzero(front.on_front)]
    wider, _ = between(
        problem, front, names[0], names[1], count=4, time_limit=1e-9,
        progress=lambda *step: told.append(step),
    )  # fmt: skip
    (finding,) = wider.findings[len(front.findings) :]
    assert finding.severity == "warning"
    assert "4 of 4 searches between the two ended without a proof" in finding.what
    assert told == [("between", step, 4) for step in range(1, 5)]


@pytest.mark.parametrize(
    ("objectives", "constraints", "more"),
    [
        (
            {
                "life": {"maximize": ["worms", "carbon"], "benefit": "saturating"},
                "carbon": {"maximize": "carbon"},
                "cost": {"minimize": "cost"},
            },
            {"units": {"option 1": {"min": 3}}},
            {},
        ),
        (None, {}, {"farm": [f"f{k // 3}" for k in range(30)]}),
        (
            {"life": {"maximize": "worms"}, "cost": {"minimize": "cost", "boundary": 2.0}},
            {"apart": [("option 1", "option 2")]},
            {
                "neighbours": Neighbours(
                    np.arange(29, dtype=np.int32), np.arange(1, 30, dtype=np.int32), np.ones(29)
                )
            },
        ),
    ],
)
def test_every_kind_of_problem(objectives, constraints, more):
    problem = landscape(30, 1, objectives, constraints, **more)
    front = solve(problem, portfolios=6, generations=2)
    names = [front.names[k] for k in np.flatnonzero(front.on_front)]
    _, found = between(problem, front, names[0], names[-1], count=3)
    assert found
    sense = np.array([1.0 if o.sense == "maximize" else -1.0 for o in problem.objectives])
    given = front.values[front.on_front] * sense
    for one in found:
        assert one.worth.feasible
        assert not (given >= one.worth.values * sense).all(axis=1).any()


def test_wrong_names_are_told():
    problem = landscape()
    front = solve(problem, portfolios=4)
    with pytest.raises(DataError, match="there is no portfolio 'p99'"):
        between(problem, front, "p01", "p99")
    with pytest.raises(DataError, match="named twice"):
        between(problem, front, "p01", "p01")


def test_portfolios_that_differ_in_no_plain_sum_have_nothing_between():
    problem = landscape(6, 0, {"life": {"maximize": ["worms", "carbon"], "benefit": {"log": 5}}})
    front = solve(problem, portfolios=1)
    with pytest.raises(InfeasibleError, match="plain sum"):
        between(problem, front, "baseline", "p01")
