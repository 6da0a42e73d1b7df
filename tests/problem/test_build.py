import numpy as np
import pytest

from edaphon.errors import DataError
from edaphon.problem.evaluate import evaluate
from edaphon.problem.store import problem_hash
from edaphon.problem.values import Budget, Objective, Problem, Target


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    effects = rng.gamma(2.0, 1.0, size=(20, 3, 2))
    effects[:, 0] = 0.0
    cost = rng.gamma(2.0, 10.0, size=(20, 3))
    cost[:, 0] = 0.0
    return effects, cost


def faults(*args, **kwargs):
    with pytest.raises(DataError) as caught:
        Problem.from_arrays(*args, **kwargs)
    return [str(finding) for finding in caught.value.findings]


def test_defaults_maximize_every_feature_and_minimize_cost(arrays):
    problem = Problem.from_arrays(*arrays)
    assert problem.interventions == ("baseline", "option 1", "option 2")
    assert problem.objective_names == ("feature 1", "feature 2", "cost")
    assert [o.sense for o in problem.objectives] == ["maximize", "maximize", "minimize"]
    assert (problem.allowed == 0).all()


def test_objectives_and_constraints_from_mappings(arrays):
    problem = Problem.from_arrays(
        *arrays,
        None,
        {
            "life": {"maximize": ["worms", "fungi"], "weights": {"worms": 3}},
            "cost": {"minimize": "cost"},
        },
        {
            "budget": 100,
            "targets": {"worms": 0.3, "fungi": {"amount": 5}},
            "keep": {"worms": -0.02},
            "area": {"compost": {"max": 4}},
        },
        features=["worms", "fungi"],
        interventions=["mulch", "compost"],
        stock=np.ones((20, 2)),
    )
    assert problem.objectives[0] == Objective(
        "life", features=("worms", "fungi"), weights=(3.0, 1.0), unit="share"
    )
    kinds = [getattr(c, "kind", type(c).__name__) for c in problem.constraints]
    assert kinds == ["Budget", "share", "absolute", "gain", "AreaLimit"]


def test_same_problem_from_values_and_from_mappings(arrays):
    spoken = Problem.from_arrays(
        *arrays,
        None,
        {"a": {"maximize": "feature 1"}},
        {"budget": 10, "targets": {"feature 1": 0.1}},
    )
    said = Problem.from_arrays(
        *arrays,
        None,
        [Objective("a", features=("feature 1",))],
        [
            Budget("cost", 10.0, "constraints.budget"),
            Target("feature 1", 0.1, "share", None, "constraints.targets.feature 1"),
        ],
    )
    assert spoken.objectives == said.objectives
    assert spoken.constraints == said.constraints


def test_keep_by_region_makes_one_safeguard_overall_and_one_per_region(arrays):
    problem = Problem.from_arrays(
        *arrays,
        None,
        {"a": {"maximize": "feature 1"}},
        {"keep": {"feature 1": {"min": -0.1, "by": "region"}}},
        region=["north"] * 12 + ["south"] * 8,
        stock=np.ones((20, 2)),
    )
    assert [c.region for c in problem.constraints] == [None, "north", "south"]


def test_reason_codes_are_kept(arrays):
    codes = np.zeros((20, 3), dtype=np.uint8)
    codes[3, 2] = 1
    problem = Problem.from_arrays(*arrays, codes, reasons=("allowed", "too steep"))
    assert problem.reasons[problem.allowed[3, 2]] == "too steep"


def test_nan_counts_as_nothing_in_forbidden_pairs_only(arrays):
    effects, cost = arrays
    cost[4, 1] = np.nan
    allowed = np.ones((20, 3), dtype=bool)
    allowed[4, 1] = False
    assert Problem.from_arrays(effects, cost, allowed).cost[4, 1, 0] == 0.0
    assert any("unit 4, option 1" in text for text in faults(effects, cost))


@pytest.mark.parametrize("kind", [np.uint8, np.int64, float])
def test_ones_that_mean_allowed_are_told(arrays, kind):
    text = "\n".join(faults(*arrays, np.ones((20, 3), dtype=kind)))
    assert "hole numbers" in text
    assert "0 = allowed" in text


def test_every_fault_is_told_at_once(arrays):
    effects, cost = arrays
    effects[0, 1, 0] = np.nan
    allowed = np.ones((20, 3), dtype=bool)
    allowed[7] = False
    told = faults(
        effects,
        cost,
        allowed,
        {"a": {"maximize": "worm"}, "b": {"maximise": "worms"}},
        {"budget": -5, "targets": {"wrms": 0.3}},
        features=["worms", "worms"],
        unit_ids=["x"] * 20,
    )
    text = "\n".join(told).lower()
    for part in (
        "not finite",
        "1 unit(s) have no allowed intervention, the first at 7",
        "no feature is called 'worm'",
        "did you mean 'worms'?",
        "did you mean 'maximize'?",
        "the budget of cost is -5",
        "name 'worms' stands 2 times",
        "name 'x' stands 20 times",
    ):
        assert part.lower() in text


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"cost": np.ones((20, 4))}, "has shape (20, 4)"),
        ({"cost": np.ones(20)}, "Give 2 or 3 dimensions"),
        ({"effects": "many"}, "does not hold numbers"),
        ({"allowed": np.ones((3, 20), dtype=bool)}, "allowed: has shape (3, 20)"),
        ({"area_ha": np.zeros(20)}, "no area above 0"),
        ({"stock": np.ones((20, 3))}, "stock: has shape"),
        ({"effects_sd_local": -np.ones((20, 3, 2))}, "negative standard deviations"),
        ({"objectives": {"kind": {"maximize": "feature 1"}}}, "column of front.csv"),
        ({"objectives": {}}, "there are 0 objectives"),
        ({"objectives": {"a": {"minimize": "water"}}}, "no ledger is called 'water'"),
        (
            {"objectives": {"a": {"minimize": "changed_area"}}},
            "earlier portfolio, and there is none",
        ),
        ({"constraints": {"area": {"mulch": {"max": 3}}}}, "no intervention is called 'mulch'"),
        ({"constraints": {"targets": {"feature 1": {"gain": 0.1}}}}, "has no stock today"),
        ({"constraints": {"keep": {"feature 1": {"min": -0.1, "by": "region"}}}}, "regions"),
        ({"interventions": ["a", "b", "c"]}, "Position 0 is 'baseline'"),
        ({"constraints": {"budget": "50 EUR"}}, "constraints.budget: cannot be read: '50 EUR' is"),
        ({"constraints": {"area": {"option 1": 5}}}, "constraints.area: cannot be read: it has"),
        (
            {"constraints": {"keep": {"feature 1": {}}}},
            "constraints.keep: cannot be read: 'min' is",
        ),
        ({"objectives": {"a": {"minimize": "cost", "boundary": "x"}}}, "objectives.a: cannot be"),
    ],
)
def test_broken_arrays(arrays, change, part):
    given = {"effects": arrays[0], "cost": arrays[1], **change}
    assert part in "\n".join(faults(**given))


def test_faults_of_several_rules_are_told_together(arrays):
    rules = {"budget": "much", "near": {"max": "little"}, "outside_applicability": "some"}
    told = "\n".join(faults(*arrays, None, None, rules))
    for key in rules:
        assert f"constraints.{key}: cannot be read" in told


def test_effect_of_the_baseline_is_refused(arrays):
    effects, cost = arrays
    effects[5, 0, 1] = 1.0
    assert any("the baseline (option 0) of unit 5" in text for text in faults(effects, cost))


def test_feature_that_nothing_raises(arrays):
    effects, cost = arrays
    effects[:, :, 1] = -1.0
    effects[:, 0] = 0.0
    objectives = {"a": {"maximize": ["feature 1", "feature 2"]}, "b": {"maximize": "feature 2"}}
    Problem.from_arrays(effects, cost, None, objectives)
    told = faults(effects, cost, None, objectives, {"targets": {"feature 2": 0.1}})
    assert any("no share to reach" in text for text in told)
    assert any("no allowed intervention raises feature 2" in text for text in told)


def test_single_precision_is_kept_and_summed_in_double():
    rng = np.random.default_rng(0)
    effects = rng.gamma(2.0, 1.0, size=(5_000, 3, 2)).astype(np.float32)
    effects[:, 0] = 0.0
    effects[7, 2] = np.nan
    allowed = np.ones((5_000, 3), dtype=bool)
    allowed[7, 2] = False
    cost = rng.uniform(1, 9, size=(5_000, 3))
    single = Problem.from_arrays(effects, cost, allowed)
    double = Problem.from_arrays(effects.astype(np.float64), cost, allowed)
    assert single.effects.mean.dtype == np.float32
    assert single.effects.block(slice(0, 9)).dtype == np.float64
    allocation = rng.integers(0, 2, size=5_000)
    one, other = evaluate(single, allocation), evaluate(double, allocation)
    assert one.values.tobytes() == other.values.tobytes()
    assert problem_hash(single) == problem_hash(double)


def test_units_without_ids_are_counted():
    problem = Problem.from_arrays(np.zeros((11, 2, 1)), np.ones((11, 2)))
    assert problem.unit_ids.tolist() == [str(k) for k in range(1, 12)]
