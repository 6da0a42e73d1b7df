"""Species, communities and the audit in the main job, from the config to the page."""

import json

import numpy as np
import pandas as pd
import pytest

import edaphon
from edaphon.data.examples import write_example
from fauna import write_fauna

FAUNA = """\
  fauna:
    learns: species
    observations: fauna.csv
    site: site
    species: [sp01, sp02, sp03]
    stands_for: soil life
    budget: 20 %
    block: 1 km
    candidates: [logistic]
    response_of: earthworm_abundance
  one:
    learns: species
    observations: fauna.csv
    site: site
    species: sp04
    block: 1 km
    candidates: [logistic]
    response_of: earthworm_abundance
  life:
    learns: community
    observations: fauna.csv
    site: site
    species: [sp05, sp06, sp07, sp08, sp09, sp10]
    function: [soc]
    block: 1 km
"""
RICH = "life_richness > 0.4 and life_function > 0.2 and "


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fauna")
    config, *_ = write_example(folder)
    write_fauna(folder)
    text = config.read_text(encoding="utf-8")
    head, rest = text.split("  earthworms:\n    learns: species ", 1)
    rest = rest.split("\n\n", 1)[1]
    text = f"{head}{FAUNA}\n{rest}".replace("[earthworms, microbial_biomass]", "[fauna, one]")
    state = "    candidates: [ridge]\n    stands_for: life\n    learns: state "
    text = text.replace("    learns: state ", state)
    text = text.replace(
        "where: land_use in ('arable', 'vineyard'",
        f"where: {RICH}land_use in ('arable', 'vineyard'",
    )
    text = text.replace("  missing: refuse ", "  coordinates: false\n  missing: refuse ")
    config.write_text(text, encoding="utf-8")
    return edaphon.run(config, out=folder / "run")


@pytest.mark.slow
def test_the_grade_goes_from_the_audit_to_card_record_and_page(done):
    cards = {(card.name, card.response): card for card in done.cards}
    audit = cards["fauna", "sp01"].audit
    assert audit.grade == "supported"
    assert (audit.budget, audit.n_targets, audit.stands_for) == (0.2, 10, "soil life")
    assert cards["one", "sp04"].audit is None
    told = {"surrogate": "fauna", "stands_for": "soil life", "grade": "supported"}
    assert done.record["stand_ins"]["biodiversity"] == [told]
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert "fauna: supported</small>" in page
    assert "Stands for soil life: supported." in page
    assert "Stands for soil life: supported." in (done.folder / "surrogates.html").read_text(
        "utf-8"
    )


@pytest.mark.slow
def test_species_are_features_with_their_units(done):
    features = {feature.name: feature for feature in done.problem.features}
    assert features["one"].unit == "ha"
    assert features["fauna"].unit == "species ha"
    state = pd.read_parquet(done.folder / "state.parquet")
    mean = state.pivot(index="unit_id", columns="feature", values="mean")
    assert mean["one"].between(0, 1).all()
    assert mean["fauna"].between(0, 10).all()
    assert mean["fauna"].std() > 0.5
    effects = done.problem.effects
    names = [feature.name for feature in done.problem.features]
    after = effects.stock + effects.block(slice(None)).max(axis=1)
    share = after[:, names.index("one")] / done.problem.area_ha
    assert share.max() <= 1 + 1e-12


@pytest.mark.slow
def test_it_goes_on_from_the_files(done):
    front = (done.folder / "front.csv").read_bytes()
    config = done.folder / "config.yaml"
    again = edaphon.run(config, out=done.folder, start="effects")
    assert (done.folder / "front.csv").read_bytes() == front
    assert again.record["stand_ins"] == done.record["stand_ins"]
    assert again.cards == done.cards
    stored = json.loads((done.folder / "surrogates" / "fauna" / "surrogate.json").read_text())
    assert stored
    np.testing.assert_array_equal(again.front.values, done.front.values)


@pytest.mark.slow
def test_an_indicator_is_audited_by_what_it_stands_for(done):
    (card,) = [card for card in done.cards if card.name == "soc"]
    assert card.audit.stands_for == "life"
    assert card.audit.grade in ("supported", "weak", "not supported")
    assert card.audit.rank_correlation is not None
    assert done.record["stand_ins"].keys() == {"biodiversity", "soil_carbon"}


@pytest.mark.slow
def test_filters_read_the_hotspots_that_were_fitted(done):
    layers = pd.read_parquet(done.folder / "layers.parquet").set_index("unit_id")
    hotspots = ["life_richness", "life_dissimilarity", "life_function"]
    unseen = sorted({f"{card.name}_unseen" for card in done.cards})
    assert sorted(layers) == sorted([*hotspots, *unseen])
    assert np.isin(layers[unseen], (0, 1)).all()
    assert layers["life_richness"].between(0, 1).all()
    problem = done.problem
    rich = layers.loc[problem.unit_ids]
    passes = (rich["life_richness"] > 0.4) & (rich["life_function"] > 0.2)
    allowed = problem.allowed[:, problem.interventions.index("compost")] == 0
    assert allowed.any()
    assert not (allowed & ~passes.to_numpy()).any()
    state = pd.read_parquet(done.folder / "state.parquet")
    carbon = state[state["feature"] == "soc_stock"].set_index("unit_id").loc[problem.unit_ids]
    assert np.corrcoef(carbon["mean"], rich["life_function"])[0, 1] > 0.5
