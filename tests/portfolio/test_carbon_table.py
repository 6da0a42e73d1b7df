"""Carbon and cost per tonne of portfolios."""

import numpy as np
import pytest
from scipy.stats import norm
from test_compare import make_problem

from edaphon.portfolio.carbon import carbon_table
from edaphon.solver.front import solve


@pytest.fixture(scope="module")
def solved():
    problem = make_problem()
    return problem, solve(problem, portfolios=6, seed=1)


def test_gain_interval_and_price_are_those_of_the_portfolio(solved):
    problem, front = solved
    feature = problem.features[0].name
    table = carbon_table(problem, front, feature)
    assert table["portfolio"].tolist() == list(front.names)
    for row, one in table.iterrows():
        chosen = front.portfolios[row].astype(int)
        gain = problem.effects.chosen(chosen)[:, 0].sum()
        assert one["gain_t_c"] == pytest.approx(gain)
        assert one["gain_t_co2e"] == pytest.approx(gain * 44 / 12)
        shared, local = problem.effects.total_spread(chosen)
        half = norm.ppf(0.95) * np.sqrt((shared[:, 0] ** 2).sum() + local[0])
        assert one["gain_upper_t_c"] - one["gain_t_c"] == pytest.approx(half)
        if gain > 0:
            assert one["cost_per_t_co2e"] == pytest.approx(front.spent[row, 0] / gain * 12 / 44)
            assert one["cost_per_t_co2e_lower"] <= one["cost_per_t_co2e"]
            assert one["cost_per_t_co2e"] <= one["cost_per_t_co2e_upper"]
            sure = one["gain_lower_t_c"] > 0
            assert np.isfinite(one["cost_per_t_co2e_upper"]) == sure


def test_where_nothing_is_gained_a_tonne_has_no_price(solved):
    problem, front = solved
    table = carbon_table(problem, front, problem.features[0].name, rows=[0])
    assert table["portfolio"].tolist() == ["baseline"]
    assert table["gain_t_c"].item() == 0
    assert table.filter(like="cost_per").isna().all(axis=None)
