"""Trials of the planner's own: read as people write them, refused with the line that is wrong."""

import numpy as np
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.data.trials import read_trials
from edaphon.errors import DataError

GOOD = (
    "Study,intervention,outcome,control,treatment,latitude\n"
    "farm A,cover_crop,soc,2.0,2.2,47\n"
    "farm A,cover_crop,soc,1.0,1.2,\n"
    "farm B,no_till,yield,5,4.5,46\n"
)


def config_of(tmp_path, trials):
    mapping = {
        "name": "t",
        "base": str(tmp_path),
        "trials": trials,
        "landscape": {"file": "u.gpkg"},
        "interventions": {"use": ["cover_crop"]},
        "objectives": {"cost": {"minimize": "cost"}},
    }
    return config_from_mapping(mapping)


def trials_of(tmp_path, text):
    (tmp_path / "trials.csv").write_text(text, encoding="utf-8")
    return read_trials(config_of(tmp_path, "trials.csv"))


def test_pairs_become_log_ratios(tmp_path):
    trials = trials_of(tmp_path, GOOD)
    assert trials.study.tolist() == ["farm A", "farm A", "farm B"]
    assert trials.lnrr == pytest.approx(np.log([1.1, 1.2, 0.9]))
    assert trials.latitude[0] == 47
    assert np.isnan(trials.latitude[1])
    assert trials.lines.tolist() == [2, 3, 4]
    assert trials.findings == ()


def test_semicolons_and_decimal_commas_are_read(tmp_path):
    text = "study;intervention;outcome;control;treatment\nA;no_till;soc;2,0;2,2\n"
    text += "B;no_till;soc;1,5;1,6\n"
    assert trials_of(tmp_path, text).lnrr == pytest.approx(np.log([1.1, 1.6 / 1.5]))


def test_pairs_without_a_ratio_are_left_out_and_counted(tmp_path):
    text = GOOD + "farm C,no_till,yield,0,4.5,46\nfarm C,no_till,yield,1,40,46\n"
    trials = trials_of(tmp_path, text)
    assert len(trials.lnrr) == 3
    (finding,) = trials.findings
    assert finding.severity == "warning"
    assert "left out 2 pairs" in finding.what
    assert "lines 5, 6" in finding.what


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("control", "before"), "no column 'control'"),
        (GOOD.replace("2.2", "more"), "text among the numbers"),
        (GOOD.replace("farm B,", ","), "no study in 1 pair"),
        (GOOD.replace("46\n", "460\n"), "no latitude"),
        (GOOD.split("\n", maxsplit=1)[0] + "\nA,no_till,soc,0,1,40\n", "no pair has a positive"),
    ],
)
def test_faults_are_named(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        trials_of(tmp_path, text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_trials(config_of(tmp_path, "none.csv"))


def test_no_trials_are_none(tmp_path):
    assert read_trials(config_of(tmp_path, "")) is None
