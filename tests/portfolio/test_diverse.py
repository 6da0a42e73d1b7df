from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edaphon.portfolio import diverse as module
from edaphon.portfolio.diverse import Diverse, diverse, good_rows, spending_distance
from run_case import make_front, make_landscape, make_problem


@pytest.fixture(scope="module")
def problem():
    return make_problem(make_landscape())


@pytest.fixture(scope="module")
def front(problem):
    return make_front(problem, 40)


def test_distance_is_the_share_of_the_money_that_goes_elsewhere(problem, front):
    apart = spending_distance(problem, front.portfolios)
    units = np.arange(problem.n_units)
    for p, q in combinations(range(len(front.names)), 2):
        a, b = front.portfolios[p], front.portfolios[q]
        paid_a, paid_b = problem.cost[units, a, 0], problem.cost[units, b, 0]
        whole = paid_a.sum() + paid_b.sum()
        elsewhere = (paid_a + paid_b)[a != b].sum()
        assert apart[p, q] == pytest.approx(elsewhere / whole if whole else 0.0, abs=1e-12)
    assert (apart == apart.T).all()
    assert (np.diag(apart) == 0).all()


def test_without_costs_the_area_counts(problem):
    from dataclasses import replace

    free = replace(problem, cost=np.zeros_like(problem.cost))
    plans = np.zeros((3, 48), int)
    plans[1, :10], plans[2, 5:15] = 1, 1
    apart = spending_distance(free, plans)
    area = problem.area_ha
    together = 2 * area[5:10].sum() / (area[:10].sum() + area[5:15].sum())
    assert apart[1, 2] == pytest.approx(1 - together)
    assert apart[0, 1] == 1.0


@settings(max_examples=40, deadline=None)
@given(st.integers(4, 11), st.integers(2, 6), st.integers(0, 10_000))
def test_no_choice_of_as_many_differs_more(n, size, seed):
    rng = np.random.default_rng(seed)
    points = rng.random((n, 2)).round(1)
    apart = np.hypot(*(points[:, None] - points[None]).T) / 2
    apart = (apart + apart.T) / 2
    size = min(size, n)
    chosen, bound = module._most_apart(apart, size)
    best = max(module._least(apart, np.array(c)) for c in combinations(range(n), size))
    assert len(set(chosen)) == size
    assert module._least(apart, chosen) == best == bound
    assert module._degree_bound(apart, size) >= best


def test_where_the_effort_ends_a_bound_is_told(monkeypatch):
    rng = np.random.default_rng(1)
    apart = rng.random((40, 40))
    apart = np.maximum(apart, apart.T)
    np.fill_diagonal(apart, 0)
    sure, bound = module._most_apart(apart, 6)
    monkeypatch.setattr(module, "_NODES", 3)
    quick, above = module._most_apart(apart, 6)
    assert module._least(apart, quick) <= module._least(apart, sure) == bound <= above
    assert not Diverse((1, 2), 0.3, 0.4, 9, 0.05).proven
    assert "differ by more than 40%" in Diverse((1, 2), 0.3, 0.4, 9, 0.05).sentence()


def test_ten_good_portfolios_differ_by_a_fifth_of_the_spending(problem, front):
    found = diverse(problem, front, 10)
    assert len(found.rows) == 10
    assert (front.certified_gap[list(found.rows)] <= 0.05).all()
    apart = spending_distance(problem, front.portfolios[list(found.rows)])
    assert apart[np.triu_indices(10, 1)].min() == pytest.approx(found.least)
    assert found.least >= module.APART or found.proven
    assert "of which no 10 differ more" in found.sentence()


def test_portfolios_with_a_wide_gap_are_not_chosen(problem, front):
    from dataclasses import replace

    gaps = np.where(np.arange(len(front.names)) % 2 == 0, 0.2, 0.01)
    wide = replace(front, certified_gap=gaps)
    assert (gaps[good_rows(wide)] <= 0.05).all()
    assert set(diverse(problem, wide, 5).rows) <= set(good_rows(wide))
    unknown = replace(front, certified_gap=np.full(len(gaps), np.nan))
    assert good_rows(unknown).tolist() == np.flatnonzero(front.on_front).tolist()


def test_many_candidates_are_thinned(problem, front, monkeypatch):
    monkeypatch.setattr(module, "_MOST", 12)
    found = diverse(problem, front, 5)
    assert len(found.rows) == 5
    assert found.possible >= found.least
    assert diverse(problem, front, 1).rows == (int(good_rows(front)[0]),)
