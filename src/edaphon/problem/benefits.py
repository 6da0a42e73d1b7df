"""Concave benefits of a share: what the first gains of a feature are worth beside later ones.

All are 0 at 0, concave, and go on below 0 with their (finite) slope at 0, so that losses never
look better than they are. All but "saturating" are 1 at a share of 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edaphon.problem.values import Objective, Problem

BenefitName = Literal["linear", "saturating", "power", "log", "exponential", "ramp", "worst"]
NAMES: tuple[str, ...] = get_args(BenefitName)
SATURATION = 1e-4
DEFAULTS = {"linear": 1.0, "saturating": 0.5, "power": 0.5, "log": 10.0, "exponential": 5.0}
"""Shape where none is given; a ramp has none."""


@dataclass(frozen=True)
class Benefit:
    """Benefit of shares s, elementwise.

    Attributes
    ----------
    kind : str
        "saturating": sqrt(s + 1e-4) - 0.01 (design, section 3). "power": s + 1e-4 to the power
        `shape`, brought to 0 at 0 and 1 at 1 (the species-area curve of the additive benefit
        function of Moilanen, 2007, Biological Conservation 134, 571-579; the 1e-4 keeps the slope
        finite). "log": log(1 + shape s) / log(1 + shape). "exponential":
        (1 - exp(-shape s)) / (1 - exp(-shape)); both judgement. "ramp": min(s / shape, 1), so
        that 1 minus it is the relative shortfall below the share `shape`. "worst": the smallest
        such ramp over the last axis, which stands at its place, the others 0: their sum is 1
        minus the largest shortfall.
    shape : float or float64 array
        Above 0; below 1 for "power", at most 1 for "ramp" and "worst". An array goes with the
        last axis; nan leaves a feature out of "worst".
    """

    kind: str
    shape: ArrayLike = 0.5

    def value(self, share: ArrayLike) -> NDArray[np.float64]:
        """Benefit of shares."""
        if self.kind == "worst":
            return self.smoothed(share, 0.0)
        s = np.asarray(share, dtype=np.float64)
        k = np.asarray(self.shape, dtype=np.float64)
        above = np.maximum(s, 0.0)
        if self.kind == "saturating":
            made = np.sqrt(above + SATURATION) - np.sqrt(SATURATION)
        elif self.kind == "power":
            made = ((above + SATURATION) ** k - SATURATION**k) / self._whole()
        elif self.kind == "log":
            made = np.log1p(k * above) / np.log1p(k)
        elif self.kind == "exponential":
            made = np.expm1(-k * above) / np.expm1(-k)
        elif self.kind == "ramp":
            made = np.minimum(above / k, 1.0)
        else:
            made = above
        return np.asarray(np.where(s >= 0, made, self.slope(np.zeros_like(s)) * s))

    def slope(self, share: ArrayLike, blur: float = 0.0) -> NDArray[np.float64]:
        """Slope of the benefit; a ramp's kink is rounded off over `blur` of its shape."""
        if self.kind == "worst":
            steep = self._parts(share, blur) * self._ramp.slope(share, blur)
            return np.asarray(np.nan_to_num(steep))
        s = np.maximum(np.asarray(share, dtype=np.float64), 0.0)
        k = np.asarray(self.shape, dtype=np.float64)
        if self.kind == "saturating":
            made = 0.5 / np.sqrt(s + SATURATION)
        elif self.kind == "power":
            made = k * (s + SATURATION) ** (k - 1.0) / self._whole()
        elif self.kind == "log":
            made = k / (1.0 + k * s) / np.log1p(k)
        elif self.kind == "exponential":
            made = -k * np.exp(-k * s) / np.expm1(-k)
        elif self.kind == "ramp":
            made = np.clip(0.5 + (k - s) / (2.0 * max(blur, 1e-12) * k), 0.0, 1.0) / k
        else:
            made = np.ones_like(s)
        return np.asarray(made)

    def height(self, share: ArrayLike, blur: float = 0.0) -> NDArray[np.float64]:
        """Where the lowest line with the slope at `share` that lies above the benefit meets 0.

        With several shares of "worst" it is a plane, and the heights add up.
        """
        g = self.slope(share, blur)
        if self.kind == "worst":
            ends = np.nan_to_num(np.asarray(self.shape, dtype=np.float64))
            return np.asarray(self._parts(share, blur) - g * ends)
        if self.kind == "ramp":
            return np.asarray(1.0 - g * np.asarray(self.shape, dtype=np.float64))
        return self.value(share) - g * np.asarray(share, dtype=np.float64)

    def smoothed(self, share: ArrayLike, blur: float) -> NDArray[np.float64]:
        """Benefit with the slope of `slope` at the same blur; differs for ramps only."""
        if self.kind == "worst":
            parts = self._parts(share, blur)
            ramps = self._ramp.smoothed(share, blur)
            return np.asarray(parts * _least(ramps, blur)[..., None])
        if self.kind != "ramp" or blur <= 0:
            return self.value(share)
        k = np.asarray(self.shape, dtype=np.float64)
        s = np.asarray(share, dtype=np.float64)
        around = np.clip((s - k) / (blur * k), -1.0, 1.0)
        bent = 1.0 - 0.25 * blur * (1.0 - around) ** 2
        return np.asarray(np.where(s < k * (1.0 - blur), s / k, bent))

    @property
    def _ramp(self) -> Benefit:
        return Benefit("ramp", self.shape)

    def _parts(self, share: ArrayLike, blur: float) -> NDArray[np.float64]:
        """How much each feature decides, summing to 1 over the last axis."""
        ramps = self._ramp.smoothed(share, blur)
        ramps = np.where(np.isnan(ramps), np.inf, ramps)
        lead: NDArray[np.float64] = ramps - ramps.min(axis=-1, keepdims=True)
        if blur <= 0:
            first = lead.argmin(axis=-1)[..., None] == np.arange(ramps.shape[-1])
            return np.asarray(first, dtype=np.float64)
        parts = np.exp(-lead / blur)
        return np.asarray(parts / parts.sum(axis=-1, keepdims=True))

    def _whole(self) -> NDArray[np.float64]:
        k = np.asarray(self.shape, dtype=np.float64)
        return np.asarray((1.0 + SATURATION) ** k - SATURATION**k)


def _least(ramps: NDArray[np.float64], blur: float) -> NDArray[np.float64]:
    """Smallest over the last axis, rounded off over `blur` (minus its log-sum-exp)."""
    least = np.nanmin(ramps, axis=-1)
    if blur <= 0:
        return np.asarray(least)
    lead = np.exp(-(np.where(np.isnan(ramps), np.inf, ramps) - least[..., None]) / blur)
    return np.asarray(least - blur * np.log(lead.sum(axis=-1)))


SATURATING = Benefit("saturating")


def benefit_of(problem: Problem, objective: Objective) -> Benefit:
    """Return an objective's benefit, its shape by feature of the problem, (n_features,)."""
    names = [feature.name for feature in problem.features]
    default = DEFAULTS.get(objective.benefit, 1.0)
    shape = np.full(len(names), np.nan if objective.benefit == "worst" else default)
    given = objective.shape or (default,)
    if len(given) == 1:
        given *= len(objective.features)
    for name, one in zip(objective.features, given, strict=True):
        shape[names.index(name)] = one
    return Benefit(objective.benefit, shape)


def wrong_shape(kind: str, shape: float) -> str:
    """Say what is wrong with the shape of a benefit, "" if nothing."""
    if kind == "power" and not 0.0 < shape < 1.0:
        return f"the power of a benefit lies between 0 and 1, and {shape:g} does not"
    if kind in ("log", "exponential") and not 0.0 < shape <= 1e4:
        return f"the rate of a benefit lies above 0, up to 10000, and {shape:g} does not"
    if kind in ("ramp", "worst") and not 0.0 < shape <= 1.0:
        return f"a ramp ends at a share above 0 %, up to 100 %, and {shape:g} is none"
    return ""
