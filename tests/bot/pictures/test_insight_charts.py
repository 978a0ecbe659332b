"""What charts of insights show, and their descriptions: for little, much and nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.components.cards import MAX_DESCRIPTION
from bot.pictures import insight_charts
from bot.pictures.chart_image import BarChart, ColumnChart, HeatMap
from bot.pictures.insight_charts import Chart
from mentorship.insights.views import HALF_HOURS
from mentorship.insights.views import HeatMap as Hours
from tests.figures import (
    NO_ANSWERS,
    NO_HOURS,
    empty_guild_figures,
    empty_mentor_figures,
    guild_figures,
    guild_months,
    heat_map,
    mentor_figures,
    months,
)
from wording.reader import Reader
from wording.translation import speaking

BRITISH, AMERICAN = Reader.of("en-GB"), Reader.of("en-US")


def shown(chart: Chart | None) -> Chart:
    assert chart is not None
    assert 0 < len(chart.description) <= MAX_DESCRIPTION
    return chart


def column_ticks(count: int) -> list[str]:
    image = shown(insight_charts.sessions_chart(months(count), BRITISH)).image
    assert isinstance(image, ColumnChart)
    assert len(image.series[0].values) == count
    return [label for _, label in image.ticks]


def test_labels_of_months_leave_room_for_each_other() -> None:
    assert column_ticks(3) == ["Jan", "Feb", "Mar"]
    assert column_ticks(12) == ["May", "Jul", "Sep", "Nov", "Jan", "Mar"]
    assert column_ticks(120) == ["2017", "2019", "2021", "2023", "2025"]
    assert column_ticks(24) == ["2025", "2026"]


def test_the_description_has_the_numbers_of_the_latest_months() -> None:
    chart = shown(insight_charts.sessions_chart(months(120), BRITISH))
    lines = chart.description.splitlines()
    assert lines[:2] == [
        "Sessions by month.",
        "Mar 2026: 12 sessions, 9 hours · 1 no-show · 3 cancelled.",
    ]
    assert len(lines) == 13


@pytest.mark.parametrize(
    "chart",
    [
        lambda: insight_charts.sessions_chart(empty_mentor_figures().months, BRITISH),
        lambda: insight_charts.rating_chart(empty_mentor_figures().months, BRITISH),
        lambda: insight_charts.people_chart(empty_guild_figures().months, BRITISH),
        lambda: insight_charts.points_chart(empty_guild_figures().months, BRITISH),
        lambda: insight_charts.answers_chart(NO_ANSWERS, BRITISH),
        lambda: insight_charts.hours_chart(NO_HOURS, BRITISH),
        lambda: insight_charts.demand_chart((), BRITISH),
        # One month is no development over time.
        lambda: insight_charts.sessions_chart(months(1), BRITISH),
        lambda: insight_charts.people_chart(guild_months(1), BRITISH),
    ],
)
def test_there_is_no_chart_of_nothing(chart: Callable[[], Chart | None]) -> None:
    assert chart() is None


def test_the_heat_map_shows_the_hours_that_were_offered() -> None:
    image = shown(insight_charts.hours_chart(heat_map(), AMERICAN)).image
    assert isinstance(image, HeatMap)
    assert image.rows == (
        (0, "10 AM"),
        (2, "12 PM"),
        (4, "2 PM"),
        (6, "4 PM"),
        (8, "6 PM"),
        (10, "8 PM"),
    )
    assert len(image.cells) == 7
    assert {len(column) for column in image.cells} == {11}
    assert image.cells[6] == (None,) * 11, "nothing on Sunday"
    assert image.cells[5][:4] == (*image.cells[5][:3], None)


def test_a_heat_map_of_one_hour_is_no_single_row() -> None:
    for half_hour in (0, 47, HALF_HOURS - 1):
        offered = tuple(30 if each == half_hour else 0 for each in range(HALF_HOURS))
        chart = shown(insight_charts.hours_chart(Hours(offered, (0,) * HALF_HOURS), BRITISH))
        assert isinstance(chart.image, HeatMap)
        assert len(chart.image.cells[0]) == 6
    assert "Sun: 23:00–24:00 0%" in chart.description


def test_the_scale_ends_where_differences_can_be_seen() -> None:
    for used, top in ((0, "10%"), (3, "10%"), (6, "25%"), (15, "50%"), (16, "100%"), (30, "100%")):
        hours = Hours((30,) * HALF_HOURS, (used,) * HALF_HOURS)
        image = shown(insight_charts.hours_chart(hours, BRITISH)).image
        assert isinstance(image, HeatMap)
        assert image.legend == ("0%", f"{top} booked")
        assert image.cells[0][0] == pytest.approx(used / 30 / (int(top[:-1]) / 100))


def test_the_whole_week_offered_has_a_description_that_fits() -> None:
    hours = Hours((30,) * HALF_HOURS, tuple(number % 30 for number in range(HALF_HOURS)))
    chart = insight_charts.hours_chart(hours, AMERICAN)
    assert chart is not None
    assert len(chart.description) <= MAX_DESCRIPTION


def test_demand_shows_the_greatest_and_names_the_rest_other() -> None:
    tags = [f"tag {number}" for number in range(20)]
    image = shown(insight_charts.demand_chart(guild_figures(*tags).demand, BRITISH)).image
    assert isinstance(image, BarChart)
    assert image.labels == tuple(tags[:8])
    others = shown(insight_charts.demand_chart(guild_figures(None).demand, BRITISH))
    assert others.description == ("Unmet demand by expertise. Other: 12 searches without a result.")


def test_response_times_are_named_by_class() -> None:
    chart = shown(insight_charts.answers_chart(mentor_figures().answer_times, BRITISH))
    assert "Up to 15 minutes: 3; Up to 1 hour: 9;" in chart.description
    assert "Over 2 days: 1." in chart.description


@pytest.mark.parametrize(
    ("highest", "labels"),
    [
        (1, ["0", "1"]),
        (7, ["0", "2", "4", "6"]),
        (10, ["0", "2", "4", "6", "8", "10"]),
        (17, ["0", "5", "10", "15"]),
        (2_600, ["0", "1.000", "2.000"]),
    ],
)
def test_the_scale_has_a_few_round_numbers_in_the_readers_form(
    highest: int, labels: list[str], untranslated: Callable[[str], None]
) -> None:
    none = dict.fromkeys(
        ("missed_by_mentor", "missed_by_mentee", "cancelled_by_mentor", "cancelled_by_mentee"), 0
    )
    month = replace(months(1)[0], sessions=highest, **none)
    untranslated("de")
    image = shown(insight_charts.sessions_chart([month, month], Reader.of("de"))).image
    assert isinstance(image, ColumnChart)
    assert [label for _, label in image.scale] == labels
    assert [number for number, _ in image.scale] == [int(each.replace(".", "")) for each in labels]


def test_charts_are_mirrored_where_the_language_is(untranslated: Callable[[str], None]) -> None:
    untranslated("he")
    hebrew = Reader.of("he")
    with speaking("he"):
        demand = shown(insight_charts.demand_chart(guild_figures("C++").demand, hebrew)).image
        others = [
            insight_charts.sessions_chart(months(3), hebrew),
            insight_charts.rating_chart(months(3), hebrew),
            insight_charts.people_chart(guild_months(3), hebrew),
            insight_charts.answers_chart(mentor_figures().answer_times, hebrew),
            insight_charts.hours_chart(heat_map(), hebrew),
        ]
    assert isinstance(demand, BarChart)
    assert demand.labels == ("\u2068C++\u2069",), "its plus signs stay where they are"
    for chart in others:
        assert shown(chart).image.is_right_to_left
    assert not shown(insight_charts.hours_chart(heat_map(), BRITISH)).image.is_right_to_left
