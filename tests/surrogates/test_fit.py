from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from edaphon.config.quantity import Quantity
from edaphon.data.landscape import Predictors, Samples
from edaphon.errors import DataError
from edaphon.surrogates.fit import check_samples, fit, predict
from edaphon.surrogates.ground import divide_ground


def test_a_surrogate_with_signal_is_used_and_tells_how_it_was_tested(surrogate, ground):
    card = surrogate.card
    assert card.used
    assert card.skill > card.skill_se > 0
    assert (card.name, card.response, card.unit, card.transform) == ("soc", "soc_pct", "%", "log")
    assert card.held_out.r2 > 0.5
    assert card.held_out.rmse < card.held_out.rmse_mean
    assert card.random.optimistic
    assert not card.held_out.optimistic
    assert card.forest is not None
    assert "mean of 5 random assignments" in card.held_out.folds
    assert 0.8 < card.coverage <= 1
    assert len(card.coverage_by_width) == 10
    assert card.matched is not None
    assert card.share_beyond == 0
    assert card.share_applicable > 0.9
    assert sum(card.model.values()) == pytest.approx(1, abs=1e-5)
    assert len(card.observed) == len(card.predicted) == ground[0].n_samples


def test_importance_finds_what_matters(surrogate):
    importance = surrogate.card.importance
    assert sum(importance.values()) == pytest.approx(1)
    assert importance["clay"] > importance["cover"] > importance["rain"]


def test_predictions_are_ordered_and_unbiased(surrogate, ground):
    samples, area = ground
    told = predict(surrogate, area)
    assert (told.lower <= told.mean).all()
    assert (told.mean <= told.upper).all()
    assert (told.sd > 0).all()
    assert told.mean.mean() == pytest.approx(samples.response.mean(), rel=0.05)
    held = np.array(surrogate.card.predicted)
    assert held.mean() == pytest.approx(samples.response.mean(), rel=0.05)


def test_ground_unlike_the_samples_is_not_applicable(surrogate):
    asked = pd.DataFrame(
        {
            "clay": [25.0, 500.0, np.nan, 25.0],
            "rain": [30.0] * 4,
            "cover": ["arable", "arable", "arable", "lake"],
        }
    )
    told = predict(surrogate, asked)
    np.testing.assert_array_equal(told.applicable, [True, False, False, False])
    assert np.isfinite(told.mean).all()


def test_noise_is_refused_and_the_mean_stands_in(refused):
    card = refused.card
    assert not card.used
    assert card.skill <= card.skill_se
    assert "Refused" in card.reason
    assert card.model == {"mean": 1.0}
    assert card.importance == {}
    assert [finding.severity for finding in refused.findings] == ["warning"]
    asked = pd.DataFrame({"clay": [10.0, 40.0], "rain": [1.0, 9.0], "cover": ["arable"] * 2})
    told = predict(refused, asked)
    assert told.mean[0] == told.mean[1]
    assert told.mean[0] == pytest.approx(np.mean(card.observed), rel=0.005)
    assert told.lower[0] < told.mean[0] < told.upper[0]
    assert 0.8 < card.coverage <= 1


@pytest.mark.slow
def test_the_number_of_workers_changes_no_byte(surrogate, ground):
    samples, area = ground
    again = fit(samples, area=area, block=1000.0 / 111_000, response="soc_pct", seed=3, workers=2)
    assert again.card == surrogate.card
    for field in ("mean", "sd", "lower", "upper"):
        one = getattr(predict(surrogate, area), field)
        assert one.tobytes() == getattr(predict(again, area), field).tobytes()


def test_blocks_come_in_degrees_or_as_a_length(ground):
    samples, _ = ground
    by_length = divide_ground(samples, Quantity(1, "km"))
    assert by_length.words == "36 blocks of 1000 m"
    assert not by_length.findings
    assert "degrees" in divide_ground(samples, 0.01).words


def test_blocks_too_large_for_the_samples_are_halved_with_a_warning(ground):
    samples, _ = ground
    divided = divide_ground(samples, Quantity(0.25, "degrees"))
    assert divided.together.max() + 1 >= 10
    assert [finding.severity for finding in divided.findings] == ["warning"]


def test_groups_stay_whole(ground):
    samples, _ = ground
    group = np.array([f"P{i % 12}" for i in range(samples.n_samples)])
    divided = divide_ground(replace(samples, group=group), Quantity(1, "km"))
    assert divided.words == "12 groups, which overlap on the ground"
    lonely = replace(samples, group=np.full(samples.n_samples, "one"))
    with pytest.raises(DataError, match="from 1 group, and 3"):
        divide_ground(lonely, Quantity(1, "km"))


def test_the_side_of_a_block_must_be_an_angle_or_a_length(ground):
    with pytest.raises(DataError, match="neither an angle nor a length"):
        divide_ground(ground[0], Quantity(1, "kg"))


def test_all_faults_of_samples_come_at_once(ground):
    samples, _ = ground
    table = samples.predictors.head(10).assign(clay=np.nan)
    short = replace(samples, response=np.full(10, np.nan), predictors=table)
    with pytest.raises(DataError) as caught:
        fit(short)
    text = str(caught.value)
    assert len(caught.value.findings) == 3
    assert "only 10 samples" in text
    assert "10 of 10 measured values are not finite" in text
    assert "predictor clay is missing" in text


def test_a_constant_response_and_unknown_predictors_are_refused(ground):
    samples, _ = ground
    flat = replace(samples, response=np.full(samples.n_samples, 2.0))
    with pytest.raises(DataError, match="nothing to learn"):
        fit(flat)
    with pytest.raises(DataError, match="id you mean 'clay'"):
        fit(samples, use=["cley"])


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_responses_whose_squares_no_float_holds_are_refused(ground, size):
    samples, _ = ground
    with pytest.raises(DataError, match="Give the response in another unit"):
        check_samples(replace(samples, response=samples.response * size))


def test_samples_are_checked_without_fitting(ground):
    samples, _ = ground
    chosen, divided = check_samples(samples, block=0.01, use=["clay"])
    assert list(chosen.predictors.columns) == ["clay"]
    assert divided.together.max() >= 9
    with pytest.raises(DataError, match="only 12 samples, a surrogate needs 20"):
        check_samples(
            replace(
                samples,
                response=samples.response[:12],
                predictors=samples.predictors[:12],
            )
        )


def test_the_card_counts_the_folds_that_there_are(ground):
    samples, _ = ground
    group = np.array([f"P{i % 4}" for i in range(samples.n_samples)])
    card = fit(replace(samples, group=group), use=["clay"], candidates=["ridge"]).card
    assert "4 groups, which overlap on the ground, 4 folds" in card.held_out.folds
    assert set(card.model) == {"ridge"}


def test_three_small_groups_are_enough_to_fit(ground):
    samples, _ = ground
    few = replace(
        samples,
        response=samples.response[:21],
        predictors=samples.predictors[:21],
        group=np.repeat(["a", "b", "c"], 7),
        x=None,
        y=None,
        longitude=None,
        latitude=None,
    )
    card = fit(few).card
    assert "3 groups" in card.held_out.folds
    assert np.isfinite(card.held_out.r2)


def test_samples_without_coordinates_hold_out_groups(ground):
    samples, area = ground
    group = np.array([f"P{i % 12}" for i in range(samples.n_samples)])
    lonely = replace(samples, group=group, x=None, y=None, longitude=None, latitude=None)
    card = fit(lonely, area=area, candidates=["ridge"]).card
    assert "12 groups" in card.held_out.folds
    assert card.matched is None
    assert card.used


@pytest.mark.slow
def test_sets_monotone_and_dates_are_told_on_the_card_and_used(ground):
    samples, area = ground
    rng = np.random.default_rng(1)
    n = samples.n_samples
    table = samples.predictors.assign(noise=rng.normal(size=n), relief=samples.y / 100)
    offered = {"noise": ("noise",), "wet": ("rain",), "land": ("cover",)}
    dated = replace(
        samples,
        predictors=table[["clay", "rain", "cover", "noise"]],
        sets=offered,
        weight=np.linspace(1, 2, n),
        year=2000.5 + np.arange(n) % 20,
    )
    surrogate = fit(
        dated, block=0.01, candidates=["ridge", "extra_trees", "gaussian_process"],
        monotone={"clay": "increasing"}, coordinates=True, trend=True, older_than=(10, 0.5),
    )  # fmt: skip
    card = surrogate.card
    assert card.used
    assert "gaussian_process" in card.refused
    assert ("noise" in card.predictors) != ("set noise" in card.refused)
    assert {"clay", "cover", "year"} <= set(card.predictors)
    assert set(card.importance) == set(card.predictors)
    assert any("'land' was taken" in note for note in card.notes)
    assert any("predictions are for 2019.5" in note for note in card.notes)
    assert any("count 0.5 times" in note for note in card.notes)
    asked = area.table.assign(clay=np.linspace(0, 60, len(area.table)), rain=30.0, cover="arable")
    asked = asked.assign(noise=0.0)
    told = predict(surrogate, asked if "coordinates" not in card.predictors else replace(
        area, table=asked, x=np.full(len(asked), area.x[0]), y=np.full(len(asked), area.y[0])
    ))  # fmt: skip
    assert (np.diff(told.mean) >= -1e-12).all()


@pytest.mark.slow
def test_coordinates_are_used_where_they_help_and_then_asked_for():
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 6000, (2, 200))
    table = pd.DataFrame({"noise": rng.normal(size=200)})
    response = 5 + np.sin(x / 3000) * 3 + y / 3000 + rng.normal(0, 0.2, 200)
    samples = Samples("slope", response, "t", table, x, y, 15 + x / 76_000, 47 + y / 111_000)
    surrogate = fit(samples, block=0.004, coordinates=True, candidates=["splines", "extra_trees"])
    assert surrogate.card.predictors == ("noise", "coordinates")
    told = predict(surrogate, Predictors(table, x, y))
    assert np.corrcoef(told.mean, response)[0, 1] > 0.95
    with pytest.raises(DataError, match="uses coordinates"):
        predict(surrogate, table)
