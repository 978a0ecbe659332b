"""A mentor and a mentee who have had sessions: finding, listing and suggesting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Row, Select, bindparam, func, select
from sqlalchemy.orm import aliased

from mentorship import pagination
from mentorship.actors import Actor
from mentorship.errors import NotFound, NotYours, Subject
from mentorship.members import members
from mentorship.pagination import Cursor, Direction, Page, Position
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import Person
from storage import Transaction
from storage.tables import Member, Mentorship, Participant

PAGE_SIZE = 25
MAX_SUGGESTED = 25
"""What one autocomplete of Discord can show."""

MAX_EXAMINED = 1_000
"""Mentees, and mentors, of one person among whom a name is looked for."""

_SHIFT = 2**53
"""Added to user ids in cursors, since those of erased people are negative."""


@dataclass(frozen=True, slots=True)
class MentorshipView:
    """A mentor and a mentee who have had sessions.

    `id` is that of the row in `mentorships`; None before the first goal. `ended_by` is the side
    that has ended the mentorship, at `ended_at`; both are None while it goes on.
    """

    guild_id: int
    mentor: Person
    mentee: Person
    id: int | None = None
    ended_at: datetime | None = None
    ended_by: Party | None = None

    @property
    def has_ended(self) -> bool:
        """Whether one of the two has ended it."""
        return self.ended_at is not None

    def party(self, user_id: int) -> Party:
        """Return the person's side. Raises `NotYours` for anyone else."""
        if user_id == self.mentor.user_id:
            return Party.MENTOR
        if user_id == self.mentee.user_id:
            return Party.MENTEE
        raise NotYours(Subject.MENTORSHIP)

    def other(self, user_id: int) -> Person:
        """Return the other of the two."""
        return self.mentee if self.party(user_id) is Party.MENTOR else self.mentor


@dataclass(frozen=True, slots=True)
class Companion:
    """Somebody with whom a person has had sessions, and the person's own side in these.

    `latest_at` is the start of the latest session, which may be to come.
    """

    other: Person
    party: Party
    latest_at: datetime
    ended_at: datetime | None = None

    @property
    def position(self) -> Position:
        """Its position in the list: mentors first, by their ids."""
        tier = 0 if self.party is Party.MENTEE else 1
        return Position(tier, (self.other.user_id + _SHIFT, 0))


_GUILD = bindparam("guild", type_=BigInteger)
_ACTOR = bindparam("actor", type_=BigInteger)
_OTHER = bindparam("other", type_=BigInteger)
_MENTOR = bindparam("mentor", type_=BigInteger)
_MENTEE = bindparam("mentee", type_=BigInteger)
_LIMIT = bindparam("limit", type_=Integer)


def _latest(mentor: Any, mentee: Any) -> Any:
    """Return the start of the latest session of two people, NULL if they had none."""
    seat = aliased(Participant)
    return (
        select(func.max(seat.session_starts_at))
        .where(seat.guild_id == _GUILD, seat.mentor_id == mentor, seat.user_id == mentee)
        .scalar_subquery()
    )


_SELECT_SIDES = select(
    _latest(_OTHER, _ACTOR).label("as_mentee"), _latest(_ACTOR, _OTHER).label("as_mentor")
)
_SELECT_PEOPLE = select(
    Member.user_id, Member.name, Member.timezone, Member.left_at, Member.avatar
).where(Member.guild_id == _GUILD, Member.user_id.in_((_ACTOR, _OTHER)))
_SELECT_ROW = select(Mentorship.id, Mentorship.ended_at, Mentorship.ended_side).where(
    Mentorship.guild_id == _GUILD,
    Mentorship.mentor_id == _MENTOR,
    Mentorship.mentee_id == _MENTEE,
)


async def find(
    tx: Transaction, actor: Actor, other_id: int, party: Party | None = None
) -> MentorshipView:
    """Find the actor's mentorship with somebody, in which the actor is on the side `party`.

    Without one, it is the side of their latest session. Raises `NotAMember`, and `NotFound` if the
    two had no session.
    """
    await members.require_present(tx, actor)
    people = {"guild": actor.guild, "actor": actor.user_id, "other": other_id}
    sides = (await tx.connection.execute(_SELECT_SIDES, people)).one()
    latest = {Party.MENTEE: sides.as_mentee, Party.MENTOR: sides.as_mentor}
    possible = [side for side, start in latest.items() if start and party in (None, side)]
    if not possible:
        raise NotFound(Subject.MENTORSHIP)
    side = max(possible, key=lambda each: latest[each])
    is_mentor = side is Party.MENTOR
    mentor_id, mentee_id = (actor.user_id, other_id) if is_mentor else (other_id, actor.user_id)
    return await load(tx, actor.guild, mentor_id, mentee_id)


async def load(tx: Transaction, guild_id: int, mentor_id: int, mentee_id: int) -> MentorshipView:
    """Load the mentorship of two people who had sessions or have goals."""
    people = {"guild": guild_id, "actor": mentor_id, "other": mentee_id}
    rows = (await tx.connection.execute(_SELECT_PEOPLE, people)).all()
    found = {row.user_id: _person(row) for row in rows}
    params = {"guild": guild_id, "mentor": mentor_id, "mentee": mentee_id}
    row = (await tx.connection.execute(_SELECT_ROW, params)).one_or_none()
    return MentorshipView(
        guild_id,
        found[mentor_id],
        found[mentee_id],
        None if row is None else row.id,
        None if row is None else row.ended_at,
        None if row is None or row.ended_side is None else Party(row.ended_side),
    )


# --- Lists ----------------------------------------------------------------------------------------


@cache
def _others(party: Party, backward: bool) -> Any:
    """Return the people on the other side of a person, from an id on, each found by an index."""
    seat = Participant.__table__.alias("seat")
    own, others = (
        (seat.c.user_id, seat.c.mentor_id)
        if party is Party.MENTEE
        else (seat.c.mentor_id, seat.c.user_id)
    )
    nearest = func.max if backward else func.min
    conditions = (seat.c.guild_id == _GUILD, own == _ACTOR, seat.c.mentor_id.is_not(None))
    after = bindparam("after", type_=BigInteger)

    def beyond(bound: Any) -> Any:
        is_beyond = others < bound if backward else others > bound
        return select(nearest(others)).where(*conditions, is_beyond).scalar_subquery()

    walk = select(beyond(after).label("other_id")).cte("walk", recursive=True)
    return walk.union_all(select(beyond(walk.c.other_id)).where(walk.c.other_id.is_not(None)))


def _columns(walk: Any, party: Party) -> Select[*tuple[Any, ...]]:
    """Select what is shown of the people in `walk`."""
    mentor, mentee = (
        (walk.c.other_id, _ACTOR) if party is Party.MENTEE else (_ACTOR, walk.c.other_id)
    )
    return (
        select(
            Member.user_id,
            Member.name,
            Member.timezone,
            Member.left_at,
            Member.avatar,
            _latest(mentor, mentee).label("latest_at"),
            select(Mentorship.ended_at)
            .where(
                Mentorship.guild_id == _GUILD,
                Mentorship.mentor_id == mentor,
                Mentorship.mentee_id == mentee,
            )
            .scalar_subquery()
            .label("ended_at"),
        )
        .select_from(walk)
        .join(Member, (Member.guild_id == _GUILD) & (Member.user_id == walk.c.other_id))
    )


@cache
def _page_statement(party: Party, backward: bool) -> Select[*tuple[Any, ...]]:
    # The limit ends the walk, so a page reads no more people than it shows.
    walk = _others(party, backward)
    people = select(walk.c.other_id).where(walk.c.other_id.is_not(None)).limit(_LIMIT).cte("people")
    order = people.c.other_id.desc() if backward else people.c.other_id
    return _columns(people, party).order_by(order)


@cache
def _suggestion_statement(party: Party) -> Select[*tuple[Any, ...]]:
    walk = _others(party, False)
    people = select(walk.c.other_id).where(walk.c.other_id.is_not(None)).limit(_LIMIT).cte("people")
    rows = _columns(people, party).subquery()
    return select(rows).order_by(rows.c.latest_at.desc())


async def list_own(
    tx: Transaction, actor: Actor, cursor_text: str | None = None, size: int = PAGE_SIZE
) -> Page[Companion]:
    """List those with whom the actor has had sessions: first mentors, then mentees, by their ids.

    Raises `NotAMember`.
    """
    await members.require_present(tx, actor)

    async def fetch(at: Cursor | None, limit: int) -> Sequence[Companion]:
        backward = at is not None and at.direction is Direction.BACKWARD
        tiers = [Party.MENTEE, Party.MENTOR]
        if at is not None:
            tier = min(at.position.tier, 1)
            tiers = tiers[: tier + 1][::-1] if backward else tiers[tier:]
        found: list[Companion] = []
        for number, party in enumerate(tiers):
            after = _SHIFT * 1_000 * (1 if backward else -1)
            if at is not None and number == 0:
                after = at.position.key[0] - _SHIFT
            params = {
                "guild": actor.guild,
                "actor": actor.user_id,
                "after": after,
                "limit": limit - len(found),
            }
            rows = await tx.connection.execute(_page_statement(party, backward), params)
            found += [_companion(row, party) for row in rows]
            if len(found) >= limit:
                break
        return found

    return await pagination.load_page(fetch, lambda each: each.position, cursor_text, size)


async def suggest(tx: Transaction, actor: Actor, typed: str) -> list[Companion]:
    """List those with whom the actor has had sessions whose name has all typed words, latest first.

    At most `MAX_SUGGESTED`. Raises `NotAMember`.
    """
    await members.require_present(tx, actor)
    params = {
        "guild": actor.guild,
        "actor": actor.user_id,
        "after": -_SHIFT * 1_000,
        "limit": MAX_EXAMINED,
    }
    words = typed.casefold().split()
    found = [
        _companion(row, party)
        for party in (Party.MENTEE, Party.MENTOR)
        for row in await tx.connection.execute(_suggestion_statement(party), params)
        if all(word in row.name.casefold() for word in words)
    ]
    return sorted(found, key=lambda each: each.latest_at, reverse=True)[:MAX_SUGGESTED]


def _companion(row: Row[*tuple[Any, ...]], party: Party) -> Companion:
    return Companion(_person(row), party, row.latest_at, row.ended_at)


def _person(row: Row[*tuple[Any, ...]]) -> Person:
    return Person(row.user_id, row.name, row.timezone, row.left_at is not None, row.avatar)
