import numpy as np
import pytest
from solve_case import every_feasible, random_problem, senses

from edaphon.problem.evaluate import evaluate, formulate
from edaphon.solver.concave import answer_weights
from edaphon.solver.engine import make_engine

RULES = {"targets": {"worms": 0.2}, "keep": {"yield": {"min": -0.5, "by": "region"}}}
WEIGHTS = np.array([1.0, 0.02, 0.001])


@pytest.mark.parametrize("rules", [None, RULES])
@pytest.mark.parametrize("benefit", ["saturating", {"power": 0.25}, {"ramp": 0.4}])
def test_never_worse_never_infeasible_and_often_best(rules, benefit):
    reached = []
    for seed in range(3):
        problem = random_problem(6, 3, seed=seed, budget=0.6, benefit=benefit, constraints=rules)
        engine = make_engine(problem, formulate(problem), 10.0)
        everything = every_feasible(problem)
        if not len(everything):
            continue
        plain = answer_weights(engine.oracle(), engine.outcome, WEIGHTS)
        better = answer_weights(engine.oracle(), engine.outcome, WEIGHTS, engine.polish())
        worth = evaluate(problem, better.allocation)
        assert worth.feasible
        assert worth.values * senses(problem) == pytest.approx(better.values)
        assert better.values @ WEIGHTS >= plain.values @ WEIGHTS
        best = float((everything @ WEIGHTS).max())
        assert better.values @ WEIGHTS <= min(best, better.bound) + 1e-9
        reached.append(better.values @ WEIGHTS >= best - 1e-9)
    assert np.mean(reached) >= 0.6


def test_a_ramp_that_can_be_filled_is_filled():
    problem = random_problem(300, benefit={"ramp": 0.25}, cost_objective=False, budget=0.5)
    engine = make_engine(problem, formulate(problem), 10.0)
    cut = answer_weights(engine.oracle(), engine.outcome, np.array([1.0, 1e-9]), engine.polish())
    assert cut.values[0] == pytest.approx(1.0, abs=1e-12)


def test_linear_objectives_need_no_polish():
    problem = random_problem(20)
    assert make_engine(problem, formulate(problem), 10.0).polish() is None


@pytest.mark.filterwarnings("error")
def test_a_limit_of_0_is_kept_without_overflow():
    rules = {"targets": {"yield": {"gain": 0.0}}}
    problem = random_problem(12, benefit={"ramp": 0.6}, constraints=rules)
    engine = make_engine(problem, formulate(problem), 10.0)
    cut = answer_weights(engine.oracle(), engine.outcome, WEIGHTS, engine.polish())
    worth = evaluate(problem, cut.allocation)
    assert worth.feasible
    assert cut.bound >= worth.values * senses(problem) @ WEIGHTS
