"""Grades of surrogates: what they reach on held-out ground, how sure that is, and in a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata
from scipy.stats import t as student

from edaphon.data.messages import counted
from edaphon.surrogates.crossed import CrossedSpecies, cross_number
from edaphon.surrogates.folds import derived_seed
from edaphon.surrogates.representation import lay_yardstick, resampled_blocks
from edaphon.surrogates.stand_in import stand_in_layers
from edaphon.surrogates.state import Audit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.quantity import Quantity
    from edaphon.data.observations import Observations

ENOUGH_EFFICIENCY = 0.7
"""Efficiency from which on surrogates may be called supported (a convention of this project)."""

CONFIDENCE = 0.95
"""One-sided confidence of the lower bounds: they are the lower ends of 90 % intervals."""

N_RESAMPLED = 100
"""Draws of blocks, by which the spread of the index is measured."""


@dataclass(frozen=True)
class AuditBasis:
    """Species tried on common folds, from which any set of them can be graded.

    Attributes
    ----------
    observations : Observations
        The sites where all species were looked for, as presences and absences.
    crossed : CrossedSpecies
    block : Quantity, float or str
    use : tuple of str
    seed : int
    """

    observations: Observations
    crossed: CrossedSpecies
    block: Quantity | float | str
    use: tuple[str, ...]
    seed: int

    def rank_correlation(
        self, told: NDArray[np.float64], truth: NDArray[np.float64], assignment: int
    ) -> float:
        """Spearman's, within each held-out part of an assignment, weighted by its sites."""
        return within_folds(told, truth, self.crossed.folds[assignment])

    def index(
        self,
        layers: NDArray[np.float64],
        targets: tuple[str, ...],
        budget: float,
        rows: NDArray[np.int64] | None = None,
    ) -> float:
        """Species accumulation index of layers, (n_assignments, n_sites, n), mean over parts.

        Each held-out part is a landscape of its own, so that sites are never compared across
        models that learned from different ground. `rows` stand for the sites, if given.
        """
        crossed = self.crossed
        found = crossed.found[:, crossed.columns(targets)]
        rows = np.arange(len(found)) if rows is None else rows
        parts = []
        for k, folds in enumerate(crossed.folds):
            for fold in np.unique(folds):
                part = rows[folds[rows] == fold]
                if len(part) == 0:
                    continue
                rng = np.random.default_rng(derived_seed(self.seed, k, int(fold)))
                yardstick = lay_yardstick(found[part], budget, rng)
                parts.append(yardstick.index(layers[k][part], rng))
        known = np.array(parts)[np.isfinite(parts)]
        return float(known.mean()) if len(known) else float("nan")


def within_folds(
    told: NDArray[np.float64], truth: NDArray[np.float64], folds: NDArray[np.int64]
) -> float:
    """Rank correlation within folds, weighted by their sizes; 0 where nothing varies.

    Parameters
    ----------
    told, truth : float64 arrays, shape (n,)
    folds : int64 array, shape (n,)

    Returns
    -------
    float
        Pooled over folds it would mislead: a model trained without rich ground tells less of it.
    """
    values, sizes = [], []
    for fold in np.unique(folds):
        held = folds == fold
        varies = held.sum() > 2 and np.ptp(told[held]) > 0 and np.ptp(truth[held]) > 0
        ranks = rankdata(told[held]), rankdata(truth[held])
        values.append(float(np.corrcoef(*ranks)[0, 1]) if varies else 0.0)
        sizes.append(int(held.sum()))
    return float(np.average(values, weights=sizes))


def grade_set(
    basis: AuditBasis,
    surrogates: tuple[str, ...],
    targets: tuple[str, ...],
    *,
    budget: float = 0.3,
    fitted: bool = True,
    stands_for: str = "",
    n_random: int = 50,
    reference: float | None = None,
) -> Audit:
    """Grade one set of surrogates for one set of targets.

    Parameters
    ----------
    basis : AuditBasis
    surrogates, targets : tuple of str
    budget, fitted, stands_for, n_random
        As `edaphon.surrogates.audit.audit`.
    reference : float, optional
        `reference_correlation` of these targets; computed if not given.

    Returns
    -------
    Audit

    Raises
    ------
    ValueError
        If `budget` is not between 0 and 1.
    """
    if not 0 < budget < 1:
        raise ValueError(f"budget must lie between 0 and 1, got {budget}")
    crossed, stands_for = basis.crossed, stands_for or counted(len(targets), "other species")
    layers = stand_in_layers(crossed, surrogates, targets, fitted=fitted)
    rho = _rho(basis, layers, targets)
    best = reference_correlation(basis, targets) if reference is None else reference
    efficiency = rho / best if best > 0 else None
    sai = basis.index(layers, targets, budget)
    rng = np.random.default_rng(derived_seed(basis.seed, N_RESAMPLED))
    drawn = resampled_blocks(crossed.together, N_RESAMPLED, rng)
    redrawn = [basis.index(layers, targets, budget, rows) for rows in drawn]
    spread = float(np.nanstd(redrawn, ddof=1))
    lower = sai - float(student.ppf(CONFIDENCE, int(crossed.together.max()))) * spread
    random = _random_sets(basis, surrogates, targets, (budget, fitted, n_random))
    grade = grade_of(lower, efficiency)
    return Audit(
        stands_for=stands_for,
        grade=grade,
        rank_correlation=rho,
        efficiency=efficiency,
        sai=sai,
        sai_lower=lower,
        better_random_sets=float((random > sai).mean()) if len(random) else None,
        budget=budget,
        n_targets=len(targets),
        reason=_sentence(grade, len(surrogates), len(targets), (sai, lower, efficiency, budget)),
        sai_spread=spread,
        random_sai=float(random.mean()) if len(random) else None,
        random_spread=float(random.std()) if len(random) else None,
    )


def grade_of(lower: float, efficiency: float | None) -> str:
    """Grade a lower bound and an efficiency.

    Parameters
    ----------
    lower : float
        Of the index, or of the rank correlation.
    efficiency : float or None
        None where nothing about the target can be predicted.

    Returns
    -------
    str
        "supported", "weak" or "not supported".
    """
    if not lower > 0:
        return "not supported"
    return "supported" if efficiency is not None and efficiency >= ENOUGH_EFFICIENCY else "weak"


def _richness(basis: AuditBasis, targets: tuple[str, ...]) -> NDArray[np.float64]:
    """Count the targets found at each site."""
    crossed = basis.crossed
    return np.asarray(crossed.found[:, crossed.columns(targets)].sum(axis=1))


def _rho(basis: AuditBasis, layers: NDArray[np.float64], targets: tuple[str, ...]) -> float:
    """Rank correlation of summed layers with target richness, mean over assignments."""
    richness = _richness(basis, targets)
    each = [basis.rank_correlation(one.sum(axis=1), richness, k) for k, one in enumerate(layers)]
    return float(np.mean(each))


def reference_correlation(basis: AuditBasis, targets: tuple[str, ...]) -> float:
    """Rank target richness by models of the targets themselves, on the same folds.

    Parameters
    ----------
    basis : AuditBasis
    targets : tuple of str

    Returns
    -------
    float
        Rank correlation of a state surrogate of their number, or of the sum of their models,
        whichever ranks better: what can be known of the targets from these predictors.
    """
    richness = _richness(basis, targets)
    if np.ptp(richness) == 0:
        return 0.0
    samples = basis.observations.samples(richness, "species", "target richness")
    told = cross_number(
        samples, basis.crossed.folds, block=basis.block, use=basis.use, seed=basis.seed
    )
    direct = float(
        np.mean([basis.rank_correlation(one, richness, k) for k, one in enumerate(told)])
    )
    own = basis.crossed.probability[:, :, basis.crossed.columns(targets)]
    return max(direct, _rho(basis, own, targets))


def _random_sets(
    basis: AuditBasis,
    surrogates: tuple[str, ...],
    targets: tuple[str, ...],
    options: tuple[float, bool, int],
) -> NDArray[np.float64]:
    """Index of random sets of the same size where it exists; none where there are no others."""
    budget, fitted, n_random = options
    species, size = basis.crossed.species, len(surrogates)
    overlap = not set(surrogates).isdisjoint(targets)
    fewest = size if overlap else size + 1
    if n_random <= 0 or len(species) <= fewest:
        return np.zeros(0)
    rng = np.random.default_rng(derived_seed(basis.seed, n_random, size))
    found = []
    for _ in range(n_random):
        drawn = tuple(species[j] for j in rng.choice(len(species), size, replace=False))
        left = targets if overlap else tuple(name for name in species if name not in drawn)
        layers = stand_in_layers(basis.crossed, drawn, left, fitted=fitted)
        found.append(basis.index(layers, left, budget))
    return np.array([index for index in found if np.isfinite(index)])


def _sentence(
    grade: str,
    n_surrogates: int,
    n_targets: int,
    figures: tuple[float, float, float | None, float],
) -> str:
    """Say the reason in one sentence."""
    sai, lower, efficiency, budget = figures
    chosen = (
        f"Sites chosen on {counted(n_surrogates, 'surrogate species')} within {budget:.0%} of the "
        f"ground reach {sai:.0%} of the way from chance to the best for "
        f"{counted(n_targets, 'species')} (90 % interval from {lower:.0%})"
    )
    told = "no rank can be told" if efficiency is None else f"efficiency {efficiency:.2f}"
    if grade == "supported":
        return f"{chosen}, and they rank sites nearly as well as a model of these does ({told})."
    if grade == "weak":
        return f"{chosen}, but they rank sites worse than a model of these does ({told})."
    return f"{chosen}, which may be no better than chance."
