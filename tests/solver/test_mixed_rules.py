"""Small problems with rules of every kind, against all portfolios."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from solve_case import every_feasible, senses

from edaphon.effects.values import DenseEffects
from edaphon.errors import InfeasibleError
from edaphon.problem.constraints import (
    AreaLimit,
    Budget,
    ChangeLimit,
    OutsideLimit,
    RegionShare,
    Target,
    UnitLimit,
)
from edaphon.problem.evaluate import evaluate
from edaphon.problem.values import Problem
from edaphon.solver.front import solve


class PartlyKnown(DenseEffects):
    """Dense effects of which every third unit lies outside the area of applicability."""

    def applicable(self, allocation):
        outside = np.arange(len(self.mean)) % 3 == 2
        return ~(outside & (np.asarray(allocation) != 0))


def rules_of(rng, cost, area):
    """A random choice of rules, some too strict, in figures of the problem's size."""
    money, land = float(cost.mean(axis=1).sum()), float(area.sum())
    drawn = [
        Budget("cost", rng.uniform(0.2, 1.2) * money),
        Target("worms", rng.uniform(0.1, 0.7)),
        Target("worms", rng.uniform(0.05, 0.4), "share", "north"),
        Target("yield", -rng.uniform(0.02, 0.5), "gain", "south"),
        AreaLimit("treated", rng.uniform(0.0, 0.3) * land, rng.uniform(0.3, 1.0) * land),
        AreaLimit("option 1", 0.0, rng.uniform(0.05, 0.5) * land, region="north"),
        UnitLimit("treated", int(rng.integers(0, 3)), int(rng.integers(3, 6))),
        UnitLimit("option 2", 1),
        RegionShare("north", "spending", rng.uniform(0.05, 0.5)),
        RegionShare("south", "area", rng.uniform(0.3, 0.9), "max"),
        OutsideLimit(rng.uniform(0.05, 0.5)),
        ChangeLimit(rng.uniform(0.3, 0.9) * land),
        ChangeLimit(int(rng.integers(2, 5)), "units"),
    ]
    chosen = rng.random(len(drawn)) < rng.choice([0.15, 0.3, 0.5])
    return [rule for rule, take in zip(drawn, chosen, strict=True) if take]


def drawn_problem(seed, *, count=None):
    rng = np.random.default_rng(seed)
    n_units, n_options = int(rng.integers(3, 7)), int(rng.integers(3, 5))
    effects = rng.gamma(2.0, 1.0, size=(n_units, n_options, 2))
    effects[:, :, 1] -= 0.8 * effects[:, :, 0]
    effects[:, 0] = 0.0
    cost = rng.gamma(2.0, 10.0, size=(n_units, n_options))
    cost[:, 0] = 0.0
    area = rng.uniform(1.0, 5.0, n_units)
    allowed = rng.random((n_units, n_options)) > 0.2
    allowed[:, 0] = True
    kept = rng.random(n_units) < 0.15
    allowed[kept, 0] = ~allowed[kept, 1:].any(axis=1)
    objectives = {
        "life": {"maximize": "worms"},
        "yield": {"maximize": "yield"},
        "cost": {"minimize": "cost"},
        "land": {"minimize": str(rng.choice(["treated_area", "changed_area"]))},
    }
    names = list(rng.permutation(list(objectives)))[: count or int(rng.integers(1, 5))]
    return Problem.from_arrays(
        PartlyKnown(effects, np.full((n_units, 2), 5.0)),
        cost,
        allowed,
        {str(name): objectives[str(name)] for name in names},
        rules_of(rng, cost, area),
        features=["worms", "yield"],
        area_ha=area,
        region=["north" if k % 2 else "south" for k in range(n_units)],
        earlier=rng.integers(0, n_options, n_units),
    )


def against_everything(problem):
    everything = every_feasible(problem)
    if not len(everything):
        with pytest.raises(InfeasibleError):
            solve(problem, portfolios=6)
        return
    front = solve(problem, portfolios=6)
    rows = np.flatnonzero(front.on_front)
    assert len(rows)
    sense = senses(problem)
    for k in rows:
        worth = evaluate(problem, front.portfolios[k])
        assert worth.feasible
        value = worth.values * sense
        if np.isfinite(front.weights[k]).all():
            raw = front.weights[k] / front.scales
            best = float((everything @ raw).max())
            bound = front.bound[k] * (sense[0] if len(sense) == 1 else 1.0)
            near = 1e-7 * max(1.0, float((np.abs(everything) @ raw).max()))
            assert bound >= best - 1e-9 * abs(best) - 1e-12
            assert value @ raw >= best - near
    best = everything.max(axis=0)
    found = (front.values[rows] * sense).max(axis=0)
    if len(sense) == 1:
        assert found[0] == pytest.approx(best[0], abs=1e-7 * max(1.0, abs(best[0])))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6))
def test_some_small_problems_against_all_portfolios(seed):
    against_everything(drawn_problem(seed))


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9))
def test_a_thousand_small_problems_against_all_portfolios(seed):
    against_everything(drawn_problem(seed))
