"""Species surrogates fitted once."""

import pytest
from species_case import SIDE, area, survey

from edaphon.surrogates.species import fit_species


@pytest.fixture(scope="session")
def surveyed():
    return survey(300)


@pytest.fixture(scope="session")
def fitted(surveyed):
    return fit_species(surveyed, area=area(), block=SIDE, seed=3)


@pytest.fixture(scope="session")
def suitability():
    return fit_species(
        survey(kind="presence_only"),
        species=["beetle", "moss"],
        area=area(),
        block=SIDE,
        candidates=["logistic"],
    )


@pytest.fixture(scope="session")
def counted():
    return fit_species(
        survey(250, kind="abundance"),
        species=["beetle"],
        area=area(),
        block=SIDE,
        candidates=["logistic"],
    )
