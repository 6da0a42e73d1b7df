"""The command: exit codes, what goes to stdout and stderr, JSON, the schema, the catalogue."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from command import edaphon
from edaphon.data.examples import write_example
from run_case import quicken


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    assert edaphon("init", folder).exit_code == 0
    quicken(folder / "edaphon.yaml")
    return folder


def test_help_names_every_command():
    done = edaphon("--help")
    assert done.exit_code == 0
    for command in ("init", "check", "run", "show", "compare", "schema", "catalogue"):
        assert re.search(rf"^ +{command} ", done.stdout, re.MULTILINE)
    assert edaphon("--version").stdout.startswith("edaphon ")


def test_the_module_is_the_command_in_a_process_of_its_own():
    words = [sys.executable, "-m", "edaphon", "check", "nowhere.yaml"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error nowhere.yaml: ")
    assert "Traceback" not in done.stderr


def test_init_writes_an_example_once(project):
    done = edaphon("init", project, "--json")
    assert done.exit_code == 2
    assert "exists already" in json.loads(done.stdout)["findings"][0]["what"]
    unknown = edaphon("init", project / "x", "--example", "vally")
    assert unknown.exit_code == 2
    assert "vally" in unknown.stderr


def test_run_says_what_came_out_and_json_is_one_object(project):
    words = ("run", "edaphon.yaml", "--set", "solve.portfolios=10", "--workers", 2)
    done = edaphon(*words, "--until", "solve", "--json", cwd=project)
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["status"] == "complete until solve"
    assert told["front"]["portfolios"] >= 5
    again = edaphon(*words, "--from", "report", cwd=project)
    assert again.exit_code == 0, again.stderr
    assert "none dominated" in again.stdout
    assert "open runs/valley/report.html" in again.stdout.replace(os.sep, "/")


def test_quiet_says_nothing_but_faults(project):
    done = edaphon("check", "edaphon.yaml", "--quiet", cwd=project)
    assert done.exit_code == 0
    assert done.stdout == ""
    assert "note " not in done.stderr


def test_schema_is_a_json_schema_that_knows_every_section():
    schema = json.loads(edaphon("schema").stdout)
    assert {"landscape", "surrogates", "objectives", "constraints"} <= set(schema["properties"])


def test_json_and_quiet_go_with_every_command():
    for command in ("init", "check", "run", "show", "compare", "schema", "catalogue"):
        text = edaphon(command, "--help").stdout
        assert "--json" in text, command
        assert "--quiet" in text, command


def test_catalogue_shows_and_filters():
    told = json.loads(edaphon("catalogue", "agroforestry", "--json").stdout)
    assert (told["status"], told["exit_code"]) == ("done", 0)
    assert [row["intervention"] for row in told["interventions"]] == ["agroforestry"]
    tropical = [
        row
        for row in told["evidence"]
        if row["outcome"] == "yield" and row["climate"] == "tropical"
    ]
    assert tropical
    assert float(tropical[0]["change"].rstrip(" %")) > 40
    assert all(row["source"] for row in told["evidence"])
    few = json.loads(edaphon("catalogue", "--outcome", "contaminant_removal", "--json").stdout)
    assert [row["intervention"] for row in few["interventions"]] == [
        "bioremediation",
        "bioaugmentation",
    ]
    grass = edaphon("catalogue", "--land-use", "grassland", "--grade", "A").stdout
    assert "silvopasture" in grass
    assert "cover_crop" not in grass
    assert "land_use == 'grassland' and ..." in grass
    assert "risk_assessed: true" in edaphon("catalogue", "rhizobia").stdout
    wrong = edaphon("catalogue", "agroforestri")
    assert wrong.exit_code == 2
    assert "Did you mean 'agroforestry'" in wrong.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals work otherwise there")
def test_an_interrupt_ends_with_130_and_keeps_the_record(tmp_path):
    write_example(tmp_path / "p")
    out = tmp_path / "out"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "edaphon",
            "run",
            str(tmp_path / "p" / "edaphon.yaml"),
            "--out",
            out,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a parent in the background may ignore interrupts, and children inherit that
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    record = out / "run.json"
    for _ in range(600):
        if record.exists() and json.loads(record.read_text())["status"] == "running: fit":
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "interrupted; what was finished is kept" in errors
    assert json.loads(record.read_text())["status"].startswith("interrupted during")
