"""What one participant reads about attendance reports and disputes: claims, deadlines, outcomes."""

from __future__ import annotations

from datetime import datetime

from bot.formatting import discord_timestamp
from bot.views.sessions.people import other_name
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.points import pricing
from mentorship.sessions.lifecycle import Attendance, Party, Unit
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from wording.names import first_name
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, sentences


def attendance_text(
    session: SessionView,
    reader_id: int,
    guild: GuildSettings,
    reader: Reader,
    until: datetime | None,
) -> str:
    """Return until when the reader or the other can answer, and what silence means.

    The sentence before it says who has reported a no-show. `until` is the deadline, for a session
    in progress.
    """
    party, name = session.party(reader_id), other_name(session, reader_id)
    own_report, other_report = session.reports.get(party), session.reports.get(party.other)
    if other_report is Attendance.NO_SHOW:
        return sentences(
            _other_report_counts(session, party, name, guild, reader, until),
            _objection(session, party),
        )
    if own_report is Attendance.NO_SHOW:
        return own_report_counts(session, party, name, guild, reader, until)
    payment = format_points(session.payout, guild, reader) if session.payout else ""
    if party is Party.MENTEE:
        is_alone = other_report is not None or session.unit is Unit.SEAT
        return sentences(
            _confirming(session, name, payment), _silence_confirms(until, is_alone=is_alone)
        )
    if own_report is Attendance.MET:
        return _confirmed_by_mentee(name, payment, until, is_alone=True)
    nothing_to_do = (
        _("If you met, there's nothing to do.")
        if session.unit is Unit.SESSION
        else _("If {name} came, there's nothing to do.", name=name)
    )
    return sentences(
        nothing_to_do,
        _confirmed_by_mentee(name, payment, until, is_alone=False),
        _("If {name} didn't come, report a no-show.", name=name),
    )


def own_report_counts(
    session: SessionView,
    party: Party,
    name: str,
    guild: GuildSettings,
    reader: Reader,
    until: datetime | None = None,
) -> str:
    """Return what the reader's no-show report means if `name` doesn't answer, and who is paid.

    `party` is the reader's. `until` is left out where the sentence before names it.
    """
    points = format_points(session.price, guild, reader)
    if until is None:
        if not session.price:
            return _("If {name} doesn't answer, your report counts.", name=name)
        if party is Party.MENTEE:
            return _(
                "If {name} doesn't answer, your report counts and you're refunded {points}.",
                name=name,
                points=points,
            )
        return _(
            "If {name} doesn't answer, your report counts and you're paid {points}.",
            name=name,
            points=points,
        )
    time = discord_timestamp(until)
    if not session.price:
        return _("If {name} doesn't answer by {time}, your report counts.", name=name, time=time)
    if party is Party.MENTEE:
        return _(
            "If {name} doesn't answer by {time}, your report counts and you're refunded {points}.",
            name=name,
            time=time,
            points=points,
        )
    return _(
        "If {name} doesn't answer by {time}, your report counts and you're paid {points}.",
        name=name,
        time=time,
        points=points,
    )


def _other_report_counts(
    session: SessionView,
    party: Party,
    name: str,
    guild: GuildSettings,
    reader: Reader,
    until: datetime | None,
) -> str:
    """Return what the no-show report of `name` means if the reader, who is `party`, is silent."""
    if until is None:
        return _("If you don't answer, that report counts.")
    time, points = discord_timestamp(until), format_points(session.price, guild, reader)
    if not session.price:
        return _("If you don't answer by {time}, that report counts.", time=time)
    if party is Party.MENTOR:
        return _(
            "If you don't answer by {time}, that report counts and {name} is refunded {points}.",
            time=time,
            name=name,
            points=points,
        )
    return _(
        "If you don't answer by {time}, that report counts and {name} is paid {points}.",
        time=time,
        name=name,
        points=points,
    )


def _objection(session: SessionView, party: Party) -> str:
    """Return how to disagree with a no-show report."""
    button = met_label(session, party)
    if session.unit is Unit.SESSION:
        # Translators: {button} is the label of the button "We met".
        return _("If you did meet, press **{button}**, and the moderators decide.", button=button)
    # Translators: {button} is the label of the button "I attended" or "They attended".
    return _("If you did come, press **{button}**, and the moderators decide.", button=button)


def _confirming(session: SessionView, name: str, payment: str) -> str:
    """Return for the mentee what confirming does, which pays the mentor `name` if it isn't free."""
    if session.unit is Unit.SESSION:
        if payment:
            return _("Confirming that you met pays {name} {points}.", name=name, points=payment)
        return _("Confirming that you met completes the session.")
    if payment:
        return _("Confirming that you attended pays {name} {points}.", name=name, points=payment)
    return _("Confirming that you attended completes the session.")


def _silence_confirms(until: datetime | None, *, is_alone: bool) -> str:
    """Return that no answer confirms the session: the mentee's alone, or neither's."""
    if until is None:
        if is_alone:
            # Translators: after a sentence such as “Confirming that you met completes the session.”
            return _("If you don't answer, that happens automatically.")
        return _("If neither of you answers, that happens automatically.")
    time = discord_timestamp(until)
    if is_alone:
        # Translators: {time} is a date with a time of day. After a sentence such as “Confirming …”.
        return _("If you don't answer by {time}, that happens automatically.", time=time)
    return _("If neither of you answers by {time}, that happens automatically.", time=time)


def _confirmed_by_mentee(name: str, payment: str, until: datetime | None, *, is_alone: bool) -> str:
    """Return for the mentor what happens when `name` confirms, or when nobody does.

    `is_alone` says that only `name` hasn't answered.
    """
    if until is None:
        if payment:
            return _("You're paid {points} when {name} confirms.", points=payment, name=name)
        return _("The session is completed when {name} confirms.", name=name)
    time = discord_timestamp(until)
    if payment and is_alone:
        return _(
            "You're paid {points} when {name} confirms, or on {time} if {name} doesn't answer.",
            points=payment,
            name=name,
            time=time,
        )
    if payment:
        return _(
            "You're paid {points} when {name} confirms, or on {time} if neither of you answers.",
            points=payment,
            name=name,
            time=time,
        )
    if is_alone:
        return _(
            "The session is completed when {name} confirms, or on {time} if {name} doesn't answer.",
            name=name,
            time=time,
        )
    return _(
        "The session is completed when {name} confirms, or on {time} if neither of you answers.",
        name=name,
        time=time,
    )


def met_label(session: SessionView, party: Party) -> str:
    """Return the label of the button that reports that a participant came."""
    if session.unit is Unit.SESSION:
        # Translators: a button.
        return _("We met")
    # Translators: buttons of the attendee and the mentor of a group session.
    return _("I attended") if party is Party.MENTEE else _("They attended")


def no_show_label(session: SessionView, party: Party) -> str:
    """Return the label of the button that reports that the other participant didn't come."""
    if session.unit is Unit.SESSION or party is Party.MENTOR:
        return _("No-show")
    # Translators: a button that reports a no-show.
    return _("{name} didn't come", name=first_name(session.mentor.name))


def dispute_text(session: SessionView, reader_id: int, guild: GuildSettings, reader: Reader) -> str:
    """Return what moderators decide about an open dispute, and what happens if they don't.

    The sentence before it says that the reports don't match, or what the other one reported.
    """
    time = discord_timestamp(session.next_at) if session.next_at else ""
    if not session.price:
        return sentences(
            _("The moderators decide whether the session took place."),
            _("If they don't decide by {time}, it counts as completed.", time=time)
            if time
            else _("If they don't decide in time, it counts as completed."),
        )
    decision = _(
        "The moderators decide who gets {points}.",
        points=format_points(session.price, guild, reader),
    )
    refund, payout = (format_points(each, guild, reader) for each in split_shares(session))
    name = other_name(session, reader_id)
    is_mentee = session.party(reader_id) is Party.MENTEE
    return sentences(decision, _split(name, refund, payout, time, is_mentee=is_mentee))


def _split(name: str, refund: str, paid: str, time: str, *, is_mentee: bool) -> str:
    """Return how the points are split if the moderators don't decide by `time`, "" for unknown."""
    if is_mentee and time:
        return _(
            "If they don't decide by {time}, it's split: you're refunded {refund} and {name} is "
            "paid {paid}.",
            time=time,
            refund=refund,
            name=name,
            paid=paid,
        )
    if is_mentee:
        return _(
            "If they don't decide in time, it's split: you're refunded {refund} and {name} is "
            "paid {paid}.",
            refund=refund,
            name=name,
            paid=paid,
        )
    if time:
        return _(
            "If they don't decide by {time}, it's split: you're paid {paid} and {name} is "
            "refunded {refund}.",
            time=time,
            paid=paid,
            name=name,
            refund=refund,
        )
    return _(
        "If they don't decide in time, it's split: you're paid {paid} and {name} is refunded "
        "{refund}.",
        paid=paid,
        name=name,
        refund=refund,
    )


def concession_label(session: SessionView, party: Party) -> str:
    """Return what a participant agrees to by conceding: the other side's report, if it's free."""
    if session.price:
        # Translators: a button: to give in to what the other one reported.
        return _("Concede")
    if session.unit is Unit.SEAT and party is Party.MENTEE:
        # Translators: buttons that agree with what the other one reported.
        return _("It took place") if agrees_that_they_met(session, party) else _("I didn't attend")
    if session.unit is Unit.SEAT:
        return _("They attended") if agrees_that_they_met(session, party) else _("I didn't come")
    # Translators: buttons that agree with what the other one reported.
    return _("We met") if agrees_that_they_met(session, party) else _("We didn't meet")


def agrees_that_they_met(session: SessionView, party: Party) -> bool:
    """Return whether a participant who concedes agrees with a report that they met."""
    return session.reports.get(party.other) is Attendance.MET


def split_shares(session: SessionView) -> tuple[int, int]:
    """Return the mentee's refund and the mentor's payout if the points are split."""
    half = session.price // 2
    return session.price - half, pricing.payout(half, session.fee_percent)


def was_disputed(session: SessionView) -> bool:
    """Return whether the two reports contradict each other."""
    return len(session.reports) > 1 and Attendance.NO_SHOW in session.reports.values()


def resolution_text(session: SessionView, reader_id: int) -> str:
    """Return who resolved a dispute that is over, and how, for one participant."""
    took_place = session.status is SessionStatus.COMPLETED
    if session.ended_by is None:
        if session.price:
            return _("The moderators didn't decide in time, so the points were split.")
        return _("The moderators didn't decide in time, so the session counts as completed.")
    if session.ended_by not in (session.mentor.user_id, session.mentee.user_id):
        if session.price:
            return _("The moderators decided the dispute.")
        if took_place:
            return _("The moderators decided that the session took place.")
        return _("The moderators decided that the session didn't take place.")
    if session.ended_by == reader_id:
        return _own_concession(session, took_place=took_place)
    return _other_concession(session, other_name(session, reader_id), took_place=took_place)


def _own_concession(session: SessionView, *, took_place: bool) -> str:
    if session.price:
        return _("You conceded the dispute.")
    if session.unit is Unit.SEAT:
        if took_place:
            return _("You agreed that the session took place.")
        return _("You agreed that the session didn't take place.")
    return _("You agreed that you met.") if took_place else _("You agreed that you didn't meet.")


def _other_concession(session: SessionView, name: str, *, took_place: bool) -> str:
    if session.price:
        return _("{name} conceded the dispute.", name=name)
    if session.unit is Unit.SEAT:
        if took_place:
            return _("{name} agreed that the session took place.", name=name)
        return _("{name} agreed that the session didn't take place.", name=name)
    if took_place:
        return _("{name} agreed that you met.", name=name)
    return _("{name} agreed that you didn't meet.", name=name)
