"""The fields of a mentor profile: normalization and limits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mentorship.errors import Field, InvalidField, Problem
from mentorship.mentors.profile_rules import (
    ProfileContent,
    normalize_tag,
    parse_form,
    parse_rate,
    validate,
    validate_bio,
    validate_expertise,
    validate_rate,
)

BIO = "I have written Python for twenty years."


@pytest.mark.parametrize(
    ("reason", "stored"),
    [(None, None), ("", None), ("  ", None), (" To give back. ", "To give back.")],
)
def test_the_reason_for_applying_is_trimmed(reason: str | None, stored: str | None) -> None:
    assert validate(ProfileContent(["Python"], 60, f" {BIO} ", reason), 100) == ProfileContent(
        ("python",), 60, BIO, stored
    )


def test_profile_limits_are_inclusive() -> None:
    assert validate_rate(0, 100) == 0
    assert validate_rate(100, 100) == 100
    assert [len(validate_bio("x" * length)) for length in (20, 1_000)] == [20, 1_000]
    assert [len(normalize_tag("x" * length)) for length in (1, 32)] == [1, 32]
    assert len(validate_expertise([f"tag {number}" for number in range(10)])) == 10


@pytest.mark.parametrize("length", [19, 1_001])
def test_a_bio_outside_its_limits_is_invalid(length: int) -> None:
    with pytest.raises(InvalidField):
        validate_bio("x" * length)


@pytest.mark.parametrize("tag", ["", "x" * 33, "++"])
def test_a_tag_outside_its_limits_is_invalid(tag: str) -> None:
    with pytest.raises(InvalidField):
        normalize_tag(tag)


@pytest.mark.parametrize("expertise", [[], [" ", ","], [f"tag {number}" for number in range(11)]])
def test_too_few_and_too_many_tags_are_invalid(expertise: list[str]) -> None:
    with pytest.raises(InvalidField) as refused:
        validate_expertise(expertise)
    assert (refused.value.least, refused.value.most) == (1, 10)
    assert refused.value.count == (11 if len(expertise) == 11 else 0)


@pytest.mark.parametrize("rate", [-1, 101])
def test_a_rate_outside_the_guilds_limits_is_invalid(rate: int) -> None:
    with pytest.raises(InvalidField):
        validate_rate(rate, 100)


@pytest.mark.parametrize(("text", "rate"), [("50", 50), (" 1,000 ", 1_000), ("10 000", 10_000)])
def test_rates_with_separators_are_parsed(text: str, rate: int) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "free", "1,5", "50.0", "-5", "4٢"])
def test_a_rate_that_is_no_whole_number_is_invalid(text: str) -> None:
    with pytest.raises(InvalidField):
        parse_rate(text)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("Python, git", ("python", "git")),
        ("python;git\ncareers", ("python", "git", "careers")),
        ("code   Review", ("code review",)),
        ("ｐｙｔｈｏｎ, PYTHON", ("python",)),
    ],
)
def test_expertise_is_split_normalized_and_unique(text: str, tags: tuple[str, ...]) -> None:
    assert validate_expertise([text]) == tags


@pytest.mark.parametrize(
    ("validation", "expected"),
    [
        (lambda: parse_rate("free"), (Field.HOURLY_RATE, Problem.NOT_A_WHOLE_NUMBER, None, None)),
        (lambda: validate_rate(101, 100), (Field.HOURLY_RATE, Problem.OUT_OF_RANGE, 0, 100)),
        (lambda: normalize_tag("x" * 33), (Field.EXPERTISE, Problem.WRONG_LENGTH, 1, 32)),
        (lambda: normalize_tag("++"), (Field.EXPERTISE, Problem.WITHOUT_WORDS, None, None)),
        (lambda: validate_expertise([]), (Field.EXPERTISE, Problem.WRONG_COUNT, 1, 10)),
        (lambda: validate_bio("x"), (Field.BIO, Problem.WRONG_LENGTH, 20, 1_000)),
    ],
)
def test_an_invalid_field_names_its_problem_and_limits(
    validation: Callable[[], object],
    expected: tuple[Field, Problem, int | None, int | None],
) -> None:
    with pytest.raises(InvalidField) as error:
        validation()
    invalid = error.value
    assert (invalid.field, invalid.problem, invalid.least, invalid.most) == expected


def test_a_bio_of_the_wrong_length_is_counted() -> None:
    with pytest.raises(InvalidField) as error:
        validate_bio(" xyz ")
    assert error.value.count == 3


def test_all_problems_of_a_form_are_named_once() -> None:
    tags = [*("x" * 33 + str(number) for number in range(11)), "++"]
    with pytest.raises(InvalidField) as error:
        parse_form(tags, "fifty", "short", "http://example.com")
    assert [(each.field, each.problem) for each in (error.value, *error.value.others)] == [
        (Field.HOURLY_RATE, Problem.NOT_A_WHOLE_NUMBER),
        (Field.EXPERTISE, Problem.WRONG_LENGTH),
        (Field.EXPERTISE, Problem.WITHOUT_WORDS),
        (Field.EXPERTISE, Problem.WRONG_COUNT),
        (Field.BIO, Problem.WRONG_LENGTH),
        (Field.MEETING_LINK, Problem.UNREADABLE),
    ]


def test_languages_of_one_letter_are_expertise() -> None:
    assert validate_expertise(["C, R, Go"]) == ("c", "r", "go")
