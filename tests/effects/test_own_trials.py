"""The planner's own trials as further studies of their climate."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from edaphon.config.reader import read_config
from edaphon.data.examples import write_example
from edaphon.effects.cells import cells_of
from edaphon.effects.choose import Known, choose_size, standing
from edaphon.effects.trials import update
from edaphon.errors import DataError
from edaphon.inputs.read import read_inputs
from edaphon.practices.catalogue import whole_catalogue

HEADER = "study,intervention,outcome,control,treatment\n"


def own(*lnrr, pairs=4):
    """Studies whose pairs lie closely around the given lnRR."""
    values = np.concatenate([value + 0.02 * np.linspace(-1, 1, pairs) for value in lnrr])
    return cells_of(values, np.repeat(np.arange(len(lnrr)), pairs), ["a"] * len(values))


def test_the_update_is_bayes_rule():
    known, cells = Known(0.1, 0.06, 0.15, 0.1, 400, 0), own(0.4, 0.3)
    spread = stats.t(4, scale=0.15 / math.sqrt(2))  # 400 studies: the spread is as good as known

    grid, fine = np.linspace(-0.2, 0.5, 141), np.linspace(-3, 3, 12_001)
    chance = stats.norm.pdf(grid, 0.1, 0.06)
    for y, v in zip(cells.mean, cells.variance, strict=True):
        density = stats.norm.pdf(y, grid[:, None] + fine, math.sqrt(v)) * spread.pdf(fine)
        chance *= integrate.simpson(density, x=fine, axis=1)
    chance /= chance.sum()
    middle = chance @ grid
    mean, se, tau = update(known, cells)
    assert mean == pytest.approx(middle, abs=0.002)
    assert se == pytest.approx(math.sqrt(chance @ (grid - middle) ** 2), rel=0.03)
    assert tau == pytest.approx(0.15, rel=0.05)


def test_more_trials_move_the_mean_farther_and_make_it_surer():
    known = Known(0.0, 0.1, 0.15, 0.1, 20, 0)
    two, ten = update(known, own(0.3, 0.32)), update(known, own(*np.linspace(0.25, 0.35, 10)))
    assert 0 < two[0] < ten[0] < 0.3
    assert ten[1] < two[1] < 0.1


def test_trials_that_scatter_widen_the_spread():
    known = Known(0.0, 0.1, 0.15, 0.1, 5, 0)
    together, apart = update(known, own(0.1, 0.12, 0.08)), update(known, own(-0.6, 0.7, 0.1))
    assert apart[2] > 1.5 * together[2]


def test_a_far_trial_does_not_drag_the_mean_along():
    known = Known(0.0, 0.05, 0.1, 0.1, 50, 0)
    near, far = update(known, own(0.2)), update(known, own(2.0))
    assert far[0] < 2 * near[0]  # a normal spread would give ten times


def test_what_stands_is_what_the_runs_use():
    catalogue = whole_catalogue()
    known = standing(catalogue, "cover_crop", "soc", "temperate")
    size = choose_size(catalogue, "cover_crop", "soc", "temperate", math.inf)
    assert known.lnrr == pytest.approx(size.lnrr)
    assert math.hypot(known.sd, known.tau) == pytest.approx(size.shared)
    assert known.studies == size.studies
    foreign = standing(catalogue, "agroforestry", "yield", "temperate")
    assert (foreign.lnrr, foreign.studies) == (0.0, 0)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_example(folder)
    return folder


def catalogue_with(project, rows):
    (project / "trials.csv").write_text(HEADER + rows, encoding="utf-8")
    return read_inputs(read_config(project / "edaphon.yaml", ["trials=trials.csv"]))


def test_trials_of_the_config_update_the_evidence_of_its_climate(project):
    plain = read_inputs(read_config(project / "edaphon.yaml"))
    rows = "".join(f"farm {k},cover_crop,soc,2.0,{2.5 + 0.05 * k}\n" for k in range(6))
    read = catalogue_with(project, rows)
    before = choose_size(plain.catalogue, "cover_crop", "soc", "temperate", 20.0)
    after = choose_size(read.catalogue, "cover_crop", "soc", "temperate", 20.0)
    assert before.lnrr < after.lnrr < math.log(1.4)
    assert after.studies == before.studies + 6
    assert "updated by own trials of trials.csv (6 studies)" in after.source
    other = choose_size(read.catalogue, "cover_crop", "soc", "tropical", 20.0)
    assert other == choose_size(plain.catalogue, "cover_crop", "soc", "tropical", 20.0)
    (note,) = [f for f in read.findings if "6 studies of your own" in f.what]
    assert note.severity == "note"
    assert "trials" in note.where


def test_fewer_than_three_studies_alone_move_nothing(project):
    rows = "farm 1,agroforestry,yield,2,3\nfarm 2,agroforestry,yield,2,3\n"
    read = catalogue_with(project, rows)
    size = choose_size(read.catalogue, "agroforestry", "yield", "temperate", 20.0)
    assert (size.lnrr, size.applicable) == (0.0, False)
    assert any("too few to count" in f.what and f.severity == "warning" for f in read.findings)
    third = catalogue_with(project, rows + "farm 3,agroforestry,yield,2,3.1\n")
    size = choose_size(third.catalogue, "agroforestry", "yield", "temperate", 50.0)
    assert size.applicable
    assert 0 < size.lnrr < math.log(1.5)


def test_a_latitude_says_the_climate(project):
    (project / "trials.csv").write_text(
        HEADER.strip() + ",latitude\n" + "a,cover_crop,soc,2,3,5\nb,cover_crop,soc,2,3,5\n",
        encoding="utf-8",
    )
    read = read_inputs(read_config(project / "edaphon.yaml", ["trials=trials.csv"]))
    (row,) = [r for r in read.catalogue.evidence if "own trials" in r.source]
    assert row.climate == "tropical"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,cover_crops,soc,2,3\n", "'cover_crops' is not used by this config"),
        ("a,cover_crop,carbon,2,3\n", "'carbon' is no outcome"),
    ],
)
def test_unknown_names_are_refused(project, row, message):
    with pytest.raises(DataError, match=message):
        catalogue_with(project, row)
