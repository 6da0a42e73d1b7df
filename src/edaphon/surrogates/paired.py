"""What one loss saves against another, paired by row, and how sure that is over groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t as student

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLEAR, LIKELY = 0.975, 0.95
"""One-sided confidence from which on a gain counts as clear of chance, or as likely not chance:
two standard errors, or one and two thirds, where there are many groups (conventions)."""

ROUNDING = 1e-6
"""Share of a loss that rounding may save."""


def paired_gain(saved: NDArray[np.float64], groups: NDArray[np.int64]) -> tuple[float, float]:
    """Sum of what is saved, with its standard error over groups.

    Parameters
    ----------
    saved : float64 array, shape (n,)
        Of each row: one loss minus the other.
    groups : int64 array, shape (n,)
        Labels of rows that belong together.

    Returns
    -------
    gain, error : float
        The error is infinite for a single group.
    """
    by_group = np.bincount(np.unique(groups, return_inverse=True)[1].ravel(), weights=saved)
    n_groups = len(by_group)
    if n_groups < 2:
        return float(by_group.sum()), np.inf
    spread = ((by_group - by_group.mean()) ** 2).sum() * n_groups / (n_groups - 1)
    return float(by_group.sum()), float(np.sqrt(spread))


def errors_needed(sizes: NDArray[np.number], confidence: float = CLEAR) -> float:
    """Return how many standard errors chance exceeds no more often than it may.

    Parameters
    ----------
    sizes : array, shape (n_groups,)
        What each group contributes to the loss, above 0.
    confidence : float
        One-sided.

    Returns
    -------
    float
        Student's quantile; infinite for a single group.

    Notes
    -----
    Degrees of freedom are those of the effective number of groups, (sum s)^2 / sum s^2: where a few
    large groups decide, there is little to measure the error by (Carter, Schnepel and Steigerwald
    2017, Review of Economics and Statistics 99:698-709, on why sizes must count; the simple form
    is Kish's).
    """
    count = float(sizes.sum() ** 2 / (sizes**2).sum())
    return float(student.ppf(confidence, count - 1)) if count > 1 else np.inf


@dataclass(frozen=True)
class Skill:
    """Share of a plain loss that is saved on held-out ground.

    Attributes
    ----------
    share : float
    error : float
        Its standard error over groups.
    needed : float
        Standard errors that it must exceed.
    """

    share: float
    error: float
    needed: float = 1.0

    @property
    def clear(self) -> bool:
        """Whether the share exceeds as many standard errors as needed, and rounding."""
        return self.share > max(self.needed * self.error, ROUNDING)


def skill_over(
    losses: NDArray[np.float64], plain: NDArray[np.float64], groups: NDArray[np.int64]
) -> Skill:
    """Compare losses, (n,), with plain ones, (n,), over groups of rows, (n,).

    One standard error is asked for: what was fitted to chance loses on held-out ground, so that a
    gain of one error is already rare.
    """
    gain, error = paired_gain(plain - losses, groups)
    total = float(plain.sum())
    return Skill(gain / total, error / total)
