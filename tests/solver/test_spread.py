import numpy as np

from edaphon.solver.spread import spread_out

BASE = np.array([[10.0, 0.0], [0.0, 10.0]])


def chosen(values, portfolios, base=BASE):
    plans = np.arange(len(values), dtype=np.uint8)[:, None]
    return spread_out(plans, np.array(values), base, portfolios)[:, 0].tolist()


def test_plans_fill_up_to_the_number_asked_the_most_distant_first():
    between = [[9.0, 1.0], [5.0, 5.0], [4.9, 5.1], [2.0, 8.0]]
    assert chosen(between, 3) == [1]
    assert chosen(between, 4) == [1, 3]
    assert chosen(between, 20) == [0, 1, 2, 3]


def test_a_third_is_added_to_a_front_that_has_as_many_as_asked():
    base = np.array([[10.0, 0.0], [8.0, 2.0], [6.0, 4.0], [0.0, 10.0]])
    assert chosen([[5.9, 4.1], [3.0, 7.0], [1.0, 9.0]], 4, base) == [1, 2]
    assert chosen([[5.9, 4.1], [3.0, 7.0]], 3, base) == [1]


def test_plans_that_dominate_are_always_kept():
    assert chosen([[10.0, 1.0], [1.0, 10.0], [5.0, 5.0]], 1) == [0, 1, 2]
