"""What practices bring together, where their pair was judged and not measured."""

import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.effects.choose import choose_size
from edaphon.practices.catalogue import read_catalogue


def catalogue_of(bundle):
    return read_catalogue(
        config_from_mapping(
            {
                "name": "test",
                "landscape": {"file": "units.gpkg"},
                "interventions": {"use": ["cover_crop"], "bundles": [bundle]},
                "objectives": {"soil": {"maximize": "soc"}},
            }
        )
    )


def test_a_judged_pair_takes_its_range():
    catalogue = catalogue_of(["compost", "biochar"])
    bundle = catalogue.interventions[-1]
    assert bundle.combination["default"] == pytest.approx(1.0)
    assert bundle.combination_sd["default"] == pytest.approx(0.4 / 3.29)
    assert "default 1.00 (judgement)" in bundle.combination_source
    assert "others" not in bundle.combination_source
    parts = [choose_size(catalogue, name, "soc", "temperate", 20.0) for name in bundle.parts]
    whole = choose_size(catalogue, bundle.name, "soc", "temperate", 20.0)
    total = sum(part.lnrr for part in parts)
    assert whole.lnrr == pytest.approx(total)
    assert whole.deviations[bundle.name] == pytest.approx(0.4 / 3.29 * total)


def test_any_other_takes_the_factor_that_stands_in():
    bundle = catalogue_of(["compost", "no_till"]).interventions[-1]
    assert bundle.combination["default"] < 0.9
    assert bundle.combination_sd["default"] > 0.1
    assert "others" in bundle.combination_source
