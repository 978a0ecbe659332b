"""Where the participants of a session meet, as each of them reads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from discord import ui

from bot.views.sessions.people import short_name
from mentorship import meeting_places
from mentorship.sessions.lifecycle import Party, Unit
from mentorship.sessions.places.join_link import OPENS_BEFORE
from mentorship.sessions.session_views import SessionView
from wording.translation import N_, _, ngettext, pgettext, sentences

_OPENS_MINUTES_BEFORE = OPENS_BEFORE.seconds // 60
_LONGEST_LINK = 150
"""Characters that a card shows of a link."""

_OPEN: Mapping[str, str] = {
    "thread": N_("The private thread is open now."),
    "voice": N_("The voice channel is open now."),
    "stage": N_("The stage channel is open now."),
}
_REPLACED_BY_LINK: Mapping[str, str] = {
    "thread": N_("The private thread can't be opened, so use the meeting link instead."),
    "voice": N_("The voice channel can't be opened, so use the meeting link instead."),
    "stage": N_("The stage channel can't be opened, so use the meeting link instead."),
    # Translators: Jitsi, Zoom and Daily are names of services for video meetings.
    "jitsi": N_("The Jitsi room can't be opened, so use the meeting link instead."),
    "zoom": N_("The Zoom meeting can't be opened, so use the meeting link instead."),
    "daily": N_("The Daily room can't be opened, so use the meeting link instead."),
}
_NOT_OPEN: Mapping[str, str] = {
    "thread": N_("The private thread can't be opened."),
    "voice": N_("The voice channel can't be opened."),
    "stage": N_("The stage channel can't be opened."),
    "jitsi": N_("The Jitsi room can't be opened."),
    "zoom": N_("The Zoom meeting can't be opened."),
    "daily": N_("The Daily room can't be opened."),
}
_PENDING: Mapping[str, str] = {
    "jitsi": N_("The link to the Jitsi room isn't ready yet."),
    "zoom": N_("The link to the Zoom meeting isn't ready yet."),
    "daily": N_("The link to the Daily room isn't ready yet."),
}


def room_announcement(place: str, unit: Unit) -> str:
    """Return a sentence that says when a room opens; empty for a link.

    `unit` says whether it is for a session of two or for everyone in a group session.
    """
    count = _OPENS_MINUTES_BEFORE
    is_for_two = unit is Unit.SESSION
    match place:
        case "thread" if is_for_two:
            return ngettext(
                "A private thread for the two of you opens {count} minute before the start.",
                "A private thread for the two of you opens {count} minutes before the start.",
                count,
            )
        case "thread":
            return ngettext(
                "A private thread for everyone with a seat opens {count} minute before the start.",
                "A private thread for everyone with a seat opens {count} minutes before the start.",
                count,
            )
        case "voice" if is_for_two:
            return ngettext(
                "A voice channel for the two of you opens {count} minute before the start.",
                "A voice channel for the two of you opens {count} minutes before the start.",
                count,
            )
        case "voice":
            return ngettext(
                "A voice channel for everyone with a seat opens {count} minute before the start.",
                "A voice channel for everyone with a seat opens {count} minutes before the start.",
                count,
            )
        case "stage" if is_for_two:
            return ngettext(
                "A stage channel for the two of you opens {count} minute before the start.",
                "A stage channel for the two of you opens {count} minutes before the start.",
                count,
            )
        case "stage":
            return ngettext(
                "A stage channel for everyone with a seat opens {count} minute before the start.",
                "A stage channel for everyone with a seat opens {count} minutes before the start.",
                count,
            )
    return ""


def room_news(room: str, link: str | None, channel_id: int | None, missing: str) -> str:
    """Return what happened to a room that people wait for: it's open after all, or it can't be.

    `link` is where they meet instead, and `missing` what to say if there is none.
    """
    if channel_id is not None:
        text = _OPEN.get(room)
        return _(text) if text else _("The meeting room is open now.")
    if link is not None:
        text = _REPLACED_BY_LINK.get(room)
        if text:
            return _(text)
        return _("The meeting room can't be opened, so use the meeting link instead.")
    text = _NOT_OPEN.get(room)
    return sentences(_(text) if text else _("The meeting room can't be opened."), missing)


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
    """Return that a provider has yet to make a meeting, and where its link will be."""
    return sentences(_(_PENDING[place]), _("You'll find it here before the start."))


def join_buttons(session: SessionView, reader_id: int, now: datetime) -> list[ui.Item[Any]]:
    """Return the Join button of a confirmed session that has a place to meet, else nothing."""
    link = session.join_link_at(reader_id, now)
    if link is None:
        return []
    return [ui.Button(label=pgettext("button of a meeting link", "Join"), url=link)]


def meeting_instructions(session: SessionView, reader_id: int, now: datetime) -> str:
    """Return a sentence for one participant that says how to meet.

    Empty if the card shows the link.
    """
    link = session.join_link_at(reader_id, now)
    place = session.place
    if place in meeting_places.ROOMS and now < session.starts_at - OPENS_BEFORE:
        return room_announcement(place, session.unit)
    if link is not None:
        # The card shows the link above the time.
        return ""
    if meeting_places.is_provider(place):
        return link_pending(place)
    if session.party(reader_id) is Party.MENTOR:
        return _(
            "{name} doesn't know where to meet yet. Add a meeting link.",
            name=short_name(session.mentee),
        )
    return _("{name} will tell you where to meet.", name=short_name(session.mentor))
