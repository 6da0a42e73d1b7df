import pytest

from edaphon.config.suggest import did_you_mean


@pytest.mark.parametrize(
    ("name", "choices", "hint"),
    [
        ("horizn", ["horizon", "seed"], "did you mean 'horizon'?"),
        ("eur", ["USD", "EUR"], "did you mean 'EUR'?"),
        ("covercrop", ["cover_crop", "no_till"], "did you mean 'cover_crop'?"),
        ("xyz", ["a", "b"], "known: a, b"),
        ("xyz", [], "none is known"),
    ],
)
def test_the_nearest_name_or_all_names(name, choices, hint):
    assert did_you_mean(name, choices) == hint


def test_long_lists_are_cut():
    assert did_you_mean("?", [str(100 + i) for i in range(20)]).endswith("111 and 8 more")
