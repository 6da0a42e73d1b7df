from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_from_config import config, parts

from edaphon.errors import ConfigError
from edaphon.problem.config_rules import apply_transitions
from edaphon.problem.constraints import (
    AreaLimit,
    ChangeLimit,
    OutsideLimit,
    RegionShare,
    Target,
    UnitLimit,
)
from edaphon.problem.evaluate import evaluate
from edaphon.problem.from_config import build_problem

WHERE = "config: constraints"


def build(constraints, *, landscape=None, **changes):
    own, *others = parts()
    return build_problem(config(constraints=constraints, **changes), landscape or own, *others)[0]


def test_every_rule_of_a_config():
    made = build(
        {
            "targets": {"worms": {"share": "20 %", "by": "region"}, "yield": {"amount": "1 t"}},
            "area": {"treated": {"max": "50 %", "by": "region"}, "mulch": {"min": "3 ha"}},
            "units": {"compost": {"min": 2, "max": 3}},
            "regions": {"spending": {"min": "5 %"}, "area": {"max": "90 %"}},
            "outside_applicability": "20 %",
        }
    )
    inf = np.inf
    assert made.constraints == (
        Target("worms", 0.2, "share", "x", f"{WHERE}.targets.worms"),
        Target("worms", 0.2, "share", "y", f"{WHERE}.targets.worms"),
        Target("yield", 1.0, "absolute", None, f"{WHERE}.targets.yield"),
        AreaLimit("treated", 0.0, 10.0, f"{WHERE}.area.treated", "x"),
        AreaLimit("treated", 0.0, 15.0, f"{WHERE}.area.treated", "y"),
        AreaLimit("mulch", 3.0, inf, f"{WHERE}.area.mulch"),
        UnitLimit("compost", 2.0, 3.0, f"{WHERE}.units.compost"),
        RegionShare("x", "spending", 0.05, "min", f"{WHERE}.regions.spending"),
        RegionShare("y", "spending", 0.05, "min", f"{WHERE}.regions.spending"),
        RegionShare("x", "area", 0.9, "max", f"{WHERE}.regions.area"),
        RegionShare("y", "area", 0.9, "max", f"{WHERE}.regions.area"),
        OutsideLimit(0.2, f"{WHERE}.outside_applicability"),
    )


def test_a_config_with_every_rule_is_written_back_alike():
    rules = {
        "targets": {"worms": {"share": "20 %", "by": "region"}, "yield": {"gain": "1 %"}},
        "area": {"treated": {"max": "50 %", "by": "region"}},
        "units": {"compost": {"min": 2}},
        "regions": {"spending": {"min": "5 %"}},
        "near": {"file": "old.csv", "max": "20 %", "price": "50 EUR/ha"},
        "transitions": {"column": "use", "allow": {"meadow": ["mulch"], "bog": []}},
    }
    once = config(constraints=rules)
    again = config(constraints=once.as_mapping()["constraints"])
    assert again.constraints == once.constraints
    assert "old.csv" in once.input_files()


def with_policy(policy):
    return replace(parts()[0], policy=np.array(policy))


def test_near_the_present_policy_with_a_price():
    made = build(
        {"near": {"max": "20 %", "max_units": 2, "price": "2 EUR/ha"}},
        landscape=with_policy(["mulch", "", "", "compost"]),
        objectives={"cost": {"minimize": "cost"}, "moved": {"minimize": "changed_area"}},
    )
    assert made.constraints == (
        ChangeLimit(10.0, "area", f"{WHERE}.near.max"),
        ChangeLimit(2.0, "units", f"{WHERE}.near.max_units"),
    )
    assert made.earlier is not None
    assert made.earlier.tolist() == [1, 0, 0, 2]
    assert [ledger.name for ledger in made.ledgers] == ["cost", "change", "changed_area"]
    worth = evaluate(made, [1, 0, 1, 0])
    # 30 EUR for each of two treated units; units 3 and 4 (20 and 10 ha) change at 2 EUR/ha
    assert worth.spent.tolist() == [60.0, 60.0, 30.0]
    assert worth.values.tolist() == [120.0, 30.0]


def test_near_a_file(tmp_path):
    (tmp_path / "old.csv").write_text("unit_id,intervention\na,mulch\nd,baseline\n")
    made = build({"near": {"file": str(tmp_path / "old.csv"), "max": "9 ha"}})
    assert made.earlier is not None
    assert made.earlier.tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unit,intervention\na,mulch\n", "no column unit_id"),
        ("unit_id,intervention\nq,mulch\n", "no unit is called 'q'"),
        ("unit_id,intervention\na,mullch\n", "no intervention is called 'mullch'"),
        ("unit_id,intervention\na,mulch\na,compost\n", "two interventions"),
    ],
)
def test_faults_of_the_earlier_portfolio(tmp_path, text, message):
    (tmp_path / "old.csv").write_text(text)
    with pytest.raises(ConfigError, match=message):
        build({"near": {"file": str(tmp_path / "old.csv"), "max": "9 ha"}})


def test_near_nothing_is_a_fault():
    with pytest.raises(ConfigError, match="no earlier portfolio to stay close to"):
        build({"near": {"max": "9 ha"}})


def test_transitions_close_options_and_say_why():
    land = replace(
        parts()[0], attributes=pd.DataFrame({"use": ["meadow", "field", "meadow", "bog"]})
    )
    rule = {"column": "use", "allow": {"meadow": ["compost"], "bog": []}}
    made = build({"transitions": rule}, landscape=land)
    assert (made.allowed == 0).tolist() == [
        [True, False, True], [True, True, True], [True, False, True], [True, False, False],
    ]  # fmt: skip
    assert made.reasons[made.allowed[0, 1]] == "may not follow on meadow"
    assert made.reasons[made.allowed[3, 2]] == "may not follow on bog"


def test_a_bundle_follows_where_its_parts_may_or_where_it_is_named():
    land = replace(parts()[0], attributes=pd.DataFrame({"use": ["meadow", "field", "bog", "fen"]}))
    allow = {"meadow": ["mulch"], "field": ["mulch", "compost"], "bog": ["mulch+compost"]}
    rules = config(constraints={"transitions": {"column": "use", "allow": allow}})
    names, faults = ("baseline", "mulch", "compost", "mulch+compost"), []
    open_ = np.zeros((4, 4), dtype=np.uint8)
    codes, _ = apply_transitions(rules, land, names, open_, ("allowed",), faults)
    assert (codes == 0).astype(int).tolist() == [
        [1, 1, 0, 0], [1, 1, 1, 1], [1, 0, 0, 1], [1, 1, 1, 1]
    ]  # fmt: skip
    assert not faults


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"column": "us", "allow": {}}, "no column 'us'"),
        ({"column": "use", "allow": {"field": ["mullch"]}}, "no intervention is called 'mullch'"),
        ({"column": "use", "allow": {"fjeld": ["mulch"]}}, "no unit has use 'fjeld'"),
    ],
)
def test_faults_of_transitions(rule, message):
    land = replace(parts()[0], attributes=pd.DataFrame({"use": ["field"] * 4}))
    with pytest.raises(ConfigError, match=message):
        build({"transitions": rule}, landscape=land)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"targets": {"worms": {"share": "2 t"}}}, "2 t is no share"),
        ({"targets": {"worms": {"share": "2 %", "gain": "1 %"}}}, "no one size"),
        ({"targets": {"worms": {"share": "2 %", "by": "farm"}}}, "cannot go by 'farm'"),
        ({"units": {"mulch": {"min": -1}}}, "units.mulch.min"),
        ({"regions": {"spending": {"min": "60 %"}}}, "1.2 times all spending"),
        ({"near": {"max": "150 %"}}, "no part of the landscape"),
        ({"apart": [["mulch"]]}, "mulch is no pair of interventions"),
        ({"apart": [["mulch", "compost", "mulch"]]}, "is no pair of interventions"),
    ],
)
def test_faults_of_figures(rules, message):
    with pytest.raises(ConfigError, match=message):
        build(rules)


def test_one_choice_per_farm():
    land = replace(parts()[0], farm=np.array(["p", "p", "", "q"]))
    made = build({"per_farm": True}, landscape=land)
    assert made.farm is not None
    assert made.farm.tolist() == ["p", "p", "", "q"]
    assert build({}, landscape=land).farm is None
    with pytest.raises(ConfigError, match="no farms to choose as one"):
        build({"per_farm": True})
