from dataclasses import replace

import numpy as np
import pytest

from edaphon.data.landscape import Neighbours
from edaphon.portfolio.compare import compare
from edaphon.portfolio.exchange import exchange_rates, realized_rates
from edaphon.portfolio.groups import group_table, no_regret, usual_choice
from edaphon.portfolio.importance import importance
from edaphon.portfolio.reasons import reasons_for
from edaphon.portfolio.shortlist import tag_front
from edaphon.portfolio.sides import align
from edaphon.portfolio.swaps import find_swaps
from edaphon.problem.evaluate import evaluate
from edaphon.problem.network import Network
from edaphon.problem.values import Problem
from edaphon.solver.front import solve
from run_case import OPTIONS, make_front, make_landscape, make_problem

FEWER = OPTIONS[:4]


@pytest.fixture(scope="module")
def landscape():
    return make_landscape()


def plans(n, options, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, options, (2, n))
    b[n // 2 :] = a[n // 2 :]
    return a.astype(np.uint8), b.astype(np.uint8)


def ranges(problem):
    found = evaluate(problem, np.full(problem.n_units, problem.n_interventions - 1))
    return np.abs(found.values) + 1e-12


@pytest.mark.parametrize("benefit", ["linear", "saturating"])
def test_swaps_sum_to_the_difference(landscape, benefit):
    problem = make_problem(landscape, benefit=benefit)
    for seed in range(5):
        found = compare(problem, *plans(48, 5, seed))
        left = found.swap_change.sum(axis=0) + found.elsewhere - found.difference
        assert (np.abs(left) <= 1e-6 * ranges(problem)).all()
        assert found.swaps_exact.tolist() == [True, True, benefit == "linear", True]
        assert (found.elsewhere == 0).all()


def test_a_swap_of_a_plain_sum_is_what_undoing_it_changes(landscape):
    problem = make_problem(landscape)
    a, b = plans(48, 5, 3)
    found = compare(problem, a, b)
    whole = evaluate(problem, a).values
    for unit, change in zip(found.units, found.swap_change, strict=True):
        undone = a.copy()
        undone[unit] = b[unit]
        assert whole - evaluate(problem, undone).values == pytest.approx(change, abs=1e-9)


def test_swaps_in_the_stated_order_are_what_each_step_changes(landscape):
    problem = make_problem(landscape, benefit="saturating")
    n = problem.n_units
    row = np.arange(n)
    right = row[row % 8 != 7]
    below = row[row < n - 8]
    first = np.concatenate([right, below]).astype(np.int32)
    second = np.concatenate([right + 1, below + 8]).astype(np.int32)
    length = np.linspace(50, 150, len(first))
    objectives = tuple(
        replace(o, boundary=0.01) if o.name in ("carbon", "cost") else o for o in problem.objectives
    )
    problem = replace(problem, neighbours=Neighbours(first, second, length), objectives=objectives)
    a, b = plans(n, 5, 4)
    found = compare(problem, a, b)
    now, value = b.copy(), evaluate(problem, b).values
    for unit, change in zip(found.units, found.swap_change, strict=True):
        now[unit] = a[unit]
        then = evaluate(problem, now).values
        assert then - value == pytest.approx(change, abs=1e-9)
        value = then
    assert found.swap_change.sum(axis=0) == pytest.approx(found.difference)
    assert not found.swaps_exact[0]


def test_two_runs_with_one_intervention_more_are_on_one_footing(landscape):
    many, few = make_problem(landscape), make_problem(landscape, FEWER, budget=9_000.0)
    a, b = plans(48, 5, 5)[0], plans(48, 4, 6)[1]
    found = compare(many, a, b, other=few)
    # the plan of the smaller run, in the words of the larger
    same = compare(many, a, np.array([OPTIONS.index(FEWER[k]) for k in b]))
    assert found.difference == pytest.approx(same.difference)
    assert found.lower == pytest.approx(same.lower)
    assert found.probability_a_better == pytest.approx(same.probability_a_better)
    assert found.swap_change == pytest.approx(same.swap_change)
    assert found.unit_ids == same.unit_ids
    assert found.interventions == OPTIONS
    assert found.b_area_ha == pytest.approx(same.b_area_ha)
    assert found.b_spent == pytest.approx(same.b_spent)
    assert any("largest gains" in finding.what for finding in found.findings)


def test_units_that_one_run_lacks_count_as_left(landscape):
    problem = make_problem(landscape)
    rest = np.arange(40)
    effects = problem.effects
    part = replace(
        problem,
        unit_ids=problem.unit_ids[rest],
        area_ha=problem.area_ha[rest],
        cost=problem.cost[rest],
        allowed=problem.allowed[rest],
        region=problem.region[rest],
        effects=replace(
            effects,
            stock=effects.stock[rest],
            stock_sd=effects.stock_sd[rest],
            stratum=effects.stratum[rest],
            state_applicable=effects.state_applicable[rest],
        ),
    )
    a, b = plans(48, 5, 7)
    cut = a.copy()
    cut[40:] = 0
    found = compare(problem, b, a[:40], other=part)
    whole = compare(problem, b, cut)
    assert found.difference == pytest.approx(whole.difference)
    assert found.lower == pytest.approx(whole.lower)
    assert found.swap_change.sum(axis=0) == pytest.approx(found.difference)
    assert "8 unit(s) are in the first run only" in str(found.findings[0])
    back = compare(part, a[:40], b, other=problem)
    assert back.difference == pytest.approx(-found.difference)
    assert set(back.unit_ids) == set(found.unit_ids)


def test_other_figures_of_the_same_choice_stand_elsewhere(landscape):
    one, two = make_problem(landscape), make_problem(landscape, seed=9)
    a, _ = plans(48, 5, 8)
    found = compare(one, a, a, other=two)
    assert len(found.units) == 0
    assert found.elsewhere == pytest.approx(found.difference)
    assert np.abs(found.difference).max() > 0


def test_analysts_arrays_can_be_compared_across_problems():
    rng = np.random.default_rng(3)
    effects = rng.uniform(0, 5, (20, 3, 2))
    effects[:, 0] = 0
    cost = np.tile([0.0, 3.0, 7.0], (20, 1))
    names = {"interventions": ("trees", "compost"), "features": ("worms", "yield")}
    one = Problem.from_arrays(effects, cost, constraints={"budget": 60.0}, **names)
    two = Problem.from_arrays(
        effects[:, :2], cost[:, :2], interventions=("trees",), features=("worms", "yield")
    )
    a, b = rng.integers(0, 3, 20), rng.integers(0, 2, 20)
    found = compare(one, a, b, other=two)
    assert found.difference == pytest.approx(compare(one, a, b).difference)
    assert found.swap_change.sum(axis=0) == pytest.approx(found.difference)
    front = tag_front(solve(one, portfolios=6))
    row = int(np.flatnonzero(front.on_front)[0])
    reasons = reasons_for(one, front, row)
    assert (reasons.grade == 0).all()
    assert len(importance(one, front, row)) == 20


def test_runs_that_have_nothing_in_common_are_refused(landscape):
    from edaphon.errors import DataError

    one = make_problem(landscape)
    other = make_problem(make_landscape(names=[f"x{i}" for i in range(48)]))
    with pytest.raises(DataError, match="no planning unit in common"):
        compare(one, np.zeros(48, int), np.zeros(48, int), other=other)
    strange = replace(one, objectives=(replace(one.objectives[0], features=("worms",)),))
    found = compare(one, np.zeros(48, int), np.zeros(48, int), other=strange)
    assert "defined otherwise" in str(found.findings[0])


def test_a_practice_shares_its_deviation_across_runs(landscape):
    """Draws: one deviation of each practice for both runs, one of each unit and practice."""
    many, few = make_problem(landscape), make_problem(landscape, FEWER)
    a = np.where(np.arange(48) % 3 == 0, 1, 0)
    b = np.where(np.arange(48) % 2 == 0, 1, 2)
    found = compare(many, a, b, other=few)
    rng = np.random.default_rng(0)
    draws = 40_000
    held = np.zeros((2, draws, 2))
    z = rng.standard_normal((draws, 3, 2))
    for side, (problem, plan) in enumerate(((many, a), (few, b))):
        load, _ = problem.effects.total_spread(plan)
        for f in range(2):
            held[side, :, f] = problem.effects.chosen(plan)[:, f].sum()
            held[side, :, f] += z[:, : len(load), f] @ load[:, f]
    _, local = many.effects.block_sd(slice(None))
    for i in range(48):
        own = rng.standard_normal((draws, 5, 2)) * local[i]
        held[0] += own[:, a[i]]
        held[1] += own[:, b[i]]
    drawn = held[0] - held[1]
    assert found.probability_a_better[:2] == pytest.approx((drawn > 0).mean(axis=0), abs=0.02)
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    assert (found.upper - found.lower)[:2] == pytest.approx(high - low, rel=0.03)


def test_exchange_rates_are_what_a_step_along_the_front_costs(landscape):
    problem = make_problem(landscape, budget=1e9)
    problem = replace(problem, objectives=(problem.objectives[0], problem.objectives[3]))
    front = make_front(problem, 60)
    rows = np.flatnonzero(front.on_front)
    for row in rows[5:-5]:
        rates = exchange_rates(front, row)
        if not np.isfinite(rates[0, 1]):
            continue
        # nobody can buy carbon cheaper from here than the supporting rate says
        gained = front.values[rows, 0] - front.values[row, 0]
        paid = front.values[rows, 1] - front.values[row, 1]
        slack = front.optimality_gap[row] * np.abs(front.bound[row]) * 10 + 1e-6
        assert (paid >= rates[0, 1] * gained - max(slack, 1e-3 * np.abs(paid).max())).all()
        assert rates[1, 0] == pytest.approx(1 / rates[0, 1])
    assert np.isnan(exchange_rates(front, 0)).all()


def test_realized_rates_say_who_is_better_at_what_price():
    rates = realized_rates(np.array([10.0, -4.0, 500.0]), np.array([1.0, 1.0, -1.0]))
    assert rates[0, 2] == 50.0
    assert rates[0, 1] == 0.4
    assert np.isnan(rates[1, 2])
    assert np.isnan(rates[0, 0])


def test_groups_add_up(landscape):
    problem = make_problem(landscape)
    a, _ = plans(48, 5, 9)
    table = group_table(problem, a, landscape.farm)
    found = evaluate(problem, a)
    assert table["group"].tolist() == [f"farm {i}" for i in range(6)]
    assert table["spent_cost"].sum() == pytest.approx(found.spent[0])
    assert table["treated_ha"].sum() == pytest.approx(found.treated_area_ha)
    assert table["gain_soc_stock"].sum() == pytest.approx(found.held[0])
    assert table[["share_of_area", "share_of_spending"]].sum().to_numpy() == pytest.approx(1.0)
    nothing = group_table(problem, np.zeros(48, int), landscape.region)
    assert nothing["share_of_spending"].isna().all()


def test_no_regret_units_are_those_on_which_nearly_all_agree(landscape):
    problem = make_problem(landscape)
    front = make_front(problem, 30)
    rows = np.flatnonzero(front.on_front)
    agreed, option = no_regret(front, rows, 0.9)
    for i in range(48):
        counts = np.bincount(front.portfolios[rows, i], minlength=5)
        assert option[i] == counts.argmax()
        assert agreed[i] == (counts.max() / len(rows) >= 0.9)
    _, share = usual_choice(front, [])
    assert np.isnan(share).all()


def test_swaps_do_not_depend_on_who_is_first(landscape):
    problem = make_problem(landscape)
    a, b = plans(48, 5, 10)
    pair = align(problem, problem)
    one, other = find_swaps(pair, a, b), find_swaps(pair, b, a)
    assert one.change == pytest.approx(-other.change)
    assert one.a_options == other.b_options


def test_connectivity_is_told_of_the_whole_and_not_of_single_units():
    ways = Network("pc", np.array([0, 1]), np.array([1, 2]), np.array([1.0, 0.5]))
    effects = np.zeros((3, 2, 1))
    effects[:, 1] = 1.0
    problem = Problem.from_arrays(
        effects,
        np.ones((3, 2)) * [0.0, 1.0],
        None,
        {"linked": {"maximize": "connectivity"}, "life": {"maximize": "worms"}},
        features=["worms"],
        network=ways,
    )
    plans = np.array([1, 1, 1]), np.array([0, 1, 0])
    found = find_swaps(align(problem, problem), *plans)
    gap = evaluate(problem, plans[0]).values - evaluate(problem, plans[1]).values
    assert found.exact.tolist() == [False, True]
    assert found.elsewhere[0] == pytest.approx(gap[0])
    assert found.change.sum(axis=0) + found.elsewhere == pytest.approx(gap)
