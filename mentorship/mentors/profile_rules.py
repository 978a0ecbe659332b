"""What may stand in a mentor's profile: the limits of each field, and how it is tidied. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from mentorship.errors import InvalidField

MOST_TAGS = 10
TAG_LENGTHS = (2, 32)
BIO_LENGTHS = (20, 1_000)

_WHOLE_NUMBER = re.compile(r"[0-9]{1,16}|[0-9]{1,3}([,_ ][0-9]{3}){1,4}")


@dataclass(frozen=True, slots=True)
class Application:
    """What a mentor says of themselves: tags, whole points an hour, and some words.

    `reason` is why they apply, for the moderators alone; the main app's form asks for it.
    """

    expertise: Sequence[str]
    hourly_rate: int
    bio: str
    reason: str | None = None


def read_expertise(text: str) -> tuple[str, ...]:
    """Tags from what was typed with commas, semicolons or new lines between them."""
    return tuple(part for part in text.replace(";", ",").replace("\n", ",").split(",") if part)


def read_rate(text: str) -> int:
    """Whole points from what was typed. Raises `InvalidField`."""
    # A comma before other than three digits is somebody's decimal point.
    if not _WHOLE_NUMBER.fullmatch(text.strip()):
        raise InvalidField("the hourly rate", "must be a whole number of points, such as `50`.")
    return int(re.sub(r"[,_ ]", "", text))


def tidy_tag(text: str) -> str:
    """One tag as it is stored: Unicode NFKC, case-folded, single spaces. Raises `InvalidField`."""
    # Folding the case may leave characters in parts, so they are put together again.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    tag = " ".join(folded.split())
    shortest, longest = TAG_LENGTHS
    if not shortest <= len(tag) <= longest:
        raise InvalidField(
            "expertise",
            f"is made of words of {shortest}–{longest} characters, with commas between.",
        )
    if not any(character.isalnum() for character in tag):
        raise InvalidField("expertise", "needs letters or digits in each of its words.")
    return tag


def check_expertise(expertise: Sequence[str]) -> tuple[str, ...]:
    """The tags, tidied and each once; one with commas in it is several. Raises `InvalidField`."""
    parts = [part for text in expertise for part in read_expertise(text) if part.strip()]
    tags = tuple(dict.fromkeys(map(tidy_tag, parts)))
    if not 1 <= len(tags) <= MOST_TAGS:
        raise InvalidField(
            "expertise",
            f"takes 1 to {MOST_TAGS} words with commas between, such as `python, git, careers`; "
            f"yours has {len(tags)}.",
        )
    return tags


def check_rate(rate: int, maximum: int) -> int:
    """The rate, if the guild allows it. Raises `InvalidField`."""
    if not 0 <= rate <= maximum:
        raise InvalidField("the hourly rate", f"must be between 0 and {maximum:,} here.")
    return rate


def check_bio(text: str) -> str:
    """The bio, trimmed. Raises `InvalidField`."""
    bio = unicodedata.normalize("NFC", text).strip()
    shortest, longest = BIO_LENGTHS
    if not shortest <= len(bio) <= longest:
        raise InvalidField(
            "the bio",
            f"needs {shortest} to {longest:,} characters so that people can choose; "
            f"yours has {len(bio):,}.",
        )
    return bio


def check(application: Application, maximum_rate: int) -> Application:
    """The application with every field tidied. Raises `InvalidField` for the first that is off."""
    return Application(
        check_expertise(application.expertise),
        check_rate(application.hourly_rate, maximum_rate),
        check_bio(application.bio),
        (application.reason or "").strip() or None,
    )
