"""Ten ways to ask for too much, and what is said of each."""

import re

import numpy as np
import pytest

from edaphon.errors import InfeasibleError
from edaphon.problem.constraints import (
    AreaLimit,
    Budget,
    ChangeLimit,
    RegionShare,
    Target,
    UnitLimit,
)
from edaphon.problem.evaluate import formulate
from edaphon.problem.values import Problem
from edaphon.solver.conflicts import explain
from edaphon.solver.front import solve
from edaphon.solver.linked import Rule, link
from edaphon.solver.table import make_table

N = 40


def problem(rules, allowed=None):
    """Every unit of 1 ha; mulch: 10 money, 1 worm; compost: 30 money, 3 worms, -1 yield."""
    effects = np.zeros((N, 3, 2))
    effects[:, 1] = [1.0, 0.0]
    effects[:, 2] = [3.0, -1.0]
    cost = np.zeros((N, 3))
    cost[:, 1], cost[:, 2] = 10.0, 30.0
    return Problem.from_arrays(
        effects,
        cost,
        allowed,
        {"worms": {"maximize": "worms"}, "cost": {"minimize": "cost"}},
        rules,
        interventions=["mulch", "compost"],
        features=["worms", "yield"],
        stock=np.full((N, 2), 10.0),
        region=["x" if k < 10 else "y" for k in range(N)],
        earlier=[0] * N,
    )


# rules, those that conflict, and how far one of them must give
CASES = {
    "budget and target": (
        [Budget("cost", 300.0), Target("worms", 60.0, "absolute"), AreaLimit("mulch", 0, 39)],
        ["budget of cost at most 300", "target of worms at least 60"],
        "raise budget of cost from 300 to at least 600",
    ),
    "target and safeguard": (
        [Target("worms", 60.0, "absolute"), Target("yield", -0.01, "gain"), Budget("cost", 9e3)],
        ["target of worms at least 60", "target of yield at least -4"],
        "lower target of worms from 60 to at most 48",
    ),
    "two areas and their sum": (
        [
            AreaLimit("mulch", 15.0),
            AreaLimit("compost", 12.0),
            AreaLimit("treated", 0.0, 20.0),
            Budget("cost", 9e3),
        ],
        ["area of mulch at least 15 ha", "area of compost at least 12 ha", "treated area at most"],
        "raise treated area from 20 ha to at least 27 ha",
    ),
    "pilots and budget": (
        [UnitLimit("compost", 5), Budget("cost", 100.0), Target("worms", 1.0, "absolute")],
        ["number of units with compost at least 5", "budget of cost at most 100"],
        "raise budget of cost from 100 to at least 150",
    ),
    "region's target and region's cap": (
        [
            Target("worms", 0.5, "share", "x"),
            AreaLimit("treated", 0.0, 4.0, region="x"),
            AreaLimit("treated", 0.0, 30.0, region="y"),
        ],
        ["target of worms in x at least 15", "treated area in x at most 4"],
        "raise treated area in x from 4 ha to at least 5 ha",
    ),
    "near the past and a target": (
        [ChangeLimit(10, "units"), Target("worms", 45.0, "absolute"), Budget("cost", 9e3)],
        ["changed units against the earlier portfolio at most 10", "target of worms at least 45"],
        "raise number of changed units against the earlier portfolio from 10 to at least 15",
    ),
    "shares of both regions": (
        [
            RegionShare("x", "area", 0.6),
            RegionShare("y", "area", 0.5, "min"),
            UnitLimit("treated", 3),
        ],
        None,  # told before anything is solved
        "1.1 times all area",
    ),
    "a region's share and its cap": (
        [
            RegionShare("x", "area", 0.5),
            AreaLimit("treated", 0.0, 6.0, region="x"),
            UnitLimit("treated", 20),
            Budget("cost", 9e3),
        ],
        [
            "treated area in x at least 50 % of",
            "treated area in x at most 6",
            "treated units at least 20",
        ],
        "raise treated area in x from 6 ha to at least 10 ha",
    ),
    "out of reach alone": (
        [Target("worms", 500.0, "absolute"), Budget("cost", 9e3)],
        None,
        "the allowed options reach at most 120",
    ),
    "whole units": (
        [AreaLimit("compost", 2.2, 2.8), Budget("cost", 9e3)],
        ["area of compost at most 2.8 ha", "area of compost at least 2.2 ha"],
        "no choice of whole units",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_conflict_is_named_and_nothing_else(name):
    rules, names, relief = CASES[name]
    with pytest.raises(Exception, match=re.escape(relief)) as caught:
        solve(problem(rules), portfolios=4)
    text = str(caught.value)
    if names is None:
        return
    assert isinstance(caught.value, InfeasibleError)
    (finding,) = caught.value.findings
    for said in names:
        assert said in finding.what
    assert finding.what.count(";") == len(names) - 1, text


def test_the_relief_is_enough():
    rules = CASES["budget and target"][0]
    solve(problem([Budget("cost", 600.0), *rules[1:]]), portfolios=4)
    with pytest.raises(InfeasibleError):
        solve(problem([Budget("cost", 599.0), *rules[1:]]), portfolios=4)


@pytest.mark.parametrize("seed", range(8))
def test_a_conflict_is_smallest(seed):
    """Each conflict cannot hold, and could (by parts of units) without any one of its rules."""
    rng = np.random.default_rng(seed)
    rules = [
        Budget("cost", rng.uniform(100, 400)),
        Target("worms", rng.uniform(40, 100), "absolute"),
        Target("yield", -rng.uniform(0.01, 0.05), "gain"),
        AreaLimit("mulch", rng.uniform(0, 20)),
        AreaLimit("treated", 0.0, rng.uniform(10, 30)),
        UnitLimit("compost", int(rng.integers(1, 12))),
        RegionShare("x", "area", rng.uniform(0.2, 0.6)),
    ]
    found = explained(rules)
    if not found:
        return
    said = found[0].what.split(": ", 1)[1].split("; ")
    named = [rule for rule in rules if any(one.startswith(f"{said_by(rule)} at ") for one in said)]
    assert len(named) == len(said)
    assert explained(named)
    for left_out in named:
        assert not explained([rule for rule in named if rule is not left_out])


def explained(rules):
    made = problem(rules)
    formulation = formulate(made)
    found = explain(link(make_table(made, formulation), formulation, 5.0, strict=False))
    return [one for one in found if "whole units" not in one.what]


def said_by(rule):
    (row,) = formulate(problem([rule])).rows
    return row.name


def test_a_target_that_could_only_hold_below_zero_is_to_be_taken_out():
    rule = Rule("target of yield", "constraints.targets.yield", "t", -1.0, 5.0, 2.0)
    assert rule.given(1.0) == "lower target of yield from 5 t to at most 3 t"
    assert rule.given(3.5) == "take out target of yield (the others leave at most -2 t)"


@pytest.mark.parametrize(
    ("side", "said", "given"),
    [
        (1.0, "spending in x at most 20 % of all spending (c)", "500 EUR more than 20 % of all"),
        (-1.0, "spending in x at least 20 % of all spending (c)", "500 EUR less than 20 % of all"),
    ],
)
def test_shares_of_a_whole_are_told_as_shares(side, said, given):
    rule = Rule("spending in x less 20 % of all spending", "c", "EUR", side, 0.0, 100.0)
    assert rule.said == said
    assert rule.given(5.0) == f"allow spending in x {given} spending"


def test_units_are_told_in_whole_numbers():
    rule = Rule("number of units with compost", "c", "", -1.0, 150.0, 1.0)
    assert rule.given(72.82) == "lower number of units with compost from 150 to at most 77"
    rule = Rule("number of units with compost", "c", "", 1.0, 20.0, 1.0)
    assert rule.given(93.035) == "raise number of units with compost from 20 to at least 114"
