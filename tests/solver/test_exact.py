import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solve_case import every_feasible, lp_optimum, random_problem, ruled_problem, senses

from edaphon.errors import InfeasibleError
from edaphon.problem.evaluate import evaluate, formulate, objective_gains
from edaphon.problem.values import Problem
from edaphon.solver import exact as exact_module
from edaphon.solver.exact import maximize_linked
from edaphon.solver.front import solve
from edaphon.solver.highs import Found
from edaphon.solver.linked import link, price_bound
from edaphon.solver.table import make_table, single_row

RULES = {"targets": {"worms": 0.3}, "keep": {"yield": {"min": -0.5, "by": "region"}}}


def linked(problem, strict=False):
    formulation = formulate(problem)
    assert single_row(problem, formulation) is None
    return link(make_table(problem, formulation), formulation, 20.0, strict)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), n_units=st.integers(5, 40))
def test_bound_agrees_with_highs_and_never_falls_below(seed, n_units):
    problem = random_problem(n_units, seed=seed, budget=0.5, constraints=RULES)
    weights = np.array([0.5, 0.2, 0.02])
    value = np.nan_to_num(objective_gains(problem)) @ weights
    rows = [
        (side * row.coefficients, side * limit)
        for row in formulate(problem).rows
        for side, limit in ((1.0, row.high), (-1.0, row.low))
        if np.isfinite(limit)
    ]
    optimum = lp_optimum(value, problem.allowed == 0, rows)
    made = linked(problem)
    answer = maximize_linked(made, weights)
    if optimum is None:
        assert answer is None
        return
    assert answer is None or answer.bound <= optimum + 1e-6 * max(1.0, abs(optimum))
    prices = np.random.default_rng(seed).random(len(made.limits))
    assert price_bound(made, weights, prices) >= optimum - 1e-9 * max(1.0, abs(optimum))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("strict", [False, True])
def test_small_problems_against_all_portfolios(seed, strict):
    problem = random_problem(7, 3, seed=seed, budget=0.6, constraints=RULES)
    weights = np.array([0.5, 0.2, 0.02])
    answer = maximize_linked(linked(problem, strict), weights)
    everything = every_feasible(problem)
    if not len(everything):
        assert answer is None
        return
    best = (everything @ weights).max()
    worth = evaluate(problem, answer.allocation)
    assert worth.feasible
    assert answer.bound >= best - 1e-9
    assert worth.values * senses(problem) @ weights == pytest.approx(best, abs=1e-6)


def test_front_under_targets_and_limits(capfd):
    rules = {**RULES, "area": {"option 1": {"max": 10}}}
    problem = random_problem(40, constraints=rules)
    front = solve(problem, portfolios=15)
    assert front.feasible[front.on_front].all()
    assert not front.feasible[0]  # doing nothing misses the target, and the front says so
    gaps = front.certified_gap[front.on_front]
    assert np.median(gaps) < 0.02
    assert capfd.readouterr().out == ""


def test_saturating_objective_under_several_constraints():
    problem = random_problem(30, saturating=True, constraints=RULES)
    front = solve(problem, portfolios=6, generations=3)
    assert front.feasible[front.on_front].all()
    assert np.nanmax(front.optimality_gap) < 0.05


def test_conflict_is_named():
    problem = random_problem(30, budget=0.02, constraints={"targets": {"worms": 0.9}})
    with pytest.raises(InfeasibleError) as caught:
        solve(problem)
    text = str(caught.value)
    assert "cannot hold together" in text
    assert "target of worms" in text
    assert "budget of cost" in text


def marxan_problem(folder, share):
    """The minimum set: cost under the targets, locks honoured."""
    units = pd.read_csv(folder / "pu.dat", sep=None, engine="python")
    species = pd.read_csv(folder / "spec.dat", sep=None, engine="python")
    amounts = pd.read_csv(folder / "puvspr.dat", sep=None, engine="python")
    row = {unit: k for k, unit in enumerate(units.id)}
    column = {one: k for k, one in enumerate(species.id)}
    effects = np.zeros((len(units), 2, len(species)))
    effects[amounts.pu.map(row), 1, amounts.species.map(column)] = amounts.amount
    cost = np.zeros((len(units), 2))
    cost[:, 1] = units.cost
    codes = np.zeros((len(units), 2), dtype=np.uint8)
    codes[units.status == 2, 0] = 1
    codes[units.status == 3, 1] = 2
    names = [str(name) for name in species.name]
    return Problem.from_arrays(
        effects,
        cost,
        codes,
        {"cost": {"minimize": "cost"}},
        {"targets": dict.fromkeys(names, share)},
        features=names,
        unit_ids=units.id.astype(str).tolist(),
        reasons=("allowed", "locked in", "locked out"),
        total_counts_forbidden=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("share", "best"), [(0.3, 95_722_060.31), (0.17, 88_440_963.09)])
def test_marxan_minimum_set(real_data, share, best):
    problem = marxan_problem(real_data / "marxan_example" / "input", share)
    front = solve(problem)
    assert front.values[1, 0] == pytest.approx(best, abs=0.01)
    assert front.certified_by[1] == "milp"
    assert front.bound[1] <= front.values[1, 0]
    assert front.optimality_gap[1] < 1e-9


def narrow_problem(n_units=300):
    """An area that only a lucky choice of whole units meets."""
    rng = np.random.default_rng(0)
    effects = rng.gamma(2.0, 1.0, (n_units, 2, 1))
    effects[:, 0] = 0.0
    return Problem.from_arrays(
        effects,
        np.ones((n_units, 2)) * [0.0, 1.0],
        constraints={"area": {"option 1": {"min": 50.0, "max": 50.0 + 1e-9}}},
        area_ha=rng.uniform(1.0, 2.0, n_units),
    )


def test_a_time_out_is_told_and_not_taken_for_a_conflict():
    with pytest.raises(InfeasibleError, match="none is proven impossible"):
        solve(narrow_problem(), time_limit=1e-6)


def test_a_stopped_search_is_told_with_the_front(monkeypatch):
    whole = exact_module.solve_core

    def stopping(*args):
        return replace(whole(*args), stopped=True)

    monkeypatch.setattr(exact_module, "solve_core", stopping)
    front = solve(random_problem(12, constraints=RULES, budget=0.6), portfolios=9)
    (finding,) = front.findings
    assert finding.where == "solve.time_limit"
    assert finding.severity == "warning"
    assert re.search(r"ended (\d+) of \1 searches", finding.what)


def test_weights_without_a_portfolio_are_left_out(monkeypatch):
    whole = exact_module.solve_core
    calls = []

    def failing(*args):
        calls.append(None)
        return Found(stopped=True) if 3 < len(calls) < 8 else whole(*args)

    monkeypatch.setattr(exact_module, "solve_core", failing)
    monkeypatch.setattr(exact_module, "repair", lambda *args: None)
    monkeypatch.setattr(exact_module, "swing", lambda *args: None)
    problem = random_problem(12, constraints=RULES, budget=0.6)
    front = solve(problem, portfolios=9)
    assert front.feasible[front.on_front].all()
    assert "found no feasible portfolio" in front.findings[0].what


def test_whole_units_that_cannot_meet_a_limit_are_a_conflict():
    effects = np.zeros((4, 2, 1))
    effects[:, 1] = 1.0
    problem = Problem.from_arrays(
        effects,
        np.ones((4, 2)) * [0.0, 1.0],
        constraints={"area": {"option 1": {"min": 2.2, "max": 2.8}}},
    )
    with pytest.raises(InfeasibleError, match=r"whole units.*area of option 1"):
        solve(problem)


def test_limits_of_zero_are_kept():
    rng = np.random.default_rng(3)
    effects = rng.normal(size=(60, 4, 2))
    effects[:, 0] = 0.0
    cost = rng.gamma(2.0, 10.0, (60, 4)) * [0.0, 1.0, 1.0, 1.0]
    rules = {"keep": {"feature 2": 0.0}, "budget": 300.0}
    problem = Problem.from_arrays(effects, cost, None, None, rules, stock=np.ones((60, 2)))
    front = solve(problem, portfolios=15)
    assert front.feasible[front.on_front].all()
    for plan in front.portfolios[front.on_front]:
        assert evaluate(problem, plan).held[1] >= -1e-9


def test_other_starts_close_gaps_that_stay_wide(monkeypatch):
    gaps = []
    for narrow in (np.inf, 0.0):
        monkeypatch.setattr(exact_module, "NARROW", narrow)
        of_seeds = []
        for seed in range(2):
            problem = ruled_problem(900, seed)
            made = linked(problem)
            weights = np.ones(len(made.table.columns))
            answer = maximize_linked(made, weights)
            assert evaluate(problem, answer.allocation).feasible
            of_seeds.append(answer.bound - weights @ answer.totals)
        gaps.append(of_seeds)
    assert (np.array(gaps[1]) <= np.array(gaps[0])).all()
    assert sum(gaps[1]) < sum(gaps[0])
