"""The phases of an erasure that handle the person's sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    case,
    delete,
    func,
    null,
    select,
    union_all,
    update,
)

from mentorship import faults, statuses
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.insights import following, refreshing
from mentorship.operations.erasure_phases import notes as erasure_notes
from mentorship.operations.erasure_phases.rows import (
    GUILD,
    HAS_REASON,
    IDS,
    LIMIT,
    PERSON,
    PLACEHOLDER,
    PROFILE,
    ErasedPerson,
    PhaseProgress,
    clear_reasons,
    run,
)
from mentorship.points import ledger
from mentorship.sessions import session_views, transitions
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import (
    BookingAnswer,
    Commitment,
    Event,
    MeetingPlace,
    MentorProfile,
    Notification,
    Participant,
    Review,
    Session,
    Thanks,
    Transfer,
)
from storage.types import UtcDateTime

MAX_ENDED_AT_ONCE = 10
"""How many sessions one transaction cancels. Each moves points and notifies somebody."""

ROWS_PER_ENDED_SESSION = 50
"""As many rows as a session that is cancelled counts for."""

ROWS_PER_SESSION = 20 + erasure_notes.ROWS_PER_SESSION
"""About as many rows as a session has in other tables, with those that its figures are counted
from."""

_UNTIL = bindparam("until", type_=BigInteger)
# `+ 0` keeps planners from reading the person's sessions of all guilds, in the order of their ids.
_OWN = (
    Participant.guild_id == GUILD,
    Participant.user_id == PERSON,
    Participant.session_id + 0 <= _UNTIL,
)

_ROLES = (Party.MENTOR, Party.MENTEE)


def _starting_as(role: Party) -> Select[int, datetime | None]:
    """Select the person's next sessions in a role."""
    return (
        select(Participant.session_id, Participant.session_starts_at)
        .where(
            Participant.guild_id == GUILD,
            Participant.user_id == PERSON,
            Participant.role == role,
            Participant.session_status.in_(statuses.UPCOMING),
            Participant.session_starts_at > bindparam("now", type_=UtcDateTime),
            Participant.session_id + 0 <= _UNTIL,
            ~faults.awaits_retry(
                FaultKind.CANCELLATION,
                Participant.session_id.expression,
                bindparam("now", type_=UtcDateTime),
            ),
        )
        .order_by(Participant.session_starts_at)
        .limit(LIMIT)
    )


# A query for each role: with both in one, SQLite reads all sessions that the person ever had.
_next = union_all(*(select(_starting_as(role).subquery()) for role in _ROLES)).subquery()
_STARTING = (
    select(Session.id, Session.mentor_id, Session.topic)
    .join(_next, _next.c.session_id == Session.id)
    .order_by(_next.c.session_starts_at)
    .limit(LIMIT)
)
_FORGET_ACTOR = (
    update(Event)
    .where(Event.session_id.in_(IDS), Event.actor_id == PLACEHOLDER)
    .values(actor_id=None),
    update(Transfer)
    .where(Transfer.session_id.in_(IDS), Transfer.made_by == PLACEHOLDER)
    .values(made_by=None),
    update(Notification)
    .where(Notification.session_id.in_(IDS), Notification.caused_by == PLACEHOLDER)
    .values(caused_by=None),
)


async def end_upcoming(tx: Transaction, person: ErasedPerson, limit: int) -> PhaseProgress:
    """Cancel or decline the person's next sessions; the other participants are notified.

    Most are a mentor's: those that the person has booked have ended before, except those of which
    that failed. The person is replaced by their placeholder first, so that nothing about the end of
    the session is written under their own id. They may have returned. A session that can't be ended
    is tried again later, as `mentorship.faults` says, and stays theirs until then.
    """
    limit = min(MAX_ENDED_AT_ONCE, max(1, limit // ROWS_PER_ENDED_SESSION))
    until = {"now": tx.now, "until": person.watermarks["sessions"], "limit": limit}
    rows = (await run(tx, _STARTING, person.params | until)).all()
    if not rows:
        return PhaseProgress(0, more=False)
    guild = await guild_settings.load(tx, person.guild_id)
    try:
        async with tx.savepoint():
            await _end(tx, person, guild, rows)
        ended = [row.id for row in rows]
    except Exception as error:
        if not faults.concerns_row(error):
            raise

        async def end(row: Any) -> int:
            await _end(tx, person, guild, [row])
            return int(row.id)

        kind = FaultKind.CANCELLATION
        ended = (await faults.isolate(tx, kind, rows, end, lambda row: row.id)).results
    await faults.clear(tx, FaultKind.CANCELLATION, ended)
    return PhaseProgress(ROWS_PER_ENDED_SESSION * len(rows), len(rows) >= limit)


async def _end(
    tx: Transaction, person: ErasedPerson, guild: GuildSettings, rows: Sequence[Any]
) -> None:
    await _separate(tx, person, rows)
    ids = [row.id for row in rows]
    for row in (await session_views.load_rows(tx, ids)).values():
        session, by = session_views.from_row(row), person.placeholder_id
        party = session.party(by)
        action = Action.CANCEL if party is Party.MENTEE else ending(session)
        await transitions.apply(tx, guild, session, action, party, by=by)
        if party is Party.MENTEE:
            # What was refunded, like all other points of an erased person.
            await ledger.close_account(tx, guild, by)
    for statement in _FORGET_ACTOR:
        await run(tx, statement, person.params | {"ids": ids})


def ending(session: SessionView) -> Action:
    """Return the action by which a mentor ends a session that hasn't started."""
    return Action.DECLINE if session.status is SessionStatus.SCHEDULED else Action.CANCEL


# --- Sessions that are over ----------------------------------------------------------------------


def _replaced(column: Any) -> ColumnElement[Any]:
    return case((column == PERSON, PLACEHOLDER), else_=column)


_OVER = (
    select(Session.id, Session.mentor_id, Session.topic)
    .join(Participant, Participant.session_id == Session.id)
    .where(*_OWN, Participant.session_status.not_in(statuses.LIVE))
    .limit(LIMIT)
)
_CLEAR_SESSIONS = (
    update(Session)
    .where(Session.id.in_(IDS))
    .values(
        topic=case(
            (
                # A mentee's own words, or the title that a mentor has given a group session.
                case(
                    (Session.group_id.is_(None), Session.mentor_id != PERSON),
                    else_=Session.mentor_id == PERSON,
                )
                | Session.id.in_(bindparam("named", expanding=True)),
                "",
            ),
            else_=Session.topic,
        ),
        meeting_link=case((Session.mentor_id == PERSON, null()), else_=Session.meeting_link),
        ended_reason=None,
        proposed_by=_replaced(Session.proposed_by),
        ended_by=_replaced(Session.ended_by),
        no_show_user_id=_replaced(Session.no_show_user_id),
        mentor_id=_replaced(Session.mentor_id),
    )
)
_MOVE_SEATS = (
    update(Participant)
    .where(Participant.session_id.in_(IDS), Participant.user_id == PERSON)
    .values(user_id=PLACEHOLDER, timezone=None, utc_offset=None)
)
# A mentee's answers are their own words. Of a mentor's sessions, the questions are.
_DELETE_ANSWERS = delete(BookingAnswer).where(BookingAnswer.session_id.in_(IDS))
_CLEAR_QUESTIONS = (
    update(BookingAnswer).where(BookingAnswer.session_id.in_(IDS)).values(question="")
)
_ANSWERS = select(BookingAnswer.session_id, BookingAnswer.position, BookingAnswer.answer).where(
    BookingAnswer.session_id.in_(IDS)
)
_CLEAR_ANSWER = (
    update(BookingAnswer)
    .where(
        BookingAnswer.session_id == bindparam("of_session", type_=BigInteger),
        BookingAnswer.position == bindparam("at_position", type_=BigInteger),
    )
    .values(answer="")
)
_DELETE_COMMITMENTS = delete(Commitment).where(
    # `+ 0` keeps SQLite from reading all commitments that the person ever had.
    Commitment.session_id.in_(IDS),
    Commitment.user_id + 0 == PERSON,
)
_CLEAR_REVIEWS = (
    update(Review)
    .where(Review.session_id.in_(IDS), Review.profile_id + 0 == PROFILE)
    .values(text="", reply=None, replied_at=None, hidden_reason=None)
)
_CLEAR_THANKS = update(Thanks).where(Thanks.session_id.in_(IDS)).values(text="")
_OWN_REVIEWS = (Review.session_id.in_(IDS), Review.author_id + 0 == PERSON)
_OWN_STARS = (
    select(Review.profile_id, func.sum(Review.stars).label("stars"), func.count().label("reviews"))
    .where(*_OWN_REVIEWS, Review.counts, Review.hidden_at.is_(None))
    .group_by(Review.profile_id)
    # In one order for all, so that two erasures don't deadlock.
    .order_by(Review.profile_id)
)
_TAKE_STARS = (
    update(MentorProfile)
    .where(MentorProfile.id == bindparam("rated"))
    .values(
        rating_sum=MentorProfile.rating_sum - bindparam("stars"),
        rating_count=MentorProfile.rating_count - bindparam("reviews"),
    )
)
_DELETE_REVIEWS = delete(Review).where(*_OWN_REVIEWS)
_CLEAR_NOTES = (
    update(Event).where(Event.session_id.in_(IDS), Event.note.is_not(None)).values(note=None)
)
_REASONS = select(Notification.id, Notification.facts).where(
    Notification.session_id.in_(IDS), HAS_REASON
)
# A place is named after both people. Its channel is found by its id.
_CLEAR_PLACES = (
    update(MeetingPlace)
    .where(MeetingPlace.session_id.in_(IDS), MeetingPlace.channel_id.is_not(None))
    .values(name="", problem=None)
)
_DELETE_UNMADE_PLACES = delete(MeetingPlace).where(
    MeetingPlace.session_id.in_(IDS), MeetingPlace.channel_id.is_(None)
)


async def separate(tx: Transaction, person: ErasedPerson, limit: int) -> PhaseProgress:
    """Replace the person by their placeholder in sessions that are over.

    Deletes what they wrote and what was written about them there, and takes their stars out of the
    ratings of mentors: otherwise they could return, unrecognized, and count twice.
    """
    limit = max(1, limit // ROWS_PER_SESSION)
    until = {"until": person.watermarks["sessions"], "limit": limit}
    rows = (await run(tx, _OVER, person.params | until)).all()
    if not rows:
        return PhaseProgress(0, more=False)
    await _separate(tx, person, rows)
    return PhaseProgress(ROWS_PER_SESSION * len(rows), len(rows) >= limit)


async def _separate(tx: Transaction, person: ErasedPerson, rows: Sequence[Any]) -> None:
    """Separate the person from sessions: rows of `id`, `mentor_id` and `topic`."""
    ids = [row.id for row in rows]
    params = person.params | {"ids": ids}
    await erasure_notes.separate(tx, person, rows)
    # A mentor's figures are about their profile, and stay.
    attended = [row.id for row in rows if row.mentor_id != person.user_id]
    months = await following.find_buckets(tx, attended, attended)
    await _withdraw_ratings(tx, params)
    for statement in (
        _CLEAR_REVIEWS,
        _CLEAR_THANKS,
        _DELETE_COMMITMENTS,
        _CLEAR_NOTES,
        _CLEAR_PLACES,
        _DELETE_UNMADE_PLACES,
        _MOVE_SEATS,
    ):
        await run(tx, statement, params)
    await clear_reasons(tx, (await run(tx, _REASONS, params)).all())
    await _clear_answers(tx, person, rows)
    await run(tx, _CLEAR_SESSIONS, params | {"named": _named(person, rows)})
    # At once, since they name their mentees.
    await refreshing.compute(tx, months)


def _named(person: ErasedPerson, rows: Sequence[Any]) -> list[int]:
    """Return the sessions whose topic, which the other person wrote, names this one."""
    return [row.id for row in rows if person.is_in(row.topic)]


async def _clear_answers(tx: Transaction, person: ErasedPerson, rows: Sequence[Any]) -> None:
    """Clear what the person asked and answered at booking, and answers that name them."""
    booked = [row.id for row in rows if row.mentor_id != person.user_id]
    mentored = [row.id for row in rows if row.mentor_id == person.user_id]
    if booked:
        await tx.connection.execute(_DELETE_ANSWERS, {"ids": booked})
    if mentored:
        answers = (await tx.connection.execute(_ANSWERS, {"ids": mentored})).all()
        named = [
            {"of_session": row.session_id, "at_position": row.position}
            for row in answers
            if person.is_in(row.answer)
        ]
        if answers:
            await tx.connection.execute(_CLEAR_QUESTIONS, {"ids": mentored})
        if named:
            await tx.connection.execute(_CLEAR_ANSWER, named)


async def _withdraw_ratings(tx: Transaction, params: dict[str, Any]) -> None:
    rows = (await run(tx, _OWN_STARS, params)).all()
    if rows:
        await tx.connection.execute(
            _TAKE_STARS,
            [
                {"rated": row.profile_id, "stars": int(row.stars), "reviews": row.reviews}
                for row in rows
            ],
        )
    await run(tx, _DELETE_REVIEWS, params)


_LEFT = select(Participant.session_id).where(*_OWN).limit(1)


async def has_sessions_left(tx: Transaction, person: ErasedPerson) -> bool:
    """Return whether the person is still in a session: one that wasn't over."""
    params = person.params | {"until": person.watermarks["sessions"]}
    return (await run(tx, _LEFT, params)).first() is not None
