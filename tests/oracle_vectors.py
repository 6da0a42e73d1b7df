"""Test vectors for the tie rule, the filling of slack and the bound.

The package (solver/test_oracle_vectors.py) and the page (report/test_resolve_vectors.py) answer
the same ones. Each holds gains by objective, unit and option, costs by unit and option, and
what has to come out: the portfolio, the price of the budget and the bound at that price.
"""

import json
from pathlib import Path

import numpy as np

import edaphon

VECTORS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
NAMES = [vector["name"] for vector in VECTORS]


def vector_problem(vector):
    gains = np.array(vector["gains"], dtype=float)
    names = [f"f{j}" for j in range(len(gains))]
    return edaphon.Problem.from_arrays(
        gains.transpose(1, 2, 0),
        np.array(vector["cost"], dtype=float),
        vector.get("allowed"),
        objectives={name: {"maximize": name} for name in names},
        constraints={"budget": vector["limit"]},
        features=names,
    )
