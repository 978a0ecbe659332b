"""The card of a session for one of its participants, and its status in words."""

from __future__ import annotations

from datetime import datetime, timedelta

import wording.sessions
from bot.components.cards import Accent, Card
from bot.components.message_reader import Kept
from bot.formatting import clock, moment, plain, quoted
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
from wording.points import format_points
from wording.reader import ENGLISH

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
    session: SessionView, reader_id: int, guild: GuildSettings, *, title: str, text: str = ""
) -> Card:
    """Return the card of a session for one participant.

    While the session is not over, it shows the times in both participants' zones.
    """
    other = session.other(reader_id)
    reader = session.person(session.party(reader_id))
    card = Card(
        title=title,
        # Discord may show a mention of somebody whom the reader's client doesn't know as a number.
        url=f"https://discord.com/users/{other.user_id}",
        text=text or None,
        accent=_COLOURS.get(session.status, Accent.OVER),
    )
    if session.ended_reason:
        reason = wording.sessions.end_reason(session.ended_reason, ENGLISH)
        card.add_fact("Reason", quoted(reason))
    link = meeting_link(session, guild)
    if link is not None:
        card.add_fact("Where", link)
    card.add_fact("When", moment(session.starts_at))
    if not session.status.is_over:
        clocks = [f"You: {clock(session.starts_at, session.ends_at, reader.timezone)}"]
        if other.timezone != reader.timezone:
            other_clock = clock(session.starts_at, session.ends_at, other.timezone)
            clocks.append(f"{plain(other.name)}: {other_clock}")
        card.add_fact("On your clocks", "\n".join(clocks))
    if session.proposal is not None:
        proposed = session.proposal
        clocks = [f"You: {clock(proposed.starts_at, proposed.ends_at, reader.timezone)}"]
        if other.timezone != reader.timezone:
            other_clock = clock(proposed.starts_at, proposed.ends_at, other.timezone)
            clocks.append(f"{plain(other.name)}: {other_clock}")
        card.add_fact("Asked for instead", "\n".join([moment(proposed.starts_at), *clocks]))
    card.add_fact(
        "Length and price", f"{session.minutes} minutes, {_price(session, reader_id, guild)}"
    )
    policy = session_policy(session, reader_id) if session.status in UPCOMING else ""
    if policy:
        card.add_fact("Cancellation", policy)
    if session.topic:
        card.add_kept(Kept.TOPIC, "Topic", session.topic)
    return card


def _price(session: SessionView, reader_id: int, guild: GuildSettings) -> str:
    """Return the price, and for the mentor of a session that isn't over what is left of it."""
    if not session.price:
        return "free"
    price = format_points(session.price, guild, ENGLISH)
    is_mentor = reader_id == session.mentor.user_id
    if not is_mentor or session.status.is_over or session.payout == session.price:
        return price
    return (
        f"{price} (you get {format_points(session.payout, guild, ENGLISH)} after the server's fee)"
    )


def status_card(
    session: SessionView, reader_id: int, guild: GuildSettings, now: datetime
) -> tuple[str, Card]:
    """Return a headline with the session's status, and the card."""
    name = plain(session.other(reader_id).name)
    text = status_text(session, reader_id, guild, now)
    card = session_card(session, reader_id, guild, title=f"Session with {name}", text=text)
    predicate = _IN_THE_PAST.get(session.status) or f"is {format_status(session, reader_id, now)}"
    return f"Your session {predicate}.", card


def add_price_breakdown(
    card: Card,
    session: SessionView,
    reader_id: int,
    guild: GuildSettings,
    breakdown: PriceBreakdown,
) -> None:
    """Add who got the points of a session in one of `SPLIT_STATUSES`."""
    name = plain(session.other(reader_id).name)
    is_mentor = session.party(reader_id) is Party.MENTOR
    parts = (
        (breakdown.refunded, f"went back to {name}" if is_mentor else "came back to you"),
        (breakdown.paid, "went to you" if is_mentor else f"went to {name}"),
        (breakdown.fee, "went to the server"),
    )
    if breakdown.refunded < session.price:
        sentences = [
            f"{format_points(points, guild, ENGLISH)} {recipient}."
            for points, recipient in parts
            if points
        ]
        card.add_fact("What became of the points", "\n".join(sentences))


def format_status(session: SessionView, reader_id: int, now: datetime) -> str:
    """Return the status as one participant would say it, fit for "it is …"."""
    name = plain(session.other(reader_id).name)
    if session.status is SessionStatus.SCHEDULED:
        waits_for = Party.MENTOR
        if session.proposal is not None:
            waits_for = session.party(session.proposal.by).other
        return f"waiting for {'you' if waits_for is session.party(reader_id) else name}"
    if session.status is SessionStatus.IN_PROGRESS and now >= session.ends_at:
        return "over, and waits for a word on how it went"
    if session.status is SessionStatus.NO_SHOW:
        if session.no_show_user_id == reader_id:
            return "closed: it was reported that you did not come"
        return f"closed: {name} did not come"
    return wording.sessions.status(session.status, ENGLISH)


def status_text(session: SessionView, reader_id: int, guild: GuildSettings, now: datetime) -> str:
    """Return what the session waits for, or how it ended, for one participant."""
    party = session.party(reader_id)
    name = plain(session.other(reader_id).name)
    is_pending = session.status is SessionStatus.SCHEDULED
    if is_pending and session.mentor_status is not ProfileStatus.APPROVED:
        return _inactive_mentor(session, party, name)
    if session.proposal is not None:
        return _proposed(session, reader_id, now)
    if session.answer_deadline is not None:
        subject = "You have" if party is Party.MENTOR else f"{name} has"
        return f"{subject} until {moment(session.answer_deadline)} to confirm."
    if session.status is SessionStatus.CONFIRMED:
        is_far = session.starts_at - now > timedelta(minutes=min(guild.reminders, default=0))
        if is_far and not is_place_missing(session, guild, reader_id):
            return "It's on. I'll remind you."
        return f"It's on. {meeting_instructions(session, guild, reader_id, now)}".rstrip()
    if session.status is SessionStatus.IN_PROGRESS:
        return attendance_text(session, reader_id, guild, session.next_at)
    if session.status is SessionStatus.DISPUTED:
        return dispute_text(session, reader_id, guild)
    if session.status is SessionStatus.NO_SHOW:
        return _after_no_show(session, party, name, guild)
    return _ended(session, reader_id, guild)


def _inactive_mentor(session: SessionView, party: Party, name: str) -> str:
    """Return why a pending request can't be confirmed, and what is still possible."""
    if party is Party.MENTEE:
        # Why a mentor is suspended, and that they are, is between them and the moderators.
        return (
            f"{name} isn't taking sessions at the moment, so this request can't be confirmed. "
            "You can cancel it, and you're refunded in full."
        )
    reason = (
        "Your mentor profile is suspended"
        if session.mentor_status is ProfileStatus.SUSPENDED
        else "You've stopped mentoring"
    )
    return f"{reason}, so you can't confirm this request. You can decline it."


def _after_no_show(session: SessionView, party: Party, name: str, guild: GuildSettings) -> str:
    """Return who got the points after a no-show."""
    if not session.price:
        return ""
    points = format_points(session.price, guild, ENGLISH)
    is_refunded = session.no_show_user_id == session.mentor.user_id
    if party is Party.MENTEE:
        return (
            f"All {points} are back in your account."
            if is_refunded
            else f"{points} went to {name}."
        )
    return f"{points} went back to {name}." if is_refunded else f"{points} are yours."


def _ended(session: SessionView, reader_id: int, guild: GuildSettings) -> str:
    """Return who ended the session, and who got the points."""
    mentor, mentee = session.mentor.user_id, session.mentee.user_id
    by_moderators = session.ended_by not in (None, mentor, mentee)
    refund = ""
    if session.price:
        refund = (
            f"All {format_points(session.price, guild, ENGLISH)} are back in your account."
            if reader_id == mentee
            else f"{plain(session.mentee.name)} got everything back."
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


def _proposed(session: SessionView, reader_id: int, now: datetime) -> str:
    """Return who proposed another time, and what accepting and silence mean."""
    assert session.proposal is not None
    name = plain(session.other(reader_id).name)
    is_own = session.proposal.by == reader_id
    introduction = (
        f"You asked {name} to meet at another time."
        if is_own
        else f"{name} would rather meet at another time."
    )
    return f"{introduction} {proposal_terms(session, reader_id, now)}"


def proposal_terms(session: SessionView, reader_id: int, now: datetime) -> str:
    """Return what accepting a proposed time, and silence, mean for one participant."""
    assert session.proposal is not None
    proposed_by = session.party(session.proposal.by)
    policy = move_policy(session, session.proposal.starts_at, proposed_by, reader_id, now)
    return f"{_until(session, reader_id)} {policy}".rstrip()


def _until(session: SessionView, reader_id: int) -> str:
    """Return until when to answer a proposal, and what silence means."""
    assert session.proposal is not None
    if session.next_at is None:
        return ""
    is_own = session.proposal.by == reader_id
    subject = "They have" if is_own else "You have"
    silence = (
        "after that the request expires, with a full refund"
        if session.status is SessionStatus.SCHEDULED
        else "until then both times are kept free, and without an answer the old one stands"
    )
    return f"{subject} until {moment(session.next_at)} to answer; {silence}."
