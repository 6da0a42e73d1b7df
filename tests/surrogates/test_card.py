from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from edaphon.data.landscape import Samples
from edaphon.surrogates.card import (
    beyond_findings,
    build_card,
    coverage_by_region,
    coverage_by_width,
    judge,
    score,
)
from edaphon.surrogates.held_out import hold_out
from edaphon.surrogates.learner import Data, learn
from edaphon.surrogates.matched import Matched


@pytest.fixture(scope="module")
def ground():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 1000, (2, 120))
    matrix = np.column_stack([x / 100, rng.normal(size=120)])
    response = 5 + matrix[:, 1] + rng.normal(0, 0.3 + (x > 500), 120)
    together = (x // 250).astype(int) * 4 + (y // 250).astype(int)
    data = Data(matrix, np.array([0, 1]), response, together, "none", 0.9, 0, candidates=("ridge",))
    samples = Samples("soc", response, "%", pd.DataFrame(matrix, columns=["a", "b"]), x, y)
    return samples, data, hold_out(data, assignments=2), hold_out(data, random=True)


def carded(ground, **more):
    samples, data, held, at_random = ground
    return build_card(
        samples,
        data=data,
        held=held,
        at_random=at_random,
        verdict=judge(data, held),
        ground="16 blocks of 250 m",
        stack=learn(data, 0).stack,
        gain=np.maximum(held.gain, 0),
        **more,
    )


def plain(held, fitted, plain):
    return replace(held, fitted=np.array(fitted), plain=np.array(plain))


def test_the_gate_by_hand(ground):
    _, data, held, _ = ground
    small = replace(
        data, response=np.array([1.0, -1.0, 2.0, -2.0]), together=np.array([0, 0, 1, 1])
    )
    verdict = judge(small, plain(held, [[1.0, -1.0, 0.0, 0.0]] * 2, [[0.0] * 4] * 2))
    # gains 2 and 0 of 10 in all; standard error sqrt(2 * 2) / 10
    assert verdict.skill == pytest.approx(0.2)
    assert verdict.skill_se == pytest.approx(0.2)
    assert not verdict.used
    better = judge(small, plain(held, [[1.0, -1.0, 1.0, -1.0]] * 2, [[0.0] * 4] * 2))
    # gains 2 and 6
    assert better.skill == pytest.approx(0.8)
    assert better.skill_se == pytest.approx(0.4)
    assert better.used


def test_rounding_opens_no_gate(ground):
    _, data, held, _ = ground
    same = np.full_like(held.plain, data.response.mean())
    assert not judge(data, replace(held, plain=same, fitted=same - 1e-12)).used


def test_r2_is_pooled_over_rows_and_averaged_over_assignments():
    truth = np.array([0.0, 2.0])
    found = score(truth, np.array([[0.0, 2.0], [1.0, 1.0]]), np.ones((2, 2)), "words", "log")
    assert found.r2 == pytest.approx(0.5)
    assert found.rmse == pytest.approx(0.5)
    assert found.rmse_mean == 1


def test_samples_of_weight_two_count_like_two_samples(ground):
    samples, data, held, at_random = ground
    weights = np.where(np.arange(120) % 3 == 0, 2.0, 1.0)
    twice = np.repeat(np.arange(120), weights.astype(int))
    weighed = replace(data, weights=weights)
    copied = replace(data, response=data.response[twice], together=data.together[twice])
    rows = {name: getattr(held, name)[:, twice] for name in ("fitted", "plain")}
    one, other = judge(weighed, held), judge(copied, replace(held, **rows))
    assert one.skill == pytest.approx(other.skill)
    assert one.skill_se == pytest.approx(other.skill_se)
    assert one.skill != pytest.approx(judge(data, held).skill, rel=1e-6)
    found = score(data.response, held.fitted, held.plain, "words", "response", weights=weights)
    wanted = score(copied.response, rows["fitted"], rows["plain"], "words", "response")
    assert found.r2 == pytest.approx(wanted.r2)
    assert found.rmse_mean == pytest.approx(wanted.rmse_mean)
    card = carded((samples, weighed, held, at_random))
    assert card.held_out.r2 == pytest.approx(found.r2)
    assert any("by the weights of their samples" in note for note in card.notes)


def test_the_card_tells_coverage_by_level_width_and_region(ground):
    samples, _, held, _ = ground
    card = carded(ground)
    assert card.coverage == pytest.approx(held.inside.mean())
    assert list(card.coverage_at) == ["0.5", "0.8", "0.9"]
    assert card.coverage_at["0.9"] == pytest.approx(card.coverage)
    assert card.coverage_at["0.5"] < card.coverage_at["0.8"] < card.coverage_at["0.9"]
    assert len(card.coverage_by_width) == 10
    assert np.mean(card.coverage_by_width) == pytest.approx(card.coverage, abs=1e-9)
    assert set(card.coverage_by_region) == {"northeast", "northwest", "southeast", "southwest"}
    east = samples.x >= np.median(samples.x)
    north = samples.y >= np.median(samples.y)
    assert card.coverage_by_region["northeast"] == pytest.approx(
        held.inside[:, east & north].mean()
    )
    assert card.interval_score == pytest.approx(held.score.mean())
    assert card.interval_score_plain == pytest.approx(held.pooled_score.mean())
    assert card.matched is None
    assert card.random.optimistic


def test_rows_of_equal_width_share_their_coverage(ground):
    samples, data, held, at_random = ground
    even = replace(held, width=np.ones_like(held.width))
    card = carded((samples, data, even, at_random))
    np.testing.assert_allclose(card.coverage_by_width, card.coverage)


def test_fewer_rows_than_ten_make_as_many_parts():
    inside = np.array([[1.0, 0.0, 0.5]])
    assert coverage_by_width(np.array([[3.0, 1.0, 2.0]]), inside) == (0.0, 0.5, 1.0)
    assert coverage_by_region(inside, None) == {}
    assert coverage_by_region(inside, np.array(["b", "a", "b"])) == {"a": 0.0, "b": 0.75}


def test_the_figure_for_the_map_stands_beside_the_others(ground):
    _, data, _, _ = ground
    folds = np.arange(120) % 10
    on_map = hold_out(data, matched=folds)
    card = carded(ground, on_map=(Matched(folds, 12.0, "matched to the units"), on_map))
    assert card.matched is not None
    assert card.matched.folds == "matched to the units"
    assert card.matched.rmse == pytest.approx(
        np.sqrt(((data.response - on_map.fitted) ** 2).mean())
    )
    assert not card.matched.optimistic
    assert any("figure for this map" in note for note in card.notes)
    assert any("alarm" in note for note in card.notes)


def test_a_refused_surrogate_shows_the_intervals_of_the_mean(ground):
    samples, data, held, at_random = ground
    worse = replace(held, fitted=held.plain + 1)
    card = carded((samples, data, worse, at_random))
    assert not card.used
    assert card.coverage == pytest.approx(held.plain_inside.mean())
    assert card.coverage_by_width == ()
    assert card.coverage_at == {}
    assert card.interval_score is None
    assert card.coverage_by_region
    assert any("refused" in note for note in card.notes)


def test_samples_without_coordinates_have_no_regions(ground):
    samples, *rest = ground
    assert carded((replace(samples, x=None, y=None), *rest)).coverage_by_region == {}


def test_units_beyond_the_sampled_range_are_noted(ground):
    card = carded(ground)
    assert beyond_findings(card) == ()
    assert beyond_findings(replace(card, share_beyond=0.0)) == ()
    (note,) = beyond_findings(replace(card, share_beyond=0.034))
    assert note.severity == "note"
    assert "3.4%" in note.what


def test_rows_of_one_width_share_their_coverage():
    width = np.r_[np.full(50, 1.0), np.full(50, 2.0)] * (1 + 1e-15 * np.arange(100))
    inside = np.r_[np.ones(25), np.zeros(25), np.ones(50)]
    assert coverage_by_width(width[None], inside[None]) == (0.5,) * 5 + (1.0,) * 5
    tenths = coverage_by_width(np.arange(1.0, 101.0)[None], inside[None])
    assert tenths == (1, 1, 0.5, 0, 0, 1, 1, 1, 1, 1)
    assert coverage_by_width(np.zeros((1, 4)), np.array([[1.0, 1, 1, 0]])) == (0.75,) * 4


def test_few_samples_in_a_tenth_of_widths_are_told(ground):
    card = carded(ground)
    (note,) = [note for note in card.notes if "Each tenth of interval width" in note]
    assert "about 12 samples" in note
    assert "about 17 points" in note  # 2 sqrt(.9 x .1 / 12)
