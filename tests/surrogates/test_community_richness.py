import numpy as np
import pytest
from community_case import BLOCK, made_up_community

from edaphon.surrogates.community_richness import independent_spread, sum_card
from edaphon.surrogates.crossed import CrossedSpecies, as_found, common_folds
from edaphon.surrogates.species.check import check_observations
from edaphon.surrogates.state import Card


@pytest.fixture(scope="module")
def summed_up():
    """Chances as good models would tell them, of species that come independently."""
    checked = check_observations(as_found(made_up_community(n=400, kinds=())), block=BLOCK)
    rng, together = np.random.default_rng(0), checked.ready.together
    driver = checked.ready.observations.predictors["a"].to_numpy(float)
    chance = 1 / (1 + np.exp(-(np.linspace(-2, 1, 10) + 1.5 * driver[:, None])))
    found = (rng.random(chance.shape) < chance).astype(float)
    folds = common_folds(together, 0)
    told = np.broadcast_to(chance, (len(folds), *chance.shape)).copy()
    crossed = CrossedSpecies(checked.species, found, together, folds, told, told)
    total, card = sum_card(
        checked, crossed, crossed, number=found.sum(axis=1), rare=np.zeros(400), level=0.9,
        others=3.0,
    )  # fmt: skip
    return crossed, total, card


def test_intervals_of_a_sum_of_independent_species_hold(summed_up):
    crossed, total, card = summed_up
    assert card.used
    assert total.spread == pytest.approx(1, abs=0.1)
    for level, held in card.coverage_at.items():
        assert held == pytest.approx(float(level), abs=0.05)
    assert card.coverage == card.coverage_at["0.9"]
    assert np.ptp(independent_spread(crossed.probability)) > 0.5


def test_the_card_of_a_sum_tells_coverage_by_width_and_by_region(summed_up):
    _, _, card = summed_up
    assert len(card.coverage_by_width) == 10
    assert np.mean(card.coverage_by_width) == pytest.approx(card.coverage, abs=1e-6)
    assert min(card.coverage_by_width) > 0.75
    assert set(card.coverage_by_region) == {"northeast", "northwest", "southeast", "southwest"}
    assert np.mean(list(card.coverage_by_region.values())) == pytest.approx(card.coverage, abs=0.02)
    assert card.refused["direct model"].startswith("its error on held-out ground is larger, 3 ")
    assert Card.from_dict(card.as_dict()) == card
