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
from wording.durations import session_length
from wording.lists import alternatives
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, ngettext, pgettext, sentences

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


def host_line(group: GroupView) -> str:
    """Return who hosts a group session, for the line below its title."""
    # Translators: the line below the title of a group session; {name} hosts it
    return _("with {name}", name=plain(group.mentor.name))


def _summary(group: GroupView, reader: Reader, now: datetime) -> str:
    """Return who hosts the session, and how it stands unless people can simply join."""
    lines = [host_line(group)]
    match group.status:
        case SessionStatus.CONFIRMED if not group.sign_up_open:
            lines.append(_("Sign-up is closed."))
        case SessionStatus.IN_PROGRESS:
            late = mentor_delay(group, reader, now, is_own=False)
            lines.append(sentences(_("This session has started."), late))
        case SessionStatus.COMPLETED:
            lines.append(_("This session is over."))
        case SessionStatus.CANCELLED:
            refund = _("Everyone is refunded in full.") if group.price else ""
            lines.append(sentences(_("This session is cancelled."), refund))
            if group.ended_reason:
                lines.append(quoted(wording.sessions.end_reason(group.ended_reason, reader)))
        case _:
            lines.append(mentor_delay(group, reader, now, is_own=False))
    return "\n".join(line for line in lines if line)


def add_terms(card: Card, group: GroupView, guild: GuildSettings, reader: Reader) -> None:
    """Add when and where a group session is, what a seat costs, and who may join."""
    when = discord_timestamp(group.starts_at)
    if group.status is SessionStatus.CONFIRMED:
        when += f" ({relative(group.starts_at)})"
    card.add_fact(_("When"), when)
    price = pgettext("a price", "free")
    if group.price:
        # Translators: the price of a seat in a group session
        price = _("{points} a seat", points=format_points(group.price, guild, reader))
    length = session_length(group.minutes, reader)
    # Translators: the length and price of a session: "90 minutes, 🪙 60 a seat"
    terms = _("{length}, {price}", length=length, price=price)
    card.add_fact(_("Length and price"), terms)
    if group.status.is_over:
        return
    card.add_fact(_("Where"), groups.place(group, reader))
    if group.who_may_join == "roles":
        roles = (f"<@&{role}>" for role in group.join_role_ids)
        card.add_fact(_("Who can join"), alternatives(roles, reader))
    repetition = groups.repetition(group.repeat_weeks, group.repeat_left, reader)
    if repetition:
        # Translators: after the label "Repeats"; {repetition} is such as "every 2 weeks"
        text = _("{repetition}. You join each date on its own.", repetition=repetition)
        card.add_fact(_("Repeats"), text)


def add_seats(card: Card, group: GroupView, attendees: Sequence[Attendee], reader: Reader) -> None:
    """Add how many seats are taken, and by whom if there are `attendees`."""
    card.add_fact(_("Seats"), groups.seats(group, reader))
    if attendees:
        people = [plain(attendee.name) for attendee in attendees]
        total = max(group.seats_taken, len(people))
        names = groups.names(people, total, MAX_TEXT - _ROOM_FOR_FACTS, reader)
        card.add_long_fact(_("Attendees"), names)


def add_conditions(card: Card, group: GroupView, reader: Reader, now: datetime) -> None:
    """Add, in small print, the minimum number of seats and the refund policy."""
    if group.minimum_seats and group.minimum_deadline is not None:
        deadline = discord_timestamp(group.minimum_deadline)
        if group.price:
            condition = ngettext(
                "If fewer than {count} seat is taken by {time}, it's cancelled and everyone is "
                "refunded.",
                "If fewer than {count} seats are taken by {time}, it's cancelled and everyone is "
                "refunded.",
                group.minimum_seats,
                time=deadline,
            )
        else:
            condition = ngettext(
                "If fewer than {count} seat is taken by {time}, it's cancelled.",
                "If fewer than {count} seats are taken by {time}, it's cancelled.",
                group.minimum_seats,
                time=deadline,
            )
        card.add_note(condition)
    policy = seat_policy(group, reader, now)
    if policy:
        card.add_note(policy)
