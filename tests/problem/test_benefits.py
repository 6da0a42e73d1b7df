import numpy as np
import pytest

from edaphon.config.benefit import read_benefit
from edaphon.config.fields import FieldError
from edaphon.config.values import BenefitValue
from edaphon.errors import DataError
from edaphon.problem.benefits import Benefit
from edaphon.problem.evaluate import evaluate
from edaphon.problem.values import Problem

SHARES = np.linspace(-0.2, 1.2, 57)
ALL = [
    Benefit("saturating"), Benefit("power", 0.25), Benefit("log", 10.0),
    Benefit("exponential", 5.0), Benefit("ramp", 0.3), Benefit("linear"),
]  # fmt: skip


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.kind)
def test_concave_with_a_slope_that_belongs_to_it(one):
    value, slope = one.value(SHARES), one.slope(SHARES)
    assert one.value(0.0) == 0.0
    assert (np.diff(slope) <= 1e-12).all()
    kink = one.kind == "ramp"
    away = np.abs(SHARES - 0.3) > 0.02 if kink else np.abs(SHARES) > 1e-6
    step = 1e-7
    steep = (one.value(SHARES + step) - one.value(SHARES - step)) / (2 * step)
    assert steep[away] == pytest.approx(slope[away], rel=1e-4, abs=1e-6)
    # every tangent lies above the benefit, a rounded one too
    for blur in (0.0, 0.2):
        g = one.slope(SHARES, blur)
        lines = one.height(SHARES, blur)[:, None] + g[:, None] * SHARES
        assert (lines >= value - 1e-12).all()


def test_known_values():
    assert Benefit("power", 0.5).value(1.0) == pytest.approx(1.0)
    assert Benefit("power", 0.5).value(0.25) == pytest.approx(
        (np.sqrt(0.2501) - 0.01) / (np.sqrt(1.0001) - 0.01)
    )
    assert Benefit("log", 9.0).value([1.0, 1 / 9]) == pytest.approx([1.0, np.log(2) / np.log(10)])
    half = (1 - np.exp(-1.0)) / (1 - np.exp(-2.0))
    assert Benefit("exponential", 2.0).value(0.5) == pytest.approx(half)
    assert Benefit("ramp", 0.4).value([-0.4, 0.1, 0.4, 0.9]) == pytest.approx([-1, 0.25, 1, 1])
    assert Benefit("ramp", np.array([0.5, 0.2])).value([0.25, 0.25]) == pytest.approx([0.5, 1.0])


def test_a_rounded_ramp_follows_its_slope():
    one, step = Benefit("ramp", 0.4), 1e-6
    s = np.linspace(0.2, 0.6, 41)
    steep = (one.smoothed(s + step, 0.2) - one.smoothed(s - step, 0.2)) / (2 * step)
    assert steep == pytest.approx(one.slope(s, 0.2), abs=1e-4)
    assert (one.smoothed(s, 0.2) <= one.value(s) + 1e-12).all()


def problem(benefit):
    effects = np.zeros((3, 2, 2))
    effects[:, 1] = [[2.0, 1.0], [2.0, 3.0], [4.0, 4.0]]
    objectives = {"life": {"maximize": ["a", "b"], "benefit": benefit}}
    return Problem.from_arrays(effects, np.ones((3, 2)), None, objectives, features=["a", "b"])


def test_a_ramp_is_one_less_the_weighted_shortfall():
    made = problem({"ramp": {"a": 0.5, "b": 1.0}})
    # shares .25 of .5 and .125 of 1: half and an eighth
    assert evaluate(made, [1, 0, 0]).values == pytest.approx([0.5 * 0.5 + 0.5 * 0.125])
    assert made.objectives[0].unit == "benefit"


def test_the_worst_feature_decides():
    made = problem({"worst": {"a": 0.5, "b": 1.0}})
    # shares .25 of .5 and .125 of 1: an eighth is the worst
    assert evaluate(made, [1, 0, 0]).values == pytest.approx([0.125])
    assert evaluate(made, [1, 1, 1]).values == pytest.approx([1.0])
    one = Benefit("worst", np.array([0.5, np.nan, 1.0]))
    shares = np.array([[0.25, -9.0, 0.75], [0.5, 0.0, 0.25]])
    assert one.value(shares).sum(axis=-1) == pytest.approx([0.5, 0.25])
    assert one.slope(shares) == pytest.approx(np.array([[2.0, 0, 0], [0, 0, 1.0]]))


@pytest.mark.parametrize("blur", [0.0, 0.3])
def test_planes_lie_above_the_worst(blur):
    rng = np.random.default_rng(0)
    one, shares = Benefit("worst", np.array([0.5, 0.3, 0.8])), rng.uniform(-0.2, 1.0, (200, 3))
    value = one.value(shares).sum(axis=-1)
    for share in shares[:20]:
        plane = one.height(share, blur).sum() + shares @ one.slope(share, blur)
        assert (plane >= value - 1e-12).all()
        step = 1e-6
        up, down = (
            one.smoothed(share + sign * step * np.eye(3), blur).sum(axis=-1) for sign in (1, -1)
        )
        if blur:
            assert (up - down) / (2 * step) == pytest.approx(one.slope(share, blur), abs=1e-4)


@pytest.mark.parametrize(
    ("benefit", "message"),
    [
        ("worst", "a worst does not say where it ends"),
        ("ramp", "does not say where it ends"),
        ({"ramp": 1.5}, "a share above 0 %"),
        ({"power": 2.0}, "between 0 and 1"),
        ({"log": -1.0}, "above 0"),
        ({"sqrt": 2.0}, "benefit is 'sqrt'"),
        ({"ramp": {"c": 0.5}}, "'c' is not known here"),
    ],
)
def test_wrong_benefits_are_found(benefit, message):
    with pytest.raises(DataError, match=message):
        problem(benefit)


@pytest.mark.parametrize(
    "written",
    ["linear", "saturating", {"power": 0.25}, {"log": 10.0}, {"ramp": "30 %"},
     {"ramp": {"worms": "30 %", "fungi": "12.5 %"}}, {"worst": "30 %"}],
)  # fmt: skip
def test_benefits_of_a_config_are_written_back_alike(written):
    read = read_benefit(written, "EUR")
    assert read.as_written() == written
    assert read_benefit(read.as_written(), "EUR") == read
    assert read_benefit({"ramp": 0.3 * 100}, "EUR") == BenefitValue("ramp", 0.3)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("ramp", "does not say where it ends"),
        ({"power": 1.5}, "above 0 and below 1"),
        ({"ramp": "130 %"}, "up to 100 %"),
        ("saturated", "no benefit 'saturated'"),
    ],
)
def test_faults_of_benefits_of_a_config(written, message):
    with pytest.raises(FieldError, match=message):
        read_benefit(written, "EUR")
