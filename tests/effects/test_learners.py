"""Unit-level learners: the truth where there is skill, pooled evidence where there is none."""

import sys

import numpy as np
import pandas as pd
import pytest

from edaphon.data.landscape import Samples
from edaphon.effects.learners import learn_effects, learn_trials
from edaphon.errors import DataError

MODERATORS = ["Duration", "MAT", "MAP", "ClayPerc", "SandPerc", "SoilpH"]
QUICK = ("ridge", "extra_trees")


def sampled(seed=0, n=240, effect=1.0):
    """Samples in 24 places, half of each treated: what the treatment brings rises with clay."""
    rng = np.random.default_rng(seed)
    clay, slope = rng.uniform(0, 1, n), rng.uniform(0, 1, n)
    treated = np.arange(n) % 2 == 0
    response = 10 + 4 * slope + effect * (1 + 2 * clay) * treated + rng.normal(0, 0.3, n)
    table = pd.DataFrame({"clay": clay, "slope": slope})
    group = np.array([f"g{k}" for k in (np.arange(n) // 2) % 24])
    return Samples("soc", response, "g/kg", table, group=group), treated


UNITS = pd.DataFrame({"clay": [0.1, 0.5, 0.9], "slope": [0.5, 0.5, 0.5]})


@pytest.mark.slow
@pytest.mark.parametrize("learner", ["S", "T"])
def test_learners_find_what_the_treatment_brings(learner):
    samples, treated = sampled(effect=2.0)
    candidates = ("extra_trees",) if learner == "S" else ("ridge",)
    found = learn_effects(samples, treated, UNITS, learner=learner, candidates=candidates)
    assert found.used
    assert found.applicable.all()
    assert found.mean == pytest.approx([2.4, 4.0, 5.6], abs=1.0)
    assert found.mean[0] < found.mean[1] < found.mean[2]
    assert (np.abs(found.mean - [2.4, 4.0, 5.6]) < 2 * found.sd + 0.5).all()


@pytest.mark.slow
def test_without_skill_the_effect_is_left_to_the_evidence():
    samples, treated = sampled(effect=0.0)
    noise = np.random.default_rng(1).normal(10, 1, len(treated))
    found = learn_effects(
        Samples("soc", noise, "g/kg", samples.predictors, group=samples.group),
        treated,
        UNITS,
        candidates=("ridge",),
    )
    assert not found.used
    assert (found.mean == 0).all()
    assert not found.applicable.any()
    assert "Refused" in found.reason


def test_both_sides_must_have_been_seen():
    samples, treated = sampled()
    with pytest.raises(DataError, match="0 untreated samples"):
        learn_effects(samples, np.ones_like(treated), UNITS)
    with pytest.raises(ValueError, match="S"):
        learn_effects(samples, treated, UNITS, learner="X")


def trials(slope, studies=60):
    rng = np.random.default_rng(3)
    study = np.repeat(np.arange(studies), 3)
    rain = rng.uniform(300, 1500, studies)[study]
    practice = np.where(study % 2 == 0, "a", "b")
    lnrr = 0.1 + 0.2 * (practice == "b") + slope * (rain - 900) / 300
    lnrr = lnrr + rng.normal(0, 0.1, studies)[study] + rng.normal(0, 0.05, len(study))
    return lnrr, study, practice, pd.DataFrame({"rain": rain})


@pytest.mark.slow
def test_trials_with_skill_are_learned_around_the_pooled_mean():
    model = learn_trials(*trials(0.15), candidates=("ridge",))
    assert model.used
    dry, wet = model.lnrr(pd.DataFrame({"rain": [600.0, 1200.0]}), "b")
    assert dry == pytest.approx(0.15, abs=0.08)
    assert wet == pytest.approx(0.45, abs=0.08)


@pytest.mark.slow
def test_trials_without_skill_fall_back_to_the_pooled_evidence():
    lnrr, study, practice, table = trials(0.0)
    model = learn_trials(lnrr, study, practice, table, candidates=("ridge",))
    assert not model.used
    assert model.lnrr(table, "a") == pytest.approx(np.full(len(table), model.pooled["a"].mean))
    assert model.lnrr(table, "unheard of")[0] == model.pooled["any"].mean
    few = learn_trials(*trials(0.15, studies=12))
    assert not few.used
    assert "too few" in few.reason


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database", "outcome"),
    [("era", "Soil Organic Carbon"), ("era", "Soil Moisture"), ("soilhealthdb", "MBC")],
)
def test_real_outcomes_without_skill_are_refused_by_themselves(root, real_data, database, outcome):
    sys.path.append(str(root / "scripts"))
    import raw_trials

    if database == "era":
        pairs = raw_trials.era_pairs(raw_trials.read_era(real_data), outcome)
    else:
        raw = raw_trials.read_soilhealthdb(real_data)
        pairs = raw_trials.soilhealthdb_pairs(raw, outcome)
    columns = pairs["lnrr"], pairs["study"], pairs["practice"]
    model = learn_trials(*columns, pairs[MODERATORS], candidates=QUICK)
    assert not model.used
    assert "Refused" in model.reason
    practice = pairs["practice"].mode()[0]
    told = model.lnrr(pairs[MODERATORS].head(5).fillna(0.0), practice)
    assert (told == model.pooled[practice].mean).all()
