"""The fields of a mentor profile: parsing, limits and normalization. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from mentorship.errors import Field, InvalidField, Problem

MAX_TAGS = 10
TAG_LENGTHS = (2, 32)
BIO_LENGTHS = (20, 1_000)
MAX_LINK_LENGTH = 500
"""In characters. A link is the address of a Join button, and Discord allows 512 there."""

MIN_DURATION, MAX_DURATION = 15, 240
"""Minutes of a session."""

LONGEST_SESSION = timedelta(minutes=MAX_DURATION)
"""Sessions that started earlier than this are over."""

# RFC 3986, appendix A: what a URI may contain. Anything else has to be percent-encoded.
_URI = re.compile(r"https://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")

_WHOLE_NUMBER = re.compile(r"[0-9]{1,16}|[0-9]{1,3}([,_ ][0-9]{3}){1,4}")


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
    """Split typed text into tags at commas, semicolons and line breaks."""
    return tuple(part for part in text.replace(";", ",").replace("\n", ",").split(",") if part)


def parse_rate(text: str) -> int:
    """Parse a typed number of whole points. Raises `InvalidField`."""
    # A comma separates thousands only before three digits; before others it may be decimal.
    if not _WHOLE_NUMBER.fullmatch(text.strip()):
        raise InvalidField(Field.HOURLY_RATE, Problem.NOT_A_WHOLE_NUMBER)
    return int(re.sub(r"[,_ ]", "", text))


def normalize_tag(text: str) -> str:
    """Normalize a tag: NFKC, case-folded, single spaces. Raises `InvalidField`."""
    # Case folding can decompose characters, so normalize again after it.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    tag = " ".join(folded.split())
    shortest, longest = TAG_LENGTHS
    if not shortest <= len(tag) <= longest:
        raise InvalidField(Field.EXPERTISE, Problem.WRONG_LENGTH, least=shortest, most=longest)
    if not any(character.isalnum() for character in tag):
        raise InvalidField(Field.EXPERTISE, Problem.WITHOUT_WORDS)
    return tag


def validate_expertise(expertise: Sequence[str]) -> tuple[str, ...]:
    """Normalize tags and drop duplicates; text with commas is several tags.

    Raises `InvalidField`, also for more than `MAX_TAGS` tags or none.
    """
    parts = [part for text in expertise for part in parse_expertise(text) if part.strip()]
    tags = tuple(dict.fromkeys(map(normalize_tag, parts)))
    if not 1 <= len(tags) <= MAX_TAGS:
        raise InvalidField(
            Field.EXPERTISE, Problem.WRONG_COUNT, least=1, most=MAX_TAGS, count=len(tags)
        )
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

    Only `https` with a plain host name is accepted: no user name, which can pass for the host, no
    IP address, and no letters that look like others (also not as `xn--`). Raises `InvalidField`.
    """
    link = text.strip()
    if not link:
        return None
    if len(link) > MAX_LINK_LENGTH:
        raise InvalidField(Field.MEETING_LINK, Problem.TOO_LONG, most=MAX_LINK_LENGTH)
    if not _URI.fullmatch(link):
        raise InvalidField(Field.MEETING_LINK, Problem.UNREADABLE)
    try:
        parts = urlsplit(link)
        host, _ = (parts.hostname or "").lower(), parts.port
    except ValueError:  # unbalanced brackets, or a port that is none
        raise InvalidField(Field.MEETING_LINK, Problem.UNREADABLE) from None
    if "@" in parts.netloc or not _HOST.fullmatch(host) or "xn--" in host:
        raise InvalidField(Field.MEETING_LINK, Problem.UNREADABLE)
    return link


def validate(content: ProfileContent, maximum_rate: int) -> ProfileContent:
    """Normalize every field. Raises `InvalidField` for the first invalid one."""
    return ProfileContent(
        validate_expertise(content.expertise),
        validate_rate(content.hourly_rate, maximum_rate),
        validate_bio(content.bio),
        (content.reason or "").strip() or None,
        None if content.meeting_link is None else validate_link(content.meeting_link) or "",
    )
