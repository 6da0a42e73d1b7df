"""What may be done where, and what it costs: eligibility, locks and ledgers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.practices.cost_table import with_cost_table
from edaphon.practices.eligibility import Permits, apply_rules, nowhere, rules_of
from edaphon.practices.grounds import read_grounds, with_contamination
from edaphon.practices.guards import GuardCase, apply_guards, common_notes, guard_notes
from edaphon.practices.ledgers import ledgers_of, rates_per_ha
from edaphon.practices.need import apply_need
from edaphon.practices.values import BASELINE, Options, holding

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.practices.values import Catalogue

LOCKED_OUT = "locked out"
LOCKED_ELSEWHERE = "locked to another intervention"
UNPREDICTED = "a predictor is missing: the baseline is kept"


def build_options(
    config: Config,
    catalogue: Catalogue,
    landscape: Landscape,
    locks: pd.DataFrame | None = None,
    *,
    keep_baseline: NDArray[np.bool_] | None = None,
) -> Options:
    """Return the allowed pairs of unit and intervention, and their costs.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    landscape : Landscape
    locks : DataFrame, optional
        Columns unit (position), intervention (name) and lock ("in" or "out"). A pair locked in
        forbids the unit's other pairs; one locked out forbids bundles that hold it too.
    keep_baseline : bool array, shape (n_units,), optional
        Units that keep the baseline because a predictor is missing.

    Returns
    -------
    Options
        Ledger 0 is "cost", the present value in the config's currency; those of
        `edaphon.practices.ledgers` follow where they are bounded or minimized. Findings: a warning
        for each intervention that no unit may use and each filter of the catalogue that the
        landscape has no column for, and what guards take away (`edaphon.practices.guards`).

    Raises
    ------
    DataError
        With all of: filters of the config that do not fit the landscape, faults of what guards go
        by, locks that name an unknown intervention or a pair that is not allowed, units left
        without any option; then with the faults of the table of costs, if the config names one.
    """
    permits = _permits(config, catalogue, landscape, keep_baseline)
    if locks is not None and len(locks):
        _apply_locks(permits, config.locks or "locks", catalogue, landscape, locks)
    ledgers = ledgers_of(config, catalogue)
    rates = rates_per_ha(config, catalogue, ledgers, permits.findings)
    findings = raise_errors(dict.fromkeys(permits.findings), DataError)
    options = Options(
        cost=landscape.area_ha[:, None, None] * rates[None],
        ledgers=ledgers,
        allowed=permits.allowed,
        reasons=tuple(permits.reasons),
        findings=findings,
    )
    return with_cost_table(config, catalogue, landscape, options)


def _permits(
    config: Config,
    catalogue: Catalogue,
    landscape: Landscape,
    keep_baseline: NDArray[np.bool_] | None,
) -> Permits:
    """Return what filters, missing predictors and guards leave, before any lock."""
    permits = Permits(np.zeros((landscape.n_units, len(catalogue.names)), dtype=np.uint8))
    grounds = read_grounds(config, landscape)
    landscape = with_contamination(landscape, grounds)
    permits.findings += grounds.findings
    case = GuardCase(config, landscape, grounds)
    apply_need(permits, config, landscape)
    for a, intervention in enumerate(catalogue.interventions, start=1):
        rules = rules_of(config, intervention)
        apply_rules(permits, a, intervention, rules, landscape)
        if keep_baseline is not None:
            permits.forbid(keep_baseline, a, UNPREDICTED)
        guarded = apply_guards(permits, a, intervention, case=case)
        if not guarded and not (permits.allowed[:, a] == 0).any():
            where = _position(config, a)
            permits.findings.append(nowhere(intervention, rules, landscape, where))
    permits.findings += common_notes(case)
    permits.findings += guard_notes(config, catalogue.interventions, grounds, permits.allowed)
    return permits


def _position(config: Config, a: int) -> str:
    """Return where the config names intervention `a` of the catalogue."""
    n_single = len(config.interventions.use)
    if a <= n_single:
        return config.where("interventions.use", a - 1)
    return config.where("interventions.bundles", a - 1 - n_single)


def _apply_locks(
    permits: Permits, file: str, catalogue: Catalogue, landscape: Landscape, locks: pd.DataFrame
) -> None:
    """Forbid what is locked out, and everything else where a pair is locked in."""
    position = {name: a for a, name in enumerate(catalogue.names)}
    units = locks["unit"].to_numpy(dtype=np.intp)
    locked = [str(name) if name else BASELINE for name in locks["intervention"]]
    chosen = np.array([position.get(name, -1) for name in locked])
    inside = (locks["lock"] == "in").to_numpy()
    held = {name: holding(catalogue.names, name) for name in dict.fromkeys(locked)}
    for k, a in enumerate(chosen):
        where = f"{file}: unit {landscape.ids[units[k]]}"
        code = permits.allowed[units[k], a] if a >= 0 else 0
        if a < 0 and (inside[k] or not held[locked[k]].any()):
            what = f"unknown intervention {locked[k]!r}"
            permits.findings.append(Finding(where, what, did_you_mean(locked[k], position)))
        elif inside[k] and code > 0:
            permits.findings.append(_forbidden_lock(where, locked[k], permits.reasons[code]))
    for a in position.values():
        out = np.array([held[name][a] for name in locked], dtype=bool) & ~inside
        permits.forbid(units[out], a, LOCKED_OUT)
        permits.forbid(units[(chosen != a) & (chosen >= 0) & inside], a, LOCKED_ELSEWHERE)
    _find_stuck_units(permits, file, landscape, set(units[inside & (chosen >= 0)].tolist()))


def _forbidden_lock(where: str, name: str, reason: str) -> Finding:
    """Return the error of a lock that asks for what is not allowed."""
    return Finding(
        where,
        f"{name} is locked in, but is {reason}",
        "Take the lock out, or change where the intervention may go.",
    )


def _find_stuck_units(
    permits: Permits, file: str, landscape: Landscape, locked_in: set[int]
) -> None:
    """Find units for which the locks leave nothing, not even the baseline."""
    known = {finding.where for finding in permits.findings if finding.severity == "error"}
    for unit in np.flatnonzero((permits.allowed > 0).all(axis=1)):
        where = f"{file}: unit {landscape.ids[unit]}"
        if where not in known:
            what = "the locks leave no option for this unit, not even the baseline"
            hint = f"Take out the lock on {BASELINE}."
            if unit in locked_in:
                hint = (
                    "It is locked into a bundle and out of a part of it: take out one of the two."
                )
            permits.findings.append(Finding(where, what, hint))
