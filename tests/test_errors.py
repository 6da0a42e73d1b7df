"""Findings and the errors that carry them."""

import errno
import os

import pytest
import typer

from edaphon.cli.output import Output, reporting
from edaphon.errors import (
    ConfigError,
    DataError,
    EdaphonError,
    Faults,
    Finding,
    InfeasibleError,
    disk_fault,
    path_of,
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


def test_faults_of_several_steps_are_raised_as_one():
    def fail(kind, *findings, **keys):
        raise kind(findings, **keys)

    faults = Faults()
    assert faults.call(max, 2, 3) == 3
    assert faults.kinds == []
    assert faults.call(fail, InfeasibleError, ODD) is None
    assert faults.call(fail, DataError, WRONG, ODD, partial="half") == "half"
    error = faults.error()
    assert type(error) is DataError  # a fault goes before a conflict
    assert error.findings == (ODD, WRONG)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, "out/run.json: no space left on device. Make room"),
        (errno.EACCES, "out/run.json: permission denied. Choose a place"),
        (errno.EROFS, "out/run.json: read-only file system. It is read-only"),
        (errno.ENAMETOOLONG, "Shorten the path."),
    ],
)
def test_what_the_disk_refuses_is_told_and_ends_with_2(capsys, code, said):
    with pytest.raises(typer.Exit) as stop, reporting(Output(as_json=False, quiet=False)):
        raise OSError(code, os.strerror(code), "out/run.json")
    assert stop.value.exit_code == 2
    assert said in capsys.readouterr().err


def test_other_faults_of_the_system_stay_bugs():
    assert disk_fault(FileNotFoundError(errno.ENOENT, "No such file")) is None
    assert disk_fault(OSError("no number")) is None
    with pytest.raises(FileNotFoundError), reporting(Output(as_json=False, quiet=False)):
        raise FileNotFoundError(errno.ENOENT, "No such file", "state.parquet")


def test_a_path_may_be_anything_that_names_one(tmp_path):
    class Named:
        def __fspath__(self):
            return str(tmp_path)

    assert path_of(Named(), "folder", "a folder") == tmp_path
    with pytest.raises(DataError, match=r"folder: this is of the type int\. Give a folder\."):
        path_of(3, "folder", "a folder")
