"""Compare two portfolios: paired intervals, the probability that one is better, and the swaps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from edaphon.errors import DataError, Finding, expect
from edaphon.portfolio.exchange import realized_rates
from edaphon.portfolio.numbers import aligned, significant
from edaphon.portfolio.sides import align, shared_loading
from edaphon.portfolio.swaps import find_swaps
from edaphon.portfolio.tables import by_intervention, spent_by_intervention
from edaphon.problem.evaluate import (
    cost_loading,
    evaluate,
    formulate,
    ledger_slopes,
    objective_slopes,
)
from edaphon.problem.rows import blocks, signs
from edaphon.problem.values import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from edaphon.portfolio.sides import Aligned
    from edaphon.problem.values import Evaluation


@dataclass(frozen=True, repr=False)
class Comparison:
    """What differs between portfolio a and portfolio b, where, and how sure.

    Printing it shows a table.

    Attributes
    ----------
    objectives, objective_units : tuple of str
    a_values, b_values : float64 arrays, shape (n_objectives,)
        In each objective's own sense and unit.
    difference, lower, upper : float64 arrays, shape (n_objectives,)
        a minus b, and its paired interval at `level`: what both share cancels.
    probability_a_better : float64 array, shape (n_objectives,)
        Probability that a is better than b; .5 where they are equal.
    level : float
    units : int array, shape (n_swaps,)
        Units whose intervention differs: positions among the units of a, then those that only b
        has.
    unit_ids : tuple of str
        Their ids.
    a_options, b_options : uint8 arrays, shape (n_swaps,)
        What is done there in a and in b: positions in `interventions`.
    swap_area_ha : float
        Area of those units.
    swap_change : float64 array, shape (n_swaps, n_objectives)
        What each adds to the difference; see `edaphon.portfolio.swaps.Swaps`.
    elsewhere : float64 array, shape (n_objectives,)
        What units with the same intervention add because two runs know other figures of them.
    swaps_exact : bool array, shape (n_objectives,)
        Where False, a swap's change depends on the stated order of exchange.
    rates : float64 array, shape (n_objectives, n_objectives)
        Units of the second objective given up per unit of the first, between the two.
    interventions, ledgers, ledger_units : tuple of str
        Of both; those of a first.
    a_area_ha, b_area_ha : float64 arrays, shape (n_interventions,)
    a_spent, b_spent : float64 arrays, shape (n_interventions, n_ledgers)
    findings : tuple of Finding
        What could not be compared, or not quite.
    """

    objectives: tuple[str, ...]
    objective_units: tuple[str, ...]
    a_values: NDArray[np.float64]
    b_values: NDArray[np.float64]
    difference: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    probability_a_better: NDArray[np.float64]
    level: float
    units: NDArray[np.intp]
    unit_ids: tuple[str, ...]
    a_options: NDArray[np.uint8]
    b_options: NDArray[np.uint8]
    swap_area_ha: float
    swap_change: NDArray[np.float64]
    elsewhere: NDArray[np.float64]
    swaps_exact: NDArray[np.bool_]
    rates: NDArray[np.float64]
    interventions: tuple[str, ...]
    ledgers: tuple[str, ...]
    ledger_units: tuple[str, ...]
    a_area_ha: NDArray[np.float64]
    b_area_ha: NDArray[np.float64]
    a_spent: NDArray[np.float64]
    b_spent: NDArray[np.float64]
    findings: tuple[Finding, ...] = ()

    def __repr__(self) -> str:
        """Return a table of objectives, one of interventions, and a line on the swaps."""
        noun = "unit differs" if len(self.units) == 1 else "units differ"
        swaps = f"{len(self.units):,} {noun}, {significant(self.swap_area_ha)} ha"
        tables = (aligned(objective_rows(self)), aligned(intervention_rows(self)))
        return "\n\n".join(["\n".join(lines) for lines in tables] + [swaps])


def objective_rows(
    found: Comparison,
    letters: tuple[str, str] = ("a", "b"),
    shown: Sequence[tuple[float, str]] | None = None,
) -> list[list[str]]:
    """Return the head and a row per objective, as text.

    Parameters
    ----------
    found : Comparison
    letters : tuple of str
        What a and b are called.
    shown : sequence of (float, str), optional
        Factor and unit in which each objective is shown; default 1 and its own unit.
    """
    a, b = letters
    units = shown or [(1.0, unit) for unit in found.objective_units]
    rows = [["objective", a, b, f"{a} - {b}", f"{found.level:.0%} interval", f"{a} better"]]
    for m, (name, (factor, unit)) in enumerate(zip(found.objectives, units, strict=True)):
        figures = (found.a_values[m], found.b_values[m], found.difference[m])
        ends = (found.lower[m], found.upper[m])
        interval = " to ".join(significant(end * factor) for end in ends)
        interval = "exact" if ends[0] == ends[1] else interval
        sure = f"{found.probability_a_better[m]:.0%}"
        label = f"{name} [{unit}]" if unit else name
        rows.append([label, *(significant(value * factor) for value in figures), interval, sure])
    return rows


def intervention_rows(found: Comparison, letters: tuple[str, str] = ("a", "b")) -> list[list[str]]:
    """Return the head and a row per intervention that a or b uses, as text."""
    ledgers = [
        f"{side}: {ledger} [{unit}]"
        for ledger, unit in zip(found.ledgers, found.ledger_units, strict=True)
        for side in letters
    ]
    rows = [["intervention", *(f"{side}: area [ha]" for side in letters), *ledgers]]
    for option, name in enumerate(found.interventions):
        areas = (found.a_area_ha[option], found.b_area_ha[option])
        paid = np.stack([found.a_spent[option], found.b_spent[option]], axis=1).ravel()
        if max(areas) > 0:
            rows.append([name, *(significant(value) for value in (*areas, *paid))])
    return rows


def compare(
    problem: Problem,
    a: ArrayLike,
    b: ArrayLike,
    level: float = 0.9,
    *,
    other: Problem | None = None,
) -> Comparison:
    """Compare two portfolios, of one problem or of two.

    The uncertainty is paired. A shared deviation (is this practice as good as the studies say?)
    is the same in both portfolios, so the loadings of the totals are subtracted before they are
    squared; a unit with the same intervention in both has the same local deviation, which cancels
    where the objective is linear. Deviations of two different interventions in one unit count as
    independent, which is slightly too wide where both stand on the same stock. The difference is
    taken as normal; a saturating benefit enters with its slope at each portfolio (delta method).

    With two problems units, objectives, features and practices are matched by name
    (`edaphon.portfolio.sides.align`); a practice's shared deviation is the same in both.

    Parameters
    ----------
    problem : Problem
    a, b : int arrays, shape (n_units,)
        Positions of interventions.
    level : float
        Level of the intervals, between 0 and 1.
    other : Problem, optional
        The problem of b, where it is another than that of a.

    Returns
    -------
    Comparison

    Raises
    ------
    DataError
        If an allocation has not one known intervention per unit, `level` is outside (0, 1), or
        two problems have no unit or no objective in common.
    """
    second = problem if other is None else other
    expect(problem=(problem, Problem), other=(second, Problem))
    findings = [*_faults(problem, a, "a"), *_faults(second, b, "b")]
    if not 0.0 < level < 1.0:
        findings.append(Finding("compare: level", f"{level} is not between 0 and 1", "Try 0.9."))
    if findings:
        raise DataError(findings)
    pair = align(problem, second)
    return _compared(pair, np.asarray(a, dtype=np.uint8), np.asarray(b, dtype=np.uint8), level)


def _compared(
    pair: Aligned, a: NDArray[np.uint8], b: NDArray[np.uint8], level: float
) -> Comparison:
    ours, a_slope = _worth(pair.a, a, pair.a_total, level)
    theirs, b_slope = _worth(pair.b, b, pair.b_total, level)
    sd = _paired_sd(pair, (a, b), (a_slope, b_slope))
    difference = ours.values - theirs.values
    half = norm.ppf(0.5 + level / 2) * sd
    turned = np.array([1.0 if o.sense == "maximize" else -1.0 for o in pair.a.objectives])
    swaps = find_swaps(pair, a, b)
    names = tuple(dict.fromkeys([*pair.a.interventions, *pair.b.interventions]))
    ledgers = {ledger.name: ledger.unit for x in (pair.b, pair.a) for ledger in x.ledgers}
    order = tuple(dict.fromkeys([*(x.name for x in pair.a.ledgers), *ledgers]))
    place = {name: k for k, name in enumerate(names)}
    here = pair.a_units[swaps.units]
    there = pair.b_units[swaps.units]
    return Comparison(
        objectives=pair.a.objective_names,
        objective_units=tuple(objective.unit for objective in pair.a.objectives),
        a_values=ours.values,
        b_values=theirs.values,
        difference=difference,
        lower=difference - half,
        upper=difference + half,
        probability_a_better=_probability(difference * turned, sd),
        level=level,
        units=swaps.units,
        unit_ids=tuple(
            str(pair.a.unit_ids[i] if i >= 0 else pair.b.unit_ids[k])
            for i, k in zip(here, there, strict=True)
        ),
        a_options=np.array([place[name] for name in swaps.a_options], dtype=np.uint8),
        b_options=np.array([place[name] for name in swaps.b_options], dtype=np.uint8),
        swap_area_ha=float(np.where(here >= 0, pair.a.area_ha[here], pair.b.area_ha[there]).sum()),
        swap_change=swaps.change,
        elsewhere=swaps.elsewhere,
        swaps_exact=swaps.exact,
        rates=realized_rates(difference, turned),
        interventions=names,
        ledgers=order,
        ledger_units=tuple(ledgers[name] for name in order),
        a_area_ha=_area(pair.a, a, names),
        b_area_ha=_area(pair.b, b, names),
        a_spent=_spent(pair.a, a, names, order),
        b_spent=_spent(pair.b, b, names, order),
        findings=pair.findings,
    )


def _area(problem: Problem, plan: NDArray[np.uint8], names: tuple[str, ...]) -> NDArray[np.float64]:
    """Area by intervention, in the order of both runs' names; 0 for those a run does not have."""
    own = by_intervention(problem, plan, problem.area_ha)
    found = dict(zip(problem.interventions, own, strict=True))
    return np.array([found.get(name, 0.0) for name in names])


def _spent(
    problem: Problem, plan: NDArray[np.uint8], names: tuple[str, ...], ledgers: tuple[str, ...]
) -> NDArray[np.float64]:
    """Spending by intervention and ledger, in the order of both runs' names."""
    own = spent_by_intervention(problem, plan)
    made = np.zeros((len(names), len(ledgers)))
    rows = [names.index(name) for name in problem.interventions]
    columns = [ledgers.index(ledger.name) for ledger in problem.ledgers]
    made[np.ix_(rows, columns)] = own
    return made


def _faults(problem: Problem, allocation: ArrayLike, name: str) -> list[Finding]:
    """Return findings on an allocation that does not fit the problem."""
    where = f"compare: portfolio {name}"
    chosen = np.asarray(allocation)
    if chosen.shape != (problem.n_units,):
        what = f"has shape {chosen.shape}, but the problem has {problem.n_units} units"
        return [Finding(where, what, "Give one position of an intervention per unit.")]
    if chosen.dtype.kind not in "iu" or (chosen < 0).any():
        return [Finding(where, "holds something else than positions 0, 1, 2, ...", "Use integers.")]
    if (chosen >= problem.n_interventions).any():
        what = f"names intervention {chosen.max()}, but the last is {problem.n_interventions - 1}"
        return [Finding(where, what, "Positions count from 0, the baseline.")]
    return []


def _probability(gain: NDArray[np.float64], sd: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability that a normal difference of mean `gain` is above 0; .5, 0 or 1 without spread."""
    certain = np.where(gain > 0, 1.0, np.where(gain < 0, 0.0, 0.5))
    spread = sd > 0
    return np.where(spread, norm.cdf(gain / np.where(spread, sd, 1.0)), certain)


def _worth(
    problem: Problem, plan: NDArray[np.uint8], total: NDArray[np.float64], level: float
) -> tuple[Evaluation, NDArray[np.float64]]:
    """Evaluate one side, and its slopes in each held amount (own sense), (objectives, features)."""
    worth = evaluate(problem, plan, level, replace(formulate(problem), total=total))
    sign = signs(problem)
    slopes = objective_slopes(problem, total, worth.held * sign, worth.spent) * sign
    return worth, slopes + ledger_slopes(problem)


def _paired_sd(
    pair: Aligned,
    plans: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    slopes: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return the standard deviation of the difference of each objective, shape (n_objectives,)."""
    variance = _shared_variance(pair, plans, slopes)
    features = tuple(dict.fromkeys(f.name for side in (pair.a, pair.b) for f in side.features))
    own, other = (
        _spread_out(slope, side, features)
        for slope, side in zip(slopes, (pair.a, pair.b), strict=True)
    )
    for rows in blocks(len(pair.a_units)):
        here, there = pair.a_units[rows], pair.b_units[rows]
        ours, a_name = _local(pair.a, plans[0], here)
        theirs, b_name = _local(pair.b, plans[1], there)
        ours, theirs = _spread_out(ours, pair.a, features), _spread_out(theirs, pair.b, features)
        same = ((a_name == b_name) & (here >= 0) & (there >= 0))[:, None]
        for j in range(len(variance)):
            variance[j] += ((own[j] * ours - other[j] * theirs * same) ** 2).sum()
            variance[j] += ((other[j] * theirs * ~same) ** 2).sum()
    return np.asarray(np.sqrt(variance), dtype=np.float64)


def _spread_out(
    values: NDArray[np.float64], problem: Problem, features: tuple[str, ...]
) -> NDArray[np.float64]:
    """Columns of a problem's features in the order of both runs', 0 for those it lacks."""
    made = np.zeros((len(values), len(features)))
    made[:, [features.index(feature.name) for feature in problem.features]] = values
    return made


def _local(
    problem: Problem, plan: NDArray[np.uint8], units: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Local sd of some units' chosen options, and the options' names; 0 where a unit is absent."""
    known = np.where(units >= 0, units, 0)
    _, local = problem.effects.block_sd(known)
    chosen = plan[known]
    spread = local[np.arange(len(known)), chosen]
    return np.where((units >= 0)[:, None], spread, 0.0), np.array(problem.interventions)[chosen]


def _shared_variance(
    pair: Aligned,
    plans: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    slopes: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Variance of each difference by the deviations that practices share, (n_objectives,)."""
    variance = np.zeros(len(pair.a.objectives))
    loads = [
        shared_loading(problem, plan) for problem, plan in zip((pair.a, pair.b), plans, strict=True)
    ]
    places = [
        {feature.name: f for f, feature in enumerate(problem.features)}
        for problem in (pair.a, pair.b)
    ]
    for key in dict.fromkeys([*loads[0], *loads[1]]):
        term = np.zeros_like(variance)
        for turn, load, place, slope in zip((1, -1), loads, places, slopes, strict=True):
            if key in load:
                term += turn * slope[:, place[key[1]]] * load[key]
        variance += term**2
    ours, theirs = (
        cost_loading(problem, plan) for problem, plan in zip((pair.a, pair.b), plans, strict=True)
    )
    for name in dict.fromkeys([*ours, *theirs]):
        variance += (ours.get(name, 0.0) - theirs.get(name, 0.0)) ** 2
    return variance
