"""Why here: what each treated unit gains, what it costs, the next best option, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.effects.values import GRADES, FactoredEffects
from edaphon.errors import expect
from edaphon.portfolio.numbers import significant
from edaphon.portfolio.worth import Worth, check_row, worth_near
from edaphon.problem.values import Front, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TIE = 0.02
"""Share of a unit's worth below which the next best option is as good as the same."""
NONE = 255


@dataclass(frozen=True)
class Reasons:
    """Why each unit gets what it gets in one portfolio, as figures.

    Attributes
    ----------
    units : intp array, shape (n_treated,)
    option : uint8 array, shape (n_treated,)
    gain : float64 array, shape (n_treated, n_objectives)
        What the option adds, in each objective's own sense and unit (to first order).
    spent : float64 array, shape (n_treated, n_ledgers)
    main : uint8 array, shape (n_treated,)
        Objective that makes most of the option's worth here; NONE where nothing is gained.
    main_share : float64 array, shape (n_treated,)
        Its share of all that is gained, weighted.
    beats : float64 array, shape (n_treated,)
        Share of the other units where the option may go in which it gains less for its money; nan
        where it costs nothing or may go nowhere else.
    next_best : uint8 array, shape (n_treated,)
        The option to take instead; NONE where no other is allowed.
    next_cost : float64 array, shape (n_treated,)
        What taking it would cost, in worth; at least 0.
    next_money : float64 array, shape (n_treated,)
        The same in money of the first ledger; nan where money is no concern.
    grade : uint8 array, shape (n_treated,)
        Weakest grade of the evidence on the features that an objective counts and the option
        changes; an index into GRADES, 0 = no evidence.
    applicable : bool array, shape (n_treated,)
        Whether samples and evidence reach here.
    worth : float64 array, shape (n_treated,)
        Weighted sum of what the option gains.
    """

    units: NDArray[np.intp]
    option: NDArray[np.uint8]
    gain: NDArray[np.float64]
    spent: NDArray[np.float64]
    main: NDArray[np.uint8]
    main_share: NDArray[np.float64]
    beats: NDArray[np.float64]
    next_best: NDArray[np.uint8]
    next_cost: NDArray[np.float64]
    next_money: NDArray[np.float64]
    grade: NDArray[np.uint8]
    applicable: NDArray[np.bool_]
    worth: NDArray[np.float64]

    @property
    def just_pays(self) -> NDArray[np.bool_]:
        """Whether doing nothing new is nearly as good, for the money it saves, (n_treated,)."""
        pays: NDArray[np.bool_] = self.tie & (self.next_best == 0) & np.isfinite(self.next_money)
        return pays

    @property
    def tie(self) -> NDArray[np.bool_]:
        """Whether the next best option is nearly as good, shape (n_treated,)."""
        known = self.next_best != NONE
        close: NDArray[np.bool_] = known & (self.next_cost <= _TIE * self.worth)
        return close


def reasons_for(problem: Problem, front: Front, row: int, worth: Worth | None = None) -> Reasons:
    """Work out why each treated unit of a portfolio gets what it gets.

    Parameters
    ----------
    problem : Problem
    front : Front
    row : int
    worth : Worth, optional
        From `worth_near` for this row.

    Raises
    ------
    DataError
        If the front has no such row.
    """
    expect(problem=(problem, Problem), front=(front, Front))
    check_row(front, row)
    near = worth_near(problem, front, row) if worth is None else worth
    plan = front.portfolios[row]
    units = np.flatnonzero(plan > 0)
    option = plan[units]
    own = near.gains[units, option]
    weights = np.where(near.weights > 0, near.weights, 0.0)
    earned = np.maximum(own, 0.0) * weights
    total = earned.sum(axis=1)
    main = earned.argmax(axis=1).astype(np.uint8)
    main[total <= 0] = NONE
    share = np.divide(earned.max(axis=1), total, out=np.zeros_like(total), where=total > 0)
    net = near.net[units].copy()
    chosen = net[np.arange(len(units)), option]
    net[np.arange(len(units)), option] = -np.inf
    other = net.argmax(axis=1)
    best = net.max(axis=1)
    alone = ~np.isfinite(best)
    cost = np.where(alone, np.nan, np.maximum(chosen - np.where(alone, 0.0, best), 0.0))
    sense = np.array([1.0 if o.sense == "maximize" else -1.0 for o in problem.objectives])
    money = cost / near.per_money if near.per_money > 0 else np.full(len(units), np.nan)
    return Reasons(
        units=units,
        option=option,
        gain=own * sense,
        spent=problem.cost[units, option],
        main=main,
        main_share=share,
        beats=_beats(problem, near, weights, units, option),
        next_best=np.where(alone, NONE, other).astype(np.uint8),
        next_cost=cost,
        next_money=money,
        grade=_grades(problem, units, option),
        applicable=problem.effects.applicable(plan)[units],
        worth=total,
    )


def _beats(
    problem: Problem,
    worth: Worth,
    weights: NDArray[np.float64],
    units: NDArray[np.intp],
    option: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """Share of the other units where an option may go in which it gains less for its money."""
    gain = np.array([o.sense == "maximize" for o in problem.objectives])
    found = np.full(len(units), np.nan)
    for a in np.unique(option):
        open_ = problem.allowed[:, a] == 0
        paid = problem.cost[:, a, 0]
        if open_.sum() < 2 or (paid[open_] <= 0).any():
            continue
        rate = (worth.gains[open_, a][:, gain] @ weights[gain]) / paid[open_]
        ranked = np.sort(rate)
        place = np.full(problem.n_units, np.nan)
        place[open_] = np.searchsorted(ranked, rate, side="left") / (len(rate) - 1)
        mine = option == a
        found[mine] = place[units[mine]]
    return found


def _grades(
    problem: Problem, units: NDArray[np.intp], option: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Weakest grade among the features that objectives count and the option has evidence for."""
    effects = problem.effects
    if not isinstance(effects, FactoredEffects):
        return np.zeros(len(units), dtype=np.uint8)
    counted = {name for objective in problem.objectives for name in objective.features}
    columns = [f for f, feature in enumerate(problem.features) if feature.name in counted]
    graded = effects.sizes.grade[effects.stratum[units], option][:, columns]
    found: NDArray[np.uint8] = graded.max(axis=1, initial=0).astype(np.uint8)
    return found


def reason_table(
    problem: Problem, front: Front, row: int, found: Reasons, *, spoken: bool = True
) -> pd.DataFrame:
    """Return the reasons as a table, with a sentence for each treated unit.

    Parameters
    ----------
    problem : Problem
    front : Front
    row : int
    found : Reasons
        From `reasons_for` for this row.
    spoken : bool
        Whether to add the sentences.

    Returns
    -------
    DataFrame, one row per treated unit
        portfolio, unit_id, intervention, ``gain_<objective>`` (of what is maximized, in its unit),
        ``spent_<ledger>``, next_best, next_best_money (what taking it would cost, in money of the
        first ledger), evidence_grade, applicable, why.
    """
    names = np.array([*problem.interventions, *[""] * (256 - problem.n_interventions)], object)
    columns: dict[str, object] = {
        "portfolio": front.names[row],
        "unit_id": problem.unit_ids[found.units],
        "intervention": names[found.option],
    }
    for m, objective in enumerate(problem.objectives):
        if objective.sense == "maximize":
            columns[f"gain_{objective.name}"] = found.gain[:, m]
    for m, ledger in enumerate(problem.ledgers):
        columns[f"spent_{ledger.name}"] = found.spent[:, m]
    columns["next_best"] = names[found.next_best]
    columns["next_best_money"] = found.next_money
    columns["evidence_grade"] = np.array(GRADES, dtype=object)[found.grade]
    columns["applicable"] = found.applicable
    if spoken:
        columns["why"] = [sentence(problem, found, k) for k in range(len(found.units))]
    return pd.DataFrame(columns, index=range(len(found.units)))


def sentence(problem: Problem, found: Reasons, k: int) -> str:
    """Say in words why the k-th treated unit gets what it gets."""
    parts = []
    if found.next_best[k] == NONE:
        parts.append("no other option is allowed here")
    if found.main[k] != NONE:
        name = problem.objectives[found.main[k]].name.replace("_", " ")
        parts.append(f"{name} makes {found.main_share[k]:.0%} of what the portfolio counts as gain")
    else:
        parts.append("nothing is expected to be gained")
    if np.isfinite(found.beats[k]):
        parts.append(
            f"gains more for its money than on {found.beats[k]:.0%} of the other units "
            "where it may go"
        )
    if found.next_best[k] != NONE:
        other = _spoken(problem.interventions[found.next_best[k]])
        if found.just_pays[k]:
            parts.append("at the portfolio's price for money, it just pays")
        elif found.tie[k]:
            parts.append(f"{other} would do nearly as well")
        elif np.isfinite(found.next_money[k]):
            unit = problem.ledgers[0].unit
            parts.append(
                f"next best is {other}, worth {significant(found.next_money[k])} {unit} less"
            )
        else:
            parts.append(f"next best is {other}")
    grade = GRADES[found.grade[k]]
    parts.append(f"evidence of grade {grade}" if grade != "-" else "no graded evidence")
    if not found.applicable[k]:
        parts.append("samples or evidence do not reach here")
    return "; ".join(parts)


def _spoken(name: str) -> str:
    if name == "baseline":
        return "doing nothing new"
    return name.replace("_", " ").replace("+", " + ")
