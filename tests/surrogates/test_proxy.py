"""Surrogate species fitted to the community that they stand for."""

import numpy as np
import pandas as pd
import pytest

from edaphon.data.landscape import Predictors
from edaphon.data.observations import Observations
from edaphon.surrogates.proxy import audit_findings, fit_proxy, predict_proxy
from edaphon.surrogates.state import Audit
from edaphon.surrogates.store import load_surrogate, save_surrogate

N_SPECIES = 12


def survey(driven=True, n_species=N_SPECIES, seed=2, n_sites=100):
    """Species of which all follow one gradient, or of which only the first two do."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 40_000, (2, n_sites))
    gradient = np.sin(x / 9000) + np.cos(y / 7000)
    table = {}
    for k in range(n_species):
        along = gradient if driven or k < 2 else 0.0
        odds = rng.normal(0, 0.5) + 1.8 * along
        table[f"sp{k}"] = (rng.random(n_sites) < 1 / (1 + np.exp(-odds))).astype(float)
    predictors = pd.DataFrame({"gradient": gradient, "noise": rng.normal(size=n_sites)})
    observations = Observations.from_frames(
        pd.DataFrame(table), predictors, x=x, y=y, longitude=x / 80_000, latitude=y / 110_000
    )
    return observations, Predictors(predictors, x, y)


def fitted(observations, area, **keys):
    return fit_proxy(
        observations,
        ("sp0", "sp1"),
        stands_for="soil life",
        area=area,
        block=0.05,
        candidates=("logistic",),
        **keys,
    )


def test_too_few_species_are_said_and_not_graded():
    observations, area = survey(n_species=8)
    proxy, audit = fitted(observations, area, budget=0.2)
    assert proxy is None
    assert (audit.grade, audit.stands_for, audit.budget) == ("unaudited", "soil life", 0.2)
    assert "Only 6 target species" in audit.reason


@pytest.mark.slow
def test_a_community_is_predicted_from_those_that_stand_for_it(tmp_path):
    observations, area = survey()
    proxy, audit = fitted(observations, area, level=0.8)
    assert audit.grade == "supported"
    assert audit.n_targets == N_SPECIES - 2
    told = predict_proxy(proxy, area)
    richness = observations.table[:, 2:].sum(axis=1)
    assert np.corrcoef(told.mean, richness)[0, 1] > 0.7
    assert told.mean.mean() == pytest.approx(richness.mean(), rel=0.05)
    inside = (told.lower <= richness) & (richness <= told.upper)
    assert 0.72 <= inside.mean() <= 0.9
    assert told.lower.min() >= 0
    assert told.upper.max() <= N_SPECIES - 2
    assert {card.audit for card in proxy.species.cards} == {audit}
    notes = proxy.species.cards[0].notes
    assert "the expected number of 10 other species" in notes[0]
    held = float(notes[1].removeprefix("Of held-out sites ").split("%")[0])
    assert 0.7 <= held / 100 <= 0.9
    assert "northeast" in notes[1]
    assert "80% interval" in notes[1]
    assert not audit_findings("worms", audit)
    save_surrogate(proxy, tmp_path / "worms")
    again = predict_proxy(load_surrogate(tmp_path / "worms"), area)
    for part in ("mean", "sd", "lower", "upper", "applicable", "beyond"):
        np.testing.assert_array_equal(getattr(again, part), getattr(told, part))


@pytest.mark.slow
def test_species_that_drive_nothing_support_nothing():
    proxy, audit = fitted(*survey(driven=False))
    assert audit.grade == "not supported"
    (said,) = [one for one in proxy.species.findings if "stands_for" in one.where]
    assert said.severity == "warning"
    assert "not supported as a stand-in for soil life" in said.what


def test_only_support_is_silent():
    (said,) = audit_findings("worms", Audit("soil life", "unaudited", reason="No data."))
    assert said.what == "unaudited as a stand-in for soil life: No data."
    assert said.where == "surrogates: worms.stands_for"
