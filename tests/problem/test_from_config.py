from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Landscape, Neighbours
from edaphon.effects.values import EffectSizes, FactoredEffects
from edaphon.errors import ConfigError, DataError
from edaphon.practices.values import Catalogue, Intervention, Ledger, Options
from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.from_config import build_problem, unknown_options
from edaphon.problem.values import AreaLimit, Budget, Target
from edaphon.surrogates.state import State

N = 4
FEATURES = ("yield", "erosion", "worms")


def config(**changes):
    mapping = {
        "name": "test",
        "landscape": {"file": "units.gpkg", "region": "municipality"},
        "features": {
            "yield": {"column": "wheat", "unit": "t/ha"},
            "erosion": {"column": "loss", "unit": "t/ha/yr", "better": "lower"},
        },
        "interventions": {"use": ["mulch", "compost"]},
        "objectives": {
            "productivity": {"maximize": "yield"},
            "life": {"maximize": ["worms", "erosion"], "weights": {"worms": 2}},
            "cost": {"minimize": "cost"},
        },
        "constraints": {
            "budget": "500 EUR",
            "targets": {"worms": "30 %", "yield": "1 t", "erosion": {"gain": "1 %"}},
            "keep": {"yield": {"min": "-2 %", "by": "region"}},
            "area": {"mulch": {"max": "20 %"}, "compost": {"min": "1 ha"}},
        },
    }
    return config_from_mapping(mapping | changes)


def parts():
    shape = (1, 3, 3)
    lnrr = np.zeros(shape)
    lnrr[0, 1] = [0.1, -0.2, 0.3]
    lnrr[0, 2] = [0.2, -0.1, 0.1]
    practice = Intervention("mulch", "Mulch", "", 1, 1, "EUR", 2020, "judgement", {"default": 1})
    other = Intervention("compost", "C", "", 1, 1, "EUR", 2020, "judgement", {"default": 1})
    catalogue = Catalogue((practice, other), (), {})
    sizes = EffectSizes(
        ("temperate",), catalogue.names, FEATURES, lnrr, np.zeros((1, 3, 2, 3)), np.zeros(shape),
        np.zeros(shape, np.uint8), np.ones(shape, np.uint8), np.ones(shape, bool),
        np.full(shape, "", object), np.zeros(shape, np.int32),
    )  # fmt: skip
    area = np.array([10.0, 10.0, 20.0, 10.0])
    landscape = Landscape(
        ids=np.array(list("abcd")),
        area_ha=area,
        attributes=pd.DataFrame(index=range(N)),
        latitude=np.full(N, 47.0),
        longitude=np.full(N, 15.0),
        region=np.array(["x", "x", "y", "y"]),
    )
    mean = np.tile([5.0, 2.0, 100.0], (N, 1))
    state = State(
        FEATURES, ("t/ha", "t/ha/yr", "%"), mean, mean * 0, mean, mean, np.ones((N, 3), bool),
        np.array([False, False, True]), ("column", "column", "relative"),
    )  # fmt: skip
    effects = FactoredEffects(
        mean * area[:, None], mean * 0, np.zeros(N, np.int16), sizes, np.ones((N, 3), bool)
    )
    cost = np.zeros((N, 3, 1))
    cost[:, 1:, 0] = 30.0
    options = Options(cost, (Ledger("cost", "EUR"),), np.zeros((N, 3), np.uint8), ("allowed",))
    return landscape, catalogue, state, effects, options


def test_config_becomes_a_problem():
    problem, findings = build_problem(config(), *parts())
    assert findings == ()
    assert [f.unit for f in problem.features] == ["t", "t/yr", "ha %"]
    assert [f.better for f in problem.features] == ["higher", "lower", "higher"]
    assert [o.unit for o in problem.objectives] == ["t", "share", "EUR"]
    assert problem.objectives[1].weights == (2.0, 1.0)
    budget, share, absolute, gain, *keep, most, least = problem.constraints
    assert budget == Budget("cost", 500.0, "config: constraints.budget")
    assert (share.kind, share.amount) == ("share", 0.3)
    assert (absolute.kind, absolute.amount) == ("absolute", 1.0)
    assert (gain.kind, gain.amount) == ("gain", pytest.approx(0.01))
    assert [one.region for one in keep] == [None, "x", "y"]
    assert all(isinstance(one, Target) and one.amount == pytest.approx(-0.02) for one in keep)
    assert most == AreaLimit("mulch", 0.0, pytest.approx(10.0), "config: constraints.area.mulch")
    assert least.low_ha == pytest.approx(1.0)


def better_of(features, surrogates=None):
    """What counts as better, and the notes, where a config has these features."""
    given = config(
        features=features,
        surrogates=surrogates or {},
        predictors={"columns": ["x"]},
        objectives={"cost": {"minimize": "cost"}},
        constraints={},
    )
    problem, findings = build_problem(given, *parts())
    return [feature.better for feature in problem.features], findings


def test_what_is_better_comes_from_the_registry_unless_stated():
    columns = {"yield": "bulk_density", "erosion": "loss", "worms": "worm_count"}
    features = {name: {"column": column, "unit": "t/ha"} for name, column in columns.items()}
    assert better_of(features) == (["lower", "lower", "higher"], ())
    features["yield"]["better"] = "higher"
    features["worms"]["response_of"] = "runoff"
    assert better_of(features)[0] == ["higher", "lower", "lower"]


def test_what_is_better_may_come_from_the_surrogate():
    cadmium = {"samples": "a.csv", "response": "cd_mg_kg", "unit": "mg/kg"}
    features = {"yield": {"from": "metal", "better": None}}
    assert better_of(features, {"metal": cadmium})[0][0] == "lower"
    silent = {**cadmium, "indicator": "none"}
    assert better_of(features, {"metal": silent})[0][0] == "higher"


def test_an_indicator_with_an_optimum_is_noted():
    features = {"yield": {"column": "soil_ph", "unit": "pH"}}
    better, (note,) = better_of(features)
    assert better[0] == "higher"
    assert note.severity == "note"
    assert note.where == "config: features.yield"
    assert "of pH neither more nor less is better by itself" in note.what


def test_rows_are_in_absolute_amounts():
    problem, _ = build_problem(config(), *parts())
    rows = {row.name: row for row in formulate(problem).rows}
    worms = 100.0 * 50.0 * np.expm1(0.3)
    assert rows["target of worms"].low == pytest.approx(0.3 * worms)
    assert rows["target of erosion"].low == pytest.approx(0.01 * 2.0 * 50.0)
    assert rows["target of yield in y"].low == pytest.approx(-0.02 * 5.0 * 30.0)


def test_unknown_names_are_told_at_their_place_all_at_once():
    wrong = config(
        objectives={"a": {"maximize": "wurms"}, "b": {"minimize": "cost"}},
        constraints={"targets": {"yeld": "3 %"}, "area": {"compst": {"max": "3 %"}}},
    )
    with pytest.raises(ConfigError) as caught:
        build_problem(wrong, *parts())
    text = str(caught.value).lower()
    assert "objectives.a: no feature is called 'wurms'. did you mean 'worms'?" in text
    assert "constraints.targets.yeld: no feature is called 'yeld'" in text
    assert "did you mean 'compost'?" in text


def test_target_in_another_unit_is_a_finding():
    wrong = config(constraints={"targets": {"yield": "3 ha"}})
    with pytest.raises(ConfigError, match=r"constraints\.targets\.yield"):
        build_problem(wrong, *parts())


def test_parts_that_do_not_fit_are_refused():
    landscape, catalogue, state, effects, options = parts()
    other = Catalogue(catalogue.interventions[::-1], (), {})
    with pytest.raises(DataError, match="another order"):
        build_problem(config(), landscape, other, state, effects, options)


def test_neighbors_to_keep_apart_are_read_and_checked():
    row = Neighbours(np.arange(3, dtype=np.int32), np.arange(1, 4, dtype=np.int32), np.ones(3))
    landscape, *others = parts()
    beside = replace(landscape, neighbours=row)
    asked = config(constraints={"apart": [["mulch", "compost"], ["mulch", "mulch"]]})
    problem, _ = build_problem(asked, beside, *others)
    assert problem.apart == (("mulch", "compost"), ("mulch", "mulch"))
    with pytest.raises(ConfigError, match="not known which units are neighbors"):
        build_problem(asked, landscape, *others)
    wrong = config(constraints={"apart": [["mulch", "compst"]]})
    with pytest.raises(ConfigError, match="Did you mean 'compost'"):
        build_problem(wrong, beside, *others)


def test_connectivity_without_ways_says_what_to_write():
    linked = {"linked": {"maximize": "connectivity"}, "cost": {"minimize": "cost"}}
    with pytest.raises(ConfigError, match="connectivity: pc"):
        build_problem(config(objectives=linked), *parts())


def test_contiguity_of_some_interventions_comes_from_the_config():
    own, *others = parts()
    row = np.arange(3, dtype=np.int32)
    beside = replace(own, neighbours=Neighbours(row, row + 1, np.ones(3)))
    only = {"maximize": "contiguity", "interventions": ["compost"]}
    made = build_problem(
        config(objectives={"whole": only, "cost": {"minimize": "cost"}}), beside, *others
    )[0]
    area = own.area_ha
    values = evaluate(made, [1, 2, 2, 1]).values
    assert values[0] == pytest.approx((area[1] + area[2]) ** 2 / area.sum())
    assert made.objectives[0].unit == "ha"


def test_names_that_no_option_holds_are_all_told():
    rules = {
        "area": {"mullch": {"max": "5 ha"}},
        "units": {"composst": {"min": 2}},
        "apart": [["mulch", "compst"]],
    }
    found = unknown_options(config(constraints=rules), ("baseline", "mulch", "compost"))
    assert [one.where for one in found] == [
        "config: constraints.area.mullch",
        "config: constraints.units.composst",
        "config: constraints.apart",
    ]
    assert all("did you mean" in one.hint for one in found)
