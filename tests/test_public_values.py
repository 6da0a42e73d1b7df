"""The public names: said once, readable when shown, safe to send and to compare."""

import ast
import inspect
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import edaphon
from run_case import make_front, make_landscape, make_problem


@pytest.fixture(scope="module")
def values():
    landscape = make_landscape()
    problem = make_problem(landscape)
    table = pd.DataFrame({"clay": np.arange(48.0), "land_use": "arable"})
    x, y = np.arange(48.0), np.zeros(48)
    front = make_front(problem)
    return [
        landscape,
        edaphon.Predictors(table, x, y),
        edaphon.Samples("soc", np.ones(48), "%", table, x, y),
        edaphon.Observations("life", ("a", "b"), np.ones((48, 2)), "abundance", "", table, x, y),
        problem,
        front,
        edaphon.Run(Path("runs/x"), {"status": "complete"}, problem, front, (), ()),
    ]


def test_a_value_shows_itself_in_one_line(values):
    shown = {type(value).__name__: repr(value) for value in values}
    assert shown == {
        "Landscape": "Landscape(48 units, 192 ha, 0 columns)",
        "Predictors": "Predictors(48 units; clay, land_use)",
        "Samples": "Samples('soc': 48 samples in %; clay, land_use)",
        "Observations": "Observations('life': 2 species at 48 sites, abundance; a, b)",
        "Problem": (
            "Problem(48 units, 4 interventions, 1 constraint; carbon, productivity, both, cost)"
        ),
        "Front": f"Front({int(values[5].on_front.sum())} portfolios of 48 units; carbon, "
        "productivity, both, cost)",
        "Run": f"Run('runs/x', 'complete', {values[5]!r})",
    }


def test_a_value_can_be_sent_kept_and_compared(values):
    """Values of arrays are compared by identity: comparing them one by one has no one answer."""
    for value in values:
        again = pickle.loads(pickle.dumps(value))
        assert repr(again) == repr(value)
        assert value != again
        assert value in {value}


def test_errors_keep_their_findings_on_the_way_between_processes():
    finding = edaphon.Finding("units.gpkg: id", "is missing", "name it", "warning")
    error = edaphon.EdaphonError([finding, finding])
    again = pickle.loads(pickle.dumps(error))
    assert again.findings == error.findings
    assert str(again) == str(error)


def test_every_public_name_is_stated_alike_in_all_three_places():
    tree = ast.parse(Path(edaphon.__file__).read_text(encoding="utf-8"))
    typed = [
        alias.asname for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
        for alias in node.names if alias.asname
    ]  # fmt: skip
    assert edaphon.__all__ == sorted(edaphon.__all__)
    assert sorted(typed) == edaphon.__all__
    assert list(edaphon._HOME) == edaphon.__all__


@pytest.mark.parametrize("name", edaphon.__all__)
def test_every_public_name_says_what_it_takes(name):
    value = getattr(edaphon, name)
    text = inspect.getdoc(value)
    for one in inspect.signature(value).parameters:
        assert one in text, one


VERBS = {
    "add_between": "folder", "adopt": "folder", "audit": "observations",
    "audit_indicator": "indicator", "between": "problem", "check": "config", "compare": "problem",
    "diverse": "problem", "draw_effects": "effects", "evaluate": "problem", "fit": "samples",
    "fit_community": "observations", "fit_proxy": "observations", "fit_species": "observations",
    "importance": "problem", "load_surrogate": "folder", "predict": "surrogate",
    "predict_community": "surrogate", "predict_proxy": "proxy", "predict_species": "surrogate",
    "read_config": "config", "read_landscape": "source", "read_run": "folder",
    "reasons_for": "problem", "run": "config", "solve": "problem", "start_from": "front",
}  # fmt: skip


@pytest.mark.parametrize("name", VERBS)
@pytest.mark.parametrize("value", [None, 3, [1, 2]])
def test_a_verb_says_what_to_hand_over(name, value):
    verb = getattr(edaphon, name)
    given = [one for one in inspect.signature(verb).parameters.values() if one.default is one.empty]
    count = sum(one.kind is one.POSITIONAL_OR_KEYWORD for one in given)
    with pytest.raises(edaphon.EdaphonError) as caught:
        verb(*[value] * count)
    told = caught.value.findings[0]
    assert told.where == VERBS[name]
    assert told.what == f"this is of the type {type(value).__name__}"
    assert told.hint.startswith("Give ")
