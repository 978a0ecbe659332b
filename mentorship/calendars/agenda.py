"""A session as an entry of a person's calendar, of which files, feeds and CalDAV are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, bindparam, select

from mentorship import installation
from mentorship.actors import Actor
from mentorship.calendars import uids
from mentorship.installation import Installation
from mentorship.sessions import session_views
from mentorship.sessions.groups import group_views
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.places.join_link import calendar_link
from mentorship.sessions.session_views import Person, SessionView
from mentorship.statuses import SessionStatus
from mentorship.time.intervals import Span
from storage import Transaction
from storage.tables import Guild, Member


@dataclass(frozen=True, slots=True)
class AgendaEntry:
    """A session as one entry of a person's calendar. Instants are UTC.

    `session_id` is that of the session or of the person's seat in a group session; for its mentor,
    a group session is one entry with its `group_id` only. `party` is the person's own part. `title`
    is the topic of a session and the title of a group session, which alone has a `description`, and
    for its mentor `seats_taken` of `capacity` (0 without a limit).

    `mentee` is None in the mentor's entry of a group session. `link` is where they meet, once the
    session is confirmed; that of a room in Discord once it is open. `sequence` rises with each
    change of what the entry says, and `changed_at` is when that or another part of the session last
    changed. `reminders` are minutes before the start, the longest first; none unless the session is
    still to come.
    """

    uid: str
    guild_id: int
    session_id: int | None
    group_id: int | None
    party: Party
    status: SessionStatus
    span: Span
    title: str
    mentor: Person
    mentee: Person | None
    link: str | None
    sequence: int
    created_at: datetime
    changed_at: datetime
    reminders: tuple[int, ...] = ()
    description: str = ""
    seats_taken: int = 0
    capacity: int = 0

    @property
    def is_removed(self) -> bool:
        """Whether the session doesn't take place, so that the entry leaves the calendar."""
        return self.status.is_over and self.status is not SessionStatus.COMPLETED

    @property
    def is_of_group(self) -> bool:
        """Whether it is a group session, or a seat in one."""
        return self.group_id is not None

    @property
    def own_zone(self) -> str | None:
        """The time zone of the person whose calendar it is; None until they have chosen one."""
        person = self.mentor if self.party is Party.MENTOR else self.mentee
        return None if person is None else person.timezone

    @property
    def other(self) -> Person | None:
        """Whom the person meets; None in the mentor's entry of a group session."""
        return self.mentee if self.party is Party.MENTOR else self.mentor


def reminders_of(status: SessionStatus, leads: Sequence[int]) -> tuple[int, ...]:
    """Return the reminders of a session, from a person's or a guild's: only before its start."""
    if status is not SessionStatus.CONFIRMED:
        return ()
    return tuple(sorted(set(leads), reverse=True))


async def load_session(tx: Transaction, actor: Actor, session_id: int) -> AgendaEntry:
    """Load a session as an entry for one of its participants. Raises `NotFound` for anyone else."""
    session = await session_views.load_for_participant(tx, actor, session_id)
    leads = await _load_leads(tx, session.guild_id, actor.user_id)
    return of_session(session, actor.user_id, leads, await installation.load(tx))


async def load_group(tx: Transaction, actor: Actor, group_id: int) -> AgendaEntry:
    """Load a group session as an entry for its mentor. Raises `NotFound`, and `NotYours`.

    The entry of an attendee is that of their seat (`load_session`).
    """
    group = await group_views.load_for(tx, actor, group_id)
    group.party(actor.user_id)
    leads = await _load_leads(tx, group.guild_id, actor.user_id)
    return of_group(group, leads, await installation.load(tx))


def of_session(
    session: SessionView, user_id: int, leads: Sequence[int], own: Installation
) -> AgendaEntry:
    """Return a session as an entry for a participant, whose reminders are `leads` (minutes).

    Raises `NotYours` for anyone else.
    """
    return AgendaEntry(
        uid=uids.session_uid(own, session.guild_id, session.id),
        guild_id=session.guild_id,
        session_id=session.id,
        group_id=session.group_id,
        party=session.party(user_id),
        status=session.status,
        span=Span(session.starts_at, session.ends_at),
        title=session.topic,
        mentor=session.mentor,
        mentee=session.mentee,
        link=calendar_link(
            session.place, session.meeting_channel_id, session.join_link_for(user_id)
        ),
        sequence=session.sequence,
        created_at=session.created_at,
        changed_at=session.updated_at,
        reminders=reminders_of(session.status, leads),
    )


def of_group(group: GroupView, leads: Sequence[int], own: Installation) -> AgendaEntry:
    """Return a group session as an entry for its mentor, whose reminders are `leads` (minutes)."""
    return AgendaEntry(
        uid=uids.group_uid(own, group.guild_id, group.id),
        guild_id=group.guild_id,
        session_id=None,
        group_id=group.id,
        party=Party.MENTOR,
        status=group.status,
        span=group.span,
        title=group.title,
        mentor=group.mentor,
        mentee=None,
        link=calendar_link(group.place, group.meeting_channel_id, group.mentor_link),
        sequence=group.sequence,
        created_at=group.created_at,
        changed_at=group.updated_at or group.created_at,
        reminders=reminders_of(group.status, leads),
        description=group.description,
        seats_taken=group.seats_taken,
        capacity=group.capacity,
    )


_LEADS: Select[*tuple[list[int], list[int] | None]] = (
    select(Guild.reminders, Member.reminders.label("own"))
    .outerjoin(Member, (Member.guild_id == Guild.id) & (Member.user_id == bindparam("user")))
    .where(Guild.id == bindparam("guild"))
)


async def _load_leads(tx: Transaction, guild_id: int, user_id: int) -> Sequence[int]:
    """Return a person's reminders, which are the guild's unless they have their own."""
    row = (await tx.connection.execute(_LEADS, {"guild": guild_id, "user": user_id})).one()
    leads: Sequence[int] = row.reminders if row.own is None else row.own
    return leads
