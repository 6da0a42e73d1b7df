"""The audit of an indicator: how well what is measured instead stands for what is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import t as student

from edaphon.data.landscape import Samples
from edaphon.errors import DataError, Finding, expect
from edaphon.surrogates.crossed import DIRECT, common_folds
from edaphon.surrogates.encode import encode
from edaphon.surrogates.folds import derived_seed
from edaphon.surrogates.grading import CONFIDENCE, N_RESAMPLED, grade_of, within_folds
from edaphon.surrogates.ground import divide_ground
from edaphon.surrogates.learner import answer, learn
from edaphon.surrogates.prepare import FEWEST_SAMPLES, prepare
from edaphon.surrogates.representation import resampled_blocks
from edaphon.surrogates.state import Audit

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edaphon.config.quantity import Quantity
    from edaphon.surrogates.prepare import Prepared


def audit_indicator(
    indicator: Samples,
    target: Samples | ArrayLike,
    *,
    opposed: bool = False,
    block: Quantity | float | str = 0.25,
    stands_for: str = "",
    seed: int = 0,
) -> Audit:
    """Grade an indicator by how well its prediction ranks a target on blocks that it never saw.

    The indicator is learned from its samples outside a held-out part and predicted at the target's
    samples inside, which is how it is used on units that nobody sampled.

    Parameters
    ----------
    indicator : Samples
        What is measured and predicted.
    target : Samples or array_like, shape (n_samples,)
        What it is used for: its own samples with the same predictors, or its value at each of the
        indicator's samples.
    opposed : bool
        Low values of the indicator stand for high values of the target.
    block : Quantity, float or str
        Side of the blocks held out together, as "1 km"; a bare number is in degrees.
    stands_for : str
        What it is used for, in words; the target's name if empty.
    seed : int

    Returns
    -------
    Audit
        "supported" if the 90 % interval of the rank correlation lies above 0 and the efficiency,
        its ratio to that of a direct model of the target, is 0.7 or more; "weak" if only the
        interval does; else "not supported"; "unaudited" with fewer than 20 samples of one of them.
        An indicator that runs against its target is not supported, however closely it does.

    Raises
    ------
    DataError
        If the target's length differs, a value is not finite, nothing varies, a predictor of the
        indicator is missing at the target, or samples lie in too few places.
    """
    expect(indicator=(indicator, Samples))
    wanted = _as_samples(indicator, target)
    words, fewest = stands_for or wanted.name, min(indicator.n_samples, wanted.n_samples)
    if fewest < FEWEST_SAMPLES:
        reason = f"Only {fewest} samples, and {FEWEST_SAMPLES} of both are the least."
        return Audit(words, "unaudited", reason=reason)
    together = divide_ground(_joined(indicator, wanted), block).together
    first, second = (
        prepare(samples, block=block, candidates=DIRECT, seed=seed)
        for samples in (indicator, wanted)
    )
    tried = _try(first, second, together, seed, sign=-1.0 if opposed else 1.0)
    here = together[indicator.n_samples :]
    everything = np.arange(len(tried.truth))
    found, best = tried.rho(tried.told, everything), tried.rho(tried.direct, everything)
    rng = np.random.default_rng(derived_seed(seed, N_RESAMPLED))
    redraws = resampled_blocks(here, N_RESAMPLED, rng)
    redrawn = [(tried.rho(tried.told, rows), tried.slope(rows)) for rows in redraws]
    spread, slope_error = (float(one) for one in np.std(redrawn, axis=0, ddof=1))
    lower = found - float(student.ppf(CONFIDENCE, max(1, len(np.unique(here)) - 1))) * spread
    efficiency = found / best if best > 0 else None
    grade, slope = grade_of(lower, efficiency), tried.slope(everything)
    fitted = (
        f"Fitted to it by a line, {words} differs by {_with_unit(slope, wanted.unit)} "
        f"for each {_with_unit(1, indicator.unit)} of {indicator.name} (standard error "
        f"{slope_error:.2g})."
    )
    return Audit(
        stands_for=words,
        grade=grade,
        rank_correlation=found,
        efficiency=efficiency,
        n_targets=1,
        reason=f"{_sentence(indicator.name, words, grade, (found, lower, efficiency))} {fitted}",
    )


@dataclass(frozen=True)
class _Tried:
    """What was predicted of held-out samples of the target, once per assignment to folds.

    Higher values of what is `told` by the indicator stand for higher ones of the target; `direct`
    is told by the target's own model. `sign` is -1 where the indicator runs the other way.
    """

    truth: NDArray[np.float64]
    folds: tuple[NDArray[np.int64], ...]
    told: tuple[NDArray[np.float64], ...]
    direct: tuple[NDArray[np.float64], ...]
    sign: float

    def rho(self, values: Sequence[NDArray[np.float64]], rows: NDArray[np.int64]) -> float:
        """Rank correlation with the truth within held-out parts, mean over assignments."""
        each = [
            within_folds(value[rows], self.truth[rows], one[rows])
            for value, one in zip(values, self.folds, strict=True)
        ]
        return float(np.mean(each))

    def slope(self, rows: NDArray[np.int64]) -> float:
        """Slope of the truth on the indicator, by least squares within the held-out parts.

        Each part has a level of its own, since leaving out rich ground lowers what is told of it.
        """
        product = square = 0.0
        for value, one in zip(self.told, self.folds, strict=True):
            _, part = np.unique(one[rows], return_inverse=True)
            away, off = (
                each - (np.bincount(part, weights=each) / np.bincount(part))[part]
                for each in (value[rows], self.truth[rows])
            )
            product, square = product + float(away @ off), square + float(away @ away)
        return self.sign * (product / square if square > 0 else 0.0)


def _try(
    first: Prepared, second: Prepared, together: NDArray[np.int64], seed: int, *, sign: float
) -> _Tried:
    """Predict the target's held-out samples by the indicator and by a model of its own."""
    matrix, _ = encode(first.encoder, second.samples.predictors)
    n_own, folds = first.samples.n_samples, common_folds(together, seed)
    told, direct = [], []
    for k, one in enumerate(folds):
        own, held = one[:n_own], one[n_own:]
        told.append(sign * _held(first, own, matrix, held, (seed, k)))
        direct.append(_held(second, held, second.data.matrix, held, (seed, k)))
    parts = tuple(one[n_own:] for one in folds)
    return _Tried(second.samples.response, parts, tuple(told), tuple(direct), sign)


def _with_unit(value: float, unit: str) -> str:
    return f"{value:.3g} {unit}".strip()


def _as_samples(indicator: Samples, target: Samples | ArrayLike) -> Samples:
    """Target as samples, at the indicator's own where only values are given."""
    if isinstance(target, Samples):
        return target
    values = np.asarray(target, dtype=np.float64)
    if values.shape != (indicator.n_samples,):
        what = f"{values.size} target values for {indicator.n_samples} samples"
        raise DataError(Finding(f"{indicator.source}: target", what, "Give one per sample."))
    return replace(indicator, response=values, unit="", name="target")


def _joined(first: Samples, second: Samples) -> Samples:
    """Places and groups of both, one after the other, to be divided into blocks."""
    count = first.n_samples + second.n_samples
    parts: dict[str, Any] = {}
    for key in ("x", "y", "longitude", "latitude"):
        one, other = getattr(first, key), getattr(second, key)
        parts[key] = None if one is None or other is None else np.concatenate([one, other])
    group = None
    if first.group is not None or second.group is not None:
        alone = [f"row {row}" for row in range(count)]
        one = alone[: first.n_samples] if first.group is None else list(map(str, first.group))
        other = alone[first.n_samples :] if second.group is None else list(map(str, second.group))
        group = np.array([*one, *other])
    return Samples(
        name=first.name,
        response=np.zeros(count),
        unit="",
        predictors=first.predictors.iloc[:0],
        group=group,
        source=first.source,
        **parts,
    )


def _held(
    ready: Prepared,
    folds: NDArray[np.int64],
    matrix: NDArray[np.float64],
    asked: NDArray[np.int64],
    seeds: tuple[int, int],
) -> NDArray[np.float64]:
    """Predict rows by models that learned from no sample of their fold, (n_asked,)."""
    told = np.zeros(len(matrix))
    for fold in np.unique(asked):
        learner = learn(ready.data.only(folds != fold), derived_seed(*seeds, int(fold)))
        told[asked == fold] = answer(learner, matrix[asked == fold]).mean
    return told


def _sentence(name: str, words: str, grade: str, figures: tuple[float, float, float | None]) -> str:
    """Say the reason in one sentence."""
    rho, lower, efficiency = figures
    said = (
        f"Predicted on ground that it never saw, {name} ranks {words} with a correlation of "
        f"{rho:.2f} (90 % interval from {lower:.2f})"
    )
    told = "which nothing predicts" if efficiency is None else f"efficiency {efficiency:.2f}"
    if grade == "supported":
        return f"{said}, nearly as well as a model of the target itself ({told})."
    if grade == "weak":
        return f"{said}, worse than a model of the target itself ({told})."
    return f"{said}, which may be no better than chance."
