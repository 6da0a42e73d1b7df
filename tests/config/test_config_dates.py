from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.config.dates import DateError, decimal_year


@pytest.mark.parametrize(
    "text",
    ["2022-07-02", "2022-07-02T10:30:00Z", "2022-7-2 10:30", "2022/7/2", "02.07.2022", "20220702"],
)
def test_the_middle_of_a_common_year(text):
    assert decimal_year(text) == 2022.5


def test_parts_of_dates_are_their_middle():
    assert decimal_year("2022") == 2022.5
    assert decimal_year("2022-01") == pytest.approx(2022 + 15.5 / 365)
    assert decimal_year("2022.25") == 2022.25
    assert decimal_year("2022.0") == 2022.0


@pytest.mark.parametrize(
    "text", ["", "soon", "7/2/2022", "2022-13-01", "2023-02-29", "31.4.2022", "1500", "99999", "22"]
)
def test_what_is_no_date(text):
    with pytest.raises(DateError, match="is no date"):
        decimal_year(text)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 30)))
def test_days_keep_their_order(day):
    texts = [day.isoformat(), (day + timedelta(1)).strftime("%d.%m.%Y")]
    first, second = map(decimal_year, texts)
    assert 0 < second - first < 0.0028
    assert int(first) == day.year
