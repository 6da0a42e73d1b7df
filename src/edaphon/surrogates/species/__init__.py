"""Species: occurrence from presences and absences or from presences alone, and abundance."""

from edaphon.surrogates.species.check import Checked, check_observations
from edaphon.surrogates.species.fit import fit_species
from edaphon.surrogates.species.predict import SpeciesSurrogate, combine_species, predict_species

__all__ = [
    "Checked",
    "SpeciesSurrogate",
    "check_observations",
    "combine_species",
    "fit_species",
    "predict_species",
]
