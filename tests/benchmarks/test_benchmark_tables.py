"""The real tables of the surrogate benchmark, and its figures on cases that can be checked."""

import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from tables import TABLES, blocks_of, is_sealed, read

ROWS = {
    "theta33": (496, 61),
    "theta1500": (271, 46),
    "macedonia_soc": (2893, 58),
    "nematodes": (1933, 183),
    "earthworms": (2939, 61),
}


@pytest.fixture(scope="module", params=list(TABLES))
def table(request, real_data):
    return read(request.param, real_data)


def test_rows_and_groups_are_those_of_the_sources(table):
    assert (table.samples.n_samples, table.groups) == ROWS[table.name]
    assert np.isfinite(table.samples.response).all()
    assert not table.samples.predictors.isna().any().any()
    offered = [name for part in table.samples.sets.values() for name in part]
    assert set(offered) <= set(table.samples.predictors.columns)


def test_the_parts_share_no_group_and_lose_no_row(table):
    design, sealed = table.part("design"), table.part("sealed")
    assert not set(design.labels) & set(sealed.labels)
    assert design.samples.n_samples + sealed.samples.n_samples == table.samples.n_samples
    assert all(zlib.crc32(label.encode()) % 4 for label in design.labels)
    kept = np.isin(table.labels, design.labels)
    np.testing.assert_array_equal(table.samples.response[kept], design.samples.response)
    np.testing.assert_array_equal(
        table.samples.predictors[kept].to_numpy(), design.samples.predictors.to_numpy()
    )


def test_a_quarter_of_all_labels_is_sealed():
    assert np.mean([is_sealed(f"{k}_{k % 7}") for k in range(4000)]) == pytest.approx(
        0.25, abs=0.02
    )


def test_blocks_are_named_by_column_and_row():
    labels = blocks_of(np.array([20.81, 20.99, -0.1]), np.array([42.02, 42.0, -12.4]), 0.25)
    assert labels.tolist() == ["83_168", "83_168", "-1_-50"]
