"""The card of a session for one of its participants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import wording.sessions
from bot.components.cards import Accent, Card
from bot.components.message_reader import Kept
from bot.formatting import avatar_url, clock, discord_timestamp, plain, plain_title, quoted
from bot.views.booking.answers import add_answers
from bot.views.sessions.meeting_place import link_text
from bot.views.sessions.people import short_name
from bot.views.sessions.refund_policy import session_policy
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors.question_rules import Answer
from mentorship.sessions.lifecycle import Party, Unit
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import UPCOMING, SessionStatus
from wording import times
from wording.durations import session_length
from wording.offers import series
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, pgettext

_COLOURS = {
    SessionStatus.SCHEDULED: Accent.WAITING,
    SessionStatus.CONFIRMED: Accent.AGREED,
    SessionStatus.IN_PROGRESS: Accent.AGREED,
    SessionStatus.DISPUTED: Accent.WAITING,
    SessionStatus.CANCELLED: Accent.FAULT,
    SessionStatus.DECLINED: Accent.FAULT,
    SessionStatus.NO_SHOW: Accent.FAULT,
}


def session_card(
    session: SessionView,
    reader_id: int,
    guild: GuildSettings,
    reader: Reader,
    now: datetime,
    text: str = "",
    answers: Sequence[Answer] = (),
) -> Card:
    """Return the card of a session for one participant, with `text` below its title.

    `answers` are the mentee's to the mentor's questions.
    Discord shows the start in the reader's time zone; while the session is not over, the card also
    shows it in the other participant's.
    """
    other = session.other(reader_id)
    card = Card(
        title=_title(session, reader_id),
        # Discord may show a mention of somebody whom the reader's client doesn't know as a number.
        url=f"https://discord.com/users/{other.user_id}",
        text=text or None,
        accent=_accent(session),
        thumbnail=avatar_url(other.user_id, other.avatar),
    )
    proposal = session.proposal
    if proposal is not None:
        card.add_fact(_("Suggested time"), discord_timestamp(proposal.starts_at))
        add_other_time(card, session, reader_id, proposal.starts_at, reader)
        card.add_fact(_("Current time"), discord_timestamp(session.starts_at))
        card.add_divider()
    else:
        card.add_fact(_("When"), discord_timestamp(session.starts_at))
        if not session.status.is_over:
            add_other_time(card, session, reader_id, session.starts_at, reader)
    link = session.join_link_at(reader_id, now)
    if link is not None:
        card.add_fact(_("Where"), link_text(link))
    price = _price(session, reader_id, guild, reader)
    length = session_length(session.minutes, reader)
    # Translators: the length and price of a session: “60 minutes, 🪙 60”.
    card.add_fact(_("Length and price"), _("{length}, {price}", length=length, price=price))
    if session.series_place is not None:
        card.add_fact(_("Series"), series.place(session.series_place, reader))
    policy = session_policy(session, reader_id, reader, now) if session.status in UPCOMING else ""
    if policy:
        card.add_fact(_("Cancellation"), policy)
    if session.ended_reason:
        reason = wording.sessions.end_reason(session.ended_reason, reader)
        card.add_fact(_("Reason"), quoted(reason))
    if session.topic and session.unit is Unit.SESSION:
        card.add_kept(Kept.TOPIC, _("Topic"), session.topic)
    add_answers(card, answers, reader)
    return card


def _title(session: SessionView, reader_id: int) -> str:
    """Return what a session is called; a seat has the title of its group session."""
    other = plain(session.other(reader_id).name)
    if session.unit is Unit.SESSION:
        return _("Session with {name}", name=other)
    if session.party(reader_id) is Party.MENTOR:
        # Translators: {title} is the title of a group session.
        return _("{name}'s seat in “{title}”", name=other, title=plain_title(session.topic))
    return _("Seat in “{title}” with {name}", title=plain_title(session.topic), name=other)


def add_other_time(
    card: Card, session: SessionView, reader_id: int, start: datetime, reader: Reader
) -> None:
    """Add the time of a session that begins at `start` in the other participant's time zone.

    Adds nothing if both have the same one, or the other's is unknown.
    """
    person, other = session.person(session.party(reader_id)), session.other(reader_id)
    if other.timezone is not None and other.timezone != person.timezone:
        end = start + (session.ends_at - session.starts_at)
        name = times.clock_label(short_name(other), other.timezone)
        card.add_fact(name, clock(start, end, other.timezone, reader))


def _accent(session: SessionView) -> Accent:
    """Return the colour of a session's state: yellow where somebody has to act."""
    if session.proposal is not None:
        return Accent.WAITING
    return _COLOURS.get(session.status, Accent.OVER)


def _price(session: SessionView, reader_id: int, guild: GuildSettings, reader: Reader) -> str:
    """Return the price, and for the mentor of a session that isn't over what is left of it."""
    if not session.price:
        return pgettext("a price", "free")
    price = format_points(session.price, guild, reader)
    is_mentor = reader_id == session.mentor.user_id
    if not is_mentor or session.status.is_over or session.payout == session.price:
        return price
    return _(
        "{price} (you get {points} after the server's fee)",
        price=price,
        points=format_points(session.payout, guild, reader),
    )
