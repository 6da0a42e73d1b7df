import numpy as np
import pandas as pd

from edaphon.data.dates import date_column


def test_dates_become_decimal_years_and_the_rest_is_told():
    table = pd.DataFrame({"when": ["2021-07-02", "18.07.2022", None, "spring"]}, index=[2, 3, 4, 5])
    years, findings = date_column(table, "when", "soil.csv")
    np.testing.assert_allclose(
        years, [2021 + 182.5 / 365, 2022 + 198.5 / 365, np.nan, np.nan], atol=1e-9
    )
    assert findings[0].where == "soil.csv: line 5: when"
    assert "line 5: 'spring'" in findings[0].what
    assert date_column(table[:3], "when", "soil.csv")[1] == ()
