import numpy as np
import pytest

from edaphon.effects.values import DenseEffects
from edaphon.errors import DataError
from edaphon.problem.constraints import (
    AreaLimit,
    ChangeLimit,
    OutsideLimit,
    RegionShare,
    Target,
    UnitLimit,
)
from edaphon.problem.evaluate import evaluate
from edaphon.problem.rows import linking_rows
from edaphon.problem.store import load_problem, problem_hash, save_problem
from edaphon.problem.values import Problem

AREA = [1.0, 2.0, 3.0, 4.0]
EARLIER = [1, 0, 2, 0]


class HalfKnown(DenseEffects):
    """Dense effects of which the last two units lie outside the area of applicability."""

    def applicable(self, allocation):
        outside = np.arange(len(self.mean)) >= 2
        return ~(outside & (np.asarray(allocation) != 0))


def problem(constraints, objectives=None):
    mean = np.zeros((4, 3, 1))
    mean[:, 1, 0], mean[:, 2, 0] = 1.0, 2.0
    cost = np.outer(AREA, [0.0, 10.0, 20.0])
    return Problem.from_arrays(
        HalfKnown(mean, np.ones((4, 1))),
        cost,
        None,
        objectives,
        constraints,
        interventions=["mulch", "compost"],
        features=["worms"],
        area_ha=AREA,
        region=["x", "x", "y", "y"],
        earlier=EARLIER,
    )


def sums(made, plan):
    return [row.activity(np.array(plan))[0] for row in linking_rows(made)]


def test_sums_of_every_kind_of_rule():
    made = problem(
        [
            AreaLimit("treated", 1.0, 9.0),
            AreaLimit("mulch", 0.0, 9.0, region="x"),
            UnitLimit("treated", 1.0),
            UnitLimit("compost", 0.0, 2.0, region="y"),
            RegionShare("x", "spending", 0.25),
            RegionShare("y", "area", 0.5, "max"),
            OutsideLimit(0.2),
            ChangeLimit(5.0),
            ChangeLimit(2, "units"),
        ]
    )
    # plan 1 2 0 2: areas 1, 2, 4; money 10, 40, 0, 80
    expected = [7.0, 1.0, 3, 1, 50 - 0.25 * 130, 4 - 0.5 * 7, 80 - 0.2 * 130, 2 + 3 + 4, 3]
    assert sums(made, [1, 2, 0, 2]) == pytest.approx(expected)
    limits = [(row.low, row.high) for row in linking_rows(made)]
    inf = np.inf
    assert limits == [
        (1.0, 9.0), (-inf, 9.0), (1.0, inf), (-inf, 2.0), (0.0, inf), (-inf, 0.0), (-inf, 0.0),
        (-inf, 5.0), (-inf, 2.0),
    ]  # fmt: skip


def test_spoken_rules_are_the_same_as_values():
    spoken = {
        "targets": {"worms": {"share": 0.1, "by": "region"}},
        "area": {"treated": {"max": 9.0}, "mulch": {"max": 2.0, "by": "region"}},
        "units": {"treated": {"min": 1}},
        "regions": {"spending": {"min": 0.1}, "area": {"max": 0.9}},
        "outside_applicability": 0.4,
        "near": {"max": 5.0, "max_units": 2},
    }
    where = "constraints"
    assert problem(spoken).constraints == (
        Target("worms", 0.1, "share", "x", f"{where}.targets.worms"),
        Target("worms", 0.1, "share", "y", f"{where}.targets.worms"),
        AreaLimit("treated", 0.0, 9.0, f"{where}.area.treated"),
        AreaLimit("mulch", 0.0, 2.0, f"{where}.area.mulch", "x"),
        AreaLimit("mulch", 0.0, 2.0, f"{where}.area.mulch", "y"),
        UnitLimit("treated", 1.0, np.inf, f"{where}.units.treated"),
        RegionShare("x", "spending", 0.1, "min", f"{where}.regions.spending"),
        RegionShare("y", "spending", 0.1, "min", f"{where}.regions.spending"),
        RegionShare("x", "area", 0.9, "max", f"{where}.regions.area"),
        RegionShare("y", "area", 0.9, "max", f"{where}.regions.area"),
        OutsideLimit(0.4),
        ChangeLimit(5.0, "area", f"{where}.near.max"),
        ChangeLimit(2.0, "units", f"{where}.near.max_units"),
    )


def test_land_is_a_ledger_where_an_objective_asks_for_it():
    made = problem(
        {"budget": {"changed_area": 9.0}},
        {"worms": {"maximize": "worms"}, "land": {"minimize": "treated_area"}},
    )
    assert [ledger.name for ledger in made.ledgers] == ["cost", "treated_area", "changed_area"]
    worth = evaluate(made, [1, 2, 0, 2])
    assert worth.spent.tolist() == [130.0, 7.0, 9.0]
    assert worth.values.tolist() == [5.0, 7.0]
    assert made.objectives[1].unit == "ha"
    assert worth.feasible


def test_a_broken_rule_is_told_in_its_words():
    made = problem([RegionShare("x", "spending", 0.5, "min", "here"), ChangeLimit(1, "units")])
    told = [(finding.where, finding.what) for finding in evaluate(made, [1, 0, 0, 2]).violations]
    assert told[0][0] == "here"
    assert told[0][1] == "spending in x is 35 less than 50 % of all spending"
    assert "changed units against the earlier portfolio: 2 is above the limit of 1" in told[1][1]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([AreaLimit("muhlch")], "no intervention is called 'muhlch'"),
        ([AreaLimit("mulch", region="z")], "no region is called 'z'"),
        ([UnitLimit("mulch", 3, 2)], "runs from 3 to 2"),
        ([OutsideLimit(1.5)], "is no share"),
        ([RegionShare("x", "area", 0.6), RegionShare("y", "area", 0.6)], "1.2 times all area"),
        ([ChangeLimit(-1)], "the limit is -1"),
        ({"near": {"most": 3}}, "'most' is not known here"),
        ({"units": {"mulch": {"min": 1, "by": "farm"}}}, "cannot go by 'farm'"),
    ],
)
def test_wrong_names_and_figures_are_found(rules, message):
    with pytest.raises(DataError, match=message):
        problem(rules)


def test_a_change_needs_an_earlier_portfolio():
    rules = {"constraints": [ChangeLimit(1.0)]}
    with pytest.raises(DataError, match="no earlier portfolio"):
        Problem.from_arrays(np.zeros((2, 2, 1)), np.zeros((2, 2)), **rules)
    with pytest.raises(DataError, match="is no position"):
        Problem.from_arrays(np.zeros((2, 2, 1)), np.zeros((2, 2)), earlier=[0, 2])


def test_rules_and_the_earlier_portfolio_survive_the_file(tmp_path):
    rules = [UnitLimit("mulch", 1), RegionShare("x", "area", 0.2), ChangeLimit(3, "units")]
    effects = np.zeros((4, 3, 1))
    effects[:, 1] = 1.0
    made = Problem.from_arrays(
        effects,
        np.zeros((4, 3)),
        None,
        None,
        [*rules, OutsideLimit(0.5), AreaLimit("treated", 0.0, 3.0, region="y")],
        interventions=["mulch", "compost"],
        region=["x", "x", "y", "y"],
        earlier=EARLIER,
    )
    save_problem(tmp_path / "p.npz", made)
    back = load_problem(tmp_path / "p.npz")
    assert back.constraints == made.constraints
    assert back.earlier is not None
    assert back.earlier.tolist() == EARLIER
    assert problem_hash(back) == problem_hash(made)


def bundled(constraints):
    """Four units, two practices, their bundle, and a practice that stands in a bundle only."""
    names = ["mulch", "compost", "mulch+compost", "compost+hedge"]
    return Problem.from_arrays(
        np.ones((4, 5, 1)) * np.arange(5.0)[:, None],
        np.ones((4, 5)) * np.arange(5.0),
        None,
        {"gain": {"maximize": "worms"}},
        constraints,
        interventions=names,
        features=["worms"],
        area_ha=AREA,
    )


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mulch", {1, 3}),
        ("compost", {2, 3, 4}),
        ("compost+mulch", {3}),
        ("hedge", {4}),
        ("treated", {1, 2, 3, 4}),
        ("baseline", {0}),
    ],
)
def test_limits_count_bundles_that_hold_the_intervention(name, options):
    made = bundled({"area": {name: {"max": 5}}, "units": {name: {"min": 2}}})
    area, units = linking_rows(made)
    for option in range(5):
        expected = np.array(AREA) * (option in options)
        assert area.coefficients[:, option].tolist() == expected.tolist()
        assert units.coefficients[:, option].tolist() == [float(option in options)] * 4
    assert ("(bundles included)" in area.name) == (name in {"mulch", "compost"})


def test_a_limit_on_what_is_in_no_option_is_refused():
    with pytest.raises(DataError, match="no intervention is called 'hedges'"):
        bundled({"area": {"hedges": {"max": 5}}})
