"""The fields of a mentor profile: parsing, limits and normalization. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from mentorship import web_addresses
from mentorship.errors import Field, InvalidField, Problem
from mentorship.typed_numbers import parse_whole_number

_Value = TypeVar("_Value")
_Valid = TypeVar("_Valid")

MAX_TAGS = 10
TAG_LENGTHS = (1, 32)
BIO_LENGTHS = (20, 1_000)
MAX_LINK_LENGTH = 500
"""In characters. A link is the address of a Join button, and Discord allows 512 there."""

MIN_DURATION, MAX_DURATION = 15, 240
"""Minutes of a session."""

LONGEST_SESSION = timedelta(minutes=MAX_DURATION)
"""Sessions that started earlier than this are over."""


@dataclass(frozen=True, slots=True)
class ProfileContent:
    """The content of a mentor profile. `hourly_rate` is whole points.

    `reason` is why a person applies; only the main app's form has it and only moderators see it.
    `meeting_link` needs no approval; None leaves it as it is, an empty text removes it.
    """

    expertise: Sequence[str]
    hourly_rate: int
    bio: str
    reason: str | None = None
    meeting_link: str | None = None


def parse_expertise(text: str) -> tuple[str, ...]:
    """Split typed text into tags at commas and semicolons of any script, and line breaks."""
    return tuple(part for part in re.split(r"[,;\n、，；،؛]", text) if part)


def parse_rate(text: str, locale: str | None = None) -> int:
    """Parse a number of whole points, as a locale writes it. Raises `InvalidField`."""
    rate = parse_whole_number(text, locale)
    if rate is None:
        raise InvalidField(Field.HOURLY_RATE, Problem.NOT_A_WHOLE_NUMBER)
    return rate


def fold_tag(text: str) -> str:
    """Return text in the spelling of tags: NFKC, case-folded, single spaces."""
    # Case folding can decompose characters, so normalize again after it.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def normalize_tag(text: str) -> str:
    """Normalize a tag as `fold_tag` does. Raises `InvalidField` for what can't be one."""
    tag = fold_tag(text)
    shortest, longest = TAG_LENGTHS
    if not shortest <= len(tag) <= longest:
        raise InvalidField(Field.EXPERTISE, Problem.WRONG_LENGTH, least=shortest, most=longest)
    if not any(character.isalnum() for character in tag):
        raise InvalidField(Field.EXPERTISE, Problem.WITHOUT_WORDS)
    return tag


def validate_expertise(expertise: Sequence[str]) -> tuple[str, ...]:
    """Normalize tags and drop duplicates; text with commas is several tags.

    Raises `InvalidField`, also for more than `MAX_TAGS` tags or none, with all problems.
    """
    problems = _Problems()
    parts = [part for text in expertise for part in parse_expertise(text) if part.strip()]
    tags = tuple(dict.fromkeys(problems.collect(normalize_tag, part, part) for part in parts))
    if not 1 <= len(tags) <= MAX_TAGS:
        problems.add(
            InvalidField(
                Field.EXPERTISE, Problem.WRONG_COUNT, least=1, most=MAX_TAGS, count=len(tags)
            )
        )
    problems.raise_any()
    return tags


def validate_rate(rate: int, maximum: int) -> int:
    """Return the rate if the guild allows it. Raises `InvalidField`."""
    if not 0 <= rate <= maximum:
        raise InvalidField(Field.HOURLY_RATE, Problem.OUT_OF_RANGE, least=0, most=maximum)
    return rate


def validate_bio(text: str) -> str:
    """Normalize the bio to NFC, trimmed. Raises `InvalidField`."""
    bio = unicodedata.normalize("NFC", text).strip()
    shortest, longest = BIO_LENGTHS
    if not shortest <= len(bio) <= longest:
        raise InvalidField(
            Field.BIO, Problem.WRONG_LENGTH, least=shortest, most=longest, count=len(bio)
        )
    return bio


def validate_link(text: str) -> str | None:
    """Return a typed link, trimmed, or None for an empty text.

    Only what `web_addresses.is_link` accepts is. Raises `InvalidField`.
    """
    link = text.strip()
    if not link:
        return None
    if len(link) > MAX_LINK_LENGTH:
        raise InvalidField(Field.MEETING_LINK, Problem.TOO_LONG, most=MAX_LINK_LENGTH)
    if not web_addresses.is_link(link):
        raise InvalidField(Field.MEETING_LINK, Problem.UNREADABLE)
    return link


def validate(content: ProfileContent, maximum_rate: int) -> ProfileContent:
    """Normalize every field. Raises `InvalidField` with the problems of all fields."""
    problems, link = _Problems(), content.meeting_link
    validated = ProfileContent(
        problems.collect(validate_expertise, content.expertise, ()),
        problems.collect(lambda rate: validate_rate(rate, maximum_rate), content.hourly_rate, 0),
        problems.collect(validate_bio, content.bio, ""),
        (content.reason or "").strip() or None,
        None if link is None else problems.collect(validate_link, link, None) or "",
    )
    problems.raise_any()
    return validated


def parse_form(
    expertise: Sequence[str], rate: str, bio: str, meeting_link: str, locale: str | None = None
) -> ProfileContent:
    """Return the content of a form, of which only the rate has been read.

    Raises `InvalidField` for a rate that is no number, with the problems of the other fields.
    """
    content = ProfileContent(expertise, 0, bio, meeting_link=meeting_link)
    problems = _Problems()
    parsed = problems.collect(lambda text: parse_rate(text, locale), rate, 0)
    content = replace(content, hourly_rate=parsed)
    if problems:
        problems.collect(lambda fields: validate(fields, content.hourly_rate), content, content)
    problems.raise_any()
    return content


class _Problems:
    """The problems of a form, each of which is named once."""

    def __init__(self) -> None:
        self._found: list[InvalidField] = []

    def add(self, error: InvalidField) -> None:
        """Add a problem and its `others`, without those of the same kind as one before."""
        for problem in (replace(error, others=()), *error.others):
            if vars(problem) not in map(vars, self._found):
                self._found.append(problem)

    def __bool__(self) -> bool:
        return bool(self._found)

    def collect(
        self, validation: Callable[[_Value], _Valid], value: _Value, default: _Valid
    ) -> _Valid:
        """Return the validated value, or the default if it is invalid."""
        try:
            return validation(value)
        except InvalidField as error:
            self.add(error)
            return default

    def raise_any(self) -> None:
        """Raise the first problem with the others, if there are any."""
        if self._found:
            first, *others = self._found
            raise replace(first, others=tuple(others))
