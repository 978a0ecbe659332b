"""Where the participants of a session meet, as each of them reads it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from discord import ui

from bot.views.sessions.people import short_name
from mentorship import meeting_places
from mentorship.sessions.lifecycle import Party, Unit
from mentorship.sessions.places.join_link import OPENS_BEFORE
from mentorship.sessions.session_views import SessionView
from wording import groups

_OPENS_MINUTES_BEFORE = OPENS_BEFORE.seconds // 60
_LONGEST_LINK = 150
"""Characters that a card shows of a link."""


def room_announcement(place: str, people: str) -> str:
    """Return a sentence that says when the room for `people` opens; empty for a link."""
    if place not in meeting_places.ROOMS:
        return ""
    room = groups.PLACES[place]
    return f"A {room} for {people} opens {_OPENS_MINUTES_BEFORE} minutes before the start."


def room_news(room: str, link: str | None, channel_id: int | None, missing: str) -> str:
    """Return what happened to a room that people wait for: it's open after all, or it can't be.

    `link` is where they meet instead, and `missing` what to say if there is none.
    """
    name = groups.PLACES.get(room, "meeting room")
    if channel_id is not None:
        return f"The {name} is open now."
    if link is not None:
        return f"The {name} can't be opened, so use the meeting link instead."
    return f"The {name} can't be opened. {missing}"


def takes_mentors_link(session: SessionView, now: datetime) -> bool:
    """Return whether the mentor of a confirmed session can set its link.

    They can unless there is a room in Discord, or one is about to open. The link of a seat is its
    group session's.
    """
    if session.unit is Unit.SEAT:
        return False
    is_due = now >= session.starts_at - OPENS_BEFORE
    return session.place not in meeting_places.ROOMS or (is_due and session.join_link is None)


def link_text(link: str) -> str:
    """Return a link as cards show it: with a token, its host is enough."""
    return link if len(link) <= _LONGEST_LINK else f"[{urlsplit(link).hostname}]({link})"


def link_pending(place: str) -> str:
    """Return a sentence about a meeting that a provider has yet to make."""
    meeting = groups.PLACES[place]
    return f"The link to the {meeting} isn't ready yet. You'll find it here before the start."


def join_buttons(session: SessionView, reader_id: int, now: datetime) -> list[ui.Item[Any]]:
    """Return the Join button of a confirmed session that has a place to meet, else nothing."""
    link = session.join_link_at(reader_id, now)
    return [] if link is None else [ui.Button(label="Join", url=link)]


def meeting_instructions(session: SessionView, reader_id: int, now: datetime) -> str:
    """Return a sentence for one participant that says how to meet.

    Empty if the card shows the link.
    """
    link = session.join_link_at(reader_id, now)
    place = session.place
    if place in meeting_places.ROOMS and now < session.starts_at - OPENS_BEFORE:
        people = "the two of you" if session.unit is Unit.SESSION else "everyone with a seat"
        return room_announcement(place, people)
    if link is not None:
        # The card shows the link above the time.
        return ""
    if meeting_places.is_provider(place):
        return link_pending(place)
    if session.party(reader_id) is Party.MENTOR:
        return f"{short_name(session.mentee)} doesn't know where to meet yet. Add a meeting link."
    return f"{short_name(session.mentor)} will tell you where to meet."
