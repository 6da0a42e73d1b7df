"""The gate that a surrogate passes before it is used, and the card that tells how it was tested."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.errors import Finding
from edaphon.surrogates.ground import regions_of
from edaphon.surrogates.held_out import Held
from edaphon.surrogates.learner import Data, to_modeled
from edaphon.surrogates.models import evened
from edaphon.surrogates.paired import skill_over
from edaphon.surrogates.scale import LEVELS
from edaphon.surrogates.stack import Stack
from edaphon.surrogates.state import Card, Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Samples
    from edaphon.surrogates.matched import Matched

_SHOWN = 1500
_PARTS = 10
_FEW = 100
"""Samples or blocks in a tenth below which the card says how little that is."""


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
    Errors count by the weights of their samples. A skill of less than a millionth is rounding.
    """
    truth = to_modeled(data.response, data.transform)
    counted = evened(data.weights, len(truth))
    plain = counted * ((truth - held.plain) ** 2).mean(axis=0)
    fitted = counted * ((truth - held.fitted) ** 2).mean(axis=0)
    skill = skill_over(fitted, plain, data.together)
    less = "less" if skill.share >= 0 else "more"
    reason = (
        f"{'Used' if skill.clear else 'Refused'}: {percent(abs(skill.share))} {less} squared error "
        f"than the mean of the training data on held-out ground, with a standard error of "
        f"{percent(skill.error)}{'.' if skill.clear else '; the mean stands in.'}"
    )
    return Verdict(skill.clear, skill.share, skill.error, reason)


def percent(share: float) -> str:
    """Write a share in percent, small ones with a decimal."""
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}"


def score(
    truth: NDArray[np.float64],
    predicted: NDArray[np.float64],
    plain: NDArray[np.float64],
    folds: str,
    scale: str,
    *,
    optimistic: bool = False,
    weights: NDArray[np.float64] | None = None,
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
    weights : float64 array, shape (n,), optional
        How much each row counts, above 0.

    Returns
    -------
    Score
        r2 = 1 - sum of squared errors / sum of squares around the mean of all rows.
    """
    counted = evened(weights, len(truth))
    squares = (counted * (truth - predicted) ** 2).mean(axis=1)
    mean = float(np.average(truth, weights=counted))
    variance = float((counted * (truth - mean) ** 2).mean())
    return Score(
        folds=folds,
        rmse=float(np.sqrt(squares).mean()),
        r2=float((1 - squares / variance).mean()),
        rmse_mean=float(np.sqrt((counted * (truth - plain) ** 2).mean(axis=1)).mean()),
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
    on_map: tuple[Matched, Held] | None = None,
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
    on_map : tuple of Matched and Held, optional
        Folds matched to the prediction area, and what was predicted on them.

    Returns
    -------
    Card
        Without the shares of units that are applicable or beyond the sampled range, which the
        caller fills in.
    """
    inside = held.inside if verdict.used else held.plain_inside
    n = len(data.response)
    shown = np.unique(np.linspace(0, n - 1, min(_SHOWN, n)).round().astype(np.int64))
    total = gain.sum()
    names = list(data.names) or [str(name) for name in samples.predictors.columns]
    return Card(
        name=samples.name,
        response=samples.name,
        unit=samples.unit,
        n_samples=samples.n_samples,
        predictors=tuple(names),
        transform=data.transform,
        model=_made_of(stack),
        skill=verdict.skill,
        skill_se=verdict.skill_se,
        level=data.level,
        coverage=float(inside.mean()),
        share_applicable=float("nan"),
        used=verdict.used,
        reason=verdict.reason,
        importance=dict(zip(names, (gain / total).tolist(), strict=True)) if total > 0 else {},
        observed=tuple(data.response[shown].tolist()),
        predicted=tuple(held.mean[0][shown].tolist()),
        notes=_notes(data, verdict, on_map),
        **_scores(data, held, at_random, ground, on_map),
        **_interval_figures(samples, data, held, inside, verdict),
    )


def _scores(
    data: Data,
    held: Held,
    at_random: Held,
    ground: str,
    on_map: tuple[Matched, Held] | None,
) -> dict[str, Any]:
    """Fields of the card that tell how predictions did, by how samples were held out."""
    truth = to_modeled(data.response, data.transform)
    scored = partial(
        score,
        truth,
        scale="response" if data.transform == "none" else data.transform,
        weights=data.weights,
    )
    words = f"{ground}, {_n_folds(held)} folds, mean of {len(held.folds)} random assignments"
    alone = f"single rows at random, {_n_folds(at_random)} folds: too hopeful for new ground"
    return {
        "held_out": scored(held.fitted, held.plain, words),
        "forest": scored(held.forest, held.plain, words),
        "random": scored(at_random.fitted, at_random.plain, alone, optimistic=True),
        "matched": None
        if on_map is None
        else scored(on_map[1].fitted, on_map[1].plain, on_map[0].words),
    }


def _interval_figures(
    samples: Samples,
    data: Data,
    held: Held,
    inside: NDArray[np.bool_],
    verdict: Verdict,
) -> dict[str, Any]:
    """Fields of the card that tell how intervals did on held-out ground."""
    by_region = coverage_by_region(inside, regions_of(samples))
    if not verdict.used:
        return {"coverage_by_width": (), "coverage_by_region": by_region}
    covered = (held.lower <= data.response) & (data.response <= held.upper)
    at = dict(zip(held.levels, covered.mean(axis=(1, 2)).tolist(), strict=True))
    return {
        "coverage_by_width": coverage_by_width(held.width, held.inside),
        "coverage_by_region": by_region,
        "coverage_at": {f"{level:g}": at[level] for level in LEVELS},
        "interval_score": float(held.score.mean()),
        "interval_score_plain": float(held.pooled_score.mean()),
    }


def beyond_findings(card: Card) -> tuple[Finding, ...]:
    """Note the units where single predictors lie clearly beyond the sampled range.

    Parameters
    ----------
    card : Card
        With `share_beyond` filled in.

    Returns
    -------
    tuple of Finding
        One note, or none.
    """
    if not card.share_beyond:
        return ()
    what = (
        f"{percent(card.share_beyond)} of the units lie clearly beyond the sampled range of single "
        "predictors"
    )
    hint = "Nothing is blocked; look at them before relying on single units."
    return (Finding(f"surrogates: {card.name}", what, hint, "note"),)


def _n_folds(held: Held) -> int:
    return int(held.folds.max()) + 1


def _made_of(stack: Stack) -> dict[str, float]:
    """Weights of the candidates, and of the mean where it keeps any."""
    left = {"mean": 1 - sum(stack.weights)}
    weights = dict(zip(stack.names, stack.weights, strict=True)) | left
    return {name: round(weight, 6) for name, weight in weights.items() if weight > 1e-6}


def coverage_by_width(
    width: NDArray[np.float64], inside: NDArray[np.float64] | NDArray[np.bool_]
) -> tuple[float, ...]:
    """Return coverage by decile of interval width, mean over assignments.

    Parameters
    ----------
    width : float64 array, shape (n_assignments, n)
    inside : float64 or bool array, shape (n_assignments, n)
        Whether what was held out lies in its interval, or the share of it that does.

    Returns
    -------
    tuple of float
        Narrow to wide; as many parts as there are rows where these are fewer than ten. Rows of
        equal width, but for rounding, share the coverage of them all, whatever decile they fall
        into.
    """
    parts = []
    for one, held in zip(width, inside, strict=True):
        widest = float(one.max()) or 1.0
        _, tied = np.unique(np.round(one / widest, 9), return_inverse=True)
        shares = np.bincount(tied, weights=held) / np.bincount(tied)
        ranked = shares[tied][np.argsort(tied, kind="stable")]
        parts.append([part.mean() for part in np.array_split(ranked, min(_PARTS, len(ranked)))])
    return tuple(np.mean(parts, axis=0).tolist())


def coverage_by_region(
    inside: NDArray[np.float64] | NDArray[np.bool_], regions: NDArray[np.str_] | None
) -> dict[str, float]:
    """Return coverage by part of the sampled ground, over all assignments.

    Parameters
    ----------
    inside : float64 or bool array, shape (n_assignments, n)
        As for `coverage_by_width`.
    regions : str array, shape (n,), or None
        None where nothing has coordinates.

    Returns
    -------
    dict of str to float
    """
    if regions is None:
        return {}
    return {str(name): float(inside[:, regions == name].mean()) for name in np.unique(regions)}


def on_tenths(n_rows: int, level: float, what: str) -> tuple[str, ...]:
    """Say how little a tenth of few samples, sites or blocks (`what`) tells of coverage."""
    part = n_rows / _PARTS
    if part >= _FEW:
        return ()
    unsure = 200 * np.sqrt(level * (1 - level) / part)
    return (
        f"Each tenth of interval width holds about {part:.0f} {what}, so that its coverage is "
        f"known to about {unsure:.0f} points either way (two standard errors), and less well where "
        "neighboring ones are missed together.",
    )


def _notes(data: Data, verdict: Verdict, on_map: tuple[Matched, Held] | None) -> tuple[str, ...]:
    """Limits that hold for every surrogate, in plain words."""
    notes = [
        "The held-out figure is for new places: whole blocks of ground, or whole groups, that the "
        "fit never saw.",
        "It is nested: candidates, weights and interval widths are chosen inside the training "
        "folds only, by the same procedure that is then fitted on all samples; only the scale on "
        "which the response is modeled is chosen once.",
    ]
    if on_map is not None:
        covered = on_map[1].inside if verdict.used else on_map[1].plain_inside
        notes.append(
            "The figure for this map comes from folds whose held-out samples lie about as far "
            "from the other samples as the units do from all of them. It is one figure for the "
            f"whole map, not for its corners. {covered.mean():.0%} of the samples so held out "
            "fell into their interval."
        )
    whom = "a typical new group" if data.calibration == "typical group" else "new measurements"
    notes += [
        "The figure on random folds is too hopeful wherever samples lie in clusters; it is shown "
        "to tell how much.",
        f"Intervals are made to hold {data.level:.0%} of {whom} on ground like the sampled one; "
        "outside the area of applicability they hold no guarantee, and within single blocks or "
        "groups coverage can be lower.",
        "The area of applicability is an alarm for combinations of predictors unlike the sampled "
        "ones, the flag beyond the sampled range for single predictors. Neither is a model of the "
        "error: units inside can be wrong, units outside can be right.",
        "An interval is for one measurement in a unit; measuring error and variation within the "
        "unit are part of it.",
        "It describes what is there today. It says nothing of what a practice would change, and "
        "importance is not cause.",
    ]
    if verdict.used:
        notes += on_tenths(len(data.response), data.level, "samples")
    if data.weights is not None:
        notes.append(
            "Scores and the gate count errors by the weights of their samples; coverage counts "
            "every sample alike."
        )
    if data.transform != "none":
        notes.append(
            f"The response is modeled on the scale {data.transform}; means are brought back "
            "without bias (smearing), so they differ from the medians."
        )
    if not verdict.used:
        notes.append("The surrogate was refused: every unit gets the mean of the samples.")
    return tuple(notes)
