import numpy as np
import pytest
from solve_case import every_feasible, linked_values, random_problem, ruled_problem

from edaphon.problem.evaluate import evaluate, formulate
from edaphon.solver.linked import holds, link
from edaphon.solver.repair import improve, repair, room_of
from edaphon.solver.table import make_table


def case(n_units, seed):
    problem = ruled_problem(n_units, seed)
    return problem, *linked_values(problem)


@pytest.mark.parametrize("seed", range(8))
def test_repaired_portfolios_keep_every_constraint(seed):
    problem, linked, value = case(40, seed)
    start = value.argmax(axis=0)
    made = repair(linked, value, start)
    assert made is not None
    assert holds(linked, made)
    assert (room_of(linked, made) >= 0).all()
    assert evaluate(problem, linked.table.allocation(made)).feasible


@pytest.mark.parametrize("seed", range(8))
def test_improving_never_loses_worth_or_feasibility(seed):
    problem, linked, value = case(40, seed)
    made = repair(linked, value, value.argmax(axis=0))
    better = improve(linked, value, np.zeros(len(linked.limits)), made)
    units = np.arange(40)
    assert value[better, units].sum() >= value[made, units].sum()
    assert evaluate(problem, linked.table.allocation(better)).feasible
    gain = value - value[better, units]
    for option, unit in zip(*np.nonzero(gain > 1e-9), strict=True):
        moved = better.copy()
        moved[unit] = option
        assert not holds(linked, moved)  # no single move is left


def test_what_nothing_can_repair_is_none():
    problem = random_problem(6, seed=1, budget=0.02, constraints={"targets": {"worms": 0.9}})
    assert not len(every_feasible(problem))
    formulation = formulate(problem)
    linked = link(make_table(problem, formulation), formulation, 20.0, strict=False)
    value = linked.table.value(np.ones(len(linked.table.columns)))
    assert repair(linked, value, value.argmax(axis=0)) is None
