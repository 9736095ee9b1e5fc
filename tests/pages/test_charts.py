"""Bar charts of activity."""

from __future__ import annotations

from datetime import date, timedelta

from threads.pages.charts import HEIGHT, MAX_YEARS, TICKS, WIDTH, Chart, build_chart

MAY = date(2020, 5, 1)


def chart_of(*days: date) -> Chart:
    """Return the chart of one comment on each of these days."""
    chart = build_chart((day, 1) for day in days)
    assert chart is not None
    return chart


def test_bars_are_days_months_or_years_depending_on_the_time_span() -> None:
    charts = [chart_of(MAY, MAY + timedelta(days=40), MAY + timedelta(days=span)) for span in (61, 62)]
    charts.append(chart_of(date(2004, 1, 1), date(2005, 1, 1), MAY))
    assert [chart.caption for chart in charts] == ["Comments by day", "Comments by month", "Comments by year"]
    assert charts[0].bars[0].title == "2020-05-01: 1"
    assert [bar.title for bar in charts[2].bars] == ["2004: 1", "2005: 1", "2020: 1"]
    assert charts[1].bars[0].title == "2020-05: 1"


def test_counts_of_a_period_are_added_and_undated_counts_left_out() -> None:
    chart = build_chart([(MAY, 1), (None, 9), (MAY, 3), (date(2020, 5, 2), 1), (date(2020, 5, 4), 2)])
    assert chart is not None
    assert [bar.title for bar in chart.bars] == ["2020-05-01: 4", "2020-05-02: 1", "2020-05-04: 2"]
    assert chart.text_alternative == "From 2020-05-01 to 2020-05-04; maximum in 2020-05-01: 4"


def test_bars_stand_on_the_base_line_and_the_highest_has_the_full_height() -> None:
    chart = build_chart([(MAY, 1000), (date(2020, 5, 2), 500), (date(2020, 5, 4), 1)])
    assert chart is not None
    assert [bar.path for bar in chart.bars] == [
        f"M0.0 {HEIGHT}h24.7v-64.0h-24.7z",
        f"M25.0 {HEIGHT}h24.7v-32.0h-24.7z",
        f"M75.0 {HEIGHT}h24.7v-1.5h-24.7z",
    ]
    assert WIDTH == 100


def test_there_is_no_chart_of_fewer_than_three_bars() -> None:
    assert build_chart([]) is None
    assert build_chart([(None, 5)]) is None
    assert build_chart([(MAY, 5), (date(2020, 5, 2), 1)]) is None


def test_a_chart_has_a_limited_number_of_ticks_and_years() -> None:
    chart = chart_of(*(date(year, 1, 1) for year in range(1000, 2020)))
    assert len(chart.bars) == MAX_YEARS
    assert 0 < len(chart.ticks) <= TICKS
    assert chart.ticks[0].x == "0.0%"
