"""The card of a session for one of its participants, and its status in words."""

from __future__ import annotations

from datetime import datetime, timedelta

import wording.sessions
from bot.components.cards import Accent, Card
from bot.components.message_reader import Kept
from bot.formatting import avatar_url, clock, discord_timestamp, moment, plain, quoted
from bot.views.sessions.attendance_texts import (
    attendance_text,
    dispute_text,
    resolution_text,
    was_disputed,
)
from bot.views.sessions.meeting_place import (
    is_place_missing,
    meeting_instructions,
    meeting_link,
)
from bot.views.sessions.refund_policy import move_policy, session_policy
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.points_history import PriceBreakdown
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import UPCOMING, ProfileStatus, SessionStatus
from wording import refunds, times
from wording.durations import duration
from wording.names import first_name
from wording.points import format_points
from wording.reader import Reader

_COLOURS = {
    SessionStatus.SCHEDULED: Accent.WAITING,
    SessionStatus.CONFIRMED: Accent.AGREED,
    SessionStatus.IN_PROGRESS: Accent.AGREED,
    SessionStatus.COMPLETED: Accent.NEUTRAL,
}


_IN_THE_PAST = {
    SessionStatus.DECLINED: "was declined",
    SessionStatus.EXPIRED: "has expired",
    SessionStatus.CANCELLED: "was cancelled",
}


SPLIT_STATUSES = (SessionStatus.COMPLETED, SessionStatus.CANCELLED)
"""Final statuses in which each participant may have got some of the points."""


def session_card(
    session: SessionView,
    reader_id: int,
    guild: GuildSettings,
    reader: Reader,
    *,
    title: str,
    text: str = "",
) -> Card:
    """Return the card of a session for one participant.

    While the session is not over, it shows the times in both participants' zones.
    """
    other = session.other(reader_id)
    card = Card(
        title=title,
        # Discord may show a mention of somebody whom the reader's client doesn't know as a number.
        url=f"https://discord.com/users/{other.user_id}",
        text=text or None,
        accent=_accent(session),
        thumbnail=avatar_url(other.user_id, other.avatar),
    )
    proposal = session.proposal
    if proposal is not None:
        card.add_fact("Suggested time", moment(proposal.starts_at))
        add_local_times(card, session, reader_id, proposal.starts_at, reader)
        card.add_divider()
    card.add_fact("When" if proposal is None else "Current time", moment(session.starts_at))
    if not session.status.is_over:
        add_local_times(card, session, reader_id, session.starts_at, reader)
    link = meeting_link(session, guild)
    if link is not None:
        card.add_fact("Where", link)
    price = _price(session, reader_id, guild, reader)
    card.add_fact("Length and price", f"{duration(session.minutes, reader)}, {price}")
    policy = session_policy(session, reader_id, reader) if session.status in UPCOMING else ""
    if policy:
        card.add_fact("Cancellation", policy)
    if session.ended_reason:
        reason = wording.sessions.end_reason(session.ended_reason, reader)
        card.add_fact("Reason", quoted(reason))
    if session.topic:
        card.add_kept(Kept.TOPIC, "Topic", session.topic)
    return card


def add_local_times(
    card: Card, session: SessionView, reader_id: int, start: datetime, reader: Reader
) -> None:
    """Add the time of a session that begins at `start`, on the clocks of both participants."""
    person, other = session.person(session.party(reader_id)), session.other(reader_id)
    end = start + (session.ends_at - session.starts_at)
    card.add_fact("Your time", clock(start, end, person.timezone, reader))
    if other.timezone is not None and other.timezone != person.timezone:
        name = times.clock_label(plain(first_name(other.name)), other.timezone)
        card.add_fact(name, clock(start, end, other.timezone, reader))


def _accent(session: SessionView) -> Accent:
    """Return the colour of a session's state: yellow where somebody has to act."""
    if session.proposal is not None:
        return Accent.WAITING
    return _COLOURS.get(session.status, Accent.OVER)


def _price(session: SessionView, reader_id: int, guild: GuildSettings, reader: Reader) -> str:
    """Return the price, and for the mentor of a session that isn't over what is left of it."""
    if not session.price:
        return "free"
    price = format_points(session.price, guild, reader)
    is_mentor = reader_id == session.mentor.user_id
    if not is_mentor or session.status.is_over or session.payout == session.price:
        return price
    return (
        f"{price} (you get {format_points(session.payout, guild, reader)} after the server's fee)"
    )


def status_card(
    session: SessionView, reader_id: int, guild: GuildSettings, reader: Reader, now: datetime
) -> tuple[str, Card]:
    """Return a headline with the session's status, and the card."""
    name = plain(session.other(reader_id).name)
    text = status_text(session, reader_id, guild, reader, now)
    card = session_card(session, reader_id, guild, reader, title=f"Session with {name}", text=text)
    predicate = (
        _IN_THE_PAST.get(session.status) or f"is {format_status(session, reader_id, reader, now)}"
    )
    return f"Your session {predicate}.", card


def add_price_breakdown(
    card: Card,
    session: SessionView,
    reader_id: int,
    guild: GuildSettings,
    reader: Reader,
    breakdown: PriceBreakdown,
) -> None:
    """Add who got the points of a session in one of `SPLIT_STATUSES`."""
    if breakdown.refunded < session.price:
        name = plain(session.other(reader_id).name)
        is_mentor = session.party(reader_id) is Party.MENTOR
        text = refunds.breakdown(breakdown, name, guild, reader, is_mentor=is_mentor)
        card.add_fact("Points", text)


def format_status(session: SessionView, reader_id: int, reader: Reader, now: datetime) -> str:
    """Return the status as one participant would say it, fit for "it is …"."""
    name = plain(session.other(reader_id).name)
    if session.status is SessionStatus.SCHEDULED:
        waits_for = Party.MENTOR
        if session.proposal is not None:
            waits_for = session.party(session.proposal.by).other
        whose = "your" if waits_for is session.party(reader_id) else f"{name}'s"
        return f"waiting for {whose} answer"
    if session.status is SessionStatus.IN_PROGRESS and now >= session.ends_at:
        whose = f"{name}'s" if session.party(reader_id) in session.reports else "your"
        return f"over, waiting for {whose} report"
    if session.status is SessionStatus.NO_SHOW:
        if session.no_show_user_id == reader_id:
            return "closed: you were reported as a no-show"
        return f"closed: {name} didn't come"
    return wording.sessions.status(session.status, reader)


def status_text(
    session: SessionView, reader_id: int, guild: GuildSettings, reader: Reader, now: datetime
) -> str:
    """Return what the session waits for, or how it ended, for one participant."""
    party = session.party(reader_id)
    name = plain(session.other(reader_id).name)
    is_pending = session.status is SessionStatus.SCHEDULED
    if is_pending and session.mentor_status is not ProfileStatus.APPROVED:
        return _inactive_mentor(session, party, name)
    if session.proposal is not None:
        return _proposed(session, reader_id, reader, now)
    if session.answer_deadline is not None:
        return answer_text(session, reader_id, session.answer_deadline)
    if session.status is SessionStatus.CONFIRMED:
        instructions = meeting_instructions(session, guild, reader_id, now)
        if is_place_missing(session, guild, reader_id):
            return instructions
        is_far = session.starts_at - now > timedelta(minutes=min(guild.reminders, default=0))
        hint = "I'll remind you before it starts." if is_far else instructions
        return f"You're all set. {hint}".rstrip()
    if session.status is SessionStatus.IN_PROGRESS:
        return attendance_text(session, reader_id, guild, reader, session.next_at)
    if session.status is SessionStatus.DISPUTED:
        return dispute_text(session, reader_id, guild, reader)
    if session.status is SessionStatus.NO_SHOW:
        return _after_no_show(session, party, name, guild, reader)
    return _ended(session, reader_id, guild, reader)


def _inactive_mentor(session: SessionView, party: Party, name: str) -> str:
    """Return why a pending request can't be confirmed, and what is still possible."""
    if party is Party.MENTEE:
        # Why a mentor is suspended, and that they are, is between them and the moderators.
        return (
            f"{name} isn't taking sessions at the moment, so this request can't be confirmed. "
            f"You can cancel it{_full_refund(session, ' and get a full refund')}."
        )
    reason = (
        "Your mentor profile is suspended"
        if session.mentor_status is ProfileStatus.SUSPENDED
        else "You've stopped mentoring"
    )
    return f"{reason}, so you can't confirm this request. You can decline it."


def answer_text(session: SessionView, reader_id: int, deadline: datetime) -> str:
    """Return until when the mentor can answer a request, and what silence means."""
    until, mentee = discord_timestamp(deadline), plain(session.mentee.name)
    if session.party(reader_id) is Party.MENTEE:
        expires = _full_refund(session, "you're refunded in full") or "the request expires"
        return f"If {plain(session.mentor.name)} doesn't confirm by {until}, {expires}."
    refund = _full_refund(session, f" and {mentee} is refunded in full")
    return f"If you don't answer by {until}, the request expires{refund}."


def _full_refund(session: SessionView, text: str) -> str:
    """Return the text about a refund, empty for a free session."""
    return text if session.price else ""


def _after_no_show(
    session: SessionView, party: Party, name: str, guild: GuildSettings, reader: Reader
) -> str:
    """Return who got the points after a no-show."""
    if not session.price:
        return ""
    refund = session.price if session.no_show_user_id == session.mentor.user_id else 0
    if party is Party.MENTEE:
        if refund:
            return refunds.own_refund(refund, session.price, guild, reader)
        return f"{name} is paid {format_points(session.price, guild, reader)}."
    return refunds.refund_of(name, refund, session.price, guild, reader) or refunds.payment(
        session.price, guild, reader
    )


def _ended(session: SessionView, reader_id: int, guild: GuildSettings, reader: Reader) -> str:
    """Return who ended the session, and who got the points."""
    mentor, mentee = session.mentor.user_id, session.mentee.user_id
    by_moderators = session.ended_by not in (None, mentor, mentee)
    price = session.price
    refund = (
        refunds.own_refund(price, price, guild, reader)
        if reader_id == mentee
        else refunds.refund_of(plain(session.mentee.name), price, price, guild, reader)
    )
    match session.status:
        case SessionStatus.DECLINED | SessionStatus.EXPIRED:
            return refund
        case SessionStatus.CANCELLED:
            actor_name = (
                "You" if session.ended_by == reader_id else plain(session.other(reader_id).name)
            )
            if session.ended_by == mentee:
                # The refund depends on the time of cancelling, and was shown then.
                return f"{actor_name} cancelled it."
            return (
                f"{'The moderators' if by_moderators else actor_name} cancelled it. {refund}"
            ).rstrip()
        case SessionStatus.REFUNDED:
            return f"{resolution_text(session, reader_id)} {refund}".rstrip()
        case SessionStatus.COMPLETED if by_moderators:
            return "The moderators decided that the session counts as completed."
        case SessionStatus.COMPLETED if was_disputed(session):
            return resolution_text(session, reader_id)
    return ""


def _proposed(session: SessionView, reader_id: int, reader: Reader, now: datetime) -> str:
    """Return who proposed another time, and what accepting and silence mean."""
    assert session.proposal is not None
    is_own = session.proposal.by == reader_id
    author = "You" if is_own else plain(session.other(reader_id).name)
    return f"{author} suggested another time. {proposal_terms(session, reader_id, reader, now)}"


def proposal_terms(session: SessionView, reader_id: int, reader: Reader, now: datetime) -> str:
    """Return what accepting a proposed time, and silence, mean for one participant."""
    assert session.proposal is not None
    proposed_by = session.party(session.proposal.by)
    policy = move_policy(session, session.proposal.starts_at, proposed_by, reader_id, reader, now)
    return f"{proposal_deadline(session, reader_id)} {policy}".strip()


def proposal_deadline(session: SessionView, reader_id: int) -> str:
    """Return until when a proposal can be answered, and what silence means."""
    assert session.proposal is not None
    if session.next_at is None:
        return ""
    is_own = session.proposal.by == reader_id
    subject = f"{plain(session.other(reader_id).name)} doesn't" if is_own else "you don't"
    condition = f"If {subject} answer by {discord_timestamp(session.next_at)}"
    if session.status is not SessionStatus.SCHEDULED:
        return (
            f"{condition}, the session keeps its current time. Both times are reserved until then."
        )
    is_mentee = session.party(reader_id) is Party.MENTEE
    who = "you're" if is_mentee else f"{plain(session.mentee.name)} is"
    refund = _full_refund(session, f" and {who} refunded in full")
    return f"{condition}, the request expires{refund}."
