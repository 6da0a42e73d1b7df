"""Smallest patches: kept always, optimal where small, told where broken."""

from dataclasses import replace

import numpy as np
import pytest
from patch_case import best_with_patches
from space_case import grid, neighbours_of

from edaphon.config.reader import config_from_mapping
from edaphon.errors import ConfigError, DataError, InfeasibleError
from edaphon.problem.boundary import Boundary
from edaphon.problem.build import check_labels
from edaphon.problem.check import check_problem
from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.patches import patches_of
from edaphon.problem.store import load_problem, save_problem
from edaphon.problem.values import Problem
from edaphon.solver.front import solve
from edaphon.solver.space.graph import Graph
from edaphon.solver.space.oracle import maximize_spatial
from edaphon.solver.space.spatial import make_spatial


def landscape(side, seed, *, least=4, between="treated", budget=0.35, options=3, objectives=None):
    rng = np.random.default_rng(seed)
    n_units = side * side
    wave = np.sin(np.arange(side)[:, None] / 2 + rng.random() * 6)
    wave = (wave * np.cos(np.arange(side) / 2 + rng.random() * 6)).ravel()
    signs = rng.choice([-1.0, 1.0], options)
    effects = 0.4 + 0.5 * wave[:, None] * signs + rng.normal(0, 0.35, (n_units, options))
    cost = np.exp(rng.normal(0, 0.3, (n_units, options)))
    effects[:, 0] = cost[:, 0] = 0.0
    allowed = rng.random((n_units, options)) > 0.15
    allowed[:, 0] = True
    return Problem.from_arrays(
        effects[:, :, None],
        cost,
        allowed,
        objectives or {"gain": {"maximize": "gain"}},
        {"budget": budget * float(cost.mean(axis=1).sum())},
        features=["gain"],
        neighbours=grid(side),
        boundary=Boundary(between, None, least),
    )


def line(n_units):
    first = np.arange(n_units - 1)
    return neighbours_of(first, first + 1, np.ones(n_units - 1))


def only(front):
    (k,) = np.flatnonzero(front.on_front)
    return k


@pytest.mark.parametrize("between", ["treated", "interventions"])
@pytest.mark.parametrize("seed", range(2))
def test_small_problems_are_solved_to_the_optimum(between, seed):
    check_optimum(between, seed, side=5, least=3)


def check_optimum(between, seed, *, side, least):
    problem = landscape(side, seed, between=between, least=least)
    front = solve(problem, portfolios=1)
    k = only(front)
    group = [0, 1, 1] if between == "treated" else [0, 1, 2]
    best = best_with_patches(problem, group, least)
    assert front.values[k, 0] == pytest.approx(best, rel=1e-7)
    assert front.bound[k] >= best - 1e-9
    assert front.feasible[k]


@pytest.mark.slow
@pytest.mark.parametrize("between", ["treated", "interventions"])
@pytest.mark.parametrize("seed", range(3))
def test_larger_ones_too(between, seed):
    check_optimum(between, seed, side=7, least=4)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_found_without_the_program_keeps_every_rule(seed):
    problem = landscape(5, seed, least=3)
    best = best_with_patches(problem, [0, 1, 1], 3)
    spatial = make_spatial(problem, formulate(problem), 60.0)
    found = maximize_spatial(replace(spatial, whole=False), np.ones(1))
    assert evaluate(problem, found.allocation).feasible
    assert 0 < found.totals[0] <= best + 1e-9 <= found.bound + 2e-9


@pytest.mark.parametrize(
    "between", ["treated", pytest.param("interventions", marks=pytest.mark.slow)]
)
def test_every_weight_of_several_objectives_is_exact(between):
    objectives = {"gain": {"maximize": "gain"}, "cost": {"minimize": "cost", "boundary": 0.05}}
    problem = landscape(5, 4, least=3, between=between, objectives=objectives)
    front = solve(problem, portfolios=6)
    shown = np.flatnonzero(front.on_front)
    assert len(shown) > 3
    group = [0, 1, 1] if between == "treated" else [0, 1, 2]
    for k in shown:
        weights = front.weights[k] / front.scales
        best = best_with_patches(problem, group, 3, weights, 0.05)
        assert front.values[k] @ (weights * [1, -1]) == pytest.approx(best, abs=1e-7)
        assert best - 1e-9 <= front.bound[k] <= best + 1e-5
        assert front.certified_by[k] == "milp"


def test_a_hundred_units_are_proven():
    problem = landscape(10, 2, least=5)
    front = solve(problem, portfolios=1)
    k = only(front)
    assert front.feasible[k]
    assert front.optimality_gap[k] < 1e-7
    assert front.certified_by[k] == "milp"


@pytest.mark.parametrize("seed", range(12))
def test_several_objectives_under_tight_rules_find_what_there_is(seed):
    rng = np.random.default_rng(seed)
    cost = rng.uniform(1.0, 9.0, 6)
    problem = Problem.from_arrays(
        np.stack([np.zeros(6), rng.uniform(1.0, 9.0, 6)], axis=1)[:, :, None],
        np.stack([np.zeros(6), cost], axis=1),
        None,
        {"gain": {"maximize": "gain"}, "cost": {"minimize": "cost"}},
        {"budget": 0.55 * cost.sum(), "units": {"option 1": {"min": 3, "max": 3}}},
        features=["gain"],
        neighbours=line(6),
        boundary=Boundary("treated", None, 3),
    )
    fits = [k for k in range(4) if cost[k : k + 3].sum() <= 0.55 * cost.sum()]
    if not fits:
        with pytest.raises(InfeasibleError):
            solve(problem, portfolios=4)
        return
    front = solve(problem, portfolios=4)
    assert not front.findings
    found = [np.flatnonzero(plan).tolist() for plan in front.portfolios[front.on_front]]
    gain = problem.effects.block(slice(None))[:, 1, 0]
    for best in (min(fits, key=lambda k: cost[k : k + 3].sum()),
                 max(fits, key=lambda k: gain[k : k + 3].sum())):  # fmt: skip
        assert list(range(best, best + 3)) in found


@pytest.mark.parametrize("between", ["treated", "interventions"])
def test_no_patch_is_too_small_on_a_larger_grid(between):
    objectives = {"gain": {"maximize": "gain"}, "cost": {"minimize": "cost"}}
    problem = landscape(23, 0, least=5, between=between, objectives=objectives)
    front = solve(problem, portfolios=6)
    shown = np.flatnonzero(front.on_front)
    assert len(shown) > 2
    assert front.feasible[shown].all()
    pairs = grid(23)
    matrix = Graph.of(529, pairs.first, pairs.second, np.ones(len(pairs.first))).matrix
    for plan in front.portfolios[shown].astype(np.intp):
        group = np.minimum(plan, 1) if between == "treated" else plan
        assert (patches_of(matrix, group)[1] >= 5).all()
    assert np.nanmin(front.optimality_gap[shown]) >= 0


def test_a_priced_boundary_goes_with_patches():
    priced = {"gain": {"maximize": "gain", "boundary": 0.1}}
    problem = landscape(10, 1, least=5, objectives=priced)
    k = only(front := solve(problem, portfolios=1))
    assert front.feasible[k]
    free = replace(problem, boundary=Boundary("treated"))
    assert front.values[k, 0] <= np.nanmax(solve(free, portfolios=1).bound) + 1e-9


def test_patches_by_hand():
    problem = landscape(3, 0, least=2, options=3, between="interventions", budget=9)
    problem = replace(problem, allowed=np.zeros_like(problem.allowed))
    fine = evaluate(problem, [1, 1, 0, 0, 0, 2, 0, 0, 2])
    assert fine.feasible
    broken = evaluate(problem, [1, 2, 0, 0, 0, 0, 0, 0, 2])
    assert not broken.feasible
    assert "3 patch(es) have fewer than 2 units" in str(broken.violations[0])
    together = replace(problem, boundary=Boundary("treated", None, 2))
    assert evaluate(together, [1, 2, 0, 0, 0, 0, 0, 0, 0]).feasible


def test_a_locked_unit_that_can_have_no_patch_is_infeasible():
    problem = landscape(3, 0, least=2, options=2, budget=9)
    allowed = np.ones((9, 2), dtype=np.uint8)
    allowed[:, 0] = 0
    allowed[4] = [1, 0]
    with pytest.raises(InfeasibleError, match="locked in where no patch of 2 units"):
        solve(replace(problem, allowed=allowed), portfolios=1)


@pytest.mark.parametrize("between", ["treated", "interventions"])
def test_locked_units_are_told_where_no_patch_can_grow(between):
    problem = landscape(3, 0, least=3, options=3, between=between, budget=9)
    allowed = np.zeros((9, 3), dtype=np.uint8)
    allowed[[0, 1, 3], 0] = 1  # the corner and both beside it
    allowed[[1, 3], 1] = 1
    allowed[0, 2] = 1
    allowed[[4, 2, 6], 1:] = 1
    found = check_problem(replace(problem, allowed=allowed))
    errors = [one for one in found if one.severity == "error"]
    assert len(errors) == (between == "interventions")
    assert all(one.what.startswith("3 unit(s)") for one in errors)


def test_patches_need_neighbors():
    with pytest.raises(DataError, match="asks for patches"):
        check_labels(replace(landscape(3, 0), neighbours=None))


def test_the_file_and_the_config_keep_the_size(tmp_path):
    problem = landscape(3, 0, least=3)
    save_problem(tmp_path / "problem.npz", problem)
    assert load_problem(tmp_path / "problem.npz").boundary.least_patch == 3
    content = {
        "name": "test",
        "landscape": {"file": "units.gpkg"},
        "interventions": {"use": ["cover_crop"]},
        "objectives": {"cost": {"minimize": "cost"}},
    }
    assert config_from_mapping(content | {"space": {"patch": 5}}).space.patch == 5
    with pytest.raises(ConfigError):
        config_from_mapping(content | {"space": {"patch": 0}})


@pytest.mark.slow
def test_the_same_bytes_with_two_workers():
    objectives = {"gain": {"maximize": "gain"}, "cost": {"minimize": "cost", "boundary": 0.05}}
    problem = landscape(7, 1, least=4, between="interventions", objectives=objectives)
    one, two = (solve(problem, portfolios=10, workers=workers) for workers in (1, 2))
    assert one.portfolios.tobytes() == two.portfolios.tobytes()
    assert one.bound.tobytes() == two.bound.tobytes()
    assert one.values.tobytes() == two.values.tobytes()
