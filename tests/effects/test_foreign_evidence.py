"""Evidence of other climates does not move a portfolio."""

from dataclasses import replace

import numpy as np

from edaphon.effects.sizes import effect_sizes
from edaphon.effects.values import FactoredEffects
from edaphon.practices.catalogue import whole_catalogue
from edaphon.practices.evidence import read_evidence
from edaphon.problem.values import Problem
from edaphon.solver.front import solve

FEATURES = (("yield", "yield"), ("soc", "soc"))
N_UNITS = 40


def european_problem(catalogue):
    rng = np.random.default_rng(0)
    sizes = effect_sizes(catalogue, ("temperate",), FEATURES, 20.0)
    stock = rng.uniform(2, 8, (N_UNITS, 2))
    effects = FactoredEffects(
        stock=stock,
        stock_sd=0.1 * stock,
        stratum=np.zeros(N_UNITS, dtype=np.int16),
        sizes=sizes,
        state_applicable=np.ones((N_UNITS, 2), dtype=bool),
    )
    cost = np.ones((N_UNITS, len(catalogue.names)))
    cost[:, 0] = 0.0
    objectives = {"productivity": {"maximize": "yield"}, "carbon": {"maximize": "soc"}}
    return Problem.from_arrays(
        effects,
        cost,
        None,
        objectives,
        {"budget": 15.0},
        features=["yield", "soc"],
        interventions=list(catalogue.names),
    )


def small_catalogue(factor=1.0):
    """Cover crop and agroforestry; the latter's tropical yields multiplied on the lnRR scale."""
    whole = whole_catalogue()
    kept = tuple(i for i in whole.interventions if i.name in ("cover_crop", "agroforestry"))
    rows = tuple(
        replace(row, lnrr=factor * row.lnrr)
        if (row.intervention, row.outcome) == ("agroforestry", "yield")
        else row
        for row in whole.evidence
    )
    return replace(whole, interventions=kept, evidence=rows)


def test_agroforestry_yields_are_nearly_all_tropical():
    studies = {
        row.climate: row.studies
        for row in read_evidence()
        if (row.intervention, row.outcome, row.basis) == ("agroforestry", "yield", "pooled")
    }
    assert studies == {"all": 28, "tropical": 27}


def test_tropical_agroforestry_does_not_move_a_european_portfolio():
    fronts = [solve(european_problem(small_catalogue(factor))) for factor in (1.0, 5.0)]
    first, other = fronts
    assert len(first.portfolios) > 1
    assert np.array_equal(first.portfolios, other.portfolios)
    # for yield alone nothing speaks for it in Europe
    agroforestry = small_catalogue().names.index("agroforestry")
    best = first.portfolios[int(np.argmax(first.values[:, 0]))]
    assert best.any()
    assert not (best == agroforestry).any()
