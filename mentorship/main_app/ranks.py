"""The ranks of many people in the main app, set at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from functools import cache
from typing import Any

from sqlalchemy import Insert, bindparam, select

from mentorship import events
from mentorship.actors import Actor
from mentorship.errors import NotAManager
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from storage import Transaction
from storage.queries import upsert
from storage.tables import Member

MAX_RANK_ENTRIES = 1_000

UNNAMED = "A member"
"""The name of somebody whom nobody has named yet."""


@dataclass(frozen=True, slots=True)
class RankEntry:
    """A person's rank in the main app. `name` is what the main app calls them, None if unknown."""

    user_id: int
    rank: int
    name: str | None = None


class RankOutcome(StrEnum):
    """What became of one entry of many."""

    SET = auto()
    UNCHANGED = auto()
    NOT_A_MEMBER = auto()


async def set_ranks(
    tx: Transaction, actor: Actor, entries: Sequence[RankEntry]
) -> Sequence[RankOutcome]:
    """Set the ranks of up to `MAX_RANK_ENTRIES` people, and return what became of each entry.

    Somebody who isn't recorded yet is, by the name that the main app gives them. Nobody else's
    name is changed, since Discord knows it better, except that of people who never had one.
    People who have left the guild are refused. `entries` names everyone once, with a valid rank.
    Raises `NotAManager`.
    """
    if not actor.manages_guild:
        raise NotAManager()
    await guild_settings.load_or_create(tx, actor.guild)
    ids = [entry.user_id for entry in entries]
    rows = await tx.connection.execute(_SELECT_RANKED, {"guild": actor.guild, "users": ids})
    recorded = {row.user_id: row for row in rows}
    outcomes: list[RankOutcome] = []
    written: list[dict[str, Any]] = []
    for entry in entries:
        row = recorded.get(entry.user_id)
        name = entry.name or UNNAMED
        if row is not None:
            name = name if row.name == UNNAMED else row.name
        if row is not None and row.left_at is not None:
            outcomes.append(RankOutcome.NOT_A_MEMBER)
        elif row is not None and (row.rank, row.name) == (entry.rank, name):
            outcomes.append(RankOutcome.UNCHANGED)
        else:
            outcomes.append(RankOutcome.SET)
            person = {"guild_id": actor.guild, "user_id": entry.user_id, "created_at": tx.now}
            written.append(person | {"rank": entry.rank, "name": name})
    if written:
        await tx.connection.execute(_upsert_ranked(tx.dialect), written)
        await events.record_all(
            tx,
            [
                Event(
                    EventType.RANK_CHANGED,
                    actor.guild,
                    subject_id=person["user_id"],
                    facts={"rank": person["rank"]},
                )
                for person in written
            ],
        )
    return outcomes


_SELECT_RANKED = select(Member.user_id, Member.name, Member.rank, Member.left_at).where(
    Member.guild_id == bindparam("guild"), Member.user_id.in_(bindparam("users", expanding=True))
)


@cache
def _upsert_ranked(dialect: str) -> Insert:
    statement = upsert(dialect, Member)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["guild_id", "user_id"],
        set_={"rank": new.rank, "name": new.name, "updated_at": new.updated_at},
    )
