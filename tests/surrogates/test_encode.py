import numpy as np
import pandas as pd
import pytest

from edaphon.errors import DataError
from edaphon.surrogates.encode import encode, fit_encoder


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "clay": [10.0, 20.0, 60.0],
            "cover": pd.Categorical([3, 1, 3]),
            "wet": [True, False, True],
        }
    )


def test_categories_become_one_column_a_code(table):
    encoder = fit_encoder(table)
    matrix, complete = encode(encoder, table)
    np.testing.assert_array_equal(matrix, [[10, 0, 1, 1], [20, 1, 0, 0], [60, 0, 1, 1]])
    np.testing.assert_array_equal(encoder.owners, [0, 1, 1, 2])
    assert complete.all()


def test_codes_match_whatever_their_type(table):
    encoder = fit_encoder(table)
    for codes in (["3", "1", "3"], pd.Categorical([3.0, 1.0, 3.0])):
        matrix, _ = encode(encoder, table.assign(cover=codes))
        np.testing.assert_array_equal(matrix[:, 2], [1, 0, 1])


def test_missing_values_and_unknown_codes_are_incomplete(table):
    encoder = fit_encoder(table)
    asked = pd.DataFrame(
        {
            "clay": [np.nan, np.inf, 5.0, 5.0],
            "cover": pd.Categorical([1, 1, 7, None]),
            "wet": [True] * 4,
        }
    )
    matrix, complete = encode(encoder, asked)
    np.testing.assert_array_equal(matrix[:, 0], [20, 20, 5, 5])
    assert not complete.any()
    assert matrix[2:, 1:3].sum() == 0


def test_all_faults_of_a_table_are_told_at_once(table):
    with pytest.raises(DataError) as caught:
        encode(fit_encoder(table), pd.DataFrame({"cover": [1], "wet": ["yes"]}))
    assert [finding.where for finding in caught.value.findings] == [
        "predictors: clay",
        "predictors: wet",
    ]
