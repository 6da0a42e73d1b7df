"""Take a portfolio made elsewhere into a run: exact figures, repair, its place beside the front."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.data.messages import amount
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.problem.evaluate import evaluate, formulate
from edaphon.solver.assemble import senses
from edaphon.solver.dominance import certified_gaps
from edaphon.solver.mend import mended

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.portfolio.proposal import Proposal
    from edaphon.problem.evaluate import Formulation
    from edaphon.problem.values import Evaluation, Front, Problem

KIND = "adopted"
_SUMMING = 1e-9
"""Share of a stated value that adding up in another order may move; judgement, far above float64's
rounding over a million units and far below anything a planner reads."""


@dataclass(frozen=True)
class Adoption:
    """What became of a proposal.

    Attributes
    ----------
    name : str
        Of the portfolio in the run: "a01", "a02", ...
    tag : str
        What its maker calls it.
    worth : Evaluation
        After the repair.
    broken : tuple of Finding
        Rules that it broke as proposed.
    proposed, allocation : uint8 arrays, shape (n_units,)
        Before and after the repair.
    """

    name: str
    tag: str
    worth: Evaluation
    broken: tuple[Finding, ...]
    proposed: NDArray[np.uint8]
    allocation: NDArray[np.uint8]

    @property
    def changed(self) -> NDArray[np.intp]:
        """Units that the repair changed."""
        return np.flatnonzero(self.allocation != self.proposed)


def adopt(problem: Problem, front: Front, proposal: Proposal) -> tuple[Front, Adoption]:
    """Evaluate a proposal exactly, repair it if it breaks a rule, and put it beside the front.

    Ranges, hypervolume and the certificates of the front stay as they are. The certified gap of
    the adopted portfolio is the least over the weights stored with the front (design, section 3).

    Returns
    -------
    front : Front
        With one row more, of kind "adopted".
    adoption : Adoption

    Raises
    ------
    DataError
        If stated objectives differ from the exact ones by more than the stated error, if the
        portfolio is in the run already, or if it breaks rules and single changes cannot mend it.
    """
    rules = formulate(problem)
    proposed = evaluate(problem, proposal.allocation, front.level, rules)
    raise_errors(_misstated(problem, proposal, proposed))
    plan, worth = proposal.allocation, proposed
    if not proposed.feasible:
        plan, worth = _mended(problem, rules, front, proposal, proposed)
    same = np.flatnonzero((front.portfolios == plan).all(axis=1))
    if len(same):
        repaired = "" if proposed.feasible else "repaired, it "
        what = f"{repaired}is the same as {front.names[same[0]]}, which the run has already"
        raise DataError(Finding(proposal.where, what, "There is nothing to adopt."))
    number = 1 + sum(kind == KIND for kind in front.kinds)
    name = f"a{number:02d}"
    taken = {*front.names, *(tag for tags in front.tags for tag in tags.split(", "))}
    tag = f"{proposal.name} ({name})" if proposal.name in taken - {""} else proposal.name
    found = Adoption(name, tag, worth, proposed.violations, proposal.allocation, plan)
    return with_row(problem, front, found), found


def _misstated(problem: Problem, proposal: Proposal, exact: Evaluation) -> list[Finding]:
    """One finding per objective whose stated value cannot be right."""
    faults = []
    for objective, value in zip(problem.objectives, exact.values, strict=True):
        if objective.name not in proposal.stated:
            continue
        stated, error = proposal.stated[objective.name]
        if abs(stated - value) > error + _SUMMING * max(abs(stated), abs(value)):
            what = (
                f"states {amount(stated, objective.unit)}, but the portfolio is worth "
                f"{amount(value)}; rounding explains {error:,.2g}"
            )
            hint = "The file was changed after it was saved; save the portfolio again."
            faults.append(Finding(f"{proposal.where}: {objective.name}", what, hint))
    return faults


def _mended(
    problem: Problem, rules: Formulation, front: Front, proposal: Proposal, proposed: Evaluation
) -> tuple[NDArray[np.uint8], Evaluation]:
    """Repair a portfolio and evaluate it again."""
    (plan,) = mended(problem, rules, proposal.allocation[None], front.scales)
    if plan is not None:
        worth = evaluate(problem, plan, front.level, rules)
        if worth.feasible:
            return plan, worth
    hint = "Changing single units does not mend it; change the portfolio and try again."
    raise DataError([replace(one, hint=one.hint or hint) for one in proposed.violations])


def with_row(problem: Problem, front: Front, found: Adoption) -> Front:
    """Add an adopted portfolio as the last row."""
    worth = found.worth
    sense = senses(problem)
    span = (front.ideal - front.nadir) * sense
    proven = np.isfinite(front.bound)
    gap = certified_gaps(
        (worth.values * sense)[None],
        front.weights[proven] / front.scales,
        front.bound[proven],
        span,
    )
    unknown = np.full(1, np.nan)
    more: dict[str, Any] = {
        "portfolios": found.allocation,
        "values": worth.values,
        "lower": worth.lower,
        "upper": worth.upper,
        "weights": np.full(len(sense), np.nan),
        "feasible": np.array(worth.feasible),
        "certified_gap": gap,
        "optimality_gap": unknown,
        "bound": unknown,
        "treated_area_ha": np.array(worth.treated_area_ha),
        "spent": worth.spent,
        "share_outside_applicability": np.array(worth.share_outside_applicability),
    }
    joined: dict[str, Any] = {
        key: np.concatenate(
            [getattr(front, key), np.reshape(row, (1, *getattr(front, key).shape[1:]))]
        )
        for key, row in more.items()
    }
    return replace(
        front,
        **joined,
        names=(*front.names, found.name),
        kinds=(*front.kinds, KIND),
        certified_by=(*front.certified_by, "none"),
        tags=(*front.tags, found.tag),
    )
