"""The status of a session in sentences for one of its participants, and what it waits for."""

from __future__ import annotations

from datetime import datetime

from bot.formatting import discord_timestamp, plain_title
from bot.views.sessions.attendance_texts import (
    attendance_text,
    dispute_text,
    resolution_text,
    was_disputed,
)
from bot.views.sessions.meeting_place import meeting_instructions
from bot.views.sessions.people import other_name, short_name
from bot.views.sessions.refund_policy import move_policy
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.lifecycle import Attendance, Party, Unit
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import ProfileStatus, SessionStatus
from wording import refunds
from wording.booking import unanswered_request
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, pgettext, sentences


def headline(session: SessionView, reader_id: int, now: datetime) -> str:
    """Return the status of a session as a sentence."""
    name = other_name(session, reader_id)
    is_mentee = session.party(reader_id) is Party.MENTEE
    if session.proposal is not None:
        if session.proposal.by == reader_id:
            return _("You suggested another time.")
        return _("{name} suggested another time.", name=name)
    match session.status:
        case SessionStatus.SCHEDULED if session.unit is Unit.SEAT:
            return _moved(session, is_mentee=is_mentee)
        case SessionStatus.SCHEDULED if is_mentee:
            return _("This request is waiting for {name}'s answer.", name=name)
        case SessionStatus.SCHEDULED:
            return _("This request is waiting for your answer.")
        case SessionStatus.IN_PROGRESS if session.reports:
            return _report(session, reader_id)
        case SessionStatus.IN_PROGRESS if now >= session.ends_at:
            return _("Your session is over.")
        case SessionStatus.IN_PROGRESS:
            return _("Your session is in progress.")
        case SessionStatus.DECLINED if session.ended_by == session.mentor.user_id:
            if is_mentee:
                return _("{name} declined your request.", name=name)
            return _("You declined this request.")
        case SessionStatus.DECLINED:
            return _("This request was declined.")
        case SessionStatus.EXPIRED if session.unit is Unit.SEAT:
            if is_mentee:
                return _("You didn't keep your seat at the new time.")
            return _("{name} didn't keep their seat at the new time.", name=name)
        case SessionStatus.EXPIRED:
            return _("This request has expired.")
        case SessionStatus.CANCELLED if session.unit is Unit.SEAT:
            return _seat_ended(session, reader_id)
        case SessionStatus.CANCELLED:
            return _cancelled(session, reader_id, name)
        case SessionStatus.NO_SHOW if session.no_show_user_id == reader_id:
            return _("You were reported as a no-show.")
        case SessionStatus.NO_SHOW:
            return _("{name} didn't come.", name=name)
        case SessionStatus.DISPUTED:
            return _("Your reports don't match.")
        case SessionStatus.REFUNDED if not session.price:
            return _("This session didn't take place.")
        case SessionStatus.REFUNDED:
            return _("The dispute is resolved.")
        case SessionStatus.CONFIRMED if session.unit is Unit.SEAT and is_mentee:
            return _("You have a seat.")
        case SessionStatus.CONFIRMED if session.unit is Unit.SEAT:
            return _("{name} has a seat.", name=name)
        case SessionStatus.CONFIRMED:
            return _("Your session is confirmed.")
        case SessionStatus.COMPLETED:
            return _("Your session is completed.")


def format_status(session: SessionView, reader_id: int, now: datetime) -> str:
    """Return the status in a few words, for a line of a list beside the other's name."""
    party = session.party(reader_id)
    match session.status:
        case SessionStatus.SCHEDULED if session.unit is Unit.SEAT:
            if party is Party.MENTEE:
                return pgettext("status of a session", "moved, waiting for your answer")
            return pgettext("status of a session", "moved, waiting for an answer")
        case SessionStatus.SCHEDULED:
            proposal = session.proposal
            waits_for = Party.MENTOR if proposal is None else session.party(proposal.by).other
            if waits_for is party:
                return pgettext("status of a session", "waiting for your answer")
            return pgettext("status of a session", "waiting for an answer")
        case SessionStatus.CONFIRMED:
            return pgettext("status of a session", "confirmed")
        case SessionStatus.IN_PROGRESS if now < session.ends_at:
            return pgettext("status of a session", "in progress")
        case SessionStatus.IN_PROGRESS if party in session.reports:
            return pgettext("status of a session", "over, waiting for a report")
        case SessionStatus.IN_PROGRESS:
            return pgettext("status of a session", "over, waiting for your report")
        case SessionStatus.COMPLETED:
            return pgettext("status of a session", "completed")
        case SessionStatus.DECLINED:
            return pgettext("status of a session", "declined")
        case SessionStatus.EXPIRED:
            return pgettext("status of a session", "expired")
        case SessionStatus.CANCELLED:
            return pgettext("status of a session", "cancelled")
        case SessionStatus.NO_SHOW if session.no_show_user_id == reader_id:
            return pgettext("status of a session", "you were reported as a no-show")
        case SessionStatus.NO_SHOW:
            # Translators: stands beside the name of the person who didn't come.
            return pgettext("status of a session", "didn't come")
        case SessionStatus.DISPUTED:
            return pgettext("status of a session", "in dispute")
        case SessionStatus.REFUNDED if not session.price:
            return pgettext("status of a session", "didn't take place")
        case SessionStatus.REFUNDED:
            return pgettext("status of a session", "refunded")


def status_text(
    session: SessionView, reader_id: int, guild: GuildSettings, reader: Reader, now: datetime
) -> str:
    """Return what a session waits for, or what became of the points, for one participant.

    With `headline` above it, nothing is said twice. Empty if there is nothing to add.
    """
    party, name = session.party(reader_id), other_name(session, reader_id)
    is_pending = session.status is SessionStatus.SCHEDULED
    if is_pending and session.mentor_status is not ProfileStatus.APPROVED:
        return _inactive_mentor(session, party, name)
    if session.proposal is not None:
        return proposal_terms(session, reader_id, reader, now)
    if session.answer_deadline is not None:
        return answer_text(session, reader_id, session.answer_deadline, reader)
    match session.status:
        case SessionStatus.CONFIRMED:
            return meeting_instructions(session, reader_id, now)
        case SessionStatus.IN_PROGRESS:
            return attendance_text(session, reader_id, guild, reader, session.next_at)
        case SessionStatus.DISPUTED:
            return dispute_text(session, reader_id, guild, reader)
        case SessionStatus.NO_SHOW:
            return _after_no_show(session, party, name, guild, reader)
        case SessionStatus.DECLINED | SessionStatus.EXPIRED:
            return _full_refund(session, party, guild, reader)
        case SessionStatus.REFUNDED:
            refund = _full_refund(session, party, guild, reader)
            return sentences(resolution_text(session, reader_id), refund)
        case SessionStatus.COMPLETED if was_disputed(session):
            return resolution_text(session, reader_id)
    return ""


def _report(session: SessionView, reader_id: int) -> str:
    """Return what one of the two has reported about a session in progress."""
    # Two reports end the session, or are in dispute.
    party = next(iter(session.reports))
    is_own, name = session.party(reader_id) is party, other_name(session, reader_id)
    if session.reports[party] is Attendance.MET:
        if is_own:
            return _("You reported that you met.")
        return _("{name} reported that you met.", name=name)
    if is_own:
        return _("You reported that {name} didn't come.", name=name)
    return _("{name} reported that you didn't come.", name=name)


def _moved(session: SessionView, *, is_mentee: bool) -> str:
    """Return what a seat waits for in a group session that was moved."""
    if is_mentee:
        title = plain_title(session.topic)
        return _("“{title}” has a new time. Do you keep your seat?", title=title)
    name = short_name(session.mentee)
    return _("{name} hasn't said yet whether they keep their seat.", name=name)


def _cancelled(session: SessionView, reader_id: int, name: str) -> str:
    """Return who cancelled a session of two."""
    if session.ended_by == reader_id:
        return _("You cancelled this session.")
    if session.ended_by == session.other(reader_id).user_id:
        return _("{name} cancelled this session.", name=name)
    return _("The moderators cancelled this session.")


def _seat_ended(session: SessionView, reader_id: int) -> str:
    """Return how a seat was given up or cancelled."""
    name = short_name(session.mentee)
    if session.group_status is SessionStatus.CANCELLED:
        return _("This session was cancelled.")
    is_mentee = reader_id == session.mentee.user_id
    if session.ended_by == session.mentee.user_id:
        # Translators: an attendee gave up their seat in a group session.
        return _("You left this session.") if is_mentee else _("{name} left.", name=name)
    if session.ended_by != session.mentor.user_id:
        if is_mentee:
            return _("The moderators cancelled your seat.")
        return _("The moderators cancelled {name}'s seat.", name=name)
    if is_mentee:
        return _("{name} cancelled your seat.", name=short_name(session.mentor))
    return _("You cancelled {name}'s seat.", name=name)


def _inactive_mentor(session: SessionView, party: Party, name: str) -> str:
    """Return why a pending request can't be confirmed, and what is still possible."""
    if party is Party.MENTEE:
        # Why a mentor is suspended, and that they are, is between them and the moderators.
        return sentences(
            _("{name} isn't taking sessions right now and can't confirm this request.", name=name),
            _("You can cancel it and get a full refund.")
            if session.price
            else _("You can cancel it."),
        )
    if session.mentor_status is ProfileStatus.SUSPENDED:
        return _(
            "Your mentor profile is suspended, so you can't confirm this request. You can decline "
            "it."
        )
    return _("You've stopped mentoring, so you can't confirm this request. You can decline it.")


def answer_text(session: SessionView, reader_id: int, deadline: datetime, reader: Reader) -> str:
    """Return until when the mentor can answer a request, and what silence means."""
    is_mentee = session.party(reader_id) is Party.MENTEE
    if session.unit is Unit.SEAT:
        return _seat_kept(session, deadline, is_mentee=is_mentee)
    if is_mentee:
        return unanswered_request(
            short_name(session.mentor), deadline, session.price, reader, discord_timestamp
        )
    return _request_expires(session, deadline, is_mentee=False)


def _seat_kept(session: SessionView, deadline: datetime, *, is_mentee: bool) -> str:
    """Return until when a seat in a moved session can be kept."""
    time, name = discord_timestamp(deadline), short_name(session.mentee)
    if is_mentee:
        if session.price:
            return _(
                "If you don't keep your seat by {time}, it's given up and you're refunded in full.",
                time=time,
            )
        return _("If you don't keep your seat by {time}, it's given up.", time=time)
    if session.price:
        return _(
            "If {name} doesn't keep their seat by {time}, it's given up and {name} is refunded in "
            "full.",
            name=name,
            time=time,
        )
    return _("If {name} doesn't keep their seat by {time}, it's given up.", name=name, time=time)


def _request_expires(session: SessionView, deadline: datetime, *, is_mentee: bool) -> str:
    """Return what a reader's silence means for a request that waits for their answer."""
    time = discord_timestamp(deadline)
    if not session.price:
        return _("If you don't answer by {time}, the request expires.", time=time)
    if is_mentee:
        return _(
            "If you don't answer by {time}, the request expires and you're refunded in full.",
            time=time,
        )
    return _(
        "If you don't answer by {time}, the request expires and {name} is refunded in full.",
        time=time,
        name=short_name(session.mentee),
    )


def _full_refund(session: SessionView, party: Party, guild: GuildSettings, reader: Reader) -> str:
    """Return that the mentee is refunded in full; empty for a free session."""
    price = session.price
    if party is Party.MENTEE:
        return refunds.own_refund(price, price, guild, reader)
    return refunds.refund_of(short_name(session.mentee), price, price, guild, reader)


def _after_no_show(
    session: SessionView, party: Party, name: str, guild: GuildSettings, reader: Reader
) -> str:
    """Return who got the points after a no-show."""
    if not session.price:
        return ""
    if session.no_show_user_id == session.mentor.user_id:
        return _full_refund(session, party, guild, reader)
    if party is Party.MENTEE:
        paid = format_points(session.price, guild, reader)
        return _("{name} is paid {points}.", name=name, points=paid)
    return refunds.payment(session.price, guild, reader)


def proposal_terms(session: SessionView, reader_id: int, reader: Reader, now: datetime) -> str:
    """Return what accepting a proposed time, and silence, mean for one participant."""
    assert session.proposal is not None
    proposed_by = session.party(session.proposal.by)
    policy = move_policy(session, session.proposal.starts_at, proposed_by, reader_id, reader, now)
    return sentences(proposal_deadline(session, reader_id), policy)


def proposal_deadline(session: SessionView, reader_id: int) -> str:
    """Return until when a proposal can be answered, and what silence means."""
    assert session.proposal is not None
    if session.next_at is None:
        return ""
    is_own, name = session.proposal.by == reader_id, other_name(session, reader_id)
    time = discord_timestamp(session.next_at)
    if session.status is not SessionStatus.SCHEDULED:
        silence = (
            _(
                "If {name} doesn't answer by {time}, the session keeps its current time.",
                name=name,
                time=time,
            )
            if is_own
            else _(
                "If you don't answer by {time}, the session keeps its current time.",
                time=time,
            )
        )
        return sentences(silence, _("Both times are reserved until then."))
    is_mentee = session.party(reader_id) is Party.MENTEE
    if not is_own:
        return _request_expires(session, session.next_at, is_mentee=is_mentee)
    if not session.price:
        return _("If {name} doesn't answer by {time}, the request expires.", name=name, time=time)
    if is_mentee:
        return _(
            "If {name} doesn't answer by {time}, the request expires and you're refunded in full.",
            name=name,
            time=time,
        )
    return _(
        "If {name} doesn't answer by {time}, the request expires and {name} is refunded in full.",
        name=name,
        time=time,
    )
