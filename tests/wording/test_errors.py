"""Errors: each kind has a code for programs and a sentence for each audience."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any

import pytest

from mentorship import errors
from mentorship.errors import (
    Busy,
    Field,
    HoursProblem,
    InvalidField,
    MentorshipError,
    NotBookableReason,
    NotEnoughPoints,
    Problem,
    SlotTaken,
    SlotUnavailable,
    UnknownTimezone,
    UnreadableHours,
    UnreadableTime,
    WrongDuration,
)
from tests.errors import kinds, sample, sentence
from wording.errors import SENTENCES
from wording.errors import sentence as sentence_for
from wording.reader import ENGLISH, in_utc
from wording.refusals import api_errors


def test_every_error_has_a_unique_code() -> None:
    codes = [kind.code for kind in kinds()]
    assert len(codes) == len(set(codes)) > 20
    assert all(code.isidentifier() and code.islower() for code in codes)


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_every_error_sentence_is_complete(kind: type[MentorshipError]) -> None:
    for text in (sentence(sample(kind)), api_errors.detail(sample(kind), ENGLISH, in_utc)):
        assert text[0].isupper()
        assert text[-1] in ".?:"
        assert not re.search(r"[.?!:] ?[.?!]", text), text
        assert "\n" not in text
        assert "None" not in text
    assert kind.__doc__


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_instants_in_errors_use_the_readers_format(kind: type[MentorshipError]) -> None:
    error = sample(kind)
    instants = [fact.name for fact in fields(kind) if str(fact.type).startswith("datetime")]  # type: ignore[arg-type]
    assert ("in a fortnight" in sentence_for(error, ENGLISH, lambda _: "in a fortnight")) == bool(
        instants
    )
    assert ("on 02 Mar 2026 at 12:00 UTC" in sentence(error)) == bool(instants)


@pytest.mark.parametrize(
    "error",
    [
        lambda text: UnknownTimezone(text),
        lambda text: UnreadableHours(text, text, 0, HoursProblem.UNKNOWN_DAY),
        lambda text: UnreadableTime(text),
    ],
)
def test_typed_text_is_quoted_without_markup(error: Any) -> None:
    text = sentence(error("`**@everyone**\n[x](https://example.com)`" + "x" * 500))
    quoted = text.split("`")[1]
    assert len(quoted) == 80
    assert "\n" not in text
    assert "an empty text" in sentence(error("  "))


def test_missing_points_are_stated() -> None:
    error = NotEnoughPoints(balance=1_000, needed=2_500, currency="karma")
    assert "costs 2,500 karma and you have 1,000, so you need 1,500 more" in sentence(error)


def test_taken_slot_without_alternatives() -> None:
    assert sentence(SlotTaken()) == (
        "That slot was just taken. This mentor has no other open slots. Try another mentor."
    )
    assert isinstance(SlotTaken(), SlotUnavailable)


@pytest.mark.parametrize(
    ("offered", "says"),
    [
        ((60,), "sessions of 60 minutes."),
        ((30, 60), "sessions of 30 or 60 minutes."),
        ((15, 30, 60), "sessions of 15, 30 or 60 minutes."),
    ],
)
def test_wrong_duration_lists_the_offered_durations(offered: tuple[int, ...], says: str) -> None:
    assert sentence(WrongDuration(offered)).endswith(says)


def test_invalid_field_sentence_starts_with_the_field() -> None:
    error = InvalidField(Field.TOPIC, Problem.TOO_LONG, most=300)
    assert sentence(error) == "The topic can have up to 300 characters."


def test_every_error_has_a_sentence() -> None:
    named = {value for value in vars(errors).values() if isinstance(value, type)}
    classes = {kind for kind in named if issubclass(kind, MentorshipError)} - {MentorshipError}
    assert classes == set(kinds()) == SENTENCES.keys()


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_api_detail_has_no_command_and_no_mention(kind: type[MentorshipError]) -> None:
    text = api_errors.detail(sample(kind), ENGLISH, str)
    assert text[0].isupper()
    assert text[-1] in ".?"
    assert "`/" not in text
    assert "<@" not in text
    assert "None" not in text


def test_error_in_a_log_is_its_code_and_facts() -> None:
    assert str(WrongDuration((30, 60))) == "wrong_duration(offered=(30, 60))"


@pytest.mark.parametrize("problem", HoursProblem)
def test_every_hours_problem_has_a_hint(problem: HoursProblem) -> None:
    error = UnreadableHours("mon 9-5", "9-5", 4, problem, ((540, 1_020), (540, 300)))
    text = sentence(error)
    assert text.startswith("I couldn't read `9-5`. ")
    assert text.endswith(". Write hours like `mon-fri 18:00-21:30; sat 10-14`.")


def test_ambiguous_hours_show_both_readings() -> None:
    error = UnreadableHours("mon 9-5", "9-5", 4, HoursProblem.AM_OR_PM, ((540, 1_020), (540, 300)))
    assert "Say am and pm, or write 09:00-17:00 or 09:00-05:00" in sentence(error)


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (NotBookableReason.PAST, "That time is already past."),
        (NotBookableReason.NOTICE, "That's too soon. Noor must be booked at least 3 hours ahead."),
        (
            NotBookableReason.HORIZON,
            "That's too far ahead. Noor can be booked up to 30 days ahead.",
        ),
        (NotBookableReason.HOURS, "Noor has no slot at that time."),
        (NotBookableReason.BUSY, "That slot was just taken."),
        (NotBookableReason.DAY_FULL, "Noor is fully booked that day."),
        (NotBookableReason.WEEK_FULL, "Noor is fully booked that week."),
        (NotBookableReason.MENTEE_BUSY, "You already have a session at that time."),
    ],
)
def test_why_a_slot_can_not_be_booked(reason: NotBookableReason, text: str) -> None:
    error = SlotUnavailable(reason, mentor_name="Noor", minimum_notice=180, horizon_days=30)
    assert sentence(error).startswith(text)
    assert api_errors.detail(error, ENGLISH, str) == (
        f"{text} Choose one of nearestSlots, or GET the open slots."
    )

    error = replace(error, horizon_days=1)
    assert "1 days" not in sentence(error)


def test_mentors_read_about_their_own_limits_in_the_second_person() -> None:
    for reason, text in (
        (NotBookableReason.DAY_FULL, "You've reached your daily limit of sessions on that day."),
        (NotBookableReason.WEEK_FULL, "You've reached your weekly limit of sessions in that week."),
    ):
        error = SlotUnavailable(reason, mentor_name="Noor", by_mentor=True)
        assert sentence(error).startswith(text)


def test_a_reschedule_does_not_tell_which_of_the_two_is_busy() -> None:
    assert sentence(Busy(is_reschedule=True)).startswith("One of you has another session then.")
