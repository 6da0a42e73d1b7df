"""What the documentation shows is what happens: commands, their output, Python blocks, pages."""

import re
import runpy
import shlex
import shutil
from pathlib import Path

import pytest

from command import edaphon

ROOT = Path(__file__).parents[1]
PAGES = [
    "README.md",
    pytest.param("docs/tutorials/valley.md", marks=pytest.mark.slow),  # whole runs
    pytest.param("docs/how-to/python.md", marks=pytest.mark.slow),
    "docs/how-to/own-data.md",
    "docs/how-to/constraints.md",
    "docs/how-to/soil.md",
    "docs/how-to/marxan.md",
    "docs/how-to/sheets.md",
]
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\d[\d.,]*(e[-+]?\d+)?")


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A folder with what a clone holds for its users."""
    for name in ("configs", "data_samples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def masked(text):
    """Text without its figures and its spacing: other versions may round otherwise."""
    lines = (" ".join(NUMBER.sub("#", line).split()) for line in text.splitlines())
    return [line for line in lines if line]


def run_console(block):
    """Run the commands of a block; what is shown below each must be what it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        words = shlex.split(command)
        if words[0] in ("make", "git", "cd", "xdg-open"):  # run by CI itself
            continue
        assert words[0] == "edaphon", command
        done = edaphon(*words[1:])
        said = masked(done.stderr + done.stdout)
        if "error" not in shown:
            assert done.exit_code == 0, done.stderr
        for line in masked(shown):
            if line != "...":
                assert line in said, f"{command}\nshows: {line}\nsaid: {said}"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_shows(page, workplace):
    namespace = {}
    blocks = BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    assert blocks, f"{page} shows nothing to run"
    for language, block in blocks:
        if language == "console":
            run_console(block)
        else:
            exec(compile(block, page, "exec"), namespace)


@pytest.fixture(scope="module")
def generated():
    return runpy.run_path(str(ROOT / "scripts" / "write_reference.py"))["pages"]()


@pytest.mark.parametrize(
    "name", ["config.md", "command.md", "python.md", "soil.md", "catalogue.md", "indicators.md"]
)
def test_a_generated_page_is_fresh(generated, name):
    path = ROOT / "docs" / "reference" / name
    written = path.read_text(encoding="utf-8")
    assert written.split() == generated[path].split(), "run make docs"


def test_links_lead_somewhere():
    broken = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []
