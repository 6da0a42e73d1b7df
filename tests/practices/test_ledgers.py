"""Ledgers of money, labor and water, and payments."""

import numpy as np
import pandas as pd
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Landscape
from edaphon.errors import ConfigError
from edaphon.practices.catalogue import read_catalogue
from edaphon.practices.ledgers import budget_limit, ledgers_of
from edaphon.practices.options import build_options


def config_of(options=None, objectives=None, **more):
    return config_from_mapping(
        {
            "name": "test",
            "horizon": "10 yr",
            "discount_rate": "3 %",
            "landscape": {"file": "units.gpkg"},
            "interventions": {
                "use": ["cover_crop", "no_till"],
                "bundles": [["cover_crop", "no_till"]],
                "options": options or {},
            },
            "objectives": objectives or {"work": {"minimize": "labor"}},
            **more,
        }
    )


def made_of(config):
    landscape = Landscape(
        ids=np.array(["a", "b"]),
        area_ha=np.array([1.0, 3.0]),
        attributes=pd.DataFrame({"land_use": ["arable"] * 2}),
        latitude=np.full(2, 47.0),
        longitude=np.full(2, 15.0),
    )
    return build_options(config, read_catalogue(config), landscape)


def test_labor_is_summed_over_the_horizon_without_discount():
    made = made_of(config_of())
    assert [(one.name, one.unit, one.money) for one in made.ledgers] == [
        ("cost", "EUR", True),
        ("labor", "h", False),
    ]
    assert made.cost[:, :, 1] == pytest.approx(np.outer([1, 3], [0, 20, -15, 5]))
    own = made_of(config_of({"no_till": {"labor": "1 h/ha/yr"}}))
    assert own.cost[1, :, 1] == pytest.approx([0, 60, 30, 90])
    whole = made_of(config_of({"cover_crop+no_till": {"labor": "4 h/ha/yr"}}))
    assert whole.cost[0, 3, 1] == pytest.approx(40)


def test_water_that_is_not_known_is_a_warning():
    water = {"dry": {"minimize": "water"}}
    made = made_of(config_of({"cover_crop": {"water": "300 m3/ha/yr"}}, water))
    (finding,) = [f for f in made.findings if "the water of" in f.what]
    assert "no_till, cover_crop+no_till" in finding.what
    assert finding.severity == "warning"
    assert made.cost[1, :, 1] == pytest.approx([0, 9000, 0, 0])
    both = {"cover_crop": {"water": "300 m3/ha/yr"}, "no_till": {"water": "-0.02 m/yr"}}
    made = made_of(config_of(both, water))
    assert not [f for f in made.findings if "the water of" in f.what]
    assert made.cost[0, 3, 1] == pytest.approx(1000)


def test_budgets_of_labor_and_water_count_over_the_horizon_or_each_year():
    budget = {"labor": "40 h/yr", "water": "5000 m3"}
    config = config_of(constraints={"budget": budget})
    assert [one.name for one in ledgers_of(config)] == ["cost", "labor", "water"]
    limits = {name: budget_limit(config, name, one) for name, one in config.constraints.budgets}
    assert limits == {"labor": pytest.approx(400.0), "water": 5000.0}
    with pytest.raises(ConfigError, match="5 EUR"):
        config_of(constraints={"budget": {"labor": "5 EUR"}})
    assert [one.name for one in ledgers_of(config_of(objectives={"c": {"minimize": "cost"}}))] == [
        "cost"
    ]


def test_either_spelling_names_the_ledger_of_labor():
    config = config_of(
        objectives={"work": {"minimize": "labour"}}, constraints={"budget": {"labour": "40 h"}}
    )
    assert config.objectives["work"].minimize == "labor"
    assert [name for name, _ in config.constraints.budgets] == ["labor"]


def test_payments_are_taken_off_the_annual_cost():
    options = {
        "cover_crop": {"annual": "100 EUR/ha/yr", "payment": "120 EUR/ha/yr"},
        "no_till": {"payment": "30 EUR/ha/yr"},
        "cover_crop+no_till": {"payment": "10 EUR/ha/yr"},
    }
    annual = {"a": {"minimize": "annual"}}
    made = made_of(config_of(options, annual))
    assert made.cost[0, :, 1] == pytest.approx([0, -20, -30, -60])
    years = (1 - 1.03**-10) / 0.03
    assert made.cost[1, :, 0] == pytest.approx(3 * years * np.array([0, -20, -30, -60]))
    no_till = read_catalogue(config_of(options, annual)).interventions[1]
    assert no_till.annual_range == (-80.0, 20.0)


def test_the_range_of_a_cost_is_its_spread_and_an_own_cost_is_certain():
    costs = {"money": {"minimize": "cost"}, "yearly": {"minimize": "annual"}}
    config = config_of(objectives=costs)
    rate = 1 / 1.1195  # USD of 2019 in euro
    annual = (193 - 37) * rate / 3.29
    whole, yearly = made_of(config).ledgers
    years = (1 - 1.03**-10) / 0.03
    for ledger, factor in ((whole, years), (yearly, 1.0)):
        spread = dict(ledger.spread)
        assert list(spread) == ["cover_crop", "no_till"]
        cover, till = factor * annual, factor * 100 / 3.29
        assert spread["cover_crop"] == pytest.approx((0, cover, 0, cover), rel=1e-3)
        assert spread["no_till"] == pytest.approx((0, 0, till, till))
    own = {
        "cover_crop": {"annual": "80 EUR/ha/yr"},
        "cover_crop+no_till": {"annual": "90 EUR/ha/yr"},
    }
    (name, sds), *none = made_of(config_of(own, costs)).ledgers[0].spread
    assert (name, none) == ("no_till", [])
    assert sds == pytest.approx((0, 0, years * 100 / 3.29, 0))
    paid = made_of(config_of({"cover_crop": {"payment": "30 EUR/ha/yr"}}, costs)).ledgers
    assert paid[0].spread == whole.spread


def test_a_cost_by_volume_spreads_with_the_treated_depth():
    config = config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "interventions": {"use": ["biostimulation"]},
            "objectives": {"money": {"minimize": "cost"}},
        }
    )
    catalogue = read_catalogue(config)
    low, high = catalogue.interventions[0].establishment_range
    ((_, sds),) = ledgers_of(config, catalogue)[0].spread
    assert sds == pytest.approx((0, 3000 * (high - low) / 3.29))
