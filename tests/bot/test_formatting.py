"""Text as Discord shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import formatting
from wording.reader import Reader

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@given(st.text(alphabet=st.one_of(st.sampled_from("\\*_~|`[]()<>@#-+1. \n:!"), st.characters())))
def test_unplain_reverses_plain(text: str) -> None:
    assert formatting.unplain(formatting.plain(text)) == text


@given(st.text(alphabet="ab *_~|`[]()<>@#\\\n"))
def test_plain_escapes_every_mark(text: str) -> None:
    shown = formatting.plain(text)
    position = 0
    while position < len(shown):
        if shown[position] == "\\":
            position += 2
            continue
        assert shown[position] not in "*_~|`[]()<>@#"
        position += 1


@pytest.mark.parametrize(
    ("typed", "escaped"),
    [
        ("My *first* PR", r"My \*first\* PR"),
        ("snake_case", r"snake\_case"),
        ("@everyone", r"\@everyone"),
        ("<@123>", r"\<\@123\>"),
        ("[x](https://example.com)", r"\[x\]\(https://example.com\)"),
        ("# loud", r"\# loud"),
        ("> quoted", r"\> quoted"),
        ("- one\n- two", "\\- one\n\\- two"),
        ("1. one", r"1\. one"),
        ("a - b, 3.5 + 1", "a - b, 3.5 + 1"),
        ("||hidden||", r"\|\|hidden\|\|"),
        ("C:\\temp", r"C:\\temp"),
        ("nothing special: 100%, why?", "nothing special: 100%, why?"),
        ("", ""),
    ],
)
def test_plain_shows_marks_as_typed(typed: str, escaped: str) -> None:
    assert formatting.plain(typed) == escaped


def test_a_distance_in_time_is_a_discord_timestamp() -> None:
    stamp = int(NOON.timestamp())
    assert formatting.relative(NOON) == f"<t:{stamp}:R>"


@pytest.mark.parametrize(
    ("zone", "locale", "says"),
    [
        ("America/New_York", "en-GB", "Mon 2 Mar, 07:00–08:00"),
        ("America/New_York", "en-US", "Mon, Mar 2, 7:00 AM–8:00 AM"),
        ("Asia/Kolkata", "en-GB", "Mon 2 Mar, 17:30–18:30"),
        (None, "en-GB", "Mon 2 Mar, 12:00–13:00 UTC"),
    ],
)
def test_a_clock_shows_the_time_in_its_zone(zone: str | None, locale: str, says: str) -> None:
    end = NOON + timedelta(hours=1)
    assert formatting.clock(NOON, end, zone, Reader.of(locale)) == says


@pytest.mark.parametrize("count", range(6))
def test_stars_are_always_five(count: int) -> None:
    assert formatting.stars(count) == "★" * count + "☆" * (5 - count)


def test_a_rating_in_a_few_characters() -> None:
    assert formatting.rating(None, 0) == "no ratings yet"
    assert formatting.rating(4.857, 7) == "★ 4.9 (7)"
    assert formatting.rating_of_people(4.857, 7) == "★ 4.9 from 7 people"
    assert formatting.rating_of_people(5, 1) == "★ 5.0 from 1 person"
    assert formatting.rating_of_people(None, 0) == "No ratings yet"


def test_tags_are_joined_with_commas() -> None:
    assert formatting.tags(["code review", "python"]) == "code review, python"


@given(st.text(), st.integers(1, 20))
def test_shortened_text_fits_and_ends_with_an_ellipsis(text: str, length: int) -> None:
    short = formatting.shortened(text, length)
    assert len(short) <= length
    if len(text) <= length:
        assert short == text
    else:
        assert short.endswith("…")
        assert text.startswith(short[:-1])


def test_discord_timestamps_have_whole_seconds() -> None:
    instant = datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert formatting.discord_timestamp(instant) == "<t:1795550400:F>"
    assert (
        formatting.discord_timestamp(instant + timedelta(milliseconds=999), "R")
        == "<t:1795550400:R>"
    )


def test_a_naive_time_has_no_discord_timestamp() -> None:
    with pytest.raises(ValueError, match="aware"):
        formatting.discord_timestamp(datetime(2026, 11, 24))  # noqa: DTZ001
