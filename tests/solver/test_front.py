import re
from dataclasses import fields, replace

import numpy as np
import pytest
from solve_case import every_feasible, random_problem, senses

from edaphon.errors import DataError, InfeasibleError
from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.values import Problem
from edaphon.solver import engine as front_module
from edaphon.solver.dominance import nondominated
from edaphon.solver.front import solve


def promises(problem, front):
    """What every front promises, whatever the problem."""
    shared = formulate(problem)
    rows = np.flatnonzero(front.on_front)
    assert len(rows)
    for k in range(len(front.names)):
        worth = evaluate(problem, front.portfolios[k], formulation=shared)
        assert (worth.values == front.values[k]).all()
        assert worth.feasible == front.feasible[k]
    assert front.feasible[rows].all()
    points = front.values[rows] * senses(problem)
    assert len(nondominated(points)) == len(rows)
    assert len(np.unique(front.portfolios[rows], axis=0)) == len(rows)
    assert front.names[0] == "baseline"
    assert front.ideal * senses(problem) == pytest.approx(points.max(axis=0))
    assert front.nadir * senses(problem) == pytest.approx(points.min(axis=0))
    return points


@pytest.mark.parametrize("saturating", [False, True])
@pytest.mark.parametrize("budget", [0.3, None])
def test_promises_and_certificates(saturating, budget):
    problem = random_problem(60, saturating=saturating, budget=budget)
    front = solve(problem, portfolios=28, generations=5)
    promises(problem, front)
    gaps = front.certified_gap[front.on_front]
    assert (gaps >= 0).all()
    assert np.median(gaps) < 1e-3
    assert 0.5 < front.sandwich_ratio <= 1.0
    assert 0.0 < front.hypervolume <= 1.0


@pytest.mark.parametrize("saturating", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_no_portfolio_beats_a_certificate(seed, saturating):
    problem = random_problem(7, 3, seed=seed, saturating=saturating, budget=0.4)
    front = solve(problem, portfolios=15, generations=3)
    points = promises(problem, front)
    everything = every_feasible(problem)
    span = (front.ideal - front.nadir) * senses(problem)
    for k, row in enumerate(np.flatnonzero(front.on_front)):
        together = (everything - points[k])[:, span > 0] / span[span > 0]
        assert together.min(axis=1).max() <= front.certified_gap[row] + 1e-9
        if np.isfinite(front.bound[row]):
            scaled = front.weights[row] / front.scales
            assert (everything @ scaled).max() <= front.bound[row] + 1e-12
            reached = points[k] @ scaled
            assert front.bound[row] - reached >= -1e-12


def test_linear_small_problems_reach_every_weighted_optimum():
    problem = random_problem(7, 3, seed=11, budget=0.4)
    front = solve(problem, portfolios=15)
    assert np.nanmax(front.optimality_gap) < 1e-9
    assert set(front.certified_by[1:]) == {"dp"}


def same_front(one, two):
    for field in fields(one):
        left, right = getattr(one, field.name), getattr(two, field.name)
        if isinstance(left, np.ndarray):
            assert left.tobytes() == right.tobytes(), field.name
        else:
            assert left == right or (left != left and right != right), field.name


@pytest.mark.parametrize("saturating", [False, True])
def test_same_bytes_whatever_the_workers(monkeypatch, saturating):
    monkeypatch.setattr(front_module, "WORTH_A_PROCESS", 0)
    problem = random_problem(5000, 5, saturating=saturating)
    one = solve(problem, portfolios=9, weights=15, generations=2, workers=1)
    two = solve(problem, portfolios=9, weights=15, generations=2, workers=2)
    same_front(one, two)


def test_more_weights_prove_more_of_fewer_portfolios():
    problem = random_problem(400)
    few, many = (solve(problem, portfolios=count, weights=count) for count in (12, 48))
    told = []
    chosen = solve(problem, portfolios=12, weights=48, progress=lambda *step: told.append(step[1:]))
    promises(problem, chosen)
    assert told[-1] == (48, 48)
    assert few.on_front.sum() <= chosen.on_front.sum() == 12
    assert few.sandwich_ratio < chosen.sandwich_ratio < many.sandwich_ratio
    assert chosen.ideal.tolist() == many.ideal.tolist()
    assert {row.tobytes() for row in chosen.portfolios} <= {
        row.tobytes() for row in many.portfolios
    }


def test_fewer_weights_than_portfolios_are_refused():
    with pytest.raises(DataError, match="5 weights are too few for 9 portfolios"):
        solve(random_problem(20), portfolios=9, weights=5)


def test_weights_of_one_objective_alone_are_asked_besides():
    problem = random_problem(400)
    front = solve(problem, portfolios=15)
    assert front.on_front.sum() == 15
    same_front(solve(problem, portfolios=15, weights=18), front)


def test_the_evolutionary_search_fills_up_what_was_chosen():
    problem = random_problem(40, saturating=True)
    front = solve(problem, portfolios=9, weights=40, generations=5)
    promises(problem, front)
    assert 9 <= front.on_front.sum() <= 12


def test_nothing_is_said_of_rows_that_answer_no_weights():
    front = solve(random_problem(30), portfolios=6, policy=np.zeros(30, dtype=int))
    assert np.isnan(front.optimality_gap[:2]).all()
    assert np.isnan(front.bound[:2]).all()
    assert front.certified_by[:2] == ("none", "none")


def test_a_budget_of_zero_is_solved_to_a_gap_of_zero():
    front = solve(random_problem(20, budget=0.0), portfolios=6)
    assert front.optimality_gap[front.on_front].tolist() == [0.0]


def test_locked_pairs_that_cost_just_the_budget_are_feasible():
    # the sum of the locked costs depends on the order of summation in its last digits
    for seed in range(20):
        rng = np.random.default_rng(seed)
        cost = rng.gamma(2.0, 10.0, (50, 3))
        allowed = np.tile([False, True, False], (50, 1))
        for budget in (cost[:, 1].sum(), cost[::-1, 1].sum(), sum(cost[:, 1].tolist())):
            effects = np.ones((50, 3, 1)) * [[0.0], [1.0], [2.0]]
            problem = Problem.from_arrays(effects, cost, allowed, None, {"budget": float(budget)})
            front = solve(problem, portfolios=3)
            assert front.feasible[front.on_front].all()


def test_figures_of_the_front_do_not_depend_on_units():
    problem = random_problem(40)
    scaled = Problem.from_arrays(
        problem.effects.mean * [1e6, 1e-3, 1e6],
        problem.cost * 7.0,
        problem.allowed,
        problem.objectives,
        {"budget": 7.0 * problem.constraints[0].limit},
        features=["worms", "yield", "fungi"],
    )
    one, two = solve(problem, portfolios=28), solve(scaled, portfolios=28)
    assert two.hypervolume == pytest.approx(one.hypervolume, rel=1e-12)
    assert two.sandwich_ratio == pytest.approx(one.sandwich_ratio, rel=1e-12)
    assert two.certified_gap == pytest.approx(one.certified_gap, abs=1e-12, nan_ok=True)


def test_progress_is_told():
    told = []
    front = solve(random_problem(20), portfolios=15, progress=lambda *step: told.append(step))
    assert told[0] == ("solve", 0, 18)
    assert told[1:7] == [("solve", alone, 18) for alone in range(1, 7)]
    stages, asked, totals = zip(*told[7:], strict=True)
    assert (asked[-1], totals[-1]) == (18, 18)
    gaps = [float(re.fullmatch(r"solve \(sandwich gap (.+)%\)", stage)[1]) for stage in stages]
    assert gaps[0] > gaps[-1] > 0.0
    # bounds between the answers are proven afterward
    assert 0.0 < gaps[-1] - 100.0 * (1.0 - front.sandwich_ratio) < 2.0


def test_progress_is_told_for_one_objective():
    told, problem = [], random_problem(20)
    one = replace(problem, objectives=problem.objectives[:1])
    solve(one, progress=lambda *step: told.append(step))
    assert told[0] == ("solve", 0, 1)
    assert told[-1][1:] == (1, 1)
    assert re.fullmatch(r"solve \(optimality gap 0\.\d\d%\)", told[-1][0])


def test_progress_ends_where_no_weights_are_left():
    told = []
    solve(random_problem(4), portfolios=2000, progress=lambda *step: told.append(step[1:]))
    assert told[-1][0] == told[-1][1] < 2000


def test_no_more_weights_are_asked_than_told():
    few, more = (solve(random_problem(40), portfolios=count) for count in (1, 8))
    assert few.on_front.sum() < more.on_front.sum()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"portfolios": "3"}, "portfolios: must be a whole number, 1 or more, not '3'."),
        ({"portfolios": 2.5}, "portfolios: must be a whole number, 1 or more, not 2.5."),
        ({"weights": 0}, "weights: must be a whole number, 1 or more, not 0."),
        ({"workers": 0}, "workers: must be a whole number, 1 or more, not 0."),
        ({"generations": -1}, "generations: must be a whole number, 0 or more, not -1."),
        ({"search_time": "1 h"}, "search_time: must be a number of seconds, 0 or more, not '1 h'."),
        ({"time_limit": np.nan}, "time_limit: must be a number of seconds, 0 or more, not nan."),
    ],
)
def test_numbers_that_are_none_are_told(given, told):
    with pytest.raises(DataError) as caught:
        solve(random_problem(10), **given)
    assert str(caught.value) == told


def test_one_objective_gives_one_portfolio():
    problem = random_problem(40, cost_objective=False)
    single = Problem.from_arrays(
        problem.effects,
        problem.cost,
        problem.allowed,
        {"yield": {"maximize": "feature 2"}},
        {"budget": problem.constraints[0].limit},
    )
    front = solve(single)
    assert front.names == ("baseline", "p01")
    assert np.isnan(front.certified_gap).all()
    assert front.optimality_gap[1] < 1e-9
    assert front.bound[1] == pytest.approx(front.values[1, 0])


def test_policy_is_shown_feasible_or_not():
    problem = random_problem(30, budget=0.2)
    dear = problem.allowed.shape[1] - 1 - (problem.allowed == 0)[:, ::-1].argmax(axis=1)
    front = solve(problem, portfolios=6, policy=dear)
    assert front.kinds[:2] == ("baseline", "policy")
    assert not front.feasible[1]
    assert np.isnan(front.certified_gap[1])
    promises(problem, front)
    with pytest.raises(DataError, match="policy"):
        solve(problem, policy=dear[:-1])


def test_locked_in_pairs_stand_in_the_baseline_row():
    problem = random_problem(12)
    allowed = problem.allowed == 0
    allowed[3] = [False, False, True, False]
    locked = Problem.from_arrays(problem.effects, problem.cost, allowed)
    front = solve(locked, portfolios=6)
    assert (front.portfolios[:, 3] == 2).all()
    assert front.feasible[0]


@pytest.mark.parametrize("saturating", [False, True])
def test_edges(saturating):
    promises(*_solved(random_problem(1, saturating=saturating, budget=1.0)))
    promises(*_solved(random_problem(20, saturating=saturating, budget=0.0)))


def _solved(problem):
    return problem, solve(problem, portfolios=6, generations=2)


def test_objective_without_range_and_everything_locked():
    effects = np.zeros((5, 2, 2))
    effects[:, 1, 0] = 1.0
    cost = np.tile([0.0, 2.0], (5, 1))
    flat = Problem.from_arrays(effects, cost)
    front = solve(flat, portfolios=15)
    promises(flat, front)
    assert front.scales[1] == 1.0
    allowed = np.tile([True, False], (5, 1))
    locked = Problem.from_arrays(effects, cost, allowed)
    front = solve(locked, portfolios=15)
    assert front.on_front.sum() == 1
    assert (front.portfolios == 0).all()
    assert np.isnan(front.certified_gap).all()


def test_intervention_forbidden_everywhere():
    problem = random_problem(20)
    allowed = problem.allowed == 0
    allowed[:, 2] = False
    some = Problem.from_arrays(problem.effects, problem.cost, allowed)
    front = solve(some, portfolios=10)
    assert not (front.portfolios == 2).any()


def test_infeasible_problem_names_the_conflict():
    problem = random_problem(20)
    locked = Problem.from_arrays(
        problem.effects, problem.cost + 1.0, problem.allowed, None, {"budget": 10.0}
    )
    with pytest.raises(InfeasibleError, match="budget of cost"):
        solve(locked)


def test_ten_thousand_units_are_certified():
    problem = random_problem(10_000, 6, seed=2)
    front = solve(problem, portfolios=28)
    gaps = front.certified_gap[front.on_front]
    assert np.median(gaps) <= 1e-5
    assert gaps.max() <= 1e-4


def stop_after(count):
    """Progress that interrupts the search once so many weights are asked."""

    def tell(_stage, done, _total):
        if done >= count:
            raise KeyboardInterrupt

    return tell


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_an_interrupt_keeps_the_front_found_so_far(workers):
    problem = random_problem(200)
    front = solve(problem, portfolios=91, progress=stop_after(20), workers=workers)
    assert front.interrupted
    (finding,) = front.findings
    assert "interrupted with" in finding.what
    assert "of 94 weights asked" in finding.what
    shown = front.on_front
    assert 10 < shown.sum() < 40
    assert front.feasible[shown].all()
    assert np.isfinite(front.certified_gap[shown]).all()
    assert np.isfinite(front.sandwich_ratio)


@pytest.mark.parametrize("count", range(1, 7))
def test_an_interrupt_among_the_optima_of_single_objectives_keeps_them(count):
    front = solve(random_problem(100), portfolios=30, progress=stop_after(count))
    assert front.interrupted
    assert f"with {count} of 33 weights asked" in front.findings[0].what
    shown = front.on_front
    assert min(count, 3) <= shown.sum() <= count
    assert front.feasible[shown].all()
    assert (front.optimality_gap[shown] < 1e-3).all()


def test_an_interrupt_before_the_first_portfolio_is_passed_on():
    with pytest.raises(KeyboardInterrupt):
        solve(random_problem(100), portfolios=30, progress=stop_after(0))


def test_the_end_of_the_time_waits_for_one_portfolio_alone():
    front = solve(random_problem(100), portfolios=30, search_time=0.0)
    (finding,) = front.findings
    assert finding.where == "solve.search_time"
    assert finding.severity == "warning"
    assert "with 1 of 33 weights asked" in finding.what
    assert front.on_front.sum() == 1
    assert front.feasible[front.on_front].all()


def test_an_interrupt_within_a_round_keeps_the_answers_before_it(monkeypatch):
    asked = []

    def answer(engine, weights):
        asked.append(weights)
        if len(asked) == 12:
            raise KeyboardInterrupt
        return answer_as_ever(engine, weights)

    answer_as_ever = front_module._answer
    monkeypatch.setattr(front_module, "_answer", answer)
    front = solve(random_problem(100), portfolios=30)
    assert front.interrupted
    assert f"with {len(asked) - 1} of 33" in front.findings[0].what
    values = front.values[front.on_front]
    assert len(values) > 4


def test_an_interrupt_of_the_refinement_keeps_the_certified_front(monkeypatch):
    def stop(*_args, **_keys):
        raise KeyboardInterrupt

    problem = random_problem(60, saturating=True)
    plain = solve(problem, portfolios=12, generations=0)
    monkeypatch.setattr("edaphon.solver.pymoo_adapter.refine", stop)
    front = solve(problem, portfolios=12, generations=5)
    assert front.interrupted
    assert (front.portfolios == plain.portfolios).all()


@pytest.mark.slow
def test_a_search_that_ends_early_ends_with_several_workers_too():
    """No weights are left to ask: nothing is sent to the processes."""
    rules = {"area": {"option 1": {"max": 3.0}}}
    problem = random_problem(6, constraints=rules, cost_objective=False)
    one, two = (solve(problem, portfolios=60, workers=count) for count in (1, 2))
    assert one.portfolios.tobytes() == two.portfolios.tobytes()
