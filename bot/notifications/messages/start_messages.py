"""The cards of notifications about the start: who will be late, and whose clock has moved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from discord import ui

from bot.formatting import discord_timestamp, plain_title
from bot.notifications.message import Message, card_of_session, names_in_headline
from bot.notifications.time_left import JOIN_SHOWN_FROM
from bot.views.lateness.buttons import late_buttons
from bot.views.lateness.texts import other_is_late
from bot.views.sessions.calendar import CalendarFileButton
from bot.views.sessions.meeting_place import join_buttons, meeting_instructions
from bot.views.sessions.people import other_name
from bot.views.sessions.session_actions import action_view, link_buttons
from mentorship.delivery.loading import DueNotification
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Action, Party, Unit
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import AGREED, UPCOMING
from wording import times
from wording.reader import Reader
from wording.translation import _, sentences

_ACTIONS = (Action.CONFIRM, Action.DECLINE, Action.PROPOSE, Action.CANCEL)


def place_buttons(
    notification: DueNotification, session: SessionView, reader_id: int
) -> list[ui.Item[Any]]:
    """Return the Join button within an hour of the start, or the mentor's button to add a link.

    Nearer to the start, the reader can also say that they will be late.
    """
    now = notification.now
    late = late_buttons(session, reader_id, now)
    if session.join_link_at(reader_id, now) is None:
        return [*link_buttons(session, reader_id, now), *late]
    is_near = now >= session.starts_at - JOIN_SHOWN_FROM
    return [*(join_buttons(session, reader_id, now) if is_near else []), *late]


def message_about_place(
    notification: DueNotification,
    session: SessionView,
    reader_id: int,
    reader: Reader,
    headline: str,
    text: str,
) -> Message:
    """Return a message whose only buttons are those of `place_buttons`."""
    return Message(
        headline,
        card_of_session(notification, session, reader_id, reader, text),
        action_view(
            session,
            reader_id,
            notification.now,
            *place_buttons(notification, session, reader_id),
            only=(),
        ),
    )


def meeting_ready(provider: str) -> str:
    """Return that a provider has made the meeting that people wait for."""
    match provider:
        case "zoom":
            return _("Your Zoom meeting is ready.")
        case "jitsi":
            return _("Your Jitsi room is ready.")
        case "daily":
            return _("Your Daily room is ready.")
    return _("Your meeting link is ready.")


def running_late(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    """Return that the other side will be late, None once that doesn't matter any more."""
    party = session.party(reader_id)
    minutes = session.late.get(party.other)
    if minutes is None or session.status not in AGREED or notification.now >= session.ends_at:
        return None
    expected_at = session.starts_at + timedelta(minutes=minutes)
    place = meeting_instructions(session, reader_id, notification.now)
    expected = _("Expected at {time}.", time=discord_timestamp(expected_at, "t"))
    text = sentences(expected, place)
    headline = other_is_late(other_name(session, reader_id), minutes, reader)
    return message_about_place(notification, session, reader_id, reader, headline, text)


def local_time_changed(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    """Return what the clock of one side shows at the start by its new rules."""
    if session.status not in UPCOMING:
        return None
    party = session.party(reader_id)
    own = _shift(notification, session, party)
    other = _shift(notification, session, party.other)
    if own is not None:
        headline = _own_change(session, reader_id, *own, reader)
        text = _own_rules(own[0], reader)
    elif other is not None:
        zone, minutes = other
        headline = _others_change(session, reader_id, zone, minutes, reader)
        text = sentences(_rules(zone, reader), _("Your own time stays the same."))
    else:
        return None
    return Message(
        headline,
        card_of_session(notification, session, reader_id, reader, text),
        action_view(
            session,
            reader_id,
            notification.now,
            CalendarFileButton.of(session),
            only=_ACTIONS,
        ),
    )


def group_time_changed(
    notification: DueNotification, group: GroupView, reader: Reader
) -> tuple[str, str] | None:
    """Return the headline and text for the mentor of a group session whose clock has moved."""
    shift = notification.facts.get("mentor_shift")
    if group.status not in UPCOMING or shift is None:
        return None
    day, new, old = times.moved_clock(group.starts_at, group.timezone, shift, reader)
    headline = _(
        "“{title}” on {day} now starts at {new} your time, not {old}.",
        title=plain_title(group.title),
        day=day,
        new=new,
        old=old,
    )
    return headline, _own_rules(group.timezone, reader)


def _shift(
    notification: DueNotification, session: SessionView, party: Party
) -> tuple[str, int] | None:
    """Return the zone of one side and by how many minutes its clock moved, None if it didn't."""
    zone = session.timezone if party is Party.MENTOR else session.booked_timezone
    shift = notification.facts.get(f"{party}_shift")
    return None if zone is None or shift is None else (zone, shift)


def _own_change(session: SessionView, reader_id: int, zone: str, shift: int, reader: Reader) -> str:
    day, new, old = times.moved_clock(session.starts_at, zone, shift, reader)
    names = names_in_headline(session, reader_id)
    if session.unit is Unit.SEAT:
        return _(
            "“{title}” with {name} on {day} now starts at {new} your time, not {old}.",
            day=day,
            new=new,
            old=old,
            **names,
        )
    return _(
        "Your session with {name} on {day} now starts at {new} your time, not {old}.",
        day=day,
        new=new,
        old=old,
        **names,
    )


def _others_change(
    session: SessionView, reader_id: int, zone: str, shift: int, reader: Reader
) -> str:
    day, new, old = times.moved_clock(session.starts_at, zone, shift, reader)
    names = names_in_headline(session, reader_id)
    if session.unit is Unit.SEAT:
        return _(
            "For {name}, “{title}” on {day} now starts at {new}, not {old}.",
            day=day,
            new=new,
            old=old,
            **names,
        )
    return _(
        "For {name}, your session on {day} now starts at {new}, not {old}.",
        day=day,
        new=new,
        old=old,
        **names,
    )


def _own_rules(zone: str, reader: Reader) -> str:
    return sentences(
        _rules(zone, reader),
        _(
            "The session itself hasn't moved. If your device shows another time, it doesn't know "
            "the new rules yet."
        ),
    )


def _rules(zone: str, reader: Reader) -> str:
    # Translators: {place} is a city or region whose clocks the government changed.
    return _("The clock rules for {place} have changed.", place=times.zone_name(zone, reader))
