"""What a calendar app reads at a feed's address: the sessions, and the version that they are.

The sessions come from the database as JSON texts. Their hash is the version: a reader that has it
needs nothing else, and no change can be overlooked, because the feed is made of these texts alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    String,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.orm import aliased

from mentorship import faults
from mentorship.calendars import agenda, feeds, uids
from mentorship.calendars.agenda import AgendaEntry
from mentorship.errors import NotFound, Subject
from mentorship.faults import FaultKind
from mentorship.installation import Installation
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.places.join_link import calendar_link, join_link
from mentorship.sessions.session_views import Person
from mentorship.statuses import LIVE, SessionStatus
from mentorship.time.intervals import Span
from storage import Transaction
from storage.queries import instant_in_json
from storage.tables import (
    CalendarFeed,
    GroupSession,
    Guild,
    Member,
    MentorProfile,
    Participant,
    Session,
)
from storage.tables import Installation as InstallationRow
from storage.types import UtcDateTime

SHOWN_FOR = timedelta(days=30)
"""How long after its start a session stays in a feed, and one that was called off after its end.

Some calendar apps read a feed once a day, and they may be switched off for weeks."""

MOST_LIVE, MOST_OVER = 300, 100
"""Sessions of one role and one status in a feed: of a status that isn't final, and of another."""


@dataclass(frozen=True, slots=True)
class FeedContent:
    """A feed as it is now.

    `version` is another one whenever the content is. `entries` are None if the reader has this
    version already, else the member's sessions by start. `language` and `timezone` are the
    member's, None where they aren't known. `is_note_due` tells that `feeds.note_read` should be
    called.
    """

    guild_id: int
    user_id: int
    version: str
    language: str | None
    timezone: str | None
    entries: Sequence[AgendaEntry] | None
    is_note_due: bool


async def load(tx: Transaction, token: str, known_versions: Collection[str] = ()) -> FeedContent:
    """Load the feed with a token; without its entries if its version is known. Raises `NotFound`.

    It has the member's sessions from `SHOWN_FOR` ago on, and the group sessions that they lead.
    Those that were called off are in it as long, so that calendars remove them. Someone who has
    left the guild can still read it, since their cancelled sessions have to leave their calendar.
    """
    since = tx.now - SHOWN_FOR
    parameters = (
        feeds.token_hash(token),
        since.strftime(_SQLITE_INSTANT) if tx.dialect == "sqlite" else since,
    )
    result = await tx.connection.exec_driver_sql(_statement(tx.dialect), parameters)
    text: str | None = result.scalar_one_or_none()
    if text is None:
        raise NotFound(Subject.CALENDAR_FEED)
    read_at, _, content = text.partition("\n")
    owner_text, *lists = content.split("\n")
    version = hashlib.sha256(content.encode()).hexdigest()[:32]
    owner = _read_owner(json.loads(owner_text))
    return FeedContent(
        guild_id=owner.guild_id,
        user_id=owner.member.user_id,
        version=version,
        language=owner.language,
        timezone=owner.member.timezone,
        entries=None if version in known_versions else _read_entries(tx, owner, lists),
        is_note_due=_is_note_due(read_at, tx.now),
    )


def _is_note_due(read_at: str, now: datetime) -> bool:
    return not read_at or now - instant_in_json(read_at) >= feeds.READ_NOTED_EVERY


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose feed it is. `leads` are their reminders as the database has them."""

    member: Person
    guild_id: int
    language: str | None
    leads: Any
    installation: Installation


def _read_owner(values: Sequence[Any]) -> _Owner:
    guild_id, user_id, name, timezone, language, leads, *identity = values
    return _Owner(
        Person(user_id, name, timezone),
        guild_id,
        language,
        leads,
        Installation(*identity),
    )


def _read_leads(value: Any) -> Sequence[int]:
    """Return reminders in minutes. In SQLite's JSON they are a text with JSON of its own."""
    try:
        leads = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        # Reminders that can't be read are no reason to withhold the sessions.
        return ()
    return leads if isinstance(leads, list) else ()


# --- From JSON to entries -------------------------------------------------------------------------


def _read_entries(tx: Transaction, owner: _Owner, lists: Iterable[str]) -> list[AgendaEntry]:
    """Return the entries of the three lists of `_select`, by start.

    Rows that can't be read are noted and left out.
    """
    owner = replace(owner, leads=_read_leads(owner.leads))
    readers: tuple[tuple[Callable[[Sequence[Any]], AgendaEntry], FaultKind], ...] = (
        (partial(_read_session, owner, Party.MENTEE), FaultKind.SESSION_VIEW),
        (partial(_read_session, owner, Party.MENTOR), FaultKind.SESSION_VIEW),
        (partial(_read_group, owner), FaultKind.GROUP_VIEW),
    )
    entries: list[AgendaEntry] = []
    for (read, kind), rows in zip(readers, lists, strict=True):
        entries += faults.readable(tx, kind, json.loads(rows), read, lambda row: int(row[0]))
    return sorted(entries, key=lambda entry: (entry.span.start, entry.uid))


_SHARED = (
    "id",
    "starts_at",
    "ends_at",
    "status",
    "sequence",
    "created_at",
    "updated_at",
    "meeting_link",
    "meeting_channel_id",
    "place",
)
"""The columns that sessions and group sessions have in common, in the order of their JSON. A
session's place isn't a column."""


def _shared(owner: _Owner, values: Sequence[Any]) -> dict[str, Any]:
    """Return the fields of an entry that come from the `_SHARED` columns."""
    _, starts_at, ends_at, status_text, sequence, created_at, updated_at, *where = values
    link, channel_id, place = where
    status = SessionStatus(status_text)
    created = instant_in_json(created_at)
    return {
        "guild_id": owner.guild_id,
        "span": Span(instant_in_json(starts_at), instant_in_json(ends_at)),
        "status": status,
        "sequence": sequence,
        "created_at": created,
        "changed_at": created if updated_at is None else instant_in_json(updated_at),
        "link": calendar_link(
            place, channel_id, join_link(status, owner.guild_id, channel_id, link)
        ),
        "reminders": agenda.reminders_of(status, owner.leads),
    }


def _read_session(owner: _Owner, party: Party, row: Sequence[Any]) -> AgendaEntry:
    *shared, topic, group_id, other_id, name, timezone = row
    session_id = shared[0]
    other = Person(other_id, name, timezone)
    is_mentor = party is Party.MENTOR
    return AgendaEntry(
        uid=uids.session_uid(owner.installation, owner.guild_id, session_id),
        session_id=session_id,
        group_id=group_id,
        party=party,
        title=topic,
        mentor=owner.member if is_mentor else other,
        mentee=other if is_mentor else owner.member,
        **_shared(owner, shared),
    )


def _read_group(owner: _Owner, row: Sequence[Any]) -> AgendaEntry:
    *shared, title, description, seats_taken, capacity = row
    group_id = shared[0]
    return AgendaEntry(
        uid=uids.group_uid(owner.installation, owner.guild_id, group_id),
        session_id=None,
        group_id=group_id,
        party=Party.MENTOR,
        title=title,
        mentor=owner.member,
        mentee=None,
        description=description,
        seats_taken=seats_taken,
        capacity=capacity,
        **_shared(owner, shared),
    )


# --- The statement --------------------------------------------------------------------------------

_GROUP_STATUSES = (
    SessionStatus.CONFIRMED,
    SessionStatus.IN_PROGRESS,
    SessionStatus.COMPLETED,
    SessionStatus.CANCELLED,
)
_SQLITE_INSTANT = "%Y-%m-%d %H:%M:%S.%f"
"""How `UtcDateTime` stores instants in SQLite."""

_since: ColumnElement[datetime] = literal_column("parameters.since", UtcDateTime)
_guild: ColumnElement[int] = literal_column("calendar_feeds.guild_id")
_guild_place: ColumnElement[str] = literal_column("guilds.meeting_place")
_user: ColumnElement[int] = literal_column("calendar_feeds.user_id")
_mentee_seat = aliased(Participant)
_other = aliased(Member)


@cache
def _statement(dialect: str) -> str:
    """Return `_select` as the driver takes it, with the token's hash and `since` as parameters.

    SQLAlchemy takes longer to find a statement of this size in its cache, and to convert its
    parameters and results, than the database takes to run it.
    """
    kind = SQLiteDialect if dialect == "sqlite" else PGDialect
    return str(_select(dialect).compile(dialect=kind()))


def _select(dialect: str) -> Select[str]:
    """Select a text of five lines: when a feed was read, and in JSON its owner, their sessions as
    mentee, those as mentor, and the group sessions that they lead. JSON has no line ends."""
    is_sqlite = dialect == "sqlite"
    given_hash: ColumnElement[str] = literal_column("?1" if is_sqlite else "$1")
    given_since: ColumnElement[datetime] = literal_column(
        "?2" if is_sqlite else "CAST($2 AS TIMESTAMP WITH TIME ZONE)"
    )
    parameters = select(given_since.label("since")).subquery("parameters")
    as_mentee = _sessions(dialect, Party.MENTEE, Session.mentor_id).join(
        _other, (_other.guild_id == Session.guild_id) & (_other.user_id == Session.mentor_id)
    )
    as_mentor = (
        _sessions(dialect, Party.MENTOR, _mentee_seat.user_id)
        .join(
            _mentee_seat,
            (_mentee_seat.session_id == Session.id)
            & (_mentee_seat.role == literal_column("'mentee'")),
        )
        .join(
            _other,
            (_other.guild_id == _mentee_seat.guild_id) & (_other.user_id == _mentee_seat.user_id),
        )
    )
    owner = (
        *(CalendarFeed.guild_id, CalendarFeed.user_id, Member.name, Member.timezone),
        func.coalesce(Member.chosen_language, Member.language).label("language"),
        func.coalesce(Member.reminders, Guild.reminders),
        InstallationRow.uid,
        InstallationRow.old_session_uids_until,
        *(InstallationRow.old_group_uids_until, InstallationRow.tz_version),
    )
    array = func.json_array if is_sqlite else func.json_build_array
    lines: tuple[ColumnElement[str], ...] = (
        func.coalesce(cast(CalendarFeed.read_at, String), literal_column("''")),
        cast(array(*owner), String),
        as_mentee.scalar_subquery(),
        as_mentor.scalar_subquery(),
        _groups(dialect),
    )
    line_end: ColumnElement[str] = literal_column("char(10)" if is_sqlite else "chr(10)", String)
    text = lines[0]
    for line in lines[1:]:
        text = text + line_end + line
    return (
        select(text)
        .select_from(CalendarFeed)
        .join(
            Member,
            (Member.guild_id == CalendarFeed.guild_id) & (Member.user_id == CalendarFeed.user_id),
        )
        .join(Guild, Guild.id == CalendarFeed.guild_id)
        .join(InstallationRow, InstallationRow.id == literal_column("1"))
        .join(parameters, literal_column("true"))
        .where(CalendarFeed.token_hash == given_hash, Guild.purge_began_at.is_(None))
    )


def _sessions(dialect: str, role: Party, other_id: Any) -> Select[str]:
    """Select the list of a person's sessions in one role, from the ranges of their seats."""
    seats = union_all(
        *(
            _range(
                select(Participant.session_id).where(
                    Participant.guild_id == _guild,
                    Participant.user_id == _user,
                    Participant.role == literal_column(f"'{role.value}'"),
                    Participant.session_status == literal_column(f"'{status.value}'"),
                    Participant.session_starts_at > _since,
                ),
                status,
                (Participant.session_starts_at, Participant.session_id),
            )
            for status in SessionStatus
        )
    ).subquery()
    rows = _json(
        dialect,
        *(getattr(Session, name) for name in _SHARED if name != "place"),
        # As `meeting_places.effective`.
        func.coalesce(GroupSession.place, MentorProfile.meeting_place, _guild_place),
        *(Session.topic, Session.group_id, other_id, _other.name, _other.timezone),
    )
    return (
        select(rows)
        .select_from(seats)
        .join(Session, Session.id == seats.c.session_id)
        .join(MentorProfile, MentorProfile.id == Session.profile_id)
        .outerjoin(GroupSession, GroupSession.id == Session.group_id)
        .where(_is_shown(Session))
    )


def _groups(dialect: str) -> ScalarSelect[str]:
    """Select the list of the group sessions that a person leads."""
    keys = union_all(
        *(
            _range(
                select(GroupSession.id).where(
                    GroupSession.guild_id == _guild,
                    GroupSession.mentor_id == _user,
                    GroupSession.status == literal_column(f"'{status.value}'"),
                    GroupSession.starts_at > _since,
                ),
                status,
                (GroupSession.starts_at, GroupSession.id),
            )
            for status in _GROUP_STATUSES
        )
    ).subquery()
    rows = _json(
        dialect,
        *(getattr(GroupSession, name) for name in _SHARED),
        *(GroupSession.title, GroupSession.description),
        *(GroupSession.seats_taken, GroupSession.capacity),
    )
    return (
        select(rows)
        .select_from(keys)
        .join(GroupSession, GroupSession.id == keys.c.id)
        .where(_is_shown(GroupSession))
        .scalar_subquery()
    )


def _range(rows: Select[Any], status: SessionStatus, key: Sequence[Any]) -> Select[Any]:
    """Return the soonest rows of a status, or the latest ones of a final one: a range of an index.

    So a feed costs the same however many sessions its owner has had.
    """
    is_live = status in LIVE
    order = (each.asc() if is_live else each.desc() for each in key)
    most = MOST_LIVE if is_live else MOST_OVER
    first = rows.order_by(*order).limit(literal_column(str(most), Integer))
    # SQLAlchemy would add a parameter for it.
    return first.offset(literal_column("0", Integer)).subquery().select()


def _is_shown(table: type[Session | GroupSession]) -> ColumnElement[bool]:
    """Return the condition that a session takes place, or was called off a short time ago."""
    held = sorted({*LIVE, SessionStatus.COMPLETED})
    statuses = ", ".join(f"'{status.value}'" for status in held)
    is_held = table.status.in_([literal_column(statuses)])
    return is_held | (table.ended_at > _since)


def _json(dialect: str, *columns: Any) -> ColumnElement[str]:
    """Return an aggregate of the rows as a JSON list, which stays a text."""
    values = [getattr(each, "expression", each) for each in columns]
    if dialect == "sqlite":
        return cast(func.json_group_array(func.json_array(*values)), String)
    rows = cast(func.json_agg(func.json_build_array(*values)), String)
    return func.coalesce(rows, literal_column("'[]'"))
