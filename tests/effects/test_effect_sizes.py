"""Which evidence stands for a climate, and how its spread is carried."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from edaphon.effects.choose import choose_size
from edaphon.effects.climate import climate_of
from edaphon.effects.sizes import effect_sizes
from edaphon.effects.spread import T4_95, ratio_sd_local, ratio_sd_shared, shared_sd
from edaphon.effects.values import BASES
from edaphon.practices.catalogue import outcomes, whole_catalogue
from edaphon.practices.evidence import CLIMATES
from edaphon.practices.values import Catalogue, Evidence, Intervention

FEATURES = tuple((name, name) for name in outcomes())


def row(intervention, climate="temperate", **more):
    values = {
        "outcome": "soc",
        "lnrr": 0.1,
        "se": 0.02,
        "tau": 0.1,
        "sigma": 0.2,
        "studies": 12,
        "pairs": 40,
        "years": "",
        "grade": "B",
        "basis": "pooled",
        "source": f"{intervention} {climate}",
    }
    return Evidence(intervention=intervention, climate=climate, **{**values, **more})


def practice(name, parts=(), **more):
    plain = Intervention(name, name, "", 0.0, 0.0, "EUR", 2024, "test", {"default": 0.0})
    return replace(plain, parts=parts, **more)


def catalogue_of(interventions, rows):
    anything = row("any", "all", lnrr=0.14, tau=0.17, studies=168)
    return Catalogue(tuple(interventions), (*rows, anything), {"soc": "SOC", "yield": "Yield"})


def size_of(catalogue, name, climate="temperate", horizon=20.0):
    return choose_size(catalogue, name, "soc", climate, horizon)


@pytest.mark.parametrize(
    ("latitude", "climate"),
    [
        (0, "tropical"),
        (-23.5, "tropical"),
        (23.6, "subtropical"),
        (-35, "subtropical"),
        (47, "temperate"),
        (55, "temperate"),
        (-55.1, "cold"),
        (90, "cold"),
        (math.nan, ""),
    ],
)
def test_climate_by_absolute_latitude(latitude, climate):
    assert climate_of([latitude])[0] == climate


def test_own_climate_stands_with_three_studies_and_not_with_two():
    rows = [row("a", "all", lnrr=0.5), row("a", lnrr=0.1, studies=3)]
    assert size_of(catalogue_of([practice("a")], rows), "a").lnrr == 0.1
    rows[1] = row("a", lnrr=0.1, studies=2)
    size = size_of(catalogue_of([practice("a")], rows), "a")
    assert size.lnrr == 0.0
    assert not size.applicable
    assert size.basis == "pooled"


def test_the_row_with_most_studies_stands():
    pooled = row("a", lnrr=0.1, studies=9)
    review = row("a", "all", lnrr=-0.2, studies=115, basis="literature")
    assert size_of(catalogue_of([practice("a")], [pooled, review]), "a").lnrr == -0.2
    small = replace(review, studies=4)
    assert size_of(catalogue_of([practice("a")], [pooled, small]), "a").lnrr == 0.1


def test_a_review_of_other_climates_does_not_speak():
    review = row("a", "tropical", basis="literature", studies=115)
    assert not size_of(catalogue_of([practice("a")], [review]), "a").applicable


def test_judgement_does_not_count():
    size = size_of(catalogue_of([practice("a")], [row("a", basis="judgement")]), "a")
    assert (size.basis, size.lnrr) == ("none", 0.0)


def test_foreign_evidence_keeps_the_whole_spread():
    rows = [row("a", "all", tau=0.4, sigma=0.3), row("a", "tropical")]
    size = size_of(catalogue_of([practice("a")], rows), "a")
    assert size.shared == pytest.approx(math.sqrt(0.02**2 + 0.4**2 + 0.05**2))
    assert size.local == 0.3


def test_shared_variance_counts_the_landscape_as_a_new_study():
    size = size_of(catalogue_of([practice("a")], [row("a")]), "a")
    assert size.shared == pytest.approx(math.sqrt(0.02**2 + 0.1**2 + 0.05**2))
    assert size.shared == pytest.approx(shared_sd(0.02, 0.1))
    assert size.local == 0.2


def test_a_spread_of_few_studies_is_not_trusted_below_the_whole():
    rows = [row("a", tau=0.0, studies=4), row("a", "all", tau=0.3, studies=15)]
    assert size_of(catalogue_of([practice("a")], rows), "a").shared > 0.3
    rows[1] = row("a", "all", tau=0.0, studies=5)
    assert size_of(catalogue_of([practice("a")], rows), "a").shared > 0.17


def test_what_a_source_does_not_print_is_filled_in():
    nan = math.nan
    review = row("a", "all", basis="literature", se=nan, tau=nan, sigma=nan, studies=100)
    size = size_of(catalogue_of([practice("a")], [review]), "a")
    assert size.shared == pytest.approx(shared_sd(0.017, 0.17))
    assert size.local == 0.2
    printed = replace(review, se=0.005)
    size = size_of(catalogue_of([practice("a")], [printed]), "a")
    assert size.shared == pytest.approx(shared_sd(0.005, 0.05))


def test_late_effects_are_scaled_by_the_horizon():
    slow = practice("a", time_to_effect_yr={"soc": 10.0, "default": 40.0})
    catalogue = catalogue_of([slow], [row("a"), row("a", outcome="yield")])
    whole = math.expm1(0.1)
    # the effect is scaled, not its logarithm
    half = size_of(catalogue, "a", horizon=5.0)
    assert math.expm1(half.lnrr) == pytest.approx(whole / 2)
    assert half.shared == size_of(catalogue, "a", horizon=10.0).shared
    assert math.expm1(size_of(catalogue, "a", horizon=30.0).lnrr) == pytest.approx(whole)
    late = choose_size(catalogue, "a", "yield", "temperate", 20.0)
    assert math.expm1(late.lnrr) == pytest.approx(whole / 2)


def test_a_bundle_without_evidence_takes_its_parts():
    bundle = practice("a+b", ("a", "b"), combination={"soc": 0.5}, combination_source="measured")
    rows = [row("a", lnrr=0.1), row("b", lnrr=0.3, tau=0.2)]
    catalogue = catalogue_of([practice("a"), practice("b"), bundle], rows)
    size = size_of(catalogue, "a+b")
    assert size.lnrr == pytest.approx(0.2)
    assert size.basis == "bundle"
    assert size.applicable
    assert size.deviations["b"] == pytest.approx(0.5 * shared_sd(0.02, 0.2))
    assert size.local == pytest.approx(0.5 * math.hypot(0.2, 0.2))
    assert "measured" in size.source


def test_a_bundle_with_evidence_stands_alone():
    bundle = practice("a+b", ("a", "b"), combination={"default": 0.5})
    rows = [row("a"), row("b"), row("a+b", lnrr=0.25)]
    size = size_of(catalogue_of([practice("a"), bundle], rows), "a+b")
    assert size.lnrr == 0.25
    assert set(size.deviations) == {"a+b"}


def test_a_bundle_with_a_foreign_part_has_no_mean():
    bundle = practice("a+b", ("a", "b"), combination={"default": 0.5})
    catalogue = catalogue_of([practice("a"), bundle], [row("a"), row("b", "tropical")])
    size = size_of(catalogue, "a+b")
    assert (size.lnrr, size.applicable) == (0.0, False)
    assert size.shared > 0


def test_bundle_deviations_are_those_of_its_parts():
    bundle = practice("a+b", ("a", "b"), combination={"default": 0.5})
    catalogue = catalogue_of([practice("a"), bundle], [row("a"), row("b")])
    sizes = effect_sizes(catalogue, ("temperate",), (("soc", "soc"),), 20.0)
    assert sizes.ratio_loading.shape == (1, 3, 3, 1)
    of_a, of_bundle = sizes.ratio_loading[0, 1, :, 0], sizes.ratio_loading[0, 2, :, 0]
    assert np.flatnonzero(of_a).tolist() == [0]
    assert np.flatnonzero(of_bundle).tolist() == [0, 2]
    assert sizes.ratio_sd_shared[0, 2, 0] == pytest.approx(np.linalg.norm(of_bundle))


def test_the_heavy_tail_is_students_t_of_variance_one():
    assert pytest.approx(stats.t.ppf(0.95, 4) / math.sqrt(stats.t.var(4))) == T4_95


@given(st.floats(-1.5, 1.5), st.floats(0.01, 1.0))
def test_sd_of_the_ratio_comes_from_its_quantiles(mean, sd):
    spread = stats.t(4, scale=sd / math.sqrt(2.0))
    high, low = np.exp(mean + spread.ppf([0.95, 0.05]))
    assert float(ratio_sd_shared(mean, sd)) == pytest.approx((high - low) / 3.29, rel=2e-4)
    low, high = np.exp(stats.norm(mean, sd).ppf([0.05, 0.95]))
    assert float(ratio_sd_local(mean, sd)) == pytest.approx((high - low) / 3.29, rel=2e-4)


@given(st.floats(0.0, 2.0), st.floats(0.0, 2.0), st.floats(0.0, 2.0))
def test_spread_never_changes_the_mean(se, tau, sigma):
    wide = row("a", se=se, tau=tau, sigma=sigma)
    catalogue = catalogue_of([practice("a")], [wide])
    sizes = effect_sizes(catalogue, ("temperate",), (("soc", "soc"),), 20.0)
    assert sizes.lnrr[0, 1, 0] == 0.1


def test_shipped_evidence_of_every_climate_is_whole():
    sizes = effect_sizes(whole_catalogue(), CLIMATES, FEATURES, 20.0)
    assert np.isfinite(sizes.lnrr).all()
    assert (sizes.ratio_sd_shared[:, 1:] > 0).all()
    assert (sizes.ratio_sd_local[:, 1:] > 0).all()
    assert (sizes.lnrr[:, 0] == 0).all()
    assert (sizes.ratio_sd_shared[:, 0] == 0).all()
    assert sizes.applicable[:, 0].all()
    silent = (sizes.basis[:, 1:] == BASES.index("none")) | ~sizes.applicable[:, 1:]
    assert (sizes.lnrr[:, 1:][silent] == 0).all()
    cited = sizes.source[:, 1:] != ""
    assert np.array_equal(cited, sizes.basis[:, 1:] > 0)


def test_tropical_agroforestry_yields_do_not_reach_europe():
    features = (("yield", "yield"),)
    tropics = effect_sizes(whole_catalogue(), ("tropical",), features, 20.0)
    europe = effect_sizes(whole_catalogue(), ("temperate", "cold"), features, 20.0)
    a = europe.interventions.index("agroforestry")
    assert np.expm1(tropics.lnrr[0, a, 0]) > 0.5
    assert (europe.lnrr[:, a, 0] == 0.0).all()
    assert not europe.applicable[:, a, 0].any()
    assert (europe.ratio_sd_shared[:, a, 0] > 0.5).all()
    (finding,) = [f for f in europe.findings if "agroforestry on yield:" in f.what]
    assert finding.severity == "warning"
    assert "tropical (27 studies)" in finding.what
    assert "temperate and cold" in finding.what


def test_pairs_without_evidence_are_counted_and_wide():
    features = (("worms", "earthworm_abundance"), ("soc", "soc"))
    sizes = effect_sizes(whole_catalogue(), ("temperate",), features, 20.0)
    a = sizes.interventions.index("compost")
    assert BASES[sizes.basis[0, a, 0]] == "none"
    assert sizes.lnrr[0, a, 0] == 0.0
    assert sizes.ratio_sd_shared[0, a, 0] > 0.3
    note = sizes.findings[-1]
    assert note.severity == "note"
    nothing = note.what.split("nothing ")[1]
    assert "compost" in nothing.split("worms: ")[1]
    assert "mean effect is 0" in note.hint


def test_practices_that_rest_on_the_same_throughout_are_listed_once():
    features = (("worms", "earthworm_abundance"), ("soc", "soc"))
    note = effect_sizes(whole_catalogue(), ("temperate",), features, 20.0).findings[-1]
    nothing = note.what.split("nothing ")[1].split(")")[0]
    assert "every feature: " in nothing
    assert nothing.count("biostimulation") == 1
    assert nothing.index("biostimulation") < nothing.index("worms: ")
    alone = effect_sizes(whole_catalogue(), ("temperate",), features[:1], 20.0).findings[-1]
    assert "every feature" not in alone.what


def test_every_pair_is_listed_with_what_it_rests_on():
    features = (("worms", "earthworm_abundance"), ("soc", "soc"), ("yield", "yield"))
    whole = whole_catalogue()
    sizes = effect_sizes(whole, ("temperate",), features, 20.0)
    (note,) = [f for f in sizes.findings if "pairs of intervention and feature rest on" in f.what]
    assert note.severity == "note"
    bases = np.array(BASES)[sizes.basis[0, 1:]]
    foreign = (bases != "none") & ~sizes.applicable[0, 1:]
    counts = {
        "pooled trials": ((bases == "pooled") & ~foreign).sum(),
        "published figures": ((bases == "literature") & ~foreign).sum(),
        "trials of other climates only": foreign.sum(),
        "nothing": (bases == "none").sum(),
    }
    assert sum(counts.values()) == bases.size
    for words, count in counts.items():
        assert f"{words} {count} (" in note.what
    assert note.what.startswith(f"what {bases.size} pairs")
    both = effect_sizes(whole, ("temperate", "tropical"), (("yield", "yield"),), 20.0).findings
    assert any("trials of other climates only or pooled trials " in f.what for f in both)


def test_a_feature_without_outcome_is_none_throughout():
    sizes = effect_sizes(whole_catalogue(), ("temperate",), (("orchids", ""),), 20.0)
    assert (sizes.basis == 0).all()
    assert (sizes.lnrr == 0).all()
    assert (sizes.ratio_sd_shared[0, 1:] > 0).all()


def test_carbon_of_agroforestry_rests_on_the_review_with_most_studies():
    # 53 studies of any climate against an abstract that prints +5.8 % and -5.3 % for one region
    size = choose_size(whole_catalogue(), "agroforestry", "soc", "temperate", 20.0)
    assert math.expm1(size.lnrr) == pytest.approx(0.26, abs=1e-6)
    assert (size.studies, size.basis, size.grade) == (53, "literature", "A")
    assert size.shared > 0.15  # as wide as all climates differ: half of it lies within
