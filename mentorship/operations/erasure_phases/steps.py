"""The work of an erasure: separating a person from their data, in bounded steps.

`begin` closes the account, gives rows of which there is only one, such as the profile, to a
placeholder, and records where the old data ends: rows with a higher id or a later time were written
after the person returned. Each `step` is a transaction of its own that handles a bounded number of
rows, so nobody waits for the erasure of a long history. The rows that are done no longer have the
person's id. So any process can continue after a crash. See
`docs/decisions/0030-erasure-in-steps.md`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, exists, insert, or_, select, update

from mentorship import faults
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import BEING_PURGED
from mentorship.insights import refreshing
from mentorship.insights.views import month_of
from mentorship.members import returning
from mentorship.operations.erasure_phases import calendars as erasure_calendars
from mentorship.operations.erasure_phases import goals as erasure_goals
from mentorship.operations.erasure_phases import groups as erasure_groups
from mentorship.operations.erasure_phases import offers as erasure_offers
from mentorship.operations.erasure_phases import rows as erasure_rows
from mentorship.operations.erasure_phases import sessions as erasure_sessions
from mentorship.operations.erasure_phases.rows import GUILD, PERSON, ErasedPerson, Phase, run
from mentorship.operations.personal_data import (
    FORMER_MEMBER,
    PERSON_COLUMNS,
    ErasureAction,
    is_person,
)
from mentorship.points import grant_requests, ledger
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.queries import load_last_ids
from storage.tables import (
    Account,
    CalendarFeed,
    Erasure,
    Event,
    ExternalCalendar,
    GrantRequest,
    GroupSession,
    Guild,
    HelpRequest,
    Invitation,
    Member,
    MemberReminderChange,
    MentorProfile,
    Mentorship,
    Notification,
    Participant,
    Series,
    Session,
    SessionEnding,
    Transfer,
)

ROWS_PER_STEP = 500
"""About how many rows a step handles, which takes some milliseconds."""

RESUMED_AFTER = timedelta(minutes=1)
"""How old an erasure is when the job continues it, since its own process hasn't finished."""

_NUMBERED = (Session, Event, Transfer, Notification, GrantRequest, ExternalCalendar)
"""The tables whose old rows are told from new ones by their ids."""

_PHASES: Mapping[str, Phase] = {
    "upcoming": erasure_sessions.end_upcoming,
    "upcoming_groups": erasure_groups.end_upcoming,
    "offers": erasure_offers.end_open,
    "sessions": erasure_sessions.separate,
    "groups": erasure_groups.separate,
    "waitlists": erasure_groups.leave_waitlists,
    "alerts": erasure_groups.delete_alerts,
    "calendars": erasure_calendars.delete_calendars,
    **erasure_rows.PHASES,
}
_FIRST_PHASE, *_LATER_PHASES = _PHASES

_BLANK: Mapping[str, Any] = {
    "name": FORMER_MEMBER,
    "avatar": None,
    "timezone": None,
    "language": None,
    "chosen_language": None,
    "rank": 0,
    "muted_notices": [],
    "reminders": None,
    "quiet_from": None,
    "quiet_until": None,
    "dm_channel_id": None,
    "joined_at": None,
    "screening_pending": False,
    "on_leaderboard": True,
    "used_at": None,
}
"""A member's row that says nothing about them, until it can be deleted or they return."""


@dataclass(frozen=True, slots=True)
class UnfinishedErasure:
    """An erasure that isn't complete, and whether the person has returned meanwhile."""

    id: int
    has_returned: bool


_IS_MEMBER = (Member.guild_id == GUILD, Member.user_id == PERSON)
_IS_PROFILE = (MentorProfile.guild_id == GUILD, MentorProfile.user_id == PERSON)
_SELECT_MEMBER = select(Member.name, Member.used_at).where(*_IS_MEMBER)
_OF_PERSON = (Erasure.guild_id == GUILD, Erasure.user_id == PERSON)
_SELECT_OLDEST = select(*Erasure.__table__.c).where(*_OF_PERSON).order_by(Erasure.id).limit(1)
_SELECT_LATEST = (
    select(*Erasure.__table__.c).where(*_OF_PERSON).order_by(Erasure.id.desc()).limit(1)
)
_BY_ID = select(*Erasure.__table__.c).where(Erasure.id == bindparam("erasure"))
# At once, since the jobs would act, and write, in the person's name.
_BEGUN_CHANGES = (
    delete(SessionEnding).where(SessionEnding.guild_id == GUILD, SessionEnding.user_id == PERSON),
    update(SessionEnding)
    .where(is_person(SessionEnding.actor_id, GUILD, PERSON))
    .values(actor_id=None),
    delete(MemberReminderChange).where(
        MemberReminderChange.guild_id == GUILD, MemberReminderChange.user_id == PERSON
    ),
    delete(CalendarFeed).where(CalendarFeed.guild_id == GUILD, CalendarFeed.user_id == PERSON),
    update(ExternalCalendar)
    .where(ExternalCalendar.guild_id == GUILD, ExternalCalendar.user_id == PERSON)
    .values(next_at=None, credentials=None, receives_sessions=False),
    *erasure_goals.BEGUN_CHANGES,
)
_NEEDS_PLACEHOLDER = select(
    or_(
        *(
            exists().where(is_person(column, GUILD, PERSON))
            for column in (
                Participant.user_id,
                Series.mentee_id,
                Invitation.mentee_id,
                Mentorship.mentor_id,
                HelpRequest.user_id,
            )
        )
    )
)


async def find(tx: Transaction, guild_id: int, user_id: int) -> UnfinishedErasure | None:
    """Return a person's latest erasure in a guild that isn't complete, or None."""
    params = {"guild": guild_id, "person": user_id}
    latest = await _load(tx, _SELECT_LATEST, params)
    return None if latest is None else UnfinishedErasure(latest.id, await _has_returned(tx, latest))


async def list_unfinished(tx: Transaction, after_id: int = 0, limit: int = 100) -> list[int]:
    """List erasures that nobody works on, the oldest first, from those with an id after `after_id`.

    Those that have failed are left out until they are to be retried.
    """
    ids = (
        select(Erasure.id)
        .where(
            Erasure.id > after_id,
            Erasure.created_at <= tx.now - RESUMED_AFTER,
            Erasure.guild_id.not_in(BEING_PURGED),
            ~faults.awaits_retry(FaultKind.ERASURE, Erasure.id.expression, tx.now),
        )
        .order_by(Erasure.id)
        .limit(limit)
    )
    return list(await tx.connection.scalars(ids))


async def begin(tx: Transaction, guild_id: int, user_id: int) -> int:
    """Close a person's account and give what is theirs alone to a placeholder.

    The placeholder's id is random, and negative, unlike any of Discord's, so it can't be traced
    back to the person. Returns the id of the erasure, for `step`. The guild's row must exist.
    """
    params = {"guild": guild_id, "person": user_id}
    guild = await guild_settings.load(tx, guild_id)
    await ledger.close_account(tx, guild, user_id)
    await grant_requests.reject_all_of(tx, guild_id, user_id)
    profile_id = await tx.connection.scalar(select(MentorProfile.id).where(*_IS_PROFILE), params)
    is_account = (
        Account.guild_id == GUILD,
        Account.user_id == PERSON,
        Account.kind == "member",
    )
    account_id = await tx.connection.scalar(select(Account.id).where(*is_account), params)
    member = (await tx.connection.execute(_SELECT_MEMBER, params)).one_or_none()
    placeholder_id = -1 - secrets.randbelow(2**53 - 1)
    if profile_id is not None or await tx.connection.scalar(_NEEDS_PLACEHOLDER, params):
        await tx.connection.execute(
            insert(Member).values(
                guild_id=guild_id, user_id=placeholder_id, name=FORMER_MEMBER, created_at=tx.now
            )
        )
    if profile_id is not None:
        await _hand_over_profile(tx, profile_id, placeholder_id)
        await refreshing.mark(tx, [(profile_id, month_of(tx.now))])
    if account_id is not None:
        await tx.connection.execute(
            update(Account).where(Account.id == account_id).values(user_id=placeholder_id)
        )
    blank = update(Member).where(*_IS_MEMBER).values(**_BLANK, left_at=tx.now, created_at=tx.now)
    await run(tx, blank, params)
    for statement in _BEGUN_CHANGES:
        await run(tx, statement, params | {"placeholder": placeholder_id})
    erasure = {
        "guild_id": guild_id,
        "user_id": user_id,
        "name": "" if member is None or member.name == FORMER_MEMBER else member.name,
        "placeholder_id": placeholder_id,
        "profile_id": profile_id,
        "account_id": account_id,
        "watermarks": await load_last_ids(tx.connection, _NUMBERED),
        "phase": _FIRST_PHASE,
        "created_at": tx.now,
    }
    result = await tx.connection.execute(insert(Erasure).values(**erasure).returning(Erasure.id))
    return int(result.scalar_one())


async def _hand_over_profile(tx: Transaction, profile_id: int, placeholder_id: int) -> None:
    is_profile = MentorProfile.id == profile_id
    # Stopped before the id changes, so that the search index has dropped the name and bio.
    await tx.connection.execute(
        update(MentorProfile)
        .where(is_profile)
        .values(
            status=ProfileStatus.STOPPED,
            bio="",
            meeting_link=None,
            meeting_place=None,
            timezone="UTC",
            paused=False,
            paused_until=None,
            created_at=tx.now,
        )
    )
    await tx.connection.execute(
        update(MentorProfile).where(is_profile).values(user_id=placeholder_id)
    )


async def step(tx: Transaction, erasure_id: int, rows: int = ROWS_PER_STEP) -> bool:
    """Continue an erasure, for about as many rows as `rows`. Returns whether there is more to do.

    Of several erasures of one person, the oldest is worked on first. A session that has begun can
    only be separated once it is over: the erasure then waits, and the next call tries again. The
    last step deletes the member's row, unless the person has returned. Does nothing for an erasure
    that is complete, and in a guild whose data is being deleted. Raises ValueError for one that a
    newer version of the program has begun and this one doesn't understand.
    """
    requested = await _load(tx, _BY_ID, {"erasure": erasure_id})
    if requested is None:
        return False
    if await tx.connection.scalar(BEING_PURGED.where(Guild.id == requested.guild_id)):
        return False
    person = await _load(tx, _SELECT_OLDEST, requested.params)
    assert person is not None
    names = list(_PHASES)
    if person.phase not in _PHASES:
        # The phase of another version of the program. Skipping it could leave data behind.
        raise ValueError(f"the phase {person.phase!r} of an erasure is unknown")
    while rows > 0 and person.phase in _PHASES:
        done = await _PHASES[person.phase](tx, person, rows)
        rows -= done.rows
        person = replace(person, position=done.position, handled=person.handled + done.rows)
        if not done.more:
            following = names[names.index(person.phase) + 1 :]
            person = replace(person, position=0, phase=following[0] if following else "")
    if person.phase in _PHASES:
        await _save(tx, person)
        return True
    if await erasure_sessions.has_sessions_left(tx, person) or await erasure_groups.has_groups_left(
        tx, person
    ):
        await _save(tx, replace(person, phase=_FIRST_PHASE, handled=0))
        return False
    await _finish(tx, person)
    return person.id != erasure_id


async def resume(tx: Transaction, erasure_id: int) -> bool:
    """Take a step of an erasure, as `step` does, but one that fails is recorded and retried later.

    Raises what isn't about this erasure, such as a lost database.
    """

    async def take_step(row_id: int) -> bool:
        return await step(tx, row_id)

    outcome = await faults.isolate(tx, FaultKind.ERASURE, [erasure_id], take_step, int)
    has_more = any(outcome.results)
    if outcome.results and not has_more:
        await faults.clear(tx, FaultKind.ERASURE, [erasure_id])
    return has_more


async def _load(tx: Transaction, statement: Any, params: Mapping[str, Any]) -> ErasedPerson | None:
    row = (await tx.connection.execute(statement, params)).one_or_none()
    return None if row is None else ErasedPerson(**row._mapping)


async def _save(tx: Transaction, person: ErasedPerson) -> None:
    await tx.connection.execute(
        update(Erasure)
        .where(Erasure.id == person.id)
        .values(phase=person.phase, position=person.position, handled=person.handled)
    )


# --- The last step -------------------------------------------------------------------------------

_HAS_OTHER_DATA = select(
    or_(
        *(
            exists().where(is_person(column, GUILD, PERSON))
            for column, action in PERSON_COLUMNS
            if action not in (ErasureAction.DERIVED, ErasureAction.WORK)
            and column.class_ not in (Member, Erasure)
        )
    )
)


async def _finish(tx: Transaction, person: ErasedPerson) -> None:
    """Delete what no row needs any more."""
    await _delete_unused_placeholder(tx, person)
    await tx.connection.execute(delete(Erasure).where(Erasure.id == person.id))
    if await find(tx, person.guild_id, person.user_id) is not None:
        return
    if await _has_returned(tx, person):
        return
    await returning.keep_blocks(tx, person.guild_id, person.user_id)
    if not (await run(tx, _HAS_OTHER_DATA, person.params)).scalar():
        await run(tx, delete(Member).where(*_IS_MEMBER), person.params)
    elif person.handled:
        # The program itself has written something since, such as a payment for a session that had
        # begun. Unless nothing could be done with it, the job erases that as well.
        await begin(tx, person.guild_id, person.user_id)


_DELETE_UNUSED_PROFILE = delete(MentorProfile).where(
    *_IS_PROFILE,
    *(
        ~exists().where(table.profile_id == MentorProfile.id)
        for table in (Session, GroupSession, Series, Invitation)
    ),
)
_DELETE_UNUSED_MEMBER = delete(Member).where(
    *_IS_MEMBER, ~exists().where(*_IS_PROFILE), ~_NEEDS_PLACEHOLDER.scalar_subquery()
)


async def _delete_unused_placeholder(tx: Transaction, person: ErasedPerson) -> None:
    placeholder = {"guild": person.guild_id, "person": person.placeholder_id}
    await run(tx, _DELETE_UNUSED_PROFILE, placeholder)
    await run(tx, _DELETE_UNUSED_MEMBER, placeholder)


_HAS_ACTED = select(
    exists().where(is_person(Event.actor_id, GUILD, PERSON), Event.id > bindparam("until"))
)


async def _has_returned(tx: Transaction, person: ErasedPerson) -> bool:
    """Return whether the person has acted since the erasure, or another member has named them."""
    params = person.params | {"until": person.watermarks["events"]}
    member = (await run(tx, _SELECT_MEMBER, params)).one_or_none()
    if member is not None and (member.used_at is not None or member.name != FORMER_MEMBER):
        return True
    return bool((await run(tx, _HAS_ACTED, params)).scalar())
