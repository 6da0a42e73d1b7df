"""The hurdle: an amount is 0 with one chance, and else follows a distribution of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.surrogates.models import ROWS

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_RESIDUALS = 200


@dataclass(frozen=True)
class Hurdle:
    """Distributions of the amounts of n rows.

    Attributes
    ----------
    probability : float64 array, shape (n,)
        Chance of an amount above 0.
    fitted : float64 array, shape (n,)
        Its logarithm there, predicted.
    residuals : float64 array, shape (m,)
        Evenly spaced quantiles of what the logarithm departs by, sorted.
    smearing : float
        Factor that makes the mean of held-out predictions that of the amounts.
    """

    probability: NDArray[np.float64]
    fitted: NDArray[np.float64]
    residuals: NDArray[np.float64]
    smearing: float = 1.0

    @property
    def steps(self) -> NDArray[np.float64]:
        """Probability of each residual."""
        count = len(self.residuals)
        return np.asarray((np.arange(count) + 0.5) / count, dtype=np.float64)

    def moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of the amounts, (n,) each.

        The smearing estimate of Duan 1983, JASA 78:605-610, times the chance of an amount above 0.
        """
        factors = np.exp(self.residuals)
        size = self.smearing * np.exp(self.fitted)
        mean = self.probability * size * factors.mean()
        square = self.probability * size**2 * (factors**2).mean()
        return mean, np.sqrt(np.maximum(square - mean**2, 0.0))

    def mean_log(self) -> NDArray[np.float64]:
        """Mean of log(1 + amount), (n,)."""
        told = np.empty(len(self.fitted))
        for start in range(0, len(told), ROWS):
            rows = slice(start, start + ROWS)
            logs = np.logaddexp(0.0, self.fitted[rows, None] + self.residuals)
            told[rows] = self.probability[rows] * logs.mean(axis=1)
        return told

    def cumulative(self, amount: NDArray[np.float64]) -> NDArray[np.float64]:
        """Chance of at most these amounts, (n,) to (n,)."""
        above = np.zeros(len(amount))
        some = amount > 0
        away = np.log(amount[some]) - self.fitted[some]
        above[some] = np.interp(away, self.residuals, self.steps, left=0.0, right=1.0)
        return 1 - self.probability + self.probability * above

    def quantile(self, chance: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """Amount that is not passed with a chance, () or (n,) to (n,); 0 where 0 is that likely."""
        share = (chance - (1 - self.probability)) / np.maximum(self.probability, 1e-12)
        away = np.interp(share, self.steps, self.residuals)
        return np.where(share > 0, np.exp(self.fitted + away), 0.0)

    def interval(
        self, low: float, high: float, alone: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Amounts between two chances, (n,) each; up to a third one where the lower bound is 0.

        A bound at 0 misses nothing, so what is allowed to be missed all lies above there.
        """
        lower = self.quantile(low)
        return lower, self.quantile(np.where(lower > 0, high, alone))
