"""The proxy audit: how well surrogate species stand for the species that they are used for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.messages import counted
from edaphon.data.observations import Observations
from edaphon.errors import expect
from edaphon.surrogates.crossed import as_found, common_folds, cross_species
from edaphon.surrogates.grading import AuditBasis, grade_set
from edaphon.surrogates.species.check import FEWEST_SITES, check_observations
from edaphon.surrogates.stand_in import StandIn, fit_stand_in
from edaphon.surrogates.state import Audit

if TYPE_CHECKING:
    from collections.abc import Callable

    from edaphon.config.quantity import Quantity

    Progress = Callable[[str, int, int], None]

FEWEST_TARGETS = 10
"""Target species below which nothing is graded (judgement: the index is a mean over them)."""

FEWEST_OCCURRENCES = 10
"""Presences, and absences, of a target species below which it is left out (judgement)."""


def audit(
    observations: Observations,
    surrogate_species: Sequence[str],
    *,
    targets: Sequence[str] | None = None,
    budget: float = 0.3,
    block: Quantity | float | str = 0.25,
    fitted: bool = True,
    stands_for: str = "",
    use: Sequence[str] = (),
    seed: int = 0,
    n_random: int = 50,
    workers: int = 1,
    progress: Progress | None = None,
) -> Audit:
    """Grade surrogate species by how well they stand for others, on blocks they never saw.

    Parameters
    ----------
    observations : Observations
        Presences and absences of the surrogates and of the targets at the same sites; abundances
        are read as found or not found.
    surrogate_species : sequence of str
    targets : sequence of str, optional
        The species that they stand for; all others if not given. They may overlap: a group that
        stands for itself.
    budget : float
        Share of the sites that may be chosen, between 0 and 1.
    block : Quantity, float or str
        Side of the blocks held out together, as "1 km"; a bare number is in degrees.
    fitted : bool
        Audit the targets fitted on the surrogates (`stand_in`), else the surrogates as they are,
        which is right where their own predictions make the objective.
    stands_for : str
        What they are used for, in words.
    use : sequence of str
        Predictors to use; all if empty.
    seed : int
    n_random : int
        Random sets of species of the same size to compare with; 0 = none.
    workers : int
        Processes; every result is the same for any number of them.
    progress : callable, optional
        Called with stage, tasks done, tasks in all.

    Returns
    -------
    Audit
        "supported" if the 90 % interval of the species accumulation index lies above 0 and the
        efficiency is 0.7 or more, "weak" if only the interval does, else "not supported";
        "unaudited" with fewer than 10 target species with 10 presences and 10 absences, or where
        surrogates and targets were not looked for at the same sites.

    Raises
    ------
    DataError
        If a species is unknown, a predictor is missing, or the sites lie in too few places.
    ValueError
        If `budget` is not between 0 and 1, or no surrogate species is named.
    """
    expect(observations=(observations, Observations))
    basis = audit_basis(
        observations, surrogate_species, targets=targets, block=block, use=use, seed=seed,
        workers=workers, progress=progress,
    )  # fmt: skip
    if isinstance(basis, str):
        return Audit(stands_for or "other species", "unaudited", budget=budget, reason=basis)
    surrogates = tuple(dict.fromkeys(surrogate_species))
    enough = _enough(basis.observations, surrogates, targets)
    kept = tuple(name for name in enough if name in basis.crossed.species)
    return grade_set(
        basis, surrogates, kept, budget=budget, fitted=fitted, stands_for=stands_for,
        n_random=n_random,
    )  # fmt: skip


def audit_basis(
    observations: Observations,
    surrogate_species: Sequence[str],
    *,
    targets: Sequence[str] | None = None,
    block: Quantity | float | str = 0.25,
    use: Sequence[str] = (),
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> AuditBasis | str:
    """Try surrogates and targets on common folds; parameters and errors as `audit`.

    Returns
    -------
    AuditBasis or str
        The reason where nothing can be audited.
    """
    surrogates = tuple(dict.fromkeys(surrogate_species))
    if not surrogates:
        raise ValueError("name one or more surrogate species")
    reason = not_auditable(observations, surrogates, targets)
    if reason:
        return reason
    shared = _shared_sites(as_found(observations), surrogates, targets)
    checked = check_observations(
        shared.only(tuple(dict.fromkeys((*surrogates, *_enough(shared, surrogates, targets))))),
        block=block,
        seed=seed,
        use=use,
    )
    missing = [name for name in surrogates if name not in checked.species]
    if missing:
        return f"The surrogate species {missing[0]} is not modeled: {checked.refused[missing[0]]}."
    folds = common_folds(checked.ready.together, seed)
    crossed = cross_species(checked, folds, seed=seed, workers=workers, progress=progress)
    return AuditBasis(checked.ready.observations, crossed, block, tuple(use), seed)


def not_auditable(
    observations: Observations,
    surrogates: tuple[str, ...],
    targets: Sequence[str] | None = None,
) -> str:
    """Say why these observations cannot tell how well surrogates stand for targets; quick.

    Parameters
    ----------
    observations : Observations
    surrogates : tuple of str
    targets : sequence of str, optional
        All other species if not given.

    Returns
    -------
    str
        Empty where they can.

    Raises
    ------
    DataError
        If a species is unknown.
    """
    for name in (*surrogates, *(targets or ())):
        observations.position(name)
    if observations.kind == "presence_only":
        return "Presence-only records do not say where the target species are missing."
    shared = _shared_sites(as_found(observations), surrogates, targets)
    if shared.n_sites < FEWEST_SITES:
        return (
            f"Surrogates and targets were both looked for at only {shared.n_sites} sites, "
            f"and {FEWEST_SITES} are the least."
        )
    n_targets = len(_enough(shared, surrogates, targets))
    if n_targets < FEWEST_TARGETS:
        return (
            f"Only {counted(n_targets, 'target species')} with {FEWEST_OCCURRENCES} presences and "
            f"as many absences, and {FEWEST_TARGETS} are the least."
        )
    return ""


def _shared_sites(
    observations: Observations, surrogates: tuple[str, ...], targets: Sequence[str] | None
) -> Observations:
    """Sites where all surrogates, and all targets that are known at half of these, are known."""
    known = np.isfinite(observations.table)
    own = known[:, [observations.position(name) for name in surrogates]].all(axis=1)
    wanted = observations.species if targets is None else tuple(targets)
    half = max(1.0, 0.5 * own.sum())
    kept = [name for name in wanted if known[own, observations.position(name)].sum() >= half]
    names = tuple(dict.fromkeys((*surrogates, *kept)))
    shared = observations.only(names)
    return shared.sites(np.flatnonzero(np.isfinite(shared.table).all(axis=1)))


def _enough(
    observations: Observations, surrogates: tuple[str, ...], targets: Sequence[str] | None
) -> tuple[str, ...]:
    """Targets that were found, and not found, often enough."""
    occurrences = observations.table.sum(axis=0)
    fewest = np.minimum(occurrences, observations.n_sites - occurrences)
    wanted = set(observations.species) - set(surrogates) if targets is None else set(targets)
    return tuple(
        name
        for name, number in zip(observations.species, fewest, strict=True)
        if name in wanted and number >= FEWEST_OCCURRENCES
    )


def stand_in(basis: AuditBasis, surrogates: tuple[str, ...], targets: tuple[str, ...]) -> StandIn:
    """Fit targets on surrogates by all sites: what an audit of the fitted kind has graded.

    Parameters
    ----------
    basis : AuditBasis
    surrogates, targets : tuple of str
        Without species in common.

    Returns
    -------
    StandIn
        To be given the surrogates' predicted probabilities in new places.
    """
    crossed = basis.crossed
    rounds = len(crossed.folds)
    told = crossed.probability[:, :, crossed.columns(surrogates)]
    found = crossed.found[:, crossed.columns(targets)]
    return fit_stand_in(
        surrogates,
        targets,
        told.reshape(-1, len(surrogates)),
        np.tile(found, (rounds, 1)),
        np.tile(crossed.folds[0], rounds),
    )
