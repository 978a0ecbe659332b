"""Insights in words: key figures, classes of times, and tables as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.insights.views import (
    ANSWER_LIMITS,
    NUMBERS,
    Distribution,
    ExpertiseDemand,
    InsightsRange,
    MonthFigures,
)
from tests.figures import (
    NO_ANSWERS,
    empty_guild_figures,
    empty_mentor_figures,
    guild_figures,
    mentor_figures,
)
from wording.insights import labels, sentences, tables
from wording.reader import ENGLISH


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("span", InsightsRange)
def test_every_range_has_a_label_and_a_title(span: InsightsRange) -> None:
    assert labels.RANGES[span]
    assert labels.title(True, span, ENGLISH).startswith("Your insights · ")
    assert labels.title(False, span, ENGLISH).startswith("Server insights · ")


def test_times_of_sessions_are_in_hours() -> None:
    written = {minutes: labels.hours(minutes, ENGLISH) for minutes in (0, 45, 60, 90, 599, 6_240)}
    assert written == {
        0: "0 hours",
        45: "0.8 hours",
        60: "1 hour",
        90: "1.5 hours",
        599: "10 hours",
        6_240: "104 hours",
    }


def test_wanted_times_are_in_words() -> None:
    wanted = [(5, "evening"), (None, "morning"), (2, None), (None, None)]
    assert [labels.wanted_time(*each, ENGLISH) for each in wanted] == [
        "Saturday evenings",
        "Mornings",
        "Wednesdays",
        "Any time",
    ]


def test_the_usual_response_time_is_the_class_of_the_median() -> None:
    def usual(*counts: int) -> str:
        times = Distribution(ANSWER_LIMITS, (*counts, *(0,) * (8 - len(counts))))
        return sentences.response_time(times, ENGLISH)

    assert usual(3, 4, 1) == "You usually answer within **1 hour**."
    assert usual(0, 0, 0, 0, 0, 0, 0, 2) == "You usually take more than **2 days** to answer."
    assert sentences.response_time(NO_ANSWERS, ENGLISH) == sentences.NO_ANSWERS


def test_a_month_says_only_what_happened() -> None:
    month = MonthFigures(None, sessions=1, minutes=60, missed_by_mentee=1)
    assert sentences.month_of_sessions(month, ENGLISH) == "1 session, 1 hour · 1 no-show"
    assert sentences.month_of_sessions(MonthFigures(None), ENGLISH) == "no sessions"


def test_demand_says_how_many_mentors_there_are() -> None:
    row = ExpertiseDemand("rust", 1, 2, 0)
    assert sentences.demand(row, ENGLISH) == (
        "1 search without a result · 2 open requests · no mentor yet"
    )
    assert sentences.demand(replace(row, tag=None), ENGLISH).endswith("2 open requests")


def test_tables_have_the_same_columns_whatever_is_in_them() -> None:
    for table in tables.MENTOR_TABLES:
        full, empty = (
            tables.mentor_table(each, table) for each in (mentor_figures(), empty_mentor_figures())
        )
        assert full.splitlines()[0] == empty.splitlines()[0]
    for table in tables.GUILD_TABLES:
        full, empty = (
            tables.guild_table(each, table) for each in (guild_figures(), empty_guild_figures())
        )
        assert full.splitlines()[0] == empty.splitlines()[0]
        assert full.endswith("\r\n")


def test_the_table_of_months_has_every_number() -> None:
    rows = rows_of(tables.mentor_table(mentor_figures(), "months"))
    assert [row["month"] for row in rows[-2:]] == ["2026-02", "2026-03"]
    last = mentor_figures().months[-1]
    for name in NUMBERS:
        column = name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:])
        assert rows[-1][column] == str(getattr(last, name))
    assert rows[-1]["rating"] == "4.67"
    assert rows_of(tables.mentor_table(empty_mentor_figures(), "months"))[0]["rating"] == ""


def test_the_table_of_a_server_adds_people_and_points() -> None:
    month, row = (
        guild_figures().months[-1],
        rows_of(tables.guild_table(guild_figures(), "months"))[-1],
    )
    assert row["activeMentors"] == str(month.active_mentors)
    assert row["pointsHeld"] == str(month.held)
    assert row["refunded"] == str(month.figures.refunded), "sessions"
    assert row["pointsRefunded"] == str(month.refunded)
    # Nothing of a month is left out.
    assert len(row) == len(fields(MonthFigures)) + 1 + len(fields(type(month))) - 1


def test_the_table_of_hours_has_each_hour_of_the_week() -> None:
    rows = rows_of(tables.mentor_table(mentor_figures(), "hours"))
    assert len(rows) == 7 * 24
    assert rows[18] == {
        "weekday": "Monday", "time": "18:00", "offeredMinutes": "480", "bookedMinutes": "37"
    }  # fmt: skip


def test_the_class_without_a_limit_is_the_last_row() -> None:
    rows = rows_of(tables.mentor_table(mentor_figures(), "answer-times"))
    assert rows[0] == {"upToMinutes": "15", "requests": "3"}
    assert rows[-1] == {"upToMinutes": "", "requests": "1"}


def test_quiet_mentors_have_ids_names_and_instants() -> None:
    rows = rows_of(tables.guild_table(guild_figures(), "quiet-mentors"))
    assert rows[0] == {
        "userId": "42",
        "name": "Oliver Hughes",
        "lastActiveAt": "2026-01-02T12:00:00Z",
    }
    assert rows[1]["name"] == "'=Erased"


@given(st.text(max_size=32))
def test_no_text_of_people_is_a_formula_or_breaks_the_table(tag: str) -> None:
    (row,) = rows_of(tables.guild_table(guild_figures(tag), "demand"))
    cell = row["expertise"]
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell.removeprefix("'") == tag.removeprefix("'")
    assert row["searches"] == "12"
