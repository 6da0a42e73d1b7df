import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from species_case import SIDE, area, ground, survey, truth

from edaphon.data.observations import Observations
from edaphon.errors import DataError
from edaphon.surrogates.species import combine_species, fit_species, predict_species
from edaphon.surrogates.species.scores import auc
from edaphon.surrogates.species.thresholds import EQUAL, LARGEST_TSS, MATCHED, OMISSION
from edaphon.surrogates.state import Card
from edaphon.surrogates.store import load_surrogate, save_surrogate

FIELDS = ("mean", "sd", "lower", "upper", "applicable", "beyond")


def test_a_species_with_signal_is_used_and_tells_how_it_was_tested(fitted):
    card = fitted.card("beetle")
    assert card.used
    assert (card.learns, card.response, card.unit) == ("species", "beetle", "probability")
    assert card.skill > card.skill_se > 0
    assert card.held_out.auc > 0.75
    assert card.held_out.r2 > 0.15
    assert card.held_out.rmse < card.held_out.rmse_mean
    assert "blocks of 1000 m, 5 folds, mean of 3 random assignments" in card.held_out.folds
    assert card.random.optimistic
    assert card.random.auc > card.held_out.auc - 0.05
    assert sum(card.model.values()) == pytest.approx(1)
    assert card.importance["warm"] > card.importance["cover"]
    assert sum(card.importance.values()) == pytest.approx(1)
    assert 0.8 <= card.coverage_at["0.9"] <= 1
    assert card.coverage == card.coverage_at["0.9"]
    assert set(card.thresholds) == {OMISSION, LARGEST_TSS, EQUAL, MATCHED}
    assert 0 < card.share_applicable <= 1
    assert Card.from_dict(card.as_dict()) == card


@pytest.mark.parametrize("which", ["fitted", "suitability", "counted"])
def test_cards_tell_coverage_by_width_and_by_region(which, request):
    card = request.getfixturevalue(which).card("beetle")
    assert card.used
    assert len(card.coverage_by_width) == 10
    assert np.mean(card.coverage_by_width) == pytest.approx(card.coverage, abs=0.02)
    assert min(card.coverage_by_width) > 0.7
    assert set(card.coverage_by_region) == {"northeast", "northwest", "southeast", "southwest"}
    assert np.mean(list(card.coverage_by_region.values())) == pytest.approx(card.coverage, abs=0.03)


def test_the_prevalence_that_stands_in_is_what_coverage_is_of(fitted):
    card = fitted.card("moss")
    assert card.coverage_by_width == ()
    assert len(card.coverage_by_region) == 4
    assert 0.85 < card.coverage < 1
    assert not any("Calibration" in note for note in card.notes)
    assert not any("Each tenth" in note for note in card.notes)


@pytest.mark.parametrize(("which", "what"), [("fitted", "blocks"), ("counted", "sites")])
def test_few_blocks_in_a_tenth_of_widths_are_told(which, what, request):
    card = request.getfixturevalue(which).card("beetle")
    (note,) = (note for note in card.notes if note.startswith("Each tenth"))
    n_blocks = int(card.held_out.folds.split(" ")[0])
    part = (n_blocks if what == "blocks" else card.n_samples) / 10
    assert f"about {part:.0f} {what}" in note
    assert f"about {200 * np.sqrt(0.09 / part):.0f} points" in note


def test_sites_without_coordinates_have_no_regions(surveyed):
    groups = (surveyed.x // 1000 * 6 + surveyed.y // 1000).astype(int).astype(str)
    unplaced = replace(surveyed, x=None, y=None, group=groups)
    card = logistic(unplaced, species=["beetle"]).card("beetle")
    assert card.coverage_by_region == {}
    assert len(card.coverage_by_width) == 10


def test_calibration_is_told_in_parts_with_their_numbers_of_sites(fitted, surveyed, suitability):
    (note,) = (note for note in fitted.card("beetle").notes if note.startswith("Calibration"))
    assert "10 parts of about 30 sites" in note
    by_told, by_region = note.split("By region:")
    assert by_told.count(" told and ") == 10
    found = [float(part.split(" and ")[1].split("%")[0]) for part in by_told.split(",")[1:]]
    assert np.mean(found) == pytest.approx(100 * surveyed.table[:, 0].mean(), abs=1)
    assert sum(int(part.split(" sites")[0]) for part in by_region.split("(")[1:]) == 300
    assert not any("Calibration" in note for note in suitability.card("beetle").notes)


def test_what_is_plotted_of_an_occurrence_is_its_calibration(
    fitted, surveyed, suitability, counted
):
    card = fitted.card("beetle")
    assert card.occurs
    assert len(card.observed) == len(card.predicted) == 10
    assert list(card.predicted) == sorted(card.predicted)
    assert np.mean(card.observed) == pytest.approx(surveyed.table[:, 0].mean(), abs=1e-9)
    assert np.mean(card.predicted) == pytest.approx(np.mean(card.observed), abs=0.03)
    assert np.corrcoef(card.observed, card.predicted)[0, 1] > 0.9
    alone = suitability.card("beetle")
    assert alone.occurs
    assert 0 <= min(alone.predicted) < max(alone.predicted) <= 1
    amounts = counted.card("beetle")
    assert not amounts.occurs
    assert len(amounts.observed) > 10
    assert set(amounts.observed) > {0.0, 1.0, 2.0}


def test_counts_say_that_zeros_cannot_be_split(counted):
    card = counted.card("beetle")
    assert any("of the counts are 0" in note for note in card.notes)
    assert card.coverage_at["0.5"] > 0.55
    (note,) = (note for note in card.notes if note.startswith("Calibration"))
    assert "% told" not in note


@pytest.mark.parametrize("which", ["fitted", "suitability", "counted"])
def test_the_figure_for_the_map_stands_beside_that_for_a_new_place(which, request):
    card = request.getfixturevalue(which).card("beetle")
    assert "folds matched to the units" in card.matched.folds
    assert not card.matched.optimistic
    assert card.matched.scale == card.held_out.scale
    assert card.matched.auc > card.held_out.auc - 0.05
    assert any("figure for this map" in note for note in card.notes)


def test_far_units_ask_for_folds_further_apart_than_random_ones(surveyed):
    place = area()
    far = replace(place, x=place.x + 3e4)
    card = logistic(surveyed, species=["beetle"], area=far).card("beetle")
    assert card.matched.folds.startswith("clusters of samples")
    assert card.matched.auc < card.random.auc


def test_without_places_there_is_no_figure_for_the_map(surveyed):
    unplaced = replace(area(), x=None, y=None)
    assert logistic(surveyed, species=["beetle"], area=unplaced).card("beetle").matched is None


def test_a_species_of_one_matched_fold_has_no_figure_for_the_map():
    clump = np.repeat(np.arange(10), 20)
    table, x, y = ground(200, 4)
    seen = pd.DataFrame({"orchid": (clump == 0) & (table.warm > 0), "beetle": table.warm > 0.0})
    sites = Observations.from_frames(seen * 1.0, table, x=x + 1e5 * clump, y=y)
    units = replace(area(), x=area().x - 3e6)
    fitted = logistic(sites, area=units)
    assert fitted.card("orchid").matched is None
    assert fitted.card("beetle").matched.auc > 0.7


def test_noise_is_refused_and_its_prevalence_stands_in(fitted, surveyed):
    card = fitted.card("moss")
    assert not card.used
    assert "Refused" in card.reason
    assert card.thresholds == {}
    told = predict_species(fitted, area(), ["moss"])["moss"]
    assert np.ptp(told.mean) == 0
    assert told.mean[0] == pytest.approx(surveyed.table[:, 1].mean(), abs=0.01)
    assert any("moss" in finding.where for finding in fitted.findings)


def test_rare_species_are_named_and_cannot_be_asked_for(fitted):
    assert fitted.species == ("beetle", "moss")
    assert list(fitted.refused) == ["fern"]
    for card in fitted.cards:
        assert card.refused["the species fern"] == fitted.refused["fern"]
    with pytest.raises(DataError, match="fern is not modeled: 3 presences"):
        predict_species(fitted, area(), ["fern"])
    with pytest.raises(DataError, match="id you mean 'moss'"):
        fitted.card("mos")


def test_probabilities_are_calibrated_on_new_ground(fitted):
    asked = area(4000, seed=20)
    told = predict_species(fitted, asked)["beetle"]
    real = truth(asked.table)
    assert told.mean.mean() == pytest.approx(real.mean(), abs=0.04)
    for low in (0.0, 0.25, 0.5):
        some = (told.mean >= low) & (told.mean < low + 0.25)
        assert told.mean[some].mean() == pytest.approx(real[some].mean(), abs=0.1)
    assert (told.lower <= told.mean).all()
    assert (told.mean <= told.upper).all()
    assert (told.sd > 0).all()
    assert told.applicable.mean() > 0.9


def test_presences_alone_tell_a_relative_suitability(suitability):
    card = suitability.card("beetle")
    assert card.unit == "relative suitability"
    assert card.used
    assert card.held_out.scale == "record among background"
    assert any("prevalence is unknown" in note for note in card.notes)
    assert MATCHED not in card.thresholds
    asked = area(2000, seed=20)
    told = predict_species(suitability, asked)["beetle"]
    found = np.random.default_rng(0).random(2000) < truth(asked.table)
    assert auc(told.mean, found) > 0.75
    refused = predict_species(suitability, asked)["moss"]
    if not suitability.card("moss").used:
        np.testing.assert_array_equal(refused.mean, 0.5)


def test_a_given_prevalence_makes_probabilities():
    observations = survey(kind="presence_only").only(["beetle", "moss"])
    place = area(600, seed=30)
    known = fit_species(
        observations,
        species=["beetle"],
        area=place,
        background="random",
        block=SIDE,
        candidates=["logistic"],
        prevalence={"beetle": 0.3},
    )
    assert known.card("beetle").unit == "probability"
    told = predict_species(known, place)["beetle"].mean
    assert told.mean() == pytest.approx(0.3, abs=0.03)


def test_a_species_found_everywhere_is_said_to_be_unknown_where_missing():
    seen = survey(60, kind="abundance").only(["beetle"])
    seen = replace(seen, table=np.maximum(seen.table, 1.0))
    card = fit_species(seen, block=SIDE, candidates=["logistic"]).card("beetle")
    assert max(card.importance, key=card.importance.get) == "warm"
    assert card.notes[0].startswith("It was found at every one of 60 sites")


def test_abundance_tells_amounts(counted):
    card = counted.card("beetle")
    assert card.used
    assert (card.unit, card.held_out.scale) == ("per m2", "log1p")
    assert 0.85 <= card.coverage <= 0.96
    assert card.model["finding it: logistic"] == 1
    amounts = {name: share for name, share in card.model.items() if name.startswith("amount")}
    assert len(amounts) >= 1
    assert sum(amounts.values()) == pytest.approx(1, abs=1e-5)
    told = predict_species(counted, area(500, seed=2))["beetle"]
    assert (told.lower >= 0).all()
    assert (told.lower == 0).any()
    assert (told.lower <= told.mean).all()
    assert (told.upper >= told.mean).all()


@pytest.mark.parametrize("which", ["fitted", "suitability", "counted"])
def test_a_stored_surrogate_predicts_the_same_bytes(which, request, tmp_path):
    surrogate = request.getfixturevalue(which)
    save_surrogate(surrogate, tmp_path)
    loaded = load_surrogate(tmp_path)
    assert loaded.cards == surrogate.cards
    assert loaded.refused == surrogate.refused
    for name, told in predict_species(surrogate, area()).items():
        again = predict_species(loaded, area())[name]
        assert same_bytes(told, again)


def test_a_fresh_process_loads_a_stored_surrogate_by_the_public_names_alone(fitted, tmp_path):
    save_surrogate(fitted, tmp_path / "fitted")
    area(5).table.to_pickle(tmp_path / "units.pkl")
    code = (
        "import sys, edaphon\n"
        "fitted = edaphon.load_surrogate(sys.argv[1])\n"
        "import pandas as pd\n"
        "told = edaphon.predict_species(fitted, pd.read_pickle(sys.argv[2]))\n"
        "print(edaphon.combine_species(told).mean.tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "fitted", tmp_path / "units.pkl"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = combine_species(predict_species(fitted, area(5))).mean
    assert done.stdout.strip() == str(told.tolist())


def logistic(observations, **options):
    return fit_species(observations, block=SIDE, seed=3, candidates=["logistic"], **options)


def same_bytes(one, two):
    return all(getattr(one, field).tobytes() == getattr(two, field).tobytes() for field in FIELDS)


def test_answers_do_not_depend_on_company(surveyed):
    both = logistic(surveyed, species=["moss", "beetle"])
    alone = logistic(surveyed, species=["beetle"])
    one, two = (predict_species(each, area(), ["beetle"])["beetle"] for each in (alone, both))
    assert one.mean.tobytes() == two.mean.tobytes()
    assert alone.card("beetle").held_out == both.card("beetle").held_out


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["presence_absence", "presence_only", "abundance"])
def test_the_number_of_workers_changes_no_byte(kind):
    observations = survey(150, kind=kind)
    one, two = (
        fit_species(
            observations, species=["beetle"], area=area(), block=SIDE, seed=3, workers=workers
        )
        for workers in (1, 2)
    )
    assert one.cards == two.cards
    others = predict_species(two, area())
    assert all(
        same_bytes(told, others[name]) for name, told in predict_species(one, area()).items()
    )


def test_several_species_together(fitted):
    told = predict_species(fitted, area())
    total, mean = combine_species(told), combine_species(told, "mean")
    np.testing.assert_allclose(total.mean, told["beetle"].mean + told["moss"].mean)
    np.testing.assert_allclose(mean.upper, total.upper / 2)
    assert (total.sd >= told["beetle"].sd).all()
    with pytest.raises(ValueError, match="sum"):
        combine_species(told, "product")
    with pytest.raises(ValueError, match="one species or more"):
        combine_species({})


def test_ranks_can_be_averaged_instead(surveyed):
    ranks = logistic(surveyed, species=["beetle"], combine="rank")
    card = ranks.card("beetle")
    assert card.used
    assert card.held_out.auc > 0.75


@pytest.mark.parametrize(
    "wrong",
    [
        {"level": 0.2},
        {"candidates": ("forest",)},
        {"candidates": ()},
        {"combine": "vote"},
        {"prevalence": {"beetle": 2.0}},
    ],
)
def test_options_that_make_no_sense(surveyed, wrong):
    with pytest.raises(ValueError, match="must"):
        fit_species(surveyed, block=SIDE, **wrong)


def test_progress_is_told(surveyed):
    seen = []
    fit_species(
        surveyed,
        species=["beetle"],
        block=SIDE,
        candidates=["logistic"],
        progress=lambda *step: seen.append(step),
    )
    assert seen[-1] == ("species, random folds", 5, 5)
    assert ("species", 15, 15) in seen
