"""Refusals: each has a code for programs and a sentence for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest

from mentorship import errors
from mentorship.errors import (
    InvalidField,
    MentorshipError,
    NotEnoughPoints,
    SlotTaken,
    SlotUnavailable,
    UnknownTimezone,
    UnreadableHours,
    UnreadableTime,
    WrongDuration,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

SAMPLES: dict[str, Any] = {
    "str": "Something.",
    "str | None": "Something.",
    "int": 3,
    "int | None": 3,
    "bool": True,
    "datetime": NOON,
    "tuple[int, ...]": (30, 60),
    "tuple[str, ...]": ("Europe/London", "Europe/Paris"),
    "tuple[datetime, ...]": (NOON,),
}


def kinds(base: type[MentorshipError] = MentorshipError) -> Iterator[type[MentorshipError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def sample(kind: type[Any]) -> MentorshipError:
    error: MentorshipError = kind(**{fact.name: SAMPLES[str(fact.type)] for fact in fields(kind)})
    return error


def test_every_code_is_one_refusal_s() -> None:
    codes = [kind.code for kind in kinds()]
    assert len(codes) == len(set(codes)) > 20
    assert all(code.isidentifier() and code.islower() for code in codes)


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_every_refusal_says_what_happened_in_sentences(kind: type[MentorshipError]) -> None:
    text = str(sample(kind))
    assert text[0].isupper()
    assert text[-1] in ".?:"
    assert "\n" not in text
    assert "None" not in text
    assert kind.__doc__


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_an_instant_is_written_for_the_reader(kind: type[MentorshipError]) -> None:
    error = sample(kind)
    of_its_own = [fact.name for fact in fields(kind) if str(fact.type) == "datetime"]  # type: ignore[arg-type]
    assert ("in a fortnight" in error.sentence(lambda _: "in a fortnight")) == bool(of_its_own)
    assert ("on 02 Mar 2026 at 12:00 UTC" in str(error)) == bool(of_its_own)


@pytest.mark.parametrize(
    "error",
    [
        lambda text: UnknownTimezone(text),
        lambda text: UnreadableHours(text, text, 0, "it is no day"),
        lambda text: UnreadableTime(text),
    ],
)
def test_what_was_typed_is_repeated_as_inert_text(error: Any) -> None:
    said = str(error("`**@everyone**\n[x](https://example.com)`" + "x" * 500))
    inside = said.split("`")[1]
    assert len(inside) == 80
    assert "\n" not in said
    assert "an empty text" in str(error("  "))


def test_what_is_missing_is_said_in_points() -> None:
    error = NotEnoughPoints(balance=1_000, needed=2_500, currency="karma")
    assert "costs 2,500 karma and you have 1,000: 1,500 are missing" in str(error)


def test_a_slot_without_alternatives_says_so() -> None:
    assert str(SlotTaken()) == (
        "That slot was just taken. "
        "This mentor has no other open time within reach; try another one."
    )
    assert isinstance(SlotTaken(), SlotUnavailable)


@pytest.mark.parametrize(
    ("offered", "says"),
    [
        ((60,), "sessions of 60 minutes."),
        ((30, 60), "sessions of 30 minutes or 60 minutes."),
        ((15, 30, 60), "sessions of 15 minutes, 30 minutes or 60 minutes."),
    ],
)
def test_the_lengths_that_are_offered(offered: tuple[int, ...], says: str) -> None:
    assert str(WrongDuration(offered)).endswith(says)


def test_a_field_is_named_first() -> None:
    assert str(InvalidField("the bio", "is too short.")) == "The bio is too short."


def test_the_samples_reach_every_refusal() -> None:
    named = {value for value in vars(errors).values() if isinstance(value, type)}
    refusals = {kind for kind in named if issubclass(kind, MentorshipError)}
    assert refusals - {MentorshipError} == {
        kind for kind in kinds() if kind.__module__ == errors.__name__
    }
