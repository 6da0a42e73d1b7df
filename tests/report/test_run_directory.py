"""Who may write into a run directory, and what its record says."""

import hashlib
import json

import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.errors import DataError, Finding, RunError
from edaphon.report.run_directory import RunDirectory, read_record


@pytest.fixture
def config(tmp_path):
    return config_from_mapping(
        {
            "name": "small",
            "landscape": {"file": "units.gpkg"},
            "interventions": {"use": ["cover_crop"]},
            "objectives": {"cost": {"minimize": "cost"}},
        },
        tmp_path,
    )


@pytest.fixture
def inputs(tmp_path):
    path = tmp_path / "units.gpkg"
    path.write_bytes(b"units")
    return {"units.gpkg": path}


def test_record_of_stages_and_status(tmp_path, config, inputs):
    folder = RunDirectory(tmp_path / "run", config, inputs, "fit", force=False)
    assert read_record(folder.path)["status"] == "running"
    with folder.stage("fit"):
        folder.add([Finding("a", "b"), Finding("a", "b")])
    folder.finish("fit")
    record = read_record(folder.path)
    assert record["status"] == "complete until fit"
    assert record["stages"]["fit"]["seconds"] >= 0
    assert record["inputs"] == {"units.gpkg": hashlib.sha256(b"units").hexdigest()}
    assert len(json.loads((folder.path / "findings.json").read_text())) == 1


def test_a_stage_that_fails_says_where_the_run_stopped(tmp_path, config, inputs):
    folder = RunDirectory(tmp_path / "run", config, inputs, "fit", force=False)
    with pytest.raises(DataError), folder.stage("fit"):
        raise DataError(Finding("soil.csv", "too few samples"))
    assert read_record(folder.path)["status"] == "stopped in fit: too few samples"
    with pytest.raises(ZeroDivisionError), folder.stage("fit"):
        raise ZeroDivisionError
    assert read_record(folder.path)["status"] == "failed in fit"


def test_what_is_not_a_run_is_left_alone(tmp_path, config, inputs):
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(RunError, match="is a file"):
        RunDirectory(file, config, inputs, "fit", force=True)
    with pytest.raises(RunError) as caught:
        RunDirectory(file / "run", config, inputs, "fit", force=False)
    assert "run" in caught.value.findings[0].where
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep")
    with pytest.raises(RunError, match="not a run's"):
        RunDirectory(tmp_path / "mine", config, inputs, "fit", force=False)
    (tmp_path / "mine" / "figures").mkdir()
    folder = RunDirectory(tmp_path / "mine", config, inputs, "fit", force=True)
    with folder.stage("fit"):
        pass
    assert (tmp_path / "mine" / "figures").is_dir()
    assert (tmp_path / "mine" / "letter.txt").read_text() == "keep"


@pytest.mark.parametrize("text", ["", "{", "[1]"])
def test_a_broken_record_is_told(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(RunError, match=r"run\.json"):
        read_record(tmp_path)


def test_a_later_start_keeps_the_findings_of_the_earlier_stages_and_clears_its_own(
    tmp_path, config, inputs
):
    path = tmp_path / "run"
    first = RunDirectory(path, config, inputs, "fit", force=False)
    for stage in ("fit", "effects", "solve"):
        with first.stage(stage):
            first.add([Finding(stage, "odd", severity="warning")])
    first.finish("solve")
    (path / "front.csv").write_text("old")
    (path / "figures").mkdir()
    again = RunDirectory(path, config, inputs, "solve", force=False)
    assert [found.where for found in again.findings] == ["fit", "effects"]
    with again.stage("solve"):
        assert not (path / "front.csv").exists()
        assert not (path / "figures").exists()
    again.finish("solve")
    assert set(read_record(path)["stages"]) == {"fit", "effects", "solve"}


def changed(config, folder, **sections):
    return config_from_mapping({**json.loads(config.model_dump_json()), **sections}, folder)


def test_another_config_for_later_stages_says_when_force_is_right(tmp_path, config, inputs):
    first = RunDirectory(tmp_path / "run", config, inputs, "fit", force=False)
    with first.stage("fit"):
        pass
    other = changed(config, tmp_path, constraints={"budget": "5 EUR"})
    with pytest.raises(RunError, match="another config") as caught:
        RunDirectory(first.path, other, inputs, "effects", force=False)
    assert "only the stages from effects on, add --force" in caught.value.findings[0].hint
    with pytest.raises(RunError, match="another config") as caught:
        RunDirectory(first.path, other, inputs, "fit", force=False)
    assert "write over it" in caught.value.findings[0].hint
    RunDirectory(first.path, other, inputs, "effects", force=True)


def test_force_never_mixes_what_earlier_stages_read(tmp_path, config, inputs):
    first = RunDirectory(tmp_path / "run", config, inputs, "fit", force=False)
    for stage in ("fit", "effects", "solve"):
        with first.stage(stage):
            pass
    kept = (first.path / "config.yaml").read_text()
    for sections, start, hint in [
        ({"constraints": {"budget": "5 EUR"}}, "solve", "with --from effects and --force"),
        ({"solve": {"portfolios": 7}}, "report", "with --from solve and --force"),
        ({"seed": 9, "solve": {"portfolios": 7}}, "effects", "without --from and --force"),
    ]:
        other = changed(config, tmp_path, **sections)
        told = f"{', '.join(sections)} changed since the stages before {start} ran"
        with pytest.raises(RunError, match=told) as caught:
            RunDirectory(first.path, other, inputs, start, force=True)
        assert hint in caught.value.findings[0].hint
    assert (first.path / "config.yaml").read_text() == kept
    other = changed(config, tmp_path, name="renamed", report={"shortlist": 3})
    RunDirectory(first.path, other, inputs, "report", force=True)
