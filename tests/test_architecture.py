"""The pipeline runs one way, and each heavy library has one door."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "edaphon"
PYTHON = sorted(SOURCE.rglob("*.py"))
STAGES = (
    "errors", "config", "data", "soil", "surrogates", "practices", "effects", "problem", "solver",
    "portfolio", "report", "inputs", "workflow", "additions", "cli",
)  # fmt: skip
DOORS = {
    "geopandas": {"data", "report"},
    "sklearn": {"surrogates"},
    "pymoo": {"solver"},
    "pydantic": {"config"},
    "ruamel": {"config"},
    "pint": {"config"},
    "typer": {"cli"},
    "rich": {"cli"},
}


def imports(tree):
    """Every module that a syntax tree imports, with its line, deferred and typing ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            yield name, node.lineno
            if name == "edaphon":
                yield from ((f"edaphon.{alias.name}", node.lineno) for alias in node.names)


def faults(root):
    """Every import in a source tree that runs backward or through the wrong door."""
    found = []
    for file in sorted(root.rglob("*.py")):
        place = file.relative_to(root)
        stage = place.parts[0].removesuffix(".py")
        if stage in ("__init__", "__main__"):
            continue
        assert stage in STAGES, f"{place} belongs to no stage"
        for name, line in imports(ast.parse(file.read_text(encoding="utf-8"))):
            head, *rest = name.split(".")
            if name.startswith("."):
                found.append(f"{place}:{line} imports relatively")
            elif head == "edaphon" and rest and rest[0] in STAGES:
                if STAGES.index(rest[0]) > STAGES.index(stage):
                    found.append(f"{place}:{line} {stage} imports {name}, which is to its right")
            elif head in DOORS and stage not in DOORS[head]:
                found.append(f"{place}:{line} {stage} imports {head}")
    return found


def test_imports_run_one_way_through_the_doors():
    assert faults(SOURCE) == []


@pytest.mark.parametrize(
    ("file", "line", "complaint"),
    [
        (
            "data/landscape.py",
            "from edaphon.solver.front import solve",
            "data imports edaphon.solver",
        ),
        ("soil/stocks.py", "import sklearn.linear_model", "soil imports sklearn"),
        (
            "problem/values.py",
            "def f():\n    from edaphon import workflow",
            "imports edaphon.workflow",
        ),
        ("effects/values.py", "from ..solver import front", "imports relatively"),
    ],
)
def test_a_planted_backward_import_is_found(tmp_path, file, line, complaint):
    planted = tmp_path / "edaphon" / file
    planted.parent.mkdir(parents=True)
    planted.write_text(f"{line}\n", encoding="utf-8")
    found = faults(tmp_path / "edaphon")
    assert len(found) == 1
    assert complaint in found[0]


LONGEST = 400
"""Lines of a module."""


def test_no_module_is_too_long_to_read():
    lines = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in PYTHON}
    assert {file.name: count for file, count in lines.items() if count > LONGEST} == {}


def load_order(root):
    """The modules of a source tree, each after those that load with it; CycleError if none."""
    names = {
        ".".join(file.relative_to(root.parent).with_suffix("").parts).removesuffix(
            ".__init__"
        ): file
        for file in root.rglob("*.py")
    }
    needs = {}
    for name, file in names.items():
        body = ast.parse(file.read_text(encoding="utf-8")).body  # not functions, not types alone
        found = {one for node in body if not isinstance(node, ast.If) for one in targets(node)}
        needs[name] = found & names.keys() - {name}
    return list(TopologicalSorter(needs).static_order())


def targets(node):
    """What an import statement loads."""
    if isinstance(node, ast.ImportFrom):
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_two_modules_need_each_other_to_load():
    order = load_order(SOURCE)
    assert order.index("edaphon.errors") < order.index("edaphon.workflow")


def test_a_planted_circle_is_found(tmp_path):
    folder = tmp_path / "edaphon"
    folder.mkdir()
    (folder / "one.py").write_text("from edaphon.two import x\n", encoding="utf-8")
    (folder / "two.py").write_text("from edaphon import one\n", encoding="utf-8")
    with pytest.raises(CycleError, match="edaphon"):
        load_order(folder)


@pytest.mark.parametrize(
    "entry", ["import edaphon", "import edaphon.cli", "import edaphon.config.reader"]
)
def test_the_entry_stays_light(entry):
    heavy = ("sklearn", "geopandas", "pandas", "scipy", "pymoo", "matplotlib", "pint", "rasterio")
    code = f"{entry}; import sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_loads_whatever_was_imported_before():
    """A submodule of the same name would hide a verb: edaphon.solve stays a function."""
    code = (
        "import edaphon.workflow, edaphon, types;"
        "print([n for n in edaphon.__all__ if isinstance(getattr(edaphon, n), types.ModuleType)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
