from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from test_compare import make_problem

from edaphon.effects.values import DenseEffects
from edaphon.portfolio.policy import (
    COMBINED,
    LAND,
    SOIL,
    WHOLE,
    indicator_table,
    one_out_all_out,
    region_table,
    relative_change,
    trend,
)
from edaphon.problem.evaluate import evaluate
from edaphon.problem.values import Feature
from edaphon.solver.front import solve

OUTCOMES = {"soc_stock": "soc", "wheat": "yield", "loss": "erosion"}


@pytest.fixture(scope="module")
def solved():
    problem = make_problem()
    return problem, solve(problem, portfolios=6, seed=1)


def known_case():
    """Four units of 1, 2, 3 and 4 ha whose changes are given: carbon, yield, soil loss."""
    problem = make_problem(4)
    area = np.array([1.0, 2.0, 3.0, 4.0])
    stock = area[:, None] * [50.0, 6.0, 12.0]
    share = np.array([[0.2, 0.0, 0.0], [0.2, -0.1, -0.5], [-0.05, 0.0, 0.0], [-0.1, 0.3, -0.9]])
    mean = np.zeros((4, 4, 3))
    mean[:, 1] = share * stock
    return replace(
        problem,
        area_ha=area,
        effects=DenseEffects(mean, stock),
        features=(Feature("soc_stock", "t"), Feature("wheat", "t"), Feature("loss", "t/yr")),
    )


class OneFront:
    """As much of a front as the tables read."""

    def __init__(self, plan):
        self.portfolios, self.names = np.array([plan], np.uint8), ("p01",)


def areas(table, indicator, part):
    chosen = table[(table["indicator"] == indicator) & (table["part"] == part)]
    return dict(zip(chosen["class"], chosen["area_ha"], strict=True))


def test_one_out_all_out_on_known_units():
    problem = known_case()
    table = indicator_table(problem, OneFront([1, 1, 1, 1]), [0], OUTCOMES)
    found = areas(table, LAND, "carbon stock")
    assert found == {"degraded": 4.0, "stable": 3.0, "improved": 3.0}
    found = areas(table, LAND, "land productivity")
    assert found == {"degraded": 2.0, "stable": 4.0, "improved": 4.0}
    found = areas(table, LAND, COMBINED)
    assert found == {"degraded": 6.0, "stable": 3.0, "improved": 1.0}
    assert table["share_of_area"].groupby(table["part"]).sum().to_numpy() == pytest.approx(1.0)


def test_doing_nothing_new_degrades_nothing():
    table = indicator_table(known_case(), OneFront([0, 0, 0, 0]), [0], OUTCOMES)
    assert areas(table, LAND, COMBINED) == {"degraded": 0.0, "stable": 10.0, "improved": 0.0}


def test_farms_by_the_share_of_their_land_under_a_threat():
    problem = known_case()
    farms = ["a", "a", "b", ""]
    part = "erosion, fertility"
    nothing = indicator_table(problem, OneFront([0] * 4), [0], OUTCOMES, farms)
    # soil loss is 12 t/ha a year everywhere
    assert areas(nothing, SOIL, part) == {"desirable": 0, "acceptable": 0, "unsustainable": 6}
    # unit 2 falls to 6 t/ha: a third of farm a is left; in farm b nothing changes
    done = indicator_table(problem, OneFront([1, 1, 1, 1]), [0], OUTCOMES, farms)
    assert areas(done, SOIL, part) == {"desirable": 0, "acceptable": 3, "unsustainable": 3}
    without = {**OUTCOMES, "loss": ""}
    assert SOIL not in set(
        indicator_table(problem, OneFront([0] * 4), [0], without, farms)["indicator"]
    )


def test_without_features_that_tell_there_are_no_rows():
    table = indicator_table(known_case(), OneFront([1] * 4), [0], {})
    assert table.empty
    assert "share_of_area" in table


signs = arrays(float, st.integers(1, 30), elements=st.sampled_from([-1.0, 0.0, 1.0, np.nan]))


@given(signs, st.integers(0, 2**31))
def test_the_worst_known_trend_decides(first, seed):
    second = np.random.default_rng(seed).choice([-1.0, 0.0, 1.0, np.nan], len(first))
    for a, b, found in zip(first, second, one_out_all_out([first, second]), strict=True):
        known = [x for x in (a, b) if np.isfinite(x)]
        if not known:
            assert np.isnan(found)
        else:
            assert found == (-1 if min(known) < 0 else max(known))


def test_a_tenth_is_the_bound_and_no_stock_is_unknown():
    found = trend(np.array([-0.1, -0.0999, 0.0, 0.0999, 0.1, np.nan]))
    np.testing.assert_array_equal(found, [-1, 0, 0, 0, 1, np.nan])
    problem = known_case()
    stock = problem.effects.stock.copy()
    stock[0, 0] = 0.0
    problem = replace(problem, effects=replace(problem.effects, stock=stock))
    change = relative_change(problem, np.ones(4, int), 0)
    assert np.isnan(change[0])
    assert change[1] == pytest.approx(0.2)


def test_regions_sum_to_the_landscape_and_to_the_portfolio(solved):
    problem, front = solved
    groups = np.where(np.arange(problem.n_units) % 3 == 0, "north", "south")
    people = np.arange(problem.n_units, dtype=float)
    people[5] = np.nan
    rows = range(len(front.names))
    table = region_table(problem, front, rows, groups, people)
    for row in rows:
        one = table[table["portfolio"] == front.names[row]].set_index("region")
        assert list(one.index) == ["north", "south", WHOLE]
        whole, parts = one.loc[WHOLE], one.drop(index=WHOLE).sum()
        sums = ["units", "area_ha", "treated_ha", "people", "people_treated", "spent_cost"]
        for column in (*sums, "gain_soc", "gain_erosion"):
            assert parts[column] == pytest.approx(whole[column])
        found = evaluate(problem, front.portfolios[row])
        assert whole["treated_ha"] == pytest.approx(found.treated_area_ha)
        assert whole["spent_cost"] == pytest.approx(found.spent[0])
        treated = (front.portfolios[row] > 0) & np.isfinite(people)
        assert whole["people_treated"] == people[treated].sum()
        assert whole["people"] == np.nansum(people)
    assert "people" not in region_table(problem, front, rows, None)
    assert set(region_table(problem, front, rows, None)["region"]) == {WHOLE}
