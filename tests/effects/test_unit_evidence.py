"""Moderators and learners in a run: used behind their gate, else refused with the reason."""

import json
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from edaphon.effects.choose import choose_size
from edaphon.errors import ConfigError, DataError
from edaphon.practices.catalogue import whole_catalogue
from edaphon.workflow import check, run

CONFIG = {
    "edaphon": 1,
    "name": "units",
    "landscape": {"file": "units.gpkg", "id": "unit_id"},
    "predictors": {"columns": ["clay", "rain"]},
    "features": {"soc": {"column": "soc_now", "unit": "t/ha"}},
    "interventions": {
        "use": ["cover_crop", "no_till"],
        "options": {
            "cover_crop": {"annual": "90 EUR/ha/yr"},
            "no_till": {"annual": "20 EUR/ha/yr"},
        },
    },
    "objectives": {"carbon": {"maximize": "soc"}, "cost": {"minimize": "cost"}},
    "trials": "trials.csv",
    "evidence": {"moderators": "Clay"},
}


def trials_of(slope, studies=40, pairs=3):
    """Trials of cover crops on carbon in a temperate climate, whose effect may rise with clay."""
    rng = np.random.default_rng(4)
    study = np.repeat(np.arange(studies), pairs)
    clay = rng.uniform(10, 40, studies)[study]
    lnrr = 0.1 + slope * (clay - 25) + rng.normal(0, 0.06, studies)[study]
    return pd.DataFrame(
        {
            "study": [f"s{k}" for k in study],
            "intervention": "cover_crop",
            "outcome": "soc",
            "control": 50.0,
            "treatment": 50.0 * np.exp(lnrr + rng.normal(0, 0.02, len(study))),
            "clay": clay,
        }
    )


def write_project(folder: Path, trials: pd.DataFrame, /, n=36, latitude=47.0, **changed) -> Path:
    """Write fields whose clay runs from 5 to 45 %, and a config."""
    x = 15.0 + 0.002 * np.arange(n)
    shapes = [box(left, latitude, left + 0.001, latitude + 0.001) for left in x]
    rng = np.random.default_rng(0)
    columns = {
        "unit_id": [f"f{k}" for k in range(n)],
        "land_use": "arable",
        "rain": rng.uniform(0, 1, n),
        "soc_now": np.linspace(40.0, 90.0, n),
    }
    if "surrogates" in changed:
        columns["clay"] = np.linspace(0.0, 1.0, n)
    else:
        columns["Clay"] = np.linspace(5.0, 45.0, n)
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)
    frame.to_file(folder / "units.gpkg")
    trials.to_csv(folder / "trials.csv", index=False)
    config = {**CONFIG, "predictors": {"columns": ["rain"]}, **changed}
    config = {key: value for key, value in config.items() if value is not None}
    (folder / "edaphon.yaml").write_text(json.dumps(config), encoding="utf-8")
    return folder / "edaphon.yaml"


def effects_of(done):
    table = pd.read_parquet(done.folder / "effects.parquet")
    return table.pivot_table(
        index="unit_id", columns=["intervention", "feature"], values="mean", sort=False
    )


def said(findings, text):
    return [one for one in findings if text in one.what]


def test_a_moderator_with_skill_moves_effects_unit_by_unit(tmp_path):
    trials = trials_of(0.008)
    config = write_project(tmp_path, trials)
    done = run(config, out=tmp_path / "out", until="effects")
    units = gpd.read_file(tmp_path / "units.gpkg")
    inside = units["Clay"].between(trials["clay"].min(), trials["clay"].max()).to_numpy()
    (finding,) = said(done.findings, "follow Clay")
    assert finding.severity == "note"
    assert "used: squared error on held-out studies falls by" in finding.what
    assert f"{(~inside).sum()} units beyond what the trials saw" in finding.what
    plain = run(config, out=tmp_path / "plain", until="effects", overrides=["evidence={}"])
    effects, pooled = effects_of(done), effects_of(plain)
    ratio = effects["cover_crop", "soc"].to_numpy() / units["soc_now"].to_numpy()
    ratio /= done.problem.area_ha
    mean = pooled["cover_crop", "soc"].to_numpy() / units["soc_now"].to_numpy()
    mean /= plain.problem.area_ha
    assert np.ptp(mean) == pytest.approx(0.0, abs=1e-12)
    shift = np.log1p(ratio) - np.log1p(mean)
    slope = np.polyfit(units["Clay"][inside], shift[inside], 1)[0]
    studies = trials.assign(lnrr=np.log(trials["treatment"] / trials["control"]))
    means = studies.groupby("study")[["clay", "lnrr"]].mean()
    assert slope == pytest.approx(np.polyfit(means["clay"], means["lnrr"], 1)[0], rel=0.05)
    assert np.diff(shift[inside]) == pytest.approx(slope * 40 / 35, rel=1e-6)
    assert shift[0] == pytest.approx(shift[1])  # below what the trials saw: their edge
    assert effects["no_till", "soc"].equals(pooled["no_till", "soc"])
    sources = done.problem.effects.sizes.source[0, :, 0]
    assert "moved by Clay as in own trials of trials.csv" in sources[1]
    assert "moved by" not in sources[2]


@pytest.mark.parametrize(
    ("slope", "studies", "why"),
    [
        pytest.param(0.0, 40, "refused: squared error", marks=pytest.mark.slow),
        (0.008, 12, "12 studies are too few"),
    ],
)
def test_what_has_no_skill_is_refused_and_the_pooled_evidence_stands(tmp_path, slope, studies, why):
    config = write_project(tmp_path, trials_of(slope, studies))
    done = run(config, out=tmp_path / "out", until="effects")
    (finding,) = said(done.findings, "do not follow Clay")
    assert finding.severity == "warning"
    assert why in finding.what
    assert finding.hint == "The pooled evidence stands."
    plain = run(config, out=tmp_path / "plain", until="effects", overrides=["evidence={}"])
    assert effects_of(done).equals(effects_of(plain))


@pytest.mark.slow
def test_moderators_may_be_followed_by_the_candidates_of_the_surrogates(tmp_path):
    trials = trials_of(0.008)
    asked = {"moderators": "Clay", "model": "surrogate"}
    config = write_project(tmp_path, trials, evidence=asked)
    done = run(config, out=tmp_path / "out", until="effects")
    (finding,) = said(done.findings, "follow Clay")
    assert "less squared error than the mean" in finding.what
    plain = run(config, out=tmp_path / "plain", until="effects", overrides=["evidence={}"])
    ratio, mean = (
        np.log1p(effects_of(one)["cover_crop", "soc"].to_numpy() / one.problem.effects.stock[:, 0])
        for one in (done, plain)
    )
    clay = gpd.read_file(tmp_path / "units.gpkg")["Clay"]
    inside = clay.between(12, 38).to_numpy()
    assert np.abs((ratio - mean)[inside] - 0.008 * (clay[inside] - 25)).mean() < 0.05


def samples_of(seed=0, n=200, effect=0.6):
    """Samples in 25 places, half of them under cover crops that raise carbon where clay is high."""
    rng = np.random.default_rng(seed)
    clay, rain, place = rng.uniform(0, 1, n), rng.uniform(0, 1, n), np.arange(n) % 25
    treated = np.arange(n) % 2 == 0
    soc = (40 + 10 * rain) * (1 + effect * clay * treated) + rng.normal(0, 1.0, n)
    return pd.DataFrame(
        {
            "lon": 15.0 + 0.5 * (place % 5) + 0.001 * rng.uniform(size=n),
            "lat": 45.0 + 0.5 * (place // 5) + 0.001 * rng.uniform(size=n),
            "soc_t_ha": soc, "clay": clay, "rain": rain, "cover": np.where(treated, "yes", "no"),
        }
    )  # fmt: skip


LEARNED = {
    "predictors": {"columns": ["clay", "rain"], "coordinates": False},
    "surrogates": {
        "soc": {
            "samples": "soc.csv", "response": "soc_t_ha", "unit": "t/ha", "indicator": "none",
            "candidates": ["ridge"],
        }
    },
    "features": {"soc": {"from": "soc"}},
    "trials": None,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("learner", ["T", "S"])
def test_a_learner_of_both_kinds_of_places_gives_the_effects(tmp_path, learner):
    samples_of().to_csv(tmp_path / "soc.csv", index=False)
    asked = {"cover_crop": {"surrogate": "soc", "treated": "cover", "learner": learner}}
    config = write_project(tmp_path, trials_of(0), evidence={"learners": asked}, **LEARNED)
    model = "ridge" if learner == "T" else "extra_trees"
    only = [f"surrogates.soc.candidates=[{model}]"]
    done = run(config, out=tmp_path / "out", until="effects", overrides=only)
    (finding,) = said(done.findings, "the effects of cover_crop are learned")
    assert "100 treated and 100 untreated samples of soc.csv" in finding.what
    (pairs,) = said(done.findings, "intervention and feature rest on")
    assert "a model 1 (soc: cover_crop)" in pairs.what
    effects = done.problem.effects
    stock = effects.stock[:, 0]
    ratio = effects.block(slice(None))[:, 1, 0] / stock
    clay = np.linspace(0.0, 1.0, len(ratio))
    pooled = np.expm1(choose_size(whole_catalogue(), "cover_crop", "soc", "temperate", 20.0).lnrr)
    outside = np.isclose(ratio, pooled)
    assert f"in {outside.sum()} units outside the area of applicability" in finding.what
    assert outside.sum() < 12
    assert np.corrcoef(ratio[~outside], clay[~outside])[0, 1] > 0.9
    assert np.abs(ratio - 0.6 * clay)[~outside].mean() < 0.1
    table = pd.read_parquet(done.folder / "effects.parquet")
    learned = table[table["intervention"] == "cover_crop"]
    assert set(learned["basis"]) == {"model"}
    assert set(table.loc[table["intervention"] == "no_till", "basis"]) == {"pooled"}
    assert (learned["sd_local"] > 0).all()
    again = run(config, out=tmp_path / "out", start="solve", until="solve", overrides=only)
    assert np.array_equal(again.problem.effects.block(slice(None)), effects.block(slice(None)))


@pytest.mark.slow
def test_a_learner_without_skill_leaves_the_pooled_evidence(tmp_path):
    table = samples_of(n=120)
    table["soc_t_ha"] = np.random.default_rng(2).normal(50, 5, len(table))
    table.to_csv(tmp_path / "soc.csv", index=False)
    asked = {"cover_crop": {"surrogate": "soc", "treated": "cover"}}
    config = write_project(tmp_path, trials_of(0), evidence={"learners": asked}, **LEARNED)
    done = run(config, out=tmp_path / "out", until="effects")
    (finding,) = said(done.findings, "the effects of cover_crop are not learned from samples")
    assert "efused" in finding.what
    assert finding.severity == "warning"
    plain = run(config, out=tmp_path / "plain", until="effects", overrides=["evidence={}"])
    assert effects_of(done).equals(effects_of(plain))


def test_both_kinds_of_places_must_have_been_seen(tmp_path):
    table = samples_of()
    table["cover"] = np.where(np.arange(len(table)) < 7, "yes", "no")
    table.loc[100:, "cover"] = None
    table.to_csv(tmp_path / "soc.csv", index=False)
    asked = {"cover_crop": {"surrogate": "soc", "treated": "cover"}}
    config = write_project(tmp_path, trials_of(0), evidence={"learners": asked}, **LEARNED)
    (finding,) = said(check(config), "not learned from samples")
    assert "7 treated and 93 untreated samples, and at least 20 of each are needed" in finding.what


@pytest.mark.parametrize(
    ("changed", "said_"),
    [
        ({"trials": None}, "moderators are tested on trials"),
        ({"evidence": {"moderators": ["silt"]}}, "silt"),
        ({"evidence": {"learners": {"mulch": {"surrogate": "soc", "treated": "t"}}}}, "'mulch'"),
        (
            {"evidence": {"learners": {"no_till": {"surrogate": "soc", "treated": "t"}}}},
            "no surrogate of a state 'soc'",
        ),
    ],
)
def test_faults_are_told_by_check(tmp_path, changed, said_):
    config = write_project(tmp_path, trials_of(0.0), **changed)
    with pytest.raises((ConfigError, DataError)) as caught:
        check(config)
    assert any(said_ in one.what for one in caught.value.findings)


def test_a_learner_needs_a_feature_that_effect_sizes_change(tmp_path):
    samples_of().to_csv(tmp_path / "soc.csv", index=False)
    asked = {"cover_crop": {"surrogate": "soc", "treated": "cover"}}
    changed = {**LEARNED, "features": {"soc": {"column": "soc_now", "unit": "t/ha"}}}
    config = write_project(tmp_path, trials_of(0), evidence={"learners": asked}, **changed)
    with pytest.raises(ConfigError, match="no feature that effect sizes change is made of soc"):
        check(config)


def test_a_column_of_treatments_must_be_there(tmp_path):
    samples_of().to_csv(tmp_path / "soc.csv", index=False)
    asked = {"cover_crop": {"surrogate": "soc", "treated": "covr"}}
    config = write_project(tmp_path, trials_of(0), evidence={"learners": asked}, **LEARNED)
    with pytest.raises(ConfigError, match="covr") as caught:
        check(config)
    assert "cover" in caught.value.findings[0].hint


MODERATORS = ["MAT", "MAP", "ClayPerc", "SoilpH"]
OUTCOMES = {"Soil Organic Carbon": "soc", "Soil Moisture": "soil_water", "MBC": "microbial_biomass"}


def real_pairs(root, real_data, database, outcome):
    """Pairs of one outcome as the table of a planner's own trials, with made-up practice names."""
    sys.path.append(str(root / "scripts"))
    import raw_trials

    if database == "era":
        pairs = raw_trials.era_pairs(raw_trials.read_era(real_data), outcome)
    else:
        pairs = raw_trials.soilhealthdb_pairs(raw_trials.read_soilhealthdb(real_data), outcome)
    names = {code: f"practice {k}" for k, code in enumerate(sorted(set(pairs["practice"])))}
    middle = {"tropical": 5.0, "subtropical": 30.0, "temperate": 45.0, "cold": 60.0}
    return pd.DataFrame(
        {
            "study": pairs["study"],
            "intervention": pairs["practice"].map(names),
            "outcome": OUTCOMES[outcome],
            "control": 1.0,
            "treatment": np.exp(pairs["lnrr"]),
            "latitude": pairs["climate"].map(middle),
            **{name: pairs[name] for name in MODERATORS},
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database", "outcome", "model"),
    [
        ("era", "Soil Organic Carbon", "linear"),
        ("era", "Soil Moisture", "linear"),
        ("soilhealthdb", "MBC", "linear"),
        ("soilhealthdb", "MBC", "surrogate"),
    ],
)
def test_real_outcomes_without_skill_fall_back_in_a_run(
    tmp_path, root, real_data, database, outcome, model
):
    pairs = real_pairs(root, real_data, database, outcome)
    used = sorted(set(pairs["intervention"]))
    own = {name: {"title": name} for name in used}
    feature = OUTCOMES[outcome]
    config = write_project(
        tmp_path,
        pairs,
        latitude=5.0,
        features={feature: {"column": "soc_now", "unit": "t/ha"}},
        interventions={"use": used, "own": own},
        objectives={"good": {"maximize": feature}, "cost": {"minimize": "cost"}},
        evidence={"moderators": MODERATORS, "model": model},
    )
    units = gpd.read_file(tmp_path / "units.gpkg")
    rng = np.random.default_rng(1)
    drawn = {name: rng.choice(pairs[name].dropna(), len(units)) for name in MODERATORS}
    units.assign(**drawn).to_file(tmp_path / "units.gpkg")
    done = run(config, out=tmp_path / "out", until="effects")
    (finding,) = said(done.findings, f"effects on {feature} do not follow")
    assert finding.hint == "The pooled evidence stands."
    plain = run(config, out=tmp_path / "plain", until="effects", overrides=["evidence={}"])
    assert effects_of(done).equals(effects_of(plain))
    assert (done.problem.effects.sizes.basis[0, 1:] == 1).any()
