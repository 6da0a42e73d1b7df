"""Present policy as an allocation."""

import numpy as np
import pandas as pd

from edaphon.data.landscape import Landscape
from edaphon.practices.policy import forbidden_policy, policy_allocation
from edaphon.practices.values import Ledger, Options

NAMES = ("baseline", "cover_crop", "organic")


def landscape(policy):
    n = 4
    return Landscape(
        ids=np.arange(n).astype(str),
        area_ha=np.ones(n),
        attributes=pd.DataFrame(index=range(n)),
        latitude=np.full(n, 47.0),
        longitude=np.full(n, 15.0),
        policy=policy,
    )


def test_names_become_positions_and_empty_is_the_baseline():
    allocation, findings = policy_allocation(
        landscape(np.array(["organic", "", "baseline", "cover_crop"])), NAMES, "x"
    )
    assert allocation.tolist() == [2, 0, 0, 1]
    assert allocation.dtype == np.uint8
    assert findings == ()


def test_a_name_the_config_does_not_use_is_a_warning():
    allocation, (finding,) = policy_allocation(
        landscape(np.array(["biochar", "biochar", "", "organic"])), NAMES, "landscape.policy"
    )
    assert allocation.tolist() == [0, 0, 0, 2]
    assert finding.severity == "warning"
    assert "'biochar' in 2 units" in finding.what


def test_without_the_column_there_is_none():
    assert policy_allocation(landscape(None), NAMES, "x") == (None, ())


def test_policy_that_may_not_be_there_is_a_note():
    options = Options(
        cost=np.zeros((4, 3, 1)),
        ledgers=(Ledger("cost", "EUR"),),
        allowed=np.array([[0, 1, 0], [0, 2, 0], [0, 0, 0], [0, 1, 0]], dtype=np.uint8),
        reasons=("allowed", "not eligible: slope", "guarded: near water"),
    )
    allocation = np.array([1, 1, 1, 0], dtype=np.uint8)
    (found,) = forbidden_policy(options, allocation, ("baseline", "manure", "mulch"), "here")
    assert found.severity == "note"
    assert "manure in 2 units" in found.what
    assert "1 not eligible: slope, 1 guarded: near water" in found.what
    nothing = np.zeros(4, dtype=np.uint8)
    assert forbidden_policy(options, nothing, ("baseline", "manure", "mulch"), "here") == ()
