"""Findings and the errors that carry them."""

import pytest

from edaphon.errors import (
    ConfigError,
    DataError,
    EdaphonError,
    Finding,
    InfeasibleError,
    raise_errors,
)

WRONG = Finding("soil.csv: line 4", "text among the numbers", "write numbers only.")
ODD = Finding("soil.csv", "two rows are equal", severity="warning")


def test_a_finding_reads_as_sentences():
    assert str(WRONG) == "soil.csv: line 4: text among the numbers. Write numbers only."
    assert str(ODD) == "soil.csv: two rows are equal."
    assert str(Finding("x", "is it there?")) == "x: is it there?"
    assert ODD.as_dict() == {
        "where": "soil.csv",
        "what": "two rows are equal",
        "hint": "",
        "severity": "warning",
    }


def test_errors_are_raised_with_everything_found():
    with pytest.raises(ConfigError) as caught:
        raise_errors([ODD, WRONG], ConfigError)
    assert caught.value.findings == (ODD, WRONG)
    assert str(caught.value) == f"{ODD}\n{WRONG}"


def test_warnings_alone_are_returned():
    assert raise_errors(iter([ODD])) == (ODD,)


def test_exit_codes_and_partial_values():
    assert EdaphonError(WRONG).exit_code == ConfigError(WRONG).exit_code == 2
    assert InfeasibleError([WRONG]).exit_code == 3
    assert DataError(WRONG).partial is None
    assert DataError([WRONG], partial="half").partial == "half"
