"""Links to recordings and documents of a session, at most five, for the people who attend it.

A link that is added to a one-to-one session, or to a seat, is between its two people. One that the
mentor of a group session adds to that is shown to all of its attendees.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select

from mentorship import events
from mentorship.actors import Actor
from mentorship.errors import (
    NotAllowedNow,
    NotFound,
    NotYours,
    SessionAction,
    Subject,
    TooManySessionLinks,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.members import members
from mentorship.relationships import access, texts
from mentorship.relationships.texts import MAX_LINKS
from mentorship.sessions.groups import group_views
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from storage import Transaction
from storage.tables import GroupSession, SessionLink
from storage.types import RowId


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link. Of `session_id` and `group_id`, one is set: what it was added to."""

    id: int
    session_id: int | None
    group_id: int | None
    number: int
    label: str
    url: str
    added_by: Party
    created_at: datetime


async def add(tx: Transaction, actor: Actor, session_id: int, label: str, address: str) -> LinkView:
    """Add a link to a session, or to an attendee's seat, for its two people.

    Adding an address again returns the link that is there. Raises `NotFound`, `NotAMember`,
    `NotAllowedNow` for a session that doesn't take place, `NotAvailable`, `BlockedByYou`,
    `TooManySessionLinks` and `InvalidField`.
    """
    session = await access.load_to_add(tx, actor, session_id)
    name, url = texts.validate_link(label, address)
    await access.lock(tx, session_id)
    row = {"session_id": session.id, "author": session.party(actor.user_id)}
    own = await _list(tx, _OF_SESSIONS, [session_id])
    link, is_new = await _insert(tx, own, session.guild_id, name, url, row)
    if is_new:
        await access.record(tx, EventType.LINK_ADDED, session, actor, link=link.id)
    return link


def can_add_to_group(group: GroupView) -> bool:
    """Return whether links can be added to a group session, by its status."""
    return group.status not in access.NOT_HELD


async def add_to_group(
    tx: Transaction, actor: Actor, group_id: int, label: str, address: str
) -> LinkView:
    """Add a link to a group session as its mentor, for all who attend it.

    Raises `NotFound`, `NotYours`, `NotAMember`, `NotAllowedNow` for one that doesn't take place,
    `TooManySessionLinks` and `InvalidField`.
    """
    group = await _load_group(tx, actor, group_id)
    if not can_add_to_group(group):
        raise NotAllowedNow(
            SessionAction.ADD_NOTES, status=group.status, subject=Subject.GROUP_SESSION
        )
    name, url = texts.validate_link(label, address)
    await tx.connection.execute(_LOCK_GROUP, {"group": group_id})
    row = {"group_id": group.id, "author": Party.MENTOR}
    own = await _list(tx, _OF_GROUPS, [group_id])
    link, is_new = await _insert(tx, own, group.guild_id, name, url, row)
    if is_new:
        await _record_of_group(tx, EventType.GROUP_SHARED_LINK_ADDED, group, actor, link)
    return link


async def remove(tx: Transaction, actor: Actor, link_id: int) -> LinkView:
    """Remove a link: one of the two people theirs, whoever has added it; of a group, its mentor.

    Returns what it was. Raises `NotFound` and `NotAMember`.
    """
    row = (await tx.connection.execute(_BY_ID, {"link": link_id})).one_or_none()
    if row is None:
        raise NotFound(Subject.SESSION_LINK)
    link = _view(row)
    try:
        if link.session_id is not None:
            session = await access.load(tx, actor, link.session_id)
            await access.record(tx, EventType.LINK_REMOVED, session, actor, link=link.id)
        else:
            assert link.group_id is not None
            group = await _load_group(tx, actor, link.group_id)
            await _record_of_group(tx, EventType.GROUP_SHARED_LINK_REMOVED, group, actor, link)
    except (NotFound, NotYours):
        raise NotFound(Subject.SESSION_LINK) from None
    await tx.connection.execute(_DELETE, {"link": link_id})
    return link


async def load_of_session(tx: Transaction, actor: Actor, session_id: int) -> tuple[LinkView, ...]:
    """Load the links that a participant of a session sees. Raises `NotFound`, `NotAMember`."""
    session = await access.load(tx, actor, session_id)
    return (await list_of_sessions(tx, [session])).get(session_id, ())


async def load_of_group(tx: Transaction, actor: Actor, group_id: int) -> tuple[LinkView, ...]:
    """Load the links of a group session as its mentor.

    Attendees see them with their seat. Raises `NotFound`, `NotYours` and `NotAMember`.
    """
    group = await _load_group(tx, actor, group_id)
    return tuple(await _list(tx, _OF_GROUPS, [group.id]))


async def list_of_sessions(
    tx: Transaction, sessions: Iterable[SessionView]
) -> dict[int, tuple[LinkView, ...]]:
    """List the links of several sessions, by session: first those of the group session, if any.

    Who has lost their seat doesn't see those. Checks no permission.
    """
    by_id = {session.id: session for session in sessions}
    if not by_id:
        return {}
    group_ids = {
        session.group_id
        for session in by_id.values()
        if session.group_id is not None and access.can_add(session)
    }
    of_groups = await _list(tx, _OF_GROUPS, group_ids) if group_ids else []
    of_sessions = await _list(tx, _OF_SESSIONS, by_id)
    links = {
        session.id: (
            *(
                link
                for link in of_groups
                if link.group_id == session.group_id and access.can_add(session)
            ),
            *(link for link in of_sessions if link.session_id == session.id),
        )
        for session in by_id.values()
    }
    return {session_id: shown for session_id, shown in links.items() if shown}


async def _load_group(tx: Transaction, actor: Actor, group_id: int) -> GroupView:
    group = await group_views.load_for(tx, actor, group_id)
    group.party(actor.user_id)
    members.require_member(actor, group.guild_id, is_recorded=not group.mentor.has_left)
    return group


async def _insert(
    tx: Transaction,
    existing: list[LinkView],
    guild_id: int,
    label: str,
    url: str,
    row: dict[str, Any],
) -> tuple[LinkView, bool]:
    """Insert a link; return it, or the one that has this address, and whether it is new."""
    for link in existing:
        if link.url == url:
            return link, False
    if len(existing) >= MAX_LINKS:
        raise TooManySessionLinks(MAX_LINKS)
    taken = {link.number for link in existing}
    values = {
        "session_id": None,
        "group_id": None,
        **row,
        "guild_id": guild_id,
        "number": min(set(range(1, MAX_LINKS + 1)) - taken),
        "label": label,
        "url": url,
        "created_at": tx.now,
    }
    inserted = (await tx.connection.execute(_INSERT, values)).one()
    return _view(inserted), True


async def _list(tx: Transaction, statement: Any, ids: Iterable[int]) -> list[LinkView]:
    rows = await tx.connection.execute(statement, {"ids": tuple(ids)})
    return [_view(row) for row in rows]


async def _record_of_group(
    tx: Transaction, event_type: EventType, group: GroupView, actor: Actor, link: LinkView
) -> None:
    event = Event(
        event_type, group.guild_id, actor.user_id, group_id=group.id, facts={"link": link.id}
    )
    await events.record(tx, event)


def _view(row: Row[*tuple[Any, ...]]) -> LinkView:
    return LinkView(
        id=row.id,
        session_id=row.session_id,
        group_id=row.group_id,
        number=row.number,
        label=row.label,
        url=row.url,
        added_by=Party(row.author),
        created_at=row.created_at,
    )


_COLUMNS = tuple(SessionLink.__table__.c)
_BY_ID = select(*_COLUMNS).where(SessionLink.id == bindparam("link", type_=RowId))
_DELETE = delete(SessionLink).where(SessionLink.id == bindparam("link", type_=RowId))
_INSERT = insert(SessionLink).returning(*_COLUMNS)
_LOCK_GROUP = (
    select(GroupSession.id)
    .where(GroupSession.id == bindparam("group", type_=RowId))
    .with_for_update()
)
_IDS: Any = bindparam("ids", expanding=True, type_=RowId)
_OF_SESSIONS = (
    select(*_COLUMNS)
    .where(SessionLink.session_id.in_(_IDS))
    .order_by(SessionLink.session_id, SessionLink.number)
)
_OF_GROUPS = (
    select(*_COLUMNS)
    .where(SessionLink.group_id.in_(_IDS), SessionLink.group_id.is_not(None))
    .order_by(SessionLink.group_id, SessionLink.number)
)
