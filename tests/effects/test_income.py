"""The cost net of what changed yields earn."""

import numpy as np
import pandas as pd
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Landscape
from edaphon.effects.build import build_effects
from edaphon.effects.income import with_net_cost
from edaphon.errors import ConfigError
from edaphon.portfolio.compare import compare
from edaphon.practices.catalogue import outcomes, read_catalogue
from edaphon.practices.options import build_options
from edaphon.problem.evaluate import evaluate
from edaphon.problem.from_config import build_problem
from edaphon.problem.store import load_problem, save_problem
from edaphon.solver.front import solve
from edaphon.surrogates.features import build_state


def config_of(price="200 EUR/t", minimize="net_cost", column="wheat", **more):
    feature = {"column": column, "unit": "t/ha"} if column else {}
    return config_from_mapping(
        {
            "name": "test",
            "discount_rate": "4 %",
            "landscape": {"file": "units.gpkg"},
            "features": {"yield": {**feature, **({"price": price} if price else {})}},
            "interventions": {"use": ["organic", "diversified_rotation"]},
            "objectives": {"soil": {"maximize": "soc"}, "money": {"minimize": minimize}},
            **more,
        }
    )


def parts_of(config):
    landscape = Landscape(
        ids=np.array(["a", "b", "c"]),
        area_ha=np.array([1.0, 2.0, 5.0]),
        attributes=pd.DataFrame({"land_use": ["arable"] * 3, "wheat": [4.0, 6.0, 8.0]}),
        latitude=np.full(3, 47.0),
        longitude=np.full(3, 15.0),
    )
    catalogue = read_catalogue(config)
    state = build_state(config, landscape, {}, {}, outcomes())
    effects = build_effects(config, catalogue, landscape, state)
    options = build_options(config, catalogue, landscape)
    return landscape, catalogue, state, effects, options


def test_the_change_of_the_yield_is_taken_off_at_its_price():
    config = config_of()
    _, _, state, effects, options = parts_of(config)
    made = with_net_cost(config, options, state, effects)
    assert [(one.name, one.money) for one in made.ledgers] == [("cost", True), ("net_cost", False)]
    f = state.features.index("yield")
    years = (1 - 1.04**-20) / 0.04
    earned = 200.0 * effects.block(slice(None))[:, :, f] * years
    assert made.cost[:, :, 1] == pytest.approx(options.cost[:, :, 0] - earned)
    assert (made.cost[:, 1, 1] > made.cost[:, 1, 0]).all()
    assert (made.cost[:, 0] == 0).all()
    per_kg = with_net_cost(config_of("0.2 EUR/kg"), options, state, effects)
    assert per_kg.cost == pytest.approx(made.cost)


def test_it_can_be_minimized_and_bounded():
    config = config_of(constraints={"budget": {"net_cost": "40000 EUR"}})
    parts = parts_of(config)
    problem, _ = build_problem(config, *parts)
    assert problem.objectives[1].ledgers == ("net_cost",)
    front = solve(problem, portfolios=5)
    k = problem.objective_names.index("money")
    assert front.values[front.on_front][:, k].max() <= 40_000.0


def test_its_interval_holds_the_ranges_of_costs_and_the_spread_of_the_yield():
    config = config_of()
    problem, _ = build_problem(config, *parts_of(config))
    chosen = np.array([1, 2, 1])
    found = evaluate(problem, chosen)
    years = (1 - 1.04**-20) / 0.04
    treated = np.bincount(chosen, weights=problem.area_ha)[1:]
    ranges = [one.annual_range for one in read_catalogue(config).interventions]
    costs = [years * (high - low) / 3.29 for low, high in ranges]
    shared, local = problem.effects.total_spread(chosen)
    f = [one.name for one in problem.features].index("yield")
    earned = (200.0 * years) ** 2 * ((shared[:, f] ** 2).sum() + local[f])
    sd = np.sqrt(((treated * costs) ** 2).sum() + earned)
    k = problem.objective_names.index("money")
    assert found.upper[k] - found.values[k] == pytest.approx(1.6448536 * sd)
    assert found.values[k] - found.lower[k] == pytest.approx(1.6448536 * sd)
    nothing = evaluate(problem, np.zeros(3, dtype=int))
    assert nothing.lower[k] == nothing.upper[k] == 0.0
    pair = compare(problem, [1, 2, 1], [1, 2, 1])
    assert pair.lower[k] == pair.upper[k] == 0.0
    apart = compare(problem, [1, 0, 0], [1, 2, 0])
    only = evaluate(problem, np.array([0, 2, 0]))
    assert apart.upper[k] - apart.lower[k] == pytest.approx(only.upper[k] - only.lower[k])


def test_the_interval_of_the_cost_is_kept_with_the_problem(tmp_path):
    config = config_of()
    problem, _ = build_problem(config, *parts_of(config))
    save_problem(tmp_path / "problem.npz", problem)
    again = load_problem(tmp_path / "problem.npz")
    assert again.ledgers == problem.ledgers
    assert again.ledgers[1].prices[[one.name for one in problem.features].index("yield")] > 0
    found, kept = (evaluate(one, np.array([1, 2, 2])) for one in (problem, again))
    assert np.array_equal(found.upper, kept.upper)


def test_nobody_asks_for_it():
    config = config_of(minimize="cost")
    _, _, state, effects, options = parts_of(config)
    assert with_net_cost(config, options, state, effects) is options


@pytest.mark.parametrize(
    ("price", "column", "said"),
    [(None, "wheat", "no feature has a price"), ("200 EUR/t", None, "how much of it there is")],
)
def test_a_price_needs_an_amount(price, column, said):
    config = config_of(price, column=column)
    parts = parts_of(config)
    with pytest.raises(ConfigError, match=said):
        build_problem(config, *parts)
