"""The limits of notes, next steps and links, and who a step is for. Pure."""

from __future__ import annotations

import unicodedata
from enum import StrEnum, auto
from urllib.parse import urlsplit

from mentorship import web_addresses
from mentorship.errors import Field, InvalidField, Problem

MAX_NOTE = 2_000
MAX_STEP = 200
MAX_LABEL = 80
MAX_ADDRESS = 500
"""Maximum lengths, in characters."""

MAX_STEPS = 5
MAX_LINKS = 5
"""How many a session can have."""


class Assignee(StrEnum):
    """Who is to do a next step."""

    MENTOR = auto()
    MENTEE = auto()
    BOTH = auto()


def clean(text: str) -> str:
    """Return a typed text trimmed, in Unicode's NFC and without null characters."""
    # PostgreSQL stores no null characters.
    return unicodedata.normalize("NFC", text).replace("\0", "").strip()


def validate_note(text: str) -> str:
    """Return a note, cleaned; it may be empty. Raises `InvalidField`."""
    note = clean(text)
    if len(note) > MAX_NOTE:
        raise InvalidField(Field.SESSION_NOTE, Problem.TOO_LONG, most=MAX_NOTE, count=len(note))
    return note


def validate_step(text: str) -> str:
    """Return the text of a next step as one line. Raises `InvalidField`."""
    step = " ".join(clean(text).split())
    if not step:
        raise InvalidField(Field.STEP_TEXT, Problem.MISSING)
    if len(step) > MAX_STEP:
        raise InvalidField(Field.STEP_TEXT, Problem.TOO_LONG, most=MAX_STEP, count=len(step))
    return step


def validate_link(label: str, address: str) -> tuple[str, str]:
    """Return a link's label and address. Without a label, it is the address's host.

    The address is one that anybody can be given to press: https, and not of a private network.
    Raises `InvalidField`, with the problems of both.
    """
    problems = []
    url = address.strip()
    if len(url) > MAX_ADDRESS:
        problems.append(InvalidField(Field.LINK_ADDRESS, Problem.TOO_LONG, most=MAX_ADDRESS))
    elif not web_addresses.is_public_link(url):
        problems.append(InvalidField(Field.LINK_ADDRESS, Problem.UNREADABLE))
    name = " ".join(clean(label).split())
    if len(name) > MAX_LABEL:
        problems.append(InvalidField(Field.LINK_LABEL, Problem.TOO_LONG, most=MAX_LABEL))
    if problems:
        first, *others = problems
        first.others = tuple(others)
        raise first
    return name or (urlsplit(url).hostname or "")[:MAX_LABEL], url
