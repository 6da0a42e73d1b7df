import numpy as np

from edaphon.problem.check import check_problem
from edaphon.problem.values import AreaLimit, Budget, Problem, Target


def problem(constraints=(), allowed=None, scale=1.0):
    effects = np.ones((4, 3, 1)) * scale
    effects[:, 0] = 0.0
    cost = np.tile([0.0, 10.0, 20.0], (4, 1))
    return Problem.from_arrays(
        effects, cost, allowed, {"worms": {"maximize": "feature 1"}}, list(constraints)
    )


def told(found, severity):
    return [str(f) for f in found if f.severity == severity]


def test_nothing_to_say():
    assert check_problem(problem([Budget("cost", 50.0), Target("feature 1", 0.5)])) == ()


def test_locked_cost_above_the_budget_names_ledger_and_figures():
    allowed = np.ones((4, 3), dtype=bool)
    allowed[:2, :2] = False
    (error,) = told(check_problem(problem([Budget("cost", 30.0)], allowed)), "error")
    assert "budget of cost" in error
    assert "40" in error
    assert "30" in error
    assert "2 unit(s) are locked in" in error


def test_target_out_of_reach():
    (error,) = told(check_problem(problem([Target("feature 1", 5.0, "absolute")])), "error")
    assert "reach at most 4" in error


def test_area_out_of_reach():
    (error,) = told(check_problem(problem([AreaLimit("option 1", 5.0, 9.0)])), "error")
    assert "area of option 1" in error


def test_a_budget_of_zero_is_a_warning():
    found = check_problem(problem([Budget("cost", 0.0)]))
    assert told(found, "error") == []
    assert "budget of cost is 0" in " ".join(told(found, "warning"))


def test_single_values_that_decide_everything_are_a_warning():
    effects = np.ones((4, 2, 1))
    effects[:, 0] = 0.0
    effects[2, 1] = 1e12
    found = check_problem(Problem.from_arrays(effects, np.zeros((4, 2))))
    assert any("times the median" in text for text in told(found, "warning"))


def test_an_objective_that_nothing_changes_is_told():
    effects = np.zeros((3, 2, 2))
    effects[:, 1, 0] = 1.0
    problem = Problem.from_arrays(effects, np.zeros((3, 2)), features=["worms", "carbon"])
    told = [finding for finding in check_problem(problem) if finding.severity == "warning"]
    assert [finding.where for finding in told] == ["objectives.carbon", "objectives.cost"]
    assert "nothing that is allowed changes carbon" in told[0].what
