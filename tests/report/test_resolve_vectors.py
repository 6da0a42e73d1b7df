"""The package's vectors for tie rule, slack and bound, answered by the page."""

import json
from dataclasses import replace

import numpy as np
import pytest

from edaphon.portfolio.shortlist import tag_front
from edaphon.report.page import write_page
from edaphon.solver.front import solve
from oracle_vectors import NAMES, VECTORS, vector_problem
from run_case import make_landscape

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("vector", VECTORS, ids=NAMES)
def test_the_page_answers_the_vectors(browser, tmp_path, vector):
    problem = vector_problem(vector)
    front = tag_front(solve(problem, portfolios=3, seed=1))
    front = replace(front, scales=np.ones(len(front.scales)))
    write_page(
        tmp_path / "page.html",
        run={},
        landscape=make_landscape(problem.n_units),
        problem=problem,
        front=front,
        shortlist=[],
        cards=[],
        findings=[],
        evidence=None,
    )
    browser.open(tmp_path / "page.html")
    told = browser.run(
        f"""(() => {{
          const {{ asked, solve }} = edaphon.resolver;
          const [weights, limit] = {json.dumps([vector["weights"], vector["limit"]])};
          const found = solve({{ ...asked, weights, limit }});
          return {{ ...found, place: [...found.place] }};
        }})()"""
    )
    assert told["place"] == vector["allocation"]
    rounding = 1e-4 * max(1.0, vector["bound"])
    assert told["price"] == pytest.approx(vector["price"], abs=1e-4)
    assert vector["bound"] - 1e-9 <= told["bound"] <= vector["bound"] + rounding
    assert browser.complaints() == []
