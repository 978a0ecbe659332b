"""Invalid fields: a sentence for each problem that the code raises."""

from __future__ import annotations

import ast
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from mentorship.errors import Field, InvalidField, Problem
from mentorship.guilds.setting_limits import (
    SETTINGS,
    Choice,
    Duration,
    Durations,
    Emoji,
    LanguageTag,
    Name,
    Reference,
    References,
    Server,
    Setting,
    WholeNumber,
)
from tests.errors import sentence
from wording.administration.settings import label
from wording.reader import ENGLISH

ROOT = Path(__file__).parents[2]

PROBLEMS_OF_SETTINGS = {
    Reference: (Problem.UNKNOWN_ID,),
    References: (Problem.UNKNOWN_ID, Problem.TOO_MANY),
    Choice: (Problem.NOT_AN_OPTION,),
    WholeNumber: (Problem.NOT_A_WHOLE_NUMBER, Problem.OUT_OF_RANGE),
    Duration: (Problem.NOT_A_DURATION, Problem.OUT_OF_RANGE),
    Durations: (Problem.NOT_A_DURATION, Problem.OUT_OF_RANGE, Problem.TOO_MANY),
    Name: (Problem.UNREADABLE,),
    Emoji: (Problem.UNREADABLE,),
    Server: (Problem.UNREADABLE, Problem.TOO_LONG),
    LanguageTag: (Problem.NOT_AN_OPTION,),
}


def raised_problems() -> set[tuple[Field, Problem]]:
    """Return the fields and problems of the calls that name both."""
    pairs = set()
    for path in [*ROOT.glob("mentorship/**/*.py"), *ROOT.glob("bot/**/*.py")]:
        code = path.read_text("utf-8")
        # Parsing is slow, and few modules raise this error.
        for node in ast.walk(ast.parse(code)) if "InvalidField(" in code else ():
            match node:
                case ast.Call(
                    func=ast.Name("InvalidField"),
                    args=[
                        ast.Attribute(ast.Name("Field"), field),
                        ast.Attribute(ast.Name("Problem"), problem),
                    ],
                ):
                    pairs.add((Field[field], Problem[problem]))
    return pairs


def sentence_of(field: Field, problem: Problem) -> str:
    """Return the sentence of a problem, with a sample value for each fact."""
    facts = {"least": 1, "most": 2_000, "count": 3, "typed": "x", "date": date(2026, 3, 2)}
    return sentence(InvalidField(field, problem, **facts))  # type: ignore[arg-type]


def test_calls_with_a_literal_field_and_problem_are_detected() -> None:
    assert len(raised_problems()) > 30


@pytest.mark.parametrize(("field", "problem"), sorted(raised_problems()))
def test_every_raised_problem_has_a_sentence(field: Field, problem: Problem) -> None:
    text = sentence_of(field, problem)
    assert text[0].isupper()
    assert text[-1] == "."
    assert "The  " not in text, "the field has a name"


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        *product(
            (Field.GIFT_AMOUNT, Field.GRANT_AMOUNT, Field.DEDUCTION_AMOUNT),
            (Problem.ZERO, Problem.NEGATIVE, Problem.TOO_LARGE),
        ),
        *product(
            (Field.SLOT_STEP, Field.BUFFER_BEFORE, Field.BUFFER_AFTER, Field.MINIMUM_NOTICE),
            (Problem.OUT_OF_RANGE,),
        ),
        *product(
            (Field.HORIZON_DAYS, Field.MOST_PER_DAY, Field.MOST_PER_WEEK), (Problem.OUT_OF_RANGE,)
        ),
        *product((Field.SEARCH_EXPERTISE, Field.SEARCH_TEXT), (Problem.TOO_LONG,)),
        *product((Field.MENTOR, Field.SESSION, Field.REVIEW), (Problem.NOT_SUGGESTED,)),
    ],
)
def test_problem_of_several_fields_has_a_sentence_for_each(field: Field, problem: Problem) -> None:
    text = sentence_of(field, problem)
    assert text.startswith("The ")
    assert text[-1] == "."
    assert "The  " not in text


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_every_setting_problem_names_the_setting(setting: Setting) -> None:
    for problem in PROBLEMS_OF_SETTINGS[type(setting)]:
        text = sentence_of(setting.field, problem)
        assert label(setting.field, ENGLISH).removesuffix("s") in text
        assert text[-1] == "."


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            InvalidField(Field.FEE_PERCENT, Problem.OUT_OF_RANGE, least=0, most=100),
            "The fee must be between 0 and 100%.",
        ),
        (
            InvalidField(Field.STARTING_BALANCE, Problem.OUT_OF_RANGE, least=0, most=1_000_000),
            "The starting balance must be between 0 and 1,000,000.",
        ),
        (
            InvalidField(Field.CONFIRM_WITHIN, Problem.OUT_OF_RANGE, least=15, most=10_080),
            "The time to confirm must be between 15 minutes and 7 days.",
        ),
        (
            InvalidField(Field.REMINDERS, Problem.NOT_A_DURATION, typed="`soon`"),
            "The reminder takes a number and its unit, such as `24 hours`, `45 minutes` or `2 "
            "days`, not `soon`.",
        ),
        (
            InvalidField(Field.COMPLETE_AFTER, Problem.NOT_A_DURATION, typed=""),
            "The time to report attendance takes a number and its unit, such as `24 hours`, "
            "`45 minutes` or `2 days`.",
        ),
        (
            InvalidField(Field.MEETING_PLACE, Problem.NOT_AN_OPTION),
            "The meeting place must be one of these: the mentor's own link, a private thread, "
            "a private voice channel, a Jitsi room, a Zoom meeting, a Daily room.",
        ),
        (
            InvalidField(Field.MEETING_PARENT_ID, Problem.NOT_A_CATEGORY),
            "To meet in a private voice channel, choose a category as the place of meeting rooms, "
            "or none.",
        ),
        (
            InvalidField(Field.DATE, Problem.PAST, date=date(2026, 3, 2)),
            "Mon 2 Mar 2026 is in the past. Choose a later date.",
        ),
        (
            InvalidField(Field.BIO, Problem.WRONG_LENGTH, least=20, most=1_000, count=1_001),
            "The bio needs 20 to 1,000 characters, and yours has 1,001.",
        ),
    ],
)
def test_sentence_states_the_limits(error: InvalidField, text: str) -> None:
    assert sentence(error) == text
