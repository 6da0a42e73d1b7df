"""Metals against limits, and several threats at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.data.messages import counted
from edaphon.errors import DataError, Finding
from edaphon.soil.ranges import inside

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

SLUDGE_LIMITS_MG_KG: dict[str, tuple[float, float]] = {
    "cadmium": (1.0, 3.0),
    "copper": (50.0, 140.0),
    "nickel": (30.0, 75.0),
    "lead": (50.0, 300.0),
    "zinc": (150.0, 300.0),
    "mercury": (1.0, 1.5),
}
"""Lower and upper ends of the limit values of Directive 86/278/EEC, Annex I A: mg/kg dry matter in
soil of pH 6 to 7 that receives sewage sludge. There is none for chromium."""

RAISED_ABOVE_PH_7 = ("copper", "nickel", "zinc")
RAISED_BY = 1.5
"""Annex I A, footnote b: where pH is consistently above 7, member states may let these three exceed
their limit by at most half."""

PURPOSE = (
    "the limits are those of Directive 86/278/EEC, Annex I A, for soils that receive sewage "
    "sludge: they say where no more sludge may be spread, not where a soil must be cleaned"
)
"""What the limits are for; belongs beside every figure made with them."""

SYMBOLS = {
    "cd": "cadmium", "cu": "copper", "ni": "nickel", "pb": "lead", "zn": "zinc", "hg": "mercury",
    "cr": "chromium", "as": "arsenic",
}  # fmt: skip


@dataclass(frozen=True)
class Exceedance:
    """Metals against their limits.

    Attributes
    ----------
    metals : tuple of str
        Names, in the order of the columns.
    ratio : float64 array, shape (n, n_metals)
        Concentration by limit.
    worst : float64 array, shape (n,)
        The largest ratio.
    count : int64 array, shape (n,)
        How many metals exceed their limit (a ratio above 1).
    mean_excess : float64 array, shape (n,)
        Mean over the metals of max(0, ratio - 1).
    findings : tuple of Finding
        A note on what the limits are for; warnings where pH is missing or lies below 6.
    """

    metals: tuple[str, ...]
    ratio: NDArray[np.float64]
    worst: NDArray[np.float64]
    count: NDArray[np.int64]
    mean_excess: NDArray[np.float64]
    findings: tuple[Finding, ...]


def exceedance(
    concentration_mg_kg: Mapping[str, ArrayLike],
    ph: ArrayLike | None = None,
    *,
    limits: Literal["upper", "lower"] | Mapping[str, ArrayLike] = "upper",
    raise_above_ph_7: bool = True,
    source: str = "metals",
) -> Exceedance:
    """Compare concentrations of metals in soil with their limits.

    Parameters
    ----------
    concentration_mg_kg : mapping of str to array_like, shape (n,)
        By name or symbol (cadmium, cd, Cd), mg/kg dry matter, 0 to 1,000,000.
    ph : array_like, shape (n,), optional
        pH of the soil, 1.5 to 12; nan where unknown.
    limits : {"upper", "lower"} or mapping of str to array_like
        The ends of the ranges of Directive 86/278/EEC, or limits of your own in mg/kg, each one
        number or one per soil; these are taken as they are, whatever the pH.
    raise_above_ph_7 : bool
        Let Cu, Ni and Zn exceed the directive's limits by half where pH is above 7.
    source : str
        File, for the findings.

    Returns
    -------
    Exceedance

    Raises
    ------
    DataError
        For a metal without a limit, or given twice.
    ValueError
        If a value lies outside its range or shapes differ; concentrations must all be known.

    Notes
    -----
    Council Directive 86/278/EEC of 12 June 1986, Annex I A (read at legislation.gov.uk). On soils
    below pH 6, says its Article 8 (read in the German text at gesetze.legal), metals become more
    mobile and plants take up more, so that member states lower their limits where needed: that is
    a warning here, as is a missing pH.
    """
    metals = _names(concentration_mg_kg, source)
    columns = [
        inside(metal, values, 0.0, 1e6, "mg/kg")
        for metal, values in zip(metals, concentration_mg_kg.values(), strict=True)
    ]
    amount = np.column_stack(np.broadcast_arrays(*map(np.atleast_1d, columns)))
    own = isinstance(limits, Mapping)
    if isinstance(limits, Mapping):
        bound = _own_limits(limits, metals, len(amount), source)
        findings: list[Finding] = []
    else:
        end = 1 if limits == "upper" else 0
        if limits not in ("upper", "lower"):
            raise ValueError(f"limits must be 'upper', 'lower' or a mapping, got {limits!r}")
        _require(metals, SLUDGE_LIMITS_MG_KG, source)
        bound = np.tile([SLUDGE_LIMITS_MG_KG[metal][end] for metal in metals], (len(amount), 1))
        findings = [Finding(source, PURPOSE, severity="note")]
    if not own:
        acid, found = _acidity(ph, len(amount), source)
        findings += found
        if raise_above_ph_7:
            raised = np.isin(metals, RAISED_ABOVE_PH_7)
            bound = np.where((acid > 7)[:, None] & raised, bound * RAISED_BY, bound)
    ratio = amount / bound
    return Exceedance(
        metals=metals,
        ratio=ratio,
        worst=ratio.max(axis=1),
        count=(ratio > 1).sum(axis=1),
        mean_excess=np.maximum(ratio - 1.0, 0.0).mean(axis=1),
        findings=tuple(findings),
    )


def _names(given: Mapping[str, ArrayLike], source: str) -> tuple[str, ...]:
    """Return the names of the metals, each once."""
    metals = tuple(SYMBOLS.get(name.casefold(), name.casefold()) for name in given)
    twice = sorted({metal for metal in metals if metals.count(metal) > 1})
    if twice:
        what = f"{', '.join(twice)} is given twice"
        raise DataError(Finding(source, what, "Give each metal once."))
    if not metals:
        raise DataError(Finding(source, "no metal is given", "Give at least one."))
    return metals


def _require(metals: tuple[str, ...], known: Mapping[str, object], source: str) -> None:
    """Raise for metals without a limit."""
    faults = [
        Finding(f"{source}: {metal}", f"there is no limit for {metal}", did_you_mean(metal, known))
        for metal in metals
        if metal not in known
    ]
    if faults:
        raise DataError(faults)


def _own_limits(
    limits: Mapping[str, ArrayLike], metals: tuple[str, ...], n: int, source: str
) -> NDArray[np.float64]:
    own = dict(zip(_names(limits, source), limits.values(), strict=True))
    _require(metals, own, source)
    bounds = [
        inside(f"limit of {metal}", own[metal], 0.0, 1e6, "mg/kg", above=True) for metal in metals
    ]
    return np.column_stack([np.broadcast_to(bound, (n,)) for bound in bounds])


def _acidity(
    ph: ArrayLike | None, n: int, source: str
) -> tuple[NDArray[np.float64], list[Finding]]:
    """Return pH with nan where unknown, and what that means for the limits."""
    given = np.full(n, np.nan) if ph is None else np.asarray(ph, dtype=np.float64)
    given = np.broadcast_to(given, (n,))
    inside("ph", given[~np.isnan(given)], 1.5, 12.0, "")
    unknown, acid = int(np.isnan(given).sum()), int((given < 6).sum())
    findings = []
    if unknown:
        what = f"no pH in {unknown:,} of {counted(n, 'soil')}: the limits hold for pH 6 to 7"
        hint = "Give pH; below 6 metals move more easily, above 7 Cu, Ni and Zn may be higher."
        findings.append(Finding(f"{source}: ph", what, hint, "warning"))
    if acid:
        what = f"pH below 6 in {acid:,} of {counted(n, 'soil')}: the limits may be too high there"
        hint = "Article 8 of the directive asks for lower ones if need be; give limits of your own."
        findings.append(Finding(f"{source}: ph", what, hint, "warning"))
    return given, findings


def combined_threat(
    threats: Mapping[str, ArrayLike], weights: Mapping[str, float] | None = None
) -> NDArray[np.float64]:
    """Return one threat from several that act independently.

    Parameters
    ----------
    threats : mapping of str to array_like
        Intensities, 0 (none) to 1 (all is lost), broadcast against each other.
    weights : mapping of str to float, optional
        Share of a threat's full intensity that counts, 0 to 1; 1 if not given.

    Returns
    -------
    float64 array
        ``1 - product of (1 - weight x threat)``, 0 to 1: what is left after one threat is what the
        next can still take. It never falls when a threat grows, and exceeds no sum of threats.

    Raises
    ------
    ValueError
        If a value lies outside 0 to 1, no threat is given, or a weight belongs to no threat.

    Notes
    -----
    The product of independent survivals: what toxicology calls independent joint action, after
    Bliss (1939), Annals of Applied Biology 26, 585-615 (the idea confirmed by later papers of that
    journal, its pages not read). Synergy between threats is not in it.
    """
    if not threats:
        raise ValueError("threats: at least one")
    stray = sorted(set(weights or {}) - set(threats))
    if stray:
        raise ValueError(f"weights: there is no threat called {', '.join(stray)}")
    left = np.ones(())
    for name, values in threats.items():
        share = inside(f"weight of {name}", (weights or {}).get(name, 1.0), 0.0, 1.0, "")
        left = left * (1.0 - share * inside(name, values, 0.0, 1.0, ""))
    return np.asarray(1.0 - left, dtype=np.float64)
