"""The values of the surrogate stage: Prediction, Card and State."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.errors import Finding


OCCUPIED, N_SPECIES, SUITABLE = "ha/ha", "species", "score"
"""Units per hectare of what species surrogates tell: the share of land that holds one species, the
expected number of several, a relative suitability from 0 to 1."""

PROBABILITIES = (OCCUPIED, SUITABLE)
"""Those that practices change on the logit scale."""

PROBABILITY, RECORD = "probability", "record among background"
"""Scales on which a species' occurrence is scored: of surveys, and of presences alone."""


@dataclass(frozen=True)
class Prediction:
    """What a surrogate says of n units, in the unit of its response.

    Attributes
    ----------
    mean, sd, lower, upper : float64 arrays, shape (n,)
        Unbiased mean, standard deviation, and interval at the card's level.
    applicable : bool array, shape (n,)
        Inside the area of applicability.
    beyond : bool array, shape (n,)
        Single predictors lie beyond the sampled range: a softer flag, which blocks nothing.
    """

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    applicable: NDArray[np.bool_]
    beyond: NDArray[np.bool_]

    @property
    def unseen(self) -> NDArray[np.bool_]:
        """Whether either flag finds ground unlike the sampled one, shape (n,)."""
        return np.asarray(~self.applicable | self.beyond)

    def scaled(self, factor: float) -> Prediction:
        """Return the same prediction in another unit, `factor` of which make one of this."""
        return Prediction(
            self.mean * factor,
            self.sd * factor,
            self.lower * factor,
            self.upper * factor,
            self.applicable,
            self.beyond,
        )


def certain(values: NDArray[np.float64]) -> Prediction:
    """Return values, shape (n,), as a prediction without spread, applicable everywhere."""
    everywhere = np.ones(len(values), dtype=bool)
    return Prediction(values, np.zeros(len(values)), values, values, everywhere, ~everywhere)


@dataclass(frozen=True)
class Score:
    """Held-out scores of one way to fold.

    Attributes
    ----------
    folds : str
        In words: "blocks of 0.25 degrees, 5 folds, mean of 3 random assignments".
    rmse, r2 : float
        In the unit and on the scale named by `scale`.
    rmse_mean : float
        RMSE of the training mean on the same folds.
    scale : str
        The transform of the response ("log", ...), "response", `PROBABILITY` or `RECORD`.
    optimistic : bool
        True for random folds, which are never shown alone.
    auc, cor : float or None
        Species only: area under the ROC curve, and correlation of predictions with presence.
    """

    folds: str
    rmse: float
    r2: float
    rmse_mean: float
    scale: str
    optimistic: bool = False
    auc: float | None = None
    cor: float | None = None


GRADES = ("supported", "weak", "not supported", "unaudited")


@dataclass(frozen=True)
class Audit:
    """How well a surrogate stands for what it is used for, on held-out blocks.

    Attributes
    ----------
    stands_for : str
        What it is used for, in words.
    grade : str
        One of `GRADES`.
    rank_correlation : float or None
        Spearman's, between surrogate and target.
    efficiency : float or None
        The same divided by that of a direct model of the target on the same predictors.
    sai, sai_lower, sai_spread : float or None
        Species accumulation index at `budget`, its lower 90 % bound over blocks, and its standard
        deviation when whole blocks are drawn anew.
    better_random_sets : float or None
        Share of random sets of the same size that do better.
    random_sai, random_spread : float or None
        Mean and standard deviation of the index over these sets.
    budget : float or None
        Share of the sites that may be chosen.
    n_targets : int
    reason : str
        One sentence.
    """

    stands_for: str
    grade: str
    rank_correlation: float | None = None
    efficiency: float | None = None
    sai: float | None = None
    sai_lower: float | None = None
    better_random_sets: float | None = None
    budget: float | None = None
    n_targets: int = 0
    reason: str = ""
    sai_spread: float | None = None
    random_sai: float | None = None
    random_spread: float | None = None


@dataclass(frozen=True)
class Card:
    """A surrogate's page: what it learned, how it was tested, what it may not be used for.

    Attributes
    ----------
    name, response, unit : str
    n_samples : int
    predictors : tuple of str
    transform : str
        Scale on which the response is modeled ("log", "log1p", "logit", ...), or "none".
    model : dict
        Names and stack weights of the candidates that were kept.
    held_out : Score
        On whole blocks of ground or whole groups: the figure that counts.
    random : Score
        On random folds, marked as optimistic.
    forest : Score or None
        A plain 80-tree forest on the same held-out folds, for comparison.
    skill : float
        1 - mse / mse of the training mean, on the held-out folds.
    skill_se : float
        Standard error of `skill` over the blocks or groups that were held out.
    level : float
        Nominal level of the intervals (0.9).
    coverage : float
        Share of held-out samples inside their interval; where a probability is told, of held-out
        blocks by their numbers of presences (`covered`).
    coverage_by_width : tuple of float
        The same by decile of interval width, narrow to wide; fewer parts where there are fewer
        blocks, none where the surrogate was refused.
    share_applicable : float
        Share of the landscape's units inside the area of applicability.
    used : bool
        False where the gate refused the surrogate.
    reason : str
        Why it was used or refused, one sentence.
    importance : dict of str to float
        Share of each predictor, permuted on held-out folds; sums to 1.
    observed, predicted : tuple of float
        Held-out pairs (at most 1,500, for the plot), in `unit`; of an occurrence means of up to
        ten parts of the held-out sites (`occurs`): share that held the species, and probability.
    notes : tuple of str
        What it may not be used for.
    learns : str
        "state", "species" or "community".
    matched : Score or None
        On folds whose distances to the training samples resemble those of the prediction area to
        all samples: the figure for the map. `held_out` is the one for a new place.
    coverage_at : dict of str to float
        Held-out coverage at the levels "0.5", "0.8" and "0.9".
    coverage_by_region : dict of str to float
        The same at `level` by quarter of the sampled ground: "northwest" and so on.
    interval_score, interval_score_plain : float or None
        Mean interval score of held-out samples at `level` on the modeled scale, and that of plain
        pooled residuals.
    share_beyond : float or None
        Share of the landscape's units that lie beyond the sampled range of single predictors.
    refused : dict of str to str
        Candidates, sets of predictors and species that were offered and not kept, with the reason.
    thresholds : dict of str to float
        Species: probabilities above which it counts as present, by the meaning of each.
    audit : Audit or None
    """

    name: str
    response: str
    unit: str
    n_samples: int
    predictors: tuple[str, ...]
    transform: str
    model: dict[str, float]
    held_out: Score
    random: Score
    forest: Score | None
    skill: float
    skill_se: float
    level: float
    coverage: float
    coverage_by_width: tuple[float, ...]
    share_applicable: float
    used: bool
    reason: str
    importance: dict[str, float] = field(default_factory=dict)
    observed: tuple[float, ...] = ()
    predicted: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    learns: str = "state"
    matched: Score | None = None
    coverage_at: dict[str, float] = field(default_factory=dict)
    coverage_by_region: dict[str, float] = field(default_factory=dict)
    interval_score: float | None = None
    interval_score_plain: float | None = None
    share_beyond: float | None = None
    refused: dict[str, str] = field(default_factory=dict)
    thresholds: dict[str, float] = field(default_factory=dict)
    audit: Audit | None = None

    @property
    def occurs(self) -> bool:
        """Whether a probability of occurrence is told, which no single site shows."""
        return self.learns == "species" and self.held_out.scale in (PROBABILITY, RECORD)

    @property
    def covered(self) -> str:
        """What coverage is a share of: of samples, or of blocks where a probability is told."""
        return "blocks (by numbers of presences)" if self.occurs else "samples"

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for surrogates.json."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stated: dict[str, Any]) -> Card:
        """Return the card whose `as_dict`, written as JSON and read back, this is.

        Raises
        ------
        TypeError
            If keys are missing or unknown.
        """
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in stated.items()
        }
        for key, kind in (
            ("held_out", Score),
            ("random", Score),
            ("forest", Score),
            ("matched", Score),
            ("audit", Audit),
        ):
            if isinstance(values.get(key), dict):
                values[key] = kind(**values[key])
        return cls(**values)


@dataclass(frozen=True)
class State:
    """What each feature is today, per hectare, in every unit.

    Attributes
    ----------
    features : tuple of str
    units : tuple of str
        Unit per hectare of each feature ("t/ha", or "%" for a relative feature, which is 100).
    mean, sd, lower, upper : float64 arrays, shape (n_units, n_features)
    applicable : bool array, shape (n_units, n_features)
    relative : bool array, shape (n_features,)
        True where nothing was measured: state 100 per hectare, effects in hectares x percent.
    source : tuple of str
        "surrogate soc", "column wheat_t_ha" or "relative".
    findings : tuple of Finding
    lever, lever_sd : float64 arrays, shape (n_units, n_features), or None
        For features that follow soil carbon (available water): the amount per hectare that relative
        changes of carbon are multiplied by; nan for all others, None where there is no such
        feature.
    """

    features: tuple[str, ...]
    units: tuple[str, ...]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    applicable: NDArray[np.bool_]
    relative: NDArray[np.bool_]
    source: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    lever: NDArray[np.float64] | None = None
    lever_sd: NDArray[np.float64] | None = None


def no_state(n_units: int) -> State:
    """Return the state of no feature at all: for effects that come from tables."""
    empty = np.zeros((n_units, 0))
    marks = np.zeros((n_units, 0), dtype=bool)
    return State((), (), empty, empty, empty, empty, marks, np.zeros(0, dtype=bool), ())
