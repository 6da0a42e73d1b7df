from dataclasses import replace

import numpy as np
import pytest

from edaphon.data.landscape import Neighbours
from edaphon.effects.values import EffectSizes, FactoredEffects, Modeled
from edaphon.errors import DataError, Finding
from edaphon.problem.evaluate import evaluate
from edaphon.problem.store import load_problem, problem_hash, save_problem
from edaphon.problem.values import AreaLimit, Budget, Feature, Problem, Target


def factored():
    rng = np.random.default_rng(3)
    shape = (2, 3, 2)
    lnrr = rng.normal(0.0, 0.2, shape)
    lnrr[:, 0] = 0.0
    sizes = EffectSizes(
        strata=("temperate", "cold"),
        interventions=("baseline", "a", "b"),
        features=("worms", "Ertrag"),
        lnrr=lnrr,
        ratio_loading=rng.random((2, 3, 2, 2)),
        ratio_sd_local=rng.random(shape),
        grade=np.ones(shape, dtype=np.uint8),
        basis=np.ones(shape, dtype=np.uint8),
        applicable=np.ones(shape, dtype=bool),
        source=np.full(shape, "Müller 2020", dtype=object),
        studies=np.full(shape, 7, dtype=np.int32),
        findings=(Finding("evidence", "thin", "", "note"),),
    )
    return FactoredEffects(
        stock=rng.random((5, 2)) + 1.0,
        stock_sd=rng.random((5, 2)),
        stratum=np.array([0, 1, 0, 1, 1], dtype=np.int16),
        sizes=sizes,
        state_applicable=np.ones((5, 2), dtype=bool),
    )


def make(effects):
    cost = np.tile([0.0, 1.0, 2.0], (5, 1))
    pairs = np.array([0, 1], dtype=np.int32)
    return Problem.from_arrays(
        effects,
        cost,
        None,
        {"life": {"maximize": ["worms", "Ertrag"], "weights": [1, 2], "benefit": "saturating"}},
        [Budget("cost", 4.0), Target("worms", -0.5, "gain", "süd"), AreaLimit("a", 0.0, np.inf)],
        unit_ids=["ä1", "b", "c", "d", "e"],
        interventions=["a", "b"],
        features=[Feature("worms", "t"), Feature("Ertrag", "t", "lower")],
        region=["süd", "nord", "süd", "nord", "nord"],
        neighbours=Neighbours(pairs, pairs + 1, np.array([5.0, 6.0]), 10.0),
    )


def dense():
    effects = factored()
    return Problem.from_arrays(
        effects.block(slice(None)), np.ones((5, 3)), effects_sd_local=np.ones((5, 3, 2))
    )


@pytest.mark.parametrize("problem", [make(factored()), dense()], ids=["factored", "dense"])
def test_round_trip(tmp_path, problem):
    path = tmp_path / "problem.npz"
    save_problem(path, problem)
    back = load_problem(path)
    assert problem_hash(back) == problem_hash(problem)
    assert back.objectives == problem.objectives
    assert back.constraints == problem.constraints
    assert back.features == problem.features
    assert back.ledgers == problem.ledgers
    assert list(back.unit_ids) == list(problem.unit_ids)
    plan = np.array([0, 1, 2, 1, 0])
    one, two = evaluate(problem, plan), evaluate(back, plan)
    assert (one.values == two.values).all()
    assert (one.lower == two.lower).all()
    if isinstance(back.effects, FactoredEffects):
        assert back.effects.sizes.source[0, 1, 0] == "Müller 2020"
        assert back.effects.sizes.findings == problem.effects.sizes.findings


def test_same_problem_same_bytes_and_no_pickles(tmp_path):
    for name in ("one.npz", "two.npz"):
        save_problem(tmp_path / name, make(factored()))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz", allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)


def test_hash_follows_content_not_places():
    problem = make(factored())
    same = replace(problem, constraints=tuple(replace(c, where="x") for c in problem.constraints))
    assert problem_hash(same) == problem_hash(problem)
    dearer = replace(problem, cost=problem.cost + 1e-9)
    assert problem_hash(dearer) != problem_hash(problem)


def test_damaged_files_are_findings(tmp_path):
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK nothing")
    for path in (broken, tmp_path / "missing.npz"):
        with pytest.raises(DataError) as caught:
            load_problem(path)
        assert path.name in str(caught.value)


def test_effects_of_a_process_model_come_back(tmp_path):
    rng = np.random.default_rng(8)
    modeled = Modeled(rng.random((5, 2)), rng.random((2, 3, 2)), rng.random((2, 3, 2, 2)))
    problem = make(replace(factored(), modeled=modeled))
    save_problem(tmp_path / "problem.npz", problem)
    again = load_problem(tmp_path / "problem.npz")
    chosen = np.array([0, 1, 2, 1, 2])
    np.testing.assert_array_equal(again.effects.chosen(chosen), problem.effects.chosen(chosen))
    for ours, theirs in zip(
        again.effects.total_spread(chosen), problem.effects.total_spread(chosen), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
    assert problem_hash(again) == problem_hash(problem) != problem_hash(make(factored()))


def test_what_a_process_model_leaves_unsure_comes_back(tmp_path):
    rng = np.random.default_rng(9)
    terms = Modeled(rng.random((5, 2)), rng.random((2, 3, 2)), rng.random((2, 3, 2, 2)))
    modeled = replace(terms, local=rng.random((2, 3, 2)), response_sd=rng.random((5, 2)))
    problem = make(replace(factored(), modeled=modeled))
    save_problem(tmp_path / "problem.npz", problem)
    again = load_problem(tmp_path / "problem.npz")
    for ours, theirs in zip(
        again.effects.block_sd(slice(None)), problem.effects.block_sd(slice(None)), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
    assert problem_hash(again) == problem_hash(problem)
    assert problem_hash(problem) != problem_hash(make(replace(factored(), modeled=terms)))
