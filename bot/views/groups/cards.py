"""The facts of a group session on cards: the announcement in a channel, and what a member sees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import wording.sessions
from bot.components.cards import MAX_TEXT, Accent, Card
from bot.formatting import (
    avatar_url,
    discord_timestamp,
    plain,
    plain_title,
    quoted,
    relative,
    shortened,
)
from bot.views.lateness.texts import mentor_delay
from bot.views.sessions.refund_policy import seat_policy
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.groups.group_views import Attendee, GroupView
from mentorship.statuses import SessionStatus
from wording import groups
from wording.durations import counted, session_length
from wording.points import format_points
from wording.reader import Reader

SHOWN_DESCRIPTION = 300
"""Characters of the description on the announcement; Details has all of it."""

_ROOM_FOR_FACTS = 1_600
"""Characters that everything but the names takes, at most."""


def announcement_card(
    group: GroupView,
    guild: GuildSettings,
    attendees: Sequence[Attendee],
    reader: Reader,
    now: datetime,
) -> Card:
    """Return the card that announces a group session, with the names of `attendees` if any."""
    card = Card(
        title=plain_title(group.title),
        text=_summary(group, reader, now),
        accent=accent(group),
        thumbnail=avatar_url(group.mentor.user_id, group.mentor.avatar),
    )
    if group.description:
        card.add_text(quoted(shortened(group.description, SHOWN_DESCRIPTION)))
    add_terms(card, group, guild, reader)
    add_seats(card, group, attendees, reader)
    if group.status is SessionStatus.CONFIRMED:
        add_conditions(card, group, reader, now)
    return card


def accent(group: GroupView) -> Accent:
    """Return the colour of a group session's state."""
    match group.status:
        case SessionStatus.CONFIRMED if not group.sign_up_open:
            return Accent.OVER
        case SessionStatus.CONFIRMED if group.is_full:
            return Accent.WAITING
        case SessionStatus.CONFIRMED:
            return Accent.NEUTRAL
        case SessionStatus.IN_PROGRESS:
            return Accent.AGREED
        case SessionStatus.CANCELLED:
            return Accent.FAULT
    return Accent.OVER


def _summary(group: GroupView, reader: Reader, now: datetime) -> str:
    """Return who hosts the session, and how it stands unless people can simply join."""
    host = f"with {plain(group.mentor.name)}"
    match group.status:
        case SessionStatus.CONFIRMED if not group.sign_up_open:
            return f"{host}\nSign-up is closed."
        case SessionStatus.IN_PROGRESS:
            late = mentor_delay(group, reader, now, is_own=False)
            return f"{host}\nThis session has started. {late}".rstrip()
        case SessionStatus.COMPLETED:
            return f"{host}\nThis session is over."
        case SessionStatus.CANCELLED:
            reason = group.ended_reason
            why = f"\n{quoted(wording.sessions.end_reason(reason, reader))}" if reason else ""
            refund = " Everyone is refunded in full." if group.price else ""
            return f"{host}\nThis session is cancelled.{refund}{why}"
    return f"{host}\n{mentor_delay(group, reader, now, is_own=False)}".rstrip()


def add_terms(card: Card, group: GroupView, guild: GuildSettings, reader: Reader) -> None:
    """Add when and where a group session is, what a seat costs, and who may join."""
    when = discord_timestamp(group.starts_at)
    if group.status is SessionStatus.CONFIRMED:
        when += f" ({relative(group.starts_at)})"
    card.add_fact("When", when)
    price = f"{format_points(group.price, guild, reader)} a seat" if group.price else "free"
    card.add_fact("Length and price", f"{session_length(group.minutes, reader)}, {price}")
    if group.status.is_over:
        return
    card.add_fact("Where", groups.place(group, reader))
    if group.who_may_join == "roles":
        card.add_fact("Who can join", ", ".join(f"<@&{role}>" for role in group.join_role_ids))
    repetition = groups.repetition(group.repeat_weeks, group.repeat_left, reader)
    if repetition:
        card.add_fact("Repeats", f"{repetition}. You join each date on its own.")


def add_seats(card: Card, group: GroupView, attendees: Sequence[Attendee], reader: Reader) -> None:
    """Add how many seats are taken, and by whom if there are `attendees`."""
    card.add_fact("Seats", groups.seats(group, reader))
    if attendees:
        people = [plain(attendee.name) for attendee in attendees]
        total = max(group.seats_taken, len(people))
        names = groups.names(people, total, MAX_TEXT - _ROOM_FOR_FACTS)
        card.add_long_fact("Attendees", names)


def add_conditions(card: Card, group: GroupView, reader: Reader, now: datetime) -> None:
    """Add, in small print, the minimum number of seats and the refund policy."""
    if group.minimum_seats and group.minimum_deadline is not None:
        refund = " and everyone is refunded" if group.price else ""
        needed = counted(group.minimum_seats, "seat", reader)
        card.add_note(
            f"If fewer than {needed} {'is' if group.minimum_seats == 1 else 'are'} taken by "
            f"{discord_timestamp(group.minimum_deadline)}, it's cancelled{refund}."
        )
    policy = seat_policy(group, reader, now)
    if policy:
        card.add_note(policy)
