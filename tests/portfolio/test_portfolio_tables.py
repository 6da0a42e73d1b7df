import numpy as np
import pytest
from test_compare import make_problem
from test_shortlist import make_front

from edaphon.portfolio.tables import intervention_table, selection_frequency


def test_the_table_adds_up_to_the_portfolio():
    problem = make_problem()
    allocation = np.random.default_rng(0).integers(0, 4, problem.n_units)
    table = intervention_table(problem, allocation)
    assert list(table["intervention"]) == list(problem.interventions)
    assert table["units"].sum() == problem.n_units
    assert table["area_ha"].sum() == pytest.approx(problem.area_ha.sum())
    assert table["share_of_area"].sum() == pytest.approx(1)
    assert table["share_of_spending"].sum() == pytest.approx(1)
    chosen = allocation == 2
    assert table["spent_cost"][2] == pytest.approx(problem.cost[chosen, 2, 0].sum())
    assert table["spent_cost"][0] == 0


def test_where_nothing_is_spent_the_share_of_spending_is_unknown():
    problem = make_problem()
    table = intervention_table(problem, np.zeros(problem.n_units, int))
    assert table["share_of_spending"].isna().all()
    assert table["area_ha"][0] == pytest.approx(problem.area_ha.sum())


def test_frequency_counts_the_front_alone():
    portfolios = [[2, 2, 2], [1, 0, 0], [2, 1, 0]]
    front = make_front(np.eye(3), portfolios, ("policy", "front", "front"))
    assert selection_frequency(front).tolist() == [1.0, 0.5, 0.0]


def test_frequency_of_an_empty_front_is_unknown():
    front = make_front([[1.0, 0.0]], [[1, 0]], ("baseline",))
    assert np.isnan(selection_frequency(front)).all()
