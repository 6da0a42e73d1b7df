"""The audit of an indicator, where what it stands for is known."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from community_case import BLOCK, gradient

from edaphon.data.landscape import Samples
from edaphon.errors import DataError
from edaphon.surrogates.audit_indicator import audit_indicator


def measured(n=130, seed=0):
    """SOC driven by `a`; biomass by `a` too, pH by `b`, both by their sum."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 100_000, (2, n))
    a, b = gradient(x, y, rng, 6_000.0), gradient(x, y, rng, 6_000.0)
    table = pd.DataFrame({"a": a, "b": b}) + rng.normal(0, 0.1, (n, 2))
    soc = Samples("soc", 2 + 0.5 * a + rng.normal(0, 0.2, n), "%", table, x=x, y=y)
    noise = rng.normal(0, 0.3, (3, n))
    return soc, {"biomass": a + noise[0], "ph": b + noise[1], "both": 0.5 * a + b + noise[2]}


@pytest.fixture(scope="module")
def case():
    return measured()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "grade"), [("biomass", "supported"), ("both", "weak"), ("ph", "not supported")]
)
def test_known_answers(case, target, grade):
    soc, targets = case
    told = audit_indicator(soc, targets[target], block=BLOCK, stands_for=target)
    assert (told.grade, told.stands_for) == (grade, target)
    assert told.n_targets == 1
    assert told.sai is None
    assert "soc" in told.reason


@pytest.mark.slow
def test_an_indicator_that_runs_against_its_target_is_not_supported(case):
    soc, targets = case
    against = -targets["biomass"]
    assert audit_indicator(soc, against, block=BLOCK).grade == "not supported"
    assert audit_indicator(soc, against, block=BLOCK, opposed=True).grade == "supported"


def test_the_target_may_have_sites_of_its_own(case):
    soc, targets = case
    first, second = np.arange(130) < 75, np.arange(130) >= 75
    biomass = replace(soc, name="biomass", response=targets["biomass"])

    def only(samples, rows):
        return replace(
            samples, response=samples.response[rows], x=samples.x[rows], y=samples.y[rows],
            predictors=samples.predictors[rows].reset_index(drop=True),
        )  # fmt: skip

    told = audit_indicator(only(soc, first), only(biomass, second), block=BLOCK, seed=2)
    assert told.stands_for == "biomass"
    assert told.rank_correlation > 0.5
    words = r"biomass differs by (\S+) % for each 1 % of soc .*error (\S+)\)"
    slope, error = map(float, re.search(words, told.reason).groups())
    assert abs(slope - 2) < 2 * error  # soc rises by 0.5 where biomass rises by 1
    assert error < 0.5


def test_few_samples_and_wrong_lengths(case):
    soc, targets = case
    few = replace(soc, response=soc.response[:10], x=soc.x[:10], y=soc.y[:10],
                  predictors=soc.predictors[:10])  # fmt: skip
    told = audit_indicator(few, targets["ph"][:10])
    assert told.grade == "unaudited"
    assert "Only 10 samples" in told.reason
    with pytest.raises(DataError, match="9 target values for 130 samples"):
        audit_indicator(soc, targets["ph"][:9])
