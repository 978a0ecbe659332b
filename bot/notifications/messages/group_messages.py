"""The cards of notifications about a group session as a whole.

All but one are to its mentor; that one is to members who have waited for a seat. Attendees are
notified about their seats (`bot.notifications.messages.session_messages`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from discord import ui

import wording.sessions
from bot.components.cards import Accent, Card, action_rows
from bot.formatting import discord_timestamp, plain_title, quoted
from bot.notifications.message import Message
from bot.notifications.messages.announcement_messages import announcement_failed
from bot.notifications.messages.calendar_messages import group_conflict
from bot.notifications.messages.entry_messages import group_entry_deleted, group_entry_moved
from bot.notifications.messages.event_messages import event_cancelled, event_changed, event_failed
from bot.notifications.messages.start_messages import group_time_changed, meeting_ready
from bot.notifications.time_left import JOIN_SHOWN_FROM, time_left
from bot.views.groups.attendance import add_outcome, attendance_card, names
from bot.views.groups.items import DetailsButton
from bot.views.groups.managing import EditGroupButton
from bot.views.lateness.buttons import group_late_buttons
from bot.views.lateness.texts import is_current, late_attendees, mentor_delay
from bot.views.sessions.calendar import GroupCalendarButton
from bot.views.sessions.meeting_place import (
    link_pending,
    link_text,
    room_announcement,
    room_news,
)
from mentorship import meeting_places
from mentorship.delivery.loading import DueNotification
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions.groups.group_attendance import GroupAttendance
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import EndReason, Unit
from mentorship.sessions.places.join_link import OPENS_BEFORE
from mentorship.statuses import AGREED, SessionStatus
from wording import groups, refunds
from wording.durations import session_length
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, ngettext, pgettext, sentences

_ABOUT_EVENT = frozenset(
    {
        NotificationKind.EVENT_FAILED,
        NotificationKind.EVENT_CHANGED,
        NotificationKind.EVENT_CANCELLED,
        NotificationKind.ENTRY_MOVED,
        NotificationKind.ENTRY_DELETED,
    }
)
"""Kinds that keep their question for as long as it is open."""

_COLOURS = {
    SessionStatus.CONFIRMED: Accent.AGREED,
    SessionStatus.IN_PROGRESS: Accent.AGREED,
    SessionStatus.CANCELLED: Accent.FAULT,
}


def render(notification: DueNotification, group: GroupView, reader: Reader) -> Message | None:
    """Return the card of a notification as the group session is now, None if it's irrelevant."""
    return RENDERERS[notification.kind](notification, group, reader)


def current_message(notification: DueNotification, group: GroupView, reader: Reader) -> Message:
    """Return what a message that was sent earlier says now."""
    if notification.kind is NotificationKind.SESSION_ENDED:
        return _ended(notification, group, reader) or Message(
            _("“{title}” is over.", title=plain_title(group.title))
        )
    if notification.kind is NotificationKind.COMPLETED:
        return _completed(notification, group, reader)
    if notification.kind is NotificationKind.RUNNING_LATE:
        delays = _running_late(notification, group, reader)
        if delays is not None:
            return delays
    question = None
    if notification.kind in _ABOUT_EVENT:
        question = render(notification, group, reader)
    if question is not None:
        return question
    title = plain_title(group.title)
    match group.status:
        case SessionStatus.CONFIRMED:
            headline = _(
                "“{title}” starts {time}.",
                title=title,
                time=discord_timestamp(group.starts_at, "R"),
            )
        case SessionStatus.IN_PROGRESS:
            headline = _("“{title}” has started.", title=title)
        case SessionStatus.CANCELLED:
            headline = _("“{title}” was cancelled.", title=title)
        case _:
            headline = _("“{title}” is over.", title=title)
    actions = action_rows(*_start_buttons(notification, group))
    text = f"{_delays(notification, group, reader)}\n{_place(notification, group)}".strip()
    return Message(headline, group_card(notification, group, reader, text), actions)


def group_card(
    notification: DueNotification, group: GroupView, reader: Reader, text: str = ""
) -> Card:
    """Return the card of a group session for its mentor, with `text` below its title."""
    card = Card(
        title=plain_title(group.title),
        text=text or None,
        accent=_COLOURS.get(group.status, Accent.OVER),
    )
    card.add_fact(_("When"), discord_timestamp(group.starts_at))
    link = group.mentor_link_at(notification.now)
    if link is not None:
        card.add_fact(_("Where"), link_text(link))
    card.add_fact(_("Seats"), _seats(group))
    price = (
        format_points(group.price, notification.guild, reader)
        if group.price
        else pgettext("a price", "free")
    )
    length = session_length(group.minutes, reader)
    card.add_fact(_("Length and price"), _("{length}, {price}", length=length, price=price))
    if group.ended_reason and group.ended_reason != EndReason.MENTOR_UNAVAILABLE:
        reason = wording.sessions.end_reason(group.ended_reason, reader)
        card.add_fact(_("Reason"), quoted(reason))
    return card


def _seats(group: GroupView) -> str:
    if group.capacity:
        return groups.seats_taken(group.seats_taken, group.capacity)
    # Translators: stands beside “Seats”.
    return ngettext("{count} seat taken", "{count} seats taken", group.seats_taken)


def _reminder(notification: DueNotification, group: GroupView, reader: Reader) -> Message | None:
    if group.status is not SessionStatus.CONFIRMED:
        return None
    lines = [_delays(notification, group, reader), _place(notification, group)]
    missing = group.minimum_seats - group.seats_taken
    if missing > 0 and group.minimum_deadline is not None:
        lines.append(
            ngettext(
                "It's cancelled unless {count} more person joins by {time}.",
                "It's cancelled unless {count} more people join by {time}.",
                missing,
                time=discord_timestamp(group.minimum_deadline),
            )
        )
    return Message(
        _(
            "“{title}” starts {when}.",
            title=plain_title(group.title),
            when=time_left(group.starts_at - notification.now, reader),
        ),
        group_card(notification, group, reader, "\n".join(filter(None, lines))),
        action_rows(*_start_buttons(notification, group)),
    )


def _starting(notification: DueNotification, group: GroupView, reader: Reader) -> Message | None:
    if group.status not in AGREED:
        return None
    seats = [seat for seat in notification.seats if seat.status in AGREED]
    if seats:
        unlisted = max(0, group.seats_taken - len(notification.seats))
        people = names(seats, reader, unlisted)
        # Translators: {names} are those of {count} people.
        text = ngettext(
            "{names} has a seat.", "{names} have seats.", len(seats) + unlisted, names=people
        )
    else:
        text = _("Nobody has signed up.")
    text = sentences(text, _place(notification, group))
    lines = f"{text}\n{_delays(notification, group, reader)}"
    return Message(
        _("“{title}” starts now.", title=plain_title(group.title)),
        group_card(notification, group, reader, lines.strip()),
        action_rows(*_start_buttons(notification, group)),
    )


def _running_late(
    notification: DueNotification, group: GroupView, reader: Reader
) -> Message | None:
    text = late_attendees(notification.late, reader)
    if not text or not is_current(group.status, group.ends_at, notification.now):
        return None
    return Message(
        text,
        group_card(notification, group, reader, _place(notification, group)),
        action_rows(*_start_buttons(notification, group)),
    )


def _local_time_changed(
    notification: DueNotification, group: GroupView, reader: Reader
) -> Message | None:
    change = group_time_changed(notification, group, reader)
    if change is None:
        return None
    headline, text = change
    return Message(
        headline,
        group_card(notification, group, reader, text),
        action_rows(DetailsButton(group.id), GroupCalendarButton.of(group)),
    )


def _ended(notification: DueNotification, group: GroupView, reader: Reader) -> Message | None:
    loaded = GroupAttendance(group, notification.seats, notification.guild, notification.earned)
    if not loaded.seats:
        return None
    card, actions = attendance_card(loaded, reader, notification.now)
    return Message(_("“{title}” is over.", title=plain_title(group.title)), card, actions)


def _completed(notification: DueNotification, group: GroupView, reader: Reader) -> Message:
    """Return what came of it, once nothing is open about any of its seats."""
    payment = refunds.payment(notification.earned, notification.guild, reader)
    card = Card(
        title=plain_title(group.title),
        text=sentences(payment, _("Thank you for mentoring!")),
        accent=Accent.OVER,
    )
    card.add_fact(_("When"), discord_timestamp(group.starts_at))
    unlisted = max(0, group.seats_taken - len(notification.seats))
    add_outcome(card, notification.seats, reader, unlisted)
    return Message(_("“{title}” is completed.", title=plain_title(group.title)), card)


def _cancelled(notification: DueNotification, group: GroupView, reader: Reader) -> Message | None:
    if group.status is not SessionStatus.CANCELLED:
        return None
    title = plain_title(group.title)
    headline = (
        _("“{title}” was cancelled.", title=title)
        if group.ended_by is None or group.ended_reason in tuple(EndReason)
        else _("The moderators cancelled “{title}”.", title=title)
    )
    if group.ended_reason == EndReason.MENTOR_UNAVAILABLE:
        headline = _(
            "“{title}” was cancelled, since your mentor profile is suspended.", title=title
        )
    return Message(
        headline,
        group_card(notification, group, reader, _("Everyone who had a seat is refunded in full.")),
    )


def _waitlist_ended(notification: DueNotification, group: GroupView, reader: Reader) -> Message:
    """Return what a member reads who has waited for a seat in vain."""
    title = plain_title(group.title)
    headline, text = _("“{title}” was cancelled.", title=title), _("You were on its waitlist.")
    if group.status is not SessionStatus.CANCELLED:
        headline, text = _("“{title}” has started.", title=title), _("No seat became free for you.")
    if group.price:
        text = sentences(text, _("No points were on hold."))
    card = Card(title=title, text=text, accent=Accent.OVER)
    card.add_fact(_("When"), discord_timestamp(group.starts_at))
    card.add_note(_("For other group sessions, use `/session list` in the server."))
    return Message(headline, card)


def _repeat_skipped(notification: DueNotification, group: GroupView, reader: Reader) -> Message:
    start = datetime.fromtimestamp(notification.facts["start"], UTC)
    why = {
        "time_off": _("It repeats, but you have time off then."),
        "busy": _("It repeats, but you have another commitment or reached your limits then."),
    }[notification.facts["why"]]
    return Message(
        _(
            "“{title}” won't take place on {time}.",
            title=plain_title(group.title),
            time=discord_timestamp(start),
        ),
        Card(
            title=_("One date is skipped"),
            text=sentences(
                why,
                _("The dates after it stay as they are."),
                _(
                    "To meet anyway, create a session for that date with `/session create` in the "
                    "server."
                ),
            ),
            accent=Accent.NEUTRAL,
        ),
    )


def _place_changed(
    notification: DueNotification, group: GroupView, reader: Reader
) -> Message | None:
    """Return what a mentor reads about the room of their group session."""
    room, provider = (notification.facts.get(name) for name in ("room", "provider"))
    if group.status not in AGREED:
        return None
    if room is not None:
        news = room_news(
            room, group.meeting_link, group.meeting_channel_id, _place(notification, group)
        )
    elif provider is not None:
        news = meeting_ready(provider)
    else:
        return None
    return Message(
        news,
        group_card(notification, group, reader),
        action_rows(*_join_buttons(notification, group)),
    )


def _place(notification: DueNotification, group: GroupView) -> str:
    """Return what the mentor has to know about where to meet; empty if the card shows it."""
    if group.status not in AGREED:
        return ""
    room = room_announcement(group.place, Unit.SEAT)
    if room and notification.now < group.starts_at - OPENS_BEFORE:
        return room
    if group.mentor_link_at(notification.now) is not None:
        return ""
    if meeting_places.is_provider(group.place):
        return link_pending(group.place)
    return _("Nobody knows where to meet yet. Add a meeting link.")


def _join_buttons(notification: DueNotification, group: GroupView) -> list[ui.Item[Any]]:
    """Return the Join button, from an hour before the start to the end.

    Before the start of a session without a meeting link, it's the button that adds one.
    """
    link = group.mentor_link_at(notification.now)
    is_due = group.place == "link" or notification.now >= group.starts_at - OPENS_BEFORE
    if link is None and is_due and group.status is SessionStatus.CONFIRMED:
        return [EditGroupButton(group.id, _("Add meeting link"))]
    is_near = group.starts_at - JOIN_SHOWN_FROM <= notification.now < group.ends_at
    return (
        [ui.Button(label=pgettext("button of a meeting link", "Join"), url=link)]
        if link is not None and is_near
        else []
    )


def _start_buttons(notification: DueNotification, group: GroupView) -> list[ui.Item[Any]]:
    """Return Join, and the button that says that the mentor will be late, around the start."""
    late = group_late_buttons(group, notification.now)
    return [*_join_buttons(notification, group), *late]


def _delays(notification: DueNotification, group: GroupView, reader: Reader) -> str:
    """Return who will be late, the mentor included."""
    if not is_current(group.status, group.ends_at, notification.now):
        return ""
    own = mentor_delay(group, reader, notification.now, is_own=True)
    return sentences(own, late_attendees(notification.late, reader))


RENDERERS: dict[
    NotificationKind, Callable[[DueNotification, GroupView, Reader], Message | None]
] = {
    NotificationKind.ANNOUNCEMENT_FAILED: announcement_failed,
    NotificationKind.EVENT_FAILED: event_failed,
    NotificationKind.EVENT_CHANGED: event_changed,
    NotificationKind.EVENT_CANCELLED: event_cancelled,
    NotificationKind.MEETING_LINK: _place_changed,
    NotificationKind.ENTRY_MOVED: group_entry_moved,
    NotificationKind.ENTRY_DELETED: group_entry_deleted,
    NotificationKind.REMINDER: _reminder,
    NotificationKind.STARTING: _starting,
    NotificationKind.RUNNING_LATE: _running_late,
    NotificationKind.LOCAL_TIME_CHANGED: _local_time_changed,
    NotificationKind.SESSION_ENDED: _ended,
    NotificationKind.COMPLETED: _completed,
    NotificationKind.CANCELLED: _cancelled,
    NotificationKind.REPEAT_SKIPPED: _repeat_skipped,
    NotificationKind.WAITLIST_ENDED: _waitlist_ended,
    NotificationKind.CALENDAR_CONFLICT: group_conflict,
}
