from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from edaphon.effects.values import EffectSizes, FactoredEffects
from edaphon.errors import DataError
from edaphon.portfolio.compare import compare
from edaphon.practices.values import Ledger
from edaphon.problem.evaluate import evaluate, total_amount
from edaphon.problem.values import Feature, Objective, Problem

INTERVENTIONS = ("baseline", "cover_crop", "no_till", "cover_crop+no_till")


def make_problem(n_units=24, seed=3, benefit="linear"):
    """Two strata, three practices of which one is a bundle without evidence of its own."""
    rng = np.random.default_rng(seed)
    lnrr = np.zeros((2, 4, 2))
    lnrr[:, 1], lnrr[:, 2] = [0.1, -0.02], [0.06, 0.03]
    lnrr[1] *= 1.3
    lnrr[:, 3] = lnrr[:, 1] + lnrr[:, 2]
    loading = np.zeros((2, 4, 2, 2))
    loading[:, 1, 0], loading[:, 2, 1] = [0.05, 0.02], [0.04, 0.03]
    loading[:, 3] = loading[:, 1] + loading[:, 2]
    local = np.full((2, 4, 2), 0.2)
    local[:, 0] = 0
    shape = (2, 4, 2)
    sizes = EffectSizes(
        strata=("arable", "grass"),
        interventions=INTERVENTIONS,
        features=("soc", "erosion"),
        lnrr=lnrr,
        ratio_loading=loading,
        ratio_sd_local=local,
        grade=np.ones(shape, np.uint8),
        basis=np.ones(shape, np.uint8),
        applicable=np.ones(shape, bool),
        source=np.full(shape, "", object),
        studies=np.ones(shape, np.int32),
    )
    stock = rng.uniform(10, 60, (n_units, 2))
    effects = FactoredEffects(
        stock,
        0.1 * stock,
        rng.integers(0, 2, n_units).astype(np.int16),
        sizes,
        np.ones((n_units, 2), bool),
    )
    area = rng.uniform(1, 5, n_units)
    cost = area[:, None, None] * np.array([0.0, 80.0, 30.0, 100.0])[None, :, None]
    objectives = (
        Objective("carbon", "maximize", ("soc",), unit="t"),
        Objective("shelter", "maximize", ("erosion",), unit="t"),
        Objective("both", "maximize", ("soc", "erosion"), benefit=benefit, unit="share"),
        Objective("money", "minimize", ledgers=("cost",), unit="EUR"),
    )
    return Problem(
        unit_ids=np.array([f"u{i}" for i in range(n_units)]),
        interventions=INTERVENTIONS,
        features=(Feature("soc", "t"), Feature("erosion", "t", better="lower")),
        effects=effects,
        cost=cost,
        ledgers=(Ledger("cost", "EUR"),),
        allowed=np.zeros((n_units, 4), np.uint8),
        reasons=("allowed",),
        objectives=objectives,
        constraints=(),
        area_ha=area,
    )


def drawn_held(problem, portfolios, n_draws, seed=0):
    """Held amounts of several portfolios from joint draws of shared and local deviations."""
    rng = np.random.default_rng(seed)
    effects, sizes = problem.effects, problem.effects.sizes
    units = np.arange(problem.n_units)
    mean, (_, local) = effects.block(slice(None)), effects.block_sd(slice(None))
    z = rng.standard_normal((n_draws, *sizes.ratio_loading.shape[2:]))
    held = np.zeros((len(portfolios), n_draws, 2))
    for f in range(2):
        load = effects.stock[:, None, None, f] * sizes.ratio_loading[effects.stratum, :, :, f]
        for number, chosen in enumerate(portfolios):
            held[number, :, f] = mean[units, chosen, f].sum()
            held[number, :, f] += z[:, :, f] @ load[units, chosen].sum(axis=0)
        for i in units:
            own = rng.standard_normal((n_draws, 4)) * local[i, :, f]
            for number, chosen in enumerate(portfolios):
                held[number, :, f] += own[:, chosen[i]]
    return held


@pytest.fixture(scope="module")
def problem():
    return make_problem()


@pytest.fixture(scope="module")
def pair():
    rng = np.random.default_rng(8)
    a = rng.integers(0, 4, 24)
    b = a.copy()
    b[:9] = rng.integers(0, 4, 9)
    return a, b


@pytest.mark.parametrize("differing", ["anything", "cover crop or no-till", "something or nothing"])
def test_probability_and_interval_match_draws(problem, pair, differing):
    a, b = (plan.copy() for plan in pair)
    if differing != "anything":
        a[:9] = 1
        b[:9] = 2 if differing.endswith("till") else 0
    found = compare(problem, a, b, level=0.9)
    held = drawn_held(problem, (a, b), 40_000)
    gains = (held[0] - held[1]) * [1, -1]
    drawn = np.column_stack([gains, (gains / total_amount(problem)).mean(axis=1)])
    likely = (drawn > 0).mean(axis=0)
    assert found.probability_a_better[:3] == pytest.approx(likely, abs=0.02)
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    assert (found.upper - found.lower)[:3] == pytest.approx(high - low, rel=0.03)
    if differing != "anything":  # a spread that takes nothing as shared would be seen
        one, other = evaluate(problem, a), evaluate(problem, b)
        width = np.hypot(one.upper - one.lower, other.upper - other.lower)[:3]
        away = (one.values - other.values)[:3] / (width / 2 / norm.ppf(0.95))
        assert np.abs(norm.cdf(away) - likely).max() > 0.05


def test_shared_parts_cancel(problem, pair):
    a, b = pair
    found = compare(problem, a, b)
    own, other = evaluate(problem, a), evaluate(problem, b)
    unpaired = np.hypot(own.upper - own.lower, other.upper - other.lower)
    assert (found.upper - found.lower < unpaired)[:3].all()


def test_a_portfolio_compared_with_itself_does_not_differ(problem, pair):
    found = compare(problem, pair[0], pair[0])
    assert (found.difference == 0).all()
    assert (found.upper == found.lower).all()
    assert (found.probability_a_better == 0.5).all()
    assert len(found.units) == 0
    assert found.swap_area_ha == 0


def test_the_order_of_the_two_only_turns_the_sign(problem, pair):
    one, other = compare(problem, *pair), compare(problem, *reversed(pair))
    assert one.difference == pytest.approx(-other.difference)
    assert one.lower == pytest.approx(-other.upper)
    assert one.probability_a_better == pytest.approx(1 - other.probability_a_better)


def test_money_is_sure(problem):
    nothing, some = np.zeros(24, int), np.eye(1, 24, dtype=int)[0]
    found = compare(problem, nothing, some)
    assert found.lower[3] == found.upper[3] == found.difference[3] < 0
    assert found.probability_a_better[3] == 1
    assert compare(problem, some, nothing).probability_a_better[3] == 0


def test_swaps_areas_and_money_add_up(problem, pair):
    a, b = pair
    found = compare(problem, a, b)
    assert found.units.tolist() == np.flatnonzero(a != b).tolist()
    assert found.a_options.tolist() == a[found.units].tolist()
    assert found.b_options.tolist() == b[found.units].tolist()
    assert found.a_area_ha.sum() == pytest.approx(problem.area_ha.sum())
    assert found.swap_area_ha == pytest.approx(problem.area_ha[a != b].sum())
    assert found.b_spent.sum() == pytest.approx(found.b_values[3])


def test_less_of_a_feature_that_is_better_lower_counts_as_gain(problem):
    cover, nothing = np.ones(24, int), np.zeros(24, int)
    found = compare(problem, cover, nothing)
    assert found.difference[1] > 0
    assert found.probability_a_better[1] > 0.5


def test_a_saturating_benefit_enters_with_its_slope():
    problem = make_problem(benefit="saturating")
    effects, sizes = problem.effects, problem.effects.sizes
    sizes = replace(
        sizes,
        ratio_loading=sizes.ratio_loading * 0.02,
        ratio_sd_local=sizes.ratio_sd_local * 0.02,
    )
    surer = replace(effects, sizes=sizes, stock_sd=effects.stock_sd * 0.02)
    problem = replace(problem, effects=surer)
    pair = np.full(24, 3), np.full(24, 1)
    share = drawn_held(problem, pair, 40_000) * [1, -1] / total_amount(problem)
    benefit = np.where(share > 0, np.sqrt(np.maximum(share, 0) + 1e-4) - 0.01, 50 * share)
    drawn = benefit[0].mean(axis=1) - benefit[1].mean(axis=1)
    found = compare(problem, *pair)
    assert found.difference[2] == pytest.approx(drawn.mean(), rel=0.01)
    sd = (found.upper - found.lower)[2] / (2 * norm.ppf(0.95))
    assert sd == pytest.approx(drawn.std(), rel=0.03)


def test_all_faults_are_told_at_once(problem):
    with pytest.raises(DataError) as caught:
        compare(problem, np.zeros(3, int), np.full(24, 9), level=2.0)
    told = str(caught.value)
    assert "24 units" in told
    assert "intervention 9" in told
    assert "0 and 1" in told
    assert len(caught.value.findings) == 3


def test_text_is_no_allocation(problem):
    with pytest.raises(DataError, match="positions"):
        compare(problem, np.full(24, "x"), np.zeros(24, int))


def test_a_comparison_prints_as_tables():
    problem = make_problem()
    a, b = np.ones(problem.n_units, np.uint8), np.zeros(problem.n_units, np.uint8)
    a[0] = 0
    found = compare(problem, a, b)
    objectives, interventions, swaps = str(found).split("\n\n")
    lines = objectives.splitlines()
    assert " ".join(lines[0].split()) == "objective a b a - b 90% interval a better"
    assert [line.split()[0] for line in lines[1:]] == list(problem.objective_names)
    assert len({len(line) for line in lines}) == 1
    assert [line.split()[0] for line in interventions.splitlines()[1:]] == [
        "baseline",
        "cover_crop",
    ]
    assert swaps.startswith(f"{problem.n_units - 1} units differ, ")
