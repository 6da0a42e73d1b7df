from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from edaphon.errors import DataError
from edaphon.portfolio.importance import (
    exact_replacement,
    importance,
    priced_replacement,
    rarity,
)
from edaphon.portfolio.reasons import NONE, reason_table, reasons_for, sentence
from edaphon.portfolio.worth import answering_weights, worth_near
from edaphon.problem.evaluate import evaluate, total_amount
from edaphon.problem.values import AreaLimit
from run_case import make_front, make_landscape, make_problem


@pytest.fixture(scope="module")
def problem():
    return make_problem(make_landscape(200), budget=60_000.0)


@pytest.fixture(scope="module")
def front(problem):
    return make_front(problem, 12)


def busiest(front):
    """The row of the front that treats most units among those that answer weights."""
    return int(np.argmax(np.where(front.on_front, (front.portfolios > 0).sum(axis=1), -1)))


def test_prices_rank_units_as_solving_again_does(problem, front):
    row = busiest(front)
    plan = front.portfolios[row]
    units = np.flatnonzero(plan > 0)
    exact = exact_replacement(problem, front, row, units)
    priced = priced_replacement(worth_near(problem, front, row), plan, units)
    assert len(units) > 50
    assert spearmanr(exact, priced).statistic >= 0.9
    assert priced.sum() == pytest.approx(exact.sum(), rel=0.1)


def test_a_replacement_cost_is_what_the_best_without_the_unit_lacks():
    """Brute force: two options, six units, every portfolio."""
    problem = make_problem(make_landscape(6), ("baseline", "no_till"), budget=900.0)
    front = make_front(problem, 8)
    row = busiest(front)
    weights = answering_weights(front, row) * [1, 1, 1, -1]
    plans = np.array(np.meshgrid(*[[0, 1]] * 6)).reshape(6, -1).T
    worth, free = [], []
    for plan in plans:
        found = evaluate(problem, plan)
        worth.append(found.values @ weights)
        free.append(found.feasible)
    worth = np.where(free, worth, -np.inf)
    units = np.flatnonzero(front.portfolios[row] > 0)
    exact = exact_replacement(problem, front, row, units)
    for unit, loss in zip(units, exact, strict=True):
        best = worth[plans[:, unit] == 0].max()
        assert loss == pytest.approx(worth.max() - best, abs=1e-9 * abs(worth.max()))


def test_the_chosen_option_is_the_best_at_the_prices(problem, front):
    for row in np.flatnonzero(front.on_front):
        near = worth_near(problem, front, row)
        best = near.net.max(axis=1)
        chosen = near.net[np.arange(200), front.portfolios[row]]
        spread = np.abs(near.net[np.isfinite(near.net)]).max()
        assert (best - chosen <= 1e-6 * spread).mean() > 0.97
        assert near.per_money > 0


def test_several_constraints_get_prices():
    problem = make_problem(make_landscape(80), budget=24_000.0)
    limits = (*problem.constraints, AreaLimit("no_till", 0.0, 40.0))
    tight = replace(problem, constraints=limits)
    front = make_front(tight, 3)
    row = busiest(front)
    near = worth_near(tight, front, row)
    chosen = near.net[np.arange(80), front.portfolios[row]]
    assert (near.net.max(axis=1) - chosen <= 0.02 * near.net.max()).mean() > 0.9


def test_what_cannot_be_done_without_has_no_replacement_cost():
    problem = make_problem(make_landscape(6), ("baseline", "no_till"), budget=1e9)
    most = float(problem.area_ha.sum())
    floor = (AreaLimit("no_till", most - 1.0, np.inf),)
    problem = replace(problem, constraints=floor)
    front = make_front(problem, 3)
    row = int(np.flatnonzero(front.on_front)[0])
    units = np.flatnonzero(front.portfolios[row])
    assert np.isnan(exact_replacement(problem, front, row, units)).all()


def test_importance_names_every_unit(problem, front):
    row = busiest(front)
    table = importance(problem, front, row)
    plan = front.portfolios[row]
    assert len(table) == 200
    assert (table["replacement_cost"][plan == 0] == 0).all()
    assert set(table["replacement_how"]) == {"prices"}
    weights = answering_weights(front, row)
    money = table["replacement_money"].max() * worth_near(problem, front, row).per_money
    near = worth_near(problem, front, row)
    assert money == pytest.approx(priced_replacement(near, plan, np.flatnonzero(plan)).max())
    assert np.isfinite(weights).all()
    few = int(np.flatnonzero(front.on_front & ((front.portfolios > 0).sum(axis=1) <= 60))[0])
    assert set(importance(problem, front, few)["replacement_how"]) == {"exact"}


def test_rarity_is_the_share_of_what_could_be_held(problem):
    found = rarity(problem)
    assert found.mean() == pytest.approx(1.0)
    effects = problem.effects.block(slice(None))
    share = np.maximum(effects, 0).max(axis=1) / total_amount(problem)
    assert found == pytest.approx(share.mean(axis=1) * 200)


def test_reasons_say_gain_price_and_what_else_could_be_done(problem, front):
    row = busiest(front)
    plan = front.portfolios[row]
    found = reasons_for(problem, front, row)
    whole = evaluate(problem, plan)
    assert found.gain[:, :2].sum(axis=0) == pytest.approx(whole.values[:2])
    assert found.spent.sum() == pytest.approx(whole.spent.sum())
    near = worth_near(problem, front, row)
    for k, unit in enumerate(found.units[:40]):
        others = np.delete(near.net[unit], plan[unit])
        assert near.net[unit, found.next_best[k]] == others.max()
        lost = max(near.net[unit, plan[unit]] - others.max(), 0.0)
        assert found.next_money[k] * near.per_money == pytest.approx(lost, abs=1e-15)
    table = reason_table(problem, front, row, found)
    assert list(table["unit_id"]) == list(problem.unit_ids[plan > 0])
    assert set(table["evidence_grade"]) == {"B"}
    assert "% of what the portfolio counts as gain" in table["why"].iloc[0]
    assert "gain_carbon" in table
    assert "gain_cost" not in table


def test_a_locked_unit_says_so_and_has_no_replacement(problem, front):
    row = busiest(front)
    unit = int(np.flatnonzero(front.portfolios[row])[0])
    allowed = problem.allowed.copy()
    allowed[unit] = 1
    allowed[unit, front.portfolios[row, unit]] = 0
    locked = replace(problem, allowed=allowed, reasons=("allowed", "locked"))
    found = reasons_for(locked, front, row)
    assert found.next_best[0] == NONE
    assert np.isnan(found.next_money[0])
    assert sentence(locked, found, 0).startswith("no other option is allowed here")
    near = worth_near(locked, front, row)
    assert np.isnan(priced_replacement(near, front.portfolios[row], np.array([unit])))
    assert np.isnan(exact_replacement(locked, front, row, np.array([unit])))


def test_a_portfolio_without_weights_is_judged_by_those_that_suit_it(problem, front):
    policy = front.names.index("policy")
    weights = answering_weights(front, policy)
    known = front.weights[front.on_front] / front.scales
    assert any(np.array_equal(weights, row) for row in known)
    blind = replace(front, weights=np.full_like(front.weights, np.nan))
    assert np.isnan(answering_weights(blind, policy)).all()
    found = reasons_for(problem, blind, policy)
    assert (found.main == NONE).all()
    assert "nothing is expected" in sentence(problem, found, 0)


@pytest.mark.parametrize("ask", [importance, reasons_for])
@pytest.mark.parametrize("row", [999, -1, "p01"])
def test_a_row_that_the_front_lacks_is_told(problem, front, ask, row):
    with pytest.raises(DataError, match="row: the front has rows 0 to"):
        ask(problem, front, row)


def test_where_nothing_new_is_as_good_for_the_money_it_just_pays(problem, front):
    row = busiest(front)
    found = reasons_for(problem, front, row)
    free = np.zeros(len(found.units))
    near = replace(found, next_best=np.zeros_like(found.next_best), next_cost=free)
    priced = replace(near, next_money=free)
    assert priced.just_pays.all()
    told = sentence(problem, priced, 0)
    assert "at the portfolio's price for money, it just pays" in told
    assert "nearly as well" not in told
    assert not replace(near, next_money=free * np.nan).just_pays.any()
    other = replace(priced, next_best=np.full_like(found.next_best, 1))
    assert "would do nearly as well" in sentence(problem, other, 0)
