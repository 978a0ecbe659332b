"""Export what is stored about a person in a guild, page by page.

`mentorship.operations.export_file` writes the pages to a file, and `mentorship.operations.erasure`
removes the data.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    or_,
    select,
    tuple_,
)

from mentorship import statuses
from mentorship.actors import Actor
from mentorship.members import returning
from mentorship.operations.personal_data import PERSON_COLUMNS, is_person
from storage import Transaction
from storage.tables import (
    Account,
    Block,
    BookingAnswer,
    BookingQuestion,
    CalendarFeed,
    Commitment,
    DateOverrideRow,
    Event,
    ExternalBusy,
    ExternalCalendar,
    Goal,
    GrantRequest,
    GroupSession,
    HelpRequest,
    IdempotencyKey,
    Invitation,
    Member,
    MenteeMonth,
    MentorProfile,
    Mentorship,
    NextStep,
    Notification,
    Participant,
    PrivateNote,
    ProfileRevision,
    ProfileTag,
    RequestedMentor,
    Review,
    Series,
    Session,
    SessionLink,
    SharedNote,
    SlotAlert,
    Table,
    Tag,
    Thanks,
    Transfer,
    TravelRow,
    WaitlistEntry,
    WeeklyHoursRow,
)
from storage.types import UnreadableJson, UtcDateTime

ANOTHER_PERSON = "another person"
"""What an export contains in place of the id of anyone else."""

PAGE_SIZE = 500
"""How many rows one transaction reads."""

Cursor = tuple[Any, ...]
"""Where the next page begins: after the row, of one of the table's parts, with these values."""


UNREADABLE = "unreadable"
"""Stands for what was stored as JSON, and is none."""


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Some rows of a table, ready for JSON, and where the next page begins; None at the end.

    Ids are strings, and instants are ISO 8601 in UTC. No row has an id or name of other people.
    """

    rows: list[dict[str, Any]]
    next: Cursor | None


_Loader = Callable[[Transaction, Actor, Cursor | None, int], Awaitable[ExportPage]]

_GUILD: BindParameter[int] = bindparam("guild", type_=BigInteger)
_PERSON: BindParameter[int] = bindparam("person", type_=BigInteger)
_LIMIT: BindParameter[int] = bindparam("limit", type_=Integer)
_OWN_PROFILE = (
    select(MentorProfile.id)
    .where(MentorProfile.guild_id == _GUILD, MentorProfile.user_id == _PERSON)
    .scalar_subquery()
)
_OWN_ACCOUNT = (
    select(Account.id)
    .where(Account.guild_id == _GUILD, Account.user_id == _PERSON)
    .scalar_subquery()
)

_OWN_MENTORSHIPS = select(Mentorship.id).where(
    Mentorship.guild_id == _GUILD, Mentorship.mentee_id == _PERSON
)


async def load_page(
    tx: Transaction, actor: Actor, table: str, after: Cursor | None = None, size: int = PAGE_SIZE
) -> ExportPage:
    """Load the next rows about the actor in their guild of one of `TABLES`.

    Rows that are written during an export may be missing from it.
    """
    return await _LOADERS[table](tx, actor, after, size)


@dataclass(frozen=True, slots=True)
class _KeyLoader:
    """Loads the rows of a table about a person, in parts, each in the order of its keys.

    An index begins with the columns of a part, followed by the keys, so each page reads no
    more rows than it returns, wherever a person may have many. `statements` are two for each part:
    of the first page, and of the following ones.
    """

    table: Any
    keys: Sequence[Any]
    statements: Sequence[tuple[Select[Any], Select[Any]]]

    async def __call__(
        self, tx: Transaction, actor: Actor, after: Cursor | None, size: int
    ) -> ExportPage:
        number, last = (0, ()) if after is None else (after[0], after[1:])
        params = _params(actor) | {"limit": size}
        params |= {f"after_{place}": value for place, value in enumerate(last)}
        statement = self.statements[number][bool(last)]
        rows = (await tx.connection.execute(statement, params)).mappings().all()
        following: Cursor | None = None
        if len(rows) == size:
            following = (number, *(rows[-1][key.key] for key in self.keys))
        elif number + 1 < len(self.statements):
            following = (number + 1,)
        return ExportPage([_readable(self.table, row, actor.user_id) for row in rows], following)


def _by_key(table: Any, keys: Sequence[Any], *parts: ColumnElement[bool]) -> _KeyLoader:
    bounds = [bindparam(f"after_{place}", type_=key.type) for place, key in enumerate(keys)]
    after = keys[0] > bounds[0] if len(keys) == 1 else tuple_(*keys) > tuple_(*bounds)
    firsts = [select(table).where(part).order_by(*keys).limit(_LIMIT) for part in parts]
    return _KeyLoader(table, keys, [(first, first.where(after)) for first in firsts])


# Of all guilds: their order is that of an index, which a condition on the guild would hide from
# planners.
_SESSIONS = (
    select(Participant.session_id, Participant.guild_id)
    .where(Participant.user_id == _PERSON, Participant.session_id > bindparam("after"))
    .order_by(Participant.session_id)
    .limit(_LIMIT)
)


def _by_session(table: Any, session_id: Any, *conditions: ColumnElement[bool]) -> _Loader:
    """Return the loader of the rows of a table in the person's sessions, in the order of these."""
    statement = (
        select(table)
        .where(session_id.in_(bindparam("sessions", expanding=True)), *conditions)
        .order_by(*table.__table__.primary_key.columns)
    )

    async def load(tx: Transaction, actor: Actor, after: Cursor | None, size: int) -> ExportPage:
        params = _params(actor) | {"limit": size, "after": 0 if after is None else after[0]}
        seats = (await tx.connection.execute(_SESSIONS, params)).all()
        ids = [seat.session_id for seat in seats if seat.guild_id == actor.guild]
        rows = (await tx.connection.execute(statement, params | {"sessions": ids})).mappings()
        return ExportPage(
            [_readable(table, row, actor.user_id) for row in rows],
            (seats[-1].session_id,) if len(seats) == size else None,
        )

    return load


def _by_own_group(table: Any, group_id: Any) -> _Loader:
    """Return the loader of the rows of a table in the group sessions of which the person is mentor.

    In the order of these.
    """
    key = (GroupSession.starts_at, GroupSession.id)
    first = (
        select(*key)
        .where(is_person(GroupSession.mentor_id, _GUILD, _PERSON))
        .order_by(*key)
        .limit(_LIMIT)
    )
    bounds = (bindparam("after_start", type_=UtcDateTime), bindparam("after_id", type_=BigInteger))
    following = first.where(tuple_(*key) > tuple_(*bounds))
    statement = (
        select(table)
        .where(group_id.in_(bindparam("groups", expanding=True)), group_id.is_not(None))
        .order_by(*table.__table__.primary_key.columns)
    )

    async def load(tx: Transaction, actor: Actor, after: Cursor | None, size: int) -> ExportPage:
        params = _params(actor) | {"limit": size}
        if after is not None:
            params |= {"after_start": after[0], "after_id": after[1]}
        page = await tx.connection.execute(first if after is None else following, params)
        groups = page.all()
        ids = [group.id for group in groups]
        rows = (await tx.connection.execute(statement, {"groups": ids})).mappings()
        return ExportPage(
            [_readable(table, row, actor.user_id) for row in rows],
            (groups[-1].starts_at, groups[-1].id) if len(groups) == size else None,
        )

    return load


def _in_turn(*loaders: _Loader) -> _Loader:
    """Return the loader of what several loaders of one table load, one after the other."""

    async def load(tx: Transaction, actor: Actor, after: Cursor | None, size: int) -> ExportPage:
        number, *last = (0,) if after is None else after
        page = await loaders[number](tx, actor, tuple(last) or None, size)
        if page.next is not None:
            return ExportPage(page.rows, (number, *page.next))
        return ExportPage(page.rows, (number + 1,) if number + 1 < len(loaders) else None)

    return load


async def _load_tags(
    tx: Transaction, actor: Actor, _after: Cursor | None, _size: int
) -> ExportPage:
    names = select(Tag.name).join(ProfileTag, ProfileTag.tag_id == Tag.id)
    tags = await tx.connection.scalars(
        names.where(ProfileTag.profile_id == _OWN_PROFILE).order_by(Tag.name), _params(actor)
    )
    return ExportPage([{"name": tag} for tag in tags], None)


async def _load_erasure_record(
    tx: Transaction, actor: Actor, _after: Cursor | None, _size: int
) -> ExportPage:
    # Not the digest, which only says the user id in another way.
    erased = await returning.find(tx, actor.guild, actor.user_id)
    rows = [] if erased is None else [asdict(erased)]
    return ExportPage([{name: _plain(value) for name, value in row.items()} for row in rows], None)


def _is(column: Any) -> ColumnElement[bool]:
    return is_person(column, _GUILD, _PERSON)


_LOADERS: Mapping[str, _Loader] = {
    "members": _by_key(Member, [Member.user_id], _is(Member.user_id)),
    "mentor_profiles": _by_key(MentorProfile, [MentorProfile.id], _is(MentorProfile.user_id)),
    "profile_revisions": _by_key(
        ProfileRevision, [ProfileRevision.id], ProfileRevision.profile_id == _OWN_PROFILE
    ),
    "weekly_hours": _by_key(
        WeeklyHoursRow,
        [WeeklyHoursRow.weekday, WeeklyHoursRow.start_minute],
        WeeklyHoursRow.profile_id == _OWN_PROFILE,
    ),
    "date_overrides": _by_key(
        DateOverrideRow, [DateOverrideRow.id], DateOverrideRow.profile_id == _OWN_PROFILE
    ),
    "travel": _by_key(TravelRow, [TravelRow.first_date], TravelRow.profile_id == _OWN_PROFILE),
    "booking_questions": _by_key(
        BookingQuestion, [BookingQuestion.position], BookingQuestion.profile_id == _OWN_PROFILE
    ),
    "tags": _load_tags,
    "sessions": _by_session(Session, Session.id),
    "participants": _by_session(
        Participant, Participant.session_id, Participant.user_id == _PERSON
    ),
    # Both people see them on the session's card.
    "booking_answers": _by_session(BookingAnswer, BookingAnswer.session_id),
    # `+ 0` keeps planners from reading all commitments and reviews that the person ever had.
    "commitments": _by_session(
        Commitment, Commitment.session_id, Commitment.user_id + 0 == _PERSON
    ),
    "group_sessions": _by_key(
        GroupSession, [GroupSession.starts_at, GroupSession.id], _is(GroupSession.mentor_id)
    ),
    "waitlist_entries": _by_key(WaitlistEntry, [WaitlistEntry.id], _is(WaitlistEntry.user_id)),
    "series": _by_key(Series, [Series.id], _is(Series.mentee_id)),
    "invitations": _by_key(
        Invitation,
        [Invitation.status, Invitation.id],
        _is(Invitation.mentor_id),
        _is(Invitation.mentee_id),
    ),
    "help_requests": _by_key(
        HelpRequest, [HelpRequest.status, HelpRequest.id], _is(HelpRequest.user_id)
    ),
    "requested_mentors": _by_key(
        RequestedMentor,
        [RequestedMentor.shown_at, RequestedMentor.request_id],
        _is(RequestedMentor.mentor_id),
    ),
    "mentorships": _by_key(
        Mentorship, [Mentorship.id], _is(Mentorship.mentor_id), _is(Mentorship.mentee_id)
    ),
    "goals": _by_key(Goal, [Goal.id], Goal.mentorship_id.in_(_OWN_MENTORSHIPS)),
    "slot_alerts": _by_key(SlotAlert, [SlotAlert.id], _is(SlotAlert.user_id)),
    "calendar_feeds": _by_key(CalendarFeed, [CalendarFeed.created_at], _is(CalendarFeed.user_id)),
    "external_calendars": _by_key(
        ExternalCalendar, [ExternalCalendar.id], _is(ExternalCalendar.user_id)
    ),
    "external_busy": _by_key(ExternalBusy, [ExternalBusy.id], _is(ExternalBusy.user_id)),
    "reviews": _by_session(
        Review,
        Review.session_id,
        or_(Review.author_id + 0 == _PERSON, Review.profile_id + 0 == _OWN_PROFILE),
    ),
    "mentee_months": _by_key(
        MenteeMonth, [MenteeMonth.profile_id, MenteeMonth.month], _is(MenteeMonth.mentee_id)
    ),
    "thanks": _by_session(Thanks, Thanks.session_id),
    "shared_notes": _by_session(SharedNote, SharedNote.session_id),
    "private_notes": _by_session(
        PrivateNote, PrivateNote.session_id, PrivateNote.user_id + 0 == _PERSON
    ),
    "next_steps": _by_session(NextStep, NextStep.session_id),
    "session_links": _in_turn(
        _by_session(SessionLink, SessionLink.session_id),
        _by_own_group(SessionLink, SessionLink.group_id),
    ),
    "accounts": _by_key(Account, [Account.id], _is(Account.user_id)),
    "transfers": _by_key(
        Transfer,
        [Transfer.id],
        Transfer.debit_account_id == _OWN_ACCOUNT,
        Transfer.credit_account_id == _OWN_ACCOUNT,
    ),
    "notices": _by_key(Notification, [Notification.id], _is(Notification.user_id)),
    "idempotency_keys": _by_key(IdempotencyKey, [IdempotencyKey.key], _is(IdempotencyKey.user_id)),
    "blocks": _by_key(Block, [Block.blocked_id], _is(Block.blocker_id)),
    "grant_requests": _by_key(GrantRequest, [GrantRequest.id], _is(GrantRequest.user_id)),
    "events": _by_key(
        Event,
        [Event.id],
        _is(Event.actor_id),
        _is(Event.subject_id) & Event.actor_id.is_distinct_from(_PERSON),
    ),
    "erased_people": _load_erasure_record,
}

TABLES = tuple(_LOADERS)
"""The tables of an export, in their order."""

_LEFT_OUT = frozenset(
    {
        (IdempotencyKey, "answer"),
        *((CalendarFeed, name) for name in ("token", "token_hash")),
        *(
            (ExternalCalendar, name)
            for name in ("address", "address_hash", "credentials", "content_hash", "sync_token")
        ),
    }
)
"""Columns that aren't exported. A stored answer repeats rows of other tables, with the names of
everybody in them. Secrets are encrypted, and whoever finds an export could use them."""


def _params(actor: Actor) -> dict[str, Any]:
    return {"guild": actor.guild, "person": actor.user_id}


def _readable(table: type[Table], row: Any, user_id: int) -> dict[str, Any]:
    person_columns = {column.key for column, _ in PERSON_COLUMNS if column.class_ is table}
    values = {
        name: ANOTHER_PERSON
        if name in person_columns and value is not None and value != user_id
        else str(value)
        if isinstance(value, int)
        and (name == "id" or name in person_columns or name.endswith("_id"))
        else _plain(value)
        for name, value in row.items()
        if (table, name) not in _LEFT_OUT
    }
    if table is Session and row["mentor_id"] != user_id and row["status"] not in statuses.AGREED:
        # The mentor's; the mentee only sees it from the confirmation to the end.
        values["meeting_link"] = None
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, UnreadableJson):
        return UNREADABLE
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
