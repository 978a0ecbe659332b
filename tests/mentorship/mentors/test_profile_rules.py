"""The fields of a mentor profile: normalization and limits."""

from __future__ import annotations

import pytest

from mentorship.errors import InvalidField
from mentorship.mentors.profile_rules import (
    ProfileContent,
    normalize_tag,
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
    assert [len(normalize_tag("x" * length)) for length in (2, 32)] == [2, 32]
    assert len(validate_expertise([f"tag {number}" for number in range(10)])) == 10


@pytest.mark.parametrize("length", [19, 1_001])
def test_a_bio_outside_its_limits_is_invalid(length: int) -> None:
    with pytest.raises(InvalidField):
        validate_bio("x" * length)


@pytest.mark.parametrize("tag", ["x", "x" * 33, "++"])
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


@pytest.mark.parametrize("text", ["", "free", "1,5", "50.0", "-5", "٤٢"])
def test_a_rate_that_is_no_whole_number_is_invalid(text: str) -> None:
    with pytest.raises(InvalidField):
        parse_rate(text)
