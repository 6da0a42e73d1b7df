"""The gate that a surrogate passes before it is used, and the card that tells how it was tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.surrogates.held_out import Held
from edaphon.surrogates.learner import Data, to_modeled
from edaphon.surrogates.stack import Stack
from edaphon.surrogates.state import Card, Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Samples

_SHOWN = 1500


@dataclass(frozen=True)
class Verdict:
    """What the gate said.

    Attributes
    ----------
    used : bool
    skill : float
        1 - squared error / squared error of the training mean, on held-out ground.
    skill_se : float
    reason : str
        One sentence.
    """

    used: bool
    skill: float
    skill_se: float
    reason: str


def judge(data: Data, held: Held) -> Verdict:
    """Decide whether the stack beats the training mean by more than one standard error.

    Parameters
    ----------
    data : Data
    held : Held
        Predictions on held-out blocks, over several fold assignments.

    Returns
    -------
    Verdict

    Notes
    -----
    The standard error is over the sets of rows held out together (blocks, groups), each set's
    gain averaged over the assignments: folds share most of their data and would promise too much.
    """
    truth = to_modeled(data.response, data.transform)
    plain = ((truth - held.plain) ** 2).mean(axis=0)
    gain = np.bincount(data.together, weights=plain - ((truth - held.fitted) ** 2).mean(axis=0))
    n_sets, total = len(gain), float(plain.sum())
    skill = float(gain.sum()) / total
    error = float(np.sqrt(n_sets / (n_sets - 1) * ((gain - gain.mean()) ** 2).sum())) / total
    used = skill > error
    compared = (
        f"{_percent(abs(skill))} {'less' if skill >= 0 else 'more'} squared error than the mean"
    )
    reason = (
        f"{'Used' if used else 'Refused'}: {compared} of the training data on held-out ground, "
        f"with a standard error of {_percent(error)}"
        f"{'.' if used else '; the mean stands in.'}"
    )
    return Verdict(used, skill, error, reason)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}"


def score(
    truth: NDArray[np.float64],
    predicted: NDArray[np.float64],
    plain: NDArray[np.float64],
    folds: str,
    scale: str,
    *,
    optimistic: bool = False,
) -> Score:
    """Score held-out predictions, pooled over rows, mean over assignments.

    Parameters
    ----------
    truth : float64 array, shape (n,)
        On the modeled scale.
    predicted, plain : float64 arrays, shape (n_assignments, n)
        Of a model and of the training mean.
    folds, scale : str
        Words for the card.
    optimistic : bool

    Returns
    -------
    Score
        r2 = 1 - sum of squared errors / sum of squares around the mean of all rows.
    """
    squares = ((truth - predicted) ** 2).mean(axis=1)
    return Score(
        folds=folds,
        rmse=float(np.sqrt(squares).mean()),
        r2=float((1 - squares / truth.var()).mean()),
        rmse_mean=float(np.sqrt(((truth - plain) ** 2).mean(axis=1)).mean()),
        scale=scale,
        optimistic=optimistic,
    )


def build_card(
    samples: Samples,
    *,
    data: Data,
    held: Held,
    at_random: Held,
    verdict: Verdict,
    ground: str,
    stack: Stack,
    gain: NDArray[np.float64],
) -> Card:
    """Gather what a reader has to know of a surrogate.

    Parameters
    ----------
    samples : Samples
    data : Data
    held, at_random : Held
        On held-out ground, and on random folds.
    verdict : Verdict
    ground : str
        What was held out together, in words.
    stack : Stack
        The one fitted on all samples.
    gain : float64 array, shape (n_predictors,)
        Not negative; becomes the shares of importance.

    Returns
    -------
    Card
        Without the share of units that are applicable, which the caller fills in.
    """
    truth = to_modeled(data.response, data.transform)
    scale = "log" if data.transform == "log" else "response"
    words = f"{ground}, {_n_folds(held)} folds, mean of {len(held.folds)} random assignments"
    inside = held.inside if verdict.used else held.plain_inside
    predicted = held.mean[0]
    shown = np.unique(
        np.linspace(0, len(truth) - 1, min(_SHOWN, len(truth))).round().astype(np.int64)
    )
    total = gain.sum()
    names = [str(name) for name in samples.predictors.columns]
    return Card(
        name=samples.name,
        response=samples.name,
        unit=samples.unit,
        n_samples=samples.n_samples,
        predictors=tuple(names),
        transform=data.transform,
        model={**_rounded(stack), "mean": round(1 - sum(stack.weights), 6)},
        held_out=score(truth, held.fitted, held.plain, words, scale),
        random=score(
            truth,
            at_random.fitted,
            at_random.plain,
            f"single rows at random, {_n_folds(at_random)} folds: too hopeful for new ground",
            scale,
            optimistic=True,
        ),
        forest=score(truth, held.forest, held.plain, words, scale),
        skill=verdict.skill,
        skill_se=verdict.skill_se,
        level=data.level,
        coverage=float(inside.mean()),
        coverage_by_width=_by_width(held) if verdict.used else (),
        share_applicable=float("nan"),
        used=verdict.used,
        reason=verdict.reason,
        importance=dict(zip(names, (gain / total).tolist(), strict=True)) if total > 0 else {},
        observed=tuple(data.response[shown].tolist()),
        predicted=tuple(predicted[shown].tolist()),
        notes=_notes(data, verdict),
    )


def _n_folds(held: Held) -> int:
    return int(held.folds.max()) + 1


def _rounded(stack: Stack) -> dict[str, float]:
    return {name: round(weight, 6) for name, weight in zip(stack.names, stack.weights, strict=True)}


def _by_width(held: Held) -> tuple[float, ...]:
    """Coverage by quintile of interval width, narrow to wide, mean over assignments."""
    order = np.argsort(held.width, axis=1, kind="stable")
    ranked = np.take_along_axis(held.inside, order, axis=1)
    return tuple(float(part.mean()) for part in np.array_split(ranked, 5, axis=1))


def _notes(data: Data, verdict: Verdict) -> tuple[str, ...]:
    """Limits that hold for every surrogate, in plain words."""
    notes = [
        "The held-out figure is for new blocks of ground; between samples that lie close together "
        "predictions are better, far from all samples worse.",
        "It is nested: candidates, weights and interval widths are chosen inside the training "
        "folds only, by the same procedure that is then fitted on all samples; only the scale, "
        "plain or logarithm, is chosen once.",
        f"Intervals hold {data.level:.0%} of new measurements on ground like the sampled one; "
        "outside the area of applicability they hold no guarantee, and within single blocks "
        "coverage can be lower.",
        "An interval is for one measurement in a unit; measuring error and variation within the "
        "unit are part of it.",
        "It describes what is there today. It says nothing of what a practice would change.",
    ]
    if data.transform == "log":
        notes.append(
            "The response is modeled as its logarithm; means are brought back without bias "
            "(smearing), so they lie above the medians."
        )
    if not verdict.used:
        notes.append("The surrogate was refused: every unit gets the mean of the samples.")
    return tuple(notes)
