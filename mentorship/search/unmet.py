"""Counting searches that found nobody, and searches for a mentor's slots that found none.

Only counts are kept, by expertise and day, or by mentor, month and part of the week. What people
typed is compared with the expertise that the guild knows already, and then forgotten. These are
small transactions of their own, which run after the person has their answer.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import BigInteger, Date, String, bindparam, exists, func, select

from mentorship.actors import Actor
from mentorship.guilds import guild_settings, moderators
from mentorship.mentors.expertise import match_tags
from mentorship.mentors.profile_rules import fold_tag
from mentorship.search.tags import load_tags_like
from mentorship.statuses import HelpRequestStatus, ProfileStatus
from mentorship.time import timezones
from mentorship.time.intervals import Span
from mentorship.time.parts_of_day import part_of
from storage import Transaction
from storage.queries import delete_some, upsert
from storage.tables import Guild, HelpRequest, MentorProfile, Table, Tag, UnmetSearch, VainSearch

OTHER = ""
"""The tag of everything that isn't expertise the guild knows."""

MAX_TAGS_A_DAY = 100
"""How many tags are counted by name for a guild and day; further ones are `OTHER`."""

PERIOD = timedelta(days=30)
"""The time whose searches moderators see."""

MAX_LISTED = 20
"""How many tags are listed."""

RETENTION = timedelta(days=400)
"""How long counts are kept: a year can be compared with the one before."""

UNKNOWN_WEEKDAY = 7
"""The weekday of those who didn't say when they wanted a slot."""


@dataclass(frozen=True, slots=True)
class UnmetSearches:
    """How many searches for an expertise found nobody. `tag` is None for all that isn't named."""

    tag: str | None
    searches: int


class SearchMemory:
    """Knows who has searched for what today, so that a search that is repeated counts once.

    It is in memory only, keeps hashes with a random key, and forgets the oldest first.
    """

    CAPACITY = 20_000

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def add(self, day: date, actor: Actor, *search: object) -> bool:
        """Remember a person's search on a day; returns whether it is new."""
        text = repr((day, actor.guild, actor.user_id, *search)).encode("utf-8", "surrogatepass")
        digest = blake2b(text, key=self._key, digest_size=16).digest()
        is_new = digest not in self._seen
        self._seen[digest] = None
        self._seen.move_to_end(digest)
        if len(self._seen) > self.CAPACITY:
            self._seen.popitem(last=False)
        return is_new


async def record_unmet(tx: Transaction, actor: Actor, expertise: str) -> None:
    """Count a search of the actor that found nobody.

    It is counted by name if the typed `expertise` can only mean one that the guild knows: of a
    mentor, or of an open request for help. A guild that has no data yet counts nothing.
    """
    if not await tx.connection.scalar(_GUILD_EXISTS, {"guild": actor.guild}):
        return
    tag = await _known_tag(tx, actor, expertise)
    row = {"guild_id": actor.guild, "day": tx.now.date(), "tag": tag, "searches": 1}
    if tag != OTHER:
        of_day = {"guild": actor.guild, "day": row["day"], "most": MAX_TAGS_A_DAY}
        tags = set(await tx.connection.scalars(_TAGS_OF_DAY, of_day))
        if len(tags) >= MAX_TAGS_A_DAY and tag not in tags:
            row["tag"] = OTHER
    counted = upsert(tx.dialect, UnmetSearch).values(**row)
    await tx.connection.execute(
        counted.on_conflict_do_update(
            index_elements=["guild_id", "day", "tag"],
            set_={"searches": UnmetSearch.searches + 1},
        )
    )


async def record_vain(
    tx: Transaction, actor: Actor, mentor_id: int, wanted: Span | None = None
) -> None:
    """Count that the actor looked for a slot of a mentor and found none.

    `wanted` is when they wanted one. Its weekday is counted if it is within a day, and its part of
    the day if it is within one, on the mentor's clock. The mentor's own looks don't count.
    """
    if mentor_id == actor.user_id:
        return
    of_mentor = {"guild": actor.guild, "mentor": mentor_id}
    profile = (await tx.connection.execute(_PROFILE, of_mentor)).one_or_none()
    if profile is None or profile.status != ProfileStatus.APPROVED:
        return
    weekday, part = _part_of_week(wanted, profile.timezone)
    row = {"profile_id": profile.id, "month": tx.now.date().replace(day=1)}
    counted = upsert(tx.dialect, VainSearch).values(
        **row, weekday=weekday, part_of_day=part, searches=1
    )
    await tx.connection.execute(
        counted.on_conflict_do_update(
            index_elements=["profile_id", "month", "weekday", "part_of_day"],
            set_={"searches": VainSearch.searches + 1},
        )
    )


async def list_unmet(tx: Transaction, actor: Actor) -> list[UnmetSearches]:
    """List how many searches of the last `PERIOD` found nobody, the most frequent first.

    What isn't named comes last. Raises `NotAModerator`.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    return await sum_unmet(tx, actor.guild, (tx.now - PERIOD).date())


async def sum_unmet(tx: Transaction, guild_id: int, since: date) -> list[UnmetSearches]:
    """Sum the searches of a guild that found nobody since a day, as `list_unmet` does."""
    params = {"guild": guild_id, "since": since, "limit": MAX_LISTED + 1}
    rows = [
        UnmetSearches(row.tag or None, int(row.searches))
        for row in await tx.connection.execute(_SUMS, params)
    ]
    named = [row for row in rows if row.tag is not None][:MAX_LISTED]
    return named + [row for row in rows if row.tag is None]


async def delete_old_unmet(tx: Transaction, limit: int) -> int:
    """Delete at most `limit` counts by expertise older than `RETENTION`; returns how many."""
    return await _delete_before(tx, UnmetSearch, UnmetSearch.day, limit)


async def delete_old_vain(tx: Transaction, limit: int) -> int:
    """Delete at most `limit` counts by mentor older than `RETENTION`; returns how many."""
    return await _delete_before(tx, VainSearch, VainSearch.month, limit)


async def _delete_before(tx: Transaction, table: type[Table], age: Any, limit: int) -> int:
    old = age < (tx.now - RETENTION).date()
    return await delete_some(tx.connection, table.__table__, old, order_by=[age], limit=limit)


async def _known_tag(tx: Transaction, actor: Actor, expertise: str) -> str:
    """Return the expertise of the guild that typed text means, `OTHER` if that isn't certain."""
    typed = fold_tag(expertise)
    # Control characters and lone surrogates, which a database may refuse, are in no tag.
    if not typed.isprintable() or not typed:
        return OTHER
    params = {"guild": actor.guild, "tag": typed}
    if await tx.connection.scalar(_IS_TAG, params) or await tx.connection.scalar(
        _IS_REQUESTED, params
    ):
        return typed
    tags = await load_tags_like(tx, actor, expertise)
    best = next(iter(match_tags(expertise, tags)), ())
    return tags[best[0]] if len(best) == 1 else OTHER


def _part_of_week(wanted: Span | None, zone: str) -> tuple[int, str]:
    if wanted is None:
        return UNKNOWN_WEEKDAY, ""
    start = timezones.to_local(wanted.start, zone)
    # A span ends before its last instant: the whole of Monday is on one day.
    last = timezones.to_local(max(wanted.start, wanted.end - timedelta(seconds=1)), zone)
    if start.date() != last.date():
        return UNKNOWN_WEEKDAY, ""
    part = part_of(start)
    return start.weekday(), part if part is not None and part is part_of(last) else ""


_GUILD = bindparam("guild", type_=BigInteger)
_GUILD_EXISTS = select(exists().where(Guild.id == _GUILD, Guild.purge_began_at.is_(None)))
_IS_TAG = select(exists().where(Tag.guild_id == _GUILD, Tag.name == bindparam("tag", type_=String)))
_IS_REQUESTED = select(
    exists().where(
        HelpRequest.guild_id == _GUILD,
        HelpRequest.tag == bindparam("tag", type_=String),
        HelpRequest.status == HelpRequestStatus.OPEN,
    )
)
_TAGS_OF_DAY = (
    select(UnmetSearch.tag)
    .where(UnmetSearch.guild_id == _GUILD, UnmetSearch.day == bindparam("day", type_=Date))
    .where(UnmetSearch.tag != OTHER)
    .limit(bindparam("most", type_=BigInteger))
)
_PROFILE = select(MentorProfile.id, MentorProfile.status, MentorProfile.timezone).where(
    MentorProfile.guild_id == _GUILD,
    MentorProfile.user_id == bindparam("mentor", type_=BigInteger),
)
_SUMS = (
    select(UnmetSearch.tag, func.sum(UnmetSearch.searches).label("searches"))
    .where(UnmetSearch.guild_id == _GUILD, UnmetSearch.day >= bindparam("since", type_=Date))
    .group_by(UnmetSearch.tag)
    .order_by((UnmetSearch.tag == OTHER).desc(), func.sum(UnmetSearch.searches).desc())
    .order_by(UnmetSearch.tag)
    .limit(bindparam("limit", type_=BigInteger))
)
