import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edaphon.errors import DataError
from edaphon.problem.benefits import SATURATING
from edaphon.problem.evaluate import evaluate, formulate, objective_gains, total_amount
from edaphon.problem.rows import linking_rows
from edaphon.problem.values import AreaLimit, Budget, Feature, Objective, Problem, Target

EFFECTS = np.array(
    [
        [[0.0, 0.0], [4.0, -1.0], [1.0, 2.0]],
        [[0.0, 0.0], [6.0, -2.0], [3.0, 5.0]],
        [[0.0, 0.0], [-1.0, -3.0], [2.0, 1.0]],
    ]
)
COST = np.array([[0.0, 10.0, 5.0], [0.0, 20.0, 8.0], [0.0, 30.0, 1.0]])
FEATURES = (Feature("worms", "t"), Feature("erosion", "t", better="lower"))


def small(**changes):
    words = {
        "objectives": [
            Objective("worms", features=("worms",)),
            Objective("both", features=("worms", "erosion"), weights=(1.0, 3.0)),
            Objective("cost", "minimize", ledgers=("cost",)),
        ],
        "features": FEATURES,
        "area_ha": [1.0, 2.0, 4.0],
        "stock": np.array([[10.0, 20.0], [10.0, 20.0], [10.0, 20.0]]),
        "region": ["n", "n", "s"],
    }
    return Problem.from_arrays(EFFECTS, COST, **(words | changes))


def test_total_amount_takes_the_best_allowed_option_in_the_good_direction():
    assert total_amount(small()) == pytest.approx([4 + 6 + 2, 1 + 2 + 3])
    allowed = np.ones((3, 3), dtype=bool)
    allowed[1, 1] = False
    assert total_amount(small(allowed=allowed)) == pytest.approx([4 + 3 + 2, 1 + 0 + 3])
    marxan = small(allowed=allowed, total_counts_forbidden=True)
    assert total_amount(marxan) == pytest.approx([12, 6])


def test_values_by_hand():
    got = evaluate(small(), [1, 2, 0])
    assert got.held == pytest.approx([7.0, 4.0])
    assert got.spent == pytest.approx([18.0])
    assert got.values == pytest.approx([7.0, 0.25 * 7 / 12 + 0.75 * -4 / 6, 18.0])
    assert got.treated_area_ha == 3.0
    assert got.feasible
    assert (got.lower == got.values).all()


def test_saturating_benefit_is_concave_with_a_finite_slope():
    s = np.linspace(-0.2, 1.2, 500)
    assert SATURATING.value(0.0) == 0.0
    assert SATURATING.value(1.0) == pytest.approx(np.sqrt(1.0001) - 0.01)
    assert SATURATING.value(-0.1) == pytest.approx(-5.0)
    assert (np.diff(SATURATING.slope(s)) <= 1e-12).all()
    slope = (SATURATING.value(s + 1e-7) - SATURATING.value(s - 1e-7)) / 2e-7
    assert slope == pytest.approx(SATURATING.slope(s), rel=1e-4)


def test_saturating_objective_by_hand():
    both = Objective("both", features=("worms", "erosion"), benefit="saturating")
    got = evaluate(small(objectives=[both]), [1, 1, 0])
    assert got.values == pytest.approx([0.5 * SATURATING.value([10 / 12, 3 / 6]).sum()])


def test_interval_in_closed_form():
    shared = np.full(EFFECTS.shape, 0.5)
    local = np.full(EFFECTS.shape, 2.0)
    problem = small(effects_sd_shared=shared, effects_sd_local=local)
    got = evaluate(problem, [1, 1, 2], level=0.9)
    variance = 1.0**2 + 0.5**2 + 3 * 2.0**2  # two units share a deviation, one has its own
    half = 1.6448536269514722 * np.sqrt(variance)
    assert got.upper[0] - got.values[0] == pytest.approx(half)
    assert got.values[0] - got.lower[0] == pytest.approx(half)
    share = half * np.hypot(0.25 / 12, 0.75 / 6)
    assert got.upper[1] - got.values[1] == pytest.approx(share)
    assert got.lower[2] == got.upper[2] == got.values[2]


def test_interval_of_a_saturating_benefit_is_the_benefit_of_the_ends():
    one = Objective("worms", features=("worms",), benefit="saturating")
    problem = small(objectives=[one], effects_sd_local=np.full(EFFECTS.shape, 1.0))
    got = evaluate(problem, [1, 1, 0])
    half = 1.6448536269514722 * np.sqrt(3.0)
    assert got.lower == pytest.approx([float(SATURATING.value((10 - half) / 12))])
    assert got.upper == pytest.approx([float(SATURATING.value((10 + half) / 12))])


def test_closed_form_interval_agrees_with_draws():
    rng = np.random.default_rng(1)
    shared, local = 0.3 * np.abs(EFFECTS), 0.2 * np.abs(EFFECTS) + 0.1
    problem = small(effects_sd_shared=shared, effects_sd_local=local)
    plan = np.array([1, 1, 2])
    got = evaluate(problem, plan)
    units = np.arange(3)
    deviation = rng.standard_normal((200_000, 3, 2))
    own = rng.standard_normal((200_000, 3, 2))
    drawn = (
        EFFECTS[units, plan] + shared[units, plan] * deviation[:, plan] + local[units, plan] * own
    )
    low, high = np.quantile(drawn[:, :, 0].sum(axis=1), [0.05, 0.95])
    assert got.lower[0] == pytest.approx(low, abs=0.05)
    assert got.upper[0] == pytest.approx(high, abs=0.05)


def test_constraints_by_hand():
    rules = [
        Budget("cost", 25.0),
        Target("worms", 0.5, "share"),
        Target("erosion", -0.1, "gain"),
        Target("worms", 3.0, "absolute", "s"),
        AreaLimit("option 1", 1.0, 2.5),
    ]
    problem = small(constraints=rules)
    rows = linking_rows(problem)
    assert [row.high for row in rows] == [25.0, np.inf, np.inf, np.inf, 2.5]
    assert [row.low for row in rows][1:] == pytest.approx([6.0, -6.0, 3.0, 1.0])
    got = evaluate(problem, [1, 1, 0])
    assert not got.feasible
    told = " ".join(str(finding) for finding in got.violations)
    assert "budget of cost: 30 is above the limit of 25" in told
    assert "target of worms in s: 0 t is below the limit of 3 t" in told
    assert "area of option 1: 3 ha is above the limit of 2.5 ha" in told
    assert len(got.violations) == 3


def test_forbidden_pairs_are_a_violation_with_their_reason():
    codes = np.zeros((3, 3), dtype=np.uint8)
    codes[1, 1] = 1
    problem = small(allowed=codes, reasons=("allowed", "too steep"))
    got = evaluate(problem, [0, 1, 0])
    assert not got.feasible
    assert "too steep" in str(got.violations[0])


@pytest.mark.parametrize("plan", [[0, 0], [0, 0, 3], [0, -1, 0], [0.0, 1.0, 2.0]])
def test_broken_allocations(plan):
    with pytest.raises(DataError):
        evaluate(small(), np.array(plan))


def test_share_outside_is_nan_where_nothing_is_spent():
    assert np.isnan(evaluate(small(), [0, 0, 0]).share_outside_applicability)
    assert evaluate(small(), [1, 0, 0]).share_outside_applicability == 0.0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=3, max_size=3))
def test_gains_sum_to_values(plan):
    problem = small()
    gains = objective_gains(problem)
    sense = np.array([1.0, 1.0, -1.0])
    summed = gains[np.arange(3), plan].sum(axis=0)
    assert summed * sense == pytest.approx(evaluate(problem, plan).values)


def test_gains_mark_forbidden_pairs():
    allowed = np.ones((3, 3), dtype=bool)
    allowed[2, 1] = False
    gains = objective_gains(small(allowed=allowed))
    assert np.isnan(gains[2, 1]).all()
    assert np.isfinite(gains).sum() == 8 * 3


def test_one_formulation_serves_many_portfolios():
    problem = small(constraints=[Budget("cost", 25.0)])
    shared = formulate(problem)
    for plan in ([0, 0, 0], [1, 2, 0], [2, 2, 2]):
        alone = evaluate(problem, plan)
        together = evaluate(problem, plan, formulation=shared)
        assert (alone.values == together.values).all()
        assert alone.feasible == together.feasible
