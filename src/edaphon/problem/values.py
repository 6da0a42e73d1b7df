"""The frozen Problem, and the values that evaluating and solving it give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from edaphon.data.messages import counted
from edaphon.errors import Finding
from edaphon.practices.values import Ledger
from edaphon.problem.constraints import AreaLimit, Budget, Constraint, Target

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edaphon.data.landscape import Neighbours
    from edaphon.effects.values import Effects
    from edaphon.problem.benefits import BenefitName
    from edaphon.problem.boundary import Boundary
    from edaphon.problem.network import Network

__all__ = (
    "AreaLimit", "Budget", "Constraint", "Evaluation", "Feature", "Front", "Objective", "Problem",
    "Target",
)  # fmt: skip

Sense = Literal["maximize", "minimize"]
Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Feature:
    """Something whose amount in the portfolio matters.

    Attributes
    ----------
    name : str
    unit : str
        Unit of an amount ("t"); "ha %" for a relative feature.
    better : {"higher", "lower"}
        For "lower", effects enter sums, totals and targets with reversed sign.
    relative : bool
        No state was measured: amounts are hectares x percent.
    """

    name: str
    unit: str = ""
    better: Better = "higher"
    relative: bool = False


@dataclass(frozen=True)
class Objective:
    """One quantity to maximize or minimize.

    Attributes
    ----------
    name : str
    sense : {"maximize", "minimize"}
        Minimize goes with ledgers, maximize with features.
    features : tuple of str
        One feature: the objective is its held amount in the feature's unit. Several: the weighted
        sum of their shares of total_amount (unit "share").
    weights : tuple of float
        One per feature; equal (1 / n) if empty.
    ledgers : tuple of str
        What a minimized objective sums: ("cost",) for money.
    boundary : float
        Price of a meter of exposed boundary (`edaphon.problem.boundary`): added to what is
        minimized, taken from what is maximized. With 1 and neither features nor ledgers the
        objective is the exposed boundary itself.
    benefit : {"linear", "saturating", "power", "log", "exponential", "ramp", "worst"}
        What the share of each feature counts (`edaphon.problem.benefits`); "saturating":
        sqrt(s + 1e-4) - 0.01 for s >= 0 and 50 s below 0.
    unit : str
        Shown on axes.
    connectivity : bool
        The objective is how what is treated hangs together, as the equivalent connected area in
        ha (`edaphon.problem.network`): no sum over units.
    shape : tuple of float
        Shape of the benefit: one, or one per feature; its default if empty.
    contiguity : bool
        With connectivity: the effective mesh size in ha stands in place of the connected area.
    interventions : tuple of str
        With connectivity: what counts as treated, alone or in a bundle; all but the baseline if
        empty.
    """

    name: str
    sense: Sense = "maximize"
    features: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    ledgers: tuple[str, ...] = ()
    benefit: BenefitName = "linear"
    unit: str = ""
    boundary: float = 0.0
    shape: tuple[float, ...] = ()
    connectivity: bool = False
    contiguity: bool = False
    interventions: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Problem:
    """Landscape, effects, objectives and constraints as arrays and labels, ready to solve.

    Attributes
    ----------
    unit_ids : str array, shape (n_units,)
    interventions : tuple of str
        Position 0 is "baseline".
    features : tuple of Feature
    effects : Effects
        Logically (n_units, n_interventions, n_features), in each feature's own sense.
    cost : float64 array, shape (n_units, n_interventions, n_ledgers)
    ledgers : tuple of Ledger
    allowed : uint8 array, shape (n_units, n_interventions)
        0 = allowed, otherwise an index into `reasons`. A pair locked in forbids the unit's
        other pairs; every unit has at least one allowed pair.
    reasons : tuple of str
    objectives : tuple of Objective
        One to six.
    constraints : tuple of Constraint
        See `edaphon.problem.constraints`.
    area_ha : float64 array, shape (n_units,)
    region : str array, shape (n_units,), or None
    neighbours : Neighbours or None
    total_counts_forbidden : bool
        True for imported Marxan problems, where locked-out units count in total_amount.
    boundary : Boundary or None
        Which boundary counts as exposed; None = that between treated and untreated units.
    earlier : uint8 array, shape (n_units,), or None
        The portfolio that `ChangeLimit` and the ledger "changed_area" compare with.
    farm : str array, shape (n_units,), or None
        Where given, each farm takes one intervention wherever it is allowed there; units with an
        empty name decide alone.
    apart : tuple of pairs of str
        Interventions that may not lie on units that share boundary; a pair may name one twice.
    network : Network or None
        Ways between units, where an objective maximizes connectivity.
    """

    unit_ids: NDArray[np.str_]
    interventions: tuple[str, ...]
    features: tuple[Feature, ...]
    effects: Effects
    cost: NDArray[np.float64]
    ledgers: tuple[Ledger, ...]
    allowed: NDArray[np.uint8]
    reasons: tuple[str, ...]
    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...]
    area_ha: NDArray[np.float64]
    region: NDArray[np.str_] | None = None
    neighbours: Neighbours | None = None
    total_counts_forbidden: bool = False
    boundary: Boundary | None = None
    earlier: NDArray[np.uint8] | None = None
    farm: NDArray[np.str_] | None = None
    apart: tuple[tuple[str, str], ...] = ()
    network: Network | None = None

    def __repr__(self) -> str:
        """Say counts and objectives; `str` formulates the problem and says more."""
        size = (
            counted(self.n_units, "unit"),
            counted(self.n_interventions - 1, "intervention"),
            counted(len(self.constraints), "constraint"),
        )
        return f"Problem({', '.join(size)}; {', '.join(self.objective_names)})"

    def __str__(self) -> str:
        """Say counts, objectives, rules and what the checks say."""
        from edaphon.problem.summary import problem_summary

        return problem_summary(self)

    @property
    def n_units(self) -> int:
        """Number of planning units."""
        return len(self.unit_ids)

    @property
    def n_interventions(self) -> int:
        """Number of options per unit, the baseline included."""
        return len(self.interventions)

    @property
    def objective_names(self) -> tuple[str, ...]:
        """Names of the objectives, in order."""
        return tuple(objective.name for objective in self.objectives)

    @classmethod
    def from_arrays(
        cls,
        effects: ArrayLike | Effects,
        cost: ArrayLike,
        allowed: ArrayLike | None = None,
        objectives: Any = None,
        constraints: Any = None,
        **labels: Any,
    ) -> Problem:
        """Build a problem from plain arrays; see `edaphon.problem.build.problem_from_arrays`."""
        from edaphon.problem.build import problem_from_arrays

        return problem_from_arrays(effects, cost, allowed, objectives, constraints, **labels)


@dataclass(frozen=True)
class Evaluation:
    """What a portfolio is worth: the only definition of good.

    Attributes
    ----------
    values : float64 array, shape (n_objectives,)
        In each objective's own sense and unit.
    lower, upper : float64 arrays, shape (n_objectives,)
        Interval at `level`, from shared and local spread in closed form.
    level : float
    held : float64 array, shape (n_features,)
        Gain over the baseline, in the feature's own sense (a "lower" feature shrinks below 0).
    spent : float64 array, shape (n_ledgers,)
    treated_area_ha : float
    share_outside_applicability : float
        Share of the spending on units outside the area of applicability; nan if nothing is spent.
    feasible : bool
    violations : tuple of Finding
        One per constraint that does not hold.
    objectives : tuple of Objective
    ledgers : tuple of Ledger
        Whose values and totals these are.
    """

    values: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    level: float
    held: NDArray[np.float64]
    spent: NDArray[np.float64]
    treated_area_ha: float
    share_outside_applicability: float
    feasible: bool
    violations: tuple[Finding, ...]
    objectives: tuple[Objective, ...] = ()
    ledgers: tuple[Ledger, ...] = ()

    def __str__(self) -> str:
        """Say area, spending, objectives with their intervals, and which rules do not hold."""
        from edaphon.problem.summary import portfolio_summary

        return portfolio_summary(self)


@dataclass(frozen=True, eq=False)
class Front:
    """Baseline, present policy if given, and mutually non-dominated portfolios with certificates.

    Rows come in the order baseline, policy, front sorted by objective values, adopted.

    Attributes
    ----------
    portfolios : uint8 array, shape (n_portfolios, n_units)
    names : tuple of str
        "baseline", "policy", "p01", "p02", ...
    kinds : tuple of str
        "baseline", "policy", "front" or "adopted".
    objectives : tuple of Objective
    values, lower, upper : float64 arrays, shape (n_portfolios, n_objectives)
        In each objective's own sense.
    weights : float64 array, shape (n_portfolios, n_objectives)
        The weights that each portfolio answers, nan where it answers none.
    feasible : bool array, shape (n_portfolios,)
    certified_gap, optimality_gap, bound : float64 arrays, shape (n_portfolios,)
        nan where nothing is proven; see the design, section 3.
    certified_by : tuple of str
        "lp_dual", "milp", "tree", "dp" or "none".
    treated_area_ha : float64 array, shape (n_portfolios,)
    spent : float64 array, shape (n_portfolios, n_ledgers)
    share_outside_applicability : float64 array, shape (n_portfolios,)
    tags : tuple of str
        "cheapest", "carbon first", ... filled by the portfolio stage; "" otherwise.
    scales : float64 array, shape (n_objectives,)
        Objective scales used with the weights.
    ideal, nadir, reference_point : float64 arrays, shape (n_objectives,)
        In each objective's own sense; of kind front only.
    hypervolume, sandwich_ratio : float
        Normalized by the box from reference point to ideal; nan where nothing is proven.
    level : float
        Level of the intervals.
    findings : tuple of Finding
        What is to say of the search: that a time limit ended it.
    complete : bool
        Whether the front is proven to be the whole Pareto front.
    interrupted : bool
        Whether an interrupt ended the search.
    """

    portfolios: NDArray[np.uint8]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    objectives: tuple[Objective, ...]
    values: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    weights: NDArray[np.float64]
    feasible: NDArray[np.bool_]
    certified_gap: NDArray[np.float64]
    optimality_gap: NDArray[np.float64]
    bound: NDArray[np.float64]
    certified_by: tuple[str, ...]
    treated_area_ha: NDArray[np.float64]
    spent: NDArray[np.float64]
    share_outside_applicability: NDArray[np.float64]
    tags: tuple[str, ...]
    scales: NDArray[np.float64]
    ideal: NDArray[np.float64]
    nadir: NDArray[np.float64]
    reference_point: NDArray[np.float64]
    hypervolume: float
    sandwich_ratio: float
    level: float = 0.9
    findings: tuple[Finding, ...] = ()
    complete: bool = False
    interrupted: bool = False

    def __repr__(self) -> str:
        """Say counts and objectives; `str` says more."""
        size = counted(int(self.on_front.sum()), "portfolio")
        names = ", ".join(objective.name for objective in self.objectives)
        return f"Front({size} of {counted(self.portfolios.shape[1], 'unit')}; {names})"

    def __str__(self) -> str:
        """Say counts, ranges and certificates."""
        from edaphon.problem.summary import front_summary

        return front_summary(self)

    @property
    def on_front(self) -> NDArray[np.bool_]:
        """Rows of kind front, shape (n_portfolios,)."""
        return np.array([kind == "front" for kind in self.kinds], dtype=bool)
