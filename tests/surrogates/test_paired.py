import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from edaphon.surrogates.paired import Skill, errors_needed, paired_gain, skill_over


def test_gains_are_summed_and_their_error_is_over_groups():
    gain, error = paired_gain(np.array([1.0, 1.0, 0.0, 4.0]), np.array([7, 7, 3, 5]))
    assert gain == 6
    assert error == pytest.approx(np.std([2, 0, 4], ddof=1) * np.sqrt(3))


def test_a_single_group_tells_nothing_of_chance():
    assert paired_gain(np.ones(3), np.zeros(3, dtype=int)) == (3.0, np.inf)
    assert errors_needed(np.array([5.0])) == np.inf


def test_few_groups_and_unequal_ones_need_more_errors():
    assert errors_needed(np.ones(10)) == pytest.approx(student.ppf(0.975, 9))
    assert errors_needed(np.ones(10_000)) == pytest.approx(norm.ppf(0.975), rel=1e-3)
    assert errors_needed(np.array([100.0, *np.ones(9)])) > 2 * errors_needed(np.ones(10))


def test_a_skill_is_a_share_of_the_plain_loss():
    plain, losses = np.array([2.0, 2.0, 4.0, 2.0]), np.array([1.0, 2.0, 2.0, 1.0])
    skill = skill_over(losses, plain, np.array([0, 0, 1, 2]))
    assert skill.share == pytest.approx(0.4)
    assert skill.error == pytest.approx(np.std([1, 2, 1], ddof=1) * np.sqrt(3) / 10)
    assert skill.needed == 1


@pytest.mark.parametrize(
    ("share", "error", "clear"), [(0.3, 0.1, True), (0.15, 0.1, False), (1e-9, 0.0, False)]
)
def test_only_what_exceeds_as_many_errors_and_rounding_is_clear(share, error, clear):
    assert Skill(share, error, 2.0).clear == clear
