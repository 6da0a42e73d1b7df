"""The planner's own trials as further studies: they update the evidence of their climate."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincinv

from edaphon.config.suggest import did_you_mean
from edaphon.data.messages import counted
from edaphon.effects.cells import cells_of
from edaphon.effects.choose import MIN_STUDIES, Known, standing
from edaphon.effects.climate import climate_of
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.practices.evidence import CLIMATES, grade_of
from edaphon.practices.values import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.data.trials import Trials
    from edaphon.effects.cells import Cells
    from edaphon.practices.values import Catalogue

TAIL_DF = 4.0
"""Degrees of freedom of the studies around their mean, as in `edaphon.effects.spread.T4_95`."""
NODES, MEANS, SPREADS = 64, 161, 41
"""Points of the grids over a study's weight, the mean and the spread between studies."""
REACH = 6.0
"""Standard errors of the prior to either side that the grid over the mean spans at least."""
LEAST_TAU = 0.01
OWN = "own trials"


def with_trials(
    config: Config, catalogue: Catalogue, landscape: Landscape, trials: Trials | None
) -> Catalogue:
    """Return the catalogue with its evidence updated by the planner's own trials.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    landscape : Landscape
        Trials without latitude count for the climate that most of its area has.
    trials : Trials or None

    Returns
    -------
    Catalogue
        One more row of evidence for each intervention, outcome and climate with trials: it stands
        where it has the most studies, as any row, and it has those of the row that stood before and
        its own. Findings: a note per updated row, a warning where trials and all the evidence are
        fewer than three studies and so do not count.

    Raises
    ------
    DataError
        An outcome that the catalogue does not have, or an intervention that the config does not
        use.
    """
    if trials is None:
        return catalogue
    raise_errors(_unknown(catalogue, trials), DataError)
    told = climate_of(trials.latitude)
    climate = np.where(told == "", _main_climate(landscape), told)
    rows, findings = [], list(trials.findings)
    keys = sorted(set(zip(trials.intervention, trials.outcome, climate, strict=True)))
    for name, outcome, zone in keys:
        mine = (trials.intervention == name) & (trials.outcome == outcome) & (climate == zone)
        cells = cells_of(trials.lnrr[mine], trials.study[mine], trials.intervention[mine])
        before = standing(catalogue, str(name), str(outcome), str(zone))
        row = _updated(before, cells, (str(name), str(outcome), str(zone)), trials.source)
        rows.append(row)
        findings.append(_finding(config, row, before, cells))
    return replace(
        catalogue,
        evidence=(*catalogue.evidence, *rows),
        findings=(*catalogue.findings, *findings),
    )


def update(known: Known, cells: Cells) -> tuple[float, float, float]:
    """Return mean, standard error and spread between studies after further studies.

    Parameters
    ----------
    known : Known
        What was known before.
    cells : Cells
        The further studies.

    Returns
    -------
    mean, se, tau : float
        On the lnRR scale.

    Notes
    -----
    Bayes' rule on a grid: the mean is normal around the known one (its standard error and the .05
    by which databases differ, `Known.sd`); the spread is log-normal around the known one, as sure
    as that number of studies makes a standard deviation (sd of its logarithm
    ``1 / sqrt(2 (k - 1))``, at most 1); studies lie around the mean as Student's t with 4 degrees
    of freedom, a mixture of normals over its weight.
    """
    reach = max(REACH * known.sd, float(np.abs(cells.mean - known.lnrr).max()))
    mean = known.lnrr + reach * np.linspace(-1.0, 1.0, MEANS)
    loose = 1.0 / sqrt(max(2.0 * (known.studies - 1), 1.0))
    steps = np.linspace(-3.0, 3.0, SPREADS)
    tau = max(known.tau, LEAST_TAU) * np.exp(loose * steps)
    fit = -0.5 * ((mean - known.lnrr) / known.sd)[:, None] ** 2 - 0.5 * steps**2
    fit = fit + sum(
        _log_likelihood(mean, tau, y, v) for y, v in zip(cells.mean, cells.variance, strict=True)
    )
    chance = np.exp(fit - fit.max())
    chance /= chance.sum()
    middle = float(chance.sum(axis=1) @ mean)
    spread = float(chance.sum(axis=1) @ (mean - middle) ** 2)
    return middle, sqrt(spread), sqrt(float(chance.sum(axis=0) @ tau**2))


def _log_likelihood(
    mean: NDArray[np.float64], tau: NDArray[np.float64], value: float, variance: float
) -> NDArray[np.float64]:
    """Log density of one study's mean on the grid: shape (n_means, n_taus)."""
    half = TAIL_DF / 2.0
    weight = gammaincinv(half, (np.arange(NODES) + 0.5) / NODES) / half
    # tau is the standard deviation, and the variance of t is df / (df - 2)
    total = tau[:, None] ** 2 * (TAIL_DF - 2.0) / TAIL_DF / weight + variance
    z2 = ((value - mean) ** 2)[:, None, None] / total
    density = (np.exp(-0.5 * z2) / np.sqrt(total)).mean(axis=2)
    return np.asarray(np.log(density + 1e-300))


def _updated(before: Known, cells: Cells, key: tuple[str, str, str], source: str) -> Evidence:
    """Return the row of what was known and the trials together."""
    mean, se, tau = update(before, cells)
    studies = before.studies + len(cells.mean)
    own = f"{OWN} of {source} ({counted(len(cells.mean), 'study')})"
    return Evidence(
        intervention=key[0],
        outcome=key[1],
        climate=key[2],
        lnrr=mean,
        se=se,
        tau=tau,
        sigma=before.sigma,
        studies=studies,
        pairs=before.pairs + int(cells.pairs.sum()),
        years="",
        grade=grade_of(studies),
        basis="pooled",
        source=f"{before.source}; updated by {own}" if before.studies else own,
    )


def _main_climate(landscape: Landscape) -> str:
    """Return the climate that most of the landscape's area has."""
    zone = climate_of(landscape.latitude)
    area = [float(landscape.area_ha[zone == name].sum()) for name in CLIMATES]
    return CLIMATES[int(np.argmax(area))]


def _unknown(catalogue: Catalogue, trials: Trials) -> Iterator[Finding]:
    """Find names that the catalogue does not have, each once."""
    parts = {part for one in catalogue.interventions for part in one.parts}
    known = {
        "intervention": [*dict.fromkeys((*catalogue.names[1:], *sorted(parts)))],
        "outcome": list(catalogue.outcomes),
    }
    words = {"intervention": "is not used by this config", "outcome": "is no outcome of it"}
    for column, names in known.items():
        given = getattr(trials, column)
        for name in sorted(set(given.tolist()) - set(names)):
            line = trials.lines[given == name][0]
            where = f"{trials.source}: line {line}: {column}"
            yield Finding(where, f"{name!r} {words[column]}", did_you_mean(name, names))


def _finding(config: Config, row: Evidence, before: Known, cells: Cells) -> Finding:
    """Say what the trials changed, or why they do not count."""
    where, trials = config.where("trials"), counted(len(cells.mean), "study")
    name = f"{row.intervention} on {row.outcome} ({row.climate})"
    if row.studies < MIN_STUDIES:
        what = f"{name}: {trials} of your own, and no others of the climate: too few to count"
        hint = f"The mean effect moves from {MIN_STUDIES} studies on; add other places or years."
        return Finding(where, what, hint, "warning")
    was = f"{100 * np.expm1(before.lnrr):+.1f} %" if before.studies else "nothing of the climate"
    what = (
        f"{name}: {trials} of your own ({counted(int(cells.pairs.sum()), 'pair')}) change the mean "
        f"from {was} to {100 * np.expm1(row.lnrr):+.1f} %"
    )
    return Finding(where, what, severity="note")
