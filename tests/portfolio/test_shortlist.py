import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edaphon.portfolio.shortlist import (
    extremes,
    knee,
    knees,
    names_of,
    normalized,
    shortlist,
    tag_front,
)
from edaphon.problem.values import Front, Objective


def make_front(gains, portfolios=None, kinds=None, objectives=None):
    """A front whose objectives are all maximized, with the last a cost to minimize."""
    gains = np.asarray(gains, dtype=float)
    n, m = gains.shape
    if objectives is None:
        objectives = (
            *(Objective(f"gain_{j}", "maximize", (f"f{j}",)) for j in range(m - 1)),
            Objective("money", "minimize", ledgers=("cost",)),
        )
    turned = np.array([1.0 if o.sense == "maximize" else -1.0 for o in objectives])
    values = gains * turned
    kinds = ("front",) * n if kinds is None else kinds
    rows = gains[[kind == "front" for kind in kinds]]
    if portfolios is None:
        portfolios = np.arange(n, dtype=np.uint8)[:, None]
    empty = np.full(n, np.nan)
    return Front(
        portfolios=np.asarray(portfolios, dtype=np.uint8),
        names=tuple(f"p{k:02d}" for k in range(n)),
        kinds=kinds,
        objectives=objectives,
        values=values,
        lower=values,
        upper=values,
        weights=np.full((n, m), np.nan),
        feasible=np.ones(n, dtype=bool),
        certified_gap=empty,
        optimality_gap=empty,
        bound=empty,
        certified_by=("none",) * n,
        treated_area_ha=np.zeros(n),
        spent=np.zeros((n, 1)),
        share_outside_applicability=empty,
        tags=("",) * n,
        scales=np.ones(m),
        ideal=(rows.max(axis=0) if len(rows) else np.full(m, np.nan)) * turned,
        nadir=(rows.min(axis=0) if len(rows) else np.full(m, np.nan)) * turned,
        reference_point=np.zeros(m),
        hypervolume=np.nan,
        sandwich_ratio=np.nan,
    )


class Areas:
    """All that the shortlist reads of a problem; every treated hectare costs the same."""

    interventions = ("baseline", "compost", "trees")
    n_interventions = 3
    ledgers = ("cost",)

    def __init__(self, area_ha):
        self.area_ha = np.asarray(area_ha, dtype=float)
        self.n_units = len(self.area_ha)
        self.cost = self.area_ha[:, None, None] * np.array([0.0, 1.0, 1.0])[:, None]


def test_the_knee_is_the_bulge_between_the_extremes():
    front = make_front([[1.0, 0.0], [0.8, 0.85], [0.45, 0.95], [0.0, 1.0]])
    assert knee(front) == 1
    assert extremes(front) == (0, 3)


def test_the_knee_does_not_depend_on_units():
    gains = np.array([[1.0, 0.0], [0.8, 0.85], [0.45, 0.95], [0.0, 1.0]])
    assert knee(make_front(gains * [1e6, 1e-3] + [5e4, -2.0])) == 1


def test_two_objectives_that_go_together_do_not_outvote_the_third():
    # gain_0 and gain_1 are nearly the same; the plane through the extremes knows
    gains = [[1.0, 0.99, 0.0], [0.99, 1.0, 0.0], [0.7, 0.7, 0.75], [0.9, 0.9, 0.12], [0, 0, 1]]
    assert knee(make_front(gains)) == 2


def test_tags_name_extremes_and_balance_and_leave_other_rows_alone():
    gains = [[0.5, 0.5], [1.0, 0.0], [0.8, 0.85], [0.0, 1.0]]
    front = make_front(gains, kinds=("policy", "front", "front", "front"))
    assert tag_front(front).tags == ("", "gain_0 first", "balanced", "cheapest")


def test_one_portfolio_carries_all_its_tags():
    tagged = tag_front(make_front([[2.0, 3.0]]))
    assert tagged.tags == ("gain_0 first, cheapest",)
    assert knee(make_front([[2.0, 3.0]])) is None


def test_a_ledger_that_is_not_money_is_not_called_cheapest():
    objectives = (
        Objective("gain", "maximize", ("f",)),
        Objective("labour", "minimize", ledgers=("hours",)),
    )
    tagged = tag_front(make_front([[1.0, 0.0], [0.0, 1.0]], objectives=objectives))
    assert tagged.tags[1] == "least labour"


def test_an_objective_without_range_counts_as_reached():
    front = make_front([[1.0, 5.0, 0.0], [0.0, 5.0, 1.0], [0.7, 5.0, 0.7]])
    assert (normalized(front)[:, 1] == 1).all()
    assert knee(front) == 2


def test_an_empty_front_gives_an_empty_shortlist():
    front = make_front([[1.0, 0.0]], kinds=("baseline",))
    assert tag_front(front) is front
    assert shortlist(Areas([1.0]), front, 5) == ()


def test_what_differs_most_comes_next():
    # rows 0, 1 extremes, 2 balanced; 3 repeats the balanced one but for a small unit
    portfolios = [[1, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 1], [2, 2, 2, 0]]
    gains = [[1.0, 0.0], [0.0, 1.0], [0.8, 0.85], [0.75, 0.86], [0.3, 0.9]]
    front = make_front(gains, portfolios)
    areas = Areas([10.0, 10.0, 10.0, 0.5])
    assert shortlist(areas, front, 4) == (2, 0, 1, 4)
    assert shortlist(areas, front, 9) == (2, 0, 1, 4, 3)
    assert shortlist(areas, front, 2) == (2, 0)


def test_every_bend_is_found():
    one = make_front([[1.0, 0.0], [0.8, 0.85], [0.45, 0.95], [0.0, 1.0]])
    assert knees(one, 5) == (1,)
    x = np.linspace(0, 1, 41)
    # gentle, steep, gentle, steep: two bends
    y = np.interp(x, [0.0, 0.3, 0.45, 0.75, 1.0], [1.0, 0.9, 0.6, 0.5, 0.0])
    two = make_front(np.column_stack([x, y]))
    found = sorted(x[list(knees(two, 5))].round(3))
    assert found == [0.3, 0.75]
    assert len(knees(two, 1)) == 1
    straight = make_front(np.column_stack([x, 1 - x]))
    assert knees(straight, 5) == ()
    assert knees(make_front([[1.0, 2.0]]), 3) == ()


def test_names_say_what_each_is():
    portfolios = [[0, 0, 0, 0], [1, 1, 0, 0], [2, 2, 2, 0], [1, 2, 0, 0], [1, 1, 1, 0]]
    kinds = ("baseline", "policy", "front", "front", "front")
    gains = [[0.0, 0.0], [0.1, 0.1], [1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]
    front = make_front(gains, portfolios, kinds)
    rows = [0, 1, 2, 3, 4]
    names = names_of(Areas(np.ones(4)), tag_front(front), rows)
    assert names == (
        "do nothing new",
        "present policy",
        "balanced, gain_0 first",
        "more trees",
        "cheapest",
    )
    plain = names_of(Areas(np.ones(4)), front, rows)
    assert plain[2:] == ("more trees (p02)", "more trees (p03)", "more compost")
    assert len(set(plain)) == 5


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(1, 4), st.integers(1, 20), st.integers(0, 10_000))
def test_a_shortlist_is_distinct_of_kind_front_and_as_long_as_can_be(n, m, wanted, seed):
    rng = np.random.default_rng(seed)
    kinds = ("baseline", *("front",) * n)
    portfolios = rng.integers(0, 3, (n + 1, 7))
    front = make_front(rng.random((n + 1, m)), portfolios, kinds)
    chosen = shortlist(Areas(rng.random(7) + 0.1), front, wanted)
    assert len(chosen) == min(wanted, n) == len(set(chosen))
    assert all(kinds[row] == "front" for row in chosen)
    if knee(front) is not None:
        assert chosen[0] == knee(front)


@pytest.mark.parametrize("scale", [1.0, 1e9])
def test_ties_go_to_the_first_row(scale):
    front = make_front(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]) * scale)
    assert extremes(front) == (0, 1)


def test_an_objective_that_nobody_moves_is_neither_tagged_nor_shortlisted():
    gains = [[0.0, 1.0, 0.0], [0.0, 0.8, 0.85], [0.0, 0.0, 1.0], [0.0, 0.4, 0.9]]
    front = make_front(gains, portfolios=[[0], [1], [2], [1]])
    assert tag_front(front).tags == ("gain_1 first", "balanced", "cheapest", "")
    assert shortlist(Areas([1.0]), front, 3) == (1, 0, 2)
